"""The glance of an assessment: what a bank narrows by of money and verdicts, as text of fixed width.

It stands behind the word of its project (`projects.search.words`), so that both come in one sweep over the database.
"""

import math
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from registry.projects.search.words import WIDTH, Numbers, Words, digits
from registry.quantities import FEN_PER_CNY_10K, money_text

Figure = Literal["dscr", "coverage", "firr", "payback", "tenor"]
Floats = npt.NDArray[np.float64]

FIGURES: Final[tuple[Figure, ...]] = ("dscr", "coverage", "firr", "payback", "tenor")
"""Figures of the evaluation: lowest yearly DSCR, cover of all debt, FIRR and static payback after tax, loan years."""
_REVISION, _VERDICTS, _FIGURE, _MONEY = 3, 3, 5, 9
_FIGURES_AT: Final = _REVISION + _VERDICTS
_LOAN_AT: Final = _FIGURES_AT + _FIGURE * len(FIGURES)
GLANCE_WIDTH: Final = _LOAN_AT + _MONEY
NO_GLANCE: Final = digits(0, GLANCE_WIDTH)
"""What stands for a project without an assessment: nothing is known."""
_SCALE: Final = 1_000_000
"""Figures are kept in millionths, cut off below: who asks for 1.2 at least is not shown 1.19999995."""
_OFFSET: Final = 1_000 * _SCALE
"""A thousand is added, so that losses have a number too; 0 is unknown."""
_LARGEST: Final[int] = int(90**_FIGURE) - 1
_NOISE: Final = 1e-9
"""Of a figure: what the calculation itself is not sure of, so that 1.15 does not fall to 1.149999."""


def glance_word(revision: int, verdicts: int, figures: Mapping[Figure, float | None], loan: float | None) -> str:
    """Return the glance of an assessment; `verdicts` is the number of its search value, `loan` in 万元."""
    fen = 0 if loan is None else max(round(loan * FEN_PER_CNY_10K), 0) + 1
    return (
        digits(revision, _REVISION)
        + digits(verdicts, _VERDICTS)
        + "".join(digits(_kept(figures.get(name)), _FIGURE) for name in FIGURES)
        + digits(fen, _MONEY)
    )


def _kept(figure: float | None) -> int:
    """Return a figure as the number kept; what is beyond the scale stands at its end."""
    if figure is None or math.isnan(figure):
        return 0
    bounded = min(max(figure, -999.0), 4_000.0)
    return min(max(math.floor(bounded * _SCALE * (1 + math.copysign(_NOISE, bounded))) + _OFFSET, 1), _LARGEST)


def loan_of(glance: str | None) -> str | None:
    """Return the bank loans of one glance in 万元, as text; None is unknown."""
    if glance is None:
        return None
    fen = 0
    for letter in glance[_LOAN_AT:]:
        fen = fen * 90 + ord(letter) - ord(NO_GLANCE[0])
    return None if fen == 0 else money_text(Decimal(fen - 1) / FEN_PER_CNY_10K)


class ProspectWords(Words):
    """Words of projects, each with the glance of its newest assessment behind it."""

    def __init__(self, text: str | None) -> None:
        super().__init__(text, width=WIDTH + GLANCE_WIDTH)

    @cached_property
    def is_judged(self) -> npt.NDArray[np.bool_]:
        """Return which projects have an assessment of their latest revision; an older one says nothing here."""
        kept = self._read(WIDTH, _REVISION)
        known: npt.NDArray[np.bool_] = (kept > 0) & (kept == self.revision)
        return known

    @cached_property
    def verdicts(self) -> Numbers:
        """Return the number of the verdicts' search value; 0 is not assessed."""
        return np.where(self.is_judged, self._read(WIDTH + _REVISION, _VERDICTS), 0)

    @cached_property
    def loan_fen(self) -> Numbers:
        """Return the bank loans planned, in fen and one more; 0 is unknown."""
        return np.where(self.is_judged, self._read(WIDTH + _LOAN_AT, _MONEY), 0)

    def figure(self, name: Figure) -> Floats:
        """Return a figure of each project; NaN is unknown."""
        kept = self._kept_figure(name)
        return np.where(kept > 0, (kept - _OFFSET) / _SCALE, np.nan)

    def ranked(self, name: Figure) -> Numbers:
        """Return a figure as a whole number to order by; 0 is unknown, below every known one."""
        return self._kept_figure(name)

    def _kept_figure(self, name: Figure) -> Numbers:
        start = WIDTH + _FIGURES_AT + _FIGURE * FIGURES.index(name)
        return np.where(self.is_judged, self._read(start, _FIGURE), 0)
