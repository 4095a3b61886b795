"""Commands on project records: show, schema."""

from typing import Annotated, Literal

import typer

from registry.cli.console import As, Code, Json, acting, command, out, print_json, print_table
from registry.projects.catalogue import fields
from registry.projects.financials import FinancialCase
from registry.projects.model import SECTIONS, Dossier
from registry.projects.queries import read_dossier


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


@command("schema")
def schema(
    what: Annotated[Literal["project", "case"], typer.Argument(help="project: the dossier; case: an evaluation.")],
) -> None:
    """Print the JSON Schema of a project or a financial case (输出 JSON Schema)."""
    model = Dossier if what == "project" else FinancialCase
    print_json({"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()})
