"""The calendar as data 年度日历, read from `calendar.yaml`: what is due when, for whom, and how sure that is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import yaml

Kind = Literal["window", "report", "deadline", "goal"]
KINDS: Mapping[Kind, tuple[str, str]] = MappingProxyType(
    {
        "window": ("窗口", "Window"),
        "report": ("报告", "Report"),
        "deadline": ("期限", "Deadline"),
        "goal": ("目标节点", "Goal"),
    }
)
CONFIDENCES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "text": ("原文", "read in the text"),
        "secondary": ("转引，待核实", "secondary source"),
        "house_default": ("系统默认", "default of the registry"),
    }
)


@dataclass(frozen=True, slots=True)
class Rule:
    """What all occurrences of an entry share."""

    id: str
    kind: Kind
    zh: str
    en: str
    document: str
    confidence: str
    groups: tuple[str, ...]
    warn_days: tuple[int, ...]
    check: str | None = None
    note: tuple[str, str] | None = None
    months: int | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date of an entry: `key` tells it from those of other years."""

    rule: Rule
    key: str
    starts_on: date
    due_on: date


@cache
def _read() -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load((Path(__file__).parent / "calendar.yaml").read_text(encoding="utf-8"))
    return found


@cache
def recorded(name: str) -> Rule:
    """Return what is said of entries the record dates: self-evaluations, selections, filings."""
    return _rule(name, _read()["recorded"][name])


def occurrences(first: date, last: date) -> Iterator[Occurrence]:
    """Yield what is due between two days, both included, in no order."""
    for entry in _read()["entries"]:
        rule = _rule(entry["id"], entry)
        if "once" in entry:
            if first <= entry["once"] <= last:
                yield Occurrence(rule, rule.id, entry["once"], entry["once"])
            continue
        for year in range(first.year, last.year + 1):
            due = date(year, **entry["yearly"])
            if first <= due <= last:
                begins = date(year, **entry["from"]) if "from" in entry else due
                yield Occurrence(rule, f"{rule.id}-{year}", begins, due)


def _rule(name: str, read: Mapping[str, Any]) -> Rule:
    source = _read()["sources"][read["source"]]
    return Rule(
        id=name,
        kind=read["kind"],
        zh=read["zh"],
        en=read["en"],
        document=source["document"],
        confidence=source["confidence"],
        groups=tuple(read["groups"]),
        warn_days=tuple(sorted(read["warn_days"])),
        check=read.get("check"),
        note=(read["note_zh"], read["note_en"]) if "note_zh" in read else None,
        months=read.get("months"),
    )
