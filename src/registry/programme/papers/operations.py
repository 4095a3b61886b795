"""Writes on papers of cities: each save a new revision, each move by the table of states, each audited."""

from dataclasses import dataclass
from datetime import date, datetime

from pydantic import BaseModel
from sqlalchemy import insert, select
from sqlmodel import Session, SQLModel, col

from registry import audit
from registry.accounts.model import Actor, Organisation
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput, NotAllowed, StaleWrite
from registry.programme.papers.model import KINDS, CityPaper, CityPaperEvent, CityPaperRevision, Kind
from registry.programme.papers.queries import not_found, visible_papers, works_on
from registry.programme.papers.states import ACTIONS, EDITABLE, STATES, PaperAction, transition

LONGEST_TITLE = 200
LONGEST_REASON = 2000


class WrongPaperState(InvalidInput):
    """The paper is in a state in which this cannot be done."""

    code = "wrong-state"


@dataclass(frozen=True, slots=True)
class SavedPaper:
    """What a save or a move left: the paper, its version for the next write, its state and newest revision."""

    id: int
    version: int
    state: str
    revision_number: int


def create_paper(
    session: Session,
    actor: Actor,
    *,
    kind: Kind,
    title: str,
    document: BaseModel,
    year: int | None = None,
    reason: str = "",
    is_demo: bool = False,
) -> SavedPaper:
    """Begin a paper of the actor's organisation. Raises NotAllowed, InvalidInput when it exists already."""
    require(actor, "edit_papers")
    if actor.organisation_id is None:
        raise NotAllowed("只有机构用户可以编制", "Only members of an organisation write papers")
    name = " ".join(title.split())
    _require_title(name)
    _require_new(session, actor.organisation_id, kind, name, year)
    moment = audit.now()
    paper = CityPaper(
        kind=kind,
        owner_id=actor.organisation_id,
        year=year or 0,
        title=name,
        state="draft",
        state_since=moment,
        is_demo=is_demo,
        created_at=moment,
        updated_at=moment,
    )
    session.add(paper)
    session.flush()
    _write_revision(session, actor, paper, document, reason or "编制", moment)
    _record(session, actor, paper, "paper.create", {"title": name, "year": year})
    return _saved(paper)


def save_paper(
    session: Session, actor: Actor, paper_id: int, *, document: BaseModel, expected_version: int, reason: str = ""
) -> SavedPaper:
    """Save a new revision on top of what the author saw; the same text again changes nothing.

    Raises NotFound, NotAllowed, StaleWrite, and WrongPaperState when the paper stands as signed.
    """
    require(actor, "edit_papers")
    paper = _locked(session, actor, paper_id, expected_version)
    if paper.state not in EDITABLE:
        zh, en = STATES[paper.state]  # type: ignore[index]
        flaw = Finding(
            "state",
            "not-editable",
            f"文件处于“{zh}”，内容已锁定；需先撤回或修订",
            f"The paper is {en.lower()} and its text is locked; take it back or revise it first",
        )
        raise WrongPaperState.of([flaw])
    if _text(document) == _newest(session, paper).document:
        return _saved(paper)
    moment = audit.now()
    paper.revision_number, paper.version, paper.updated_at = paper.revision_number + 1, paper.version + 1, moment
    session.add(paper)
    _write_revision(session, actor, paper, document, reason or "修改", moment)
    _record(session, actor, paper, "paper.save", {"reason": reason})
    return _saved(paper)


def move_paper(
    session: Session,
    actor: Actor,
    paper_id: int,
    *,
    action: PaperAction,
    expected_version: int,
    reason: str = "",
    embargo_until: date | None = None,
    moment: datetime | None = None,
) -> SavedPaper:
    """Take one action on a paper; `moment` is now, unless a history is loaded. What a kind needs is checked by it.

    Raises NotFound, NotAllowed (also for deciding on a paper of one's own organisation), StaleWrite, InvalidInput.
    """
    paper = _locked(session, actor, paper_id, expected_version)
    row = transition(paper.state, action)
    if row is None:
        (state_zh, state_en), (zh, en) = STATES[paper.state], ACTIONS[action]  # type: ignore[index]
        flaw = Finding(
            "action",
            "wrong-state",
            f"文件处于“{state_zh}”，不能“{zh}”",
            f"The paper is {state_en.lower()}: {en.lower()} does not apply",
        )
        raise WrongPaperState.of([flaw])
    require(actor, row.act)
    if row.act == "decide_papers" and paper.owner_id == actor.organisation_id:
        raise NotAllowed("利益回避：不得审核本单位的文件", "Conflict of interest: the paper is your organisation's own")
    _require_reason(reason, is_needed=row.needs_reason)
    at = moment or audit.now()
    paper.state, paper.state_since, paper.version = row.new_state, at, paper.version + 1
    if action == "approve":
        paper.approved_revision = paper.revision_number
    if action == "publish":
        paper.published_revision, paper.embargo_until = paper.approved_revision, embargo_until
    if action == "unpublish":
        # The embargo stays, to tell later whether the public had seen what was withdrawn.
        paper.published_revision = None
    session.add(paper)
    session.add(
        CityPaperEvent(
            paper_id=paper.id or 0,
            at=at,
            actor_id=actor.user_id,
            action=action,
            from_state=row.state,
            to_state=row.new_state,
            revision_number=paper.revision_number,
            reason=reason.strip(),
        )
    )
    session.flush()
    _record(session, actor, paper, f"paper.{action}", {"from": row.state, "to": row.new_state, "reason": reason})
    return _saved(paper)


