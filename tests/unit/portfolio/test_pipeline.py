import datetime as dt

import polars as pl
import pytest

from portfolio_builders import CHENGDU, HUZHOU, lines, projects
from portfolio_evidence import events
from registry.portfolio.concentration import banks, concentration, implementers, top_holders
from registry.portfolio.frame import Portfolio, build_portfolio
from registry.portfolio.pipeline import acceptance, ageing, application_states, expiry, rule_failures
from registry.portfolio.summary import funding_mix
from registry.projects.lifecycle.columns import standing

OPENED = dt.datetime(2023, 1, 1, tzinfo=dt.UTC)
LIBRARY = "central-eco-fund"
NAMES = {LIBRARY: ("中央储备库", "Central library")}


def on(day: str, hour: int = 4) -> dt.datetime:
    return dt.datetime.fromisoformat(day).replace(hour=hour, tzinfo=dt.UTC)


@pytest.fixture
def history() -> pl.DataFrame:
    """Project 1 is admitted after a return, 2 declined, 3 waits for the province, 4 is a draft."""
    return events(
        (1, 11, LIBRARY, "submit", 1, on("2023-02-01")),
        (1, 11, LIBRARY, "return", 1, on("2023-02-10")),
        (1, 11, LIBRARY, "submit", 2, on("2023-03-01")),
        (1, 11, LIBRARY, "recommend", 2, on("2023-03-05")),
        # 16:30 UTC is past midnight in China.
        (1, 11, LIBRARY, "admit", 2, on("2023-03-09", 17)),
        (1, 11, LIBRARY, "note", 2, on("2024-03-09")),
        (2, 12, LIBRARY, "submit", 1, on("2023-02-01")),
        (2, 12, LIBRARY, "decline", 1, on("2023-02-20")),
        (3, 13, LIBRARY, "submit", 1, on("2026-01-01")),
        (4, 14, LIBRARY, None, 0, None),
        opened=OPENED,
    )


@pytest.fixture
def portfolio(history: pl.DataFrame) -> Portfolio:
    rows = (
        {"project_id": 1, "total_investment_fen": 100, **HUZHOU},
        {"project_id": 2, "total_investment_fen": None, **HUZHOU},
        {"project_id": 3, "total_investment_fen": 300, **CHENGDU},
        {"project_id": 4, "total_investment_fen": 400, **CHENGDU},
        {"project_id": 5, "total_investment_fen": 500, **CHENGDU},
    )
    return build_portfolio(projects(*rows), lines(), applications=standing(history), names=NAMES)


class TestStanding:
    def test_follows_the_moves_and_not_the_notes(self, history: pl.DataFrame) -> None:
        found = standing(history)
        assert found.select("application_id", pl.col("state").cast(pl.String), "round").rows() == [
            (11, "in_library", 2),
            (12, "declined", 1),
            (13, "submitted", 1),
            (14, "draft", 0),
        ]
        assert found["entered_on"].to_list() == [dt.date(2023, 3, 10), None, None, None]
        assert found["since"][0] == on("2023-03-09", 17)
        assert found["since"][3] == OPENED


class TestApplicationStates:
    def test_count_projects_and_money_and_name_the_unknown(self, portfolio: Portfolio, history: pl.DataFrame) -> None:
        table = application_states(portfolio, standing(history))
        assert [row[1:] for row in table.frame.cast({"state": pl.String}).rows()] == [
            ("draft", 1, 400, 0),
            ("submitted", 1, 300, 0),
            ("in_library", 1, 100, 0),
            ("declined", 1, 0, 1),
        ]
        assert next(table.rows())[:2] == ("中央储备库", "草稿")

    def test_are_a_dimension_of_the_money_in_which_no_project_counts_twice(self, portfolio: Portfolio) -> None:
        for name in ("library", f"application:{LIBRARY}"):
            assert funding_mix(portfolio, [name]).frame["n_projects"].sum() == 5
        assert [row[0] for row in funding_mix(portfolio, ["library"]).rows()] == ["中央储备库", "未入库"]


