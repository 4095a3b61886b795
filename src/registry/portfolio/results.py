"""What the money buys 环境效益: yearly benefits by indicator, what a unit of each costs, and benefit per fiscal yuan.

Quantities of different units are never added. A benefit that cannot be read keeps no value and is counted as unread.
All of a project's cost is charged to each of its indicators, which overstates every one: the tables say so.
"""

from collections.abc import Sequence

import polars as pl

from registry.finance.benefit_units import INDICATORS, indicator_of, yearly_benefit
from registry.portfolio.frame import Portfolio
from registry.portfolio.table import Column, Table, count_column, money_column

LABELS = {row.code: (row.zh, row.en) for row in INDICATORS.values()}
_KEYS = ("indicator", "unit")
_FEN_PER_YUAN = 100

_INDICATOR = Column("indicator", "choice", "指标", "Indicator", labels=LABELS)
_UNIT = Column("unit", "text", "计量单位", "Unit", missing=("未填写", "Not stated"))


def yearly_benefits(benefits: pl.DataFrame) -> pl.DataFrame:
    """Return printed benefits (`columns.BENEFIT_SCHEMA`) in the standard unit of their indicator.

    One row per project and indicator: `project_id`, `indicator`, `unit` (both coded), `amount` (NULL as soon as one
    line of it is unknown or its unit cannot be read), `is_unread`. An indicator nobody knows keeps its printed name
    and unit, and so stands apart from all others.
    """
    kinds, sizes = _kinds(benefits.select(_KEYS).unique(maintain_order=True))
    lines = benefits.join(sizes, on=_KEYS, how="left", nulls_equal=True).select(
        "project_id",
        "_kind",
        (pl.col("value") * pl.col("_size")).alias("amount"),
        (pl.col("value").is_not_null() & pl.col("_size").is_null()).alias("is_unread"),
    )
    if lines.select("project_id", "_kind").is_duplicated().any():
        whole = pl.when(pl.col("amount").null_count() == 0).then(pl.col("amount").sum())
        lines = lines.group_by("project_id", "_kind").agg(whole.alias("amount"), pl.col("is_unread").any())
    named = lines.sort("project_id", "_kind").join(kinds, on="_kind", maintain_order="left")
    return named.select("project_id", *_KEYS, "amount", "is_unread")


