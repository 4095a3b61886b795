"""Draws against the exact moments of their distributions, within four standard errors; MC1 has an exact answer."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from registry.errors import InvalidInput
from registry.finance.discounting import npv
from registry.finance.draws import DrawPlan, draw, findings_of_plan
from registry.finance.samples import probability_of, summary_of

N = 100_000
GOLDEN = Path(__file__).parents[2] / "golden" / "finance" / "MC1-linear-monte-carlo.json"
KINDS: dict[str, dict[str, object]] = {
    "normal": {"kind": "normal", "mean": 2.0, "sd": 0.5},
    "truncated": {"kind": "normal", "mean": 0.0, "sd": 1.0, "low": 0.0},
    "triangular": {"kind": "triangular", "low": -0.2, "mode": 0.0, "high": 0.1},
    "uniform": {"kind": "uniform", "low": -1.0, "high": 3.0},
    "lognormal": {"kind": "lognormal", "mean": 1.0, "sd": 0.3, "shift": 1.0},
    "discrete": {"kind": "discrete", "values": [0.0, 1.0, 5.0], "probabilities": [0.5, 0.3, 0.2]},
}


def plan(*names: str, correlations: list[dict[str, object]] | None = None) -> DrawPlan:
    return DrawPlan.model_validate(
        {"factors": {name: KINDS[name] for name in names or KINDS}, "correlations": correlations or []}
    )


def rank_correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    return float(np.corrcoef(np.argsort(np.argsort(first)), np.argsort(np.argsort(second)))[0, 1])


class TestDistribution:
    @pytest.mark.parametrize(
        ("name", "mean", "sd"),
        [
            ("normal", 2.0, 0.5),
            ("truncated", math.sqrt(2 / math.pi), math.sqrt(1 - 2 / math.pi)),
            ("triangular", -0.1 / 3, math.sqrt((0.04 + 0.01 + 0.02) / 18)),
            ("uniform", 1.0, 4 / math.sqrt(12)),
            ("lognormal", 0.0, 0.3),
            ("discrete", 1.3, math.sqrt(0.3 + 5.0 - 1.69)),
        ],
    )
    def test_has_its_exact_mean_and_spread(self, name: str, mean: float, sd: float) -> None:
        sample = summary_of(draw(plan(name), N, run_seed=4)[name])
        assert sample is not None
        assert abs(sample.mean.value - mean) <= 4 * sd / math.sqrt(N)
        assert abs(sample.standard_deviation.value - sd) <= 4 * sample.standard_deviation.standard_error
        assert 0 < sample.standard_deviation.standard_error < 0.05 * sd

    def test_stays_within_its_limits(self) -> None:
        values = draw(plan(), N, run_seed=4)
        assert values["truncated"].min() >= 0
        assert (values["triangular"].min() >= -0.2) & (values["triangular"].max() <= 0.1)
        assert (values["uniform"].min() >= -1) & (values["uniform"].max() <= 3)
        assert values["lognormal"].min() > -1
        shares = [float((values["discrete"] == value).mean()) for value in (0.0, 1.0, 5.0)]
        assert shares == pytest.approx([0.5, 0.3, 0.2], abs=0.007)

    def test_without_spread_is_its_one_value(self) -> None:
        still = DrawPlan.model_validate(
            {
                "factors": {
                    "a": {"kind": "normal", "mean": 3.0, "sd": 0.0, "low": 0.0},
                    "b": {"kind": "triangular", "low": 2.0, "mode": 2.0, "high": 2.0},
                    "c": {"kind": "lognormal", "mean": 5.0, "sd": 0.0},
                }
            }
        )
        values = draw(still, 10, run_seed=1)
        assert [set(np.round(values[name], 12)) for name in "abc"] == [{3.0}, {2.0}, {5.0}]


class TestSeed:
    def test_gives_the_same_draws_again_whatever_the_order_of_factors(self) -> None:
        forwards, backwards = draw(plan(), 50, run_seed=9), draw(plan(*reversed(KINDS)), 50, run_seed=9)
        assert all((forwards[name] == backwards[name]).all() for name in KINDS)

    def test_differs_between_runs_and_between_projects(self) -> None:
        base = draw(plan("normal"), 50, run_seed=9, project_number=1)["normal"]
        assert (base != draw(plan("normal"), 50, run_seed=8, project_number=1)["normal"]).all()
        assert (base != draw(plan("normal"), 50, run_seed=9, project_number=2)["normal"]).all()

    def test_of_more_draws_begins_with_the_same_draws(self) -> None:
        linked: list[dict[str, object]] = [{"first": "normal", "second": "uniform", "value": 0.6}]
        few = draw(plan("normal", "uniform", correlations=linked), 7, run_seed=2)
        many = draw(plan("normal", "uniform", correlations=linked), 9000, run_seed=2)
        assert all((few[name] == many[name][:7]).all() for name in few)


class TestCorrelation:
    def test_of_normal_scores_comes_out_and_leaves_the_spread_alone(self) -> None:
        linked: list[dict[str, object]] = [
            {"first": "normal", "second": "triangular", "value": 0.8},
            {"first": "normal", "second": "lognormal", "value": -0.5},
        ]
        values = draw(plan("normal", "triangular", "lognormal", correlations=linked), N, run_seed=3)
        # Spearman's rank correlation of a Gaussian copula is 6/pi asin(rho/2).
        for other, rho in (("triangular", 0.8), ("lognormal", -0.5)):
            expected = 6 / math.pi * math.asin(rho / 2)
            assert rank_correlation(values["normal"], values[other]) == pytest.approx(expected, abs=0.012)
        assert values["triangular"].mean() == pytest.approx(-0.1 / 3, abs=0.001)

    def test_of_one_makes_factors_move_as_one(self) -> None:
        linked: list[dict[str, object]] = [{"first": "normal", "second": "uniform", "value": 1.0}]
        values = draw(plan("normal", "uniform", correlations=linked), 1000, run_seed=3)
        assert rank_correlation(values["normal"], values["uniform"]) == pytest.approx(1.0, abs=1e-6)

    def test_is_none_by_default(self) -> None:
        values = draw(plan("normal", "uniform"), N, run_seed=3)
        assert abs(rank_correlation(values["normal"], values["uniform"])) < 4 / math.sqrt(N)


class TestRefusal:
    def test_of_correlations_that_cannot_hold_together(self) -> None:
        names = ("normal", "uniform", "triangular")
        pairs = [(names[0], names[1], 0.9), (names[1], names[2], 0.9), (names[0], names[2], -0.9)]
        impossible = plan(*names, correlations=[{"first": a, "second": b, "value": v} for a, b, v in pairs])
        with pytest.raises(InvalidInput) as caught:
            draw(impossible, 10, run_seed=1)
        assert [finding.code for finding in caught.value.findings] == ["not-semi-definite"]
        assert "半正定" in caught.value.message_zh

    @pytest.mark.parametrize(
        "bad",
        [
            {"kind": "triangular", "low": 0.0, "mode": 2.0, "high": 1.0},
            {"kind": "uniform", "low": 1.0, "high": 0.0},
            {"kind": "normal", "mean": 0.0, "sd": 1.0, "low": 2.0, "high": 1.0},
            {"kind": "normal", "mean": 0.0, "sd": 1.0, "low": 9.0},
            {"kind": "discrete", "values": [1.0, 2.0], "probabilities": [0.5, 0.4]},
            {"kind": "discrete", "values": [1.0, 2.0], "probabilities": [1.0]},
            {"kind": "discrete", "values": [1.0, 2.0], "probabilities": [1.5, -0.5]},
        ],
    )
    def test_of_a_distribution_that_is_none(self, bad: dict[str, object]) -> None:
        findings = findings_of_plan(DrawPlan.model_validate({"factors": {"a": bad}}))
        assert [(finding.code, finding.path) for finding in findings] == [("bad-distribution", "plan.factors.a")]

    def test_lists_every_flaw_at_once(self) -> None:
        flawed = DrawPlan.model_validate(
            {
                "factors": {"a": {"kind": "uniform", "low": 1.0, "high": 0.0}, "b": KINDS["normal"]},
                "correlations": [
                    {"first": "a", "second": "z", "value": 0.1},
                    {"first": "a", "second": "b", "value": 0.1},
                    {"first": "b", "second": "a", "value": 0.2},
                    {"first": "b", "second": "b", "value": 0.2},
                ],
            }
        )
        codes = [finding.code for finding in findings_of_plan(flawed)]
        assert codes == ["bad-distribution", "unknown-factor", "correlation-pair", "correlation-pair"]

    def test_of_no_draws_and_of_numbers_that_are_none(self) -> None:
        with pytest.raises(InvalidInput):
            draw(plan("normal"), 0, run_seed=1)
        with pytest.raises(ValidationError):
            DrawPlan.model_validate({"factors": {"a": {"kind": "normal", "mean": math.nan, "sd": 1.0}}})
        with pytest.raises(ValidationError):
            DrawPlan.model_validate({"factors": {"a": {"kind": "cauchy"}}})


class TestSummary:
    def test_of_the_linear_golden_case_meets_its_acceptance(self) -> None:
        case = json.loads(GOLDEN.read_text(encoding="utf-8"))
        inputs, expected = case["inputs"], case["expected"]
        names = {"investment": "investment", "revenue": "annual_revenue", "cost": "annual_cost"}
        factors = {name: {"kind": "normal", "mean": 1.0, "sd": inputs["sd"][name]} for name in names}
        drawn = draw(DrawPlan.model_validate({"factors": factors}), N, run_seed=20260101)
        years = inputs["operation_years"]
        income = drawn["revenue"] * inputs["annual_revenue"] - drawn["cost"] * inputs["annual_cost"]
        flows = np.column_stack([-drawn["investment"] * inputs["investment"], *[income] * years])
        values = npv(flows, inputs["discount_rate"])
        sample, negative = summary_of(values), probability_of(values < 0)
        assert sample is not None
        assert abs(sample.mean.value - expected["mean"]) <= 4 * expected["standard_deviation"] / math.sqrt(N)
        chance = expected["probability_npv_negative"]
        assert abs(negative.value - chance) <= 4 * math.sqrt(chance * (1 - chance) / N)
        for found, name in (
            (sample.p10, "p10"),
            (sample.p90, "p90"),
            (sample.standard_deviation, "standard_deviation"),
        ):
            assert abs(found.value - expected[name]) <= 4 * found.standard_error
        # The exact error of a normal quantile is sqrt(p (1 - p) / n) / density.
        density = math.exp(-0.5 * 1.2815515655**2) / math.sqrt(2 * math.pi) / expected["standard_deviation"]
        assert sample.p10.standard_error == pytest.approx(math.sqrt(0.09 / N) / density, rel=0.15)

    def test_counts_draws_without_a_value_and_leaves_them_out(self) -> None:
        sample = summary_of(np.array([1.0, np.nan, 3.0]))
        assert sample is not None
        assert (sample.count, sample.without_value, sample.mean.value) == (2, 1, 2.0)
        assert summary_of(np.array([np.nan, 5.0])) is None

    def test_of_an_event_that_never_happened_still_has_an_error(self) -> None:
        assert probability_of(np.zeros(100, dtype=bool)).standard_error == 0.01
        half = probability_of(np.array([True, False] * 50))
        assert (half.value, half.standard_error) == (0.5, 0.05)
