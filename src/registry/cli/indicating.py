"""Commands on indicators: the catalogue in force, a city's values out and in (指标)."""

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
from registry.programme.indicators.catalogue import DIRECTIONS
from registry.programme.indicators.queries import find_city, indicators_of, list_cities
from registry.programme.indicators.reference_workbook import catalogue_workbook, take_catalogue
from registry.programme.indicators.versions import reference_on
from registry.programme.indicators.workbook import take_values, values_workbook
from registry.programme.list_files import dashboard_file

indicators = group("indicators", "Indicators 指标: catalogue, targets, actual values.")
City = Annotated[int | None, typer.Option("--city", help="Number of the city; default: your own.", min=1)]
Year = Annotated[int | None, typer.Option("--year", help="Only this year.", min=1990, max=2100)]


@command("catalogue", of=indicators)
def catalogue(city: City = None, login: As = None, as_of: AsOf = None, is_json: Json = False) -> None:
    """Show the catalogue in force on a day: national, or a city's with what it refined and added (指标目录)."""
    day = governing_date(as_of)
    with acting(login) as (session, actor):
        is_national = city is None and actor.group != "city"
        version = reference_on(session, day)
        known = version.indicators if is_national else None
        known = known or indicators_of(session, find_city(session, actor, city), on=day)
    if is_json:
        print_json([msgspec.to_builtins(each) for each in known.values()])
        return
    rows = [(each.id, each.zh, each.unit, DIRECTIONS[each.direction][0], each.group[0]) for each in known.values()]
    print_table(
        f"{version.document}{'（代用）' if version.is_stand_in else ''}", ("编号", "指标", "单位", "方向", "类别"), rows
    )


@command("template", of=indicators)
def template(
    file: Annotated[Path, typer.Option("--out", help="FILE.xlsx")], login: As = None, as_of: AsOf = None
) -> None:
    """Write the reference set in force as XLSX, the template of the next version (导出指标目录)."""
    with acting(login) as (session, _):
        write_whole(file, catalogue_workbook(session, on=governing_date(as_of)))
    out.print(f"已写出：{file}", markup=False)


@command("publish", of=indicators)
def publish(
    file: Annotated[Path, typer.Argument(help="XLSX as `indicators template` writes it, or CSV.")],
    version: Annotated[str, typer.Option(help="Such as mee-2027.")],
    in_force_from: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    source: Annotated[str, typer.Option(help="The published paper.")],
    url: Annotated[str | None, typer.Option(help="Where it stands.")] = None,
    login: As = None,
    is_json: Json = False,
) -> None:
    """Publish a version of the reference set, all rows or none; it is never changed (发布参考指标)."""
    content = given_file(file)
    with acting(login, is_writer=True) as (session, actor):
        count = take_catalogue(
            session,
            actor,
            content=content,
            name=file.name,
            version=version,
            in_force_from=in_force_from.date(),
            source=source,
            source_url=url,
        )
    if is_json:
        print_json({"version": version, "indicators": count})
    else:
        out.print(f"已发布 {version}，{count} 项指标 published", markup=False)


@command("cities", of=indicators)
def cities(login: As = None, is_json: Json = False) -> None:
    """List the cities whose indicators you may see (列出城市)."""
    with acting(login) as (session, actor):
        found = list_cities(session, actor)
    if is_json:
        print_json(msgspec.to_builtins(found))
        return
    print_table("城市", ("编号", "名称", "区划代码"), [(each.id, each.name, each.division_code) for each in found])


@command("export", of=indicators)
def export(
    file: Annotated[Path, typer.Option("--out", help="FILE.xlsx")],
    city: City = None,
    year: Year = None,
    login: As = None,
    as_of: AsOf = None,
) -> None:
    """Write a city's targets and actual values as XLSX, which can be filled in and imported (导出指标值)."""
    with acting(login) as (session, actor):
        write_whole(file, values_workbook(session, actor, city_id=city, year=year, today=governing_date(as_of)))
    out.print(f"已写出：{file}", markup=False)


@command("import", of=indicators)
def take(
    file: Annotated[Path, typer.Argument(help="XLSX as `indicators export` writes it, or CSV.")],
    login: As = None,
    is_preview: Preview = False,
    is_json: Json = False,
) -> None:
    """Take the values of your city, all rows or none; each flaw names its cell (填报指标值)."""
    content = given_file(file)
    with acting(login, is_writer=True, is_preview=is_preview) as (session, actor):
        changed = take_values(session, actor, content=content, name=file.name, today=governing_date(None))
    if is_json:
        print_json({"changed": len(changed), "values": msgspec.to_builtins(changed)})
        return
    for each in changed:
        told = "，".join(
            f"{name} {_shown(each.before.get(name))} → {_shown(value)}" for name, value in each.after.items()
        )
        out.print(f"{each.indicator} {each.year}：{told}", markup=False)
    done = "会有变化（未写入） would change" if is_preview else "有变化 changed"
    out.print(f"{len(changed)} 个值{done}", markup=False)


def _shown(value: object) -> str:
    return "–" if value is None else str(value)


@command("dashboard", of=indicators)
def dashboard(
    file: Annotated[Path, typer.Option("--out", help="FILE.xlsx")],
    year: Year = None,
    login: As = None,
    as_of: AsOf = None,
) -> None:
    """Write the dashboard of the cities you may see as XLSX: indicators by year, and cities (导出总览)."""
    with acting(login) as (session, actor):
        write_whole(file, dashboard_file(session, actor, year=year, today=governing_date(as_of)))
    out.print(f"已写出：{file}", markup=False)
