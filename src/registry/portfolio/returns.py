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

RATES = ("firr_pre_tax", "firr_post_tax", "capital_irr")
_RATE_FLOORS = (0.0, 0.02, 0.04, 0.06, 0.08, 0.10)
FLOORS: dict[str, tuple[float, ...]] = {
    **dict.fromkeys(RATES, _RATE_FLOORS),
    "dscr_min": (1.0, 1.1, 1.2, 1.3, 1.5),
    "coverage": (1.0, 1.1, 1.2, 1.5, 2.0),
    "payback_years": (5.0, 10.0, 15.0, 20.0, 25.0),
}
"""Lower ends of the bands, each included. A coverage of 1.0 is where income just serves the debt, 1.3 what most banks
ask of every year, 1.2 what special bonds usually state."""
_OF_DEBT = ("dscr_min", "coverage")

NO_RATE: dict[str, tuple[str, str]] = {
    "not_assessed": ("当前版本未评估", "The revision in force was not assessed"),
    "no_case": ("没有财务测算输入", "No financial case"),
    "incomplete_case": ("财务测算输入不完整或有误", "The financial case is incomplete or wrong"),
    "over_funded": ("资金来源超过建设支出，无法测算", "Grants and draws exceed the spending: not priced"),
    "never_positive": ("各年净现金流量均不为正，投资不能收回", "No year has a surplus: never recovered"),
    "never_negative": ("各年净现金流量均不为负，没有需收回的投入", "No year has an outlay to recover"),
    "no_flow": ("现金流全部为零", "Every flow is zero"),
    "no_root": ("净现值在 -99% 至 1000% 之间不为零", "The present value is zero nowhere between -99 % and 1000 %"),
    "several": ("存在多个内部收益率，以净现值判断", "Several rates: decide by net present value"),
    "touching": ("净现值仅触及零点而不变号，以净现值判断", "The present value only touches zero: decide by it"),
    "not_finite": ("现金流含非有限数值", "The flow holds a value that is not finite"),
}
"""Why a rate is lacking: nothing was priced, or what the engine says of the flow (`finance.irr.IrrReason`)."""

_METRIC = Column("metric", "choice", "指标", "Figure", labels=METRICS)


def returns(portfolio: Portfolio, assessments: pl.DataFrame, by: Sequence[str] = ()) -> Table:
    """Return the distribution of each figure by dimensions of projects.

    `assessments` has `project_id` and any of METRICS, one row per assessed project. Quantiles are linear
    interpolations over the projects that have the figure.
    """
    keys = portfolio.keys(by)
    names = [key.name for key in keys]
    figures = [name for name in METRICS if name in assessments.columns]
    judged = _judged(portfolio, assessments, names, figures)
    metrics = pl.Enum(list(METRICS))
    parts = []
    for metric in figures:
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


def _figure(name: str, zh: str, en: str) -> Column:
    """Return a column of figures: per cent in the rows of rates, plain numbers in the others."""
    return Column(name, "number", zh, en, kind_by="metric", kinds=dict.fromkeys(RATES, "rate"))


_DISTRIBUTION = (
    count_column("n_projects", "项目数", "Projects"),
    count_column("n_with", "有该指标", "With the figure"),
    count_column("n_without", "无解或不适用", "Without: no such rate, or no debt"),
    count_column("n_not_assessed", "未评估", "Not assessed"),
    _figure("least", "最小", "Least"),
    *(_figure(name, f"{level:.0%} 分位", f"{level:.0%} quantile") for name, level in QUANTILES),
    _figure("most", "最大", "Most"),
)


def bands(portfolio: Portfolio, assessments: pl.DataFrame, metric: str, by: Sequence[str] = ()) -> Table:
    """Return how many projects, and how much investment, lie in each band of a figure (a key of FLOORS).

    Bands include their lower end. Projects without the figure, and those not assessed, have bands of their own.
    """
    keys = portfolio.keys(by)
    names = [key.name for key in keys]
    labels = _band_labels(metric)
    floors = FLOORS[metric]
    band = pl.lit("below", dtype=pl.String)
    for floor in floors:
        band = pl.when(pl.col(metric) >= floor).then(pl.lit(f"from_{floor:g}")).otherwise(band)
    band = pl.when(pl.col(metric).is_null()).then(pl.lit("none")).otherwise(band)
    band = pl.when(~pl.col("_is_assessed")).then(pl.lit("not_assessed")).otherwise(band)
    banded = _judged(portfolio, assessments, names, [metric]).with_columns(
        band.cast(pl.Enum(list(labels))).alias("band")
    )
    frame = banded.group_by([*names, "band"]).agg(_SIZES)
    zh, en = METRICS[metric]
    columns = (*keys, Column("band", "choice", "区间", "Band", labels=labels), *_SIZE_COLUMNS)
    frame = frame.sort([*names, "band"], nulls_last=True).select(column.name for column in columns)
    return Table(f"{metric}_bands", f"{zh}分布", f"Bands: {en}", columns, frame)


