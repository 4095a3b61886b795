"""The array reader: one project has the bits it has among others."""

import numpy as np
import pytest

from registry.finance.numpy_reader import power


class TestPower:
    @pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0, 3.0])
    def test_has_the_same_bits_alone_and_among_others(self, exponent: float) -> None:
        bases = np.linspace(1.0001, 1.2, 997)
        among_others = power(bases, np.where(np.arange(997) == 5, 0.25, exponent))
        alone = np.array([power(np.array([base]), np.array([exponent]))[0] for base in np.delete(bases, 5)])
        column = power(bases[:, None], np.array([exponent]))[:, 0]
        assert np.array_equal(alone, np.delete(among_others, 5))
        assert np.array_equal(np.delete(column, 5), alone)
