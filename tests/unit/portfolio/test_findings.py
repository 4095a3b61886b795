"""Flaws in the records: counted, named, and still in the sums they can be in."""

import polars as pl

from portfolio_builders import lines, projects
from registry.portfolio.frame import build_portfolio
from registry.portfolio.summary import funding_mix, gap_by_year


def test_every_flaw_is_counted_and_names_its_projects() -> None:
    portfolio = build_portfolio(
        projects(
            {"project_id": 1, "code": "P1", "total_investment_fen": None},
            {"project_id": 2, "code": "P2", "total_investment_fen": -5},
        ),
        lines(
            (1, "city", 2026, -100, "secured"),
            (1, "city", 99_999, 40, "secured"),
            (2, "city", -3, 60, "planned"),
            (2, "city", 2026, None, "planned"),
        ),
    )
    found = {each.code: (each.value, each.severity) for each in portfolio.findings}
    assert found == {
        "unknown-total": ("1", "info"),
        "negative-total": ("1", "warning"),
        "unknown-amount": ("1", "info"),
        "negative-amount": ("1", "warning"),
        "year-out-of-range": ("2", "warning"),
    }
    year = next(each for each in portfolio.findings if each.code == "year-out-of-range")
    assert "P1、P2" in year.message_zh
    assert "P1, P2" in year.message_en
    # Negative money is summed as stated, and money of an impossible year is money of no year.
    assert funding_mix(portfolio, ["source"]).frame["secured_fen"].to_list() == [-60]
    by_year = gap_by_year(portfolio).frame.select("year", "secured_fen", "need_fen").rows()
    assert by_year == [(2026, -100, -100), (None, 40, 100)]


def test_records_without_a_flaw_have_no_finding() -> None:
    portfolio = build_portfolio(
        projects({"project_id": 1, "code": "P1", "total_investment_fen": 10}), lines((1, "city", 2026, 10, "secured"))
    )
    assert portfolio.findings == ()
    assert funding_mix(portfolio, []).frame.select(pl.col("need_fen")).item() == 10
