"""Commands about the rules themselves: check, read, rehearse."""

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from registry import database
from registry.assessments.operations import public_packs
from registry.assessments.rehearsing import FlipGroup, Rehearsal, rehearse_registry
from registry.assessments.screening import count_rules
from registry.cli.console import As, AsOf, Json, acting, command, governing_date, group, out, print_json, print_table
from registry.cli.rule_book import html_book, markdown_book
from registry.eligibility.cases import CaseResult, run_cases, uncovered
from registry.eligibility.checked import PackError, Packs
from registry.eligibility.derived import project_vocabulary
from registry.eligibility.located import pack_finding
from registry.eligibility.model import STATUS_TERMS, VERDICT_TERMS
from registry.eligibility.packs import load_packs
from registry.eligibility.rulebook import RuleBook, rulebook
from registry.eligibility.schema import pack_schema
from registry.errors import NotFound

rules_commands = group("rules", "规则包 · rule packs")

PackOption = Annotated[list[str] | None, typer.Option("--pack", help="Only this rule pack; may be repeated.")]


@command("check", of=rules_commands)
def check(
    folder: Annotated[Path | None, typer.Argument(help="A folder of packs; default: the shipped rules.")] = None,
    is_json: Json = False,
) -> None:
    """Lint rule packs and run their cases; every flaw with file and line (检查规则包)."""
    packs = load_packs(folder) if folder else public_packs()
    results = list(run_cases(packs))
    unmet = [result for result in results if not result.is_met]
    if unmet:
        raise PackError.of([_unmet(result) for result in unmet])
    gaps = [{"place": place, "lacks": answer} for place, answer in uncovered(packs)]
    counts = {pack.id: {name: len(version.rules) for name, version in pack.versions.items()} for pack in packs}
    if is_json:
        print_json({"packs": counts, "cases": len(results), "uncovered": gaps, "findings": []})
        return
    rows = [(pack, version, number) for pack, versions in counts.items() for version, number in versions.items()]
    print_table(f"规则包无误，{len(results)} 个用例相符 packs are sound", ("规则包", "版本", "规则数"), rows)
    for gap in gaps:
        out.print(f"  {gap['place']} 还缺一个 {gap['lacks']} 的用例", markup=False)


def _unmet(result: CaseResult) -> Any:
    file, _, line = result.place.rpartition(":")
    zh = f"用例“{result.case.name}”应为 {result.case.expect}，规则答 {result.found}"
    en = f"case '{result.case.name}' expects {result.case.expect}, the rules answer {result.found}"
    return pack_finding(file, int(line), "case-unmet", zh, en)


@command("docs", of=rules_commands)
def docs(
    pack: PackOption = None,
    as_of: AsOf = None,
    target: Annotated[
        Path | None, typer.Option("--out", help="A file: .html for HTML, else Markdown; default: print Markdown.")
    ] = None,
    is_json: Json = False,
) -> None:
    """Print the rule book in force on a date: clause left, rule right (规则手册)."""
    books = _books(public_packs(), pack, governing_date(as_of))
    if is_json:
        print_json([book.as_dict() for book in books])
    elif target is None:
        typer.echo(markdown_book(books))
    else:
        text = html_book(books) if target.suffix in (".html", ".htm") else markdown_book(books)
        target.write_text(text, encoding="utf-8")
        out.print(f"{target}：{len(books)} 个规则包，{sum(len(book.rules) for book in books)} 条规则", markup=False)


def _books(packs: Packs, wanted: list[str] | None, day: date) -> list[RuleBook]:
    """Return the books of the named packs, or of all in force that day. Raises NotFound."""
    if wanted:
        return [rulebook(packs[name], day, vocabulary=packs.vocabulary) for name in wanted]
    books = [rulebook(each, day, vocabulary=packs.vocabulary) for each in packs if each.version_on(day)]
    if not books:
        raise NotFound(f"{day} 没有施行的规则包", f"No pack is in force on {day}")
    return books


