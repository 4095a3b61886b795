"""What the loader writes of a life against what the operations leave when the same happens."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session, SQLModel, col

from registry import audit
from registry.accounts.model import Actor
from registry.database import reading, writing
from registry.demo import happenings as did
from registry.demo.history_loading import load_batch
from registry.demo.life import draw_life
from registry.demo.nation import DemoProject, make_nation
from registry.demo.offices import Offices, add_offices
from registry.projects.banks.operations import (
    LoanTerms,
    accept_loan,
    answer_request,
    ask_for_information,
    record_loan_decision,
    set_interest,
)
from registry.projects.comments.operations import add_comment, settle_comment
from registry.projects.documents.operations import upload_document
from registry.projects.documents.store import FolderStore
from registry.projects.lifecycle.assigning import assign_reviewer
from registry.projects.lifecycle.deadlines import china_date
from registry.projects.lifecycle.operations import Step, act, open_application
from registry.projects.lifecycle.opinions import GivenOpinion, give_opinion, request_opinions
from registry.projects.lifecycle.states import TABLE
from registry.projects.model import Project
from registry.projects.operations import create_project, release_project, save_project

SEED = 20261121


class Lived:
    """Lets the same things happen through the operations, which refuse what must not be."""

    def __init__(self, engine: Engine, offices: Offices, store: FolderStore, project: DemoProject) -> None:
        self.engine, self.offices, self.store, self.project = engine, offices, store, project
        self.code = ""
        self.revision = 0
        self.applications: dict[int, int] = {}

    def actor(self, desk: str) -> Actor:
        return self.offices.at(self.project.city_code, desk)

    def live(self, happenings: tuple[did.Happening, ...]) -> None:
        calls: list[tuple[Any, Any]] = []
        for what in happenings:
            calls.append((what.at, lambda what=what: self._happen(what, calls)))
        done = 0
        # What happens may put its own sequel on the list: an answer, a settled remark, an accepted loan.
        while done < len(calls):
            calls[done:] = sorted(calls[done:], key=lambda call: call[0])
            calls[done][1]()
            done += 1

    def _happen(self, what: Any, later: list[tuple[Any, Any]]) -> None:
        actor = self.actor(what.by)
        if isinstance(what, did.Upload):
            names = what.file_name, what.checklist_code
            self._upload(actor, what.content, *names)
            return
        with writing(self.engine) as session:
            sequel = getattr(self, f"_{type(what).__name__.lower()}")(session, actor, what)
        if sequel is not None:
            later.append(sequel)

    def _upload(self, actor: Actor, content: bytes, name: str, item: str) -> None:
        upload_document(
            self.engine, actor, self.code, content=content, file_name=name, checklist_code=item, store=self.store
        )

    def _save(self, session: Session, actor: Actor, what: did.Save) -> None:
        if not self.code:
            self.code = create_project(session, actor, what.dossier, reason=what.reason, is_demo=True).code
            self.revision = 1
            return
        is_major = "重大变更" in what.reason
        self.revision = save_project(
            session,
            actor,
            self.code,
            what.dossier,
            reason=what.reason,
            expected_revision=self.revision,
            reopens_entry=is_major,
        ).revision_number

    def _opening(self, session: Session, actor: Actor, what: did.Opening) -> None:
        made = open_application(session, actor, self.code, library=what.library, moment=what.at)
        self.applications[what.course] = made.id or 0

    def _move(self, session: Session, actor: Actor, what: did.Move) -> None:
        number = self.applications[what.course]
        version = session.execute(_version(number)).scalar_one()
        act(session, actor, Step(number, what.action, version, what.reason, what.sections), moment=what.at)

    def _assignment(self, session: Session, actor: Actor, what: did.Assignment) -> None:
        reviewer = self.actor(what.reviewer).user_id or 0
        assign_reviewer(session, actor, self.applications[what.course], reviewer_id=reviewer)

    def _opinionsasked(self, session: Session, actor: Actor, what: did.OpinionsAsked) -> None:
        request_opinions(session, actor, self.applications[what.course], what.departments)

    def _opiniongiven(self, session: Session, actor: Actor, what: did.OpinionGiven) -> None:
        number = self.applications[what.course]
        give_opinion(session, actor, GivenOpinion(number, what.department, what.is_favourable, what.opinion))

    def _remark(self, session: Session, actor: Actor, what: did.Remark) -> tuple[Any, Any] | None:
        made = add_comment(session, actor, self.code, section=what.section, text=what.text, audience=what.audience)
        return None if what.settled_at is None else (what.settled_at, lambda: self._settle(made.id or 0))

    def _release(self, session: Session, actor: Actor, what: did.Release) -> None:
        receiver = None if what.bank is None else self.actor(what.bank).organisation_id
        release_project(session, actor, self.code, organisation_id=receiver)

    def _interest(self, session: Session, actor: Actor, what: did.Interest) -> None:
        set_interest(session, actor, self.code, stage=what.stage, note=what.note)

    def _question(self, session: Session, actor: Actor, what: did.Question) -> tuple[Any, Any] | None:
        asked = ask_for_information(session, actor, self.code, question=what.question)
        return (
            None
            if what.answered_at is None
            else (what.answered_at, lambda: self._answer(asked.id or 0, what.answer or ""))
        )

    def _loan(self, session: Session, actor: Actor, what: did.Loan) -> tuple[Any, Any] | None:
        names = "source", "is_approved", "amount", "rate", "term_years", "conditions"
        said = {name: getattr(what, name) for name in names}
        terms = LoanTerms.model_validate({**said, "decided_on": china_date(what.at)})
        decision = record_loan_decision(session, actor, self.code, terms)
        return None if what.accepted_at is None else (what.accepted_at, lambda: self._accept(decision.id or 0))

    def _settle(self, number: int) -> None:
        with writing(self.engine) as session:
            settle_comment(session, self.actor("city"), self.code, number)

    def _answer(self, number: int, answer: str) -> None:
        with writing(self.engine) as session:
            answer_request(session, self.actor("city"), self.code, number, answer=answer)

    def _accept(self, number: int) -> None:
        with writing(self.engine) as session:
            accept_loan(session, self.actor("city"), self.code, number)


def _version(number: int) -> Any:
    table = SQLModel.metadata.tables["application"]
    return select(table.c.version).where(table.c.id == number)


_TIMES = {"at", "opened_at", "state_since", "requested_at", "given_at", "assigned_at", "written_at", "settled_at"}
_TIMES |= {"uploaded_at", "released_at", "changed_at", "asked_at", "answered_at", "recorded_at", "accepted_at"}
_NUMBERS = {"id", "application_id", "project_id", "project_code"}
_LINKED = ("application", "comment", "project_release", "bank_interest", "information_request", "loan_decision")
_THROUGH = ("application_event", "department_opinion", "review_assignment")


def _left(engine: Engine, code: str) -> dict[str, list[Any]]:
    """Return what the registry holds of a project, without moments and without numbers of rows."""
    tables = SQLModel.metadata.tables
    found: dict[str, list[Any]] = {}
    with reading(engine) as session:
        number = session.execute(select(col(Project.id)).where(col(Project.code) == code)).scalar_one()
        mine = select(tables["application"].c.id).where(tables["application"].c.project_id == number)
        for name in (*_LINKED, "uploaded_document", "duplicate_key", "funding_line", "checklist_document", *_THROUGH):
            table = tables[name]
            own = table.c.application_id.in_(mine) if name in _THROUGH else table.c.project_id == number
            found[name] = _plain(session.execute(select(table).where(own)), _TIMES | _NUMBERS)
        revision = select(tables["project_revision"]).where(tables["project_revision"].c.project_id == number)
        kept = {"hash", "previous_hash", "saved_at"}
        found["project_revision"] = _plain(session.execute(revision), kept | _NUMBERS)
        project = select(tables["project"]).where(tables["project"].c.id == number)
        found["project"] = _plain(session.execute(project), {"id", "code", "import_key", "created_at", "updated_at"})
        subjects = [f"project:{code}", *(f"application:{each}" for each in session.execute(mine).scalars())]
        log = select(audit.AuditEntry).where(col(audit.AuditEntry.subject).in_(subjects))
        entries = [
            (entry.action, entry.actor_id, _without_numbers(audit.parsed_json(entry.details)))
            for entry in session.execute(log.order_by(col(audit.AuditEntry.id))).scalars()
        ]
        found["audit"] = sorted(repr(entry) for entry in entries if entry[0] != "project.duplicate")
    return found


def _plain(rows: Any, dropped: set[str]) -> list[Any]:
    return sorted(repr({name: row[name] for name in row if name not in dropped}) for row in rows.mappings())


def _without_numbers(details: dict[str, Any] | None) -> dict[str, Any]:
    names = {"comment", "request", "decision", "document", "project"}
    return {name: value for name, value in (details or {}).items() if name not in names}


def _varied_lives() -> list[tuple[DemoProject, tuple[did.Happening, ...]]]:
    """Return lives of which each holds something the ones before did not: every move, save and decision there is."""
    seen: set[Any] = set()
    found = []
    for project in make_nation(500, SEED):
        happenings = () if project.copy_of else draw_life(SEED, project)
        kinds = {_kind(what) for what in happenings}
        if not kinds <= seen:
            seen |= kinds
            found.append((project, happenings))
    actions = {kind[1] for kind in seen if kind[0] == "Move"}
    assert actions == {row.action for row in TABLE} - {"reopen"}
    assert {kind[0] for kind in seen} == {each.__name__ for each in did.Happening.__subclasses__()} - {
        "DuplicateDecision"
    }
    return found


def _kind(what: Any) -> tuple[Any, ...]:
    told: dict[Any, Callable[[], tuple[Any, ...]]] = {
        did.Save: lambda: (what.reason[:8],),
        did.Move: lambda: (what.action, what.by),
        did.Loan: lambda: (what.is_approved, what.accepted_at is None),
        did.Question: lambda: (what.answer is None,),
        did.Remark: lambda: (what.audience, what.settled_at is None),
        did.Release: lambda: (what.bank is None,),
    }
    return type(what).__name__, *told.get(type(what), lambda: ())()


class TestWhatIsWrittenDown:
    def test_is_what_the_operations_leave_when_the_same_happens(self, engine: Engine, tmp_path: Path) -> None:
        """The operations refuse a move without its needs, a conflict of interest, a major edit nobody announced."""
        store, offices = FolderStore(tmp_path / "documents"), add_offices(engine)
        chosen = _varied_lives()
        with writing(engine) as session:
            codes = load_batch(session, offices, [project for project, _ in chosen], seed=SEED, store=store)
        for (project, happenings), code in zip(chosen, codes, strict=True):
            lived = Lived(engine, offices, store, project)
            lived.live(happenings)
            assert _left(engine, lived.code) == _left(engine, code)
