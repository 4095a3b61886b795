"""The yearly benefits a dossier states 年度环境效益, wherever it states them: entered once, counted once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from registry.projects.catalogue import fields

GREENHOUSE_GASES: Final = r"二氧化碳|碳减排|碳排放|CO2|CO₂|温室气体"
"""How sources call what is counted in tCO2e."""
REDUCTION: Final = "emission_reduction_tco2e"


class NamesBenefit(Protocol):
    """A line of the table of benefits, in whatever shape it was read."""

    indicator: str
    value: float | None
    unit: str | None


@dataclass(frozen=True, slots=True)
class FieldBenefit:
    """A benefit that is a field of the dossier, not a line of its table: without a method of its own."""

    indicator: str
    value: float | None
    unit: str | None
    baseline: str | None = None
    method: str | None = None


LineT = TypeVar("LineT", bound=NamesBenefit)


def stated_benefits(lines: Sequence[LineT], reduction: float | None) -> list[LineT | FieldBenefit]:
    """Return the lines, and the yearly reduction of the climate section (tCO2e) where no line has its value.

    A line about greenhouse gases wins over the field, for it comes with its method and baseline.
    """
    if reduction is None:
        return list(lines)
    about = [re.search(GREENHOUSE_GASES, line.indicator, re.IGNORECASE) is not None for line in lines]
    if any(is_about and line.value is not None for line, is_about in zip(lines, about, strict=True)):
        return list(lines)
    others = [line for line, is_about in zip(lines, about, strict=True) if not is_about]
    term = fields()[REDUCTION].term
    return [*others, FieldBenefit(term.zh, reduction, term.unit)]
