"""Whatever stands in a case document, the answer is a result or findings; never a traceback, never NaN."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.errors import Finding, InvalidInput
from registry.finance.cases import evaluate_case

CASES = Path(__file__).parents[1] / "golden" / "finance"
DOCUMENTS = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(CASES.glob("[PGB]*.json"))]
JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**30), 10**30), st.floats(), st.text(max_size=5),
    st.sampled_from([[], {}, [None], "NaN", -1, 0, 1, 1e308, -1e308, 5e-324, [[1]], {"a": 1}]),
)  # fmt: skip


def places(part: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside: list[tuple[Any, Any]] = []
    if isinstance(part, dict):
        inside = list(part.items())
    elif isinstance(part, list):
        inside = list(enumerate(part))
    return [path, *(found for key, value in inside for found in places(value, (*path, key)))]


def answer(document: Any) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    try:
        return evaluate_case(document), ()
    except InvalidInput as refused:
        return {}, refused.findings


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_spoilt_document_gives_a_result_or_findings(data: st.DataObject) -> None:
    document = copy.deepcopy(data.draw(st.sampled_from(DOCUMENTS)))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(places(document["inputs"])))
        at, key = document, "inputs"
        for step in path:
            at, key = at[key], step
        at[key] = copy.deepcopy(data.draw(JUNK))
    found, findings = answer(document)
    assert found or findings
    assert all(finding.path and finding.message_zh and finding.message_en for finding in findings)
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document["id"])
def test_inputs_are_read_and_not_changed(document: dict[str, Any]) -> None:
    before = copy.deepcopy(document)
    evaluate_case(document)
    assert document == before
