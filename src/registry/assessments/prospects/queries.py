"""Reads on the pipeline: narrowed in one sweep, a page of it in full, and the searches a bank keeps."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlmodel import Session, col

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.assessments.model import Assessment, AssessmentVerdict
from registry.assessments.operations import public_packs
from registry.assessments.prospects.filters import ProspectFilter
from registry.assessments.prospects.keys import TENOR
from registry.assessments.prospects.model import AssessmentGlance, SavedSearch, SavedSearchHit
from registry.assessments.prospects.narrowing import Prospects
from registry.assessments.prospects.words import NO_GLANCE, ProspectWords, loan_of
from registry.assessments.queries import newest_assessments
from registry.errors import NotFound
from registry.projects.banks.model import INTEREST_STAGES, BankInterest
from registry.projects.model import Project
from registry.projects.queries import visible_projects, visible_to
from registry.projects.search.model import SearchRow, SearchValue
from registry.projects.search.queries import advise, matches
from registry.quantities import money_text

WHOLE_PIPELINE = ProspectFilter()


class ProspectLine(msgspec.Struct, frozen=True):
    """One project of the pipeline: amounts in 万元 as text, rates as shares of one; null is unknown."""

    code: str
    name: str | None
    province_name: str | None
    city_name: str | None
    task: str | None
    green_class: str | None
    status: str | None
    total_investment: str | None
    loan: str | None
    tenor_years: float | None
    dscr_min: float | None
    coverage: float | None
    firr_post_tax: float | None
    payback_years: float | None
    verdicts: dict[str, str]
    stage: str | None
    is_assessed: bool
    is_demo: bool


class SearchLine(msgspec.Struct, frozen=True):
    """A saved search; `query` are its conditions as in an address, `found` how many projects it has met so far."""

    id: int
    name: str
    query: str
    is_alerting: bool
    created_at: dt.datetime
    found: int


def screen_prospects(session: Session, actor: Actor, wanted: ProspectFilter = WHOLE_PIPELINE) -> Prospects:
    """Return what a filter leaves of the projects the actor may see; nothing is judged or priced. Raises NotAllowed."""
    require(actor, "screen_projects")
    terms = list(matches(wanted.projects.search))
    advise(session, is_searching=bool(terms))
    word = col(SearchRow.word) + func.coalesce(col(AssessmentGlance.word), NO_GLANCE)
    is_its = col(AssessmentGlance.project_id) == col(SearchRow.project_id)
    query = select(func.aggregate_strings(word, "")).select_from(SearchRow).outerjoin(AssessmentGlance, is_its)
    found = session.execute(query.where(visible_to(actor, SearchRow), *terms)).scalar_one()
    columns = col(SearchValue.id), col(SearchValue.kind), col(SearchValue.text)
    values = {number: (kind, text) for number, kind, text in session.execute(select(*columns))}
    return Prospects(ProspectWords(found), values, wanted, my_stages(session, actor))


def my_stages(session: Session, actor: Actor) -> Mapping[str, list[str]]:
    """Return the codes of the projects at each stage with the actor's bank; empty for others."""
    found: dict[str, list[str]] = {stage: [] for stage in INTEREST_STAGES}
    if actor.group != "bank":
        return {}
    query = visible_projects(actor, col(BankInterest.stage), col(Project.code)).join(
        BankInterest, col(BankInterest.project_id) == col(Project.id)
    )
    for stage, code in session.execute(query.where(col(BankInterest.organisation_id) == actor.organisation_id)):
        found[stage].append(code)
    return found


_PROJECT_COLUMNS: tuple[Any, ...] = (
    col(Project.id),
    col(Project.code),
    col(Project.name),
    col(Project.province_name),
    col(Project.city_name),
    col(Project.beautiful_city_task),
    col(Project.green_catalogue_class),
    col(Project.construction_status),
    col(Project.total_investment),
    col(Project.is_demo),
)
_FIGURES: tuple[Any, ...] = (
    col(Assessment.project_id),
    col(Assessment.id),
    col(Assessment.dscr_min),
    col(Assessment.coverage),
    col(Assessment.firr_post_tax),
    col(Assessment.payback_years),
    col(Assessment.finance_facts),
    col(AssessmentGlance.word),
)


