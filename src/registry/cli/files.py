"""Commands on files: import, export."""

import json
from pathlib import Path
from typing import Annotated

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
from registry.intake.importing import import_file
from registry.intake.template import export_workbook
from registry.projects.queries import list_codes, read_dossier


@command("import")
def import_projects(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX.")], login: As = None, is_json: Json = False
) -> None:
    """Import projects from a CSV or XLSX file; harmless when repeated (导入项目)."""
    if not file.is_file():
        raise InvalidInput.of([Finding(file.name, "no-such-file", f"没有文件 {file}", f"There is no file {file}")])
    with acting(login, is_writer=True) as (session, actor):
        result = import_file(session, actor, file)
    if is_json:
        print_json(result.as_dict())
    else:
        out.print(
            f"共 {result.rows} 行：新增 {result.created}，更新 {result.changed}，"
            f"未变 {result.unchanged}，退回 {result.rejected}；问题 {len(result.findings)} 项"
        )
        print_findings(result.findings)
    if result.rows == 0 and result.findings:
        raise typer.Exit(1)


@command("export")
def export(
    file: Annotated[Path, typer.Option("--out", help="FILE.xlsx (the import template) or FILE.json.")],
    codes: Annotated[
        list[str] | None, typer.Argument(help="Project codes; default: every project you may see.")
    ] = None,
    login: As = None,
) -> None:
    """Export projects; the workbook can be edited and imported again (导出项目)."""
    with acting(login) as (session, actor):
        wanted = codes or list_codes(session, actor)
        found = [(code, read_dossier(session, actor, code)[1]) for code in wanted]
    if file.suffix.lower() == ".xlsx":
        file.write_bytes(export_workbook(found))
    elif file.suffix.lower() == ".json":
        documents = [
            {"code": code, "dossier": dossier.model_dump(mode="json", exclude_none=True)} for code, dossier in found
        ]
        file.write_text(json.dumps(documents, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    else:
        message = f"输出文件应为 .xlsx 或 .json：{file.name}"
        raise InvalidInput.of(
            [Finding(file.name, "unknown-format", message, f"should end in .xlsx or .json: {file.name}")]
        )
    out.print(f"已导出 {len(found)} 个项目：{file}")
