from typing import Any

import pytest
from sqlalchemy import Engine

from api.conftest import CallAs, Caller, Client, form_token, sign_in
from applications import LIBRARY, application_in, complete_dossier, enter_project
from conftest import People
from registry.database import writing
from registry.projects.operations import save_project
from registry.web.forms import form_from


@pytest.fixture
def code(engine: Engine, people: People) -> str:
    return enter_project(engine, people.city)


def begun(client: Caller, code: str) -> dict[str, Any]:
    answer = client.post(f"/api/v1/projects/{code}/applications", json={"library": LIBRARY})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def moved(client: Caller, seen: dict[str, Any], action: str, **details: Any) -> Any:
    body = {"action": action, "version": seen["version"], "reason": "同意", **details}
    return client.post(f"/api/v1/applications/{seen['id']}/actions", json=body)


class TestApplyingOverTheApi:
    def test_is_refused_to_anybody(self, anybody: Client, code: str) -> None:
        for path in (
            f"/api/v1/projects/{code}/applications",
            "/api/v1/applications/1/actions",
            "/api/v1/reviews/actions",
        ):
            assert anybody.post(path, json={}).status_code == 401
        assert anybody.get(f"/api/v1/projects/{code}/applications").status_code == 401
        assert anybody.get("/api/v1/reviews").status_code == 401

    def test_is_refused_to_the_wrong_groups(self, call_as: CallAs, city: Caller, people: People, code: str) -> None:
        seen = begun(city, code)
        path = f"/api/v1/projects/{code}/applications"
        for actor, read, begin in ((people.province, 200, 403), (people.bank, 403, 403), (people.other_city, 404, 404)):
            assert call_as(actor).get(path).status_code == read
            assert call_as(actor).post(path, json={"library": LIBRARY}).status_code == begin
        assert moved(call_as(people.bank), seen, "submit").status_code == 403
        assert moved(call_as(people.other_city), seen, "submit").status_code == 404
        assert call_as(people.bank).get("/api/v1/reviews").status_code == 403

    def test_names_the_fields_of_a_major_edit_on_the_project_page(
        self, engine: Engine, anybody: Client, people: People, code: str
    ) -> None:
        application_in(engine, people, "in_library", code=code)
        changed = complete_dossier(total_investment="20000")
        with writing(engine) as session:
            save_project(session, people.city, code, changed, expected_revision=1, reason="调增", reopens_entry=True)
        sign_in(anybody, "province")
        for language, title in (("zh", "总投资"), ("en", "Total investment")):
            page = anybody.get(f"/projects/{code}", params={"lang": language})
            assert page.status_code == 200
            told = page.text.partition('class="asked"')[2].partition("</div>")[0]
            assert title in told

    def test_goes_back_to_review_once_its_city_agrees_to_a_major_edit(
        self, engine: Engine, city: Caller, people: People, code: str
    ) -> None:
        application_in(engine, people, "in_library", code=code)
        path = f"/api/v1/projects/{code}"
        seen = city.get(path)
        document = seen.json()["document"] | {"total_investment": "20000"}
        headers = {"If-Match": seen.headers["etag"]}
        assert city.put(path, json=document, headers=headers).json()["findings"][0]["code"] == "major-edit"
        assert city.put(path, json=document, headers=headers, params={"reopens_entry": True}).status_code == 200
        (applied,) = city.get(f"{path}/applications").json()["applications"]
        assert applied["state"] == "submitted"

    def test_is_asked_on_its_form_before_a_major_edit_and_loses_nothing(
        self, engine: Engine, anybody: Client, city: Caller, people: People, code: str
    ) -> None:
        application_in(engine, people, "in_library", code=code)
        document = city.get(f"/api/v1/projects/{code}").json()["document"]
        sign_in(anybody, "city")
        path = f"/projects/{code}/edit"
        csrf = form_token(anybody.get(path).text)
        fields = form_from(document) | {"_csrf": csrf, "seen_revision": "1", "total_investment": "20001"}
        asked = anybody.post(path, data=fields, follow_redirects=False)
        assert asked.status_code == 422
        assert 'name="reopens_entry"' in asked.text
        assert 'value="20001"' in asked.text
        saved = anybody.post(path, data=fields | {"reopens_entry": "true"}, follow_redirects=False)
        assert saved.status_code == 303
        assert "待省级审核" in anybody.get(f"/projects/{code}").text

    def test_goes_from_draft_into_the_library(self, call_as: CallAs, city: Caller, people: People, code: str) -> None:
        seen = begun(city, code)
        assert (seen["state"], seen["actions"]) == ("draft", ["submit", "withdraw"])
        seen = moved(city, seen, "submit").json()
        assert (seen["state"], seen["round"], seen["days_left"]) == ("submitted", 1, 20)
        province, ministry = call_as(people.province), call_as(people.ministry)
        assert [each["id"] for each in province.get("/api/v1/reviews").json()["pending"]] == [seen["id"]]
        assert ministry.get("/api/v1/reviews").json()["pending"] == []
        assert moved(city, seen, "recommend").status_code == 403
        seen = moved(province, seen, "recommend").json()
        assert moved(ministry, seen, "admit").json()["state"] == "in_library"
        told = city.get(f"/api/v1/projects/{code}/applications").json()
        assert [event["action"] for event in told["history"]] == ["submit", "recommend", "admit"]
        assert told["history"][0]["verdict"]["pack"] == LIBRARY

    def test_returns_with_remarks_section_by_section(
        self, call_as: CallAs, city: Caller, people: People, code: str
    ) -> None:
        seen = moved(city, begun(city, code), "submit").json()
        province = call_as(people.province)
        refused = moved(province, seen, "return")
        assert refused.status_code == 422
        assert [each["path"] for each in refused.json()["findings"]] == ["sections"]
        assert moved(province, seen, "return", sections={"investment": "缺估算表"}).json()["state"] == "returned"
        told = city.get(f"/api/v1/projects/{code}/applications").json()
        assert told["history"][-1]["sections"] == {"investment": "缺估算表"}

    def test_refuses_who_acts_on_an_older_state(self, city: Caller, code: str) -> None:
        seen = begun(city, code)
        moved(city, seen, "submit")
        assert moved(city, seen, "withdraw").status_code == 412

    def test_moves_many_each_with_its_reason(
        self, engine: Engine, call_as: CallAs, people: People, code: str, city: Caller
    ) -> None:
        one = moved(city, begun(city, code), "submit").json()
        two = application_in(engine, people, "submitted")
        steps = [
            {"application": one["id"], "action": "recommend", "version": one["version"], "reason": "材料齐全"},
            {"application": two.id, "action": "recommend", "version": two.version},
        ]
        done = call_as(people.province).post("/api/v1/reviews/actions", json={"steps": steps}).json()
        assert [(each["state"], each["error"]) for each in done] == [("recommended", None), (None, "invalid-input")]


