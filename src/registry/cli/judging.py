"""The commands that judge: screen, missing."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import msgspec
import typer
from rich.progress import Progress

from registry import database
from registry.accounts.model import Actor
from registry.assessments.missing import MissingStep, MissingValue, what_is_missing
from registry.assessments.model import Assessment
from registry.assessments.operations import assess_project, public_packs
from registry.assessments.routing import nearest_ways
from registry.assessments.screening import assess_in_batches
from registry.audit import parsed_json
from registry.cli.console import (
    As,
    AsOf,
    Code,
    Json,
    acting,
    command,
    err,
    governing_date,
    out,
    print_findings,
    print_json,
    print_table,
)
from registry.eligibility.model import VERDICT_TERMS

Libraries = Annotated[list[str] | None, typer.Option("--library", help="Only this rule pack; may be repeated.")]


@command("screen")
def screen(
    code: Annotated[str | None, typer.Argument(help="Project code; or use --all.")] = None,
    is_all: Annotated[bool, typer.Option("--all", help="Every project you may see.")] = False,
    is_nearest: Annotated[bool, typer.Option("--nearest", help="Also the smallest change that opens each.")] = False,
    library: Libraries = None,
    as_of: AsOf = None,
    login: As = None,
    is_json: Json = False,
) -> None:
    """Judge projects against the libraries under the text in force on a date (入库预审)."""
    if (code is None) == (not is_all) or (is_nearest and is_all):
        raise typer.BadParameter("give one project code, or --all; --nearest goes with one project")
    for name in library or ():
        public_packs()[name]
    day = governing_date(as_of)
    with acting(login) as (_, actor):
        pass
    if code is None:
        documents = _screen_all(actor, day, library, is_quiet=is_json)
        print_json(documents) if is_json else _print_matrix(documents)
        return
    with database.writing() as session:
        document = _screened(assess_project(session, actor, code, as_of=day), library)
    if is_nearest:
        with database.reading() as session:
            document["nearest"] = nearest_ways(session, actor, code, as_of=day, libraries=library).as_dict()
    print_json(document) if is_json else _print_one(document)


def _screen_all(actor: Actor, day: date, library: Sequence[str] | None, *, is_quiet: bool) -> list[dict[str, Any]]:
    documents: list[dict[str, Any]] = []
    with Progress(console=err, transient=True, disable=is_quiet) as progress:
        task = progress.add_task("预审", total=None)
        for batch in assess_in_batches(database.engine(), actor, as_of=day):
            documents += [_screened(assessment, library) for assessment in batch.assessments]
            progress.update(task, completed=batch.done, total=batch.total)
            print_findings(batch.findings)
    return documents


def _screened(assessment: Assessment, library: Sequence[str] | None) -> dict[str, Any]:
    document: dict[str, Any] = parsed_json(assessment.document)
    document["libraries"] = [each for each in document["libraries"] if library is None or each["pack"] in library]
    return {"assessment": assessment.hash, **document}


def _print_one(document: dict[str, Any]) -> None:
    out.print(
        f"{document['project']['code']} 第 {document['project']['revision']} 版，适用日期 {document['governing_date']}"
    )
    for verdict in document["libraries"]:
        out.print(f"\n{verdict['name_zh']}：{verdict['verdict_zh']} {verdict['verdict_en']}", style="bold")
        out.print(f"  规则版本 {verdict['version']}（{verdict['document']}）", style="dim")
        for answer in verdict["answers"]:
            if answer["status"] in ("pass", "not_applicable"):
                continue
            mark = "待核实 " if answer["is_unverified"] else ""
            out.print(f"  [{answer['status_zh']}] {mark}{answer['title_zh']}（{_clause(answer)}）", markup=False)
            if answer["missing"]:
                out.print("      缺少：" + "、".join(fact["zh"] for fact in answer["missing"]), markup=False)
            if answer["status"] == "fail":
                out.print(f"      {answer['say_zh']}", markup=False)
    for way in document.get("nearest", {}).get("ways", ()):
        _print_way(way)


def _print_way(way: dict[str, Any]) -> None:
    if not way["is_open"]:
        out.print(f"\n{way['name_zh']}：没有可走的路径，卡在 {'、'.join(way['closed_by'])}", markup=False)
        return
    out.print(f"\n{way['name_zh']}：做到以下各项即为“{dict(VERDICT_TERMS)[way['verdict_then']][0]}”", markup=False)
    for change in way["changes"]:
        before, after = change["before"], change["after"]
        found = "未填" if before["value"] is None else before["value_zh"] or before["value"]
        wanted = after["value_zh"] or after["value"]
        out.print(f"  {after['zh']}：{found} → {wanted} {after['unit'] or ''}", markup=False)


def _clause(answer: dict[str, Any]) -> str:
    return " ".join(part for part in (answer["document"], answer["article"]) if part)


def _print_matrix(documents: Sequence[dict[str, Any]]) -> None:
    """Print how many projects each pack takes, then the three libraries project by project."""
    verdicts = [(each["project"]["code"], verdict) for each in documents for verdict in each["libraries"]]
    names = {verdict["pack"]: verdict["name_zh"] for _, verdict in verdicts}
    words = list(dict.fromkeys(verdict_zh for verdict_zh, _ in VERDICT_TERMS.values()))
    counted = Counter((verdict["pack"], verdict["verdict_zh"]) for _, verdict in verdicts)
    print_table(
        f"{len(documents)} 个项目",
        ("规则包", *words),
        [(names[pack], *(counted[pack, word] for word in words)) for pack in names],
    )
    libraries = {verdict["pack"]: verdict["name_zh"] for _, verdict in verdicts if verdict["kind"] == "library"}
    found = {(code, verdict["pack"]): verdict["verdict_zh"] for code, verdict in verdicts}
    rows = [
        (each["project"]["code"], *(found.get((each["project"]["code"], pack)) for pack in libraries))
        for each in documents
    ]
    print_table("项目 × 储备库", ("项目", *libraries.values()), rows)


@command("missing")
def missing(code: Code, library: Libraries = None, as_of: AsOf = None, login: As = None, is_json: Json = False) -> None:
    """Say what a project still lacks for each next step, and who asks for it (缺什么)."""
    day = governing_date(as_of)
    with acting(login) as (session, actor):
        found = what_is_missing(session, actor, code, as_of=day, libraries=library)
    if is_json:
        print_json(msgspec.to_builtins(found))
        return
    out.print(f"{code} 第 {found.revision} 版，适用日期 {day}")
    for step in found.steps:
        _print_step(step)


def _print_step(step: MissingStep) -> None:
    out.print(f"\n{step.title_zh}：{f'还缺 {step.count} 项' if step.count else '不缺'}", style="bold")
    for section in step.sections:
        out.print(f"  {section.title_zh}", style="dim")
        for value in section.items:
            out.print(f"    {value.title_zh}  {value.path}（{_asked_by(value)}）", markup=False)


def _asked_by(value: MissingValue) -> str:
    words = {"catalogue": "填报目录", "checklist": "资料清单"}
    return "；".join(
        dict.fromkeys(words.get(each.kind) or f"{each.pack_zh} {each.rule or ''} {each.clause}" for each in value.why)
    )
