"""From an untrusted document to a checked plan, with every flaw named at once."""

from typing import Any

from registry.programme.financing_plan.document import PlanDocument
from registry.programme.papers.reading import read_document_as


def read_plan_document(document: Any) -> PlanDocument:
    """Return the plan a JSON document describes, unsigned. Raises InvalidInput carrying every finding."""
    return read_document_as(PlanDocument, document).unsigned()
