"""Applications on their way 入库进程: where they stand, how long they wait, how many get in, and what ends next.

`applications` and `events` are those of `projects.lifecycle.columns`; days are counted to a given date, in China.
"""

import datetime as dt
from collections.abc import Sequence

import polars as pl

from registry.portfolio.frame import LINE_DIMENSIONS, Names, Portfolio
from registry.portfolio.table import Column, Table, count_column, money_column
from registry.projects.lifecycle.deadlines import AGE_BANDS, REVIEW_DAYS, VALIDITY_MONTHS, WARNING_MONTHS
from registry.projects.lifecycle.states import STATES

WAITING = ("draft", "submitted", "recommended", "returned")
"""States in which somebody must act next."""
AHEAD_MONTHS = (3, 6, 12, 24, VALIDITY_MONTHS)

_STATE = Column("state", "choice", "状态", "State", labels={str(state): words for state, words in STATES.items()})
_SIZE = (
    pl.len().cast(pl.Int64).alias("n_applications"),
    pl.col("total_investment_fen").sum(),
    pl.col("total_investment_fen").null_count().cast(pl.Int64).alias("n_unknown_total"),
)
_SIZE_COLUMNS = (
    count_column("n_applications", "申请数", "Applications"),
    money_column("total_investment_fen", "总投资（已知部分）", "Total investment, where known"),
    count_column("n_unknown_total", "总投资未知", "Projects of unknown total"),
)


def application_states(portfolio: Portfolio, applications: pl.DataFrame, by: Sequence[str] = ()) -> Table:
    """Return how many applications, and how much investment, stand in each state of each library."""
    keys, joined = _joined(portfolio, applications, by)
    names = [key.name for key in keys]
    frame = joined.group_by([*names, "state"]).agg(_SIZE)
    return _table(
        "application_states", ("入库申请状态", "Applications by state"), (*keys, _STATE), _SIZE_COLUMNS, frame
    )


def ageing(portfolio: Portfolio, applications: pl.DataFrame, by: Sequence[str] = (), *, as_of: dt.date) -> Table:
    """Return how long applications have waited in the state they are in, and how many beyond the days allowed."""
    keys, joined = _joined(portfolio, applications, by)
    names = [key.name for key in keys]
    day = pl.col("since").dt.offset_by("8h").dt.replace_time_zone(None).dt.date()
    days = (pl.lit(as_of) - day).dt.total_days()
    labels = _age_labels()
    band = pl.lit("more", dtype=pl.String)
    for limit in reversed(AGE_BANDS):
        band = pl.when(pl.col("days") <= limit).then(pl.lit(f"to_{limit}")).otherwise(band)
    allowed = pl.col("state").cast(pl.String).replace_strict(REVIEW_DAYS, default=None, return_dtype=pl.Int64)
    waiting = joined.filter(pl.col("state").cast(pl.String).is_in(WAITING)).with_columns(days.alias("days"))
    aged = waiting.with_columns(
        band.cast(pl.Enum(list(labels))).alias("band"), (pl.col("days") > allowed).alias("late")
    )
    late = pl.col("late").fill_null(value=False).sum().cast(pl.Int64).alias("n_late")
    frame = aged.group_by([*names, "state", "band"]).agg(*_SIZE, late, pl.col("days").max().alias("longest"))
    columns = (
        *_SIZE_COLUMNS,
        count_column("n_late", "超期", "Beyond the days allowed"),
        count_column("longest", "最长等待", "Longest wait", "天"),
    )
    age = Column("band", "choice", "等待时间", "Waiting", labels=labels)
    return _table(
        "ageing", ("在办申请等待时间", "How long applications have waited"), (*keys, _STATE, age), columns, frame
    )


def acceptance(portfolio: Portfolio, events: pl.DataFrame, by: Sequence[str] = ()) -> Table:
    """Return what came of each round of submission; the rate is admitted ÷ decided (admitted, returned, declined).

    A round begins with a submission, or with a major edit that reopens entry.
    """
    rounds = (
        events.filter(pl.col("round") > 0)
        .group_by("application_id", "round", maintain_order=True)
        .agg(
            pl.col("project_id").first(),
            pl.col("library").first(),
            pl.col("action").filter(pl.col("action").is_in(list(_ENDS))).first().alias("end"),
        )
        .with_columns(pl.col("end").replace_strict(_ENDS, default="pending", return_dtype=pl.String))
    )
    keys, joined = _joined(portfolio, rounds, by)
    names = [key.name for key in keys]
    outcomes = [*_ENDS.values(), "pending"]
    counts = ((pl.col("end") == name).sum().cast(pl.Int64).alias(f"n_{name}") for name in outcomes)
    frame = joined.group_by([*names, "round"]).agg(pl.len().cast(pl.Int64).alias("n_applications"), *counts)
    decided = pl.sum_horizontal(f"n_{name}" for name in ("admitted", "returned", "declined"))
    frame = frame.with_columns(pl.when(decided > 0).then(pl.col("n_admitted") / decided).alias("rate"))
    columns = (
        count_column("n_applications", "提交数", "Submissions"),
        *(count_column(f"n_{name}", zh, en) for name, (zh, en) in _OUTCOMES.items()),
        Column("rate", "ratio", "通过率", "Acceptance rate"),
    )
    return _table(
        "acceptance",
        ("各轮次入库通过率", "Acceptance by round"),
        (*keys, count_column("round", "轮次", "Round", "轮")),
        columns,
        frame,
    )


