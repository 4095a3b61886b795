"""From stored dossiers to candidates 备选方案: each project with each mix it could have, and what that would draw.

What is secured draws on no budget. A project whose needs cannot be told (an amount or a year is missing, part of the
money has no source, nobody has evaluated it) is left out of that mix and counted with the reason.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl
from sqlalchemy import Engine
from sqlmodel import col

from registry.accounts.model import Actor
from registry.assessments.screening import registry_facts
from registry.database import reading
from registry.eligibility.checked import Packs
from registry.errors import Finding, InvalidInput, RegistryError
from registry.finance.benefit_units import Indicator, indicator_of, yearly_benefit
from registry.portfolio.choosing.model import INVESTMENT, QUOTA_COLUMNS, STATED, SelectionWishes
from registry.portfolio.financing.model import MixWishes
from registry.portfolio.financing.operations import Question, answer_to, case_to_finance, offers_of, planned_lines
from registry.portfolio.mix import Mix
from registry.projects.benefits import stated_benefits
from registry.projects.columns import read_stated_lines
from registry.projects.model import Dossier, Project, ProjectRevision
from registry.projects.queries import RevisionFacts, visible_projects
from registry.quantities import FEN_PER_CNY_10K

REASONS: dict[str, tuple[str, str]] = {
    "amount_unknown": ("有资金来源未填金额或年度", "an amount or a year of its funding is missing"),
    "gap": ("资金有缺口，来源未明确", "part of the money has no source"),
    "no_lines": ("未填写资金来源", "no funding is stated"),
    "not_evaluated": ("尚未测算，或无偿债备付率", "not evaluated, or without a coverage of debt"),
    "below_floor": ("偿债备付率低于下限", "coverage of debt below the floor"),
    "no_mix": ("没有可行的资金组合", "no funding mix meets every limit"),
    "no_case": ("没有可计算的财务测算输入", "no financial case that can be calculated"),
    "no_benefit": ("该项效益未填写或单位无法识别", "the benefit is not stated, or in no known unit"),
}
CANDIDATES = {"project_id": pl.Int64, "mix": pl.String, "benefit": pl.Float64}
NEEDS = {"project_id": pl.Int64, "mix": pl.String, "source": pl.String, "year": pl.Int64, "amount_fen": pl.Int64}
_NOTHING = "none"
"""The source of the one need of a project that needs nothing any more."""


@dataclass
class Candidates:
    """Candidates with the columns quotas speak of, their needs, and how many were left out, by mix and reason."""

    projects: pl.DataFrame
    rows: list[tuple[int, str, float | None]] = field(default_factory=list)
    needs: list[tuple[int, str, str, int | None, int]] = field(default_factory=list)
    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(
        self, project_id: int, mix: str, benefit: float | None, needs: Sequence[tuple[str, int | None, int]]
    ) -> None:
        """Add one project with one mix; a need is source, year and fen."""
        self.rows.append((project_id, mix, benefit))
        self.needs += [(project_id, mix, *need) for need in needs or [(_NOTHING, None, 0)]]

    def frames(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the candidates, each with its project's columns, and their needs."""
        rows = pl.DataFrame(self.rows, schema=CANDIDATES, orient="row")
        columns = ["project_id", *QUOTA_COLUMNS]
        found = rows.join(self.projects.select(columns), on="project_id", how="left", maintain_order="left")
        return found, pl.DataFrame(self.needs, schema=NEEDS, orient="row")


@dataclass(frozen=True, slots=True)
class _Stored:
    """One project as stored."""

    facts: RevisionFacts
    dossier: Dossier


def gather(
    engine: Engine,
    actor: Actor,
    packs: Packs,
    wishes: SelectionWishes,
    *,
    as_of: date,
    told: Callable[[int, int], None],
) -> Candidates:
    """Return the candidates of every project the actor may see; `told` hears of projects done and in all.

    Raises InvalidInput when a benefit nobody defined is stated in several units and none was chosen.
    """
    keep = ("code", "name", "is_demo", *QUOTA_COLUMNS)
    facts = registry_facts(engine, actor, keep=keep)
    found = Candidates(facts.select("project_id", "total_investment", "finance_dscr_min", *keep))
    needs_documents = wishes.benefit != INVESTMENT or set(wishes.mixes) != {STATED}
    stored = list(_stored(engine, actor)) if needs_documents else []
    benefits = _benefits(found.projects, stored, wishes)
    if STATED in wishes.mixes:
        _stated(found, read_stated_lines(engine, actor), benefits, wishes)
    objectives = [name for name in wishes.mixes if name != STATED]
    if objectives:
        for done, each in enumerate(stored, start=1):
            _generated(found, each, packs, objectives, benefits, wishes, as_of)
            told(done, len(stored))
    return found


def _stored(engine: Engine, actor: Actor) -> Iterator[_Stored]:
    columns = (Project.id, Project.code, ProjectRevision.number, ProjectRevision.hash, ProjectRevision.saved_at)
    more = (ProjectRevision.author_id, ProjectRevision.reason, Project.is_demo, ProjectRevision.document)
    query = visible_projects(actor, *columns, *more).join(
        ProjectRevision,
        (col(ProjectRevision.project_id) == col(Project.id))
        & (col(ProjectRevision.number) == col(Project.revision_number)),
    )
    with reading(engine) as session:
        for *facts, document in session.execute(query.order_by(col(Project.id))):
            yield _Stored(RevisionFacts(*facts), Dossier.model_validate_json(document))


