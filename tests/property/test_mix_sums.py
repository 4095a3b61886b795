"""Counting into bins against the plain way: grouping the lines themselves."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio_builders import CHENGDU, HUZHOU, JINAN, lines, projects
from registry.portfolio import sums
from registry.portfolio.frame import build_portfolio
from registry.portfolio.summary import funding_mix
from registry.projects.lines import FUNDING_SOURCES, FUNDING_STATUS

Line = tuple[int, str, int | None, int | None, str]
PLACES: tuple[dict[str, str], ...] = (HUZHOU, JINAN, CHENGDU, JINAN, {})
one_line = st.tuples(
    st.integers(0, 4),
    st.sampled_from(list(FUNDING_SOURCES)),
    st.none() | st.integers(1990, 2100),
    st.none() | st.integers(0, 10**16),
    st.sampled_from(list(FUNDING_STATUS)),
)


@pytest.mark.parametrize("most_bins", [0, 4_000_000])
@settings(max_examples=40, deadline=None)
@given(rows=st.lists(one_line, max_size=30))
def test_bins_hold_what_grouping_finds(
    most_bins: int, rows: list[tuple[int, str, int | None, int | None, str]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sums, "MOST_BINS", most_bins)
        portfolio = build_portfolio(
            projects(*({"project_id": i, **place} for i, place in enumerate(PLACES))), lines(*rows)
        )
        found = funding_mix(portfolio, ["province", "source", "year"]).frame
    names = [place.get("province") for place in PLACES]
    plain = pl.DataFrame(
        [(names[project], *rest) for project, *rest in rows],
        schema={"province": pl.String, "source": pl.String, "year": pl.Int16, "fen": pl.Int64, "status": pl.String},
        orient="row",
    )
    secured = pl.col("fen").filter(pl.col("status") == "secured").sum()
    expected = plain.group_by("province", "source", "year").agg(
        secured, pl.len(), pl.col("fen").null_count().alias("n")
    )
    got = found.select(
        pl.col("province", "source").cast(pl.String), "year", "secured_fen", "n_lines", "n_unknown_amount"
    )
    assert sorted(got.rows(), key=str) == sorted(expected.rows(), key=str)
