"""Every state × every group × every role × every action through the API, against a table written by hand."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import get_args

import pytest
from sqlalchemy import Engine

from api.conftest import CallAs, Caller
from applications import EXPECTED, PATHS, application_in
from conftest import People
from registry import audit
from registry.accounts.model import Actor, Role
from registry.accounts.operations import add_user, ensure_operator
from registry.database import reading, writing
from registry.projects.lifecycle.model import Application

ACTIONS = (
    "submit",
    "recommend",
    "return",
    "decline",
    "admit",
    "reopen",
    "withdraw",
    "expire",
    "remove",
    "implement",
)
EXISTS = {
    "draft": {"submit", "withdraw"},
    "submitted": {"recommend", "return", "decline", "withdraw"},
    "recommended": {"admit", "return", "decline", "withdraw"},
    "returned": {"submit", "withdraw"},
    "in_library": {"withdraw", "expire", "remove", "implement"},
}
"""Written by hand: actions that exist in a state for somebody. What does not exist is 422, what is not yours 403."""
NOT_DUE = {("in_library", "expire")}
"""Allowed by the table and still refused today: the entry of these tests is three years from its end."""
HOUSES = ("city", "other_city", "province", "ministry", "bank")


@pytest.fixture(autouse=True)
def entered_lately(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enter the projects now: the API reads the clock, and three years on it would find them overdue."""
    monkeypatch.setattr("applications.ENTRY", audit.now())


@pytest.fixture
def callers(engine: Engine, people: People, call_as: CallAs) -> dict[tuple[str, str], Caller]:
    """One caller for each organisation and role, and the operator, who has no role."""
    found: dict[tuple[str, str], Caller] = {}
    with writing(engine) as session:
        operator = ensure_operator(session)
        actors: dict[tuple[str, str], Actor] = {("operator", "none"): operator}
        for house, role in product(HOUSES, get_args(Role)):
            first: Actor = getattr(people, house)
            user = add_user(
                session,
                login=f"{house}-{role}",
                display_name=f"{house} {role}",
                password="x" * 12,
                organisation_id=first.organisation_id or 0,
                role=role,
            )
            actors[house, role] = replace(first, user_id=user.id, role=role)
    for who, actor in actors.items():
        found[who] = call_as(actor)
    return found


def expected(state: str, house: str, role: str, action: str) -> int:
    """Return the status the hand-written table asks for."""
    if house == "bank":
        return 403
    if house == "other_city":
        # A clerk of a city is told first that submitting takes another role, before anything is looked up.
        return 403 if action == "submit" and role != "reviewer" else 404
    if action == "submit" and (house not in {"city", "operator"} or role not in {"reviewer", "none"}):
        return 403
    if action not in EXISTS.get(state, set()):
        return 422
    if role not in {"reviewer", "none"} or action not in EXPECTED[state].get(house, {}):
        return 403
    return 422 if (state, action) in NOT_DUE else 200


def versions(engine: Engine, number: int) -> tuple[str, int]:
    with reading(engine) as session:
        found = session.get_one(Application, number)
        return found.state, found.version


def asked(action: str, version: int) -> dict[str, object]:
    return {"action": action, "version": version, "reason": "理由", "sections": {"identity": "补充"}}


def cases(state: str, callers: dict[tuple[str, str], Caller]) -> Iterator[tuple[str, str, str, int]]:
    for (house, role), action in product(callers, ACTIONS):
        yield house, role, action, expected(state, house, role, action)


@pytest.mark.slow
@pytest.mark.parametrize("state", list(PATHS))
def test_every_state_answers_every_role_as_the_table_says(
    state: str, engine: Engine, people: People, callers: dict[tuple[str, str], Caller]
) -> None:
    application = application_in(engine, people, state)
    wrong: list[object] = []
    for house, role, action, status in cases(state, callers):
        number = application.id or 0
        path = f"/api/v1/applications/{number}/actions"
        answer = callers[house, role].post(path, json=asked(action, application.version))
        if answer.status_code != status:
            wrong.append((house, role, action, f"expected {status}, was {answer.status_code}", answer.text[:200]))
        elif status == 200 and answer.json()["state"] != EXPECTED[state][house][action]:
            wrong.append((house, role, action, answer.json()["state"]))
        elif status != 200 and versions(engine, number) != (state, application.version):
            wrong.append((house, role, action, "refused and moved nevertheless"))
        if answer.status_code == 200:
            application = application_in(engine, people, state)
    assert wrong == []


@pytest.mark.parametrize("state", list(PATHS))
def test_offers_each_role_exactly_what_it_may_do(
    state: str, engine: Engine, people: People, callers: dict[tuple[str, str], Caller]
) -> None:
    number = application_in(engine, people, state).id
    for (house, role), caller in callers.items():
        answer = caller.get(f"/api/v1/applications/{number}")
        if house in {"bank", "other_city"}:
            assert answer.status_code == (403 if house == "bank" else 404)
            continue
        may_act = role in {"reviewer", "none"}
        offered = set(EXPECTED[state].get(house, {})) if may_act else set()
        assert (house, role, set(answer.json()["application"]["actions"])) == (house, role, offered)
        assert set(answer.json()["hindered"]) == offered