def no_rate(portfolio: Portfolio, assessments: pl.DataFrame, by: Sequence[str] = ()) -> Table:
    """Return how many projects have no rate of return, by the reason: they are counted, never hidden.

    `assessments` also has `<rate>_reason`, a key of NO_RATE (`assessments.columns.ASSESSMENT_SCHEMA`).
    """
    keys = portfolio.keys(by)
    names = [key.name for key in keys]
    judged = _judged(portfolio, assessments, names, RATES, *(f"{metric}_reason" for metric in RATES))
    metrics, reasons = pl.Enum(list(METRICS)), pl.Enum(list(NO_RATE))
    parts = []
    for metric in RATES:
        reason = pl.when(pl.col("_is_assessed")).then(pl.col(f"{metric}_reason")).otherwise(pl.lit("not_assessed"))
        lacking = judged.filter(pl.col(metric).is_null()).with_columns(
            reason.cast(reasons, strict=False).alias("reason")
        )
        found = lacking.group_by([*names, "reason"]).agg(_SIZES)
        parts.append(found.with_columns(pl.lit(metric, dtype=metrics).alias("metric")))
    columns = (*keys, _METRIC, _REASON, *_SIZE_COLUMNS)
    frame = pl.concat(parts).sort([*names, "metric", "reason"], nulls_last=True)
    zh, en = "没有内部收益率的项目及原因", "Projects without a rate of return, and why"
    return Table("no_rate", zh, en, columns, frame.select(column.name for column in columns))


_REASON = Column("reason", "choice", "原因", "Reason", labels=NO_RATE, missing=("未说明", "Not stated"))
_SIZES = (
    pl.len().cast(pl.Int64).alias("n_projects"),
    pl.col("total_investment_fen").sum(),
    pl.col("total_investment_fen").null_count().cast(pl.Int64).alias("n_unknown_total"),
)
_SIZE_COLUMNS = (
    count_column("n_projects", "项目数", "Projects"),
    money_column("total_investment_fen", "总投资（已知部分）", "Total investment, where known"),
    count_column("n_unknown_total", "总投资未知", "Projects of unknown total"),
)


def _judged(
    portfolio: Portfolio, assessments: pl.DataFrame, names: Sequence[str], figures: Sequence[str], *more: str
) -> pl.DataFrame:
    """Return these dimensions and figures of every project; NaN and infinity are no figure.

    Only what a summary asks for is carried along: joins of wide tables take most of the time.
    """
    numbers = assessments.select("project_id", pl.col(figures).cast(pl.Float64), *more)
    finite = (pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name) for name in figures)
    clean = numbers.with_columns(*finite, pl.lit(value=True).alias("_is_assessed"))
    if not clean.get_column("project_id").is_unique().all():
        clean = clean.unique("project_id", keep="last", maintain_order=True)
    projects = portfolio.projects.select("project_id", "total_investment_fen", *dict.fromkeys(names))
    joined = projects.join(clean, on="project_id", how="left", maintain_order="left")
    return joined.with_columns(pl.col("_is_assessed").fill_null(value=False))


def _band_labels(metric: str) -> dict[str, tuple[str, str]]:
    floors = FLOORS[metric]
    said = [f"{floor:.0%}" if metric in RATES else f"{floor:g}" for floor in floors]
    labels = {"below": (f"低于 {said[0]}", f"Below {said[0]}")}
    for floor, low, high in zip(floors, said, (*said[1:], None), strict=True):
        zh = f"{low} 及以上" if high is None else f"{low} 至不足 {high}"
        en = f"{low} and more" if high is None else f"{low} to under {high}"
        labels[f"from_{floor:g}"] = (zh, en)
    lacking = ("无债务或无法计算", "No debt, or no figure") if metric in _OF_DEBT else ("无此指标", "No such figure")
    return labels | {"none": lacking, "not_assessed": ("未评估", "Not assessed")}
