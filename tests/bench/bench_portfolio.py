"""Portfolio: records to columns and every standard summary, at the sizes issue 6 names; see also `optimiser`."""

import datetime as dt
import resource
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from sqlalchemy import Engine

from bench.databases import OPENED
from bench.figures import Figure, best_seconds, print_figures
from bench.portfolio_data import N_LINES, N_PROJECTS, OPERATOR, fill, line_rows, project_rows
from registry.database import migrate
from registry.portfolio.abatement import abatement_curve
from registry.portfolio.concentration import concentration, implementers
from registry.portfolio.frame import PORTFOLIO_COLUMNS, PROJECT_DIMENSIONS, Portfolio, build_portfolio
from registry.portfolio.pipeline import acceptance, ageing, application_states, expiry
from registry.portfolio.results import benefit_cost, benefits_by_indicator, yearly_benefits
from registry.portfolio.returns import FLOORS, bands, no_rate, returns
from registry.portfolio.summary import funding_mix, gap_by_year, leverage
from registry.projects.columns import read_funding_lines, read_projects
from registry.projects.lifecycle.columns import EVENT_SCHEMA, standing

COMMAND = "registry bench portfolio"
READ_SECONDS, SUMMARY_MS, PANDAS_FACTOR, MEMORY_GB = 8.0, 300.0, 10.0, 4.0


def run() -> list[Figure]:
    """Return the figures; takes about two minutes, most of it filling the databases."""
    projects, lines = project_rows(), line_rows()
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        for name, opened in OPENED.items():
            with opened(Path(folder)) as engine:
                migrate(engine)
                fill(engine, projects, lines)
                figures.append(_reading(name, engine))
                portfolio = _read(engine)
    figures += _summaries(portfolio)
    # Kilobytes on Linux.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    figures.append(_figure("peak memory of all of these", peak, "GB", f"< {MEMORY_GB:g} GB", is_met=peak < MEMORY_GB))
    return figures


def _read(engine: Engine) -> Portfolio:
    return build_portfolio(read_projects(engine, OPERATOR, PORTFOLIO_COLUMNS), read_funding_lines(engine, OPERATOR))


def _reading(name: str, engine: Engine) -> Figure:
    seconds = best_seconds(lambda: _read(engine), rounds=2)
    title = f"portfolio of {N_PROJECTS:,} projects and {N_LINES:,} lines from {name}"
    return _figure(title, seconds, "s", f"< {READ_SECONDS:g} s", is_met=seconds < READ_SECONDS)


def _summaries(portfolio: Portfolio) -> list[Figure]:
    assessments, benefits, cases = _assessments(portfolio), yearly_benefits(_benefits(portfolio)), _cases(portfolio)
    events = _events(portfolio)
    applications = standing(events)
    holders = {"implementer": implementers(_holders(portfolio))}
    as_of = dt.date(2026, 11, 26)
    works: dict[str, Callable[[], object]] = {
        "funding mix by source and year": lambda: funding_mix(portfolio),
        **{f"funding mix by {name}": partial(funding_mix, portfolio, [name]) for name in PROJECT_DIMENSIONS},
        "funding mix by city, source and year": lambda: funding_mix(portfolio, ["city", "source", "year"]),
        "gap by year and province": lambda: gap_by_year(portfolio, ["province"]),
        "leverage by city": lambda: leverage(portfolio, ["city"]),
        "returns by province": lambda: returns(portfolio, assessments, ["province"]),
        **{f"bands of {name} by region": partial(bands, portfolio, assessments, name, ["region"]) for name in FLOORS},
        "no rate of return by province": lambda: no_rate(portfolio, assessments, ["province"]),
        "benefits by province": lambda: benefits_by_indicator(portfolio, benefits, ["province"]),
        "cost of benefits by region": lambda: benefit_cost(portfolio, benefits, ["region"]),
        "abatement curve": lambda: abatement_curve(portfolio, assessments, benefits, cases),
        "applications by province": lambda: application_states(portfolio, applications, ["province"]),
        "ageing by province": lambda: ageing(portfolio, applications, ["province"], as_of=as_of),
        "acceptance by province": lambda: acceptance(portfolio, events, ["province"]),
        "expiry by province": lambda: expiry(portfolio, applications, ["province"], as_of=as_of),
        "concentration": lambda: concentration(holders),
    }
    took = {name: 1000 * best_seconds(work, rounds=3) for name, work in works.items()}
    slowest = max(took, key=lambda name: took[name])
    target = f"< {SUMMARY_MS:g} ms"
    title = f"slowest of {len(took)} summaries: {slowest}"
    found = [_figure(title, took[slowest], "ms", target, is_met=took[slowest] < SUMMARY_MS)]
    found += [_figure(name, each, "ms", target, is_met=each < SUMMARY_MS) for name, each in took.items()]
    for keys in (["source", "year"], ["province"]):
        name = f"funding mix by {' and '.join(keys)}"
        twin = 1000 * best_seconds(_pandas_twin(portfolio, keys), rounds=2)
        is_met = twin >= PANDAS_FACTOR * took[name]
        target = f"pandas >= {PANDAS_FACTOR:g} x"
        found.append(_figure(name, took[name], "ms", target, is_met=is_met, peer=("pandas merge + groupby", twin)))
    return found


