"""Changed inputs as further rows of a batch: the one way sensitivity, scenarios and simulation reach the engine."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from registry.finance.cells import Cells

FACTORS: dict[str, tuple[str, str, str]] = {
    "investment": (
        "建设投资",
        "Construction investment (with draws and grants: the funding mix stays)",
        r"engineering_cost|other_cost|(basic|price)_contingency|(intangible|deferred)_assets|deductible_input_vat|(grants\.\d+\.amount|debts\.\d+\.draw)",
    ),
    "revenue": ("营业收入", "Revenue", r"streams\.\d+\.(price|amount|schedule)"),
    "operating_cost": ("经营成本", "Operating cost", r"costs\.\d+\.(price|amount|schedule)"),
    "interest_rate": ("借款利率", "Interest rate of long-term debt", r"debts\.\d+\.nominal_rate"),
    "subsidies": ("运营补贴", "Operating subsidies", r"subsidies\.\d+\.(price|amount|schedule)"),
}
"""Name of a factor to its Chinese and English term and the input cells it scales."""


def repeated(cells: Cells, count: int, row: int = 0) -> Cells:
    """Return `count` copies of one project's cells."""
    return {key: np.repeat(values[..., row : row + 1], count, axis=-1) for key, values in cells.items()}


def shocked(cells: Cells, changes: Mapping[str, ArrayLike], row: int = 0) -> Cells:
    """Return one row per change of one project's cells: each factor times (1 + its relative change).

    `changes` maps factor names to equally long lists; 0.1 is ten per cent more.
    """
    sizes = {np.size(change) for change in changes.values()}
    if len(sizes) != 1:
        raise ValueError(f"every factor needs the same number of changes, found {sorted(sizes)}")
    rows = repeated(cells, sizes.pop(), row)
    for factor, change in changes.items():
        scale = 1.0 + np.asarray(change, dtype=np.float64).ravel()
        for key in cells_of_factor(rows, factor):
            rows[key] = rows[key] * scale
    return rows


def cells_of_factor(cells: Cells, factor: str) -> Sequence[str]:
    """Return the keys of the input cells a factor scales."""
    pattern = re.compile(FACTORS[factor][2])
    return [key for key in cells if pattern.fullmatch(key)]
