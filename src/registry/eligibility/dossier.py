"""The facts of one project document 项目档案: what rules may know of it, and nothing it does not say."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from registry.eligibility.derived import document_fact
from registry.projects import catalogue
from registry.projects.lines import FUNDING_SOURCES
from registry.quantities import parse_money


def dossier_facts(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a project document, as in its revision (JSON) or dumped from `Dossier`.

    Scalar fields as they stand; funding by source; documents and child records. What the document does not say is
    left out, which is NULL: an empty list says nothing, a document not listed may exist. A source absent from the
    funding lines counts as nothing only where the lines add up to the total investment.
    """
    facts = {
        name: document[name]
        for name, field in catalogue.fields().items()
        if field.term.is_fact and document.get(name) is not None
    }
    facts |= _funding(document.get("funding_lines") or (), parse_money(document.get("total_investment")))
    facts |= _components(document.get("components") or ())
    for item in document.get("documents") or ():
        if item.get("is_available") is not None:
            facts[document_fact(item["checklist_code"])] = item["is_available"]
    if any(goal.get("target") for goal in document.get("performance_goals") or ()):
        facts["has_performance_goals"] = True
    if any(benefit.get("value") is not None for benefit in document.get("benefits") or ()):
        facts["has_quantified_benefit"] = True
    return facts


def _funding(lines: Iterable[Mapping[str, Any]], total: Decimal | None) -> dict[str, Decimal]:
    """Return 万元 by source. A source with one amount not known is not known; a gap is no source."""
    amounts: dict[str, list[Decimal | None]] = {}
    for line in lines:
        if line.get("status") != "gap":
            amounts.setdefault(line["source"], []).append(parse_money(line.get("amount")))
    known: dict[str, Decimal] = {}
    for source, found in amounts.items():
        stated = [amount for amount in found if amount is not None]
        if len(stated) == len(found):
            known[source] = sum(stated, Decimal(0))
    is_whole = len(known) == len(amounts) and total is not None and sum(known.values(), Decimal(0)) == total
    if is_whole:
        known = dict.fromkeys(FUNDING_SOURCES, Decimal(0)) | known
    return {f"funding_{source}": amount for source, amount in known.items()}


def _components(components: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    kinds = [component.get("kind") for component in components]
    if not kinds:
        return {}
    facts: dict[str, Any] = {"component_count": len(kinds)}
    for kind in ("treatment", "industry"):
        if kind in kinds:
            facts[f"has_{kind}_component"] = True
        elif None not in kinds:
            facts[f"has_{kind}_component"] = False
    return facts
