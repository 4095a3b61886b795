"""Which projects move which indicator, and by how much: rolled up from their yearly benefits and goals.

Benefits are summed in their own standard unit, never turned into the unit of the indicator: how many micrograms a ton
of dust makes nobody stated. Each sum names the projects and revisions it rests on.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from sqlmodel import Session, col

from registry.accounts.model import Actor
from registry.finance.benefit_units import INDICATORS, yearly_benefit
from registry.programme.indicators.catalogue import Indicator, same_unit
from registry.projects.benefits import stated_benefits
from registry.projects.model import Project, ProjectRevision
from registry.projects.queries import visible_projects
from registry.projects.zones.catalogue import reach_of

_NUMBER = re.compile(r"[≥≤><＞＜不低于不高于达到至约\s]*(-?\d+(?:\.\d+)?)\s*(.*)")
_GOAL = "goal"


class _Benefit(msgspec.Struct, gc=False):
    indicator: str
    value: float | None = None
    unit: str | None = None


class _Goal(msgspec.Struct, gc=False):
    indicator: str
    target: str | None = None
    unit: str | None = None


class _Outputs(msgspec.Struct, gc=False):
    benefits: list[_Benefit] = []
    emission_reduction_tco2e: float | None = None
    performance_goals: list[_Goal] = []


_DECODER = msgspec.json.Decoder(_Outputs)


class ProjectShare(msgspec.Struct, frozen=True):
    """What one project adds: its value in the unit of the contribution, NULL where unknown, and where it is stated."""

    code: str
    name: str | None
    revision_number: int
    value: float | None
    stated: str


class Contribution(msgspec.Struct, frozen=True):
    """One indicator moved by one kind of output: the sum where known, how many are unknown, and the projects."""

    indicator: str
    output: str
    output_en: str
    unit: str
    total: float | None
    n_unknown: int
    projects: list[ProjectShare]


def contributions_of(
    session: Session, actor: Actor, indicators: Mapping[str, Indicator], *, division_code: str | None
) -> list[Contribution]:
    """Return what the visible projects of a place move, in the order of the catalogue, then of the output."""
    columns = (
        col(Project.code), col(Project.name), col(ProjectRevision.number), col(ProjectRevision.document)
    )  # fmt: skip
    query = visible_projects(actor, *columns).join(
        ProjectRevision,
        (col(ProjectRevision.project_id) == col(Project.id))
        & (col(ProjectRevision.number) == col(Project.revision_number)),
    )
    if division_code is not None:
        query = query.where(col(Project.city_code).startswith(reach_of(division_code)))
    shares: dict[tuple[str, str], list[ProjectShare]] = {}
    for code, name, number, document in session.execute(query.order_by(col(Project.code))):
        for key, value, stated in _moved(_DECODER.decode(document), indicators):
            shares.setdefault(key, []).append(ProjectShare(code, name, number, value, stated))
    return [
        _summed(indicator, output, indicators[indicator], found)
        for (indicator, output), found in sorted(
            shares.items(), key=lambda item: (list(indicators).index(item[0][0]), item[0][1])
        )
    ]


def _moved(
    outputs: _Outputs, indicators: Mapping[str, Indicator]
) -> Iterable[tuple[tuple[str, str], float | None, str]]:
    for benefit in stated_benefits(outputs.benefits, outputs.emission_reduction_tco2e):
        read = yearly_benefit(benefit.indicator, benefit.value, benefit.unit)
        stated = f"{benefit.indicator} {'' if benefit.value is None else benefit.value} {benefit.unit or ''}".strip()
        for indicator in indicators.values():
            if read.indicator is not None and read.indicator in indicator.moved_by:
                yield (indicator.id, read.indicator), read.value, stated
    for goal in outputs.performance_goals:
        indicator_of_goal = next((each for each in indicators.values() if each.names(goal.indicator)), None)
        if indicator_of_goal is not None:
            stated = f"{goal.indicator} {goal.target or ''} {goal.unit or ''}".strip()
            yield (indicator_of_goal.id, _GOAL), _goal_value(goal, indicator_of_goal), stated


def _goal_value(goal: _Goal, indicator: Indicator) -> float | None:
    """Return a goal in the unit of its indicator; unknown in any other unit, or where it is no number."""
    match = _NUMBER.fullmatch((goal.target or "").strip())
    if match is None or not same_unit(goal.unit or match[2] or "", indicator.unit):
        return None
    return float(match[1])


def _summed(indicator: str, output: str, of: Indicator, shares: Sequence[ProjectShare]) -> Contribution:
    known = [share.value for share in shares if share.value is not None]
    if output == _GOAL:
        # Goals are levels to be reached, not amounts: they stand side by side and are never added.
        return Contribution(
            indicator, "项目绩效目标", "Goals of projects", of.unit, None, len(shares) - len(known), list(shares)
        )
    kind = INDICATORS[output]
    total = sum(known) if known else None
    return Contribution(indicator, kind.zh, kind.en, kind.unit, total, len(shares) - len(known), list(shares))
