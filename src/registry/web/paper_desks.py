"""The papers every city writes alike, city plan, self-evaluation and regional programme: one set of routes for all."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from litestar import Response
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.errors import Finding, InvalidInput, NotFound
from registry.packages.city_papers.city_plan import city_plan_view
from registry.packages.city_papers.operations import (
    EVIDENCE,
    FORMS,
    export_city_plan,
    export_regional_programme,
    export_self_evaluation,
)
from registry.packages.city_papers.regional_programme import regional_programme_view
from registry.packages.city_papers.self_evaluation import self_evaluation_view
from registry.packages.city_plan.operations import PlanFile
from registry.packages.city_plan.view import View
from registry.portfolio.table import Language
from registry.programme.city_plan.document import CityPlanDocument
from registry.programme.city_plan.operations import begin_city_plan, move_city_plan, save_city_plan
from registry.programme.city_plan.queries import CityPlan, read_city_plan
from registry.programme.papers.model import KINDS, Kind
from registry.programme.papers.operations import SavedPaper
from registry.programme.papers.states import PaperAction
from registry.programme.regional_programme.document import RegionalProgrammeDocument
from registry.programme.regional_programme.operations import (
    begin_regional_programme,
    move_regional_programme,
    save_regional_programme,
)
from registry.programme.regional_programme.queries import RegionalProgramme, read_regional_programme
from registry.programme.self_evaluation.document import SelfEvaluationDocument
from registry.programme.self_evaluation.operations import (
    begin_self_evaluation,
    move_self_evaluation,
    save_self_evaluation,
)
from registry.programme.self_evaluation.queries import SelfEvaluation, read_self_evaluation
from registry.web.bodies import attachment

Read = CityPlan | SelfEvaluation | RegionalProgramme

Returned = TypeVar("Returned")


@dataclass(frozen=True, slots=True)
class Desk:
    """One kind of paper: what it holds, and how it is begun, read, saved, moved, laid out and taken away."""

    name: str
    kind: Kind
    document: type[CityPlanDocument] | type[SelfEvaluationDocument] | type[RegionalProgrammeDocument]
    help_zh: str
    forms: tuple[str, ...]
    begin: Callable[..., SavedPaper]
    read: Callable[..., Read]
    save: Callable[..., SavedPaper]
    move: Callable[..., SavedPaper]
    view: Callable[[Any, Language, date], View]
    export: Callable[..., PlanFile]

    @property
    def titles(self) -> tuple[str, str]:
        """Return what the paper is called, in both languages."""
        return KINDS[self.kind]


def _titled(begin: Callable[..., SavedPaper]) -> Callable[..., SavedPaper]:
    """Return what begins a paper that goes by its title; year and day are not asked of it."""

    def called(session: Session, actor: Actor, *, title: str, document: Any, **_: Any) -> SavedPaper:
        return begin(session, actor, title=title, document=document)

    return called


def _begin_evaluation(session: Session, actor: Actor, *, year: int | None, today: date, **_: Any) -> SavedPaper:
    if year is None:
        raise InvalidInput.of(
            [Finding("year", "missing", "请填写自评估的年度", "Give the year of the self-evaluation")]
        )
    return begin_self_evaluation(session, actor, year=year, today=today)


def _on_any_day(act: Callable[..., Returned]) -> Callable[..., Returned]:
    """Return an act that does not depend on the day it is asked on."""

    def called(session: Session, actor: Actor, paper_id: int, /, *, today: date, **asked: Any) -> Returned:  # noqa: ARG001
        return act(session, actor, paper_id, **asked)

    return called


DESKS = {
    desk.name: desk
    for desk in (
        Desk(
            name="city-plans",
            kind="city_plan",
            document=CityPlanDocument,
            help_zh="任务按上级编号组成树；没有项目的任务和没有任务的项目会在方案中列出。不掌握的内容请留空。",
            forms=FORMS,
            begin=_titled(begin_city_plan),
            read=read_city_plan,
            save=_on_any_day(save_city_plan),
            move=move_city_plan,
            view=lambda found, language, day: city_plan_view(found, language, day=day),
            export=export_city_plan,
        ),
        Desk(
            name="self-evaluations",
            kind="self_evaluation",
            document=SelfEvaluationDocument,
            help_zh="指标的目标、实际和依据取自“指标”页，在此修改无效；目标与实际不同的，请填写差异说明。",
            forms=(*FORMS, EVIDENCE),
            begin=_begin_evaluation,
            read=_on_any_day(read_self_evaluation),
            save=save_self_evaluation,
            move=move_self_evaluation,
            view=lambda found, language, day: self_evaluation_view(found, language, day=day),
            export=_on_any_day(export_self_evaluation),
        ),
        Desk(
            name="regional-programmes",
            kind="regional_programme",
            document=RegionalProgrammeDocument,
            help_zh="银行名称在三张表中须一致。现金流取自各项目的预审结论，在此修改无效；签发时固定所依据的结论。",
            forms=FORMS,
            begin=_titled(begin_regional_programme),
            read=_on_any_day(read_regional_programme),
            save=_on_any_day(save_regional_programme),
            move=move_regional_programme,
            view=lambda found, language, day: regional_programme_view(found, language, day=day),
            export=_on_any_day(export_regional_programme),
        ),
    )
}


def desk_of(name: str) -> Desk:
    """Return a desk by its name in addresses. Raises NotFound."""
    if name not in DESKS:
        raise NotFound(f"没有“{name[:30]}”这类文件", f"There are no papers called {name[:30]}")
    return DESKS[name]


def moved(
    session: Session,
    actor: Actor,
    desk: Desk,
    number: int,
    *,
    action: PaperAction,
    version: int,
    today: date,
    reason: str = "",
    embargo_until: date | None = None,
) -> SavedPaper:
    """Take one action on a paper of a desk. Raises what its kind raises."""
    return desk.move(
        session,
        actor,
        number,
        action=action,
        expected_version=version,
        today=today,
        reason=reason,
        embargo_until=embargo_until,
    )


def sent(made: PlanFile) -> Response[bytes]:
    """Return an exported paper as a download."""
    return Response(made.content, media_type=made.media_type, headers=attachment(made.name))