def _benefits(projects: pl.DataFrame, stored: Sequence[_Stored], wishes: SelectionWishes) -> dict[int, float | None]:
    """Return the benefit of each project: its whole investment, or the sum of the indicator in the unit asked for.

    An indicator of the known list is counted in its standard unit, however the dossiers call and measure it; any other
    is the line of that very name.
    """
    if wishes.benefit == INVESTMENT:
        return dict(projects.select("project_id", "total_investment").iter_rows())
    meant = indicator_of(wishes.benefit)
    stated = [
        (each.facts.project_id, *line) for each in stored for line in _measured(each.dossier, wishes.benefit, meant)
    ]
    wished = wishes.unit if meant is None else meant.unit
    units = sorted({unit or "" for _, unit, _ in stated})
    if wished is None and len(units) > 1:
        names = "、".join(unit or "（未填）" for unit in units)
        zh = f"“{wishes.benefit}”以多种单位填写（{names}），请用 unit 选定一种"
        en = f"'{wishes.benefit}' is stated in several units ({', '.join(units)}); choose one by unit"
        raise InvalidInput.of([Finding("unit", "several-units", zh, en, names)])
    found: dict[int, list[float | None]] = {}
    for project_id, unit, value in stated:
        if wished in {None, unit}:
            found.setdefault(project_id, []).append(value)
    return {
        project_id: None if None in values else sum(value for value in values if value is not None)
        for project_id, values in found.items()
    }


def _measured(dossier: Dossier, name: str, meant: Indicator | None) -> Iterator[tuple[str | None, float | None]]:
    """Yield unit and value of each line that states the benefit; in the standard unit where the indicator is known."""
    for line in stated_benefits(dossier.benefits, dossier.emission_reduction_tco2e):
        if meant is None:
            if line.indicator == name:
                yield line.unit, line.value
            continue
        read = yearly_benefit(line.indicator, line.value, line.unit)
        if read.indicator == meant.code:
            yield meant.unit, read.value


def _stated(found: Candidates, lines: pl.DataFrame, benefits: dict[int, float | None], wishes: SelectionWishes) -> None:
    """Add each project with the funding its dossier states."""
    yearly = {each.source for each in wishes.budgets if each.year is not None}
    by_project: dict[int, list[tuple[str, int | None, int | None, str]]] = {}
    for project_id, source, year, amount, status in lines.iter_rows():
        by_project.setdefault(project_id, []).append((source, year, amount, status))
    for project_id, coverage in found.projects.select("project_id", "finance_dscr_min").iter_rows():
        own = by_project.get(project_id, [])
        planned = [(source, year, amount) for source, year, amount, status in own if status == "planned"]
        reason = _reason(own, planned, yearly) or _worth(project_id, coverage, benefits, wishes)
        if reason:
            found.left_out[STATED, reason] += 1
            continue
        needs = [(source, year, amount or 0) for source, year, amount in planned]
        found.add(project_id, STATED, benefits.get(project_id), needs)


def _reason(own: Sequence[Any], planned: Sequence[tuple[str, int | None, int | None]], yearly: set[str]) -> str | None:
    if not own:
        return "no_lines"
    if any(status == "gap" for *_, status in own):
        return "gap"
    if any(amount is None or (year is None and source in yearly) for source, year, amount in planned):
        return "amount_unknown"
    return None


def _worth(
    project_id: int, coverage: float | None, benefits: dict[int, float | None], wishes: SelectionWishes
) -> str | None:
    if wishes.objective == "benefit":
        return "no_benefit" if benefits.get(project_id) is None else None
    if coverage is None:
        return "not_evaluated"
    return "below_floor" if coverage < wishes.dscr_floor else None


def _generated(
    found: Candidates, stored: _Stored, packs: Packs, objectives: Sequence[str], benefits: dict[int, float | None],
    wishes: SelectionWishes, as_of: date,
) -> None:  # fmt: skip
    """Add the project with the optimiser's answer to each objective; mixes that draw the same are one."""
    project_id, seen = stored.facts.project_id, set()
    try:
        case, _ = case_to_finance(stored.dossier)
        question = Question(stored.facts, stored.dossier, case, offers_of(stored.dossier, case, packs, as_of))
    except RegistryError:
        found.left_out.update((name, "no_case") for name in objectives)
        return
    for name in objectives:
        needs = _needs_of(question, name, wishes, as_of)
        reason = needs if isinstance(needs, str) else None
        if reason is None and wishes.objective == "benefit" and benefits.get(project_id) is None:
            reason = "no_benefit"
        if reason:
            found.left_out[name, reason] += 1
        elif (key := tuple(needs)) not in seen:
            seen.add(key)
            found.add(project_id, name, benefits.get(project_id), needs)  # type: ignore[arg-type]


def _needs_of(
    question: Question, name: str, wishes: SelectionWishes, as_of: date
) -> list[tuple[str, int | None, int]] | str:
    """Return what the mix of an objective draws, or why there is none."""
    try:
        plan = answer_to(question, MixWishes(objective=name, dscr_floor=wishes.dscr_floor), as_of=as_of)  # type: ignore[arg-type]
        if not isinstance(plan.answer, Mix):
            return "no_mix"
        coverage = plan.answer.dscr_verified
        if wishes.objective == "projects" and (coverage is None or coverage < wishes.dscr_floor):
            return "not_evaluated"
        lines = planned_lines(plan)
    except (RegistryError, ArithmeticError):
        return "no_mix"
    return [(line.source, line.year, int((line.amount or 0) * FEN_PER_CNY_10K)) for line in lines]
