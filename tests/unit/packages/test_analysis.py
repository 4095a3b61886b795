"""Scenarios, grids, draws and stress, against the engine run on a case changed by hand."""

from functools import cache
from typing import Any

import pytest

from packaged import analysed, evaluated, golden_case
from registry.finance.engine import evaluate_case_model
from registry.packages.analysis import GRID_CHANGES, RUN_SEED, analysis_of, project_number, uncertainty_of
from registry.packages.content import Evaluation
from registry.projects.financials import FinancialCase


@cache
def with_revenue(times: float) -> Evaluation:
    document = golden_case("G1").model_dump(mode="json")
    for stream in document["revenue_streams"]:
        stream["unit_price_yuan"] *= times
    return evaluated(FinancialCase.model_validate(document))


class TestTheGrid:
    def test_has_the_base_case_in_its_middle(self) -> None:
        base: Any = evaluated(golden_case("G1")).indicators
        middle = GRID_CHANGES.index(0.0)
        assert analysed("G1").grid_npv[middle][middle] == pytest.approx(base["project_npv_post_tax"], abs=1e-6)
        assert base["project_npv_post_tax"] == pytest.approx(5045.21, abs=0.01)

    def test_moves_revenue_down_the_rows(self) -> None:
        row, column = GRID_CHANGES.index(-0.1), GRID_CHANGES.index(0.0)
        expected = with_revenue(0.9).indicators["project_npv_post_tax"]
        assert analysed("G1").grid_npv[row][column] == pytest.approx(expected, abs=1e-6)


class TestTheStress:
    def test_of_income_is_the_case_with_lower_prices(self) -> None:
        line = next(each for each in analysed("G1").stress if each.stress.en == "Revenue -5 %")
        expected = with_revenue(0.95).indicators
        assert line.total_debt_coverage == pytest.approx(expected["total_debt_coverage"], abs=1e-9)
        assert line.dscr_min == pytest.approx(expected["dscr_min"], abs=1e-9)

    def test_of_the_rate_adds_half_a_percentage_point_to_each_debt(self) -> None:
        document = golden_case("G1").model_dump(mode="json")
        for debt in document["debts"]:
            debt["annual_rate"] += 0.005
        expected = evaluated(FinancialCase.model_validate(document)).indicators
        base, *_ = analysed("G1").stress
        line = next(each for each in analysed("G1").stress if each.stress.en == "Interest rate +50 bp")
        assert line.dscr_min == pytest.approx(expected["dscr_min"], abs=1e-9)
        assert line.dscr_min != pytest.approx(base.dscr_min, abs=1e-4)


class TestTheDraws:
    def test_are_the_same_for_the_same_project_and_others_for_another(self) -> None:
        batch = evaluate_case_model(golden_case("G1"))
        one, again, other = (uncertainty_of(batch, code) for code in ("P-1", "P-1", "P-2"))
        assert one == again
        assert one.seed == (RUN_SEED, project_number("P-1"))
        assert one.npv != other.npv

    def test_put_every_loss_into_a_bar_below_zero(self) -> None:
        found = analysed("G1").uncertainty
        assert sum(bar.share for bar in found.npv_bins) == pytest.approx(1)
        losses = sum(bar.share for bar in found.npv_bins if bar.high <= 0)
        assert losses == pytest.approx(found.npv_negative.value)
        assert 0.1 < losses < 0.6

    def test_lie_below_the_base_case_since_more_is_lost_than_gained(self) -> None:
        found = analysed("G1").uncertainty
        assert found.npv is not None
        assert found.npv.p10.value < found.npv.p50.value < found.npv.p90.value
        assert found.npv.p50.value < 5045.21

    def test_of_a_project_without_debt_say_nothing_of_its_cover(self) -> None:
        found = analysis_of(golden_case("G4"), "P").uncertainty
        assert found.dscr_min is None
        assert found.dscr_below == {}
