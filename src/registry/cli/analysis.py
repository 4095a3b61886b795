"""Commands that look at many projects at once."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from registry import database
from registry.cli.console import As, Json, acting, command, print_json, print_table
from registry.portfolio.frame import build_portfolio
from registry.portfolio.summary import funding_mix, gap_by_year, leverage
from registry.portfolio.table import Table
from registry.projects.columns import read_funding_lines, read_projects

By = Annotated[list[str] | None, typer.Option("--by", help="Dimension; may be repeated: source, year, region …")]


@command("portfolio")
def portfolio(by: By = None, login: As = None, is_json: Json = False) -> None:
    """Show the funding mix of all visible projects: secured, planned, no source (资金组合)."""
    with acting(login) as (_, actor):
        frame = build_portfolio(read_projects(database.engine(), actor), read_funding_lines(database.engine(), actor))
    cuts = [by] if by else [["source"], ["year"], ["field"]]
    tables = [*(funding_mix(frame, cut) for cut in cuts), gap_by_year(frame), leverage(frame)]
    if is_json:
        print_json([table.as_dict() for table in tables])
        return
    for table in tables:
        print_table(table.title_zh, table.headings(), [_printed(table, row) for row in table.rows()])


def _printed(table: Table, row: Sequence[Any]) -> list[str | None]:
    """Return a row as a person reads it: amounts with thousands, shares as percentages."""
    formats = {"money": "{:,.2f}", "ratio": "{:.1%}"}
    return [
        None if value is None else formats.get(column.kind, "{}").format(value)
        for column, value in zip(table.columns, row, strict=True)
    ]
