"""What the projects of a portfolio earn 收益分布: distributions of returns, and bands of debt service coverage.

An assessment gives each figure or NULL. A project without a rate of return, and one nobody has assessed, are counted in
columns of their own: leaving them out would make the rest look better than the portfolio is.
"""

from collections.abc import Sequence

import polars as pl

from registry.portfolio.frame import Portfolio
from registry.portfolio.table import Column, Table, count_column, money_column

METRICS: dict[str, tuple[str, str]] = {
    "firr_pre_tax": ("项目投资财务内部收益率（税前）", "Project FIRR before tax"),
    "firr_post_tax": ("项目投资财务内部收益率（税后）", "Project FIRR after tax"),
    "capital_irr": ("资本金财务内部收益率", "IRR on capital"),
    "dscr_min": ("偿债备付率（最低年）", "Lowest debt service coverage"),
    "coverage": ("本息覆盖倍数", "Coverage of principal and interest"),
    "payback_years": ("投资回收期（年）", "Payback period (years)"),
}
QUANTILES = (("p10", 0.10), ("p25", 0.25), ("median", 0.50), ("p75", 0.75), ("p90", 0.90))

DSCR_FLOORS = (1.0, 1.1, 1.2, 1.3, 1.5)
"""Lower ends of the bands, each included: 1.0 is where income just serves the debt, 1.3 what most banks ask."""

_METRIC = Column("metric", "choice", "指标", "Figure", labels=METRICS)


def returns(portfolio: Portfolio, assessments: pl.DataFrame, by: Sequence[str] = ()) -> Table:
    """Return the distribution of each figure by dimensions of projects.

    `assessments` has `project_id` and any of METRICS, one row per assessed project. Quantiles are linear
    interpolations over the projects that have the figure.
    """
    keys = portfolio.keys(by)
    names = [key.name for key in keys]
    judged = _judged(portfolio, assessments)
    metrics = pl.Enum(list(METRICS))
    parts = []
    for metric in (name for name in METRICS if name in assessments.columns):
        value = pl.col(metric)
        aggregates = [
            pl.len().cast(pl.Int64).alias("n_projects"),
            value.count().cast(pl.Int64).alias("n_with"),
            (value.is_null() & pl.col("_is_assessed")).sum().cast(pl.Int64).alias("n_without"),
            (~pl.col("_is_assessed")).sum().cast(pl.Int64).alias("n_not_assessed"),
            value.min().alias("least"),
            *(value.quantile(level, "linear").alias(name) for name, level in QUANTILES),
            value.max().alias("most"),
        ]
        found = judged.group_by(names).agg(aggregates) if names else judged.select(aggregates)
        parts.append(found.with_columns(pl.lit(metric, dtype=metrics).alias("metric")))
    columns = (*keys, _METRIC, *_DISTRIBUTION)
    whole = pl.concat(parts) if parts else pl.DataFrame(schema=dict.fromkeys((each.name for each in columns), pl.Null))
    frame = whole.sort([*names, "metric"], nulls_last=True).select(column.name for column in columns)
    return Table("returns", "收益指标分布", "Distribution of returns", columns, frame)


_DISTRIBUTION = (
    count_column("n_projects", "项目数", "Projects"),
    count_column("n_with", "有该指标", "With the figure"),
    count_column("n_without", "无解或不适用", "Without: no such rate, or no debt"),
    count_column("n_not_assessed", "未评估", "Not assessed"),
    Column("least", "number", "最小", "Least"),
    *(Column(name, "number", f"{level:.0%} 分位", f"{level:.0%} quantile") for name, level in QUANTILES),
    Column("most", "number", "最大", "Most"),
)


def dscr_bands(portfolio: Portfolio, assessments: pl.DataFrame, by: Sequence[str] = ()) -> Table:
    """Return how many projects, and how much investment, lie in each band of the lowest debt service coverage.

    Bands include their lower end. Projects without the figure, and those not assessed, have bands of their own.
    """
    keys = portfolio.keys(by)
    names = [key.name for key in keys]
    labels = _band_labels()
    band = pl.lit("below_1", dtype=pl.String)
    for floor in DSCR_FLOORS:
        band = pl.when(pl.col("dscr_min") >= floor).then(pl.lit(f"from_{floor:g}")).otherwise(band)
    band = (
        pl.when(~pl.col("_is_assessed"))
        .then(pl.lit("not_assessed"))
        .otherwise(pl.when(pl.col("dscr_min").is_null()).then(pl.lit("none")).otherwise(band))
    )
    banded = _judged(portfolio, assessments).with_columns(band.cast(pl.Enum(list(labels))).alias("band"))
    frame = banded.group_by([*names, "band"]).agg(
        pl.len().cast(pl.Int64).alias("n_projects"),
        pl.col("total_investment_fen").sum(),
        pl.col("total_investment_fen").null_count().cast(pl.Int64).alias("n_unknown_total"),
    )
    columns = (
        *keys,
        Column("band", "choice", "偿债备付率区间", "Band of debt service coverage", labels=labels),
        count_column("n_projects", "项目数", "Projects"),
        money_column("total_investment_fen", "总投资（已知部分）", "Total investment, where known"),
        count_column("n_unknown_total", "总投资未知", "Projects of unknown total"),
    )
    frame = frame.sort([*names, "band"], nulls_last=True).select(column.name for column in columns)
    return Table("dscr_bands", "偿债备付率分布", "Bands of debt service coverage", columns, frame)


def _judged(portfolio: Portfolio, assessments: pl.DataFrame) -> pl.DataFrame:
    """Return the projects with their figures; NaN and infinity are no figure."""
    figures = [name for name in METRICS if name in assessments.columns]
    numbers = assessments.select("project_id", pl.col(figures).cast(pl.Float64))
    finite = (pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name) for name in figures)
    clean = numbers.with_columns(*finite, pl.lit(value=True).alias("_is_assessed"))
    clean = clean.unique("project_id", keep="last", maintain_order=True)
    joined = portfolio.projects.join(clean, on="project_id", how="left", maintain_order="left")
    return joined.with_columns(pl.col("_is_assessed").fill_null(value=False))


def _band_labels() -> dict[str, tuple[str, str]]:
    labels = {"below_1": (f"低于 {DSCR_FLOORS[0]:g}", f"Below {DSCR_FLOORS[0]:g}")}
    for floor, following in zip(DSCR_FLOORS, (*DSCR_FLOORS[1:], None), strict=True):
        zh = f"{floor:g} 及以上" if following is None else f"{floor:g} 至不足 {following:g}"
        en = f"{floor:g} and more" if following is None else f"{floor:g} to under {following:g}"
        labels[f"from_{floor:g}"] = (zh, en)
    return labels | {"none": ("无债务或无法计算", "No debt, or no figure"), "not_assessed": ("未评估", "Not assessed")}
