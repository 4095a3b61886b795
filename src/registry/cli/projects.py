"""Commands on project records: projects, show, schema."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
import typer

from registry.cli.console import As, Code, Json, acting, command, out, print_json, print_table
from registry.errors import Finding, InvalidInput
from registry.projects.catalogue import fields
from registry.projects.financials import FinancialCase
from registry.projects.model import SECTIONS, Dossier
from registry.projects.queries import LARGEST_PAGE, read_dossier
from registry.projects.search.filters import FILTER_NAMES, SORTS, Sort, read_filter
from registry.projects.search.queries import narrow, summaries


@command("show")
def show(code: Code, login: As = None, is_json: Json = False) -> None:
    """Show one project as it stands (查看项目)."""
    with acting(login) as (session, actor):
        facts, dossier = read_dossier(session, actor, code)
    document = dossier.model_dump(mode="json", exclude_none=True)
    if is_json:
        print_json(
            {
                "code": facts.code,
                "revision": facts.number,
                "hash": facts.hash,
                "is_demo": facts.is_demo,
                "dossier": document,
            }
        )
        return
    out.print(f"{facts.code}  {dossier.name}  第 {facts.number} 版 {'示例数据' if facts.is_demo else ''}", style="bold")
    for section, (title, _, _) in SECTIONS.items():
        rows = [
            (field.term.zh, document.get(name), field.term.unit)
            for name, field in fields().items()
            if field.term.section == section and name in document
        ]
        if rows:
            print_table(title, ("项目", "内容", "单位"), rows)
    for collection, model in Dossier.LINES.items():
        lines = document.get(collection, [])
        if lines:
            names = list(model.model_fields)
            title = str(Dossier.model_fields[collection].title)
            print_table(title, names, [[line.get(name) for name in names] for line in lines])


@command("projects")
def list_projects(
    search: Annotated[str | None, typer.Argument(help="Words, pinyin or initials; all must be found.")] = None,
    login: As = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="A condition as in the address of the list, such as province=浙江省; repeatable."),
    ] = None,
    sort: Annotated[Sort, typer.Option(help="Order of the list.")] = "code",
    after: Annotated[str | None, typer.Option(help="`next` of the page before.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=LARGEST_PAGE, help="Projects on a page.")] = 50,
    is_json: Json = False,
) -> None:
    """List, search and narrow the projects you may see (查询项目)."""
    asked = {"search": search, **_conditions(only or ())}
    with acting(login) as (session, actor):
        found = narrow(session, actor, read_filter(asked.get))
        shown = found.page(sort=sort, after=after, limit=limit)
        rows = summaries(session, actor, shown.codes)
    total, investment = len(found), found.investment()
    if is_json:
        print_json({"count": total, "investment": investment, "items": msgspec.to_builtins(rows), "next": shown.next})
        return
    columns = ("编号", "项目名称", "省份", "地市", "项目领域", "总投资（万元）", "数据性质")
    title = f"{total:,} 个项目，{SORTS[sort][0]}"
    print_table(
        title,
        columns,
        [
            (
                row.code,
                row.name,
                row.province_name,
                row.city_name,
                row.published_field,
                row.total_investment,
                "示例数据" if row.is_demo else None,
            )
            for row in rows
        ],
    )
    if shown.next:
        out.print(f"下一页：--after {shown.next}", markup=False)


def _conditions(only: Sequence[str]) -> dict[str, str]:
    """Return the conditions given as `name=value`. Raises InvalidInput for a name no list knows."""
    found = dict(text.partition("=")[::2] for text in only)
    unknown = [name for name in found if name not in FILTER_NAMES]
    if unknown:
        known = "、".join(FILTER_NAMES)
        findings = [
            Finding(name, "unknown-condition", f"没有名为 {name} 的条件；可用：{known}", f"is none of {known}")
            for name in unknown
        ]
        raise InvalidInput.of(findings)
    return found


@command("schema")
def schema(
    what: Annotated[Literal["project", "case"], typer.Argument(help="project: the dossier; case: an evaluation.")],
) -> None:
    """Print the JSON Schema of a project or a financial case (输出 JSON Schema)."""
    model = Dossier if what == "project" else FinancialCase
    print_json({"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()})
