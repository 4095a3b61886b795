"""What income from environmental rights is worth to a bank 权益收入: certainty as stated and as the rules leave it.

A rule of the pack whose name begins with `certainty-` is a condition of the instrument its `part` names: where it is
not met, or not known to be, the income counts as expected at best, whatever was stated.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from registry.assessments.case import financial_case
from registry.assessments.facts import facts_of
from registry.eligibility.checked import Packs
from registry.eligibility.explain import assess
from registry.errors import has_errors
from registry.finance.bank_view import CONVENTION, FIGURES, HAIRCUTS, bank_figures
from registry.finance.findings import findings_of
from registry.projects.financials import FinancialCase
from registry.projects.model import Dossier
from registry.projects.rights import INSTRUMENTS, LINE_KINDS, STEPS, RightsLine, rights_lines, weaker
from registry.projects.zones.catalogue import zones
from registry.quantities import money_text

PACK: Final = "rights-and-transition"
CONDITION: Final = "certainty-"
_MET = {"pass", "not_applicable"}
_LEADING = {"region", "leading"}
"""Kinds of zones that are 先行区; a pilot is none."""


def rights_of(
    dossier: Dossier, result: Mapping[str, Any] | None, *, packs: Packs, as_of: date, within: Sequence[str] = ()
) -> dict[str, Any] | None:
    """Return the view of a project that names an instrument, None for any other.

    `result` is that of its evaluation, None where it could not be calculated; `within` are the zones it lies in.
    """
    case, _ = financial_case(dossier)
    lines = rights_lines(case)
    if case is None or not lines:
        return None
    open_rules = _open_conditions(dossier, packs, as_of)
    told = [_told(line, open_rules.get(line.instrument, [])) for line in lines]
    has_ccer = any(line.instrument == "ccer" for line in lines)
    leading = [zones()[name] for name in within if zones()[name].kind in _LEADING] if has_ccer else []
    return {
        "lines": told,
        "convention": {"zh": CONVENTION[0], "en": CONVENTION[1]},
        "base": None if result is None else {name: result["indicators"][name] for name in FIGURES},
        "bank": None if result is None else _bank(case, lines, told),
        "ccer_priority": [{"zone": each.id, "zh": each.zh, "en": each.en} for each in leading],
    }


def _open_conditions(dossier: Dossier, packs: Packs, as_of: date) -> dict[str, list[dict[str, str]]]:
    if PACK not in packs.packs:
        return {}
    found: dict[str, list[dict[str, str]]] = {}
    for verdict in assess(packs, facts_of(dossier, {}), as_of=as_of, libraries=[PACK]):
        for answer in verdict.answers:
            if answer.rule.startswith(CONDITION) and answer.status not in _MET:
                rule = {"rule": answer.rule, "zh": answer.title_zh, "en": answer.title_en, "status": answer.status}
                found.setdefault((answer.part or "").replace("-", "_"), []).append(rule)
    return found


def _told(line: RightsLine, conditions: list[dict[str, str]]) -> dict[str, Any]:
    counted = weaker(line.certainty, "expected") if conditions else line.certainty
    return {
        "kind": line.kind,
        "place": line.place,
        "name": line.name,
        "instrument": line.instrument,
        "stated": line.certainty,
        "counted": counted,
        "conditions": conditions if counted != line.certainty else [],
        "haircut": HAIRCUTS[counted],
        "amount": None if line.amount is None else money_text(line.amount),
        "zh": f"{INSTRUMENTS[line.instrument][0]}（{LINE_KINDS[line.kind][0]}）",
        "en": f"{INSTRUMENTS[line.instrument][1]} ({LINE_KINDS[line.kind][1].lower()})",
        "stated_zh": STEPS[line.certainty][0] if line.certainty else None,
        "stated_en": STEPS[line.certainty][1] if line.certainty else None,
        "counted_zh": STEPS[counted][0] if counted else None,
        "counted_en": STEPS[counted][1] if counted else None,
    }


def _bank(case: FinancialCase, lines: Sequence[RightsLine], told: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    if has_errors(findings_of(case)):
        return None
    pairs = zip(lines, told, strict=True)
    return bank_figures(case, {(line.kind, line.place): each["counted"] for line, each in pairs})
