import hashlib
from dataclasses import replace

import pytest
from litestar.testing import TestClient
from sqlalchemy import Engine
from sqlmodel import select

from api.conftest import CallAs, Client, form_token, sign_in
from conftest import PASSWORD, People
from registry.accounts.model import UserAccount, WebSession
from registry.accounts.operations import revoke_token
from registry.accounts.queries import tokens_of
from registry.audit import AuditEntry
from registry.database import reading, writing
from registry.settings import load_settings
from registry.web import auth
from registry.web.app import create_app
from registry.web.pages.sign_in import DemoLogin
from started import started_app


def session_cookie(client: Client) -> str:
    return client.cookies.get("registry_session") or ""


class TestASession:
    def test_begins_only_with_the_right_password(self, anybody: Client, people: People, engine: Engine) -> None:
        assert anybody.get("/projects", follow_redirects=False).headers["location"] == "/sign-in?next=/projects"
        assert sign_in(anybody, "city", "wrong") == 422
        assert sign_in(anybody, "nobody", PASSWORD) == 422
        assert session_cookie(anybody) == ""
        assert sign_in(anybody, "city") == 303
        assert anybody.get("/projects", follow_redirects=False).status_code == 200
        with reading(engine) as session:
            acts = [entry.action for entry in session.exec(select(AuditEntry).order_by(AuditEntry.id))]  # type: ignore[arg-type]
        assert acts[-3:] == ["sign-in.refused", "sign-in.refused", "sign-in"]

    def test_never_takes_an_id_that_a_browser_invents(self, anybody: Client, people: People) -> None:
        anybody.cookies.set("registry_session", "attacker123")
        assert anybody.get("/projects", follow_redirects=False).status_code == 303
        assert sign_in(anybody, "city") == 303
        anybody.cookies.clear()
        anybody.cookies.set("registry_session", "attacker123")
        assert anybody.get("/projects", follow_redirects=False).status_code == 303

    def test_changes_its_id_at_every_sign_in_and_ends_the_old_one(
        self, anybody: Client, people: People, engine: Engine
    ) -> None:
        sign_in(anybody, "city")
        first = session_cookie(anybody)
        sign_in(anybody, "other_city")
        second = session_cookie(anybody)
        assert first
        assert second not in {"", first}
        with reading(engine) as session:
            kept = [row.id for row in session.exec(select(WebSession))]
        assert kept == [hashlib.sha256(second.encode()).hexdigest()]
        anybody.cookies.clear()
        anybody.cookies.set("registry_session", first)
        assert anybody.get("/projects", follow_redirects=False).status_code == 303

    def test_ends_at_sign_out(self, anybody: Client, people: People) -> None:
        sign_in(anybody, "city")
        held = session_cookie(anybody)
        token = form_token(anybody.get("/projects").text)
        assert anybody.post("/sign-out", data={"_csrf": token}, follow_redirects=False).status_code == 303
        assert session_cookie(anybody) == ""
        anybody.cookies.set("registry_session", held)
        assert anybody.get("/projects", follow_redirects=False).status_code == 303

    def test_survives_a_restart(self, people: People, engine: Engine) -> None:
        with TestClient(started_app(engine)) as before:
            sign_in(before, "city")
            held = session_cookie(before)
        with TestClient(create_app(engine)) as after:
            after.cookies.set("registry_session", held)
            assert after.get("/projects", follow_redirects=False).status_code == 200

    def test_ends_when_the_account_is_closed(
        self, anybody: Client, people: People, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(auth, "REMEMBERED_SECONDS", 0.0)
        sign_in(anybody, "city")
        with writing(engine) as session:
            session.exec(select(UserAccount).where(UserAccount.login == "city")).one().is_active = False
        assert anybody.get("/projects", follow_redirects=False).status_code == 303

    def test_has_a_cookie_no_script_and_no_other_site_can_use(self, people: People, engine: Engine) -> None:
        with TestClient(started_app(engine, replace(load_settings(), is_behind_tls=True))) as client:
            client.base_url = "https://testserver.local"
            token = form_token(client.get("/sign-in").text)
            answer = client.post(
                "/sign-in", data={"login": "city", "password": PASSWORD, "_csrf": token}, follow_redirects=False
            )
        cookie = next(item for item in answer.headers.get_list("set-cookie") if item.startswith("registry_session="))
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Secure" in cookie
        assert "max-age" in answer.headers["strict-transport-security"]

    @pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:1"])
    def test_does_not_send_people_to_another_site(self, anybody: Client, people: People, target: str) -> None:
        token = form_token(anybody.get("/sign-in", params={"next": target}).text)
        fields = {"login": "city", "password": PASSWORD, "_csrf": token, "next": target}
        assert anybody.post("/sign-in", data=fields, follow_redirects=False).headers["location"] == "/"


class TestGuessing:
    def test_is_slowed_down_and_told_when_to_try_again(self, anybody: Client, people: People) -> None:
        statuses = [sign_in(anybody, "city", f"guess {number}") for number in range(8)]
        assert statuses == [422] * 8
        token = form_token(anybody.get("/sign-in").text)
        refused = anybody.post("/sign-in", data={"login": "city", "password": PASSWORD, "_csrf": token})
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["retry-after"]) <= 300
        assert sign_in(anybody, "other_city") == 303


