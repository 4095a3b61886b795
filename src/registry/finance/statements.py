"""The statements of one project as plain data, for the page, the PDF, the CSV and the workbook."""

import math
import operator
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

from registry.finance.engine import Batch
from registry.finance.tables import Line, tables_of
from registry.projects.financials import FinancialCase

FAMILIES = {
    "streams": ("revenue_streams", "收入", "Stream"),
    "costs": ("operating_costs", "成本", "Cost"),
    "subsidies": ("operating_subsidies", "补贴", "Subsidy"),
    "grants": ("grants", "补助资金", "Grant"),
    "debts": ("debts", "债务", "Debt"),
}
"""Family of rows to the list of the case that names its members, and to the words that stand in for a name."""


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One printed row: `values` by project year (empty for a single figure), `total` for the column 合计.

    Values are unrounded; None is a blank cell. A total is the sum of the unrounded years, so that a printed total may
    differ from the sum of printed years by a cent.
    """

    code: str
    key: str
    name_zh: str
    name_en: str
    unit: str
    formula: str
    values: tuple[float | None, ...]
    total: float | None


@dataclass(frozen=True, slots=True)
class Statement:
    """One table: number, titles and rows in order; years 1 to `construction_years` are construction."""

    number: str
    title_zh: str
    title_en: str
    construction_years: int
    rows: tuple[StatementRow, ...]


def statements(batch: Batch, row: int = 0, names: Mapping[str, str] | None = None) -> list[Statement]:
    """Return every table of one project; `names` maps a family member (`debts.0`) to what the project calls it."""
    build = int(batch.figure("construction_years")[row])
    return [
        Statement(
            table.number,
            table.zh,
            table.en,
            build,
            tuple(_row(batch, row, line, names or {}) for line in table.lines),
        )
        for table in tables_of(batch.structure)
    ]


def names_of(case: FinancialCase) -> dict[str, str]:
    """Return the names a case gives to its streams, costs, subsidies, grants and debts."""
    named = {}
    for family, (field, _, _) in FAMILIES.items():
        for i, member in enumerate(getattr(case, field) or []):
            if member.name:
                named[f"{family}.{i}"] = member.name
    return named


def _row(batch: Batch, place: int, line: Line, names: Mapping[str, str]) -> StatementRow:
    book = batch.book
    declared = book.rows[line.key]
    name_zh, name_en = _named(line.key, line.zh or declared.zh, line.en or declared.en, names)
    if line.kind == "figure":
        values: tuple[float | None, ...] = ()
        total = _cell(float(batch.figure(line.key)[place]))
    else:
        years: list[float] = batch.by_year(line.key)[place].tolist()
        added = reduce(operator.add, years)
        values = tuple(map(_cell, years)) if math.isnan(added) else tuple(years)
        total = added if line.kind == "flow" else None
    text = book.formula_text(line.key)
    return StatementRow(line.code, line.key, name_zh, name_en, declared.unit, text, values, total)


def _named(key: str, zh: str, en: str, names: Mapping[str, str]) -> tuple[str, str]:
    """Put the project's own name in the place of 债务1 / Debt 1."""
    family, _, rest = key.partition(".")
    number = rest.partition(".")[0]
    name = names.get(f"{family}.{number}")
    if name is None or family not in FAMILIES:
        return zh, en
    _, word_zh, word_en = FAMILIES[family]
    stand_in = str(int(number) + 1)
    return name + zh.removeprefix(word_zh + stand_in), name + en.removeprefix(f"{word_en} {stand_in}")


def _cell(value: float) -> float | None:
    return None if math.isnan(value) else value
