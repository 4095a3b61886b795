"""Commands on zones and pilots: list, import and export the lists, register a published selection (先行区与试点)."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from registry.cli.console import (
    As,
    AsOf,
    Json,
    Preview,
    acting,
    command,
    given_file,
    governing_date,
    group,
    out,
    print_json,
    print_table,
)
from registry.packages.files import write_whole
from registry.programme.nomination.registering import register_selected
from registry.programme.zones.lists import take_workbook, zone_workbook
from registry.projects.zones.catalogue import zones as catalogue
from registry.projects.zones.queries import list_memberships

zones = group("zones", "Zones and pilots 先行区与试点: which places belong to which, from when, by which source.")


@command("list", of=zones)
def listing(login: As = None, as_of: AsOf = None, is_json: Json = False) -> None:
    """List the zones with the places in them on a day (列出先行区与试点)."""
    with acting(login) as (session, _):
        found = list_memberships(session, on=governing_date(as_of))
    if is_json:
        print_json(msgspec.to_builtins(found))
        return
    rows = [
        (zone.id, zone.zh, each.place, each.division_code, each.starts_on, each.source)
        for zone in catalogue().values()
        for each in found
        if each.zone == zone.id
    ]
    print_table("先行区与试点", ("标识", "名称", "地区", "区划代码", "自", "来源"), rows)


@command("import", of=zones)
def take(
    file: Annotated[Path, typer.Argument(help="XLSX as `zones export` writes it, or CSV; each row names its source.")],
    login: As = None,
    is_preview: Preview = False,
    is_json: Json = False,
) -> None:
    """Note the rows of a published list, all or none; rows that are there already stay as they are (登记名单)."""
    content = given_file(file)
    with acting(login, is_writer=True, is_preview=is_preview) as (session, actor):
        taken = take_workbook(session, actor, content=content, name=file.name)
    if is_json:
        print_json(msgspec.to_builtins(taken))
        return
    for each in taken.rows:
        out.print(f"{each.zone} {each.place} {each.division_code} {each.starts_on}", markup=False)
    done = "将登记（未写入） would be noted" if is_preview else "已登记 noted"
    out.print(f"{done}：{taken.added}；原已登记 there already：{taken.known}", markup=False)


@command("export", of=zones)
def export(file: Annotated[Path, typer.Option("--out", help="FILE.xlsx")], login: As = None) -> None:
    """Write every noted membership as XLSX, which can be filled in and imported (导出名单)."""
    with acting(login) as (session, _):
        write_whole(file, zone_workbook(session))
    out.print(f"已写出：{file}", markup=False)


@command("register", of=zones)
def register(
    number: Annotated[int, typer.Argument(help="Number of the published selection.", min=1)],
    starts_on: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day in the zone.")],
    notice: Annotated[str, typer.Option(help="The published paper, such as its number.")] = "",
    url: Annotated[str | None, typer.Option(help="Where it stands.")] = None,
    login: As = None,
) -> None:
    """Register the cities a published selection chose as leading cities, with the result as the source (登记先行区)."""
    with acting(login, is_writer=True) as (session, actor):
        found = register_selected(session, actor, number, starts_on=starts_on.date(), notice=notice, url=url)
    out.print(f"已登记 {found.added} 个城市，{found.known} 个原已登记 registered, there already", markup=False)