def prospect_lines(session: Session, actor: Actor, codes: Sequence[str]) -> list[ProspectLine]:
    """Return a line for each of these codes, in their order; without those the actor may not see."""
    query = visible_projects(actor, *_PROJECT_COLUMNS, by_key=True).where(col(Project.code).in_(codes))
    projects = {row.code: row for row in session.execute(query)}
    ids = [row.id for row in projects.values()]
    assessed = newest_assessments(actor, *_FIGURES).where(col(Project.id).in_(ids))
    assessed = assessed.outerjoin(AssessmentGlance, col(AssessmentGlance.project_id) == col(Project.id))
    figures = {row.project_id: row for row in session.execute(assessed)}
    verdicts = _verdicts(session, {row.id: row.project_id for row in figures.values()})
    stages = {code: stage for stage, found in my_stages(session, actor).items() for code in found}
    return [
        _line(projects[code], figures.get(projects[code].id), verdicts.get(projects[code].id, {}), stages.get(code))
        for code in codes
        if code in projects
    ]


def _verdicts(session: Session, projects: Mapping[int, int]) -> dict[int, dict[str, str]]:
    columns = col(AssessmentVerdict.assessment_id), col(AssessmentVerdict.pack_id), col(AssessmentVerdict.verdict)
    query = select(*columns).where(col(AssessmentVerdict.assessment_id).in_(projects))
    found: dict[int, dict[str, str]] = {}
    for assessment_id, pack, verdict in session.execute(query):
        found.setdefault(projects[assessment_id], {})[pack] = verdict
    return found


def _line(project: Any, figures: Any, verdicts: dict[str, str], stage: str | None) -> ProspectLine:
    amount = project.total_investment
    return ProspectLine(
        code=project.code,
        name=project.name,
        province_name=project.province_name,
        city_name=project.city_name,
        task=project.beautiful_city_task,
        green_class=project.green_catalogue_class,
        status=project.construction_status,
        total_investment=None if amount is None else money_text(amount),
        loan=None if figures is None else loan_of(figures.word),
        tenor_years=None if figures is None else msgspec.json.decode(figures.finance_facts).get(TENOR) or None,
        dscr_min=None if figures is None else figures.dscr_min,
        coverage=None if figures is None else figures.coverage,
        firr_post_tax=None if figures is None else figures.firr_post_tax,
        payback_years=None if figures is None else figures.payback_years,
        verdicts=verdicts,
        stage=stage,
        is_assessed=figures is not None,
        is_demo=project.is_demo,
    )


def saved_searches(session: Session, actor: Actor) -> list[SearchLine]:
    """Return the searches the actor's bank keeps, by name. Raises NotAllowed."""
    require(actor, "read_searches")
    count = select(func.count()).where(col(SavedSearchHit.search_id) == col(SavedSearch.id)).scalar_subquery()
    query = select(SavedSearch, count).where(col(SavedSearch.organisation_id) == actor.organisation_id)
    return [
        SearchLine(each.id or 0, each.name, each.query, each.is_alerting, each.created_at, found)
        for each, found in session.execute(query.order_by(col(SavedSearch.name)))
    ]


def find_search(session: Session, actor: Actor, search_id: int) -> SavedSearch:
    """Return a search of the actor's bank. Raises NotFound, also for another bank's, and NotAllowed."""
    require(actor, "read_searches")
    query = select(SavedSearch).where(
        col(SavedSearch.id) == search_id, col(SavedSearch.organisation_id) == actor.organisation_id
    )
    found: SavedSearch | None = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound(f"没有编号为 {search_id} 的筛选", f"Your organisation has no saved search {search_id}")
    return found


def libraries() -> dict[str, tuple[str, str]]:
    """Return the names of the public libraries by identifier."""
    packs = public_packs()
    heads = {name: packs[name].head for name in sorted(packs.packs)}
    return {name: (head.name_zh, head.name_en) for name, head in heads.items() if head.kind == "library"}