def paper_revision_hash(
    previous: str, paper_id: int, number: int, document: str, author_id: int | None, reason: str, saved_at: datetime
) -> str:
    """Return the hash that chains a revision of a paper to the one before it."""
    moment = saved_at.isoformat(timespec="milliseconds")
    return audit.chained_hash(previous, f"paper:{paper_id}", str(number), document, str(author_id), reason, moment)


def _text(document: BaseModel) -> str:
    return audit.canonical_json(document.model_dump(mode="json", exclude_none=True))


def _require_title(title: str) -> None:
    if not 1 <= len(title) <= LONGEST_TITLE:
        flaw = Finding("title", "title-length", f"标题应为 1 至 {LONGEST_TITLE} 字", f"1 to {LONGEST_TITLE} characters")
        raise InvalidInput.of([flaw])


def _require_reason(reason: str, *, is_needed: bool) -> None:
    if is_needed and not reason.strip():
        raise InvalidInput.of([Finding("reason", "needs-reason", "请说明理由", "Give a reason")])
    if len(reason) > LONGEST_REASON:
        limit = f"理由最多 {LONGEST_REASON} 字", f"A reason has at most {LONGEST_REASON} characters"
        raise InvalidInput.of([Finding("reason", "too-long", *limit)])


def _require_new(session: Session, owner_id: int, kind: Kind, title: str, year: int | None) -> None:
    # The owner's row is locked, so that two who begin the same year's paper at once do not both succeed.
    session.execute(select(col(Organisation.id)).where(col(Organisation.id) == owner_id).with_for_update())
    known = select(col(CityPaper.id)).where(
        col(CityPaper.owner_id) == owner_id, col(CityPaper.kind) == kind, col(CityPaper.year) == (year or 0)
    )
    if year is None:
        known = known.where(col(CityPaper.title) == title)
    found = session.execute(known).scalars().first()
    if found is not None:
        zh, en = KINDS[kind]
        what_zh, what_en = (f"{year} 年", f" of {year}") if year is not None else (f"“{title}”", f" “{title}”")
        flaw = Finding(
            "title" if year is None else "year",
            "exists-already",
            f"{zh}{what_zh}已经存在（编号 {found}），请在其上修改",
            f"{en}{what_en} exists already (number {found}); change that one",
            str(found),
        )
        raise InvalidInput.of([flaw])


def _locked(session: Session, actor: Actor, paper_id: int, expected_version: int) -> CityPaper:
    """Return a paper the actor works on, locked until the transaction ends. Raises NotFound, StaleWrite."""
    query = visible_papers(actor, CityPaper).where(col(CityPaper.id) == paper_id, works_on(actor))
    query = query.with_for_update(of=CityPaper).execution_options(populate_existing=True)
    paper: CityPaper | None = session.execute(query).scalar_one_or_none()
    if paper is None:
        raise not_found(paper_id)
    if paper.version != expected_version:
        zh, en = STATES[paper.state]  # type: ignore[index]
        raise StaleWrite(
            f"该文件已由他人修改，现为“{zh}”，第 {paper.revision_number} 版；请刷新后再操作",
            f"Somebody else changed this paper; it is now: {en}, revision {paper.revision_number}",
        )
    return paper


def _newest(session: Session, paper: CityPaper) -> CityPaperRevision:
    query = select(CityPaperRevision).where(
        col(CityPaperRevision.paper_id) == paper.id, col(CityPaperRevision.number) == paper.revision_number
    )
    found: CityPaperRevision = session.execute(query).scalar_one()
    return found


def _write_revision(
    session: Session, actor: Actor, paper: CityPaper, document: BaseModel, reason: str, moment: datetime
) -> None:
    number, text = paper.revision_number, _text(document)
    query = select(col(CityPaperRevision.hash)).where(
        col(CityPaperRevision.paper_id) == paper.id, col(CityPaperRevision.number) == number - 1
    )
    previous = session.execute(query).scalar_one_or_none() or audit.GENESIS
    reason = reason[:300]
    row = {
        "paper_id": paper.id,
        "number": number,
        "document": text,
        "author_id": actor.user_id,
        "reason": reason,
        "saved_at": moment,
        "previous_hash": previous,
        "hash": paper_revision_hash(previous, paper.id or 0, number, text, actor.user_id, reason, moment),
    }
    session.execute(insert(SQLModel.metadata.tables["city_paper_revision"]), [row])


def _record(session: Session, actor: Actor, paper: CityPaper, action: str, details: dict[str, object]) -> None:
    subject = f"paper:{paper.id}"
    told = {"kind": paper.kind, "revision": paper.revision_number} | details
    audit.record(session, actor_id=actor.user_id, action=action, subject=subject, details=told)


def _saved(paper: CityPaper) -> SavedPaper:
    return SavedPaper(paper.id or 0, paper.version, paper.state, paper.revision_number)