def _pandas_twin(portfolio: Portfolio, keys: list[str]) -> Callable[[], object]:
    """Return the same summary as one would write it in pandas: frames ready, categories for text, sums of int64."""
    projects = _to_pandas(portfolio.projects.select("row", "total_investment_fen", "province"))
    lines = _to_pandas(portfolio.lines)

    def work() -> object:
        joined = lines.merge(projects, on="row", how="left")
        sums = joined.groupby([*keys, "status"], observed=True, dropna=False)["amount_fen"].agg(["sum", "size"])
        stated = sums.reset_index().pivot_table(index=keys, columns="status", observed=True, dropna=False)
        of_project = lines.groupby("row")["amount_fen"].agg(["sum", "count", "size"])
        whole = projects.set_index("row").join(of_project)
        is_known = whole["count"].fillna(0) == whole["size"].fillna(0)
        without = (whole["total_investment_fen"] - whole["sum"].fillna(0)).where(is_known).clip(lower=0)
        own = [key for key in keys if key in whole.columns]
        return stated, without.groupby(whole[own[0]], observed=True, dropna=False).sum() if own else without.sum()

    return work


def _to_pandas(frame: pl.DataFrame) -> Any:
    columns = {}
    for name, dtype in frame.schema.items():
        series = frame.get_column(name)
        if isinstance(dtype, pl.Enum):
            codes = series.to_physical().cast(pl.Int64).fill_null(-1).to_numpy()
            columns[name] = pd.Categorical.from_codes(codes, categories=dtype.categories.to_list())
        else:
            columns[name] = series.to_numpy()
    return pd.DataFrame(columns)


def _assessments(portfolio: Portfolio) -> pl.DataFrame:
    rng = np.random.default_rng(8)
    count = portfolio.projects.height
    figures = {
        "firr_pre_tax": rng.normal(0.06, 0.02, count),
        "firr_post_tax": rng.normal(0.05, 0.02, count),
        "capital_irr": np.where(rng.random(count) < 0.1, np.nan, rng.normal(0.06, 0.03, count)),
        "fnpv_pre_tax": rng.normal(0, 1e5, count),
        "benchmark_rate": np.full(count, 0.06),
        "payback_years": rng.normal(14, 4, count),
        "dscr_min": rng.normal(1.25, 0.2, count),
        "coverage": rng.normal(1.4, 0.2, count),
    }
    ids = portfolio.projects.get_column("project_id")
    frame = pl.DataFrame({"project_id": ids, **figures}).fill_nan(None)
    return frame.with_columns(
        pl.lit("never_positive").alias("capital_irr_reason"),
        pl.lit(None, pl.String).alias("firr_pre_tax_reason"),
        pl.lit(None, pl.String).alias("firr_post_tax_reason"),
    )


def _benefits(portfolio: Portfolio) -> pl.DataFrame:
    """Return three printed benefits a project, in the units people write."""
    rng = np.random.default_rng(9)
    ids = portfolio.projects.get_column("project_id")
    kinds = (("减排二氧化碳", "万吨/年"), ("化学需氧量（COD）", "吨/年"), ("节约标准煤", "tce/a"))
    return pl.concat(
        pl.DataFrame({"project_id": ids, "value": rng.lognormal(0, 1, len(ids))}).select(
            "project_id", pl.lit(name).alias("indicator"), "value", pl.lit(unit).alias("unit")
        )
        for name, unit in kinds
    )


def _cases(portfolio: Portfolio) -> pl.DataFrame:
    ids = portfolio.projects.get_column("project_id")
    return pl.DataFrame({"project_id": ids}).with_columns(
        pl.lit(2, pl.Int64).alias("construction_years"), pl.lit(20, pl.Int64).alias("operation_years")
    )


def _events(portfolio: Portfolio) -> pl.DataFrame:
    """Return one application a project: submitted, then recommended, then admitted."""
    ids = portfolio.projects.get_column("project_id")
    start = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    steps = (("submit", "submitted"), ("recommend", "recommended"), ("admit", "in_library"))
    base = pl.DataFrame({"project_id": ids, "application_id": ids}).with_columns(
        pl.lit("central-eco-fund").alias("library"), pl.lit(start).alias("opened_at")
    )
    parts = [
        base.with_columns(
            (pl.col("application_id") * 3 + step).alias("event_id"),
            (pl.lit(start) + pl.duration(days=10 * step + pl.col("application_id") % 900)).alias("at"),
            pl.lit(action).alias("action"),
            pl.lit(state).alias("to_state"),
            pl.lit(1, pl.Int64).alias("round"),
        )
        for step, (action, state) in enumerate(steps)
    ]
    return pl.concat(parts).sort("application_id", "event_id").select(list(EVENT_SCHEMA)).cast(pl.Schema(EVENT_SCHEMA))


def _holders(portfolio: Portfolio) -> pl.DataFrame:
    rng = np.random.default_rng(10)
    numbers = pl.Series(rng.zipf(1.3, portfolio.projects.height) % 50_000).cast(pl.String)
    return portfolio.projects.select(
        numbers.alias("implementer_credit_code"), numbers.alias("implementer_name"), "total_investment_fen"
    )


def _figure(
    name: str,
    value: float,
    unit: str,
    target: str,
    *,
    is_met: bool | None = None,
    peer: tuple[str, float] | None = None,
) -> Figure:
    peer_name, peer_value = peer or (None, None)
    return Figure(name, value, unit, target, COMMAND, peer_name, peer_value, is_met)


if __name__ == "__main__":
    print_figures(run())
