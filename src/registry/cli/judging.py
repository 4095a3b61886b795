"""Commands that judge: screen, rules."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from registry import database
from registry.assessments.model import Assessment
from registry.assessments.operations import assess_project, public_packs
from registry.audit import parsed_json
from registry.cli.console import (
    As,
    AsOf,
    Json,
    acting,
    command,
    err,
    governing_date,
    group,
    out,
    print_json,
    print_table,
)
from registry.eligibility.model import VERDICT_TERMS
from registry.eligibility.packs import load_packs
from registry.projects.queries import list_codes

rules_commands = group("rules", "规则包 · rule packs")

Libraries = Annotated[list[str] | None, typer.Option("--library", help="Only this rule pack; may be repeated.")]


@command("screen")
def screen(
    code: Annotated[str | None, typer.Argument(help="Project code; or use --all.")] = None,
    is_all: Annotated[bool, typer.Option("--all", help="Every project you may see.")] = False,
    library: Libraries = None,
    as_of: AsOf = None,
    login: As = None,
    is_json: Json = False,
) -> None:
    """Judge projects against the libraries under the text in force on a date (入库预审)."""
    if (code is None) == (not is_all):
        raise typer.BadParameter("give one project code, or --all")
    for name in library or ():
        public_packs()[name]
    with acting(login) as (session, actor):
        codes = [code] if code else list_codes(session, actor)
    documents = []
    with Progress(console=err, transient=True, disable=is_json or len(codes) < 2) as progress:  # noqa: PLR2004
        for each in progress.track(codes, description="预审"):
            with database.writing() as session:
                assessment = assess_project(session, actor, each, as_of=governing_date(as_of))
                documents.append(_screened(assessment, library))
    if is_json:
        print_json(documents[0] if code else documents)
    elif code:
        _print_one(documents[0])
    else:
        _print_matrix(documents)


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


@command("check", of=rules_commands)
def check(
    folder: Annotated[Path | None, typer.Argument(help="A folder of packs; default: the shipped rules.")] = None,
    is_json: Json = False,
) -> None:
    """Lint rule packs; every flaw with file and line (检查规则包)."""
    packs = load_packs(folder) if folder else public_packs()
    counts = {pack.id: {name: len(version.rules) for name, version in pack.versions.items()} for pack in packs}
    if is_json:
        print_json({"packs": counts, "findings": []})
        return
    rows = [(pack, version, number) for pack, versions in counts.items() for version, number in versions.items()]
    print_table("规则包无误 packs are sound", ("规则包", "版本", "规则数"), rows)