class TestAgeing:
    def test_counts_days_in_the_state_and_who_is_late(self, portfolio: Portfolio, history: pl.DataFrame) -> None:
        frame = ageing(portfolio, standing(history), as_of=dt.date(2026, 1, 22)).frame
        found = frame.select(pl.col("state", "band").cast(pl.String), "n_applications", "n_late", "longest").rows()
        # Twenty days are allowed for the province's opinion; a draft is never late.
        assert found == [("draft", "more", 1, 0, 1117), ("submitted", "to_30", 1, 1, 21)]


class TestAcceptance:
    def test_is_the_admitted_of_the_decided_in_each_round(self, portfolio: Portfolio, history: pl.DataFrame) -> None:
        first, second = acceptance(portfolio, history).frame.rows(named=True)
        assert (first["round"], first["n_applications"], first["n_returned"], first["n_declined"]) == (1, 3, 1, 1)
        assert (first["n_pending"], first["rate"]) == (1, 0)
        assert (second["round"], second["n_admitted"], second["rate"]) == (2, 1, 1)


class TestExpiry:
    @pytest.mark.parametrize(
        ("day", "band"), [("2026-03-10", "over"), ("2026-03-09", "within_3"), ("2025-03-10", "within_12")]
    )
    def test_counts_three_years_from_the_first_entry(
        self, portfolio: Portfolio, history: pl.DataFrame, day: str, band: str
    ) -> None:
        row = expiry(portfolio, standing(history), as_of=dt.date.fromisoformat(day)).frame.row(0, named=True)
        assert (row["band"], row["n_applications"], row["first"]) == (band, 1, "2026-03-10")


class TestRuleFailures:
    def test_put_what_fails_most_first_and_leave_out_what_fails_nowhere(self) -> None:
        counts = pl.DataFrame(
            {
                "pack": [LIBRARY] * 3,
                "rule": ["a", "b", "b"],
                "province": ["浙江省", "浙江省", None],
                "pass": [5, 1, 0],
                "fail": [0, 2, 3],
                "unknown": [1, 1, 1],
            }
        )
        table = rule_failures(counts, NAMES, {f"{LIBRARY}/b": ("规则乙", "Rule B")})
        assert [row[1:4] for row in table.rows()] == [("规则乙", "未填写", 3), ("规则乙", "浙江省", 2)]
        assert table.frame["rate"].to_list() == pytest.approx([1, 2 / 3])


class TestConcentration:
    def test_measures_shares_and_the_index_by_credit_code(self) -> None:
        held = pl.DataFrame(
            {
                "implementer_credit_code": ["X", "X", None, None, "Z"],
                "implementer_name": ["甲", "甲公司", "乙", None, "丙"],
                "total_investment_fen": [30, 30, 40, 7, None],
            }
        )
        loans = pl.DataFrame({"bank": ["某行"], "amount_fen": [5]})
        table = concentration({"implementer": implementers(held), "bank": banks(loans)})
        first, second = table.frame.rows(named=True)
        assert (first["n_holders"], first["amount_fen"]) == (2, 100)
        assert (first["n_unknown_holder"], first["n_unknown_amount"]) == (1, 1)
        assert first["top_1"] == pytest.approx(0.6)
        assert first["hhi"] == pytest.approx(60**2 + 40**2)
        assert (second["kind"], second["hhi"]) == ("bank", 10_000)

    def test_of_nothing_is_unknown_and_not_zero(self) -> None:
        row = concentration({"bank": banks(pl.DataFrame(schema={"bank": pl.String, "amount_fen": pl.Int64}))})
        assert row.frame.select("n_holders", "top_1", "hhi").row(0) == (0, None, None)

    def test_names_the_largest_first(self) -> None:
        loans = pl.DataFrame({"bank": ["小行", "大行", "大行"], "amount_fen": [1, 2, 1]})
        assert [row[:2] for row in top_holders("bank", banks(loans)).rows()] == [("大行", 2), ("小行", 1)]
