import json
from typing import Any

import pytest

from builders import dossier
from registry.assessments.case import financial_case
from registry.finance.cases import evaluate_case
from registry.settings import HOME

SEWAGE = json.loads((HOME / "tests/golden/finance/G1-sewage-network-plant.json").read_text(encoding="utf-8"))


def _without_money(inputs: dict[str, Any]) -> dict[str, Any]:
    """Leave out grants and draws, as a clerk does who enters funding lines."""
    bare = {name: value for name, value in inputs.items() if name != "grants"}
    bare["debts"] = [{name: value for name, value in debt.items() if name != "draws"} for debt in inputs["debts"]]
    return bare


def _line(source: str, year: int | None, amount: str, **more: str) -> dict[str, Any]:
    return {"source": source, "year": year, "amount": amount, "status": "planned", **more}


SEWAGE_LINES = [
    _line("central_budget", 2027, "3000"),
    _line("central_budget", 2028, "3000"),
    _line("policy_bank_loan", 2027, "11000", instrument="policy bank loan"),
    _line("policy_bank_loan", 2028, "13000", instrument="policy bank loan"),
]


class TestTheFinancialCase:
    def test_reads_grants_and_draws_off_the_funding_lines(self) -> None:
        project = dossier(
            construction_start="2027", financials=_without_money(SEWAGE["inputs"]), funding_lines=SEWAGE_LINES
        )
        case, findings = financial_case(project)
        assert findings == []
        assert case is not None
        inputs = case.model_dump(mode="json", exclude_none=True)
        # The golden case states the same money by hand, so its published answer must come out.
        found = evaluate_case({"kind": "project", "inputs": inputs})["indicators"]
        expected = SEWAGE["expected"]["indicators"]
        assert found["dscr_min"] == pytest.approx(expected["dscr_min"], abs=1e-6)
        assert found["equity_irr"]["value"] == pytest.approx(expected["equity_irr"]["value"], abs=1e-6)

    def test_keeps_what_the_case_states_itself(self) -> None:
        case, findings = financial_case(dossier(financials=SEWAGE["inputs"], funding_lines=SEWAGE_LINES))
        assert findings == []
        assert case is not None
        assert case.grants is not None
        assert case.grants[0].name == "central budget grant"

    def test_is_none_where_nothing_was_entered(self) -> None:
        assert financial_case(dossier()) == (None, [])

    def test_asks_for_the_start_of_construction(self) -> None:
        bare = _without_money(SEWAGE["inputs"])
        _, findings = financial_case(dossier(financials=bare, funding_lines=SEWAGE_LINES, construction_start=None))
        assert {finding.code for finding in findings} == {"construction-start-missing"}

    @pytest.mark.parametrize("year", [2026, 2029, None])
    def test_names_a_line_outside_construction_and_leaves_it_out(self, year: int | None) -> None:
        lines = [*SEWAGE_LINES, _line("provincial", year, "500")]
        case, findings = financial_case(
            dossier(construction_start="2027", financials=_without_money(SEWAGE["inputs"]), funding_lines=lines)
        )
        assert [(finding.path, finding.severity) for finding in findings] == [("funding_lines[4].year", "warning")]
        assert case is not None
        assert [grant.name for grant in case.grants or ()] == ["中央预算内投资"]

    def test_gives_no_line_to_two_debts(self) -> None:
        second = {**SEWAGE["inputs"]["debts"][0], "name": "second loan"}
        inputs = {**SEWAGE["inputs"], "debts": [SEWAGE["inputs"]["debts"][0], second]}
        lines = [*SEWAGE_LINES, _line("commercial_loan", 2027, "100", instrument="second loan")]
        case, _ = financial_case(
            dossier(construction_start="2027", financials=_without_money(inputs), funding_lines=lines)
        )
        assert case is not None
        assert [[int(amount) for amount in debt.draws or ()] for debt in case.debts or ()] == [[11000, 13000], [100, 0]]
