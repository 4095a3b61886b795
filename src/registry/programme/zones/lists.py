"""Lists of zones in and out of Excel, and what lies in them."""

import re
from collections.abc import Sequence
from datetime import date

import msgspec
import polars as pl
from sqlalchemy import Engine
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import may, require
from registry.database import reading
from registry.errors import Finding, InvalidInput
from registry.portfolio.table import Table
from registry.portfolio.zones import roll_up
from registry.programme.sheet_writing import write_rows
from registry.programme.sheets import SheetColumn, SheetRow, read_rows
from registry.projects.columns import read_projects
from registry.projects.zones.catalogue import KINDS, place_name, zones
from registry.projects.zones.operations import flaws_of, note_membership
from registry.projects.zones.queries import Membership, list_memberships

COLUMNS = (
    SheetColumn("zone", "区域或试点", "Zone", is_needed=True, width=26),
    SheetColumn("division_code", "区划代码", "Division code", is_needed=True),
    SheetColumn("place", "地名", "Place", width=20),
    SheetColumn("starts_on", "起始日期", "From", is_needed=True),
    SheetColumn("ends_on", "结束日期", "Until"),
    SheetColumn("source", "名单来源", "Source", is_needed=True, width=50),
    SheetColumn("source_url", "来源网址", "Link", width=40),
)
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00:00)?")


def zone_workbook(session: Session) -> bytes:
    """Return every membership as a workbook, which is the template of an upload too."""
    rows = [
        {
            "zone": zones()[each.zone].zh,
            "division_code": each.division_code,
            "place": each.place,
            "starts_on": each.starts_on,
            "ends_on": each.ends_on,
            "source": each.source,
            "source_url": each.source_url,
        }
        for each in list_memberships(session)
        if each.number is not None
    ]
    names = "、".join(zone.zh for zone in zones().values())
    notes = [f"区域或试点：{names}", "日期写作 2026-01-31；地名不读取，仅供核对。"]
    return write_rows("名单", COLUMNS, rows, notes)


class ListRow(msgspec.Struct, frozen=True):
    """One row of a list as it was understood, with its number in the file."""

    row: int
    zone: str
    place: str
    division_code: str
    starts_on: date
    ends_on: date | None
    source: str


class TakenList(msgspec.Struct, frozen=True):
    """How many rows of a list were new, how many were there already, and the new ones."""

    added: int
    known: int
    rows: list[ListRow]


def take_workbook(session: Session, actor: Actor, *, content: bytes, name: str) -> TakenList:
    """Note every row that is not there yet. All rows or none. Raises NotAllowed, Unreadable, InvalidInput."""
    require(actor, "keep_zones")
    rows = read_rows(content, name, COLUMNS)
    findings: list[Finding] = []
    known = {(each.zone, each.division_code, each.starts_on) for each in list_memberships(session)}
    there = 0
    added: list[ListRow] = []
    for row in rows:
        zone, starts_on, ends_on, wrong = _read(row)
        if starts_on is None or wrong:
            findings += wrong
            continue
        code, source, url = row.values["division_code"], row.values["source"], row.values.get("source_url")
        flaws = flaws_of(zone, code, starts_on, ends_on, source, url)
        findings += [row.placed(flaw) for flaw in flaws]
        if findings or (zone, code, starts_on) in known:
            there += 1
            continue
        try:
            note_membership(
                session,
                actor,
                zone=zone,
                division_code=code,
                starts_on=starts_on,
                ends_on=ends_on,
                source=source,
                source_url=url,
            )
            added.append(ListRow(row.number, zone, place_name(code), code, starts_on, ends_on, source))
        except InvalidInput as error:
            findings += [row.placed(flaw) for flaw in error.findings]
    if findings:
        raise InvalidInput.of(findings)
    return TakenList(len(added), there, added)


def _read(row: SheetRow) -> tuple[str, date | None, date | None, list[Finding]]:
    named = row.values["zone"]
    zone = next((each.id for each in zones().values() if named in (each.id, each.zh, each.en)), named)
    wrong, days = [], {}
    for field in ("starts_on", "ends_on"):
        text = row.values.get(field)
        days[field] = None if text is None else _day(text)
        if text is not None and days[field] is None:
            zh, en = f"“{text[:20]}”不是日期，应如 2026-01-31", f"{text[:20]} is no date; write 2026-01-31"
            wrong.append(row.finding(field, "not-a-day", zh, en))
    return zone, days["starts_on"], days["ends_on"], wrong


def _day(text: str) -> date | None:
    match = _DAY.fullmatch(text)
    try:
        return None if match is None else date(*map(int, match.groups()))
    except ValueError:
        return None


def zone_tables(engine: Engine, actor: Actor, memberships: Sequence[Membership]) -> list[Table]:
    """Return the projects the actor may see by zone, a table a kind; none for who reads no portfolio."""
    if not may(actor, "read_portfolio"):
        return []
    projects: pl.DataFrame = read_projects(engine, actor, ("city_code", "total_investment_fen"))
    return [roll_up(projects, memberships, kind) for kind in KINDS]


def zones_on(engine: Engine, actor: Actor, day: date) -> tuple[list[Membership], list[Table]]:
    """Return who belongs where on a day, and what the actor's projects add up to in each zone."""
    with reading(engine) as session:
        found = list_memberships(session, on=day)
    return found, zone_tables(engine, actor, found)
