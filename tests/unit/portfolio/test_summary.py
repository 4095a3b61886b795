"""Figures are worked out by hand in the comments beside them."""

import polars as pl
import pytest

from portfolio_builders import CHENGDU, HUZHOU, JINAN, lines, projects
from registry.errors import InvalidInput
from registry.portfolio.frame import Portfolio, build_portfolio
from registry.portfolio.summary import funding_mix, gap_by_year, leverage


@pytest.fixture
def portfolio() -> Portfolio:
    """Four projects: one with 30 of 100 without a source, one over-planned by 5, one of unknown total, one empty."""
    return build_portfolio(
        projects(
            {"project_id": 11, "total_investment_fen": 100, **HUZHOU},
            {"project_id": 12, "total_investment_fen": 50, **JINAN},
            {"project_id": 13, "total_investment_fen": None, **JINAN},
            {"project_id": 14, "total_investment_fen": 7, **CHENGDU},
        ),
        lines(
            (11, "central_fund", 2026, 40, "secured"),
            (11, "special_bond", 2027, 25, "planned"),
            (11, "city", None, 5, "gap"),
            (12, "provincial", 2026, 10, "secured"),
            (12, "commercial_loan", 2026, 45, "planned"),
            (13, "central_fund", 2026, 20, "planned"),
            (13, "city", 2026, None, "planned"),
            (99, "city", 2026, 1_000, "secured"),
        ),
    )


class TestFundingMix:
    def test_stands_by_source_and_year_with_the_unsourced_last(self, portfolio: Portfolio) -> None:
        columns = ("source", "year", "secured_fen", "planned_fen", "gap_fen", "no_source_fen", "n_unknown_amount")
        assert funding_mix(portfolio).frame.select(columns).rows() == [
            ("central_fund", 2026, 40, 20, 0, 0, 0),
            ("provincial", 2026, 10, 0, 0, 0, 0),
            ("city", 2026, 0, 0, 0, 0, 1),
            ("city", None, 0, 0, 5, 0, 0),
            ("special_bond", 2027, 0, 25, 0, 0, 0),
            ("commercial_loan", 2026, 0, 45, 0, 0, 0),
            # 100 - 40 - 25 - 5 of the first and all 7 of the last; the unknown total adds nothing.
            (None, None, 0, 0, 0, 37, 0),
        ]

    def test_by_region_counts_projects_and_what_is_unknown(self, portfolio: Portfolio) -> None:
        table = funding_mix(portfolio, ["region"])
        east, west = table.frame.rows(named=True)
        assert (east["region"], east["n_projects"], east["total_investment_fen"]) == ("east", 3, 150)
        assert (east["n_unknown_total"], east["n_undecided"], east["over_fen"], east["n_over"]) == (1, 0, 5, 1)
        assert (east["secured_fen"], east["planned_fen"], east["gap_fen"], east["no_source_fen"]) == (50, 90, 5, 30)
        assert east["secured_ratio"] == pytest.approx(50 / 175)
        assert (west["n_projects"], west["n_lines"], west["no_source_fen"], west["secured_ratio"]) == (1, 0, 7, 0.0)

    def test_adds_up_to_the_total_investment(self) -> None:
        # Where everything is known: lines + no source - over = total.
        known = build_portfolio(
            projects({"project_id": 1, "total_investment_fen": 100}, {"project_id": 2, "total_investment_fen": 57}),
            lines((1, "city", 2026, 70, "secured"), (2, "special_bond", 2027, 62, "gap")),
        )
        (row,) = funding_mix(known, []).frame.rows(named=True)
        assert (row["need_fen"], row["over_fen"], row["total_investment_fen"]) == (70 + 62 + 30, 5, 157)

    def test_cannot_tell_the_open_part_of_a_project_with_an_unknown_amount(self) -> None:
        mix = funding_mix(
            build_portfolio(
                projects({"project_id": 1, "total_investment_fen": 100}), lines((1, "city", 2026, None, "planned"))
            ),
            [],
        )
        (row,) = mix.frame.rows(named=True)
        assert (row["n_undecided"], row["no_source_fen"], row["n_unknown_amount"]) == (1, 0, 1)

    def test_groups_cities_under_their_province_in_order_of_division_code(self, portfolio: Portfolio) -> None:
        frame = funding_mix(portfolio, ["city"]).frame
        assert frame.select("province", "city").rows() == [
            ("浙江省", "湖州市"),
            ("山东省", "济南市"),
            ("四川省", "成都市"),
        ]

    def test_keeps_sums_beyond_the_reach_of_a_double(self) -> None:
        big = 9_007_199_254_740_993
        frame = build_portfolio(
            projects({"project_id": 1, "total_investment_fen": 2 * big}),
            lines((1, "city", 2026, big, "secured"), (1, "city", 2026, big, "secured")),
        )
        assert funding_mix(frame).frame["secured_fen"].to_list() == [18_014_398_509_481_986]

    def test_of_nothing_is_empty(self) -> None:
        empty = build_portfolio(projects(), lines())
        assert funding_mix(empty).frame.height == 0
        assert funding_mix(empty, []).frame["n_projects"].to_list() == [0]

    def test_names_the_dimensions_when_one_is_unknown(self, portfolio: Portfolio) -> None:
        with pytest.raises(InvalidInput, match="没有名为“colour”的分组维度；可用：province、city"):
            funding_mix(portfolio, ["colour"])

    def test_cuts_by_the_verdict_of_a_library(self) -> None:
        verdicts = pl.DataFrame(
            {"project_id": [1, 2], "pack_id": ["cef", "cef"], "verdict": ["eligible", "insufficient"]}
        )
        cut = build_portfolio(
            projects(*({"project_id": each, "total_investment_fen": each} for each in (1, 2, 3))),
            lines(),
            verdicts=verdicts,
        )
        table = funding_mix(cut, ["verdict:cef"])
        assert table.frame.select("verdict:cef", "no_source_fen").rows() == [
            ("eligible", 1),
            ("insufficient", 2),
            (None, 3),
        ]
        assert [row[0] for row in table.rows()] == ["符合", "资料不足", "未评估"]


