import math

import polars as pl
import pytest

from portfolio_builders import CHENGDU, HUZHOU, lines, projects
from registry.portfolio.frame import Portfolio, build_portfolio
from registry.portfolio.returns import dscr_bands, returns


@pytest.fixture
def portfolio() -> Portfolio:
    """Seven projects of 100 fen; the last is in another region and was never assessed."""
    places = [HUZHOU] * 6 + [CHENGDU]
    rows = ({"project_id": i, "total_investment_fen": 100, **place} for i, place in enumerate(places))
    return build_portfolio(projects(*rows), lines())


@pytest.fixture
def assessments() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "project_id": range(6),
            "firr_post_tax": [0.02, 0.04, 0.06, 0.08, None, math.nan],
            "dscr_min": [0.999, 1.0, 1.3, 1.29, 1.5, None],
        }
    )


class TestReturns:
    def test_are_quantiles_of_the_projects_that_have_one(self, portfolio: Portfolio, assessments: pl.DataFrame) -> None:
        firr, dscr = returns(portfolio, assessments).frame.rows(named=True)
        assert (firr["metric"], dscr["metric"]) == ("firr_post_tax", "dscr_min")
        assert (firr["n_projects"], firr["n_with"], firr["n_without"], firr["n_not_assessed"]) == (7, 4, 2, 1)
        assert (firr["least"], firr["most"]) == (0.02, 0.08)
        # Linear between 0.04 and 0.06; a quarter of the way lies three quarters between 0.02 and 0.04.
        assert firr["median"] == pytest.approx(0.05)
        assert firr["p25"] == pytest.approx(0.035)

    def test_show_a_region_nobody_assessed(self, portfolio: Portfolio, assessments: pl.DataFrame) -> None:
        frame = returns(portfolio, assessments, ["region"]).frame.filter(pl.col("metric") == "dscr_min")
        west = frame.filter(pl.col("region") == "west").row(0, named=True)
        assert (west["n_projects"], west["n_with"], west["n_not_assessed"], west["median"]) == (1, 0, 1, None)

    def test_of_no_figures_are_an_empty_table(self, portfolio: Portfolio) -> None:
        assert returns(portfolio, pl.DataFrame(schema={"project_id": pl.Int64})).frame.height == 0


class TestDscrBands:
    def test_include_their_lower_end(self, portfolio: Portfolio, assessments: pl.DataFrame) -> None:
        table = dscr_bands(portfolio, assessments)
        assert table.frame.select("band", "n_projects", "total_investment_fen").rows() == [
            ("below", 1, 100),
            ("from_1", 1, 100),
            ("from_1.2", 1, 100),
            ("from_1.3", 1, 100),
            ("from_1.5", 1, 100),
            ("none", 1, 100),
            ("not_assessed", 1, 100),
        ]
        assert [row[0] for row in table.rows()][:3] == ["低于 1", "1 至不足 1.1", "1.2 至不足 1.3"]
