"""Why a project has no rate of return: what the engine finds in its flow, or what kept it from being priced."""

import datetime as dt
import json

import polars as pl
import pytest
from sqlalchemy import Engine

from builders import dossier
from conftest import People
from packaged import golden_case
from registry.assessments.columns import RATES, no_rates, read_assessments
from registry.assessments.operations import assess_project
from registry.database import writing
from registry.projects.financials import FinancialCase
from registry.projects.operations import create_project

OVER_FUNDED = [{"code": "over-funded", "severity": "error"}]
MISSING = [{"code": "missing", "severity": "error"}, {"code": "over-funded", "severity": "error"}]


def reason(case: str | None, findings: list[dict[str, str]], flow: list[float | None] | None) -> str:
    """Return the reason of one project whose three flows are alike."""
    text = None if flow is None else json.dumps(flow)
    row = {"project_id": 1, "case": case, "findings": json.dumps(findings)}
    row |= dict.fromkeys(RATES) | {f"{rate}_flow": text for rate in RATES}
    (found,) = no_rates(pl.DataFrame([row], schema_overrides=dict.fromkeys(RATES, pl.Float64))).rows(named=True)
    assert len({found[f"{rate}_reason"] for rate in RATES}) == 1
    return str(found["capital_irr_reason"])


@pytest.mark.parametrize(
    ("flow", "expected"),
    [
        ([-5, -1, 0], "never_positive"),
        ([0, 1, 1], "never_negative"),
        ([0, 0], "no_flow"),
        ([1, -1, 1], "no_root"),
        ([-100, 230, -132], "several"),
        ([-1, None, 2], "not_finite"),
    ],
)
def test_a_flow_without_a_rate_is_named_as_the_engine_names_it(flow: list[float | None], expected: str) -> None:
    assert reason("{}", [], flow) == expected


@pytest.mark.parametrize(
    ("case", "findings", "expected"),
    [(None, [], "no_case"), ("{}", OVER_FUNDED, "over_funded"), ("{}", MISSING, "incomplete_case")],
)
def test_a_case_that_was_not_priced_says_why(case: str | None, findings: list[dict[str, str]], expected: str) -> None:
    assert reason(case, findings, None) == expected


def test_a_rate_that_exists_needs_no_reason() -> None:
    row = {"project_id": 1, "case": "{}", "findings": "[]"} | {f"{rate}_flow": "[-1, -1]" for rate in RATES}
    found = no_rates(pl.DataFrame([row | dict.fromkeys(RATES, 0.05) | {"capital_irr": None}]))
    assert found.rows() == [(1, None, None, "never_positive")]


def test_both_databases_hand_over_the_flows(engine: Engine, people: People) -> None:
    earning = golden_case("G1")
    unpaid = earning.model_copy(update={"revenue_streams": []})
    cases: list[FinancialCase | None] = [earning, unpaid, None, FinancialCase()]
    with writing(engine) as session:
        for number, case in enumerate(cases):
            made = create_project(
                session, people.city, dossier(name=f"项目{number}", financials=case, funding_lines=[]), reason="录入"
            )
            assess_project(session, people.city, made.code, as_of=dt.date(2026, 11, 21))
    frame = read_assessments(engine, people.ministry).sort("project_id")
    assert frame.get_column("firr_pre_tax_reason").to_list() == [None, "never_positive", "no_case", "incomplete_case"]
    assert frame.get_column("firr_pre_tax").is_null().to_list() == [False, True, True, True]
