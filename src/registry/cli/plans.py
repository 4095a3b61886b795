"""Commands on city financing plans: list, show, export (投融资方案)."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from registry.cli.console import (
    As,
    AsOf,
    Json,
    acting,
    command,
    given_file,
    governing_date,
    group,
    out,
    print_json,
    print_table,
)
from registry.errors import Finding, InvalidInput
from registry.packages.city_plan.operations import DATA, MEDIA_TYPES, export_plan
from registry.packages.city_plan.view import view_of
from registry.packages.files import write_whole
from registry.programme.financing_plan.document import PROPOSAL
from registry.programme.financing_plan.operations import take_plan_workbook
from registry.programme.financing_plan.queries import list_plans, read_plan, stored_plan
from registry.programme.financing_plan.tables import TABLES
from registry.programme.papers.states import STATES

plan = group("plan", "City financing plans 美丽城市建设重大项目投融资方案.")
Number = Annotated[int, typer.Argument(help="Number of the plan, as `registry plan list` shows it.", min=1)]
Revision = Annotated[int | None, typer.Option("--revision", help="An earlier revision.", min=1)]


@command("list", of=plan)
def listing(login: As = None, is_json: Json = False) -> None:
    """List the plans you may see."""
    with acting(login) as (session, actor):
        found = list_plans(session, actor)
    if is_json:
        print_json(msgspec.to_builtins(found))
        return
    rows = [(each.id, each.title, each.owner, STATES[each.state][0], each.revision_number) for each in found]  # type: ignore[index]
    print_table("投融资方案", ("编号", "名称", "编制单位", "状态", "修订"), rows)


@command("show", of=plan)
def show(
    number: Number, revision: Revision = None, login: As = None, as_of: AsOf = None, is_json: Json = False
) -> None:
    """Show a plan with its figures."""
    with acting(login) as (session, actor):
        found = read_plan(session, actor, number, today=governing_date(as_of), number=revision)
    if is_json:
        document = found.document.model_dump(mode="json", exclude_none=True)
        tables = {name: make(found).as_dict() for name, make in TABLES.items()}
        findings = [each.as_dict() for each in found.findings]
        print_json({"document": document, "tables": tables, "findings": findings, "proposal": PROPOSAL[0]})
        return
    shown = view_of(found)
    out.print(f"{found.paper.title}（{shown['document']['version_id']}）\n{PROPOSAL[0]}", markup=False)
    for section in shown["sections"]:
        for line in section["paragraphs"]:
            out.print(line, markup=False)
        for table in section["tables"]:
            print_table(table["title"], table["head"], table["rows"])
    for each in shown["findings"]:
        out.print(f"  {each['severity']}：{each['text']}", markup=False)


@command("export", of=plan)
def export(
    number: Number,
    file: Annotated[Path, typer.Option("--out", help="FILE.pdf, FILE.docx or FILE.xlsx")],
    is_form: Annotated[bool, typer.Option("--form", help="The XLSX to fill in and import, not the print.")] = False,
    revision: Revision = None,
    is_english: Annotated[bool, typer.Option("--english", help="In English; default: Chinese.")] = False,
    login: As = None,
    as_of: AsOf = None,
) -> None:
    """Write a plan as PDF, DOCX or XLSX."""
    form, endings = file.suffix.lower().removeprefix("."), ("xlsx",) if is_form else tuple(MEDIA_TYPES)
    if form not in endings:
        zh = f"输出文件应为 {'、'.join(f'.{each}' for each in endings)}：{file.name}"
        en = f"should end in {', '.join(f'.{each}' for each in endings)}: {file.name}"
        raise InvalidInput.of([Finding(file.name, "unknown-format", zh, en)])
    with acting(login, is_writer=True) as (session, actor):
        made = export_plan(
            session,
            actor,
            number,
            form=DATA if is_form else form,
            today=governing_date(as_of),
            number=revision,
            language="en" if is_english else "zh",
        )
    write_whole(file, made.content)
    out.print(f"已写出：{file}", markup=False)


@command("import", of=plan)
def take(
    number: Number,
    file: Annotated[Path, typer.Argument(help="XLSX as `plan export --form` writes it.")],
    reason: Annotated[str, typer.Option(help="Why, for the history.")] = "",
    login: As = None,
    is_json: Json = False,
) -> None:
    """Save a filled-in workbook as the next revision, whole or not at all; each flaw names its cell (导入方案)."""
    content = given_file(file)
    with acting(login, is_writer=True) as (session, actor):
        version = stored_plan(session, actor, number)[0].version
        saved = take_plan_workbook(
            session, actor, number, content=content, name=file.name, expected_version=version, reason=reason
        )
    if is_json:
        print_json(msgspec.to_builtins(saved))
    else:
        out.print(f"已保存第 {saved.revision_number} 版 saved", markup=False)