_ENDS = {"admit": "admitted", "return": "returned", "decline": "declined", "withdraw": "withdrawn"}
_OUTCOMES = {
    "admitted": ("同意入库", "Admitted"),
    "returned": ("退回补正", "Returned"),
    "declined": ("不予入库", "Declined"),
    "withdrawn": ("撤回", "Withdrawn"),
    "pending": ("审核中", "Under review"),
}


def expiry(portfolio: Portfolio, applications: pl.DataFrame, by: Sequence[str] = (), *, as_of: dt.date) -> Table:
    """Return when the validity of the entries ends: over, or within so many months of the date."""
    entries = applications.filter((pl.col("state") == "in_library") & pl.col("entered_on").is_not_null())
    keys, joined = _joined(portfolio, entries, by)
    names = [key.name for key in keys]
    labels = _ahead_labels()
    until = pl.col("entered_on").dt.offset_by(f"{VALIDITY_MONTHS}mo")
    band = pl.lit("later", dtype=pl.String)
    for months in reversed(AHEAD_MONTHS):
        limit = pl.lit(as_of).dt.offset_by(f"{months}mo")
        band = pl.when(pl.col("until") <= limit).then(pl.lit(f"within_{months}")).otherwise(band)
    band = pl.when(pl.col("until") <= pl.lit(as_of)).then(pl.lit("over")).otherwise(band)
    dated = joined.with_columns(until.alias("until"))
    dated = dated.with_columns(band.cast(pl.Enum(list(labels))).alias("band"))
    frame = dated.group_by([*names, "band"]).agg(*_SIZE, pl.col("until").min().cast(pl.String).alias("first"))
    columns = (*_SIZE_COLUMNS, Column("first", "text", "最早到期日", "First to end"))
    ahead = Column("band", "choice", "有效期至", "Validity ends", labels=labels)
    return _table("expiry", ("入库有效期到期预告", "Entries whose validity ends"), (*keys, ahead), columns, frame)


def rule_failures(counts: pl.DataFrame, names: Names, titles: Names) -> Table:
    """Return which rules fail most and where; rows of `screening.count_rules` by province, those with a failure.

    `titles` names each rule as `<pack>/<rule>`.
    """
    key = pl.format("{}/{}", "pack", "rule").alias("rule")
    decided = pl.col("fail") + pl.col("pass")
    frame = counts.filter(pl.col("fail") > 0).with_columns(key, (pl.col("fail") / decided).alias("rate"))
    columns = (
        Column("pack", "choice", "规则包", "Pack", labels=dict(names)),
        Column("rule", "choice", "条款", "Rule", labels=dict(titles)),
        Column("province", "text", "省份", "Province", missing=("未填写", "Not stated")),
        count_column("fail", "不符合", "Fail"),
        count_column("unknown", "资料不足", "Information missing"),
        count_column("pass", "符合", "Pass"),
        Column("rate", "ratio", "不符合率", "Failure rate"),
    )
    frame = frame.sort("fail", "pack", "rule", "province", descending=[True, False, False, False], nulls_last=True)
    zh, en = "不符合最多的条款及地区", "What fails most, and where"
    return Table("rule_failures", zh, en, columns, frame.select(column.name for column in columns))


def _joined(portfolio: Portfolio, rows: pl.DataFrame, by: Sequence[str]) -> tuple[list[Column], pl.DataFrame]:
    """Return the key columns, library first, and the rows with the dimensions of their project."""
    keys = portfolio.keys([name for name in by if name not in LINE_DIMENSIONS])
    library = Column("application_library", "choice", "申请项目库", "Library applied to", labels=dict(portfolio.names))
    renamed = rows.rename({"library": library.name})
    projects = portfolio.projects.select("project_id", "total_investment_fen", *(key.name for key in keys))
    return [*keys, library], renamed.join(projects, on="project_id")


def _table(
    name: str, titles: tuple[str, str], keys: Sequence[Column], columns: Sequence[Column], frame: pl.DataFrame
) -> Table:
    whole = (*keys, *columns)
    ordered = frame.sort([key.name for key in keys], nulls_last=True).select(column.name for column in whole)
    return Table(name, *titles, whole, ordered)


def _age_labels() -> dict[str, tuple[str, str]]:
    labels, low = {}, 0
    for limit in AGE_BANDS:
        labels[f"to_{limit}"] = (f"{low}–{limit} 天", f"{low}–{limit} days")
        low = limit + 1
    return labels | {"more": (f"{low} 天以上", f"{low} days and more")}


def _ahead_labels() -> dict[str, tuple[str, str]]:
    labels = {"over": ("已到期", "Over")}
    for months in AHEAD_MONTHS:
        warned = VALIDITY_MONTHS - WARNING_MONTHS
        note_zh, note_en = ("（提醒期内）", " (reminder is due)") if months <= warned else ("", "")
        labels[f"within_{months}"] = (f"{months} 个月内{note_zh}", f"Within {months} months{note_en}")
    return labels | {"later": ("更晚", "Later")}
