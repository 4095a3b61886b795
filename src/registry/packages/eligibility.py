"""The eligibility statement 入库条件说明 of each pack: its verdict as plain data, undecided clauses first."""

from collections.abc import Iterator, Mapping
from typing import Any

from registry.packages import wording

CONFIDENCE_ZH = {"text": "原文", "secondary": "转引", "unverified": "待核实"}
_ORDER = {"unknown": 0, "judgement": 1, "fail": 2, "pass": 3, "not_applicable": 4}
_STATUS_ZH = {
    "unknown": "资料不足",
    "judgement": "需人工判断",
    "fail": "不符合",
    "pass": "符合",
    "not_applicable": "不适用",
}
_SEVERITY_ZH = {"block": "必要条件", "warn": "提醒", "inform": "参考"}


def statement(verdict: Mapping[str, Any]) -> dict[str, Any]:
    """Return one pack as printed: verdict, governing date, version, and its clauses that apply."""
    answers = sorted(verdict["answers"], key=lambda answer: _ORDER[answer["status"]])
    return {
        "library": verdict["name_zh"],
        "kind": verdict["kind"],
        "verdict": verdict["verdict_zh"],
        "verdict_code": verdict["verdict"],
        "governing_date": verdict["as_of"],
        "version": verdict["version"],
        "document": verdict["document"],
        "counts": [
            {"status": zh, "count": sum(answer["status"] == status for answer in answers)}
            for status, zh in _STATUS_ZH.items()
        ],
        "transitions": [item["say_zh"] for item in verdict["transitions"] if item["holds"]],
        "clauses": [_clause(answer) for answer in answers if answer["status"] != "not_applicable"],
    }


def _clause(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "status": answer["status"],
        "status_zh": answer["status_zh"],
        "title": answer["title_zh"],
        "severity": _SEVERITY_ZH.get(answer["severity"], answer["severity"]),
        "source": "，".join(part for part in (answer["document"], answer["article"]) if part),
        "confidence": CONFIDENCE_ZH.get(answer["confidence"], answer["confidence"]),
        "said": answer["say_zh"],
        "found": "；".join(dict.fromkeys(_found(answer["reason"]))),
        "missing": "、".join(_missing(answer)),
        "remedy": answer["remedy_zh"] or "",
        "question": (answer["question"] or {}).get("question_zh", ""),
        "judged": _judged(answer["judgement"]),
    }


def _missing(answer: Mapping[str, Any]) -> Iterator[str]:
    """Yield the facts nobody gave and the thresholds nobody could verify."""
    yield from (fact["zh"] for fact in answer["missing"])
    yield from (f"{value['title_zh']}（待核实）" for value in answer["unverified_values"])


def _found(reason: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield each fact the clause was decided on, as read by a person."""
    if reason is None:
        return
    for child in reason.get("children", ()):
        yield from _found(child)
    for fact in reason.get("found", ()):
        if fact["value"] is not None:
            yield f"{fact['zh']}：{_value(fact)}"


def _value(fact: Mapping[str, Any]) -> str:
    if fact["unit"] == "比例" and isinstance(fact["value"], (int, float)):
        return wording.percent(float(fact["value"]))
    text = fact["value_zh"] or str(fact["value"])
    return text if fact["unit"] in {None, "比例"} or text.endswith(fact["unit"]) else f"{text} {fact['unit']}"


def _judged(judgement: Mapping[str, Any] | None) -> str:
    if judgement is None:
        return ""
    answer = "认定符合" if judgement["answer"] else "认定不符合"
    return f"{judgement['decided_on']} {judgement['person']} {answer}：{judgement['reason']}"
