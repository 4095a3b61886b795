"""Writes on indicators: a city's own terms, targets and actual values with evidence; each audited."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import select
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput
from registry.programme.indicators.catalogue import DIRECTIONS, Indicator, same_unit
from registry.programme.indicators.model import CityIndicator, IndicatorValue
from registry.programme.indicators.queries import find_city, indicators_of
from registry.programme.indicators.versions import day_for, reference_on
from registry.programme.papers.model import CityPaper
from registry.projects.documents.model import UploadedDocument
from registry.projects.model import Project
from registry.projects.queries import visible_projects

MOST_VALUES = 20_000
_OWN_ID = re.compile(r"own_[a-z0-9_]{1,35}")
FIRST_YEAR, LAST_YEAR = 1990, 2100


@dataclass(frozen=True, slots=True)
class Stated:
    """Target or actual as stated; `unit` is what its author means, and is checked.

    `fields` holds what is stated at all: what is not there stays as it was.
    """

    indicator: str
    year: int
    unit: str
    fields: Mapping[str, Any]


class ValueChange(msgspec.Struct, frozen=True):
    """The fields of one indicator and year that are not what they were; `before` has none where nothing was stored."""

    indicator: str
    year: int
    before: dict[str, Any]
    after: dict[str, Any]


def state_values(
    session: Session, actor: Actor, stated: Sequence[Stated], *, today: date, is_demo: bool = False
) -> list[ValueChange]:
    """Take a city's values, all or none, and return what changed. Raises NotAllowed, InvalidInput.

    A finding's path is `[place].field`, by the place of the value in the list.
    """
    require(actor, "edit_indicators")
    city = find_city(session, actor)
    by_year = {
        year: indicators_of(session, city, on=day_for(year, today))
        for year in {each.year for each in stated if FIRST_YEAR <= each.year <= LAST_YEAR}
    }
    now = indicators_of(session, city, on=today)
    findings = [
        found
        for place, each in enumerate(stated)
        for found in flaws_of(each, by_year.get(each.year, now), f"[{place}]")
    ]
    findings += _locked_flaws(session, city.id, stated)
    findings += _document_flaws(session, actor, stated)
    if findings:
        raise InvalidInput.of(findings)
    rows = _stored(session, city.id)
    written = (
        _write(session, city.id, rows, each, by_year[each.year][each.indicator], is_demo=is_demo) for each in stated
    )
    changed = [each for each in written if each is not None]
    session.flush()
    if changed:
        told = [{"indicator": each.indicator, "year": each.year, **each.after} for each in changed[:200]]
        details = {"count": len(changed), "values": told}
        audit.record(
            session, actor_id=actor.user_id, action="indicator.state", subject=f"city:{city.id}", details=details
        )
    return changed


def flaws_of(stated: Stated, known: Mapping[str, Indicator], path: str = "") -> list[Finding]:
    """Return what is wrong with one value: an indicator nobody knows, a wrong unit, a figure that cannot be."""
    indicator = known.get(stated.indicator)
    if indicator is None:
        zh = f"指标目录中没有“{stated.indicator[:40]}”；请用目录中的指标，或先增设本市指标"
        en = f"The catalogue has no {stated.indicator[:40]}; use one of it, or add one of your city's first"
        return [Finding(f"{path}.indicator", "unknown-indicator", zh, en, stated.indicator[:40])]
    found = []
    if not same_unit(stated.unit, indicator.unit):
        zh = (
            f"“{indicator.zh}”的单位是 {indicator.unit}，填报的是“{stated.unit[:20] or '空'}”；单位不同的数不能比较，"
            f"请换算为 {indicator.unit} 后再填"
        )
        en = (
            f"{indicator.en} is counted in {indicator.unit}, not in “{stated.unit[:20]}”; values in different units "
            f"cannot be compared: convert to {indicator.unit}"
        )
        found.append(Finding(f"{path}.unit", "wrong-unit", zh, en, stated.unit[:40]))
    if not FIRST_YEAR <= stated.year <= LAST_YEAR:
        zh, en = f"年度应在 {FIRST_YEAR} 至 {LAST_YEAR} 之间", f"The year should be {FIRST_YEAR} to {LAST_YEAR}"
        found.append(Finding(f"{path}.year", "year-out-of-range", zh, en, str(stated.year)))
    for name in ("target", "actual"):
        found += _figure_flaws(indicator, stated.fields.get(name), f"{path}.{name}")
    return found


def _figure_flaws(indicator: Indicator, value: float | None, path: str) -> list[Finding]:
    if value is None:
        return []
    if not math.isfinite(value) or value < 0:
        zh, en = "应为不小于零的数字", "should be a number not below zero"
        return [Finding(path, "not-a-figure", zh, en, str(value))]
    if indicator.unit == "%" and value > 100:  # noqa: PLR2004 - a hundred per cent
        zh = f"“{indicator.zh}”以百分数填报，不能大于 100；请核对是否多写了位数"
        return [Finding(path, "above-hundred", zh, f"{indicator.en} is in per cent and cannot exceed 100", str(value))]
    return []


def _locked_flaws(session: Session, owner_id: int, stated: Sequence[Stated]) -> list[Finding]:
    """Return the actual values that may no longer change: of years whose self-evaluation was signed and agreed."""
    query = select(col(CityPaper.year)).where(
        col(CityPaper.kind) == "self_evaluation",
        col(CityPaper.owner_id) == owner_id,
        col(CityPaper.state).in_(("submitted", "approved", "published")),
    )
    locked = set(session.execute(query).scalars())
    return [
        Finding(
            f"[{place}].year",
            "locked-year",
            f"{each.year} 年的自评估已签发，该年数据已锁定；如确有错误，请先由省级退回或撤回该年自评估",
            f"The self-evaluation of {each.year} is signed and its year locked; have it returned or take it back first",
            str(each.year),
        )
        for place, each in enumerate(stated)
        if each.year in locked
    ]


def _document_flaws(session: Session, actor: Actor, stated: Sequence[Stated]) -> list[Finding]:
    named = {each.fields["document_id"] for each in stated if each.fields.get("document_id") is not None}
    if not named:
        return []
    query = visible_projects(actor, col(UploadedDocument.id)).join(
        UploadedDocument, col(UploadedDocument.project_id) == col(Project.id)
    )
    query = query.where(col(UploadedDocument.id).in_(named), col(UploadedDocument.withdrawn_at).is_(None))
    there = set(session.execute(query).scalars())
    return [
        Finding(
            f"[{place}].document_id",
            "unknown-document",
            f"没有编号为 {each.fields['document_id']} 的资料，或您无权查看；请填项目资料清单中的编号",
            f"There is no document {each.fields['document_id']} that you may see",
            str(each.fields["document_id"]),
        )
        for place, each in enumerate(stated)
        if each.fields.get("document_id") is not None and each.fields["document_id"] not in there
    ]


def _stored(session: Session, owner_id: int) -> dict[tuple[str, int], IndicatorValue]:
    query = select(IndicatorValue).where(col(IndicatorValue.owner_id) == owner_id).with_for_update()
    return {(row.indicator, row.year): row for row in session.execute(query).scalars()}


def _write(
    session: Session,
    owner_id: int,
    rows: dict[tuple[str, int], IndicatorValue],
    stated: Stated,
    indicator: Indicator,
    *,
    is_demo: bool,
) -> ValueChange | None:
    moment = audit.now()
    key = (stated.indicator, stated.year)
    row = rows.get(key)
    before = {} if row is None else {name: getattr(row, name) for name in stated.fields}
    if row is None:
        row = IndicatorValue(
            owner_id=owner_id, indicator=stated.indicator, year=stated.year, is_demo=is_demo, updated_at=moment
        )
        rows[key] = row
    elif all(getattr(row, name) == value for name, value in stated.fields.items()):
        return None
    for name, value in stated.fields.items():
        setattr(row, name, value)
    row.is_met, row.updated_at = indicator.is_met(row.target, row.actual), moment
    session.add(row)
    moved = [name for name, value in stated.fields.items() if before.get(name) != value]
    return ValueChange(
        stated.indicator,
        stated.year,
        before={name: before[name] for name in moved if name in before},
        after={name: stated.fields[name] for name in moved},
    )


def keep_indicator(
    session: Session,
    actor: Actor,
    *,
    indicator: str,
    name: str,
    unit: str,
    direction: str,
    today: date,
    definition: str | None = None,
    method: str | None = None,
    source: str | None = None,
    is_demo: bool = False,
) -> None:
    """Refine an indicator of the reference set, or add one (`own_…`) to a city's. Raises NotAllowed, InvalidInput.

    A refined indicator keeps unit and direction, so that cities stay comparable.
    """
    require(actor, "edit_indicators")
    city = find_city(session, actor)
    findings = _term_flaws(reference_on(session, today).indicators.get(indicator), indicator, name, unit, direction)
    if findings:
        raise InvalidInput.of(findings)
    query = select(CityIndicator).where(
        col(CityIndicator.owner_id) == city.id, col(CityIndicator.indicator) == indicator
    )
    row = session.execute(query).scalar_one_or_none()
    stated: dict[str, Any] = {"name": name.strip(), "unit": unit.strip(), "direction": direction}
    stated |= {"definition": definition or None, "method": method or None, "source": source or None}
    if row is None:
        row = CityIndicator(
            owner_id=city.id,
            indicator=indicator,
            is_demo=is_demo,
            updated_at=audit.now(),
            **stated,
        )
    elif row.unit != stated["unit"]:
        zh = f"“{row.name}”已按 {row.unit} 登记，单位不能改；请另增设一个指标"
        en = f"{row.name} is kept in {row.unit}, which cannot change; add another indicator"
        raise InvalidInput.of([Finding("unit", "unit-fixed", zh, en, unit)])
    for field, value in stated.items():
        setattr(row, field, value)
    row.updated_at = audit.now()
    session.add(row)
    session.flush()
    details = {"indicator": indicator, **stated}
    audit.record(session, actor_id=actor.user_id, action="indicator.keep", subject=f"city:{city.id}", details=details)


def _term_flaws(reference: Indicator | None, indicator: str, name: str, unit: str, direction: str) -> list[Finding]:
    found = []
    if reference is None and not _OWN_ID.fullmatch(indicator):
        zh = "增设指标的编号应以 own_ 开头，后接小写字母、数字或下划线，如 own_green_commute"
        found.append(
            Finding("indicator", "not-an-id", zh, "An added indicator is named own_… in small letters", indicator)
        )
    if not name.strip() or not unit.strip():
        found.append(Finding("name", "missing", "请填写名称和单位", "Give a name and a unit"))
    if direction not in DIRECTIONS:
        zh, en = "方向应为 higher（越高越好）或 lower（越低越好）", "The direction is higher or lower"
        found.append(Finding("direction", "not-in-list", zh, en, direction[:20]))
    if reference is not None and (not same_unit(unit, reference.unit) or direction != reference.direction):
        zh = (
            f"细化“{reference.zh}”不能改变单位（{reference.unit}）和方向（{DIRECTIONS[reference.direction][0]}）；"
            "如需不同口径，请增设指标"
        )
        en = f"Refining {reference.en} keeps its unit ({reference.unit}) and direction; add an indicator of your own"
        found.append(Finding("unit", "refines-unit", zh, en, unit[:40]))
    return found
