"""Commands on the public display: list, release, withdraw, take the open data (公开展示)."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from registry.audit import now
from registry.cli.console import (
    As,
    AsOf,
    Code,
    Json,
    acting,
    command,
    governing_date,
    group,
    out,
    print_json,
    print_table,
)
from registry.packages.files import write_whole
from registry.packages.open_data import open_package, projects_table, provenance
from registry.portfolio.download import download
from registry.programme.display.operations import display_project, withdraw_display
from registry.programme.display.queries import every_displayed, list_displayed

display = group("display", "What the public is shown 公开展示.")


@command("list", of=display)
def listing(as_of: AsOf = None, is_json: Json = False) -> None:
    """List the projects on display."""
    with acting(None) as (session, _):
        found = list_displayed(session, today=governing_date(as_of))
    if is_json:
        print_json(msgspec.to_builtins(found))
        return
    rows = [(each.code, each.name, each.city_name, each.revision_number, each.released_at.date()) for each in found]
    print_table("公开展示的项目", ("编号", "名称", "城市", "修订", "放行"), rows)


@command("release", of=display)
def release(
    code: Code,
    fields: Annotated[list[str], typer.Option("--field", help="A field or a whole part of the record; repeat it.")],
    embargo_until: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="Not shown before this day.")
    ] = None,
    login: As = None,
) -> None:
    """Show these fields of a project to the public, in place of what was shown before."""
    with acting(login, is_writer=True) as (session, actor):
        day = None if embargo_until is None else embargo_until.date()
        made = display_project(session, actor, code, fields=fields, today=governing_date(None), embargo_until=day)
        out.print(f"{code} 第 {made.revision_number} 版已放行公开 released for display")


@command("withdraw", of=display)
def withdraw(
    code: Code, reason: Annotated[str, typer.Option("--reason", help="Why it is withdrawn.")], login: As = None
) -> None:
    """Take a project off the display at once."""
    with acting(login, is_writer=True) as (session, actor):
        withdraw_display(session, actor, code, reason=reason)
    out.print(f"{code} 已撤回公开 withdrawn from display")


@command("open-data", of=display)
def open_data(
    target: Annotated[Path, typer.Argument(help="File to write: .json for OC4IDS, .csv for the table.")],
    as_of: AsOf = None,
) -> None:
    """Write what is on display as OC4IDS or CSV, as the public downloads it."""
    with acting(None) as (session, _):
        found = every_displayed(session, today=governing_date(as_of))
    moment = max((each.summary.released_at for each in found), default=now())
    if target.suffix == ".csv":
        has_demo = any(each.summary.is_demo for each in found)
        told = provenance("registry display open-data", moment, has_demo_data=has_demo)
        write_whole(target, download(projects_table(found), told, "csv"))
    else:
        write_whole(target, msgspec.json.encode(open_package(found, published=moment)))
    out.print(f"{len(found)} 个公开项目 projects: {target}")
