"""Where the money of a portfolio comes from 资金来源分析: mix, gap and leverage by any dimension.

Sums are whole fen, so they add up exactly. An unknown total or amount is counted apart, never taken as zero.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from registry.portfolio.frame import LINE_DIMENSIONS, Portfolio
from registry.portfolio.sums import SOURCE, STATUS
from registry.portfolio.table import Column, Table, count_column, money_column

MIX_COLUMNS = (
    money_column("secured_fen", "已落实", "Secured"),
    money_column("planned_fen", "拟筹措", "Planned"),
    money_column("gap_fen", "缺口", "Gap"),
    money_column("no_source_fen", "未明确来源", "No source identified"),
    money_column("need_fen", "资金需求合计", "Need"),
    Column("secured_ratio", "ratio", "落实比例", "Secured share"),
    count_column("n_lines", "资金行数", "Funding lines", "行"),
    count_column("n_unknown_amount", "金额未知行数", "Lines of unknown amount", "行"),
)
PROJECT_COLUMNS = (
    count_column("n_projects", "项目数", "Projects"),
    money_column("total_investment_fen", "总投资（已知部分）", "Total investment, where known"),
    count_column("n_unknown_total", "总投资未知", "Projects of unknown total"),
    count_column("n_undecided", "来源缺口无法判断", "Projects whose open part cannot be told"),
    money_column("over_fen", "来源超出总投资", "Lines beyond the total"),
    count_column("n_over", "来源超出总投资的项目", "Projects with lines beyond the total"),
)
_AMOUNTS = ("secured_fen", "planned_fen", "gap_fen", "no_source_fen")


def funding_mix(portfolio: Portfolio, by: Sequence[str] = ("source", "year")) -> Table:
    """Return secured, planned, gap and no-source money by these dimensions, in order of the dimensions.

    No source identified = total investment − all lines, where both are known; such money has neither source nor year.
    Where `by` names neither source nor year, the table also counts projects and sums their total investment.
    """
    keys = portfolio.keys(by)
    names = [key.name for key in keys]
    is_of_projects = not set(by) & set(LINE_DIMENSIONS)
    columns = (*keys, *MIX_COLUMNS)
    if is_of_projects:
        whole = _of_projects(portfolio, names)
        columns = (*keys, *PROJECT_COLUMNS[:1], *MIX_COLUMNS, *PROJECT_COLUMNS[1:])
    else:
        whole = _merged([_stated(portfolio, names), _without_source(portfolio, names)], names)
    whole = whole.with_columns(pl.sum_horizontal(*_AMOUNTS).alias("need_fen")).with_columns(
        _ratio("secured_fen", "need_fen").alias("secured_ratio")
    )
    frame = _ordered(whole, names).select(column.name for column in columns)
    zh, en = _titles(portfolio, by)
    return Table("funding_mix", f"资金来源结构{zh}", f"Funding mix{en}", columns, frame)


def gap_by_year(portfolio: Portfolio, by: Sequence[str] = ()) -> Table:
    """Return per year what is needed, what is secured and what is not, running total included.

    Years ascend within each group; money without a year stands last, outside the running total.
    """
    keys = portfolio.keys([*by, "year"])
    groups = [key.name for key in keys if key.name != "year"]
    mix = funding_mix(portfolio, [*by, "year"]).frame
    unsecured = mix.with_columns((pl.col("need_fen") - pl.col("secured_fen")).alias("unsecured_fen"))
    running = pl.col("unsecured_fen").cum_sum()
    known = pl.when(pl.col("year").is_not_null()).then(running.over(groups) if groups else running)
    columns = (
        *keys,
        *(column for column in MIX_COLUMNS if column.name in {"need_fen", "secured_fen"}),
        money_column("unsecured_fen", "尚未落实", "Not secured"),
        money_column("running_fen", "累计尚未落实", "Not secured, running total"),
        *(column for column in MIX_COLUMNS if column.name in {"gap_fen", "no_source_fen", "secured_ratio"}),
    )
    frame = unsecured.with_columns(known.alias("running_fen")).select(column.name for column in columns)
    zh, en = _titles(portfolio, [*by, "year"])
    return Table("gap_by_year", f"分年资金缺口{zh}", f"Gap by year{en}", columns, frame)


def leverage(portfolio: Portfolio, by: Sequence[str] = ()) -> Table:
    """Return how many yuan of investment stand behind one yuan of central and of fiscal money 撬动倍数.

    Only projects that have such money and whose total and amounts are all known count; the others are counted as left
    out. Lines marked as a gap are no money. By dimensions of projects only.
    """
    keys = portfolio.keys([name for name in by if name not in LINE_DIMENSIONS])
    names = [key.name for key in keys]
    money = portfolio.projects
    known = pl.col("total_investment_fen").is_not_null() & (pl.col("n_unknown_amount") == 0)
    aggregates: list[pl.Expr] = [pl.len().alias("n_projects")]
    for kind in ("central", "fiscal"):
        has = pl.col(f"{kind}_line_fen") > 0
        total = pl.col("total_investment_fen").filter(known & has).sum()
        given = pl.col(f"{kind}_line_fen").filter(known & has).sum()
        aggregates += [
            (known & has).sum().alias(f"n_{kind}"),
            given.alias(f"{kind}_fen"),
            total.alias(f"{kind}_total_fen"),
            (~known & has).sum().alias(f"n_{kind}_left_out"),
        ]
    frame = _grouped(money, names, aggregates).with_columns(
        _ratio(f"{kind}_total_fen", f"{kind}_fen").alias(f"per_{kind}") for kind in ("central", "fiscal")
    )
    columns = (*keys, count_column("n_projects", "项目数", "Projects"), *_leverage_columns())
    frame = _ordered(frame, names).select(column.name for column in columns)
    zh, en = _titles(portfolio, by)
    return Table("leverage", f"财政资金撬动倍数{zh}", f"Leverage of fiscal money{en}", columns, frame)


def _leverage_columns() -> list[Column]:
    found: list[Column] = []
    for kind, zh, en in (("central", "中央资金", "central money"), ("fiscal", "财政资金", "fiscal money")):
        found += [
            count_column(f"n_{kind}", f"有{zh}的项目", f"Projects with {en}"),
            money_column(f"{kind}_fen", zh, en.capitalize()),
            money_column(f"{kind}_total_fen", f"有{zh}项目的总投资", f"Total investment of projects with {en}"),
            Column(f"per_{kind}", "number", f"每元{zh}对应总投资", f"Investment per yuan of {en}", "元/元"),
            count_column(f"n_{kind}_left_out", f"有{zh}但金额不全", f"Left out: {en}, amounts incomplete"),
        ]
    return found


def _stated(portfolio: Portfolio, names: list[str]) -> pl.DataFrame:
    """Return the stated money by a key with source or year, one column per status: each line counts into its bin."""
    own = [name for name in names if name in portfolio.projects.columns]
    places, combinations = _places(portfolio, own)
    cells, per_place = portfolio.cells, int(np.prod(portfolio.cells.shape))
    key = cells.cell if places is None else places[cells.row] * per_place + cells.cell
    bins, sums = cells.sums_of_bins(key, combinations.height * per_place)
    place, cell = np.divmod(bins, per_place)
    source, year, status = np.unravel_index(cell, cells.shape)
    small = combinations[place].with_columns(
        SOURCE.categories.gather(source).cast(SOURCE).alias("source"),
        pl.Series(cells.years, dtype=pl.Int16).gather(year).alias("year"),
        STATUS.categories.gather(status).cast(STATUS).alias("status"),
        pl.Series("amount_fen", sums.amounts),
        pl.Series("n_lines", sums.lines),
        pl.Series("n_unknown_amount", sums.unknown),
    )
    by_status = (
        pl.col("amount_fen").filter(pl.col("status") == name).sum().alias(f"{name}_fen") for name in cells.statuses
    )
    return _grouped(small, names, [*by_status, pl.col("n_lines").sum(), pl.col("n_unknown_amount").sum()])


def _places(portfolio: Portfolio, own: list[str]) -> tuple[NDArray[np.int64] | None, pl.DataFrame]:
    """Return the number of each project's combination of dimensions, None if there is one; and the combinations."""
    if not own:
        return None, pl.DataFrame({"_one": [0]})
    combinations = portfolio.projects.select(own).unique(maintain_order=True)
    numbered = combinations.with_row_index("_place")
    found = portfolio.projects.select(own).join(numbered, on=own, how="left", nulls_equal=True, maintain_order="left")
    return found.get_column("_place").cast(pl.Int64).to_numpy(), combinations


