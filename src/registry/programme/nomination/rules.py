"""What a selection goes by, read from `rules.yaml`: target, classes, steps, items to score, with sources."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from registry.projects.codes import REGION_NAMES
from registry.projects.fields.beautiful_city import DIMENSIONS

REGIONS: dict[str, tuple[str, str]] = {
    "east": (REGION_NAMES["east"], "East"),
    "central": (REGION_NAMES["central"], "Central"),
    "west": (REGION_NAMES["west"], "West"),
    "northeast": (REGION_NAMES["northeast"], "Northeast"),
}


@dataclass(frozen=True, slots=True)
class SizeClass:
    """规模等次: cities of at least this many 万人 of urban residents, and fewer than the class above."""

    id: str
    zh: str
    en: str
    least_10k: float


@cache
def rules() -> Mapping[str, Any]:
    """Return everything the file says."""
    found: Mapping[str, Any] = yaml.safe_load((Path(__file__).parent / "rules.yaml").read_text(encoding="utf-8"))
    return found


@cache
def size_classes() -> tuple[SizeClass, ...]:
    """Return the classes, largest first."""
    read = rules()["size_classes"]["classes"]
    found = [SizeClass(each["id"], each["zh"], each["en"], float(each["from"])) for each in read]
    return tuple(sorted(found, key=lambda each: -each.least_10k))


def size_class_of(urban_population_10k: float | None) -> str | None:
    """Return the class of a city by its urban residents in 万人; None while they are unknown."""
    if urban_population_10k is None:
        return None
    return next(each.id for each in size_classes() if urban_population_10k >= each.least_10k)


@cache
def sizes() -> Mapping[str, tuple[str, str]]:
    """Return the names of the size classes."""
    return {each.id: (each.zh, each.en) for each in size_classes()}


@cache
def steps() -> Mapping[str, tuple[str, str]]:
    """Return the steps in their order, with their names."""
    return {each["id"]: (each["zh"], each["en"]) for each in rules()["steps"]["order"]}


def step_after(step: str) -> str | None:
    """Return the step that follows, None after the last."""
    order = list(steps())
    place = order.index(step) + 1
    return order[place] if place < len(order) else None


@cache
def items() -> Mapping[str, float]:
    """Return what a panel scores, and how high at most."""
    most = float(rules()["items"]["most"])
    return {name: most for code, name in DIMENSIONS.items() if code != "none"}
