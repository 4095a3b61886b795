"""The reference indicators 参考指标体系: what a version holds, and those that come with the registry."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import yaml

Direction = Literal["higher", "lower"]
DIRECTIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"higher": ("越高越好", "higher is better"), "lower": ("越低越好", "lower is better")}
)
CITY_CLASS = ("本市增设", "Added by the city")


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator: what it is, its unit, which way is better, where it comes from and how it is found.

    `moved_by` are codes of yearly benefits of projects; `named` patterns by which goals of projects name it.
    """

    id: str
    group: tuple[str, str]
    zh: str
    en: str
    unit: str
    direction: Direction
    definition: str | None
    source: str
    method: str | None = None
    moved_by: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    is_refined: bool = False
    is_added: bool = False

    def names(self, text: str) -> bool:
        """Say whether a goal of a project means this indicator."""
        return text.strip() in (self.id, self.zh) or any(re.search(pattern, text) for pattern in self.named)

    def is_met(self, target: float | None, actual: float | None) -> bool | None:
        """Say whether an actual value is as good as its target; None while either is unknown."""
        if target is None or actual is None:
            return None
        return actual >= target if self.direction == "higher" else actual <= target


@dataclass(frozen=True, slots=True)
class ReferenceSet:
    """One version of the national catalogue."""

    id: str
    in_force_from: date
    in_force_until: date | None
    is_stand_in: bool
    document: str
    confidence: str
    note: tuple[str, str]
    indicators: Mapping[str, Indicator]


@cache
def packaged_sets() -> tuple[ReferenceSet, ...]:
    """Return the versions that come with the registry, from `reference.yaml`, oldest first."""
    read = yaml.safe_load((Path(__file__).parent / "reference.yaml").read_text(encoding="utf-8"))
    return tuple(sorted((set_of(each) for each in read["versions"]), key=lambda each: each.in_force_from))


def in_force(sets: Sequence[ReferenceSet], day: date) -> ReferenceSet:
    """Return the version in force on a day, of versions oldest first; before the first one, the first."""
    begun = [each for each in sets if each.in_force_from <= day]
    return begun[-1] if begun else sets[0]


def set_of(read: Mapping[str, Any]) -> ReferenceSet:
    """Return a version from its plain data, as it stands in the file."""
    groups = {name: (each["zh"], each["en"]) for name, each in read["classes"].items()}
    return ReferenceSet(
        id=read["id"],
        in_force_from=read["in_force_from"],
        in_force_until=read["in_force_until"],
        is_stand_in=read["is_stand_in"],
        document=read["document"],
        confidence=read["confidence"],
        note=(read["note_zh"], read["note_en"]),
        indicators=MappingProxyType(
            {each["id"]: _indicator_of(each, groups, read["document"]) for each in read["indicators"]}
        ),
    )


def _indicator_of(read: Mapping[str, Any], groups: Mapping[str, tuple[str, str]], document: str) -> Indicator:
    return Indicator(
        id=read["id"],
        group=groups[read["class"]],
        zh=read["zh"],
        en=read["en"],
        unit=read["unit"],
        direction=read["direction"],
        definition=read.get("definition"),
        source=document,
        method=read.get("method"),
        moved_by=tuple(read.get("moved_by", ())),
        named=tuple(read.get("named", ())),
    )


_FOLDED_UNITS = {"％": "%", "百分比": "%", "ug/m3": "μg/m³", "µg/m3": "μg/m³", "微克/立方米": "μg/m³", "μg/m3": "μg/m³"}


def same_unit(one: str, other: str) -> bool:
    """Say whether two printed units are the same unit, written differently at most."""
    return _folded(one) == _folded(other)


def _folded(unit: str) -> str:
    compact = re.sub(r"\s", "", unit).replace("／", "/").replace("³", "3").replace("µ", "μ").lower()
    for written, meant in _FOLDED_UNITS.items():
        if compact == written.replace("³", "3").replace("µ", "μ").lower():
            return meant.replace("³", "3").lower()
    return compact
