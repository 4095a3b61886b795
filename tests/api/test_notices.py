"""Notices over the API and on the pages; webhooks and deliveries for the operator alone."""

import re

import pytest
from sqlalchemy import Engine

from api.conftest import CallAs, Caller, Client, form_token, sign_in
from applications import application_in
from conftest import PASSWORD, People
from registry import jobs
from registry.accounts.operations import add_user, ensure_operator
from registry.database import writing
from registry.projects.notices.delivery import handlers

NOBODY_LISTENS = "http://127.0.0.1:9/hook"


@pytest.fixture
def operator(engine: Engine, call_as: CallAs) -> Caller:
    with writing(engine) as session:
        actor = ensure_operator(session)
        house = actor.organisation_id or 0
        add_user(session, login="op", display_name="管", password=PASSWORD, organisation_id=house, role="administrator")
    return call_as(actor)


class TestNotices:
    def test_are_refused_to_anybody(self, anybody: Client) -> None:
        assert anybody.get("/api/v1/notices").status_code == 401
        assert anybody.get("/api/v1/notices/mail-address").status_code == 401
        assert anybody.get("/notices", follow_redirects=False).status_code == 303

    def test_say_what_is_read_and_page_backwards(self, engine: Engine, call_as: CallAs, people: People) -> None:
        for _ in range(3):
            application_in(engine, people, "submitted")
        province = call_as(people.province)
        newest, second, oldest = province.get("/api/v1/notices").json()
        assert [each["is_read"] for each in (newest, second, oldest)] == [False] * 3
        assert province.get(f"/api/v1/notices?before={newest['id']}&limit=1").json() == [second]
        assert province.post("/api/v1/notices/read", json={"notices": [second["id"]]}).status_code == 204
        assert [each["is_read"] for each in province.get("/api/v1/notices").json()] == [False, True, False]
        assert len(province.get("/api/v1/notices?unread=true").json()) == 2
        assert call_as(people.other_city).get("/api/v1/notices").json() == []

    def test_are_marked_read_from_the_page(self, engine: Engine, anybody: Client, people: People) -> None:
        application_in(engine, people, "submitted")
        sign_in(anybody, "province")
        shown = anybody.get("/notices").text
        assert "1 条未读" in shown
        ids = re.search(r'name="shown" value="([\d,]+)"', shown)
        assert ids is not None
        form = {"_csrf": form_token(shown), "shown": ids[1], "next": "/notices"}
        after = anybody.post("/notices/read", data=form).text
        assert "0 条未读" in after
        assert "已读" in after
        assert "没有通知" in anybody.get("/notices?unread=1").text

    def test_go_to_the_address_one_gave(self, anybody: Client, call_as: CallAs, people: People) -> None:
        city = call_as(people.city)
        assert city.get("/api/v1/notices/mail-address").json() == {"address": None}
        assert city.put("/api/v1/notices/mail-address", json={"address": "a@example.org"}).status_code == 204
        assert city.put("/api/v1/notices/mail-address", json={"address": "nobody"}).status_code == 422
        sign_in(anybody, "city")
        shown = anybody.get("/account").text
        assert 'value="a@example.org"' in shown
        wrong = anybody.post("/account/mail", data={"_csrf": form_token(shown), "address": "nobody"})
        assert (wrong.status_code, "应为邮箱地址" in wrong.text) == (422, True)
        anybody.post("/account/mail", data={"_csrf": form_token(shown), "address": ""})
        assert city.get("/api/v1/notices/mail-address").json() == {"address": None}


class TestWebhooks:
    def test_are_refused_to_every_group(self, call_as: CallAs, people: People) -> None:
        for actor in (people.city, people.bank, people.province, people.ministry):
            caller = call_as(actor)
            for path in ("/api/v1/webhooks", "/api/v1/deliveries"):
                assert caller.get(path).status_code == 403
            assert caller.post("/api/v1/webhooks", json={"organisation": 1, "url": "https://a.cn"}).status_code == 403
            assert caller.post("/api/v1/deliveries/1/replay").status_code == 403

    def test_tell_their_secret_once(self, operator: Caller, people: People) -> None:
        body = {"organisation": people.province.organisation_id, "url": "https://example.org/hook"}
        made = operator.post("/api/v1/webhooks", json=body).json()
        assert len(made["secret"]) >= 32
        assert made["secret"] not in operator.get("/api/v1/webhooks").text
        again = operator.post("/api/v1/webhooks", json=body)
        assert (again.status_code, again.json()["findings"][0]["code"]) == (422, "taken")
        assert operator.put(f"/api/v1/webhooks/{made['id']}", json={"is_active": False}).status_code == 204
        assert [each["is_active"] for each in operator.get("/api/v1/webhooks").json()] == [False]

    @pytest.mark.parametrize("url", ["ftp://a.cn", "http://", "http://[::1", "https://u:p@a.cn/", "http://a.cn:x/"])
    def test_take_web_addresses_only(self, operator: Caller, people: People, url: str) -> None:
        body = {"organisation": people.city.organisation_id, "url": url}
        assert operator.post("/api/v1/webhooks", json=body).json()["findings"][0]["code"] == "not-an-address"
        assert (
            operator.post(
                "/api/v1/webhooks", json={**body, "organisation": 999_999, "url": "https://a.cn/"}
            ).status_code
            == 404
        )

    def test_show_what_failed_and_send_it_again(self, engine: Engine, operator: Caller, people: People) -> None:
        operator.post("/api/v1/webhooks", json={"organisation": people.province.organisation_id, "url": NOBODY_LISTENS})
        application_in(engine, people, "submitted")
        assert operator.get("/api/v1/deliveries?failed=true").json() == []
        jobs.run_next(engine, handlers(engine))
        (failed,) = operator.get("/api/v1/deliveries?failed=true").json()
        assert (failed["attempts"], failed["channel"], "Connect" in failed["last_error"]) == (1, "webhook", True)
        assert operator.post(f"/api/v1/deliveries/{failed['id']}/replay").status_code == 202
        assert operator.get("/api/v1/deliveries").json()[0]["attempts"] == 0
        assert operator.post("/api/v1/deliveries/999999/replay").status_code == 404

    def test_are_kept_on_a_page_of_the_operator(
        self, engine: Engine, operator: Caller, anybody: Client, people: People
    ) -> None:
        sign_in(anybody, "op")
        shown = anybody.get("/deliveries").text
        form = {"_csrf": form_token(shown), "organisation": str(people.province.organisation_id), "url": NOBODY_LISTENS}
        told = anybody.post("/webhooks", data=form)
        secret = re.search(r'<code class="long">([\w-]{40,})</code>', told.text)
        assert secret is not None
        assert told.headers["cache-control"] == "no-store"
        assert secret[1] not in anybody.get("/deliveries").text
        application_in(engine, people, "submitted")
        jobs.run_next(engine, handlers(engine))
        failed = anybody.get("/deliveries?failed=1").text
        assert "Connection refused" in failed
        (number,) = re.findall(r"/deliveries/(\d+)/replay", failed)
        assert anybody.post(f"/deliveries/{number}/replay", data={"_csrf": form["_csrf"]}).status_code == 200
        wrong = anybody.post("/webhooks", data={**form, "url": "nowhere"})
        assert (wrong.status_code, "应为 http(s) 地址" in wrong.text) == (422, True)