def _kinds(pairs: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return each indicator with its unit by number, and of each printed pair that number and the size of its unit."""
    read = [_reading(indicator, unit) for indicator, unit in pairs.iter_rows()]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(each[:2] for each in read))}
    sizes = pairs.with_columns(
        pl.Series("_kind", [numbers[each[:2]] for each in read], dtype=pl.Int64),
        pl.Series("_size", [each[2] for each in read], dtype=pl.Float64),
    )
    names = {place: [key[place] for key in numbers] for place in (0, 1)}
    columns = {"_kind": pl.Series(list(numbers.values()), dtype=pl.Int64)}
    for place, name in enumerate(_KEYS):
        words = pl.Enum(sorted({each for each in names[place] if each is not None}))
        columns[name] = pl.Series(names[place], dtype=words)
    return pl.DataFrame(columns), sizes


def _reading(indicator: str, unit: str | None) -> tuple[str, str | None, float | None]:
    """Return indicator, unit and what one printed unit is in it; None where it cannot be read."""
    meant = indicator_of(indicator)
    if meant is None:
        return indicator, unit, 1.0
    return meant.code, meant.unit, yearly_benefit(indicator, 1.0, unit).value


def benefits_by_indicator(portfolio: Portfolio, benefits: pl.DataFrame, by: Sequence[str] = ()) -> Table:
    """Return the yearly benefit of each indicator in its own unit, and how many projects could not be counted.

    `benefits` is `yearly_benefits`.
    """
    keys = portfolio.keys(by)
    names = [key.name for key in keys]
    joined = benefits.join(portfolio.projects.select("project_id", *names), on="project_id")
    frame = joined.group_by([*names, *_KEYS]).agg(
        pl.len().cast(pl.Int64).alias("n_projects"),
        pl.col("amount").count().cast(pl.Int64).alias("n_with"),
        (pl.col("amount") < 0).sum().cast(pl.Int64).alias("n_negative"),
        pl.col("is_unread").sum().cast(pl.Int64).alias("n_unread"),
        (pl.col("amount").is_null() & ~pl.col("is_unread")).sum().cast(pl.Int64).alias("n_unknown"),
        pl.when(pl.col("amount").count() > 0).then(pl.col("amount").sum()).alias("amount"),
    )
    columns = (
        *keys,
        _INDICATOR,
        _UNIT,
        Column("amount", "number", "年效益合计", "Benefit a year"),
        count_column("n_projects", "填报项目", "Projects that name it"),
        count_column("n_with", "有数值", "With a value"),
        count_column("n_negative", "数值为负（增加负担）", "Negative: adds a burden"),
        count_column("n_unknown", "数值未填", "Value not stated"),
        count_column("n_unread", "单位无法识别", "Unit cannot be read"),
    )
    frame = frame.sort([*names, *_KEYS], nulls_last=True).select(column.name for column in columns)
    return Table("benefits", "环境效益（按指标）", "Environmental benefits by indicator", columns, frame)


def benefit_cost(portfolio: Portfolio, benefits: pl.DataFrame, by: Sequence[str] = ()) -> Table:
    """Return yuan of investment per yearly unit, and yearly units per 万元 of fiscal money, of each indicator.

    Only positive benefits count: of projects whose total is known, and of those with fiscal money whose amounts are
    all known. The others are counted as left out.
    """
    keys = portfolio.keys(by)
    names = [key.name for key in keys]
    needed = ("project_id", "total_investment_fen", "fiscal_line_fen", "n_unknown_amount")
    joined = benefits.join(portfolio.projects.select(*needed, *names), on="project_id")
    gives = pl.col("amount") > 0
    total, fiscal, amount = pl.col("total_investment_fen"), pl.col("fiscal_line_fen"), pl.col("amount")
    is_priced, is_paid = gives & total.is_not_null(), gives & (fiscal > 0) & (pl.col("n_unknown_amount") == 0)
    frame = joined.group_by([*names, *_KEYS]).agg(
        is_priced.sum().cast(pl.Int64).alias("n_priced"),
        total.filter(is_priced).sum().alias("total_investment_fen"),
        amount.filter(is_priced).sum().alias("amount"),
        is_paid.sum().cast(pl.Int64).alias("n_paid"),
        fiscal.filter(is_paid).sum().alias("fiscal_fen"),
        amount.filter(is_paid).sum().alias("paid_amount"),
        (gives & total.is_null()).sum().cast(pl.Int64).alias("n_left_out"),
        (~gives).fill_null(value=True).sum().cast(pl.Int64).alias("n_without"),
    )
    frame = frame.with_columns(
        pl.when(pl.col("amount") > 0)
        .then(pl.col("total_investment_fen") / _FEN_PER_YUAN / pl.col("amount"))
        .alias("yuan_per_unit"),
        pl.when(pl.col("fiscal_fen") > 0)
        .then(pl.col("paid_amount") / (pl.col("fiscal_fen") / (_FEN_PER_YUAN * 10_000)))
        .alias("per_fiscal"),
    )
    columns = (*keys, _INDICATOR, _UNIT, *_COST_COLUMNS)
    frame = frame.sort([*names, *_KEYS], nulls_last=True).select(column.name for column in columns)
    zh = "单位效益成本（投资全部计入该指标）"
    return Table("benefit_cost", zh, "Cost of a unit of benefit (all investment charged to it)", columns, frame)


_COST_COLUMNS = (
    count_column("n_priced", "有效益且总投资已知", "With benefit and known total"),
    money_column("total_investment_fen", "总投资", "Total investment"),
    Column("amount", "number", "年效益", "Benefit a year"),
    Column("yuan_per_unit", "number", "每单位年效益的投资", "Investment per yearly unit", "元"),
    count_column("n_paid", "有效益且有财政资金", "With benefit and fiscal money"),
    money_column("fiscal_fen", "财政资金", "Fiscal money"),
    Column("per_fiscal", "number", "每万元财政资金的年效益", "Yearly benefit per 万元 of fiscal money"),
    count_column("n_left_out", "有效益但总投资未知", "Left out: total unknown"),
    count_column("n_without", "无正效益或未知", "No positive benefit, or unknown"),
)
