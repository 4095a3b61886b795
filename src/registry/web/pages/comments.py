"""批注 on the project page and in the form: what each section and field was remarked on, and writing beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from litestar import Request, Response, post
from litestar.params import FromPath, RawBody
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import may, require
from registry.accounts.queries import display_name
from registry.database import writing
from registry.errors import Finding, InvalidInput
from registry.projects.case_fields import SECTION as CASE
from registry.projects.case_fields import case_title
from registry.projects.comments.model import AUDIENCES, Comment
from registry.projects.comments.operations import add_comment, settle_comment
from registry.projects.comments.queries import audiences_of, list_comments
from registry.web.api.assessments import Number
from registry.web.auth import signed_in
from registry.web.forms import read_form
from registry.web.pages.missing import anchor
from registry.web.pages.views import named
from registry.web.rendering import visit

Anybody = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Remark:
    """One comment as it is shown; `place` names the field it stands on, None for the whole section."""

    number: int
    section: str
    field: str | None
    place: tuple[str, str] | None
    audience: tuple[str, str]
    text: str
    revision: int
    author: str
    written_at: datetime
    settled_at: datetime | None
    settled_by: str | None


@dataclass(frozen=True, slots=True)
class Remarks:
    """Every comment the visitor's side may read, and for whom they may write."""

    code: str
    found: tuple[Remark, ...]
    audiences: tuple[tuple[str, tuple[str, str]], ...]
    may_write: bool
    form: str = "edit"
    """Which form of the project they stand in: that of the dossier, or `case`."""

    def of(self, section: str, *, is_settled: bool = False) -> tuple[Remark, ...]:
        """Return the open (or the settled) comments on a section and its fields."""
        return tuple(
            each for each in self.found if each.section == section and (each.settled_at is not None) == is_settled
        )

    def on(self, field: str) -> tuple[Remark, ...]:
        """Return the open comments on one field, by its path."""
        return tuple(each for each in self.found if each.field == field and each.settled_at is None)

    def link(self, field: str, document: Mapping[str, Any]) -> str:
        """Return the id of the field's input in the form."""
        return anchor(field, document)


def remarks_on(session: Session, actor: Actor, code: str) -> Remarks | None:
    """Return the comments on a project, None for those who may read none. Raises NotFound."""
    if not may(actor, "read_comments"):
        return None
    comments = list_comments(session, actor, code)
    names = {user: display_name(session, user) for user in {each.settled_by for each in comments} - {None}}
    found = tuple(_remark(each, names.get(each.settled_by)) for each in comments)
    # For both sides first: what is said to one side alone is the exception.
    audiences = tuple((name, AUDIENCES[name]) for name in reversed(audiences_of(actor)))
    return Remarks(code, found, audiences, may(actor, "comment"))


def of_parts(remarks: Remarks) -> Remarks:
    """Return the comments on a financial case with each of its parts as a section of its own, for the form of it."""
    found = (each for each in remarks.found if each.section == CASE)
    parts = tuple(each if each.field is None else replace(each, section=each.field, field=None) for each in found)
    return replace(remarks, found=parts, form="case")


def write_beside(
    session: Session, actor: Actor, code: str, part: str, form: Mapping[str, str], *, section: str | None = None
) -> dict[str, str]:
    """Write the comment that stands beside a part of a form, and return the form without it.

    `section` is given where the part is only a part of one. Raises InvalidInput with the names of the form's inputs.
    """
    prefix = f"remark-{part}-"
    own = {name: form.get(prefix + name, "") for name in ("field", "line", "column", "audience", "text")}
    if section not in {None, part}:
        own["field"] = part
    try:
        write_remark(session, actor, code, section or part, own)
    except InvalidInput as error:
        raise InvalidInput.of([replace(each, path=prefix + each.path) for each in error.findings]) from None
    return {name: text for name, text in form.items() if not name.startswith(prefix)}


def _remark(comment: Comment, settled_by: str | None) -> Remark:
    return Remark(
        number=comment.id or 0,
        section=comment.section,
        field=comment.field,
        place=None if comment.field is None else _place(comment),
        audience=AUDIENCES[comment.audience],
        text=comment.text,
        revision=comment.revision_number,
        author=comment.author_name,
        written_at=comment.written_at,
        settled_at=comment.settled_at,
        settled_by=settled_by,
    )


def _place(comment: Comment) -> tuple[str, str]:
    field = comment.field or ""
    return case_title(field.removeprefix(f"{CASE}.")) if comment.section == CASE else named(field)[1]


@post("/projects/{code:str}/comments", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def write(request: Anybody, code: FromPath[str], body: RawBody) -> Response[Any]:
    """Write a comment from the project page. Raises NotFound, NotAllowed, InvalidInput."""
    here, form = visit(request), read_form(body)
    require(here.actor, "comment")
    section = form.get("section", "")
    with writing(here.engine) as session:
        write_remark(session, here.actor, code, section, form)
    return _back(code, section)


def write_remark(session: Session, actor: Actor, code: str, section: str, form: Mapping[str, str]) -> None:
    """Write the comment of a form: `field`, or `line` and `column` of a list; `audience`; `text`."""
    field = _field(section, form)
    text, audience = form.get("text", "").replace("\r\n", "\n"), form.get("audience", "")
    add_comment(session, actor, code, section=section, text=text, audience=audience, field=field)


def _field(section: str, form: Mapping[str, str]) -> str | None:
    line, column = form.get("line", ""), form.get("column", "")
    if bool(line) != bool(column):
        zh, en = "请同时选择第几条和哪一列，或两项都不选", "Choose both the record and the column, or neither"
        raise InvalidInput.of([Finding("line", "incomplete", zh, en)])
    return f"{section}[{line}].{column}" if line else form.get("field") or None


@post("/projects/{code:str}/comments/{number:int}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def settle(request: Anybody, code: FromPath[str], number: Number) -> Response[Any]:
    """Mark a comment as dealt with. Raises NotFound, NotAllowed."""
    here = visit(request)
    with writing(here.engine) as session:
        settled = settle_comment(session, here.actor, code, number)
        return _back(code, settled.section)


def _back(code: str, section: str) -> Response[Any]:
    headers = {"Location": f"/projects/{code}#remarks-{section}"}
    return Response(None, status_code=303, headers=headers, media_type="text/plain")


handlers = [write, settle]
