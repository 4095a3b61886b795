"""Commands that look at many projects at once."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, cast
from zoneinfo import ZoneInfo

import typer

from registry import database
from registry.cli.console import (
    As,
    AsOf,
    Json,
    acting,
    command,
    governing_date,
    out,
    print_findings,
    print_json,
    print_table,
)
from registry.packages.portfolio_files import MEDIA_TYPES, Form, report_file
from registry.portfolio.download import Provenance
from registry.portfolio.printing import printed_rows
from registry.portfolio.queries import Evidence, gather, permission_of
from registry.portfolio.reports import REPORTS, Ask, make_report
from registry.portfolio.table import Table

Name = Annotated[str | None, typer.Argument(help=f"Report: {', '.join(REPORTS)}.")]
By = Annotated[list[str] | None, typer.Option("--by", help="Dimension; may be repeated: source, year, region …")]
Indicator = Annotated[str, typer.Option(help="Indicator of the abatement curve.")]
File = Annotated[Path | None, typer.Option("--out", help="Write a file instead: .csv, .xlsx, .parquet or .pdf.")]


@command("portfolio")
def portfolio(
    report: Name = None,
    by: By = None,
    as_of: AsOf = None,
    indicator: Indicator = "co2e",
    target: File = None,
    login: As = None,
    is_json: Json = False,
) -> None:
    """Show a report over all visible projects, today or as of a day; without a name, the funding mix (资金组合)."""
    if target is not None and target.suffix.removeprefix(".") not in MEDIA_TYPES:
        raise typer.BadParameter(f"a file ends in one of: {', '.join(MEDIA_TYPES)}", param_hint="--out")
    asks = _asks(report, tuple(by or ()), indicator)
    with acting(login) as (_, actor):
        day = governing_date(as_of)
        evidence = gather(database.engine(), actor, as_of=day, today=governing_date(None))
        tables = [make_report(evidence, ask) for ask in asks]
        if target is not None:
            _write(target, tables[0], asks[0], evidence)
            return
    if is_json:
        print_json([table.as_dict() for table in tables])
        return
    for table in tables:
        print_table(table.title_zh, table.headings(), list(printed_rows(table)))
    print_findings(list(dict.fromkeys(remark for table in tables for remark in table.remarks)))


def _asks(report: str | None, by: tuple[str, ...], indicator: str) -> list[Ask]:
    if report is not None:
        return [Ask(report, by, indicator)]
    cuts = [by] if by else [("source",), ("year",), ("field",)]
    return [*(Ask("funding_mix", cut) for cut in cuts), Ask("gap_by_year"), Ask("leverage")]


def _write(target: Path, table: Table, ask: Ask, evidence: Evidence) -> None:
    zh, en = permission_of(evidence.actor, evidence)
    is_demo = bool(evidence.portfolio.projects["is_demo"].any())
    moment = datetime.now(ZoneInfo("Asia/Shanghai"))
    source = Provenance(ask.query(evidence.as_of), moment, zh, is_demo, en, evidence.as_of)
    target.write_bytes(report_file(table, ask, source, cast("Form", target.suffix.removeprefix("."))))
    out.print(f"{table.title_zh}：{target}")
