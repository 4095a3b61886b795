"""Laws of the financial model that hold for any calculable case."""

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finance_strategies import any_cases, cases
from registry.errors import has_errors
from registry.finance.declarations.checks import CHECKS
from registry.finance.engine import Batch, evaluate_cases, evaluate_cells, evaluate_portfolio
from registry.finance.findings import findings_of
from registry.finance.reading import read_document
from registry.finance.shocks import repeated, shocked
from registry.projects.financials import FinancialCase

few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def evaluated(document: dict[str, Any]) -> Batch:
    case = read_document(FinancialCase, document)
    assert [finding for finding in findings_of(case) if finding.severity == "error"] == []
    (batch,) = evaluate_cases([case])
    return batch


def scale_of(batch: Batch) -> float:
    return float(batch.figure("total_investment")[0]) + float(batch.by_year("revenue").sum())


@few
@given(cases())
def test_every_cross_check_is_zero_in_every_year(document: dict[str, Any]) -> None:
    batch = evaluated(document)
    for name in CHECKS:
        assert np.abs(batch.by_year(f"check_{name}")).max() <= 1e-11 * scale_of(batch), name


@few
@given(cases())
def test_the_value_at_each_rate_of_return_is_zero(document: dict[str, Any]) -> None:
    batch = evaluated(document)
    for key, found in batch.rates_of_return.items():
        flow = batch.by_year(key)[0]
        for rate in found.answer(0).roots:
            terms = flow / (1 + rate) ** np.arange(1, len(flow) + 1)
            assert abs(terms.sum()) <= 1e-8 * np.abs(terms).sum()


@few
@given(cases())
def test_scheduled_debt_ends_at_exactly_zero_and_repays_what_was_owed(document: dict[str, Any]) -> None:
    batch = evaluated(document)
    for i, debt in enumerate(document["debts"]):
        principal, built = batch.by_year(f"debts.{i}.principal")[0], batch.by_year(f"debts.{i}.built")[0]
        closing = batch.by_year(f"debts.{i}.closing")[0]
        assert principal.sum() + closing[-1] == pytest.approx(built[-1], rel=1e-12, abs=1e-9)
        assert (closing >= -1e-9).all()
        if debt["repayment"]["method"] != "max_capacity":
            assert closing[-1] == 0


@few
@given(st.lists(cases(), min_size=2, max_size=5), st.integers(2, 40))
def test_a_project_gets_the_same_bits_alone_and_in_a_batch(documents: list[dict[str, Any]], copies: int) -> None:
    models = [read_document(FinancialCase, document) for document in documents] * 2
    for batch in evaluate_cases(models):
        many = evaluate_rows(batch, copies)
        for row, place in enumerate(batch.places):
            (alone,) = evaluate_cases([models[place]])
            for key, values in alone.values.items():
                assert np.array_equal(values[..., 0], batch.values[key][..., row], equal_nan=True), key
        for key, values in batch.values.items():
            assert np.array_equal(values[..., 0], many.values[key][..., copies - 1], equal_nan=True), key


@few
@given(st.lists(any_cases(years=9), min_size=2, max_size=6))
def test_filling_up_to_a_common_structure_changes_no_bit(documents: list[dict[str, Any]]) -> None:
    models = [read_document(FinancialCase, document) for document in documents]
    assert not any(has_errors(findings_of(model)) for model in models)
    seen = []
    for batch in evaluate_portfolio(models):
        for row, place in enumerate(batch.places):
            (alone,) = evaluate_cases([models[place]])
            seen.append(place)
            for key, values in batch.values.items():
                assert np.array_equal(alone.values[key][..., 0], values[..., row], equal_nan=True), key
    assert sorted(seen) == list(range(len(models)))


def evaluate_rows(batch: Batch, copies: int) -> Batch:
    return evaluate_cells(batch.structure, repeated(batch.cells, copies))


