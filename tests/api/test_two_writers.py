"""Two who write at once, in threads and transactions of their own: one wins, the other is told and loses nothing."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from threading import Barrier, Thread

import pytest
from httpx import Response
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import Engine
from sqlmodel import col, select

from api.conftest import Caller
from api.test_route_matrix import open_browser
from applications import LIBRARY, application_in, complete_dossier, enter_project
from conftest import People
from registry import audit
from registry.accounts.model import Actor
from registry.accounts.operations import add_user, issue_token
from registry.database import reading, writing
from registry.projects.lifecycle.model import Application, ApplicationEvent, DepartmentOpinion
from registry.projects.model import ProjectRevision
from registry.web.forms import form_from
from started import started_app

ROUNDS = 4
"""One round could be lucky."""

Send = Callable[[Caller], Response]


def both(engine: Engine, calls: list[tuple[Actor, Send]]) -> list[Response]:
    """Send every call at the same moment, each through an application of its own, as two servers would."""
    prepared: list[Callable[[TestClient[Litestar]], Response]] = []
    for actor, call in calls:
        with writing(engine) as session:
            token = issue_token(session, user_id=actor.user_id or 0, name="writer")
        prepared.append(partial(_as_program, token=token, call=call))
    return together(engine, prepared)


def _as_program(client: TestClient[Litestar], *, token: str, call: Send) -> Response:
    return call(Caller(client, token))


def together(engine: Engine, calls: list[Callable[[TestClient[Litestar]], Response]]) -> list[Response]:
    start = Barrier(len(calls))
    answers: list[Response] = []

    def send(call: Callable[[TestClient[Litestar]], Response]) -> None:
        app = started_app(engine)
        with TestClient(app, raise_server_exceptions=False) as client:
            start.wait()
            answers.append(call(client))

    threads = [Thread(target=send, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def second(engine: Engine, first: Actor) -> Actor:
    with writing(engine) as session:
        house = first.organisation_id or 0
        user = add_user(session, login="second", display_name="乙", password="x" * 12, organisation_id=house)
    return replace(first, user_id=user.id)


def audit_holds(engine: Engine) -> bool:
    with reading(engine) as session:
        return audit.verify_log(session) is None


class TestTwoReviewersAtOnce:
    def test_get_one_decision_and_one_refusal(self, engine: Engine, people: People) -> None:
        other = second(engine, people.province)
        for _ in range(ROUNDS):
            application = application_in(engine, people, "submitted")

            def decide(action: str, number: int | None = application.id, version: int = application.version) -> Send:
                body = {"action": action, "version": version, "reason": "理由"}
                return lambda caller: caller.post(f"/api/v1/applications/{number}/actions", json=body)

            answers = both(engine, [(people.province, decide("recommend")), (other, decide("decline"))])
            assert sorted(each.status_code for each in answers) == [200, 412]
            refused = next(each.json() for each in answers if each.status_code == 412)
            assert (refused["code"], "已由他人处理" in refused["detail"]) == ("stale-write", True)
            winner = next(each.json() for each in answers if each.status_code == 200)
            with reading(engine) as session:
                query = select(ApplicationEvent).where(col(ApplicationEvent.application_id) == application.id)
                moves = [each.action for each in session.exec(query) if each.from_state == "submitted"]
                assert session.get_one(Application, application.id).state == winner["state"]
            assert len(moves) == 1
        assert audit_holds(engine)

    def test_fill_an_opinion_once(self, engine: Engine, people: People) -> None:
        other = second(engine, people.province)
        application = application_in(engine, people, "submitted")
        path = f"/api/v1/applications/{application.id}/opinions"
        both(engine, [(people.province, lambda caller: caller.post(path, json={"departments": ["finance", "reform"]}))])

        def give(*, is_favourable: bool) -> Send:
            body = {"is_favourable": is_favourable, "opinion": str(is_favourable)}
            return lambda caller: caller.put(f"{path}/finance", json=body)

        calls = [(people.province, give(is_favourable=True)), (other, give(is_favourable=False))]
        assert sorted(each.status_code for each in both(engine, calls)) == [200, 412]
        with reading(engine) as session:
            slots = {each.department: each for each in session.exec(select(DepartmentOpinion))}
        assert slots["finance"].opinion == str(slots["finance"].is_favourable)
        assert slots["reform"].given_at is None

    @pytest.mark.parametrize("department", ["finance"])
    def test_open_one_slot_for_a_department(self, engine: Engine, people: People, department: str) -> None:
        other = second(engine, people.province)
        path = f"/api/v1/applications/{application_in(engine, people, 'submitted').id}/opinions"
        body = {"departments": [department]}
        calls: list[tuple[Actor, Send]] = [
            (actor, lambda caller: caller.post(path, json=body)) for actor in (people.province, other)
        ]
        assert [each.status_code for each in both(engine, calls)] == [201, 201]
        with reading(engine) as session:
            assert len(session.exec(select(DepartmentOpinion)).all()) == 1


class TestTwoCitiesAtOnce:
    def test_save_one_revision_and_are_told_the_difference(self, engine: Engine, people: People) -> None:
        other = second(engine, people.city)
        for _ in range(ROUNDS):
            code = enter_project(engine, people.city)
            with reading(engine) as session:
                seen = session.exec(select(ProjectRevision).order_by(col(ProjectRevision.id).desc())).first()
            assert seen is not None

            def save(amount: str, code: str = code, tag: str = seen.hash) -> Send:
                document = complete_dossier(total_investment=amount).model_dump(mode="json", exclude_none=True)
                headers = {"If-Match": f'"{tag}"'}
                return lambda caller: caller.put(f"/api/v1/projects/{code}", json=document, headers=headers)

            answers = both(engine, [(people.city, save("20000")), (other, save("30000"))])
            assert sorted(each.status_code for each in answers) == [200, 412]
            refused = next(each.json() for each in answers if each.status_code == 412)
            (difference,) = [each for each in refused["differences"] if each["path"] == "total_investment"]
            assert {difference["before"], difference["after"]} == {"20000", "30000"}
            with reading(engine) as session:
                query = select(ProjectRevision.number).where(ProjectRevision.project_id == seen.project_id)
                assert sorted(session.exec(query)) == [1, 2]
        assert audit_holds(engine)

    def test_keep_what_they_typed_into_the_form(self, engine: Engine, people: People) -> None:
        other = second(engine, people.city)
        code = enter_project(engine, people.city)
        texts = form_from(complete_dossier().model_dump(mode="json", exclude_none=True))

        def save(amount: str, actor: Actor) -> Callable[[TestClient[Litestar]], Response]:
            secret, token = open_browser(engine, actor)

            def send(client: TestClient[Litestar]) -> Response:
                client.cookies.set("registry_session", secret)
                form = {**texts, "total_investment": amount, "seen_revision": "1", "_csrf": token}
                return client.post(f"/projects/{code}/edit", data=form, follow_redirects=False)

            return send

        answers = together(engine, [save("20000", people.city), save("30000", other)])
        assert sorted(each.status_code for each in answers) == [303, 412]
        refused = next(each.text for each in answers if each.status_code == 412)
        typed = "20000" if 'value="20000"' in refused else "30000"
        assert f'value="{typed}"' in refused
        assert "他人已保存第 2 版" in refused

    def test_begin_one_application(self, engine: Engine, people: People) -> None:
        other = second(engine, people.city)
        code = enter_project(engine, people.city)
        body = {"library": LIBRARY}
        calls: list[tuple[Actor, Send]] = [
            (actor, lambda caller: caller.post(f"/api/v1/projects/{code}/applications", json=body))
            for actor in (people.city, other)
        ]
        answers = both(engine, calls)
        assert Counter(each.status_code for each in answers) == {201: 2}
        assert len({each.json()["id"] for each in answers}) == 1


def test_a_city_that_withdraws_and_a_province_that_recommends_do_not_both_succeed(
    engine: Engine, people: People
) -> None:
    for _ in range(ROUNDS):
        application = application_in(engine, people, "submitted")

        def act(action: str, number: int | None = application.id, version: int = application.version) -> Send:
            body = {"action": action, "version": version, "reason": "理由"}
            return lambda caller: caller.post(f"/api/v1/applications/{number}/actions", json=body)

        answers = both(engine, [(people.city, act("withdraw")), (people.province, act("recommend"))])
        assert sorted(each.status_code for each in answers) == [200, 412]
