"""The look of the workbook, by meaning: what is typed is blue on a light ground, what is calculated is black."""

from dataclasses import dataclass
from typing import Any

FONT = "等线"
ACCENT = "#0F5F5C"
FAINT = "#EEF3F1"
INPUT_INK, INPUT_GROUND = "#1F3FBF", "#FFF8DC"
LINK_INK = "#2E7D32"
WARN = "#9A3B26"
MONEY = '#,##0.00;[Red]-#,##0.00;"-"'
PERCENT = "0.00%"
NUMBER = "#,##0.0000;[Red]-#,##0.0000;0"
WHOLE = "0"


@dataclass(frozen=True, slots=True)
class Styles:
    """Named cell formats of one workbook."""

    book: Any

    def make(self, **wanted: Any) -> Any:
        """Return a format in the house font."""
        return self.book.add_format({"font_name": FONT, "font_size": 10, "valign": "vcenter", **wanted})


def number_format(unit: str, *, is_ratio: bool = False) -> str:
    """Return the number format of a unit: money with two decimals, rates as per cent, covers as plain ratios."""
    if unit == "万元":
        return MONEY
    if unit == "比率":
        return NUMBER if is_ratio else PERCENT
    if unit in {"年", "次", "0/1"}:
        return "0.00" if is_ratio else "General"
    return "#,##0.####"
