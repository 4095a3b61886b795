"""The national dashboard 全国总览: indicators of every city by year beside the projects of every city.

Everything is summed in the database, in three sweeps: values by indicator and year, values of one year by city, and
projects by place from an index that holds all they need. What is unknown is counted, never taken as missed.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Integer, cast, func, select, type_coerce
from sqlmodel import Session, col

from registry.accounts.model import Actor, Organisation
from registry.accounts.permissions import require
from registry.programme.indicators.model import IndicatorValue
from registry.programme.indicators.queries import visible_cities
from registry.programme.indicators.versions import reference_on
from registry.projects.codes import REGION_OF_PROVINCE, division_names, province_name
from registry.projects.model import Project
from registry.projects.queries import visible_projects
from registry.quantities import FEN_PER_CNY_10K, money_text

_MUNICIPALITIES = ("11", "12", "31", "50")
_OF_NO_CITY = "90"
"""Third and fourth digit of a county directly under its province."""


class YearCount(msgspec.Struct, frozen=True):
    """One indicator in one year: cities with a target, with an actual value, and how many of both met it.

    `average` is the plain mean over the cities that state an actual value, not weighted by people or area.
    """

    indicator: str
    year: int
    n_targets: int
    n_actuals: int
    n_met: int
    n_missed: int
    average: float | None
    n_demo: int
    """示例数据 among the values."""


class PlaceSum(msgspec.Struct, frozen=True):
    """One city: its indicators of the year, and its projects, those of its counties with them."""

    division_code: str
    province: str | None
    city: str | None
    region: str | None
    n_met: int
    n_missed: int
    n_unknown: int
    n_projects: int
    total_investment: str | None
    """万元, of the projects whose total is known."""
    n_unknown_total: int


class Dashboard(msgspec.Struct, frozen=True):
    """The whole page: `years` is what there are values of; every project is counted once in `n_projects`."""

    year: int
    years: list[int]
    reference: str
    is_stand_in: bool
    indicators: list[YearCount]
    places: list[PlaceSum]
    n_projects: int
    n_placed: int
    """Of these, those that lie in a known city."""


def read_dashboard(session: Session, actor: Actor, *, year: int | None, today: date, n_years: int = 10) -> Dashboard:
    """Return the dashboard over what the actor may see, of one year.

    Unless one is given, it is the latest with actual values: targets alone say nothing of how a city does.
    Raises NotAllowed.
    """
    require(actor, "read_indicators")
    by_year = _by_indicator(session, actor)
    told = (each.year for each in by_year if each.n_actuals and each.year <= today.year)
    chosen = year or max(told, default=today.year)
    of_year, projects = _by_city(session, actor, chosen), _projects(session, actor)
    reference = reference_on(session, today)
    return Dashboard(
        year=chosen,
        years=sorted({each.year for each in by_year}),
        reference=reference.document,
        is_stand_in=reference.is_stand_in,
        indicators=[each for each in by_year if chosen - n_years < each.year <= chosen],
        places=_places(of_year, projects),
        n_projects=sum(count for count, _, _ in projects.values()),
        n_placed=sum(count for code, (count, _, _) in projects.items() if code is not None),
    )


def _count(condition: Any) -> Any:
    return func.coalesce(func.sum(cast(condition, Integer)), 0)


def _by_indicator(session: Session, actor: Actor) -> list[YearCount]:
    row = IndicatorValue
    is_met = col(row.is_met)
    query = (
        select(
            col(row.indicator),
            col(row.year),
            func.count(col(row.target)),
            func.count(col(row.actual)),
            _count(is_met.is_(True)),
            _count(is_met.is_(False)),
            func.avg(col(row.actual)),
            _count(col(row.is_demo)),
        )
        .join(Organisation, col(Organisation.id) == col(row.owner_id))
        .where(visible_cities(actor))
        .group_by(col(row.indicator), col(row.year))
        .order_by(col(row.indicator), col(row.year))
    )
    return [YearCount(*found) for found in session.execute(query)]


def _by_city(session: Session, actor: Actor, year: int) -> dict[str, tuple[int, int, int]]:
    row = IndicatorValue
    is_met = col(row.is_met)
    place = col(Organisation.division_code)
    query = (
        select(place, _count(is_met.is_(True)), _count(is_met.is_(False)), _count(is_met.is_(None)))
        .select_from(row)
        .join(Organisation, col(Organisation.id) == col(row.owner_id))
        .where(visible_cities(actor), col(row.year) == year, place.is_not(None))
        .group_by(place)
    )
    return {code: (met, missed, unknown) for code, met, missed, unknown in session.execute(query)}


def _projects(session: Session, actor: Actor) -> dict[str | None, tuple[int, int | None, int]]:
    """Return count, fen where known and count of unknown totals, by city; None for projects of no known city."""
    total = col(Project.total_investment)
    # As plain fen: the column's own type would turn each sum into 万元 and PostgreSQL's into a decimal of that.
    columns = (col(Project.city_code), func.count(), func.sum(type_coerce(total, BigInteger)), func.count(total))
    found: dict[str | None, tuple[int, int | None, int]] = {}
    for code, count, fen, known in session.execute(visible_projects(actor, *columns).group_by(col(Project.city_code))):
        place = city_of(code)
        before = found.get(place, (0, None, 0))
        amount = before[1] if fen is None else (before[1] or 0) + int(fen)
        found[place] = (before[0] + count, amount, before[2] + count - known)
    return found


def city_of(division_code: str | None) -> str | None:
    """Return the code of the city a place lies in; a municipality 直辖市 and a county of no city are their own."""
    if division_code is None or (division_code.endswith("0000") and division_code[:2] not in _MUNICIPALITIES):
        return None
    if division_code[2:4] == _OF_NO_CITY:
        return division_code
    return f"{division_code[:2]}0000" if division_code[:2] in _MUNICIPALITIES else f"{division_code[:4]}00"


def _places(
    of_year: dict[str, tuple[int, int, int]], projects: dict[str | None, tuple[int, int | None, int]]
) -> list[PlaceSum]:
    codes: Sequence[str] = sorted({*of_year, *(code for code in projects if code is not None)})
    return [_place(code, of_year.get(code, (0, 0, 0)), projects.get(code, (0, None, 0))) for code in codes]


def _place(code: str, counts: tuple[int, int, int], projects: tuple[int, int | None, int]) -> PlaceSum:
    count, fen, unknown = projects
    return PlaceSum(
        code,
        province_name(code),
        division_names().get(code),
        REGION_OF_PROVINCE.get(code[:2]),
        *counts,
        count,
        None if fen is None else money_text(Decimal(fen) / FEN_PER_CNY_10K),
        unknown,
    )
