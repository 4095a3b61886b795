"""Zones as dimensions of a portfolio: all the zones of a kind a project lies in are one value, so it counts once."""

from collections.abc import Sequence

import polars as pl

from registry.portfolio.table import Column, Table, count_column, money_column
from registry.projects.zones.catalogue import KINDS, Zone, ZoneKind, zones
from registry.projects.zones.queries import Membership, zone_sets

ZONE_PREFIX = "zone:"
"""`zone:<kind>` is the dimension of the zones of that kind."""
TOGETHER = "+"
_MISSING = {
    "region": ("不在区域战略范围", "In no region"),
    "leading": ("不在先行区", "In no leading zone"),
    "pilot": ("无试点", "No pilot"),
}


def zone_frame(codes: pl.Series, memberships: Sequence[Membership]) -> pl.DataFrame:
    """Return one row a distinct division code: `city_code`, and a column for each kind of zone."""
    whole = pl.DataFrame({"city_code": codes.cast(pl.String).drop_nulls().unique().sort()})
    for kind in KINDS:
        found = zone_sets(codes, memberships, kind, together=TOGETHER).rename({"zones": f"{ZONE_PREFIX}{kind}"})
        whole = whole.join(found, on="city_code", how="left")
    return whole


def zone_column(name: str, values: pl.Series) -> Column:
    """Return the column of a zone dimension, each set of zones in words."""
    kind: ZoneKind = name.removeprefix(ZONE_PREFIX)  # type: ignore[assignment]
    labels = {}
    for value in values.drop_nulls().unique().to_list():
        parts = [zones()[each] for each in value.split(TOGETHER)]
        labels[value] = ("、".join(each.zh for each in parts), ", ".join(each.en for each in parts))
    zh, en = KINDS[kind]
    return Column(name, "choice", zh, en, labels=labels, missing=_MISSING[kind])


def roll_up(projects: pl.DataFrame, memberships: Sequence[Membership], kind: ZoneKind) -> Table:
    """Return projects and investment by zone of a kind, and in all together, where each counts once.

    `projects` has `city_code` and `total_investment_fen`. Zones overlap, so their rows add up to more than the last
    one; investment is that of projects whose total is known, and the others are counted.
    """
    placed = projects.join(zone_frame(projects.get_column("city_code"), memberships), on="city_code", how="left")
    names = pl.col(f"{ZONE_PREFIX}{kind}").str.split(TOGETHER)
    inside = placed.with_columns(names.alias("zone")).filter(pl.col("zone").is_not_null())
    wanted: list[Zone] = [zone for zone in zones().values() if zone.kind == kind]
    rows = [_sums(inside.filter(pl.col("zone").list.contains(zone.id)), zone.id) for zone in wanted]
    rows.append(_sums(inside, "together"))
    labels = {zone.id: (zone.zh, zone.en) for zone in wanted} | {
        "together": ("合计（不重复计）", "Together, each once")
    }
    zh, en = KINDS[kind]
    columns = (
        Column("zone", "choice", zh, en, labels=labels),
        count_column("n_projects", "项目数", "Projects"),
        money_column("total_investment_fen", "总投资（已知部分）", "Total investment, where known"),
        count_column("n_unknown_total", "总投资未知", "Projects of unknown total"),
    )
    return Table(f"zones_{kind}", f"{zh}内的项目", f"Projects by zone: {en}", columns, pl.DataFrame(rows))


def _sums(projects: pl.DataFrame, zone: str) -> dict[str, int | str | None]:
    totals = projects.get_column("total_investment_fen")
    return {
        "zone": zone,
        "n_projects": projects.height,
        "total_investment_fen": int(totals.sum()) if totals.count() else None,
        "n_unknown_total": totals.null_count(),
    }