class TestTheReviewPages:
    def test_send_anybody_to_sign_in(self, anybody: Client, people: People) -> None:
        assert anybody.get("/reviews", follow_redirects=False).headers["location"] == "/sign-in?next=/reviews"

    def test_are_refused_to_a_bank(self, anybody: Client, people: People, code: str) -> None:
        sign_in(anybody, "bank")
        assert anybody.get("/reviews").status_code == 403
        token = form_token(anybody.get("/projects").text)
        for path in (f"/projects/{code}/applications", "/applications/1/actions", "/reviews"):
            assert anybody.post(path, data={"_csrf": token}).status_code == 403

    def test_show_each_group_its_own_buttons(self, anybody: Client, people: People, code: str) -> None:
        sign_in(anybody, "city")
        path = f"/projects/{code}"
        shown = anybody.get(path).text
        begin = anybody.post(f"{path}/applications", data={"_csrf": form_token(shown), "library": LIBRARY})
        action = begin.text.partition('action="/applications/')[2].partition('"')[0]
        assert f'href="/applications/{action.removesuffix("/actions")}/check"' in begin.text
        form = {"_csrf": form_token(begin.text), "version": "1", "action": "submit", "reason": "首次申报"}
        submitted = anybody.post(f"/applications/{action}", data=form)
        assert "待省级审核" in submitted.text
        assert 'value="recommend"' not in submitted.text
        anybody.cookies.clear()
        sign_in(anybody, "province")
        assert 'value="recommend"' in anybody.get(path).text
        assert "还有 20 天" in anybody.get("/reviews").text

    def test_take_several_at_once(self, engine: Engine, anybody: Client, people: People) -> None:
        application = application_in(engine, people, "submitted")
        sign_in(anybody, "province")
        shown = anybody.get("/reviews").text
        number = application.id
        form = {"_csrf": form_token(shown), "action": "recommend", f"take-{number}": "1", f"reason-{number}": "齐全"}
        answer = anybody.post("/reviews", data={**form, f"version-{number}": str(application.version)}).text
        assert "待国家审核" in answer
        assert "没有待处理的申请" in answer
