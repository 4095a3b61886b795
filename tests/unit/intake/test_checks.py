from typing import Any

import pytest

from registry.intake.checks import check_consistency
from registry.projects.model import Dossier

BASE: dict[str, Any] = {"total_investment": "100", "project_capital": "40", "special_bond_total": "60"}
CASES: list[tuple[dict[str, Any], list[str]]] = [
    (BASE, []),
    (BASE | {"total_investment": "100.5"}, []),
    (BASE | {"total_investment": "100.51"}, ["sources-differ-from-total"]),
    (BASE | {"total_investment": "111.5", "other_debt": "11.5"}, []),
    ({"total_investment": "100", "project_capital": "40"}, []),
    ({"total_investment": "0"}, ["total-zero"]),
    (BASE | {"bond_issuances": [{"amount_wan": "60.5"}]}, []),
    (BASE | {"bond_issuances": [{"amount_wan": "50"}, {"amount_wan": "11"}]}, ["issued-above-total"]),
    (BASE | {"bond_as_capital": "61"}, ["bond-capital-above-total"]),
    ({"construction_end": "2026-11", "operation_start": "2026"}, []),
    ({"construction_end": "2026-11", "operation_start": "2026-10"}, ["operation-start-early"]),
    ({"construction_start": "2027", "construction_end": "2026-11"}, ["construction-end-early"]),
    ({"operation_start": "2027"}, []),
    ({"expected_revenue": "10", "operation_cost_total": "10"}, []),
    ({"expected_revenue": "10", "operation_cost_total": "10.01"}, ["cost-above-revenue"]),
    ({"operation_cost_total": "0"}, ["cost-zero"]),
    ({"published_coverage_multiple": 9.99}, []),
    ({"published_coverage_multiple": 27.59}, ["coverage-implausible"]),
    ({"published_coverage_multiple": 0.0}, ["coverage-zero"]),
    ({"name": "桐庐县污水厂", "county_name": "德清县"}, ["county-differs"]),
    ({"name": "湖州市德清县污水厂", "county_name": "德清縣"}, []),
    ({"name": "**县污水厂", "county_name": "德清县"}, []),
    ({"name": "桐庐县污水厂", "county_name": "**县"}, []),
]


@pytest.mark.parametrize(("values", "codes"), CASES)
def test_contradictions_are_warned_of(values: dict[str, Any], codes: list[str]) -> None:
    found = list(check_consistency(Dossier.model_validate(values)))
    assert [flaw.code for _, flaw in found] == codes
    assert all(flaw.severity == "warning" for _, flaw in found)