def _without_source(portfolio: Portfolio, names: list[str]) -> pl.DataFrame:
    """Return the money nobody named a source for, by key; its source and year are NULL."""
    lines = portfolio.lines.schema
    own = [name for name in names if name in portfolio.projects.columns]
    found = _grouped(portfolio.projects, own, [pl.col("no_source_fen").sum()]).filter(pl.col("no_source_fen") > 0)
    return found.with_columns(pl.lit(None, dtype=lines[name]).alias(name) for name in names if name not in own)


def _of_projects(portfolio: Portfolio, names: list[str]) -> pl.DataFrame:
    """Return everything by dimensions of projects, whose lines were summed when the portfolio was built."""
    total = pl.col("total_investment_fen")
    counts = [
        pl.len().cast(pl.Int64).alias("n_projects"),
        total.sum(),
        pl.col(*_AMOUNTS, "n_lines", "n_unknown_amount").sum(),
        total.null_count().cast(pl.Int64).alias("n_unknown_total"),
        (total.is_not_null() & pl.col("no_source_fen").is_null()).sum().cast(pl.Int64).alias("n_undecided"),
        pl.col("over_fen").sum(),
        (pl.col("over_fen") > 0).sum().cast(pl.Int64).alias("n_over"),
    ]
    return _grouped(portfolio.projects, names, counts)


def _grouped(frame: pl.DataFrame, names: Sequence[str], aggregates: Sequence[Any]) -> pl.DataFrame:
    """Return one row per key, or one row in all where there is no key."""
    return frame.group_by(names).agg(aggregates) if names else frame.select(aggregates)


def _merged(parts: list[pl.DataFrame], names: list[str]) -> pl.DataFrame:
    """Return the parts as one table: amounts of the same key in one row, absent ones zero."""
    values = [*_AMOUNTS, "n_lines", "n_unknown_amount"]
    stacked = pl.concat(parts, how="diagonal")
    return _grouped(stacked, names, [pl.col(name).sum() for name in values])


def _ordered(frame: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    return frame.sort(names, nulls_last=True) if names else frame


def _ratio(part: str, whole: str) -> pl.Expr:
    """Return part / whole; NULL where the whole is zero."""
    return pl.when(pl.col(whole) > 0).then(pl.col(part) / pl.col(whole))


def _titles(portfolio: Portfolio, by: Sequence[str]) -> tuple[str, str]:
    known = portfolio.dimensions()
    if not by:
        return "", ""
    return "（按" + "、".join(known[name].zh for name in by) + "）", " by " + ", ".join(known[name].en for name in by)
