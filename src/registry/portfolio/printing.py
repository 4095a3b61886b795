"""Cells of a table as text a person reads: the same on the page, in the terminal and in a PDF."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from registry.portfolio.table import ColumnKind, Language, Table
from registry.quantities import money_text

_MANY = 100
"""From here on, two decimals are enough for a quantity."""


def printed_rows(table: Table, language: Language = "zh") -> Iterator[list[str | None]]:
    """Yield each row as text, None where nothing is known."""
    for row, kinds in zip(table.rows(language), table.cell_kinds(), strict=True):
        yield [printed(kind, value) for kind, value in zip(kinds, row, strict=True)]


def printed(kind: ColumnKind, value: Any) -> str | None:
    """Return a shown cell as text: money with every digit kept, shares as per cent; None where nothing is known."""
    if value is None or isinstance(value, str):
        return value
    if kind == "number":
        return f"{value:,.2f}" if abs(value) >= _MANY else f"{value:,.4f}"
    return _FORMS.get(kind, str)(value)


def _grouped(amount: Decimal) -> str:
    """Return an amount with thousands separators and every digit kept, at least two."""
    _, _, fraction = money_text(amount).partition(".")
    return f"{amount:,.{max(2, len(fraction))}f}"


_FORMS: dict[ColumnKind, Callable[[Any], str]] = {
    "money": _grouped,
    "ratio": "{:.1%}".format,
    "rate": "{:.2%}".format,
    "count": "{:,}".format,
}
