"""Commands on papers of cities: list, show as file, fill in from Excel (实施方案、自评估、区域金融支持方案)."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

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
from registry.packages.city_papers.operations import (
    EVIDENCE,
    FORMS,
    export_city_plan,
    export_regional_programme,
    export_self_evaluation,
)
from registry.packages.city_plan.operations import DATA
from registry.packages.files import write_whole
from registry.programme.city_plan.document import CityPlanDocument
from registry.programme.city_plan.operations import save_city_plan
from registry.programme.city_plan.queries import read_city_plan
from registry.programme.list_files import papers_list
from registry.programme.papers.model import Kind
from registry.programme.papers.queries import list_papers
from registry.programme.papers.states import STATES
from registry.programme.papers.workbook import checked, read_paper_workbook
from registry.programme.regional_programme.document import RegionalProgrammeDocument
from registry.programme.regional_programme.operations import save_regional_programme
from registry.programme.regional_programme.queries import read_regional_programme
from registry.programme.self_evaluation.document import SelfEvaluationDocument
from registry.programme.self_evaluation.operations import save_self_evaluation
from registry.programme.self_evaluation.queries import read_self_evaluation
from registry.projects.documents.store import open_store
from registry.settings import settings

Name = Literal["city-plans", "self-evaluations", "regional-programmes"]
papers = group("papers", "Papers of cities 城市文件: city plans, self-evaluations, regional programmes.")
Which = Annotated[Name, typer.Argument(help="Kind of paper.")]
Number = Annotated[int, typer.Argument(help="Number of the paper, as `registry papers list` shows it.", min=1)]


@dataclass(frozen=True, slots=True)
class _Kind:
    kind: Kind
    document: Any
    read: Callable[..., Any]
    save: Callable[..., Any]
    export: Callable[..., Any]
    is_dated: tuple[bool, bool, bool] = (False, False, False)
    """Whether reading, saving and exporting depend on the day."""


_KINDS: dict[Name, _Kind] = {
    "city-plans": _Kind(
        "city_plan", CityPlanDocument, read_city_plan, save_city_plan, export_city_plan, (True, False, True)
    ),
    "self-evaluations": _Kind(
        "self_evaluation",
        SelfEvaluationDocument,
        read_self_evaluation,
        save_self_evaluation,
        export_self_evaluation,
        (False, True, False),
    ),
    "regional-programmes": _Kind(
        "regional_programme",
        RegionalProgrammeDocument,
        read_regional_programme,
        save_regional_programme,
        export_regional_programme,
    ),
}


@command("list", of=papers)
def listing(
    which: Which,
    file: Annotated[Path | None, typer.Option("--out", help="Write the list to FILE.xlsx.")] = None,
    login: As = None,
    is_json: Json = False,
) -> None:
    """List the papers of a kind you may see (列出城市文件)."""
    kind = _KINDS[which].kind
    with acting(login) as (session, actor):
        if file is not None:
            write_whole(file, papers_list(session, actor, kind))
        found = list_papers(session, actor, kinds=(kind,))
    if is_json:
        print_json(msgspec.to_builtins(found))
        return
    rows = [(each.id, each.title, each.owner, STATES[each.state][0], each.revision_number) for each in found]  # type: ignore[index]
    print_table("城市文件", ("编号", "名称", "编制单位", "状态", "修订"), rows)


@command("export", of=papers)
def export(
    which: Which,
    number: Number,
    file: Annotated[Path, typer.Option("--out", help="FILE.pdf, .docx or .xlsx; .zip is the evidence pack.")],
    is_form: Annotated[bool, typer.Option("--form", help="The XLSX to fill in and import, not the print.")] = False,
    revision: Annotated[int | None, typer.Option("--revision", help="An earlier revision.", min=1)] = None,
    is_english: Annotated[bool, typer.Option("--english", help="In English; default: Chinese.")] = False,
    login: As = None,
    as_of: AsOf = None,
) -> None:
    """Write a paper as a file (导出城市文件)."""
    form, of = file.suffix.lower().removeprefix("."), _KINDS[which]
    endings = ("xlsx",) if is_form else (*FORMS, EVIDENCE) if which == "self-evaluations" else FORMS
    if form not in endings:
        zh, en = (f"{word}{'、'.join(endings)}：{file.name}" for word in ("输出文件应为 ", "should end in one of "))
        raise InvalidInput.of([Finding(file.name, "unknown-format", zh, en)])
    more: dict[str, Any] = {"today": governing_date(as_of)} if of.is_dated[2] else {}
    more |= {"store": open_store(settings())} if form == EVIDENCE else {}
    with acting(login, is_writer=True) as (session, actor):
        made = of.export(
            session,
            actor,
            number,
            form=DATA if is_form else form,
            number=revision,
            language="en" if is_english else "zh",
            **more,
        )
    write_whole(file, made.content)
    out.print(f"已写出：{file}", markup=False)


@command("import", of=papers)
def take(
    which: Which,
    number: Number,
    file: Annotated[Path, typer.Argument(help="XLSX as `papers export --form` writes it.")],
    reason: Annotated[str, typer.Option(help="Why, for the history.")] = "",
    login: As = None,
    is_json: Json = False,
) -> None:
    """Save a filled-in workbook as the next revision, whole or not at all; each flaw names its cell (导入城市文件)."""
    content, of, today = given_file(file), _KINDS[which], governing_date(None)
    with acting(login, is_writer=True) as (session, actor):
        found = of.read(session, actor, number, **({"today": today} if of.is_dated[0] else {}))
        known = found.document.model_dump(mode="json", exclude_none=True)
        document = checked(of.document, read_paper_workbook(of.document, content, file.name, known))
        more = {"today": today} if of.is_dated[1] else {}
        saved = of.save(
            session,
            actor,
            number,
            document=document,
            expected_version=found.paper.version,
            reason=reason,
            **more,
        )
    if is_json:
        print_json({"id": saved.id, "version": saved.version, "revision": saved.revision_number})
    else:
        out.print(f"已保存为第 {saved.revision_number} 版 saved as revision", markup=False)
