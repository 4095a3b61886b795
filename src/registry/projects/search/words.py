"""The word of a project: everything a list filters, sorts, counts and sums by, as text of fixed width.

The words of all projects in question come from the database as a few strings, in one sweep over one narrow column, and
become a table of numbers without a Python object for each project. Digits count to the base of ninety, in ASCII.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from registry.quantities import FEN_PER_CNY_10K

Kind = Literal[
    "province",
    "city",
    "field",
    "dimension",
    "task",
    "status",
    "start_year",
    "applications",
    "nature",
    "green_class",
    "transition",
]
Numbers = npt.NDArray[np.int64]

KINDS: Final[tuple[Kind, ...]] = (
    "province",
    "city",
    "field",
    "dimension",
    "task",
    "status",
    "start_year",
    "applications",
    "nature",
    "green_class",
    "transition",
)
_BASE: Final = 90
_ZERO: Final = 36
_CODE: Final = "ML-"
_NUMBER, _VALUE, _MONEY, _MOMENT, _REVISION = 4, 3, 9, 7, 3
_MONEY_AT = _NUMBER + _VALUE * len(KINDS)
_MOMENT_AT = _MONEY_AT + _MONEY
_REVISION_AT = _MOMENT_AT + _MOMENT
WIDTH: Final = _REVISION_AT + _REVISION
_BLOCK: Final = 4096
MOST_VALUES: Final = _BASE**_VALUE - 1
"""Values a word can tell apart; one with a higher number is kept as unknown, and found by search alone."""


def code_number(code: str) -> int:
    """Return the number in a project's code. Raises ValueError when it is no code."""
    if not code.startswith(_CODE) or not code[len(_CODE) :].isdecimal():
        raise ValueError(f"{code} is no project code")
    return int(code[len(_CODE) :])


def project_code(number: int) -> str:
    """Return the code of a project by its number."""
    return f"{_CODE}{number:07d}"


def word(number: int, values: Mapping[Kind, int], investment: Decimal | None, saved_at: datetime, revision: int) -> str:
    """Return the word of one project; `values` are the numbers of what is known of it."""
    known = (values.get(kind, 0) for kind in KINDS)
    fen = 0 if investment is None else int(investment * FEN_PER_CNY_10K) + 1
    milliseconds = round(saved_at.astimezone(UTC).timestamp() * 1000)
    return (
        digits(number, _NUMBER)
        + "".join(digits(value if value <= MOST_VALUES else 0, _VALUE) for value in known)
        + digits(fen, _MONEY)
        + digits(milliseconds, _MOMENT)
        + digits(revision, _REVISION)
    )


# Values and the moment of an import come again and again.
@lru_cache(4096)
def digits(number: int, width: int) -> str:
    """Return a number to the base of the words, in so many digits. Raises ValueError when it does not fit."""
    found = [""] * width
    for place in range(width - 1, -1, -1):
        number, digit = divmod(number, _BASE)
        found[place] = chr(_ZERO + digit)
    if number:
        raise ValueError("a number is too large for its place in the word")
    return "".join(found)


class Words:
    """The words of many projects, read by column; the order is that of the database, which is none."""

    def __init__(self, *texts: str | None, width: int = WIDTH) -> None:
        parts = [np.frombuffer(text.encode("ascii"), np.uint8).reshape(-1, width) for text in texts if text]
        # Turned once, in blocks a processor's cache holds: each column is then read in one piece.
        self._columns = np.empty((width, sum(map(len, parts))), np.uint8)
        end = 0
        for block in (part[start : start + _BLOCK] for part in parts for start in range(0, len(part), _BLOCK)):
            self._columns[:, end : end + len(block)] = block.T
            end += len(block)

    def __len__(self) -> int:
        return int(self._columns.shape[1])

    @cached_property
    def number(self) -> Numbers:
        """Return the numbers in the codes."""
        return self._read(0, _NUMBER)

    @cached_property
    def fen(self) -> Numbers:
        """Return the total investment in fen and one more; 0 is unknown."""
        return self._read(_MONEY_AT, _MONEY)

    @cached_property
    def saved(self) -> Numbers:
        """Return when the latest revision was saved, in milliseconds."""
        return self._read(_MOMENT_AT, _MOMENT)

    @cached_property
    def revision(self) -> Numbers:
        """Return the number of the latest revision."""
        return self._read(_REVISION_AT, _REVISION)

    def values(self, kind: Kind) -> Numbers:
        """Return the number of each project's value of a kind; 0 is unknown."""
        return self._read(_NUMBER + _VALUE * KINDS.index(kind), _VALUE)

    def _read(self, start: int, width: int) -> Numbers:
        found = np.zeros(len(self), np.int64)
        for row in self._columns[start : start + width]:
            found *= _BASE
            found += row
            found -= _ZERO
        return found
