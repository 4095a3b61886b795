"""Commands on the life cycle of applications: its states as a diagram, expiry and warnings by date."""

from datetime import date
from typing import Annotated

import typer

from registry.cli.console import AsOf, Json, acting, app, command, governing_date, out, print_json, print_table
from registry.projects.lifecycle.expiry import due_warnings, expire_entries, warn_of_endings
from registry.projects.lifecycle.queries import ApplicationSummary, overdue_entries
from registry.projects.lifecycle.states import diagram, document

lifecycle_commands = typer.Typer(
    invoke_without_command=True,
    rich_markup_mode=None,
    help="入库申请的生命周期 · life cycle of applications; alone: the states as a Mermaid diagram",
)
app.add_typer(lifecycle_commands, name="lifecycle")
Apply = Annotated[bool, typer.Option("--apply", help="Do it; without, only list what would be done.")]


@lifecycle_commands.callback()
def states(context: typer.Context) -> None:
    """Print the states and who may move them as a Mermaid diagram, from the one table in code."""
    if context.invoked_subcommand is None:
        out.print(diagram(), end="", markup=False)


@command("document", of=lifecycle_commands)
def print_document() -> None:
    """Print diagram and table as Markdown, as kept in STATES.md (状态图与权限表)."""
    out.print(document(), end="", markup=False)


@command("expire", of=lifecycle_commands)
def expire(as_of: AsOf = None, is_applied: Apply = False, is_json: Json = False) -> None:
    """Take entries whose three years are over out of their library; a dry run unless --apply (到期出库)."""
    day = governing_date(as_of)
    with acting(None, is_writer=is_applied) as (session, actor):
        over = overdue_entries(session, actor, as_of=day)
        outcomes = expire_entries(session, actor, as_of=day) if is_applied else []
    refused = {done.application_id: done.error.message_zh for done in outcomes if done.error is not None}
    if is_json:
        print_json({"as_of": day, "applied": is_applied, "entries": [_line(each) for each in over], "refused": refused})
    else:
        title = "已办理到期出库 expired" if is_applied else "试算：将到期出库 would expire (--apply 办理)"
        _print(title, day, [(each, refused.get(each.id, "")) for each in over])


@command("warn", of=lifecycle_commands)
def warn(as_of: AsOf = None, is_applied: Apply = False, is_json: Json = False) -> None:
    """Tell owner and province of entries that end soon, once per threshold; a dry run unless --apply (到期提醒)."""
    day = governing_date(as_of)
    with acting(None, is_writer=is_applied) as (session, actor):
        due = (warn_of_endings if is_applied else due_warnings)(session, actor, as_of=day)
    if is_json:
        told = [_line(each) | {"threshold_days": threshold} for each, threshold in due]
        print_json({"as_of": day, "applied": is_applied, "entries": told})
    else:
        title = "已提醒 told" if is_applied else "试算：将提醒 would tell (--apply 办理)"
        _print(title, day, [(each, f"≤ {threshold} 天 days") for each, threshold in due])


def _line(entry: ApplicationSummary) -> dict[str, object]:
    valid = entry.validity
    told = {"valid_until": valid.valid_until, "days_left": valid.days_left} if valid else {}
    return {"application": entry.id, "code": entry.code, "library": entry.library, **told}


def _print(title: str, day: date, rows: list[tuple[ApplicationSummary, str]]) -> None:
    cells = [
        (each.id, each.code, each.name, each.library, each.validity and each.validity.valid_until, note)
        for each, note in rows
    ]
    print_table(f"{title}：{len(rows)} · {day}", ("申请", "项目", "名称", "项目库", "有效期至", "说明"), cells)
