"""Generated portfolios: any grouping adds up to the total, and a plain walk over the dossiers finds the same."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio_builders import CHENGDU, HUZHOU, JINAN, projects
from portfolio_evidence import assessments, benefits
from registry.portfolio.concentration import concentration, implementers
from registry.portfolio.frame import PROJECT_DIMENSIONS, Portfolio, build_portfolio
from registry.portfolio.results import benefits_by_indicator
from registry.portfolio.returns import FLOORS, bands, no_rate, returns
from registry.portfolio.summary import funding_mix, gap_by_year, leverage
from registry.projects.columns import LINE_SCHEMA
from registry.projects.lines import CENTRAL_SOURCES, FUNDING_SOURCES, FUNDING_STATUS

FEN = 1_000_000
PLACES: tuple[dict[str, Any], ...] = (HUZHOU, JINAN, CHENGDU, {})
TASKS = (None, "sewer_coverage", "air_quality")

amounts = st.none() | st.integers(0, 10**13)
line = st.fixed_dictionaries(
    {
        "source": st.sampled_from(list(FUNDING_SOURCES)),
        "year": st.none() | st.integers(2024, 2028),
        "amount": amounts,
        "status": st.sampled_from(list(FUNDING_STATUS)),
    }
)
dossier = st.fixed_dictionaries(
    {
        "place": st.sampled_from(PLACES),
        "task": st.sampled_from(TASKS),
        "total": amounts,
        "lines": st.lists(line, max_size=5),
        "irr": st.none() | st.floats(-0.5, 0.5),
        "is_assessed": st.booleans(),
    }
)
dossiers = st.lists(dossier, max_size=8)


def portfolio_of(found: list[dict[str, Any]]) -> Portfolio:
    rows = [
        {
            "project_id": number,
            "total_investment_fen": each["total"],
            "beautiful_city_task": each["task"],
            **each["place"],
        }
        for number, each in enumerate(found)
    ]
    stated = [
        (number, row["source"], row["year"], row["amount"], row["status"])
        for number, each in enumerate(found)
        for row in each["lines"]
    ]
    return build_portfolio(projects(*rows), pl.DataFrame(stated, schema=LINE_SCHEMA, orient="row"))


@settings(max_examples=40, deadline=None)
@given(dossiers)
def test_any_grouping_adds_up_to_the_total(found: list[dict[str, Any]]) -> None:
    portfolio = portfolio_of(found)
    money = ["secured_fen", "planned_fen", "gap_fen", "no_source_fen", "need_fen", "n_lines", "n_unknown_amount"]
    whole = funding_mix(portfolio, []).frame
    cuts = [[name] for name in PROJECT_DIMENSIONS] + [
        ["source"],
        ["year"],
        ["region", "source", "year"],
        ["city", "mode"],
    ]
    for cut in cuts:
        assert funding_mix(portfolio, cut).frame.select(money).sum().row(0) == whole.select(money).row(0), cut
        if not {"source", "year"} & set(cut):
            own = ["n_projects", "total_investment_fen", "n_unknown_total", "over_fen", "n_undecided"]
            assert funding_mix(portfolio, cut).frame.select(own).sum().row(0) == whole.select(own).row(0), cut
    by_year = gap_by_year(portfolio, ["region"]).frame.select("need_fen", "secured_fen").sum().row(0)
    assert by_year == whole.select("need_fen", "secured_fen").row(0)


@settings(max_examples=40, deadline=None)
@given(dossiers)
def test_a_walk_over_the_dossiers_finds_the_same_money(found: list[dict[str, Any]]) -> None:
    portfolio = portfolio_of(found)
    expected: dict[tuple[Any, Any], Decimal] = defaultdict(Decimal)
    open_part: dict[Any, Decimal] = defaultdict(Decimal)
    moved, central = Decimal(0), Decimal(0)
    for each in found:
        region, known = each["place"].get("region"), True
        for row in each["lines"]:
            if row["amount"] is None:
                known = False
            else:
                expected[region, row["status"]] += Decimal(row["amount"]) / FEN
        if not known or each["total"] is None:
            continue
        stated = sum(row["amount"] for row in each["lines"])
        open_part[region] += Decimal(max(0, each["total"] - stated)) / FEN
        own = sum(r["amount"] for r in each["lines"] if r["source"] in CENTRAL_SOURCES and r["status"] != "gap")
        if own > 0:
            moved, central = moved + each["total"], central + own
    rows = funding_mix(portfolio, ["region"]).as_dict()["rows"]
    for row in rows:
        for status in FUNDING_STATUS:
            assert Decimal(row[status]) == expected[row["region"], status]
        assert Decimal(row["no_source"]) == open_part[row["region"]]
    assert len(rows) == len({each["place"].get("region") for each in found})
    ratio = leverage(portfolio).frame["per_central"].to_list()
    assert [None if each is None else round(each, 9) for each in ratio] == [
        round(float(moved / central), 9) if central else None
    ]


@settings(max_examples=40, deadline=None)
@given(dossiers)
def test_no_project_drops_out_of_the_returns(found: list[dict[str, Any]]) -> None:
    portfolio = portfolio_of(found)
    judged = assessments(
        *({"project_id": i, "capital_irr": each["irr"]} for i, each in enumerate(found) if each["is_assessed"])
    )
    for metric in FLOORS:
        assert bands(portfolio, judged, metric, ["region"]).frame["n_projects"].sum() == len(found)
    known = sum(each["is_assessed"] and each["irr"] is not None for each in found)
    lacking = no_rate(portfolio, judged, ["province"]).frame.filter(pl.col("metric") == "capital_irr")
    assert lacking["n_projects"].sum() + known == len(found)
    shown = returns(portfolio, judged, ["region"]).frame.filter(pl.col("metric") == "capital_irr")
    counts = shown.select(pl.col("n_with", "n_without", "n_not_assessed").sum()).row(0)
    assert (sum(counts), counts[0]) == (len(found), known)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["COD", "氨氮"]), st.none() | st.integers(-99, 99))))
def test_benefits_by_any_place_add_up(rows: list[tuple[int, str, int | None]]) -> None:
    portfolio = portfolio_of([{"place": place, "task": None, "total": 1, "lines": []} for place in (*PLACES, HUZHOU)])
    printed = benefits(*((i, name, None if value is None else float(value), "吨/年") for i, name, value in rows))
    whole = benefits_by_indicator(portfolio, printed).frame
    cut = benefits_by_indicator(portfolio, printed, ["province"]).frame
    sums = cut.group_by("indicator").agg(pl.col("amount").sum(), pl.col("n_projects").sum()).sort("indicator")
    assert (
        sums.rows() == whole.select("indicator", pl.col("amount").fill_null(0), "n_projects").sort("indicator").rows()
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.none() | st.sampled_from("ABCDEF"), st.none() | st.integers(1, 10**13)), min_size=1))
def test_the_index_lies_between_equal_shares_and_one_holder(rows: list[tuple[str | None, int | None]]) -> None:
    held = pl.DataFrame(
        [(name, name, amount) for name, amount in rows],
        schema={"implementer_credit_code": pl.String, "implementer_name": pl.String, "total_investment_fen": pl.Int64},
        orient="row",
    )
    row = concentration({"implementer": implementers(held)}).frame.row(0, named=True)
    known = [(name, amount) for name, amount in rows if name is not None and amount is not None]
    assert row["amount_fen"] == sum(amount for _, amount in known)
    assert row["n_holders"] == len({name for name, _ in known})
    if known:
        assert 10_000 / row["n_holders"] - 1e-6 <= row["hhi"] <= 10_000 + 1e-6
        assert 0 < row["top_1"] <= row["top_5"] <= row["top_10"] <= 1 + 1e-12
