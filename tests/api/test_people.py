"""Administrators and the people below them, over the API and on the page; the link by which a password is set."""

import re
from typing import Any

import pyotp
import pytest
from httpx import Response
from sqlalchemy import Engine
from sqlmodel import select

from api.conftest import CallAs, Caller, Client, form_token, sign_in
from conftest import PASSWORD
from registry import audit
from registry.accounts.managing import CHILD_GROUP
from registry.accounts.model import Actor, Group, PasswordLink, Role, UserAccount
from registry.accounts.operations import add_organisation, add_user
from registry.accounts.queries import actor_of
from registry.accounts.second_factor import begin_enrolment, confirm_enrolment
from registry.audit import AuditEntry, now
from registry.database import reading, writing

NEW_PASSWORD = "a longer horse 43"
LINK = re.compile(r"/set-password/[A-Za-z0-9_-]{43}")


class Houses:
    """A small tree with an administrator and a clerk in each house, by the name of the house."""

    def __init__(self, engine: Engine) -> None:
        self.admins: dict[str, Actor] = {}
        self.clerks: dict[str, Actor] = {}
        plan: tuple[tuple[str, Group, str | None, str | None], ...] = (
            ("ministry", "ministry", None, None),
            ("province", "province", "ministry", "330000"),
            ("city", "city", "province", "330500"),
            ("county", "city", "city", "330522"),
            ("neighbour", "city", "province", "330400"),
            ("bank", "bank", None, None),
        )
        with writing(engine) as session:
            for name, group, above, code in plan:
                parent = self.admins[above].organisation_id if above else None
                house = add_organisation(session, name=name, group=group, parent_id=parent, division_code=code)
                for role, kept in (("administrator", self.admins), ("clerk", self.clerks)):
                    kept[name] = self._person(session, f"{name}-{role}", house.id or 0, role)  # type: ignore[arg-type]

    @staticmethod
    def _person(session: Any, login: str, house: int, role: Role) -> Actor:
        user = add_user(session, login=login, display_name=login, password=PASSWORD, organisation_id=house, role=role)
        return actor_of(session, user)


@pytest.fixture
def houses(engine: Engine) -> Houses:
    return Houses(engine)


@pytest.fixture
def admin(call_as: CallAs, houses: Houses) -> Caller:
    return call_as(houses.admins["city"])


def act(caller: Caller, actor: Actor, action: str, **details: Any) -> Response:
    body = {"action": action, **details}
    answer: Response = caller.post(f"/api/v1/people/{actor.user_id}/actions", json=body)
    return answer


def invite(caller: Caller, organisation: int | None, login: str = "new-one", role: str = "clerk") -> Response:
    body = {"login": login, "display_name": "新人", "organisation": organisation, "role": role}
    answer: Response = caller.post("/api/v1/people", json=body)
    return answer


def set_password(client: Client, link: str, new: str = NEW_PASSWORD, again: str | None = None) -> int:
    client.cookies.clear()
    found = client.get(link)
    if found.status_code != 200:
        return found.status_code
    fields = {"new": new, "again": again or new, "_csrf": form_token(found.text)}
    return client.post(link, data=fields).status_code


