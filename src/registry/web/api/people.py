"""People and organisations over the API, for administrators: those of their own organisation and of all below it."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.params import QueryParameter, RawBody
from msgspec import Meta
from sqlmodel import Session

from registry.accounts.directory import Member, member, members, organisation_tree
from registry.accounts.managing import (
    add_child,
    change_role,
    close_account,
    end_all_access,
    invite_user,
    open_account,
    reset_access,
    reset_second_factor,
)
from registry.accounts.model import Actor, Role
from registry.accounts.permissions import require
from registry.database import reading, writing
from registry.web.api.assessments import Number
from registry.web.auth import identity_of
from registry.web.bodies import json_answer, read_body
from registry.web.openapi import answers, problems

Anybody = Request[Any, Any, Any]
PersonAction = Literal["role", "disable", "enable", "reset-password", "reset-second-factor", "end-access"]
SET_PASSWORD = "/set-password/"  # noqa: S105 - an address


class OrganisationOut(msgspec.Struct):
    """One organisation of the tree; `depth` 0 is the top of what you administer."""

    id: int
    name: str
    group: str
    division_code: str | None
    parent_id: int | None
    depth: int
    n_people: int


class OrganisationIn(msgspec.Struct, forbid_unknown_fields=True):
    """An organisation to add below another; its group follows from the one above."""

    parent: int
    name: Annotated[str, Meta(max_length=200)]
    division_code: Annotated[str, Meta(max_length=20)] | None = None


class PersonOut(msgspec.Struct):
    """One account."""

    id: int
    login: str
    display_name: str
    organisation_id: int
    organisation: str
    role: str
    is_active: bool
    is_sample: bool
    has_second_factor: bool
    last_sign_in_at: datetime | None
    n_sessions: int


class PersonIn(msgspec.Struct, forbid_unknown_fields=True):
    """A person to add; the password is theirs to set, by the link in the answer."""

    login: Annotated[str, Meta(max_length=200)]
    display_name: Annotated[str, Meta(max_length=200)]
    organisation: int
    role: Role = "clerk"


class PersonActionIn(msgspec.Struct, forbid_unknown_fields=True):
    """One act; `role` goes with the act of that name. `confirmed` where the last administrator would go."""

    action: PersonAction
    role: Role | None = None
    confirmed: bool = False


class PersonDone(msgspec.Struct):
    """The account as it now stands; `link` is the address by which its owner sets a password, told this once."""

    person: PersonOut
    link: str | None


@get(
    "/organisations",
    sync_to_thread=True,
    responses={**answers(list[OrganisationOut], "A tree, each below the one above it"), **problems(400, 401, 403)},
)
def list_organisations(request: Anybody) -> Response[bytes]:
    """List the organisations you administer."""
    with reading(request.app.state.engine) as session:
        found = organisation_tree(session, identity_of(request).actor)
    return _told([OrganisationOut(**asdict(each)) for each in found])


@post(
    "/organisations",
    sync_to_thread=True,
    status_code=201,
    responses={**answers(OrganisationOut, "Added", 201), **problems(400, 401, 403, 404, 422)},
)
def add_organisation(request: Anybody, body: RawBody) -> Response[bytes]:
    """Add an organisation below one you administer."""
    actor = identity_of(request).actor
    require(actor, "manage_people")
    asked = read_body(body, OrganisationIn)
    with writing(request.app.state.engine) as session:
        made = add_child(session, actor, parent_id=asked.parent, name=asked.name, division_code=asked.division_code)
        session.flush()
        tree = organisation_tree(session, actor)
    return _told(OrganisationOut(**asdict(next(each for each in tree if each.id == made.id))), status=201)


@get(
    "/people",
    sync_to_thread=True,
    responses={**answers(list[PersonOut], "Those in force first, by login"), **problems(400, 401, 403)},
)
def list_people(
    request: Anybody,
    organisation: Annotated[
        int | None, QueryParameter(ge=1, le=2_147_483_647, description="Its number; default: your own")
    ] = None,
) -> Response[bytes]:
    """List the people of one organisation you administer."""
    actor = identity_of(request).actor
    require(actor, "manage_people")
    with reading(request.app.state.engine) as session:
        found = members(session, actor, organisation or actor.organisation_id or 0)
    return _told([person_out(each) for each in found])


@post(
    "/people",
    sync_to_thread=True,
    status_code=201,
    responses={**answers(PersonDone, "Added", 201), **problems(400, 401, 403, 422)},
)
def add_person(request: Anybody, body: RawBody) -> Response[bytes]:
    """Add a person; they set their password by the link in the answer, which works once and for three days."""
    actor = identity_of(request).actor
    require(actor, "manage_people")
    asked = read_body(body, PersonIn)
    with writing(request.app.state.engine) as session:
        user, secret = invite_user(
            session,
            actor,
            login=asked.login,
            display_name=asked.display_name,
            organisation_id=asked.organisation,
            role=asked.role,
        )
        done = PersonDone(person_out(member(session, actor, user.id or 0)), SET_PASSWORD + secret)
    return _told(done, status=201)


@get(
    "/people/{number:int}",
    sync_to_thread=True,
    responses={**answers(PersonOut, "That person"), **problems(400, 401, 403, 404)},
)
def read_person(request: Anybody, number: Number) -> Response[bytes]:
    """Read one person you administer."""
    with reading(request.app.state.engine) as session:
        return _told(person_out(member(session, identity_of(request).actor, number)))


@post(
    "/people/{number:int}/actions",
    sync_to_thread=True,
    status_code=200,
    responses={**answers(PersonDone, "Done"), **problems(400, 401, 403, 404, 422)},
)
def act_on_person(request: Anybody, number: Number, body: RawBody) -> Response[bytes]:
    """Change a role, disable, enable, reset password or second factor, end what is open."""
    actor = identity_of(request).actor
    require(actor, "manage_people")
    asked = read_body(body, PersonActionIn)
    with writing(request.app.state.engine) as session:
        secret = acted(session, actor, number, asked)
        session.flush()
        done = PersonDone(person_out(member(session, actor, number)), None if secret is None else SET_PASSWORD + secret)
    request.app.state.identities.forget_user(number)
    return _told(done)


def acted(session: Session, actor: Actor, user_id: int, asked: PersonActionIn) -> str | None:
    """Do one act to a person; return the secret of a new link where there is one. Raises what the act raises."""
    match asked.action:
        case "role":
            change_role(session, actor, user_id, asked.role or "", is_confirmed=asked.confirmed)
        case "disable":
            close_account(session, actor, user_id, is_confirmed=asked.confirmed)
        case "enable":
            open_account(session, actor, user_id)
        case "reset-password":
            return reset_access(session, actor, user_id)
        case "reset-second-factor":
            reset_second_factor(session, actor, user_id)
        case "end-access":
            end_all_access(session, actor, user_id)
    return None


def person_out(found: Member) -> PersonOut:
    """Return a person in the wire form."""
    return PersonOut(**asdict(found))


def _told(value: Any, *, status: int = 200) -> Response[bytes]:
    # Links are secrets, and lists of people nobody else's business: neither stays in a cache.
    return json_answer(value, status=status, headers={"Cache-Control": "no-store"})


BODIES = {
    "/api/v1/organisations": OrganisationIn,
    "/api/v1/people": PersonIn,
    "/api/v1/people/{number}/actions": PersonActionIn,
}
handlers = [list_organisations, add_organisation, list_people, add_person, read_person, act_on_person]
