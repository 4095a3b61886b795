import json
from typing import Any

import pytest

from builders import dossier
from registry.assessments.pricing import evaluate
from registry.settings import HOME


def _case(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    document = json.loads((HOME / f"tests/golden/finance/{name}.json").read_text(encoding="utf-8"))
    return document["inputs"], document["expected"]


class TestFactsOfTheEvaluation:
    def test_are_the_published_indicators(self) -> None:
        inputs, expected = _case("G2-sponge-city-special-bond")
        facts = evaluate(dossier(financials=inputs)).facts()
        indicators = expected["indicators"]
        assert facts["finance_dscr_min"] == pytest.approx(indicators["dscr_min"], abs=1e-6)
        assert facts["finance_firr_post_tax"] == pytest.approx(indicators["project_irr_post_tax"]["value"], abs=1e-6)
        assert facts["finance_coverage_bond"] == pytest.approx(indicators["special_bond_coverage"], abs=1e-6)
        assert facts["finance_debt_total"] == pytest.approx(14000)

    def test_count_the_years_a_debt_is_owed(self) -> None:
        loan, expected = _case("G1-sewage-network-plant")
        facts = evaluate(dossier(financials=loan)).facts()
        assert facts["finance_loan_term_years"] == expected["indicators"]["last_repayment_year"]
        assert facts["finance_bond_term_years"] is None
        bond, _ = _case("G2-sponge-city-special-bond")
        facts = evaluate(dossier(financials=bond)).facts()
        assert (facts["finance_loan_term_years"], facts["finance_bond_term_years"]) == (None, 20)

    def test_add_up_what_government_pays_in_operation(self) -> None:
        river, _ = _case("G4-river-restoration")
        facts = evaluate(dossier(financials=river)).facts()
        # A yearly subsidy of 310 growing by 2 % over ten years: 310 x (1.02^10 - 1) / 0.02.
        assert facts["finance_subsidy_total"] == pytest.approx(3394.4135, abs=1e-3)
        assert facts["finance_operating_income_total"] == 0

    def test_stay_unknown_where_a_rate_does_not_exist(self) -> None:
        river, _ = _case("G4-river-restoration")
        assert evaluate(dossier(financials=river)).facts()["finance_firr_post_tax"] is None

    def test_are_all_unknown_without_a_case(self) -> None:
        assert set(evaluate(dossier()).facts().values()) == {None}
