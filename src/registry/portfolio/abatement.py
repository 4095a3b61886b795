"""Marginal abatement cost curve 边际减排成本曲线: one rectangle per project, cheapest first, negative before all.

Cost = −FNPV before tax ÷ discounted amount over the years of operation, as in `finance.benefits`; yuan per tonne (or
unit), negative where the project pays for itself. One curve has one indicator and one discount rate; who cannot be
drawn stands beside it, with the reason.
"""

import polars as pl

from registry.errors import Finding
from registry.finance.benefit_units import INDICATORS
from registry.finance.factors import factors
from registry.portfolio.frame import Portfolio
from registry.portfolio.table import Column, Table

REASONS: dict[str, tuple[str, str]] = {
    "drawn": ("已画入曲线", "Drawn"),
    "unknown_amount": ("减排量未知", "Amount unknown"),
    "no_amount": ("无减排量", "Nothing is reduced"),
    "no_value": ("财务净现值或计算期未知", "Net present value or years unknown"),
    "other_rate": ("折现率不同，不可同图比较", "Another discount rate: not comparable"),
}
_YUAN_PER_10K = 10_000
CARBON_PRICE = "carbon-price-2024"


def abatement_curve(
    portfolio: Portfolio,
    assessments: pl.DataFrame,
    benefits: pl.DataFrame,
    cases: pl.DataFrame,
    indicator: str = "co2e",
) -> Table:
    """Return the curve of one indicator, rows in order of cost, then those beside it.

    `benefits` is `results.yearly_benefits`. `assessments` has `fnpv_pre_tax` (万元) and `benchmark_rate`, `cases` the
    years of construction and operation. The rate of the curve is the one most projects
    use, the lower of two equally common.
    """
    priced = assessments.select("project_id", "fnpv_pre_tax", "benchmark_rate")
    known = benefits.schema["indicator"]
    is_stated = isinstance(known, pl.Enum) and indicator in known.categories
    named = benefits.filter(pl.col("indicator") == indicator) if is_stated else benefits.clear()
    joined = (
        portfolio.projects.select("project_id", "code", "province")
        .join(named, on="project_id", maintain_order="left")
        .join(priced, on="project_id", how="left", maintain_order="left")
        .join(cases, on="project_id", how="left", maintain_order="left")
        .with_columns(_discounted().alias("discounted"))
    )
    judged = joined.with_columns(_reason().alias("reason"))
    rate = _commonest(judged)
    judged = judged.with_columns(
        pl.when((pl.col("reason") == "drawn") & (pl.col("benchmark_rate") != pl.lit(rate, dtype=pl.Float64)))
        .then(pl.lit("other_rate"))
        .otherwise("reason")
        .cast(pl.Enum(list(REASONS)))
        .alias("reason")
    )
    is_drawn = pl.col("reason") == "drawn"
    cost = -pl.col("fnpv_pre_tax") * _YUAN_PER_10K / pl.col("discounted")
    frame = judged.with_columns(pl.when(is_drawn).then(cost).alias("cost")).sort("reason", "cost", "code")
    end = pl.when(is_drawn).then(pl.col("amount")).cum_sum()
    frame = frame.with_columns((end - pl.col("amount")).alias("start"), end.alias("end"))
    return _table(frame, indicator, rate)


def _discounted() -> pl.Expr:
    """Return the amount of all years of operation, discounted like money: year ends, from 1."""
    rate, building, running = (pl.col(name) for name in ("benchmark_rate", "construction_years", "operation_years"))
    annuity = pl.when(rate == 0).then(running.cast(pl.Float64)).otherwise((1 - (1 + rate) ** -running) / rate)
    return pl.col("amount") * annuity * (1 + rate) ** -building


def _reason() -> pl.Expr:
    return (
        pl.when(pl.col("amount").is_null())
        .then(pl.lit("unknown_amount"))
        .when(pl.col("amount") <= 0)
        .then(pl.lit("no_amount"))
        .when(pl.col("fnpv_pre_tax").is_null() | pl.col("discounted").is_null() | (pl.col("discounted") <= 0))
        .then(pl.lit("no_value"))
        .otherwise(pl.lit("drawn"))
    )


def _commonest(judged: pl.DataFrame) -> float | None:
    drawn = judged.filter(pl.col("reason") == "drawn").group_by("benchmark_rate").len()
    return None if drawn.is_empty() else drawn.sort("len", "benchmark_rate", descending=[True, False])[0, 0]


def _table(frame: pl.DataFrame, indicator: str, rate: float | None) -> Table:
    meant = INDICATORS[indicator]
    columns = (
        Column("code", "text", "项目编号", "Project"),
        Column("province", "text", "省份", "Province", missing=("未填写", "Not stated")),
        Column("reason", "choice", "是否画入", "Drawn or not", labels=REASONS),
        Column("amount", "number", "年减排量", "Amount a year", meant.unit),
        Column("cost", "number", "边际减排成本", "Marginal cost", f"元/{meant.unit.split('/')[0]}"),
        Column("fnpv_pre_tax", "number", "财务净现值（税前）", "Net present value before tax", "万元"),
        Column("benchmark_rate", "ratio", "折现率", "Discount rate"),
        Column("start", "number", "累计减排量（起）", "Running amount, from", meant.unit),
        Column("end", "number", "累计减排量（止）", "Running amount, to", meant.unit),
    )
    zh, en = f"边际减排成本曲线（{meant.zh}）", f"Marginal abatement cost curve ({meant.en})"
    frame = frame.select(column.name for column in columns)
    return Table("abatement_curve", zh, en, columns, frame, tuple(_remarks(frame, indicator, rate)))


def carbon_price(indicator: str) -> float | None:
    """Return the reference carbon price in yuan per tonne, for the curve of greenhouse gases alone."""
    return factors()[CARBON_PRICE].value if indicator == "co2e" else None


def _remarks(frame: pl.DataFrame, indicator: str, rate: float | None) -> list[Finding]:
    drawn = frame.filter(pl.col("reason") == "drawn")
    if rate is None or drawn.is_empty():
        zh, en = "没有可画入曲线的项目，原因见表", "No project can be drawn; the table says why"
        return [Finding("abatement_curve", "nothing-drawn", zh, en, severity="info")]
    amount = float(drawn["amount"].sum())
    mean = float((drawn["cost"] * drawn["amount"]).sum()) / amount
    found = [
        Finding(
            "abatement_curve",
            "weighted-mean",
            f"折现率 {rate:.2%}；画入 {drawn.height} 个项目，按年减排量加权平均 {mean:,.2f} 元；全部成本计入本指标",
            f"Discount rate {rate:.2%}; {drawn.height} projects drawn, mean by yearly amount {mean:,.2f} yuan; "
            "all cost is charged to this indicator",
            severity="info",
        )
    ]
    price = carbon_price(indicator)
    if price is not None:
        below = float(drawn.filter(pl.col("cost") <= price)["amount"].sum())
        source = factors()[CARBON_PRICE]
        found.append(
            Finding(
                "abatement_curve",
                "below-carbon-price",
                f"成本不高于参考碳价 {price:g} 元/吨（{source.document}，{source.year} 年）的年减排量 {below:,.2f} 吨",
                f"{below:,.2f} tonnes a year cost at most the reference carbon price {price:g} yuan ({source.year})",
                severity="info",
            )
        )
    return found
