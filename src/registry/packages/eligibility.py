"""The eligibility statement 入库条件说明 of each library, read from the verdicts as plain data."""

from collections.abc import Iterator, Mapping
from typing import Any

from registry.packages import wording

STATUS_ZH = {
    "pass": "符合",
    "fail": "不符合",
    "unknown": "资料不足",
    "judgement": "需人工判断",
    "not_applicable": "不适用",
}
VERDICT_ZH = {"eligible": "符合", "ineligible": "不符合", "insufficient": "资料不足", "judgement": "需人工判断"}
CONFIDENCE_ZH = {"text": "原文", "secondary": "转引", "unverified": "待核实"}
_ORDER = {"unknown": 0, "judgement": 1, "fail": 2, "pass": 3, "not_applicable": 4}


def statement(verdict: Mapping[str, Any]) -> dict[str, Any]:
    """Return one library as printed: its verdict and its clauses, undecided ones first."""
    clauses = sorted(_clauses(verdict), key=lambda clause: _ORDER.get(clause["status"], 0))
    decided = [clause for clause in clauses if clause["status"] != "not_applicable"]
    return {
        "library": verdict.get("library_zh") or verdict.get("name_zh") or verdict.get("library") or wording.MISSING,
        "verdict": VERDICT_ZH.get(str(verdict.get("verdict")), wording.MISSING),
        "verdict_code": verdict.get("verdict"),
        "governing_date": str(verdict.get("governing_date") or wording.MISSING),
        "version": str(verdict.get("version") or wording.MISSING),
        "counts": [
            {"status": STATUS_ZH[status], "code": status, "count": sum(item["status"] == status for item in clauses)}
            for status in _ORDER
        ],
        "clauses": decided,
    }


def _clauses(verdict: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for rule in verdict.get("rules", ()):
        cite = rule.get("cite") or {}
        status = str(rule.get("status"))
        yield {
            "status": status,
            "status_zh": STATUS_ZH.get(status, status),
            "title": rule.get("title_zh") or rule.get("id"),
            "source": "，".join(str(part) for part in (cite.get("document"), cite.get("article")) if part),
            "confidence": CONFIDENCE_ZH.get(str(cite.get("confidence")), wording.MISSING),
            "said": rule.get("say_zh") or "",
            "missing": "、".join(map(str, rule.get("missing_zh") or rule.get("missing") or ())),
            "remedy": rule.get("remedy_zh") or "",
        }
