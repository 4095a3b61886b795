"""Versions of the reference set: those that come with the registry, and those the ministry published here."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput
from registry.finance.benefit_units import INDICATORS
from registry.programme.indicators.catalogue import (
    DIRECTIONS,
    ReferenceSet,
    in_force,
    packaged_sets,
    same_unit,
    set_of,
)
from registry.programme.indicators.model import ReferenceVersion

LONGEST_SOURCE, MOST_INDICATORS = 300, 300
_VERSION = re.compile(r"[a-z0-9][a-z0-9.-]{0,39}")
_ID = re.compile(r"(?!own_)[a-z][a-z0-9_]{0,39}")
_LENGTHS = {"zh": 100, "en": 100, "unit": 40, "definition": 1000, "method": 1000, "class": 40}


def reference_sets(session: Session) -> list[ReferenceSet]:
    """Return every version, oldest first: who may see the registry may see what is measured."""
    rows = session.execute(select(ReferenceVersion)).scalars()
    return sorted((*packaged_sets(), *map(_published, rows)), key=lambda each: each.in_force_from)


def reference_on(session: Session, day: date) -> ReferenceSet:
    """Return the version in force on a day; before the first one, the first."""
    return in_force(reference_sets(session), day)


def day_for(year: int | None, today: date) -> date:
    """Return the day whose version goes for a year: its last one, or today while it is not over."""
    return today if year is None else min(today, date(year, 12, 31))


def _published(row: ReferenceVersion) -> ReferenceSet:
    return set_of(
        audit.parsed_json(row.document)
        | {
            "id": row.version,
            "in_force_from": row.in_force_from,
            "in_force_until": None,
            "is_stand_in": False,
            "document": row.source,
            "confidence": "text",
            "note_zh": "由生态环境部在本系统发布。",
            "note_en": "Published in this registry by the ministry.",
        }
    )


def publish_version(
    session: Session,
    actor: Actor,
    *,
    version: str,
    in_force_from: date,
    source: str,
    indicators: Sequence[Mapping[str, Any]],
    classes: Mapping[str, Mapping[str, str]],
    source_url: str | None = None,
) -> None:
    """Publish a version of the reference set; it takes the place of the one before from its day on, and never changes.

    An indicator of an earlier version keeps its unit and direction: values stated before stand beside those after.
    Raises NotAllowed, and InvalidInput; a finding's path is `[place].field`, by the place of the indicator.
    """
    require(actor, "keep_indicators")
    known = reference_sets(session)
    findings = [*_version_flaws(known, version, in_force_from, source, source_url), *_flaws(known, indicators)]
    if findings:
        raise InvalidInput.of(findings)
    document = {"classes": classes, "indicators": list(indicators)}
    row = ReferenceVersion(
        version=version,
        in_force_from=in_force_from,
        source=source.strip(),
        source_url=source_url or None,
        document=audit.canonical_json(document),
        published_by=actor.user_id,
        published_at=audit.now(),
    )
    session.add(row)
    session.flush()
    told = {"from": in_force_from.isoformat(), "source": row.source, "indicators": [each["id"] for each in indicators]}
    audit.record(
        session, actor_id=actor.user_id, action="indicator.publish", subject=f"indicators:{version}", details=told
    )


def _version_flaws(
    known: Sequence[ReferenceSet], version: str, day: date, source: str, url: str | None
) -> Iterator[Finding]:
    if not _VERSION.fullmatch(version):
        zh = "版本标识应为小写字母、数字、点或连字符，如 mee-2027"
        yield Finding("version", "not-an-id", zh, "A version is named in small letters, as mee-2027", version[:40])
    if version in {each.id for each in known}:
        zh, en = f"版本“{version}”已经发布，不能更改；请另用标识", f"Version {version} is published and never changes"
        yield Finding("version", "exists-already", zh, en, version)
    newest = known[-1]
    if day <= newest.in_force_from:
        zh = f"起始日期应晚于现有最新版本“{newest.id}”的 {newest.in_force_from}"
        en = f"The first day should be after that of the newest version, {newest.id}: {newest.in_force_from}"
        yield Finding("in_force_from", "not-after", zh, en, day.isoformat())
    if not 1 <= len(source.strip()) <= LONGEST_SOURCE:
        zh = f"请写明公布文件，最多 {LONGEST_SOURCE} 字"
        yield Finding("source", "needs-source", zh, f"Give the published paper, at most {LONGEST_SOURCE} characters")
    if url and not url.startswith(("https://", "http://")):
        zh, en = "网址应以 https:// 或 http:// 开头", "A link begins with https:// or http://"
        yield Finding("source_url", "not-a-link", zh, en, url[:100])


def _flaws(known: Sequence[ReferenceSet], indicators: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    if not 1 <= len(indicators) <= MOST_INDICATORS:
        zh, en = f"一版应有 1 至 {MOST_INDICATORS} 项指标", f"A version has 1 to {MOST_INDICATORS} indicators"
        yield Finding("file", "invalid-count", zh, en, str(len(indicators)))
    seen: set[str] = set()
    for place, each in enumerate(indicators):
        yield from _indicator_flaws(known, each, f"[{place}]")
        if each["id"] in seen:
            zh, en = f"指标“{each['id']}”出现了两次，请只留一个", f"Indicator {each['id']} is there twice; keep one"
            yield Finding(f"[{place}].id", "repeated", zh, en, each["id"])
        seen.add(each["id"])


def _indicator_flaws(known: Sequence[ReferenceSet], each: Mapping[str, Any], path: str) -> Iterator[Finding]:
    if not _ID.fullmatch(each["id"]):
        zh = "指标编号应以小写字母开头，后接小写字母、数字或下划线；own_ 开头的是城市自设指标"
        yield Finding(f"{path}.id", "not-an-id", zh, "An id is in small letters; own_… are those of cities", each["id"])
    for name, most in _LENGTHS.items():
        if len(each.get(name) or "") > most:
            yield Finding(f"{path}.{name}", "too-long", f"最多 {most} 字", f"At most {most} characters")
    if each["direction"] not in DIRECTIONS:
        zh, en = "方向应为“越高越好”或“越低越好”", "The direction is higher or lower is better"
        yield Finding(f"{path}.direction", "not-in-list", zh, en, each["direction"][:20])
    unknown = [code for code in each.get("moved_by", ()) if code not in INDICATORS]
    if unknown:
        names = "、".join(INDICATORS)
        zh = f"没有“{'、'.join(unknown)}”这种项目效益；可用：{names}"
        en = f"There is no such benefit; use {', '.join(INDICATORS)}"
        yield Finding(f"{path}.moved_by", "unknown-benefit", zh, en, "、".join(unknown))
    for pattern in each.get("named", ()):
        try:
            re.compile(pattern)
        except re.error as error:
            zh, en = f"“{pattern}”不是可用的叫法：{error}", f"{pattern} cannot be read: {error}"
            yield Finding(f"{path}.named", "not-a-pattern", zh, en, pattern)
    before = next((found.indicators[each["id"]] for found in reversed(known) if each["id"] in found.indicators), None)
    if before is not None and not (same_unit(before.unit, each["unit"]) and before.direction == each["direction"]):
        zh = (
            f"“{each['id']}”在以前的版本中以 {before.unit} 计、{DIRECTIONS[before.direction][0]}，"
            "已填报的数不能改口径；请换一个编号"
        )
        en = f"{each['id']} was counted in {before.unit} before; values stated stay as they are: give it another id"
        yield Finding(f"{path}.unit", "unit-fixed", zh, en, each["unit"])