class TestTable:
    def test_is_shown_in_words_and_cny_10k(self, portfolio: Portfolio) -> None:
        table = funding_mix(portfolio)
        assert table.headings()[:3] == ["资金来源", "年度", "已落实（万元）"]
        assert [str(cell) for cell in next(table.rows())[:3]] == ["中央生态环境资金", "2026", "0.00004"]
        assert list(table.rows())[-1][:2] == ("未明确来源", "年份未知")
        assert list(table.rows("en"))[-1][:2] == ("No source identified", "Year not known")
        assert table.as_dict()["rows"][0]["secured"] == "0.00004"
        assert table.as_dict()["rows"][0]["source"] == "central_fund"


class TestGapByYear:
    def test_runs_up_over_the_years_and_keeps_the_undated_apart(self, portfolio: Portfolio) -> None:
        columns = ("year", "need_fen", "secured_fen", "unsecured_fen", "running_fen")
        assert gap_by_year(portfolio).frame.select(columns).rows() == [
            (2026, 115, 50, 65, 65),
            (2027, 25, 0, 25, 90),
            (None, 42, 0, 42, None),
        ]

    def test_runs_up_within_each_group(self, portfolio: Portfolio) -> None:
        frame = gap_by_year(portfolio, ["province"]).frame
        assert frame.filter(pl.col("province") == "山东省")["running_fen"].to_list() == [65]


class TestLeverage:
    def test_counts_only_projects_whose_money_is_all_known(self, portfolio: Portfolio) -> None:
        (row,) = leverage(portfolio).frame.rows(named=True)
        # Central: the first project alone, 100 / 40; the third has central money but no known total.
        assert (row["n_central"], row["per_central"], row["n_central_left_out"]) == (1, 2.5, 1)
        # Fiscal: 100 + 50 over 40 + 10; the gap line of the city is no money.
        assert (row["n_fiscal"], row["fiscal_fen"], row["per_fiscal"]) == (2, 50, 3.0)

    def test_is_unknown_where_there_is_no_such_money(self, portfolio: Portfolio) -> None:
        frame = leverage(portfolio, ["region"]).frame
        assert frame.select("region", "per_central").rows() == [("east", 2.5), ("west", None)]