@few
@given(cases())
def test_the_order_of_streams_costs_and_grants_does_not_matter(document: dict[str, Any]) -> None:
    document["revenue_streams"] = document["revenue_streams"] * 2 + [{"annual_amount": 12.5, "vat_rate": 0.06}]
    turned = copy.deepcopy(document)
    turned["revenue_streams"].reverse()
    first, second = evaluated(document), evaluated(turned)
    for key in ("project_cf_post_tax", "equity_cf"):
        assert first.by_year(key) == pytest.approx(second.by_year(key), abs=1e-9 * scale_of(first))


@few
@given(cases(), st.sampled_from([2.0, 4.0, 0.5]))
def test_money_in_another_unit_changes_no_rate_of_return(document: dict[str, Any], factor: float) -> None:
    batch = evaluated(document)
    cells = {key: values * factor if _is_money(batch, key) else values for key, values in batch.cells.items()}

    scaled = evaluate_cells(batch.structure, cells)
    assert scaled.by_year("project_cf_pre_tax") == pytest.approx(
        batch.by_year("project_cf_pre_tax") * factor, rel=1e-12
    )
    before, after = (b.rates_of_return["project_cf_pre_tax"].answer(0) for b in (batch, scaled))
    assert after.roots == pytest.approx(before.roots, abs=1e-9)


def _is_money(batch: Batch, key: str) -> bool:
    return batch.book.rows[key].unit == "万元"


@few
@given(cases(), st.floats(0.0, 0.9))
def test_more_grant_never_lowers_the_return_on_capital(document: dict[str, Any], share: float) -> None:
    build = document["timeline"]["construction_years"]
    document["grants"] = [{"amounts": [0.0] * build}]
    poor = evaluated(document)
    equity = poor.by_year("equity_for_construction")[0][:build]
    document["grants"] = [{"amounts": [max(0.0, float(value) * share) for value in equity]}]
    rich = evaluated(document)
    flow, more = poor.by_year("equity_cf")[0], rich.by_year("equity_cf")[0]
    assert (more >= flow - 1e-9 * scale_of(poor)).all()
    before, after = (b.rates_of_return["equity_cf"].answer(0) for b in (poor, rich))
    if before.status == after.status == "unique" and flow[0] < 0 <= flow[build:].min():
        assert after.value is not None
        assert before.value is not None
        assert after.value >= before.value - 1e-9


@few
@given(cases(), st.lists(st.floats(-0.5, 0.5), min_size=1, max_size=6))
def test_a_shock_of_zero_is_the_base_case_and_one_row_does_not_touch_another(
    document: dict[str, Any], changes: list[float]
) -> None:

    batch = evaluated(document)
    lines = evaluate_cells(batch.structure, shocked(batch.cells, {"revenue": [0.0, *changes]}))
    assert np.array_equal(lines.values["equity_cf"][:, 0], batch.values["equity_cf"][:, 0])
    for i, change in enumerate(changes, start=1):
        alone = evaluate_cells(batch.structure, shocked(batch.cells, {"revenue": [change]}))
        assert np.array_equal(lines.values["equity_cf"][:, i], alone.values["equity_cf"][:, 0])


@few
@given(cases(), st.sampled_from(["", "adjusted_", "strict_"]))
def test_losses_are_used_vintage_by_vintage_oldest_first(document: dict[str, Any], prefix: str) -> None:
    batch = evaluated(document)
    years = document["income_tax"]["loss_carry_forward_years"]
    vintages: dict[int, float] = {}
    for year, base in enumerate(batch.by_year(f"{prefix}tax_base")[0]):
        vintages = {made: left for made, left in vintages.items() if year - made <= years}
        rest = max(float(base), 0.0)
        for made in sorted(vintages):
            used = min(rest, vintages[made])
            vintages[made] -= used
            rest -= used
        if base < 0:
            vintages[year] = -float(base)
        assert batch.by_year(f"{prefix}taxable_income")[0][year] == pytest.approx(rest, abs=1e-9 * scale_of(batch))