@command("facts", of=rules_commands)
def facts(
    search: Annotated[str | None, typer.Argument(help="Part of a name or of an official term.")] = None,
    is_json: Json = False,
) -> None:
    """List every name a predicate may use, with type, unit and official term (事实词表)."""
    vocabulary = project_vocabulary()
    wanted = [vocabulary[name] for name in vocabulary]
    if search:
        wanted = [fact for fact in wanted if search.lower() in f"{fact.name} {fact.zh} {fact.en}".lower()]
    if is_json:
        print_json(
            [
                {
                    "name": fact.name,
                    "type": fact.sql_type,
                    "zh": fact.zh,
                    "en": fact.en,
                    "unit": fact.unit,
                    "origin": fact.origin,
                    "choices": dict(fact.choices or {}),
                }
                for fact in wanted
            ]
        )
        return
    rows = [(fact.name, fact.sql_type, fact.zh, fact.unit, "、".join(fact.choices or ())) for fact in wanted]
    print_table(f"{len(rows)} 个事实", ("名称", "类型", "官方术语", "单位", "可取值"), rows)


@command("schema", of=rules_commands)
def schema(is_json: Json = False) -> None:  # noqa: ARG001 - the schema is JSON either way
    """Print the JSON Schema of pack files, for editors (规则包格式)."""
    typer.echo(json.dumps(pack_schema(), ensure_ascii=False, indent=1))


@command("counts", of=rules_commands)
def counts(pack: PackOption = None, as_of: AsOf = None, login: As = None, is_json: Json = False) -> None:
    """Count how many projects meet, fail or lack facts for each rule (规则命中统计)."""
    with acting(login) as (_, actor):
        pass
    found = count_rules(database.engine(), actor, as_of=governing_date(as_of), libraries=pack)
    if is_json:
        print_json(found.to_dicts())
        return
    words = [STATUS_TERMS[name][0] for name in STATUS_TERMS]
    rows = [(row["pack"], row["rule"], *(row[name] for name in STATUS_TERMS)) for row in found.iter_rows(named=True)]
    print_table("每条规则的项目数", ("规则包", "规则", *words), rows)


@command("rehearse", of=rules_commands)
def rehearse(
    pack: Annotated[str, typer.Argument(help="Rule pack, such as eco-finance-support.")],
    old: Annotated[str, typer.Argument(help="Version that applies now.")],
    new: Annotated[str, typer.Argument(help="Version to try.")],
    draft: Annotated[Path | None, typer.Option("--draft", help="Folder in which the new version stands.")] = None,
    as_of: AsOf = None,
    login: As = None,
    is_json: Json = False,
) -> None:
    """Show whose verdict a new version would change, before it is published (规则预演)."""
    with acting(login) as (_, actor):
        pass
    drafted = load_packs(draft) if draft else None
    found = rehearse_registry(
        database.engine(), actor, pack=pack, old=old, new=new, as_of=governing_date(as_of), draft=drafted
    )
    if is_json:
        print_json(found.as_dict())
    else:
        _print_rehearsal(found)


def _print_rehearsal(found: Rehearsal) -> None:
    out.print(
        f"{found.name_zh}：{found.version_old}（{found.as_of_old}）→ {found.version_new}（{found.as_of_new}）\n"
        f"{found.projects} 个项目，{found.n_flips} 个结论改变：{found.winners} 个改善，{found.losers} 个变差",
        markup=False,
    )
    for title, groups in (("变化", found.changes), ("按省", found.by_province), ("按任务", found.by_task)):
        print_table(
            title, ("", "原结论", "新结论", "项目数", "总投资（万元）", "总投资未填"), [_row(each) for each in groups]
        )
    flips = [(f.code, f.name, f.province, f.amount, _said(f.before), _said(f.after)) for f in found.flips]
    print_table("结论改变的项目", ("项目", "名称", "省份", "总投资（万元）", "原结论", "新结论"), flips)
    edge = [(b.code, b.name, b.title_zh, b.distance, b.unit) for b in found.borderline]
    print_table("只差一条的项目", ("项目", "名称", "规则", "差距", "单位"), edge)


def _row(each: FlipGroup) -> tuple[Any, ...]:
    before, after = _said(each.before), _said(each.after)
    return each.value, before, after, each.projects, each.amount, each.n_unknown_amounts


def _said(verdict: str | None) -> str:
    return next((zh for name, (zh, _) in VERDICT_TERMS.items() if name == verdict), "不涉及")
