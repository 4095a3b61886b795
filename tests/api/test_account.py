"""Second factor, lock-out, sessions, password and tokens, as a person meets them in the browser."""

import re
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from litestar.testing import TestClient
from sqlalchemy import Engine, update
from sqlmodel import col, select

from api.conftest import Client, form_token, sign_in
from conftest import PASSWORD, People
from registry import audit
from registry.accounts.model import ApiToken, SecondFactor, SignInAttempt, UserAccount
from registry.audit import AuditEntry, now
from registry.database import reading, writing
from registry.settings import load_settings
from started import started_app

SECRET = re.compile(r"<code>([A-Z2-7]{32})</code>")
RECOVERY = re.compile(r"<code>((?:[0-9a-f]{5}-){3}[0-9a-f]{5})</code>")
NEW_PASSWORD = "a longer horse 43"


def send(client: Client, path: str, **fields: str) -> tuple[int, str]:
    token = form_token(client.get("/account").text)
    answer = client.post(path, data={**fields, "_csrf": token}, follow_redirects=False)
    return answer.status_code, answer.text


def code_of(secret: str, *, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(audit.now() + timedelta(seconds=30 * steps))


def enrol(client: Client) -> tuple[str, list[str]]:
    """Put the second factor of whoever is signed in in force; return its secret and the recovery codes."""
    send(client, "/account/second-factor")
    page = client.get("/account").text
    found = SECRET.search(page)
    assert found is not None
    assert f"secret={found[1]}" in page
    status, text = send(client, "/account/second-factor/confirm", code=code_of(found[1], steps=-1))
    assert status == 200
    return found[1], RECOVERY.findall(text)


def give_code(client: Client, code: str) -> int:
    token = form_token(client.get("/sign-in/code").text)
    return client.post("/sign-in/code", data={"code": code, "_csrf": token}, follow_redirects=False).status_code


def is_in(client: Client) -> bool:
    return client.get("/projects", follow_redirects=False).status_code == 200


@pytest.fixture
def second(engine: Engine) -> Client:
    return TestClient(started_app(engine), raise_server_exceptions=False)


class TestASecondFactor:
    @pytest.fixture(autouse=True)
    def still_clock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """No code may run out between being read and being given."""
        moment = audit.now()
        monkeypatch.setattr(audit, "now", lambda: moment)

    def test_is_asked_for_after_the_password_and_works_once(self, anybody: Client, people: People) -> None:
        sign_in(anybody, "city")
        secret, _ = enrol(anybody)
        anybody.cookies.clear()
        assert sign_in(anybody, "city") == 303
        assert not is_in(anybody)
        assert give_code(anybody, "000000") == 422
        assert not is_in(anybody)
        code = code_of(secret)
        assert give_code(anybody, code) == 303
        assert is_in(anybody)
        anybody.cookies.clear()
        sign_in(anybody, "city")
        assert give_code(anybody, code) == 422
        assert not is_in(anybody)

    def test_is_not_in_force_before_its_first_code(self, anybody: Client, people: People) -> None:
        sign_in(anybody, "city")
        send(anybody, "/account/second-factor")
        assert send(anybody, "/account/second-factor/confirm", code="000000")[0] == 422
        anybody.cookies.clear()
        sign_in(anybody, "city")
        assert is_in(anybody)

    def test_can_be_replaced_by_a_recovery_code_once(self, anybody: Client, people: People, engine: Engine) -> None:
        sign_in(anybody, "city")
        _, codes = enrol(anybody)
        assert len(set(codes)) == 10
        for code, status in ((codes[3], 303), (codes[3], 422), (codes[4].upper(), 303)):
            anybody.cookies.clear()
            sign_in(anybody, "city")
            assert give_code(anybody, code) == status
        with reading(engine) as session:
            assert "second-factor.recovery" in session.exec(select(AuditEntry.action)).all()

    def test_ends_only_with_the_password(self, anybody: Client, people: People, engine: Engine) -> None:
        sign_in(anybody, "city")
        enrol(anybody)
        assert send(anybody, "/account/second-factor/remove", password="wrong")[0] == 422
        assert send(anybody, "/account/second-factor/remove", password=PASSWORD)[0] == 303
        with reading(engine) as session:
            assert session.exec(select(SecondFactor)).all() == []

    def test_cannot_be_guessed_by_who_has_the_password(self, anybody: Client, people: People) -> None:
        sign_in(anybody, "city")
        enrol(anybody)
        anybody.cookies.clear()
        statuses = []
        for _ in range(5):
            statuses += [sign_in(anybody, "city"), give_code(anybody, "123456")]
        # The right password does not give back the attempts at the code.
        assert statuses[:8] == [303, 422] * 4
        assert 429 in statuses[8:]


class TestALock:
    def test_survives_a_restart_and_names_the_time_left(self, people: People, engine: Engine) -> None:
        for attempt in range(8):
            with TestClient(started_app(engine)) as client:
                assert sign_in(client, "city", f"guess {attempt}") == 422
        with TestClient(started_app(engine)) as client:
            token = form_token(client.get("/sign-in").text)
            refused = client.post("/sign-in", data={"login": "city", "password": PASSWORD, "_csrf": token})
        assert refused.status_code == 429
        assert 290 <= int(refused.headers["retry-after"]) <= 300

    def test_lasts_twice_as_long_after_the_next_wrong_guess_and_ends_with_the_right_one(
        self, anybody: Client, people: People, engine: Engine
    ) -> None:
        for attempt in range(8):
            sign_in(anybody, "city", f"guess {attempt}")
        for expected in (600, 1200):
            self._wait(engine)
            assert sign_in(anybody, "city", "guess again") == 422
            with reading(engine) as session:
                kept = session.exec(select(SignInAttempt)).one()
            assert kept.locked_until is not None
            assert (kept.locked_until - kept.last_at).total_seconds() == expected
        self._wait(engine)
        assert sign_in(anybody, "city") == 303
        with reading(engine) as session:
            assert session.exec(select(SignInAttempt)).all() == []

    @staticmethod
    def _wait(engine: Engine) -> None:
        with writing(engine) as session:
            session.execute(update(SignInAttempt).values(locked_until=now() - timedelta(seconds=1)))

    def test_is_kept_without_what_was_typed(self, anybody: Client, people: People, engine: Engine) -> None:
        sign_in(anybody, "my-password-by-mistake", "x")
        with reading(engine) as session:
            kept = session.exec(select(SignInAttempt)).one().model_dump_json()
            log = "".join(entry.model_dump_json() for entry in session.exec(select(AuditEntry)))
        assert "my-password-by-mistake" not in kept + log


class TestSessions:
    def test_are_listed_and_ended_by_their_owner_only(self, anybody: Client, people: People, second: Client) -> None:
        with second:
            sign_in(anybody, "city")
            sign_in(second, "city")
            ids = re.findall(r'name="id" value="([0-9a-f]{64})"', anybody.get("/account").text)
            assert len(ids) == 1
            sign_in(second, "other_city")
            # The sign-in as somebody else ended the session; a stranger may not end what is left either.
            mine = re.findall(r'name="id" value="([0-9a-f]{64})"', second.get("/account").text)
            assert mine == []
            assert send(second, "/account/sessions/end", id=ids[0])[0] == 404

    def test_end_when_told_to(
        self, anybody: Client, people: People, second: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("registry.web.auth.REMEMBERED_SECONDS", 0.0)
        with second:
            sign_in(anybody, "city")
            sign_in(second, "city")
            found = re.search(r'name="id" value="([0-9a-f]{64})"', second.get("/account").text)
            assert found is not None
            assert send(second, "/account/sessions/end", id=found[1])[0] == 303
            assert is_in(second)
        assert not is_in(anybody)

    def test_all_but_this_one_end_with_a_new_password(
        self, anybody: Client, people: People, second: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("registry.web.auth.REMEMBERED_SECONDS", 0.0)
        with second:
            sign_in(anybody, "city")
            sign_in(second, "city")
            assert send(anybody, "/account/password", old="wrong", new=NEW_PASSWORD)[0] == 422
            assert send(anybody, "/account/password", old=PASSWORD, new="short")[0] == 422
            assert send(anybody, "/account/password", old=PASSWORD, new="city-and-some-more")[0] == 422
            assert is_in(second)
            assert send(anybody, "/account/password", old=PASSWORD, new=NEW_PASSWORD)[0] == 303
            assert is_in(anybody)
            assert not is_in(second)
            assert sign_in(second, "city") == 422
            assert sign_in(second, "city", NEW_PASSWORD) == 303


class TestATokenOfOnesOwn:
    def test_is_shown_once_reads_and_writes_only_with_its_scope(self, anybody: Client, people: People) -> None:
        sign_in(anybody, "city")
        status, page = send(anybody, "/account/tokens", name="月报脚本", days="30", scope="write")
        found = re.search(r"<code>(reg_[\w-]{43})</code>", page)
        assert status == 200
        assert found is not None
        again = anybody.get("/account").text
        assert found[1] not in again
        assert "月报脚本" in again
        anybody.cookies.clear()
        headers = {"Authorization": f"Bearer {found[1]}"}
        made = anybody.post("/api/v1/projects", json={"name": "由脚本录入的项目"}, headers=headers)
        assert made.status_code == 201
        listed = anybody.get("/api/v1/tokens", headers=headers).json()
        assert [(item["name"], item["scopes"]) for item in listed] == [("月报脚本", ["write"])]
        # What was stolen must not make another, nor reach the account.
        wanted = {"name": "再来一个", "days": 365, "scopes": []}
        assert anybody.post("/api/v1/tokens", json=wanted, headers=headers).status_code == 403
        assert anybody.get("/account", headers=headers).status_code == 403
        assert anybody.delete(f"/api/v1/tokens/{listed[0]['id']}", headers=headers).status_code == 204
        assert anybody.get("/api/v1/tokens", headers=headers).status_code == 401

    @pytest.mark.parametrize(
        ("name", "days", "scope"),
        [("", "30", ""), ("x", "0", ""), ("x", "366", ""), ("x", "ten", ""), ("x", "9", "all")],
    )
    def test_is_refused_without_a_name_an_end_or_a_known_scope(
        self, anybody: Client, people: People, engine: Engine, name: str, days: str, scope: str
    ) -> None:
        sign_in(anybody, "city")
        fields = {"name": name, "days": days, **({"scope": scope} if scope else {})}
        assert send(anybody, "/account/tokens", **fields)[0] == 422
        with reading(engine) as session:
            assert session.exec(select(ApiToken)).all() == []

    def test_is_created_over_the_api_by_a_person(self, anybody: Client, people: People) -> None:
        sign_in(anybody, "bank")
        headers = {"X-CSRF-Token": form_token(anybody.get("/account").text)}
        body = {"name": "每日筛选", "days": 90, "scopes": ["decide"]}
        secret = anybody.post("/api/v1/tokens", json=body, headers=headers).json()["secret"]
        anybody.cookies.clear()
        assert anybody.get("/api/v1/projects", headers={"Authorization": f"Bearer {secret}"}).status_code == 200

    def test_ends_on_its_day(self, anybody: Client, people: People, engine: Engine) -> None:
        sign_in(anybody, "city")
        _, page = send(anybody, "/account/tokens", name="短期", days="1")
        found = re.search(r"<code>(reg_[\w-]{43})</code>", page)
        assert found is not None
        with writing(engine) as session:
            session.execute(update(ApiToken).values(expires_at=now() - timedelta(seconds=1)))
        anybody.cookies.clear()
        assert anybody.get("/api/v1/projects", headers={"Authorization": f"Bearer {found[1]}"}).status_code == 401


class TestASamplePerson:
    @pytest.mark.parametrize(("is_demo", "status"), [(True, 303), (False, 422)])
    def test_signs_in_where_it_is_a_demo_only(self, people: People, engine: Engine, is_demo: bool, status: int) -> None:
        with writing(engine) as session:
            session.execute(update(UserAccount).where(col(UserAccount.login) == "city").values(is_sample=True))
        with TestClient(started_app(engine, replace(load_settings(), is_demo=is_demo))) as client:
            assert sign_in(client, "city") == status
            held = client.cookies.get("registry_session")
        # A session begun in a demo is worth nothing once the same database serves in earnest.
        with TestClient(started_app(engine)) as client:
            client.cookies.set("registry_session", held or "")
            assert not is_in(client)


class TestTheAuditPage:
    def test_narrows_to_a_project_a_person_and_an_action(self, anybody: Client, people: People) -> None:
        sign_in(anybody, "city")
        headers = {"X-CSRF-Token": form_token(anybody.get("/account").text)}
        for name in ("第一个项目", "第二个项目"):
            assert anybody.post("/api/v1/projects", json={"name": name}, headers=headers).status_code == 201
        anybody.cookies.clear()
        sign_in(anybody, "ministry")

        def subjects(**query: str) -> list[str]:
            return re.findall(r"<td>((?:project|user|login):[^<]+)</td>", anybody.get("/audit", params=query).text)

        assert subjects(project="ML-0000002") == ["project:ML-0000002"]
        assert subjects(person="city", action="project.save") == ["project:ML-0000002", "project:ML-0000001"]
        assert subjects(person="nobody") == []
        assert anybody.get("/audit", params={"before": "x"}).status_code == 400
        assert subjects(before="1") == []
