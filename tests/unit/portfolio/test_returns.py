import datetime as dt
import io
import math

import openpyxl
import polars as pl
import pytest

from portfolio_builders import CHENGDU, HUZHOU, lines, projects
from portfolio_evidence import assessments as assessed
from registry.portfolio.download import Provenance, download
from registry.portfolio.frame import Portfolio, build_portfolio
from registry.portfolio.printing import printed_rows
from registry.portfolio.returns import bands, no_rate, returns


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

    def test_prints_rates_as_per_cent_and_multiples_as_they_are(
        self, portfolio: Portfolio, assessments: pl.DataFrame
    ) -> None:
        firr, dscr = printed_rows(returns(portfolio, assessments))
        assert (firr[5], firr[-1], dscr[5], dscr[-1]) == ("2.00%", "8.00%", "0.9990", "1.5000")

    def test_is_formatted_by_row_in_a_workbook(self, portfolio: Portfolio, assessments: pl.DataFrame) -> None:
        told = Provenance("report=returns", dt.datetime(2026, 11, 21, tzinfo=dt.UTC), "部")
        content = download(returns(portfolio, assessments), told, "xlsx")
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        firr, dscr = list(sheet.iter_rows())[-2:]
        assert (firr[5].value, firr[5].number_format) == (0.02, "0.00%")
        assert (dscr[5].value, dscr[5].number_format) == (0.999, "#,##0.0000")


class TestDscrBands:
    def test_include_their_lower_end(self, portfolio: Portfolio, assessments: pl.DataFrame) -> None:
        table = bands(portfolio, assessments, "dscr_min")
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


class TestBands:
    def test_of_a_rate_of_return_are_in_per_cent(self, portfolio: Portfolio, assessments: pl.DataFrame) -> None:
        table = bands(portfolio, assessments, "firr_post_tax")
        assert [row[:2] for row in table.rows()] == [
            ("2% 至不足 4%", 1),
            ("4% 至不足 6%", 1),
            ("6% 至不足 8%", 1),
            ("8% 至不足 10%", 1),
            ("无此指标", 2),
            ("未评估", 1),
        ]


class TestNoRate:
    def test_says_why_and_leaves_nobody_out(self, portfolio: Portfolio) -> None:
        judged = assessed(
            {"project_id": 0, "capital_irr": 0.08, "firr_post_tax": 0.05, "firr_pre_tax": 0.06},
            {"project_id": 1, "capital_irr_reason": "no_case"},
            {"project_id": 2, "capital_irr_reason": "several", "firr_post_tax": 0.05, "firr_pre_tax": 0.05},
            {"project_id": 3, "capital_irr_reason": "never_positive", "firr_post_tax": 0.05, "firr_pre_tax": 0.05},
        )
        frame = no_rate(portfolio, judged).frame
        found = frame.filter(pl.col("metric") == "capital_irr").select("reason", "n_projects").rows()
        assert found == [("not_assessed", 3), ("no_case", 1), ("never_positive", 1), ("several", 1)]
        shown = returns(portfolio, judged).frame.filter(pl.col("metric") == "capital_irr").row(0, named=True)
        assert shown["n_with"] + sum(count for _, count in found) == shown["n_projects"] == 7
