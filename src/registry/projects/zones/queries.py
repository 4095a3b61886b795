"""Reads on zones: which places belong to which on a day. Published lists, so that everybody may read them."""

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec
import polars as pl
from sqlalchemy import select
from sqlmodel import Session, col

from registry.projects.zones.catalogue import ZoneKind, place_name, reach_of, zones
from registry.projects.zones.model import ZoneMembership


class Membership(msgspec.Struct, frozen=True):
    """One place in one zone. `number` is None where the policy text itself names the place."""

    zone: str
    division_code: str
    place: str
    starts_on: date | None
    ends_on: date | None
    source: str
    source_url: str | None
    is_demo: bool
    number: int | None = None

    def holds_on(self, day: date) -> bool:
        """Say whether the place belongs to the zone on a day."""
        return (self.starts_on is None or self.starts_on <= day) and (self.ends_on is None or day < self.ends_on)


def list_memberships(session: Session, *, zone: str | None = None, on: date | None = None) -> list[Membership]:
    """Return the memberships, those the texts name first; only of this zone and in force on this day, where given."""
    query = select(ZoneMembership).order_by(
        col(ZoneMembership.zone), col(ZoneMembership.division_code), col(ZoneMembership.starts_on)
    )
    found = [*_named(), *(_noted(row) for row in session.execute(query).scalars())]
    return [each for each in found if zone in (None, each.zone) and (on is None or each.holds_on(on))]


def _named() -> list[Membership]:
    return [
        Membership(zone.id, code, place_name(code), None, None, f"{zone.document} {zone.article}", None, is_demo=False)
        for zone in zones().values()
        for code in zone.named
    ]


def _noted(row: ZoneMembership) -> Membership:
    place = place_name(row.division_code)
    return Membership(
        row.zone,
        row.division_code,
        place,
        row.starts_on,
        row.ends_on,
        row.source,
        row.source_url,
        row.is_demo,
        row.id,
    )


def zones_of(memberships: Iterable[Membership], division_code: str | None) -> list[str]:
    """Return the zones a place lies in, in the order of the texts: its own and those of its city and province."""
    if division_code is None:
        return []
    inside = {each.zone for each in memberships if division_code.startswith(reach_of(each.division_code))}
    return [zone for zone in zones() if zone in inside]


def zone_sets(codes: pl.Series, memberships: Sequence[Membership], kind: ZoneKind, *, together: str) -> pl.DataFrame:
    """Return for each distinct code the zones of a kind it lies in, all together as one text; NULL for none.

    One value a place: a project in several circles then counts once in any sum. Columns `city_code`, `zones`.
    """
    wanted = [each for each in memberships if zones()[each.zone].kind == kind]
    distinct = codes.drop_nulls().unique().sort()
    texts = [together.join(zones_of(wanted, code)) or None for code in distinct]
    return pl.DataFrame({"city_code": distinct.cast(pl.String), "zones": pl.Series(texts, dtype=pl.String)})
