"""Income from environmental rights over many projects 资源环境权益收入: by instrument and certainty, as assessed."""

from collections.abc import Sequence

import polars as pl

from registry.errors import Finding
from registry.portfolio.frame import NOT_STATED, Portfolio
from registry.portfolio.table import Column, Table, count_column, money_column
from registry.projects.rights import INSTRUMENTS, LINE_KINDS, STEPS


def rights_income(portfolio: Portfolio, lines: pl.DataFrame, named: pl.DataFrame, by: Sequence[str]) -> Table:
    """Return income a year by instrument and certainty as the rules leave it, known amounts only.

    `lines` is `assessments.columns.RIGHTS_SCHEMA`, of the newest assessments; `named` has `project_id` of every
    project that names an instrument, so that those not assessed are told and not left out in silence.
    """
    keys = portfolio.keys(by)
    own = [key.name for key in keys]
    projects = portfolio.projects.select("project_id", *own)
    placed = lines.join(projects, on="project_id", how="inner", maintain_order="left")
    groups = [*own, "instrument", "kind", "counted"]
    frame = placed.group_by(groups).agg(
        pl.col("project_id").n_unique().cast(pl.Int64).alias("n_projects"),
        pl.len().cast(pl.Int64).alias("n_lines"),
        pl.when(pl.col("amount_fen").count() > 0).then(pl.col("amount_fen").sum()).alias("amount_fen"),
        pl.col("amount_fen").null_count().cast(pl.Int64).alias("n_unknown_amount"),
        (pl.col("stated").is_not_null() & (pl.col("stated") != pl.col("counted")))
        .sum()
        .cast(pl.Int64)
        .alias("n_lowered"),
    )
    order = {name: place for place, name in enumerate([*INSTRUMENTS, *STEPS, *LINE_KINDS])}
    ranks = [pl.col(name).replace_strict(order, default=len(order), return_dtype=pl.Int64) for name in groups[-3:]]
    columns = (
        *keys,
        Column("instrument", "choice", "权益工具", "Instrument", labels=dict(INSTRUMENTS)),
        Column("kind", "choice", "收入或补贴", "Revenue or support", labels=dict(LINE_KINDS)),
        Column("counted", "choice", "确定性", "Certainty", labels=dict(STEPS), missing=NOT_STATED),
        count_column("n_projects", "项目数", "Projects"),
        count_column("n_lines", "收入项数", "Lines"),
        money_column("amount_fen", "年金额（已知部分）", "A year, where known"),
        count_column("n_unknown_amount", "金额未知", "Lines of unknown amount"),
        count_column("n_lowered", "按规则调低的项数", "Lines counted lower than stated"),
    )
    frame = frame.sort([*own, *ranks], nulls_last=True).select(column.name for column in columns)
    waiting = named.filter(~pl.col("project_id").is_in(lines.get_column("project_id").unique().to_list())).height
    zh, en = "资源环境权益收入（按工具和确定性）", "Income from environmental rights by instrument and certainty"
    return Table("rights_income", zh, en, columns, frame, _waiting(waiting))


def _waiting(count: int) -> tuple[Finding, ...]:
    if not count:
        return ()
    zh = f"另有 {count} 个项目列有权益收入但现行版本尚无预审结论，未计入；请先生成预审结论"
    en = f"{count} more projects name such income and are not assessed as they stand; they are in no sum"
    return (Finding("rights", "not-assessed", zh, en, str(count), "warning"),)
