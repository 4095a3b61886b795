"""Writes on model cases: the record, its moves by the table of states, each audited."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor, Organisation
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput, NotAllowed, NotFound, StaleWrite, shown
from registry.programme.cases.model import FIGURES, CaseFields, CasePicture, ModelCase, ModelCaseEvent
from registry.programme.cases.queries import not_found, visible_cases, was_on_display
from registry.programme.cases.states import EDITABLE, STATES, transition
from registry.projects.codes import city_name, province_name
from registry.projects.queries import find_project
from registry.projects.validation import findings_of, unkeepable

LONGEST_REASON = 300


class WrongCaseState(InvalidInput):
    """The case is in a state in which this cannot be done."""

    code = "wrong-state"


@dataclass(frozen=True, slots=True)
class SavedCase:
    """What a write left: the case, its version for the next write, and its state."""

    id: int
    version: int
    state: str


def read_case(document: Any) -> CaseFields:
    """Return the record a JSON document describes. Raises InvalidInput carrying every finding."""
    if not isinstance(document, dict):
        zh, en = "案例应为一个 JSON 对象", "A case should be a JSON object"
        raise InvalidInput.of([Finding("", "not-an-object", zh, en, shown(document))])
    findings = list(unkeepable(document))
    try:
        found = CaseFields.model_validate(document)
    except ValidationError as error:
        places = {finding.path for finding in findings}
        findings += [each for each in findings_of(error.errors(include_url=False)) if each.path not in places]
        raise InvalidInput.of(findings) from None
    if not found.title.strip():
        findings.append(Finding("title", "missing", "请填写案例名称", "Give the case a title"))
    if findings:
        raise InvalidInput.of(findings)
    return found


def create_case(session: Session, actor: Actor, fields: CaseFields, *, is_demo: bool = False) -> SavedCase:
    """Begin a case of the actor's organisation. Raises NotAllowed, InvalidInput."""
    require(actor, "edit_cases")
    if actor.organisation_id is None:
        raise NotAllowed("只有机构用户可以填报案例", "Only members of an organisation enter cases")
    moment = audit.now()
    found = ModelCase(
        owner_id=actor.organisation_id,
        kind=fields.kind,
        title=fields.title,
        city_code=fields.city_code,
        project_id=_project(session, actor, fields),
        document=_text(fields),
        state="draft",
        state_since=moment,
        is_demo=is_demo,
        created_at=moment,
        updated_at=moment,
    )
    session.add(found)
    session.flush()
    _audit(session, actor, found, "case.create", {"title": fields.title, "kind": fields.kind})
    return _saved(found)


def save_case(session: Session, actor: Actor, number: int, fields: CaseFields, *, expected_version: int) -> SavedCase:
    """Save the record over what its author saw.

    Raises NotFound, NotAllowed, StaleWrite, WrongCaseState, InvalidInput.
    """
    require(actor, "edit_cases")
    found = locked_case(session, actor, number, expected_version)
    require_editable(found)
    text = _text(fields)
    if text == found.document:
        return _saved(found)
    found.project_id = _project(session, actor, fields)
    found.kind, found.title, found.city_code, found.document = fields.kind, fields.title, fields.city_code, text
    touch(session, found)
    _audit(session, actor, found, "case.save", {"title": fields.title})
    return _saved(found)


def move_case(
    session: Session,
    actor: Actor,
    number: int,
    *,
    action: str,
    expected_version: int,
    today: date,
    reason: str = "",
    embargo_until: date | None = None,
) -> SavedCase:
    """Move a case by the table of states; with an embargo a released case is shown from that day.

    Raises NotFound, NotAllowed, StaleWrite, WrongCaseState, InvalidInput without a reason or with parts missing.
    """
    found = locked_case(session, actor, number, expected_version)
    row = transition(found.state, action)
    if row is None:
        zh, en = STATES[found.state]
        raise WrongCaseState.of(
            [
                Finding(
                    "action",
                    "wrong-state",
                    f"案例现为“{zh}”，不能进行此操作",
                    f"The case is: {en}; this cannot be done",
                )
            ]
        )
    require(actor, row.act)
    findings = list(_move_flaws(session, found, action, reason, needs_reason=row.needs_reason))
    if action == "release" and embargo_until is not None and embargo_until <= today:
        zh, en = "公开日期应晚于今天；今天公开请留空", "The day should be after today; leave it empty to show it today"
        findings.append(Finding("embargo_until", "past-date", zh, en, embargo_until.isoformat()))
    if findings:
        raise InvalidInput.of(findings)
    moment, before = audit.now(), found.state
    if action == "withdraw":
        found.was_shown = found.was_shown or was_on_display(found.embargo_until, moment)
    found.state, found.state_since = row.new_state, moment
    found.embargo_until = embargo_until if action == "release" else None
    touch(session, found)
    session.add(
        ModelCaseEvent(
            case_id=number,
            at=moment,
            actor_id=actor.user_id,
            action=action,
            from_state=before,
            to_state=row.new_state,
            reason=reason.strip(),
        )
    )
    _audit(session, actor, found, f"case.{action}", {"from": before, "to": row.new_state, "reason": reason.strip()})
    return _saved(found)


