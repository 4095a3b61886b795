"""What scenarios do to a portfolio, before and after: distributions, bands, and who is bankable where."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from registry.portfolio.frame import PROJECT_DIMENSIONS
from registry.portfolio.returns import FLOORS
from registry.portfolio.scenarios.pricing import Figure
from registry.portfolio.table import Column, Table, count_column

FIRR_FLOORS = (0.0, 0.02, 0.04, 0.06, 0.08)
"""Lower ends of the bands, each included."""
QUANTILES = (0.1, 0.5, 0.9)
_NONE = "none"
_NO_RATE = ("无", "None")
_BANDED = (
    ("firr", FIRR_FLOORS, "{:.0%}", "财务内部收益率（税后）分布", "FIRR after tax"),
    ("dscr", FLOORS["dscr_min"], "{:g}", "偿债备付率（最低年）分布", "Lowest coverage of debt"),
)
_SCHEMA = {
    "project_id": pl.Int64, "scenario": pl.Int64, "firr": pl.Float64, "dscr": pl.Float64, "is_solvent": pl.Boolean,
    "why": pl.String,
}  # fmt: skip
GROUPS = ("region", "beautiful_city_task")


def figures_frame(figures: Sequence[Figure], dscr_floor: float) -> pl.DataFrame:
    """Return one row per project and scenario; `is_bankable`: coverage reaches the floor and cash never runs out."""
    frame = pl.DataFrame(list(figures), schema=_SCHEMA, orient="row")
    is_bankable = (pl.col("dscr") >= dscr_floor) & pl.col("is_solvent")
    return frame.with_columns(is_bankable.fill_null(value=False).alias("is_bankable"))


def summary_of(frame: pl.DataFrame, places: pl.DataFrame, names: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Return every table as plain rows; `places` gives region and task by project, `names` the scenarios in order."""
    placed = frame.join(places, on="project_id", how="left", maintain_order="left")
    return {
        "overview": [_overview(frame.filter(pl.col("scenario") == place), name) for place, name in enumerate(names)],
        "firr": _bands(frame, "firr", FIRR_FLOORS, names),
        "dscr": _bands(frame, "dscr", FLOORS["dscr_min"], names),
        **{group: _bankable(placed, group, names) for group in GROUPS},
    }


def _overview(rows: pl.DataFrame, name: str) -> dict[str, Any]:
    rates = rows.get_column("firr").drop_nulls()
    return {
        "scenario": name,
        "n_priced": rows.filter(pl.col("why") == "").height,
        "n_over_funded": rows.filter(pl.col("why") != "").height,
        "n_without_firr": rows.filter((pl.col("why") == "") & pl.col("firr").is_null()).height,
        **{f"p{level * 100:.0f}": rates.quantile(level, "linear") for level in QUANTILES},
        "n_bankable": int(rows.get_column("is_bankable").sum()),
    }


def _bands(frame: pl.DataFrame, figure: str, floors: Sequence[float], names: Sequence[str]) -> list[dict[str, Any]]:
    """Return how many projects lie in each band: before, and under each scenario."""
    band = pl.lit("below", dtype=pl.String)
    for floor in floors:
        band = pl.when(pl.col(figure) >= floor).then(pl.lit(f"{floor:g}")).otherwise(band)
    band = pl.when(pl.col(figure).is_null()).then(pl.lit(_NONE)).otherwise(band)
    counted = frame.select(band.alias("band"), "scenario").group_by("band", "scenario").len()
    known = {(row[0], row[1]): row[2] for row in counted.iter_rows()}
    bands = ["below", *(f"{floor:g}" for floor in floors), _NONE]
    return [
        {"band": each, **{f"n_{place}": known.get((each, place), 0) for place in range(len(names))}} for each in bands
    ]


def _bankable(placed: pl.DataFrame, group: str, names: Sequence[str]) -> list[dict[str, Any]]:
    priced = placed.filter((pl.col("scenario") == 0) & (pl.col("why") == "")).group_by(group).len("n_priced")
    counts = placed.group_by(group, "scenario").agg(pl.col("is_bankable").sum().cast(pl.Int64))
    known = {(row[0], row[1]): row[2] for row in counts.iter_rows()}
    return [
        {group: value, "n_priced": count, **{f"n_{place}": known.get((value, place), 0) for place in range(len(names))}}
        for value, count in priced.sort(group, nulls_last=True).iter_rows()
    ]


def tables_of(result: dict[str, Any]) -> dict[str, Table]:
    """Return the tables of a stored result, by name."""
    names = result["names"]
    counts = tuple(
        count_column(f"n_{place}", "现状" if place == 0 else name, "As it stands" if place == 0 else name, "")
        for place, name in enumerate(names)
    )
    tables = result["tables"]
    found = {
        "overview": _table("overview", "情景总览", "Scenarios at a glance", _OVERVIEW, tables["overview"]),
    }
    for name, floors, form, zh, en in _BANDED:
        found[name] = _table(name, zh, en, (_band(floors, form), *counts), tables[name])
    for group in GROUPS:
        dimension = PROJECT_DIMENSIONS[group]
        columns = (*dimension.columns, count_column("n_priced", "可测算", "Priced", ""), *counts)
        zh, en = f"可融资项目数（按{dimension.zh}）", f"Bankable projects by {dimension.en}"
        found[group] = _table(group, zh, en, columns, tables[group])
    return found


_OVERVIEW = (
    Column("scenario", "choice", "情景", "Scenario", labels={"现状": ("现状", "As it stands")}),
    count_column("n_priced", "可测算", "Priced", ""),
    count_column("n_over_funded", "资金超过支出", "Over-funded", ""),
    count_column("n_without_firr", "无收益率", "Without a FIRR", ""),
    *(
        Column(f"p{level * 100:.0f}", "ratio", f"收益率 {level:.0%} 分位", f"FIRR P{level * 100:.0f}", missing=_NO_RATE)
        for level in QUANTILES
    ),
    count_column("n_bankable", "可融资", "Bankable", ""),
)  # fmt: skip


def _band(floors: Sequence[float], form: str) -> Column:
    labels = {"below": (f"低于 {form.format(floors[0])}", f"below {form.format(floors[0])}")}
    for floor, following in zip(floors, (*floors[1:], None), strict=True):
        low, high = form.format(floor), None if following is None else form.format(following)
        labels[f"{floor:g}"] = (f"{low} 至不足 {high}", f"{low} to under {high}")
        if high is None:
            labels[f"{floor:g}"] = (f"{low} 及以上", f"{low} and more")
    labels[_NONE] = ("无（无债务、无解或不能测算）", "none (no debt, no rate, or not priced)")
    return Column("band", "choice", "区间", "Band", labels=labels)


def _table(name: str, zh: str, en: str, columns: tuple[Column, ...], rows: list[dict[str, Any]]) -> Table:
    kinds = {"ratio": pl.Float64, "count": pl.Int64}
    schema = {column.name: kinds.get(column.kind, pl.String) for column in columns}
    return Table(name, zh, en, columns, pl.DataFrame(rows, schema=schema, orient="row"))
