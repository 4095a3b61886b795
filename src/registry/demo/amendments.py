"""How a dossier changes between two saves: gaps filled, answers to a return, money secured, a plan that grew."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from registry.demo.dice import Dice
from registry.demo.money import cents
from registry.projects.catalogue import fields
from registry.projects.lifecycle.freeze import MAJOR_FIELDS, MAJOR_LINE_FIELDS
from registry.projects.missing import missing_for
from registry.projects.model import Dossier

Answers = Mapping[str, Any]
"""What the author of a project could have answered, by field; not checked yet."""

_LONGEST_SUMMARY = 400


def completed(dossier: Dossier, answers: Answers) -> Dossier:
    """Return the dossier with everything filled that submission needs."""
    return _amended(dossier, {item.path: answers[item.path] for item in missing_for(dossier, "submitted")})


def answered(dossier: Dossier, answers: Answers, sections: Collection[str], *, is_minor: bool) -> Dossier:
    """Return the dossier after a return: the parts named are filled as far as their author can.

    `is_minor`: the project stands before another library too, so nothing is touched that would reopen it there.
    """
    changes: dict[str, Any] = {}
    for section in sections:
        for name in (section, *_fields_of(section)):
            is_open = getattr(dossier, name, None) in (None, [])
            is_held = is_minor and (name in MAJOR_FIELDS or name in MAJOR_LINE_FIELDS)
            if is_open and answers.get(name) not in (None, []) and not is_held:
                changes[name] = answers[name]
    if "documents" in sections and dossier.documents:
        missing = [line for line in dossier.documents if not line.is_available][:3]
        changes["documents"] = [
            line.model_dump() | ({"is_available": True} if line in missing else {}) for line in dossier.documents
        ]
    if not changes:
        said = dossier.need_statement or str(answers["need_statement"])
        changes["need_statement"] = f"{said}（已按审核意见补充说明）"[:_LONGEST_SUMMARY]
    return _amended(dossier, changes)


def total_corrected(dossier: Dossier, answers: Answers) -> Dossier | None:
    """Return the dossier with its total in 万元, where it was typed in another unit; None where it was not."""
    typed, meant = dossier.total_investment, answers["total_investment"]
    if typed is None or meant / 50 < typed < meant * 50:
        return None
    return _amended(dossier, {"total_investment": meant})


def money_secured(dossier: Dossier) -> Dossier | None:
    """Return the dossier with its first planned line secured, a minor change; None where no line is planned."""
    place = next((i for i, line in enumerate(dossier.funding_lines) if line.status == "planned"), None)
    if place is None:
        return None
    lines = [line.model_dump() for line in dossier.funding_lines]
    lines[place] |= {"status": "secured", "evidence": "资金下达文件（示例）"}
    return _amended(dossier, {"funding_lines": lines})


def enlarged(dice: Dice, dossier: Dossier) -> Dossier:
    """Return the dossier with a larger total, paid for by a line of the city's own: a major change."""
    total = dossier.total_investment or cents(1000)
    more = cents(max(1.0, round(float(total) * dice.uniform(0.05, 0.15))))
    year = max((line.year for line in dossier.funding_lines if line.year), default=None)
    line = {"source": "city", "year": year, "amount": more, "status": "planned"}
    lines = [each.model_dump() for each in dossier.funding_lines]
    return _amended(dossier, {"total_investment": total + more, "funding_lines": [*lines, line] if lines else []})


def with_paper(dossier: Dossier, *, checklist_code: str, title: str, sha256: str) -> Dossier:
    """Return the dossier whose checklist names an uploaded file, as `documents.attach_to_checklist` does it."""
    kept = [line.model_dump() for line in dossier.documents if line.checklist_code != checklist_code]
    old = next((line.model_dump() for line in dossier.documents if line.checklist_code == checklist_code), {})
    line = old | {"checklist_code": checklist_code, "is_available": True, "title": title, "sha256": sha256}
    return _amended(dossier, {"documents": sorted([*kept, line], key=lambda each: str(each["checklist_code"]))})


def _amended(dossier: Dossier, changes: Mapping[str, Any]) -> Dossier:
    """Return a copy with checked changes: only what changes is checked again, which is ten times less."""
    if not changes:
        return dossier
    checked = Dossier.model_validate(dict(changes))
    return dossier.model_copy(update={name: getattr(checked, name) for name in changes})


@cache
def _fields_of(section: str) -> tuple[str, ...]:
    return tuple(name for name, field in fields().items() if field.term.section == section)