def _move_flaws(session: Session, found: ModelCase, action: str, reason: str, *, needs_reason: bool) -> list[Finding]:
    findings = []
    text = reason.strip()
    if needs_reason and not text:
        findings.append(Finding("reason", "missing", "请写明理由", "Give the reason"))
    if len(text) > LONGEST_REASON:
        zh, en = f"理由最多 {LONGEST_REASON} 字", f"at most {LONGEST_REASON} characters"
        findings.append(Finding("reason", "too-long", zh, en, shown(text)))
    if action == "submit":
        findings += _gaps(session, found)
    return findings


def _gaps(session: Session, found: ModelCase) -> list[Finding]:
    """Return what a case lacks to be shown: its texts, a picture, and a source where it gives figures."""
    document = audit.parsed_json(found.document)
    needed = {"summary": "案例简介", "practice": "主要做法", "results": "成效"}
    gaps = [
        Finding(name, "missing", f"报送前请填写“{zh}”", f"Fill in {name} before submitting")
        for name, zh in needed.items()
        if not document.get(name)
    ]
    if any(name in document for name in FIGURES) and not document.get("figures_source"):
        zh, en = "案例有数据，请填写“数据来源”", "The case gives figures; say where they come from"
        gaps.append(Finding("figures_source", "missing", zh, en))
    query = select(col(CasePicture.id)).where(
        col(CasePicture.case_id) == found.id, col(CasePicture.withdrawn_at).is_(None)
    )
    if session.execute(query.limit(1)).first() is None:
        zh, en = "报送前请上传至少一张图片", "Upload at least one picture before submitting"
        gaps.append(Finding("pictures", "missing", zh, en))
    return gaps


def locked_case(session: Session, actor: Actor, number: int, expected_version: int | None) -> ModelCase:
    """Return a case the actor works with, locked until the transaction ends. Raises NotFound, StaleWrite."""
    query = visible_cases(actor, ModelCase).where(col(ModelCase.id) == number)
    query = query.with_for_update(of=ModelCase).execution_options(populate_existing=True)
    found: ModelCase | None = session.execute(query).scalar_one_or_none()
    if found is None:
        raise not_found(number)
    if expected_version is not None and found.version != expected_version:
        zh, en = STATES[found.state]
        raise StaleWrite(
            f"该案例已由他人修改，现为“{zh}”；请刷新后再操作", f"Somebody else changed this case; it is now: {en}"
        )
    return found


def require_editable(found: ModelCase) -> None:
    """Raise WrongCaseState unless record and pictures of the case may change."""
    if found.state not in EDITABLE:
        zh, en = STATES[found.state]
        message = f"案例现为“{zh}”，不能修改；请先撤回或退回", f"The case is: {en}; take it back before changing it"
        raise WrongCaseState.of([Finding("", "wrong-state", *message)])


def touch(session: Session, found: ModelCase) -> None:
    """Count a change of the case."""
    found.version += 1
    found.updated_at = audit.now()
    session.add(found)
    session.flush()


def _project(session: Session, actor: Actor, fields: CaseFields) -> int | None:
    """Return the project the case names, and refuse a place outside the actor's division. Raises InvalidInput."""
    findings = []
    if not _is_division(fields.city_code):
        zh, en = "没有这个行政区划代码（GB/T 2260）", "There is no such division code (GB/T 2260)"
        findings.append(Finding("city_code", "not-in-list", zh, en, fields.city_code))
    elif not _lies_within(session, actor, fields.city_code):
        zh, en = "地点不在本机构的行政区划内", "The place lies outside your division"
        findings.append(Finding("city_code", "other-place", zh, en, fields.city_code))
    project_id = None
    if fields.project_code:
        try:
            project_id = find_project(session, actor, fields.project_code).id
        except NotFound as error:
            code = fields.project_code
            findings.append(Finding("project_code", "unknown", error.message_zh, error.message_en, code))
    if findings:
        raise InvalidInput.of(findings)
    return project_id


def _is_division(code: str) -> bool:
    is_code = len(code) == 6 and code.isascii() and code.isdigit()  # noqa: PLR2004 - digits of GB/T 2260
    return is_code and (city_name(code) or province_name(code)) is not None


def _lies_within(session: Session, actor: Actor, city_code: str) -> bool:
    query = select(col(Organisation.division_code)).where(col(Organisation.id) == actor.organisation_id)
    own: str | None = session.execute(query).scalar_one_or_none()
    return own is None or city_code.startswith(own.removesuffix("00").removesuffix("00"))


def _text(fields: CaseFields) -> str:
    return audit.canonical_json(fields.model_dump(mode="json", exclude_none=True))


def _audit(session: Session, actor: Actor, found: ModelCase, action: str, details: dict[str, object]) -> None:
    audit.record(session, actor_id=actor.user_id, action=action, subject=f"case:{found.id}", details=details)


def _saved(found: ModelCase) -> SavedCase:
    return SavedCase(found.id or 0, found.version, found.state)
