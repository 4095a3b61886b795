"""The look of the workbook, by meaning: what is typed is blue on a light ground, what is calculated is black."""

import re

FONT = "等线"
ACCENT = "#0F5F5C"
FAINT = "#EEF3F1"
INPUT_INK, INPUT_GROUND = "#1F3FBF", "#FFF8DC"
LINK_INK = "#2E7D32"
WARN = "#9A3B26"
MONEY = '#,##0.00;[Red]-#,##0.00;"-"'
TIE = "#,##0.00;#,##0.00;0.00"
"""A difference that should be zero: the sign of what is left after rounding says nothing."""
PERCENT = "0.00%"
CHANGE = "+0.00%;-0.00%;0%"
NUMBER = "#,##0.0000;[Red]-#,##0.0000;0"
WHOLE = "0"


_PLAIN_RATIOS = re.compile(r"icr|dscr|llcr|plcr|coverage|leverage|index|factor|growth")

_POINTS_IN_TIME = re.compile(r"payback|crossing")


def number_format(key: str, unit: str) -> str:
    """Return the number format of a row: money with two decimals, shares as per cent, covers and factors plain."""
    if unit == "万元":
        return MONEY
    if unit == "比率":
        return NUMBER if _PLAIN_RATIOS.search(key) else PERCENT
    if _POINTS_IN_TIME.search(key):
        return "0.00"
    return "General" if unit in {"年", "次", "0/1"} else "#,##0.####"
