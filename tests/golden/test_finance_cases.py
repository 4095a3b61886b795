"""Every open worked case, on every indicator, yearly row and sensitivity line that it states."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from registry.finance.cases import evaluate_case

CASES = Path(__file__).parent / "finance"
EXACT = sorted(path.stem for path in CASES.glob("[PG]*.json"))
TOLERANCE = 1e-6
"""The figures of the cases are unrounded at nine decimals; money may differ by less than a fen."""


def case(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    return document


def differences(expected: Any, found: Any, path: str = "") -> Iterator[str]:
    if isinstance(expected, dict):
        for key, value in expected.items():
            if not isinstance(found, dict) or key not in found:
                yield f"{path}.{key} is missing"
            else:
                yield from differences(value, found[key], f"{path}.{key}")
    elif isinstance(expected, list):
        if not isinstance(found, list) or len(found) != len(expected):
            yield f"{path}: expected {len(expected)} values, found {found}"
        else:
            for i, (value, other) in enumerate(zip(expected, found, strict=True)):
                yield from differences(value, other, f"{path}[{i}]")
    elif isinstance(expected, (int, float)) and not isinstance(expected, bool):
        if not isinstance(found, (int, float)) or not math.isclose(expected, found, rel_tol=0, abs_tol=TOLERANCE):
            yield f"{path}: expected {expected}, found {found}"
    elif expected != found:
        yield f"{path}: expected {expected!r}, found {found!r}"


@pytest.mark.parametrize("name", EXACT)
class TestCase:
    def test_gives_every_expected_figure(self, name: str) -> None:
        document = case(name)
        assert list(differences(document["expected"], evaluate_case(document))) == []

    def test_leaves_as_strict_json(self, name: str) -> None:
        text = json.dumps(evaluate_case(case(name)), allow_nan=False)
        assert json.loads(text)


@pytest.mark.parametrize("name", sorted(path.stem for path in CASES.glob("B*.json")))
class TestBenefitCase:
    def test_gives_every_expected_figure_with_the_project_it_names(self, name: str) -> None:
        document = case(name)
        assert list(differences(document["expected"], evaluate_case(document, find_case=case))) == []


class TestPublishedAnswers:
    """The figures the sources printed, rounded as they printed them."""

    def test_construction_interest_of_three_draws(self) -> None:
        found = evaluate_case(case("P01-construction-interest-3y"))
        assert found["construction_interest"] == pytest.approx([9, 36.54, 68.73], abs=0.01)

    def test_level_payment_of_1909_62_over_four_years(self) -> None:
        found = evaluate_case(case("P02-level-payment-2012-cost-engineer"))
        assert found["debt_service"] == pytest.approx([551.10] * 4, abs=0.011)

    def test_vat_credit_of_construction_is_used_up_first(self) -> None:
        series = evaluate_case(case("P03-vat-tax-2017-cost-engineer"))["series"]
        assert series["vat_payable"][1:4] == pytest.approx([0, 37.6, 132.0], abs=0.01)
        assert series["adjusted_income_tax"][1:3] == pytest.approx([52.5, 76.56], abs=0.01)

    def test_return_of_the_normal_year_as_published(self) -> None:
        found = evaluate_case(case("P03-vat-tax-2017-cost-engineer"))
        assert found["series"]["ebit"][3] / found["totals"]["total_investment"] == pytest.approx(0.1237, abs=5e-5)


class TestMonteCarlo:
    def test_agrees_with_the_exact_answer_within_its_standard_error(self) -> None:
        document = case("MC1-linear-monte-carlo")
        expected, found = document["expected"], evaluate_case(document)
        n = found["draws"]
        assert abs(found["mean"] - expected["mean"]) <= 4 * expected["standard_deviation"] / math.sqrt(n)
        share = expected["probability_npv_negative"]
        assert abs(found["probability_npv_negative"] - share) <= 4 * math.sqrt(share * (1 - share) / n)
        assert found["p10"] == pytest.approx(expected["p10"], rel=0.02)
        assert found["p90"] == pytest.approx(expected["p90"], rel=0.01)

    def test_same_seed_same_bits_other_seed_other_bits(self) -> None:
        document = case("MC1-linear-monte-carlo")
        document["inputs"] |= {"draws": 5000, "seed": 7}
        first, second = evaluate_case(document), evaluate_case(document)
        document["inputs"]["seed"] = 8
        assert first == second
        assert evaluate_case(document)["mean"] != first["mean"]