class TestAForgedRequest:
    def test_is_refused_without_a_token(self, anybody: Client, people: People) -> None:
        fields = {"login": "city", "password": PASSWORD}
        assert anybody.post("/sign-in", data=fields, follow_redirects=False).status_code == 403
        sign_in(anybody, "city")
        assert anybody.post("/sign-out").status_code == 403
        assert anybody.post("/projects/new", data={"name": "伪造的项目"}).status_code == 403
        assert anybody.post("/api/v1/projects", json={"name": "伪造的项目"}).status_code == 403
        assert anybody.get("/api/v1/projects").json()["items"] == []

    def test_is_refused_with_the_token_of_another_session(self, anybody: Client, people: People) -> None:
        sign_in(anybody, "other_city")
        foreign = form_token(anybody.get("/projects").text)
        anybody.cookies.clear()
        sign_in(anybody, "city")
        assert anybody.post("/sign-out", data={"_csrf": foreign}).status_code == 403

    def test_is_refused_when_the_browser_says_it_comes_from_elsewhere(self, anybody: Client, people: People) -> None:
        sign_in(anybody, "city")
        token = form_token(anybody.get("/projects").text)
        elsewhere = {"Sec-Fetch-Site": "cross-site", "X-CSRF-Token": token}
        assert anybody.post("/api/v1/projects", json={"name": "伪造的项目"}, headers=elsewhere).status_code == 403
        here = {"Sec-Fetch-Site": "same-origin", "X-CSRF-Token": token}
        assert anybody.post("/api/v1/projects", json={"name": "自己的项目"}, headers=here).status_code == 201

    def test_never_has_the_same_token_twice(self, anybody: Client, people: People) -> None:
        sign_in(anybody, "city")
        assert form_token(anybody.get("/projects").text) != form_token(anybody.get("/projects").text)


class TestAToken:
    def test_is_refused_when_unknown_even_beside_a_session(self, anybody: Client, people: People) -> None:
        sign_in(anybody, "city")
        answer = anybody.get("/api/v1/projects", headers={"Authorization": "Bearer reg_unknown"})
        assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in")

    def test_stops_when_revoked(
        self, call_as: CallAs, people: People, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(auth, "REMEMBERED_SECONDS", 0.0)
        client = call_as(people.city)
        assert client.get("/api/v1/projects").status_code == 200
        assert people.city.user_id is not None
        with writing(engine) as session:
            revoke_token(
                session, user_id=people.city.user_id, token_id=tokens_of(session, people.city.user_id)[0].id or 0
            )
        assert client.get("/api/v1/projects").status_code == 401

    def test_is_remembered_for_seconds_only(self) -> None:
        assert auth.REMEMBERED_SECONDS <= 5


class TestTheDemoLogins:
    def test_are_shown_in_a_demo_only(self, engine: Engine) -> None:
        logins = [DemoLogin("huzhou", "sample-pass", "市级填报人员", "City clerk")]
        for is_demo in (True, False):
            settings = replace(load_settings(), is_demo=is_demo)
            with TestClient(started_app(engine, settings, logins)) as client:
                assert ("sample-pass" in client.get("/sign-in").text) is is_demo
