"""Sensitivity, scenarios and simulation on the full model."""

import math

import numpy as np
import pytest

from finance_builders import case, loan
from registry.finance.engine import Batch, evaluate_cases
from registry.finance.reading import read_document
from registry.finance.samples import probability_of, summary_of
from registry.finance.scenarios import delayed, run_scenarios
from registry.finance.sensitivity import sensitivity, switching_points, tornado, two_factor_grid
from registry.finance.simulation import simulate
from registry.projects.financials import FinancialCase

MODEL = read_document(FinancialCase, case(debts=[loan()], income_tax__rate=0))


def base(model: FinancialCase = MODEL) -> Batch:
    (batch,) = evaluate_cases([model])
    return batch


def annuity(rate: float, years: int) -> float:
    return (1 - (1 + rate) ** -years) / rate


class TestSensitivity:
    def test_switching_value_of_a_linear_value_is_exact(self) -> None:
        worth = annuity(0.05, 10) / 1.05**2
        spent = 500 / 1.05 + 500 / 1.05**2
        npv = 200 * worth - spent
        points = switching_points(base().structure, base().cells, ["revenue", "operating_cost", "investment"])
        assert points["revenue"] == pytest.approx(-npv / (300 * worth), abs=1e-9)
        assert points["operating_cost"] == pytest.approx(npv / (100 * worth), abs=1e-9)
        assert points["investment"] == pytest.approx(npv / spent, abs=1e-9)

    def test_a_factor_that_cannot_turn_the_value_has_none(self) -> None:
        assert switching_points(base().structure, base().cells, ["subsidies"]) == {"subsidies": None}

    def test_the_interest_rate_moves_capital_measures_only(self) -> None:
        (table,) = sensitivity(base(), factors=["interest_rate"], changes=[0.2])
        (row,) = table.rows
        assert row.npv == pytest.approx(table.base.npv)
        assert row.equity_irr is not None
        assert table.base.equity_irr is not None
        assert row.equity_irr < table.base.equity_irr

    def test_the_grid_holds_the_single_factor_lines(self) -> None:
        grid = two_factor_grid(base(), "revenue", "operating_cost", changes=(-0.1, 0.0, 0.1))
        (table,) = sensitivity(base(), factors=["revenue"], changes=[-0.1, 0.1])
        npv = np.array(grid.npv, dtype=float)
        assert npv[[0, 2], 1] == pytest.approx([row.npv for row in table.rows])
        assert npv[1, 0] > npv[1, 1] > npv[1, 2]

    def test_the_critical_value_is_the_factor_at_its_switching_point(self) -> None:
        by_factor = {table.factor: table for table in sensitivity(base())}
        assert by_factor["investment"].base_value == 1000
        assert by_factor["revenue"].base_value == 300
        revenue = by_factor["revenue"].critical_value
        assert revenue is not None
        assert revenue * annuity(0.05, 10) / 1.05**2 == pytest.approx(
            100 * annuity(0.05, 10) / 1.05**2 + 500 / 1.05 + 500 / 1.05**2
        )

    def test_the_widest_bar_of_a_tornado_stands_first(self) -> None:
        found = tornado(base(), change=0.1)
        assert [bar.factor for bar in found.bars[:3]] == ["revenue", "investment", "operating_cost"]
        first = found.bars[0]
        assert found.base is not None
        assert first.at_lower is not None
        assert first.at_higher is not None
        assert first.at_higher - found.base == pytest.approx(30 * annuity(0.05, 10) / 1.05**2)
        assert first.at_lower + first.at_higher == pytest.approx(2 * found.base)
        assert found.bars[-1].swing == 0


class TestScenarios:
    def test_a_delay_shifts_operation_and_lets_interest_run(self) -> None:
        late = base(delayed(MODEL, 1))
        assert late.by_year("revenue")[0].tolist() == [0, 0, 0] + [300] * 10
        assert late.by_year("idc")[0] == pytest.approx([5, 15, 20] + [0] * 10)
        assert late.by_year("debt_closing")[0][[2, 3, 7]] == pytest.approx([400, 320, 0])

    def test_downside_with_delay_is_the_worst(self) -> None:
        found = {result.scenario.name: result for result in run_scenarios(MODEL)}
        assert found["base"].npv == pytest.approx(float(base().figure("project_npv_post_tax")[0]))
        assert min(found.values(), key=lambda result: result.npv).scenario.name == "downside_delay"
        assert found["bank"].dscr_min == pytest.approx((300 * 0.9 - 100) / 100)


class TestSimulation:
    def test_probabilities_of_a_two_point_draw_are_counted(self) -> None:
        changes = {"revenue": np.array([-0.5] * 30 + [0.0] * 70)}
        found = simulate(base(), changes)
        negative, low = probability_of(found.npv < 0), probability_of(found.dscr_min < 1.2)
        assert negative.value == low.value == 0.3
        assert negative.standard_error == pytest.approx(math.sqrt(0.3 * 0.7 / 100))
        summary = summary_of(found.npv)
        assert summary is not None
        assert summary.p50.value == pytest.approx(float(base().figure("project_npv_post_tax")[0]))
        assert sum(summary.histogram.counts) == 100
        assert summary.histogram.counts[0] == 30
        assert summary.histogram.counts[-1] == 70

    def test_draws_without_a_rate_of_return_are_counted_apart(self) -> None:
        found = simulate(base(), {"revenue": np.array([-1.0, 0.0])})
        assert np.isnan(found.irr).tolist() == [True, False]
        assert found.irr[1] == base().rates_of_return["project_cf_post_tax"].answer(0).value
