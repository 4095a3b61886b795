"""Reads on city plans: a revision with its coverage, from the papers and projects the actor may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from registry.accounts.model import Actor, Organisation
from registry.errors import Finding, NotFound
from registry.programme.city_plan.coverage import Coverage, coverage_of
from registry.programme.city_plan.document import CityPlanDocument, PlanGoal
from registry.programme.financing_plan.document import PlanDocument
from registry.programme.financing_plan.queries import stored_plan
from registry.programme.indicators.catalogue import Indicator, same_unit
from registry.programme.indicators.queries import CityLine, indicators_of
from registry.programme.papers.model import CityPaper
from registry.programme.papers.queries import PaperSummary, PaperText, find_paper, list_papers, read_paper
from registry.projects.model import Project
from registry.projects.queries import visible_projects

KIND: Final = "city_plan"
_NEEDED = {
    "goals": ("建设目标", "goals"),
    "tasks": ("重点任务", "tasks"),
    "start_year": ("起始年度", "first year"),
    "end_year": ("结束年度", "last year"),
}


@dataclass(frozen=True, slots=True)
class CityPlan:
    """One revision of a plan, how its tasks and projects meet, and what there is to say of it."""

    paper: PaperSummary
    text: PaperText
    document: CityPlanDocument
    names: dict[str, str | None]
    """Of the projects the actor may see, by code."""
    coverage: Coverage
    financing_title: str | None
    indicators: Mapping[str, Indicator]
    findings: Sequence[Finding]


def list_city_plans(session: Session, actor: Actor) -> list[PaperSummary]:
    """Return the city plans the actor may see, newest change first."""
    return list_papers(session, actor, kinds=(KIND,))


def stored_city_plan(
    session: Session, actor: Actor, plan_id: int, *, number: int | None = None
) -> tuple[PaperSummary, PaperText]:
    """Return a plan as it is kept. Raises NotFound, also for a paper of another kind."""
    paper = find_paper(session, actor, plan_id, kind=KIND)
    return paper, read_paper(session, actor, plan_id, number=number)


def read_city_plan(session: Session, actor: Actor, plan_id: int, *, today: date, number: int | None = None) -> CityPlan:
    """Return a plan with its coverage, of the latest revision the actor may see unless a number is given.

    Raises NotFound. Projects the actor may not see are left out, so that a published plan gives none of them away.
    """
    paper, text = stored_city_plan(session, actor, plan_id, number=number)
    document = CityPlanDocument.model_validate(text.document)
    owner = owner_of(session, plan_id)
    names = _names(session, actor, document, owner)
    if actor.group in {"bank", "public"}:
        kept = [entry for entry in document.projects if entry.code in names]
        document = document.model_copy(update={"projects": kept})
    title, financed = _financing(session, actor, document)
    own = {code for code, (_, owner_id) in names.items() if owner_id == owner.id}
    coverage = coverage_of(document, own_projects=own, financed=financed)
    known = indicators_of(session, owner, on=today)
    findings = plan_findings(document, coverage, known, has_link=title is not None)
    return CityPlan(
        paper, text, document, {code: name for code, (name, _) in names.items()}, coverage, title, known, findings
    )


def owner_of(session: Session, paper_id: int) -> CityLine:
    """Return the organisation a paper found before belongs to."""
    query = select(col(Organisation.id), col(Organisation.name), col(Organisation.division_code)).join(
        CityPaper, col(CityPaper.owner_id) == col(Organisation.id)
    )
    return CityLine(*session.execute(query.where(col(CityPaper.id) == paper_id)).one())


def _names(
    session: Session, actor: Actor, document: CityPlanDocument, owner: CityLine
) -> dict[str, tuple[str | None, int]]:
    named = [entry.code for entry in document.projects]
    query = visible_projects(actor, col(Project.code), col(Project.name), col(Project.owner_id)).where(
        col(Project.code).in_(named) | (col(Project.owner_id) == owner.id)
    )
    return {code: (name, owner_id) for code, name, owner_id in session.execute(query.order_by(col(Project.code)))}


def _financing(session: Session, actor: Actor, document: CityPlanDocument) -> tuple[str | None, set[str] | None]:
    if document.financing_plan is None:
        return None, None
    try:
        paper, text = stored_plan(session, actor, document.financing_plan)
    except NotFound:
        return None, None
    return paper.title, {entry.code for entry in PlanDocument.model_validate(text.document).projects}


def plan_findings(
    document: CityPlanDocument, coverage: Coverage, indicators: Mapping[str, Indicator], *, has_link: bool
) -> list[Finding]:
    """Return what a reader must be told of a plan; errors keep it from being signed."""
    found = [flaw for place, goal in enumerate(document.goals) for flaw in _goal_flaws(place, goal, indicators)]
    found += [
        Finding(name, "missing", f"方案缺少{zh}，签发前请补充", f"The plan lacks its {en}; add it before signing")
        for name, (zh, en) in _NEEDED.items()
        if not getattr(document, name)
    ]
    for task in document.tasks:
        if document.dimension_of(task.number) is None:
            zh, en = f"任务 {task.number} 没有对应的维度，请填写", f"Task {task.number} has no dimension"
            found.append(Finding("tasks", "no-dimension", zh, en, task.number))
    if document.financing_plan is not None and not has_link:
        zh = f"没有编号为 {document.financing_plan} 的投融资方案，请更正编号"
        en = f"There is no financing plan {document.financing_plan}; correct the number"
        found.append(Finding("financing_plan", "unknown-plan", zh, en))
    return [*found, *_coverage_remarks(coverage)]


def _coverage_remarks(coverage: Coverage) -> list[Finding]:
    told: tuple[tuple[str, str, Sequence[str], str, str], ...] = (
        ("tasks", "task-without-project", [task.number for task in coverage.bare_tasks],
         "任务没有项目支撑", "Tasks without a project"),
        ("projects", "project-without-task", coverage.idle_projects, "项目没有对应任务", "Projects without a task"),
        ("projects", "project-not-listed", coverage.unlisted, "本市项目未列入方案", "Projects of the city left out"),
        ("projects", "project-not-financed", coverage.not_financed,
         "列入本方案但未列入投融资方案", "Not in the financing plan"),
    )  # fmt: skip
    return [
        Finding(path, code, f"{zh}：{'、'.join(names[:20])}", f"{en}: {', '.join(names[:20])}", severity="warning")
        for path, code, names, zh, en in told
        if names
    ]


def _goal_flaws(place: int, goal: PlanGoal, known: Mapping[str, Indicator]) -> list[Finding]:
    indicator, unit = goal.indicator, goal.unit
    path = f"goals[{place}]"
    if indicator not in known:
        zh = f"指标目录中没有“{indicator}”；请用目录中的编号，或先增设本市指标"
        return [Finding(f"{path}.indicator", "unknown-indicator", zh, f"The catalogue has no {indicator}", indicator)]
    if not same_unit(unit, known[indicator].unit):
        term = known[indicator]
        zh = f"“{term.zh}”的单位是 {term.unit}，目标写的是“{unit}”；单位不同不能比较，请换算"
        en = f"{term.en} is counted in {term.unit}, not “{unit}”; convert the goal"
        return [Finding(f"{path}.unit", "wrong-unit", zh, en, unit)]
    return []
