"""How values are printed in a package: two decimals for money, per cent for rates, a word for what is missing."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from registry.projects.catalogue import CatalogueField

MISSING = "未提供"
"""Printed where a fact was not supplied; never a zero."""
TO_ADD = "待补充"
"""Printed where somebody must still supply a document or a text."""
NOT_DEFINED = "—"
"""Printed where a figure does not exist, such as a ratio over nothing."""


def money(amount: Decimal | float | None, missing: str = MISSING) -> str:
    """Return 万元 with two decimals and thousands separators; rounded half up, only here."""
    if amount is None:
        return missing
    exact = amount if isinstance(amount, Decimal) else Decimal(repr(float(amount)))
    rounded = exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{abs(rounded) if rounded == 0 else rounded:,.2f}"


@lru_cache(maxsize=8192)
def cell(amount: float | None) -> str:
    """Return one figure of a statement: blank when the row has none in that year."""
    return "" if amount is None else money(amount)


def percent(rate: float | None, missing: str = MISSING) -> str:
    """Return a share of one as per cent with two decimals."""
    return missing if rate is None else f"{_half_up(rate * 100)}%"


def plain(value: float | None, missing: str = MISSING) -> str:
    """Return a ratio, a number of years or a quantity with at most two decimals."""
    return missing if value is None else _half_up(value)


def _half_up(value: float) -> str:
    rounded = Decimal(repr(float(value))).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{abs(rounded) if rounded == 0 else rounded:,.2f}"


def number(value: float | None) -> str:
    """Return a quantity as entered, with thousands separators and no needless decimals."""
    return MISSING if value is None else f"{Decimal(repr(float(value))):,f}".removesuffix(".0")


def yes_no(value: bool | None) -> str:
    """Return 是 or 否; 未提供 when nobody said."""
    return MISSING if value is None else "是" if value else "否"


_BY_KIND: dict[str, Callable[[Any], str]] = {
    "money": money,
    "ratio": percent,
    "number": number,
    "boolean": yes_no,
}


def field_value(field: CatalogueField, value: Any) -> str:
    """Return a field of the dossier as printed, with the label of a choice instead of its code."""
    if value is None or value == "":
        return MISSING
    if field.term.choices is not None:
        return field.term.choices.get(value, str(value))
    return _BY_KIND.get(field.kind, str)(value)
