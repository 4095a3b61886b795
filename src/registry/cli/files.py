"""Commands on files: import, export."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from registry.cli.console import (
    As,
    Json,
    acting,
    command,
    out,
    print_findings,
    print_json,
)
from registry.errors import Finding, InvalidInput
from registry.intake.exporting import written
from registry.intake.importing import import_file
from registry.projects.queries import find_project, list_codes, read_dossiers


@command("import")
def import_projects(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX.")],
    reopens_entry: Annotated[
        bool,
        typer.Option(
            "--reopens-entry",
            help="Agree that major changes of projects in a library send them back to review; else left out.",
        ),
    ] = False,
    login: As = None,
    is_json: Json = False,
) -> None:
    """Import projects from a CSV or XLSX file; harmless when repeated (导入项目)."""
    if not file.is_file():
        raise InvalidInput.of([Finding(file.name, "no-such-file", f"没有文件 {file}", f"There is no file {file}")])
    with acting(login, is_writer=True) as (session, actor):
        result = import_file(session, actor, file, reopens_entry=reopens_entry)
    if is_json:
        print_json(result.as_dict())
    else:
        out.print(
            f"共 {result.rows} 行：新增 {result.created}，更新 {result.changed}，"
            f"未变 {result.unchanged}，退回 {result.rejected}；问题 {len(result.findings)} 项"
        )
        if result.reopened:
            out.print(f"其中 {result.reopened} 个已入库项目退回重新审核")
        if result.left_frozen:
            out.print(f"另有 {result.left_frozen} 行属已入库项目的重大变更，未采用；同意重新审核请加 --reopens-entry")
        print_findings(result.findings)
    if result.rows == 0 and result.findings:
        raise typer.Exit(1)


@command("export")
def export(
    file: Annotated[Path, typer.Option("--out", help="FILE.xlsx (the import template), FILE.csv or FILE.json.")],
    codes: Annotated[
        list[str] | None, typer.Argument(help="Project codes; default: every project you may see.")
    ] = None,
    encoding: Annotated[Literal["utf-8", "gb18030"], typer.Option(help="Of a CSV.")] = "utf-8",
    login: As = None,
) -> None:
    """Export projects; workbook and CSV can be edited and imported again (导出项目).

    A CSV holds the sheet of projects alone; child records stay as they are when it is imported.
    """
    with acting(login) as (session, actor):
        for code in codes or ():
            find_project(session, actor, code)
        found = list(read_dossiers(session, actor, codes or list_codes(session, actor)))
    ending = file.suffix.lower()
    if ending == ".xlsx":
        file.write_bytes(written(found, "xlsx"))
    elif ending == ".csv":
        file.write_bytes(written(found, "csv" if encoding == "utf-8" else "csv-gb18030"))
    elif ending == ".json":
        documents = [
            {"code": code, "dossier": dossier.model_dump(mode="json", exclude_none=True)} for code, dossier in found
        ]
        file.write_text(json.dumps(documents, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    else:
        message = f"输出文件应为 .xlsx、.csv 或 .json：{file.name}"
        raise InvalidInput.of(
            [Finding(file.name, "unknown-format", message, f"should end in .xlsx, .csv or .json: {file.name}")]
        )
    out.print(f"已导出 {len(found)} 个项目：{file}")
