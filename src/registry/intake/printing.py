"""A stored value as the template shows it: the other direction of `cells`."""

from collections import Counter
from decimal import Decimal
from typing import Any

from registry.intake.folding import folded
from registry.projects.case_fields import SECTION as CASE
from registry.projects.case_series import SERIES_KINDS, print_series
from registry.projects.catalogue import CatalogueField
from registry.quantities import money_text

_KEPT_DECIMALS = 9
_LARGEST_NUMBER = Decimal(10) ** 15


def printed(field: CatalogueField, value: Any) -> str | float | None:
    """Return what stands in the cell: a number where the workbook keeps it exactly, else text; None when missing."""
    if value is None:
        return None
    if field.kind == "boolean":
        return "是" if value else "否"
    if field.kind == "choice":
        return _label(field, str(value))
    if field.term.section == CASE:
        value = _of_case(field, value)
    if isinstance(value, Decimal):
        return _exact(float(value), money_text(value))
    if isinstance(value, (int, float)):
        return _exact(float(value), repr(value))
    return str(value)


def _of_case(field: CatalogueField, value: Any) -> Any:
    """Return an amount as a number, values by year as text, and a share that could be per cent with its sign."""
    if field.kind in SERIES_KINDS:
        return print_series(field.kind, value)
    if field.kind == "money":
        return Decimal(value)
    return print_series("ratios", [value]) if field.kind == "ratio" and abs(value) > 1 else value


def _label(field: CatalogueField, code: str) -> str:
    """Return the label of a choice, or its code where two labels read the same."""
    choices = field.term.choices or {}
    spellings = Counter(folded(label) for label in choices.values())
    label = choices.get(code, code)
    return label if spellings[folded(label)] == 1 else code


def _exact(number: float, text: str) -> str | float:
    """Return the number when the workbook gives it back whole, else its text.

    A spreadsheet keeps 15 digits, and the reader that turns cells to text writes nine decimals of the binary number:
    from about eight million on, the last of them are noise.
    """
    exact = Decimal(text)
    is_kept = Decimal(f"{number:.15G}") == exact == Decimal(f"{number:.{_KEPT_DECIMALS}f}")
    return number if is_kept and abs(exact) < _LARGEST_NUMBER else text
