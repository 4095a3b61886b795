"""From an untrusted document to a checked plan, with every flaw named at once."""

from typing import Any

from pydantic import ValidationError

from registry.errors import Finding, InvalidInput, shown
from registry.programme.financing_plan.document import PlanDocument
from registry.projects.validation import findings_of, unkeepable


def read_plan_document(document: Any) -> PlanDocument:
    """Return the plan a JSON document describes, unsigned. Raises InvalidInput carrying every finding."""
    if not isinstance(document, dict):
        zh, en = "方案应为一个 JSON 对象", "A plan should be a JSON object"
        raise InvalidInput.of([Finding("", "not-an-object", zh, en, shown(document))])
    findings = list(unkeepable(document))
    try:
        plan = PlanDocument.model_validate(document)
    except ValidationError as error:
        places = {finding.path for finding in findings}
        findings += [found for found in findings_of(error.errors(include_url=False)) if found.path not in places]
    if findings:
        raise InvalidInput.of(findings)
    return plan.unsigned()
