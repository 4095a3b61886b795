"""The annex 附表 as printed: every table in the official order, long periods cut into blocks that fit a page."""

import math
import re
from typing import Any

from registry.finance.book import MONEY
from registry.finance.statements import Statement, StatementRow
from registry.packages import wording
from registry.packages.content import Evaluation, PackageContent
from registry.packages.listings import listings_of, printed

MOST_YEARS_PER_BLOCK = 11
"""Year columns beside name and total on a landscape page; longer periods continue in further blocks."""
YEARS_WIDTH = 186.0
DIGIT_WIDTH, CELL_PADDING = 1.42, 1.8
"""Millimetres on the landscape page for all years, and those a digit and the space around a figure take there."""
ZERO = "0.00"
RESULT_LINES = (
    ("9", "revenue"), ("6", "operating_cost"), ("6", "total_cost"), ("9", "total_profit"), ("9", "income_tax"),
    ("9", "net_profit"), ("7", "project_cf_post_tax"), ("8", "equity_cf"), ("10", "debt_service"),
    ("11", "financial_plan_net"),
)  # fmt: skip
"""Lines of the statements that the body quotes: number of the table and key of the line."""


def annex(content: PackageContent) -> list[dict[str, Any]]:
    """Return the statements with years and the tables without, in the order of their numbers; checks come last."""
    evaluation = content.evaluation
    tables = [] if evaluation is None else [_statement(table, evaluation) for table in evaluation.statements]
    return sorted([*tables, *map(printed, listings_of(content))], key=lambda table: official_order(table["number"]))


def result_lines(evaluation: Evaluation) -> list[dict[str, str]]:
    """Return the main lines over the whole period and for a mean year of operation, each with its table."""
    tables = {table.number: table for table in evaluation.statements}
    found = []
    for number, key in RESULT_LINES:
        rows = tables[number].rows if number in tables else ()
        row = next((row for row in rows if row.key == key and row.values), None)
        if row is not None:
            running = [value for value in row.values[evaluation.construction_years :] if value is not None]
            mean = wording.cell(sum(running) / len(running)) if running else wording.NOT_DEFINED
            found.append({"name": row.name_zh, "total": wording.cell(row.total), "mean": mean, "table": f"表{number}"})
    return found


def official_order(number: str) -> tuple[float, ...]:
    """Return what tables are sorted by: 6 before 6-1 before 7, and what has no number at the end."""
    return tuple(map(float, re.findall(r"\d+", number))) or (math.inf,)


def _statement(statement: Statement, evaluation: Evaluation) -> dict[str, Any]:
    """One table, its years cut into blocks that fit a page; each block repeats code, name and total.

    Rows of a table without years (an estimate of investment) make one block of name and amount. A further block where
    every figure is zero (what is spent in construction, say) is one sentence on paper.
    """
    has_years = any(row.values for row in statement.rows)
    width = years_per_block(statement, evaluation.years)
    blocks = []
    for start in range(0, evaluation.years, width) if has_years else (0,):
        stop = min(start + width, evaluation.years) if has_years else start
        built = max(0, min(stop, evaluation.construction_years) - start)
        rows = [_statement_row(row, start, stop) for row in statement.rows if row.values or start == 0]
        blocks.append(
            {
                "is_zero": start > 0 and all(row["said_once"] is not None for row in rows),
                "years": [str(year + 1) for year in range(start, stop)],
                "construction": built,
                "operation": stop - start - built,
                "rows": rows,
            }
        )
    return {
        "number": statement.number,
        "title": f"表{statement.number} {statement.title_zh}" if statement.number[0].isdigit() else statement.title_zh,
        "title_en": statement.title_en,
        "blocks": blocks,
    }


def years_per_block(statement: Statement, years: int) -> int:
    """Return how many years stand side by side: as many as the longest figure allows, in blocks of even length."""
    figures = (figure for row in statement.rows for figure in (row.total, *row.values))
    longest = max((len(wording.cell(figure)) for figure in figures), default=1)
    most = min(MOST_YEARS_PER_BLOCK, max(1, int(YEARS_WIDTH / (longest * DIGIT_WIDTH + CELL_PADDING))))
    return math.ceil(years / math.ceil(years / most))


def _statement_row(row: StatementRow, start: int, stop: int) -> dict[str, Any]:
    """One row. Where every year is zero or has no figure, that is said once instead of in each year."""
    cells = [_row_figure(row, value) for value in row.values[start:stop]] or [""] * (stop - start)
    once = {"": "", ZERO: f"本段各年均为 {ZERO}"}
    said_once = once.get(cells[0]) if len(cells) > 1 and len(set(cells)) == 1 else None
    unit = "" if row.unit == MONEY else f"（{row.unit}）"
    return {
        "code": row.code,
        "name": f"{row.name_zh}{unit}",
        "total": _row_figure(row, row.total),
        "is_total": row.code.isdigit(),
        "cells": cells,
        "said_once": said_once,
    }


def _row_figure(row: StatementRow, value: float | None) -> str:
    """Money with two decimals; shares and covers with four, as the tables mix both."""
    return wording.cell(value) if value is None or row.unit == MONEY else f"{value:,.4f}".rstrip("0").rstrip(".")
