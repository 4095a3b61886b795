"""Reads on indicators. Every one starts from the organisations whose indicators the actor may see."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import false, select, true
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from registry.accounts.model import Actor, Organisation
from registry.accounts.permissions import require
from registry.accounts.queries import organisations_below
from registry.errors import NotFound
from registry.programme.indicators.catalogue import CITY_CLASS, Indicator
from registry.programme.indicators.model import CityIndicator, IndicatorValue
from registry.programme.indicators.versions import reference_on


class Value(msgspec.Struct, frozen=True):
    """Target and actual of a year, in the unit of the indicator."""

    indicator: str
    year: int
    target: float | None
    actual: float | None
    is_met: bool | None
    evidence: str | None
    document_id: int | None
    is_demo: bool


class CityLine(msgspec.Struct, frozen=True):
    """A city whose indicators the actor may see."""

    id: int
    name: str
    division_code: str | None


def visible_cities(actor: Actor) -> ColumnElement[bool]:
    """Return the condition under which the actor may see an organisation's indicators. There is no other way to them.

    A city sees its own and those of its counties, a province those of its division, the ministry and operator all.
    """
    is_city = col(Organisation.group) == "city"
    match actor.group:
        case "ministry" | "operator":
            return is_city & true()
        case "city":
            return is_city & col(Organisation.id).in_(organisations_below(actor.organisation_id))
        case "province" if actor.division_code:
            return is_city & col(Organisation.division_code).startswith(actor.division_code[:2])
        case _:
            return false()


def list_cities(session: Session, actor: Actor) -> list[CityLine]:
    """Return the cities whose indicators the actor may see, by division code. Raises NotAllowed."""
    require(actor, "read_indicators")
    columns = (col(Organisation.id), col(Organisation.name), col(Organisation.division_code))
    query = select(*columns).where(visible_cities(actor))
    return [CityLine(*row) for row in session.execute(query.order_by(col(Organisation.division_code), columns[0]))]


def find_city(session: Session, actor: Actor, city_id: int | None = None) -> CityLine:
    """Return one city, the actor's own unless a number is given. Raises NotFound, NotAllowed."""
    require(actor, "read_indicators")
    wanted = actor.organisation_id if city_id is None else city_id
    columns = (col(Organisation.id), col(Organisation.name), col(Organisation.division_code))
    row = session.execute(select(*columns).where(visible_cities(actor), columns[0] == wanted)).one_or_none()
    if row is None:
        raise NotFound(f"没有编号为 {wanted} 的城市，或您无权查看", f"There is no city {wanted} that you may see")
    return CityLine(*row)


def indicators_of(session: Session, city: CityLine, *, on: date) -> Mapping[str, Indicator]:
    """Return a city's catalogue on a day: the whole reference set, refined where the city did so, then its own."""
    found = dict(reference_on(session, on).indicators)
    query = select(CityIndicator).where(col(CityIndicator.owner_id) == city.id).order_by(col(CityIndicator.id))
    for row in session.execute(query).scalars():
        found[row.indicator] = _joined(found.get(row.indicator), row)
    return found


def _joined(reference: Indicator | None, own: CityIndicator) -> Indicator:
    return Indicator(
        id=own.indicator,
        group=CITY_CLASS if reference is None else reference.group,
        zh=own.name,
        en=own.name if reference is None else reference.en,
        unit=own.unit,
        direction=own.direction,  # type: ignore[arg-type]
        definition=own.definition or (None if reference is None else reference.definition),
        source=own.source or ("" if reference is None else reference.source),
        method=own.method or (None if reference is None else reference.method),
        moved_by=() if reference is None else reference.moved_by,
        named=() if reference is None else reference.named,
        is_refined=reference is not None,
        is_added=reference is None,
    )


def values_of(session: Session, city: CityLine, *, year: int | None = None) -> list[Value]:
    """Return the values of a city found by `find_city`, by year and indicator."""
    row = IndicatorValue
    names: Any = [col(getattr(row, name)) for name in Value.__struct_fields__]
    query = select(*names).where(col(row.owner_id) == city.id)
    if year is not None:
        query = query.where(col(row.year) == year)
    return [Value(*found) for found in session.execute(query.order_by(col(row.year), col(row.indicator)))]
