"""The full model on drawn inputs: golden case G1 (loan, VAT, tax holiday) and G4 (no revenue, no debt service)."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from registry.errors import InvalidInput
from registry.finance import simulation
from registry.finance.draws import DrawPlan, draw
from registry.finance.engine import Batch, evaluate_case_model, evaluate_cells
from registry.finance.monte_carlo import MonteCarloRun, ProjectRow, project_row, run_project, run_projects
from registry.finance.reading import read_document
from registry.finance.shocks import shocked
from registry.projects.financials import FinancialCase

GOLDEN = Path(__file__).parents[2] / "golden" / "finance"
PLAN = DrawPlan.model_validate(
    {
        "factors": {
            "revenue": {"kind": "triangular", "low": -0.2, "mode": 0.0, "high": 0.1},
            "investment": {"kind": "normal", "mean": 0.0, "sd": 0.08, "low": -0.2, "high": 0.3},
        },
        "correlations": [{"first": "revenue", "second": "investment", "value": 0.3}],
    }
)


def project(name: str, number: int = 7) -> ProjectRow:
    inputs = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))["inputs"]
    return project_row(evaluate_case_model(read_document(FinancialCase, inputs)), 0, number)


class TestRun:
    def test_of_no_spread_gives_the_golden_answer_in_every_draw(self) -> None:
        expected = json.loads((GOLDEN / "G1-sewage-network-plant.json").read_text(encoding="utf-8"))["expected"]
        still = DrawPlan.model_validate({"factors": {"revenue": {"kind": "normal", "mean": 0.0, "sd": 0.0}}})
        found = run_project(project("G1-sewage-network-plant"), MonteCarloRun(still, 1, draws=20))
        assert found.npv is not None
        assert found.irr is not None
        assert found.dscr_min is not None
        indicators = expected["indicators"]
        assert found.npv.p50.value == pytest.approx(indicators["project_npv_post_tax"], abs=0.01)
        assert found.irr.p10.value == pytest.approx(indicators["project_irr_post_tax"]["value"], abs=1e-6)
        assert found.dscr_min.p90.value == pytest.approx(indicators["dscr_min"], abs=1e-6)
        assert found.npv.standard_deviation.value == pytest.approx(0.0, abs=1e-6)

    def test_evaluates_each_draw_as_a_case_of_its_own(self) -> None:
        base = project("G1-sewage-network-plant")
        changes = draw(PLAN, 40, run_seed=5, project_number=7)
        drawn = simulation.simulate(_batch(base), changes)
        for place in (0, 13, 39):
            alone = shocked(base.cells, {name: [float(change[place])] for name, change in changes.items()})
            one = evaluate_cells(base.structure, alone, ["project_npv_post_tax"])
            assert one.figure("project_npv_post_tax")[0] == drawn.npv[place]

    def test_gives_the_same_figures_in_chunks_of_any_size(self, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = run_project(project("G1-sewage-network-plant"), MonteCarloRun(PLAN, 5, draws=300))
        monkeypatch.setattr(simulation, "DRAWS_AT_ONCE", 37)
        told: list[int] = []
        pieces = run_project(project("G1-sewage-network-plant"), MonteCarloRun(PLAN, 5, draws=300), told.append)
        assert pieces == whole
        assert told == [37] * 8 + [4]

    def test_counts_draws_below_the_floor_on_either_side(self) -> None:
        sewage = project("G1-sewage-network-plant")
        never, often, always = (
            run_project(sewage, MonteCarloRun(PLAN, 5, draws=400, dscr_floor=floor)).dscr_below_floor
            for floor in (-10.0, 0.9, 10.0)
        )
        assert never is not None
        assert often is not None
        assert always is not None
        assert (never.value, always.value) == (0.0, 1.0)
        assert 0.1 < often.value < 0.9
        assert often.standard_error == pytest.approx(math.sqrt(often.value * (1 - often.value) / 400))

    def test_without_debt_service_has_no_coverage_rather_than_a_zero(self) -> None:
        found = run_project(project("G4-river-restoration"), MonteCarloRun(PLAN, 5, draws=50))
        assert found.dscr_min is None
        assert found.dscr_below_floor is None
        assert found.npv_negative.value == 1.0

    def test_refuses_a_factor_the_model_does_not_have(self) -> None:
        other = DrawPlan.model_validate({"factors": {"weather": {"kind": "uniform", "low": 0.0, "high": 1.0}}})
        with pytest.raises(InvalidInput) as caught:
            run_project(project("G4-river-restoration"), MonteCarloRun(other, 5))
        assert [(f.code, f.path) for f in caught.value.findings] == [("unknown-factor", "plan.factors.weather")]
        with pytest.raises(InvalidInput):
            list(run_projects([], MonteCarloRun(other, 5)))


class TestManyProjects:
    def test_do_not_depend_on_order_company_or_workers(self) -> None:
        projects = [project("G1-sewage-network-plant", 1), project("G2-sponge-city-special-bond", 2)]
        run = MonteCarloRun(PLAN, 5, draws=60)
        told: list[int] = []
        forwards = list(run_projects(projects, run, progress=told.append))
        assert list(run_projects(projects[::-1], run))[::-1] == forwards
        assert list(run_projects(projects, run, workers=2)) == forwards
        assert told == [1, 1]
        assert [result.project_number for result in forwards] == [1, 2]

    def test_draw_differently_for_equal_projects_with_different_numbers(self) -> None:
        twins = [project("G1-sewage-network-plant", number) for number in (1, 2)]
        first, second = run_projects(twins, MonteCarloRun(PLAN, 5, draws=60))
        assert first.npv is not None
        assert second.npv is not None
        assert first.npv.mean.value != second.npv.mean.value
        assert np.isfinite([first.npv.mean.value, second.npv.mean.value]).all()


def _batch(base: ProjectRow) -> Batch:
    return Batch(base.structure, (0,), base.cells, {})
