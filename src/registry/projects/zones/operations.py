"""Writes on zones: the ministry's staff note a list when it is published, with its source; each audited."""

from datetime import date

from pydantic_core import PydanticCustomError
from sqlalchemy import or_, select
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput, NotFound
from registry.projects.codes import check_division_code
from registry.projects.zones.catalogue import LEVELS, Zone, levels_of, place_name, zones
from registry.projects.zones.model import ZoneMembership

LONGEST_SOURCE = 300


def note_membership(
    session: Session,
    actor: Actor,
    *,
    zone: str,
    division_code: str,
    starts_on: date,
    source: str,
    ends_on: date | None = None,
    source_url: str | None = None,
    is_demo: bool = False,
) -> int:
    """Note that a place belongs to a zone, and return the number of the entry. Raises NotAllowed, InvalidInput."""
    require(actor, "keep_zones")
    code = division_code.strip()
    findings = flaws_of(zone, code, starts_on, ends_on, source, source_url)
    if findings:
        raise InvalidInput.of(findings)
    _require_no_overlap(session, zones()[zone], code, starts_on, ends_on)
    entry = ZoneMembership(
        zone=zone,
        division_code=code,
        starts_on=starts_on,
        ends_on=ends_on,
        source=source.strip(),
        source_url=source_url or None,
        noted_by=actor.user_id,
        noted_at=audit.now(),
        is_demo=is_demo,
    )
    session.add(entry)
    session.flush()
    details = {"zone": zone, "place": code, "from": starts_on.isoformat(), "source": entry.source}
    audit.record(session, actor_id=actor.user_id, action="zone.note", subject=f"zone:{zone}", details=details)
    return entry.id or 0


def end_membership(session: Session, actor: Actor, number: int, *, ends_on: date, source: str) -> None:
    """End a membership on a day: that day the place belongs no longer. Raises NotAllowed, NotFound, InvalidInput."""
    require(actor, "keep_zones")
    entry = session.get(ZoneMembership, number, with_for_update=True)
    if entry is None:
        raise NotFound(f"没有编号为 {number} 的归属记录", f"There is no membership {number}")
    findings = list(_period_flaws(entry.starts_on, ends_on)) + list(_source_flaws(source, None))
    if entry.ends_on is not None:
        zh, en = f"该归属已于 {entry.ends_on} 结束，无需再次结束", f"The membership ended on {entry.ends_on} already"
        findings.append(Finding("ends_on", "ended-already", zh, en))
    if findings:
        raise InvalidInput.of(findings)
    entry.ends_on = ends_on
    session.add(entry)
    details = {"number": number, "place": entry.division_code, "until": ends_on.isoformat(), "source": source.strip()}
    audit.record(session, actor_id=actor.user_id, action="zone.end", subject=f"zone:{entry.zone}", details=details)


def flaws_of(
    zone: str, code: str, starts_on: date, ends_on: date | None, source: str, source_url: str | None
) -> list[Finding]:
    """Return everything wrong with an entry that can be seen without the database."""
    found: list[Finding] = []
    known = zones().get(zone)
    if known is None:
        names = "、".join(f"{each.id}（{each.zh}）" for each in zones().values())
        zh, en = f"没有“{zone[:40]}”这个区域或试点；可用：{names}", f"No such zone; use one of {', '.join(zones())}"
        found.append(Finding("zone", "unknown-zone", zh, en, zone[:40]))
    try:
        check_division_code(code)
    except PydanticCustomError as error:
        found.append(Finding("division_code", error.type, error.message(), str((error.context or {})["en"]), code[:20]))
    else:
        found += _level_flaws(known, code)
    return [*found, *_period_flaws(starts_on, ends_on), *_source_flaws(source, source_url)]


def _level_flaws(zone: Zone | None, code: str) -> list[Finding]:
    if zone is None or set(levels_of(code)) & set(zone.levels):
        return []
    wanted, own = (zone.levels, levels_of(code))
    zh = (
        f"“{zone.zh}”只登记{'、'.join(LEVELS[each][0] for each in wanted)}，"
        f"{place_name(code)}是{LEVELS[own[0]][0]}；请填相应级别的区划代码"
    )
    en = f"{zone.en} takes places of level {', '.join(wanted)}, and {code} is a {own[0]}; give a code of that level"
    return [Finding("division_code", "wrong-level", zh, en, code)]


def _period_flaws(starts_on: date, ends_on: date | None) -> list[Finding]:
    if ends_on is None or ends_on >= starts_on:
        return []
    zh, en = f"结束日期早于起始日期（{starts_on}），请更正", f"The end is before the start ({starts_on}); correct it"
    return [Finding("ends_on", "period-reversed", zh, en, ends_on.isoformat())]


def _source_flaws(source: str, url: str | None) -> list[Finding]:
    found = []
    if not 1 <= len(source.strip()) <= LONGEST_SOURCE:
        zh = f"请写明名单来源（文件名、文号或网址），最多 {LONGEST_SOURCE} 字"
        found.append(Finding("source", "needs-source", zh, f"Give the source, at most {LONGEST_SOURCE} characters"))
    if url and not url.startswith(("https://", "http://")):
        zh, en = "网址应以 https:// 或 http:// 开头", "A link begins with https:// or http://"
        found.append(Finding("source_url", "not-a-link", zh, en, url[:100]))
    return found


def _require_no_overlap(session: Session, zone: Zone, code: str, starts_on: date, ends_on: date | None) -> None:
    entry = ZoneMembership
    query = select(entry).where(col(entry.zone) == zone.id, col(entry.division_code) == code)
    query = query.where(or_(col(entry.ends_on).is_(None), col(entry.ends_on) > starts_on))
    if ends_on is not None:
        query = query.where(col(entry.starts_on) < ends_on)
    known = session.execute(query).scalars().first()
    if known is None:
        return
    until = known.ends_on or "至今"
    zh = (
        f"{place_name(code)}已登记在“{zone.zh}”（{known.starts_on} 至 {until}，来源：{known.source}）；"
        f"请先结束编号 {known.id} 的记录"
    )
    en = f"{code} is in {zone.en} already from {known.starts_on}; end entry {known.id} first"
    raise InvalidInput.of([Finding("division_code", "exists-already", zh, en, code)])
