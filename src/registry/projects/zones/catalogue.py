"""Zones 先行区层级: the regions, leading zones and pilots the policy texts name, read from `zones.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import yaml

from registry.projects.codes import division_names

ZoneKind = Literal["region", "leading", "pilot"]
Level = Literal["province", "city", "county"]

KINDS: Mapping[ZoneKind, tuple[str, str]] = MappingProxyType(
    {
        "region": ("区域战略", "Regions"),
        "leading": ("先行区", "Leading zones"),
        "pilot": ("试点", "Pilots"),
    }
)
LEVELS: Mapping[Level, tuple[str, str]] = MappingProxyType(
    {"province": ("省级", "province"), "city": ("地市级", "city"), "county": ("县级", "county")}
)
_MUNICIPALITIES = ("11", "12", "31", "50")


@dataclass(frozen=True, slots=True)
class Zone:
    """One circle of places: what it is called, where the text names it, which levels of place may belong to it.

    `named` are the division codes the text itself names; `expected` is how many places are to be chosen, about.
    """

    id: str
    kind: ZoneKind
    zh: str
    en: str
    levels: tuple[Level, ...]
    document: str
    confidence: str
    article: str | None = None
    aim: str | None = None
    note: str | None = None
    expected: int | None = None
    named: tuple[str, ...] = ()


@cache
def zones() -> Mapping[str, Zone]:
    """Return every zone by its id, in the order of the texts."""
    read = yaml.safe_load((Path(__file__).parent / "zones.yaml").read_text(encoding="utf-8"))
    found = {}
    for entry in read["zones"]:
        source = read["sources"][entry["source"]]
        found[entry["id"]] = Zone(
            id=entry["id"],
            kind=entry["kind"],
            zh=entry["zh"],
            en=entry["en"],
            levels=tuple(entry["levels"]),
            document=source["document"],
            confidence=source["confidence"],
            article=entry.get("article"),
            aim=entry.get("aim"),
            note=entry.get("note"),
            expected=entry.get("expected"),
            named=tuple(entry["members"]),
        )
    return MappingProxyType(found)


def levels_of(division_code: str) -> tuple[Level, ...]:
    """Return what a code of GB/T 2260 stands for; a municipality 直辖市 is province and city at once."""
    if division_code.endswith("0000"):
        return ("province", "city") if division_code[:2] in _MUNICIPALITIES else ("province",)
    is_city = division_code.endswith("00") and division_code[:2] not in _MUNICIPALITIES
    return ("city",) if is_city else ("county",)


def place_name(division_code: str) -> str:
    """Return the name of a province or city; a county is named by its code, after its city."""
    names = division_names()
    own = names.get(division_code)
    if own is not None:
        return own
    above = names.get(f"{division_code[:4]}00") or names.get(f"{division_code[:2]}0000", "")
    return f"{above}（{division_code}）"


def reach_of(division_code: str) -> str:
    """Return the first digits all codes inside a place share."""
    return division_code.removesuffix("00").removesuffix("00") if division_code.endswith("00") else division_code