def actions(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return [each.action for each in session.exec(select(AuditEntry).order_by(AuditEntry.id))]  # type: ignore[arg-type]


class TestTheDirectory:
    def test_is_the_tree_below_ones_own(self, admin: Caller, call_as: CallAs, houses: Houses) -> None:
        tree = admin.get("/api/v1/organisations").json()
        assert [(each["name"], each["depth"], each["n_people"]) for each in tree] == [("city", 0, 2), ("county", 1, 2)]
        above = call_as(houses.admins["province"]).get("/api/v1/organisations").json()
        assert [(each["name"], each["depth"]) for each in above] == [
            ("province", 0), ("neighbour", 1), ("city", 1), ("county", 2)
        ]  # fmt: skip

    def test_shows_role_second_factor_and_last_sign_in(
        self, admin: Caller, anybody: Client, engine: Engine, houses: Houses
    ) -> None:
        clerk = houses.clerks["city"]
        with writing(engine) as session:
            secret = begin_enrolment(session, user_id=clerk.user_id or 0, login="x").secret
            confirm_enrolment(session, user_id=clerk.user_id or 0, code=pyotp.TOTP(secret).at(now()))
        sign_in(anybody, "city-administrator")
        people = {each["login"]: each for each in admin.get("/api/v1/people").json()}
        shown = people["city-clerk"]
        assert (shown["role"], shown["is_active"], shown["has_second_factor"]) == ("clerk", True, True)
        assert shown["last_sign_in_at"] is None
        assert people["city-administrator"]["last_sign_in_at"] is not None
        assert people["city-administrator"]["n_sessions"] == 1
        assert "password" not in admin.get("/api/v1/people").text

    @pytest.mark.parametrize("house", ["province", "neighbour", "bank", "ministry"])
    def test_ends_where_the_subtree_ends(self, admin: Caller, houses: Houses, house: str) -> None:
        outside = houses.clerks[house]
        assert admin.get(f"/api/v1/people?organisation={outside.organisation_id}").status_code == 403
        assert admin.get(f"/api/v1/people/{outside.user_id}").status_code == 404
        assert invite(admin, outside.organisation_id).status_code == 403
        assert admin.post(
            "/api/v1/organisations", json={"parent": outside.organisation_id, "name": "x", "division_code": "330599"}
        ).status_code == 403  # fmt: skip
        for action in ("disable", "enable", "reset-password", "reset-second-factor", "end-access"):
            assert act(admin, outside, action).status_code == 404
        assert act(admin, outside, "role", role="reviewer").status_code == 404

    def test_is_for_administrators_only(self, call_as: CallAs, houses: Houses) -> None:
        clerk = call_as(houses.clerks["city"])
        assert clerk.get("/api/v1/organisations").status_code == 403
        assert invite(clerk, houses.clerks["city"].organisation_id).status_code == 403
        assert act(clerk, houses.clerks["city"], "role", role="reviewer").status_code == 403


class TestANewPerson:
    def test_sets_the_password_by_a_link_that_works_once(
        self, admin: Caller, anybody: Client, engine: Engine, houses: Houses
    ) -> None:
        made = invite(admin, houses.admins["county"].organisation_id, role="reviewer")
        assert made.status_code == 201
        assert made.headers["cache-control"] == "no-store"
        link = made.json()["link"]
        assert made.json()["person"]["organisation"] == "county"
        assert sign_in(anybody, "new-one", NEW_PASSWORD) == 422
        assert set_password(anybody, link, "short") == 422
        assert set_password(anybody, link, NEW_PASSWORD, again="another horse 44") == 422
        assert set_password(anybody, link) == 200
        anybody.cookies.clear()
        assert sign_in(anybody, "new-one", NEW_PASSWORD) == 303
        assert set_password(anybody, link, "third horse 45 x") == 404
        assert actions(engine).count("password.set") == 1
        with reading(engine) as session:
            assert session.exec(select(PasswordLink)).all() == []
            assert link.rsplit("/", 1)[1] not in "".join(each.details for each in session.exec(select(AuditEntry)))

    def test_is_refused_with_every_flaw_at_once(self, admin: Caller, houses: Houses) -> None:
        body = {"login": "Bad Login", "display_name": " ", "organisation": houses.admins["city"].organisation_id}
        findings = admin.post("/api/v1/people", json=body).json()["findings"]
        assert {each["path"] for each in findings} == {"login", "display_name"}
        assert invite(admin, houses.admins["city"].organisation_id, "city-clerk").status_code == 422

    def test_finds_the_link_too_old_after_three_days(
        self, admin: Caller, anybody: Client, engine: Engine, houses: Houses
    ) -> None:
        link = invite(admin, houses.admins["city"].organisation_id).json()["link"]
        with writing(engine) as session:
            for each in session.exec(select(PasswordLink)):
                each.expires_at = now()
                session.add(each)
        assert set_password(anybody, link) == 404


class TestAnAccount:
    def test_changes_role_and_is_closed_and_opened(
        self, admin: Caller, anybody: Client, engine: Engine, houses: Houses, call_as: CallAs
    ) -> None:
        clerk = houses.clerks["county"]
        own = call_as(clerk)
        assert own.get("/api/v1/projects").status_code == 200
        assert act(admin, clerk, "role", role="reviewer").json()["person"]["role"] == "reviewer"
        assert act(admin, clerk, "disable").json()["person"]["is_active"] is False
        assert own.get("/api/v1/projects").status_code == 401
        assert sign_in(anybody, "county-clerk") == 422
        assert act(admin, clerk, "enable").json()["person"]["is_active"] is True
        assert sign_in(anybody, "county-clerk") == 303
        assert act(admin, clerk, "end-access").json()["person"]["n_sessions"] == 0
        assert anybody.get("/projects", follow_redirects=False).status_code == 303
        assert act(admin, clerk, "role").status_code == 422
        log = actions(engine)
        assert [log.count(f"user.{name}") for name in ("role", "disable", "enable", "end-access")] == [1, 1, 1, 1]

    def test_is_reset_with_password_and_second_factor(
        self, admin: Caller, anybody: Client, engine: Engine, houses: Houses
    ) -> None:
        clerk = houses.clerks["city"]
        assert act(admin, clerk, "reset-second-factor").status_code == 422
        with writing(engine) as session:
            secret = begin_enrolment(session, user_id=clerk.user_id or 0, login="x").secret
            confirm_enrolment(session, user_id=clerk.user_id or 0, code=pyotp.TOTP(secret).at(now()))
        done = act(admin, clerk, "reset-second-factor")
        assert done.json()["person"]["has_second_factor"] is False
        link = act(admin, clerk, "reset-password").json()["link"]
        assert sign_in(anybody, "city-clerk") == 422
        assert set_password(anybody, link) == 200
        anybody.cookies.clear()
        assert sign_in(anybody, "city-clerk", NEW_PASSWORD) == 303
        assert {"user.reset", "second-factor.remove", "password.set"} <= set(actions(engine))

    def test_is_nobodys_own_to_raise(self, admin: Caller, houses: Houses, engine: Engine) -> None:
        me = houses.admins["city"]
        assert act(admin, me, "role", role="reviewer").status_code == 403
        for action in ("enable", "reset-password", "reset-second-factor", "end-access"):
            assert act(admin, me, action).status_code == 403
        with reading(engine) as session:
            user = session.exec(select(UserAccount).where(UserAccount.id == me.user_id)).one()
            assert user.role == "administrator"

    def test_of_the_last_administrator_closes_only_when_confirmed(
        self, admin: Caller, call_as: CallAs, houses: Houses
    ) -> None:
        me = houses.admins["city"]
        refused = act(admin, me, "disable")
        assert refused.status_code == 422
        [finding] = refused.json()["findings"]
        assert (finding["code"], finding["severity"]) == ("last-administrator", "warning")
        above = call_as(houses.admins["province"])
        assert act(above, me, "role", role="clerk").status_code == 422
        assert invite(admin, me.organisation_id, "second", "administrator").status_code == 201
        assert act(above, houses.admins["county"], "role", role="clerk", confirmed=True).status_code == 200
        assert act(admin, me, "disable").status_code == 404 or act(above, me, "disable").status_code == 200
        assert above.get(f"/api/v1/people/{me.user_id}").json()["is_active"] is False


class TestAnOrganisation:
    def test_is_added_below_with_the_group_that_follows(self, admin: Caller, call_as: CallAs, houses: Houses) -> None:
        city = houses.admins["city"].organisation_id
        made = admin.post("/api/v1/organisations", json={"parent": city, "name": "安吉县", "division_code": "330523"})
        assert made.status_code == 201
        assert (made.json()["group"], made.json()["depth"]) == ("city", 1)
        bank = call_as(houses.admins["bank"])
        branch = {"parent": houses.admins["bank"].organisation_id, "name": "湖州分行"}
        assert bank.post("/api/v1/organisations", json=branch).json()["group"] == "bank"
        assert set(CHILD_GROUP) == {"ministry", "province", "city", "bank"}

    @pytest.mark.parametrize(
        "changes", [{"name": "county"}, {"name": " "}, {"division_code": "370101"}, {"division_code": None}]
    )
    def test_needs_a_name_of_its_own_and_a_place_within(
        self, admin: Caller, houses: Houses, changes: dict[str, Any]
    ) -> None:
        body = {"parent": houses.admins["city"].organisation_id, "name": "安吉县", "division_code": "330523", **changes}
        assert admin.post("/api/v1/organisations", json=body).status_code == 422


class TestThePage:
    def test_does_it_all_and_shows_the_link_once(self, anybody: Client, houses: Houses) -> None:
        sign_in(anybody, "city-administrator")
        county = houses.admins["county"]
        page = anybody.get(f"/people?organisation={county.organisation_id}")
        assert "county-clerk" in page.text
        assert "neighbour" not in page.text
        fields = {"login": "new-one", "display_name": "新人", "role": "clerk", "_csrf": form_token(page.text)}
        made = anybody.post("/people", data={**fields, "organisation": str(county.organisation_id)})
        [link] = set(LINK.findall(made.text))
        assert "72" in made.text
        assert not LINK.search(anybody.get(f"/people?organisation={county.organisation_id}").text)
        clerk = f"/people/{houses.clerks['county'].user_id}"
        token = form_token(anybody.get(clerk).text)
        answer = anybody.post(clerk, data={"take": "disable", "_csrf": token}, follow_redirects=False)
        assert answer.headers["location"] == clerk
        assert "已停用" in anybody.get(clerk).text
        assert "disabled" in anybody.get(f"{clerk}?lang=en").text
        assert set_password(anybody, link) == 200

    def test_asks_to_confirm_the_end_of_the_last_administrator(self, anybody: Client, houses: Houses) -> None:
        sign_in(anybody, "city-administrator")
        me = f"/people/{houses.admins['city'].user_id}"
        page = anybody.get(me).text
        assert 'name="confirmed"' not in page
        warned = anybody.post(me, data={"take": "disable", "_csrf": form_token(page)})
        assert warned.status_code == 422
        assert 'name="confirmed"' in warned.text
        sent = {"take": "disable", "confirmed": "true", "_csrf": form_token(warned.text)}
        assert anybody.post(me, data=sent, follow_redirects=False).headers["location"] == "/sign-in"
        assert anybody.get("/projects", follow_redirects=False).status_code == 303


def test_every_act_leaves_the_chain_whole(admin: Caller, engine: Engine, houses: Houses) -> None:
    act(admin, houses.clerks["city"], "role", role="reviewer")
    act(admin, houses.clerks["city"], "disable")
    with reading(engine) as session:
        assert audit.verify_log(session) is None
