"""City financing plans over the API and on pages, for each group."""

import re
from typing import Any

import pytest
from sqlalchemy import Engine

from api.conftest import CallAs, Caller, Client, form_token, sign_in
from builders import dossier
from conftest import People
from plan_builders import plan_document
from registry.database import writing
from registry.projects.operations import create_project, release_project

PLANS = "/api/v1/financing-plans"
LINE = {"source": "city", "year": 2027, "amount": "30.5", "status": "planned"}


@pytest.fixture
def code(engine: Engine, people: People) -> str:
    with writing(engine) as session:
        code = create_project(session, people.city, dossier(funding_lines=[LINE]), reason="录入").code
        release_project(session, people.city, code, organisation_id=people.bank.organisation_id)
    return code


def body(code: str, **parts: Any) -> dict[str, Any]:
    return plan_document(code, **parts).model_dump(mode="json", exclude_none=True)


@pytest.fixture
def plan(city: Caller, code: str) -> str:
    made = city.post(PLANS, json={"title": "湖州市投融资方案", "document": body(code)})
    assert made.status_code == 201
    return str(made.headers["location"])


def act(caller: Caller, plan: str, action: str, version: int, reason: str = "同意") -> Any:
    return caller.post(f"{plan}/actions", json={"action": action, "version": version, "reason": reason})


class TestOverTheApi:
    def test_is_refused_to_anybody(self, anybody: Client, plan: str) -> None:
        for method, path in (
            ("GET", PLANS),
            ("POST", PLANS),
            ("GET", plan),
            ("PUT", plan),
            ("POST", f"{plan}/actions"),
        ):
            assert anybody.request(method, path).status_code == 401

    def test_is_unknown_to_other_cities_and_banks_and_to_them_unwritable(
        self, call_as: CallAs, people: People, plan: str, code: str
    ) -> None:
        for actor, written in ((people.other_city, 404), (people.bank, 403), (people.province, 403)):
            caller = call_as(actor)
            sent = caller.put(plan, json=body(code), headers={"If-Match": '"1"'})
            assert sent.status_code == written
        for actor in (people.other_city, people.bank):
            for part in ("", "/revisions", "/scenarios", "/files/xlsx"):
                assert call_as(actor).get(plan + part).status_code == 404
            assert call_as(actor).get(PLANS).json() == []

    def test_tells_tables_findings_and_that_its_content_is_a_proposal(self, city: Caller, plan: str, code: str) -> None:
        answer = city.get(plan)
        found = answer.json()
        assert answer.headers["etag"] == '"1"'
        assert "非官方规定格式" in found["proposal"]
        (row,) = found["tables"]["funding_by_year"]["rows"]
        assert (row["year"], row["planned"], row["total"], row["unknown"]) == (2027, "30.5", "30.5", 0)
        (project,) = found["tables"]["projects"]["rows"]
        assert (project["code"], project["return_type"], project["without_source"]) == (code, "unknown", "12315.17")
        assert "no-case" in [finding["code"] for finding in found["findings"]]

    def test_is_saved_on_the_version_its_author_saw(self, city: Caller, plan: str, code: str) -> None:
        changed = body(code, situation="说明")
        assert city.put(plan, json=changed).status_code == 428
        saved = city.put(plan, json=changed, headers={"If-Match": '"1"'})
        assert (saved.status_code, saved.json()["revision_number"], saved.headers["etag"]) == (200, 2, '"2"')
        assert city.put(plan, json=changed, headers={"If-Match": '"1"'}).status_code == 412
        assert city.put(plan, json=changed, headers={"If-Match": '"x"'}).status_code == 412

    def test_names_everything_that_is_wrong_with_a_document(self, city: Caller, plan: str, code: str) -> None:
        wrong = {"projects": [{"code": code, "role": "main"}], "start_year": "soon", "colour": 1}
        answer = city.put(plan, json=wrong, headers={"If-Match": '"1"'})
        assert answer.status_code == 422
        paths = {finding["path"] for finding in answer.json()["findings"]}
        assert paths == {"projects[0].role", "start_year", "colour"}

    def test_goes_from_city_to_province_and_out_to_a_bank(
        self, city: Caller, call_as: CallAs, people: People, plan: str, code: str
    ) -> None:
        province, bank = call_as(people.province), call_as(people.bank)
        sent = act(city, plan, "submit", 1)
        assert (sent.status_code, sent.json()["state"], sent.json()["revision_number"]) == (200, "submitted", 2)
        version = sent.json()["version"]
        assert act(province, plan, "approve", version, reason="").status_code == 422
        assert act(province, plan, "approve", version - 1).status_code == 412
        assert act(province, plan, "promote", version).status_code == 422
        approved = act(province, plan, "approve", version).json()
        assert bank.get(plan).status_code == 404
        assert act(city, plan, "publish", approved["version"]).json()["state"] == "published"
        shown = bank.get(plan).json()
        assert (shown["is_signed"], shown["tables"]["projects"]["rows"][0]["code"]) == (True, code)
        assert bank.get(f"{plan}/revisions").status_code == 404
        assert [each["number"] for each in province.get(f"{plan}/revisions").json()] == [1, 2]

    def test_compares_scenarios_and_leaves_as_a_file(self, city: Caller, plan: str, code: str) -> None:
        scenarios = [{"name": "缓建", "left_out": [code]}]
        assert city.put(plan, json=body(code, scenarios=scenarios), headers={"If-Match": '"1"'}).status_code == 200
        rows = city.get(f"{plan}/scenarios").json()["rows"]
        assert [(row["scenario"], row["projects"], row["planned"]) for row in rows] == [
            (None, 1, "30.5"),
            ("缓建", 0, "0"),
        ]
        taken = city.get(f"{plan}/files/docx")
        assert taken.content.startswith(b"PK")
        assert "wordprocessingml" in taken.headers["content-type"]
        assert city.get(f"{plan}/files/exe").status_code == 404


class TestOnPages:
    def page(self, plan: str) -> str:
        return plan.removeprefix("/api/v1")

    def test_a_city_begins_edits_and_signs(self, anybody: Client, plan: str, code: str) -> None:
        assert sign_in(anybody, "city") == 303
        listed = anybody.get("/financing-plans")
        assert "湖州市投融资方案" in listed.text
        assert "内容建议" in listed.text
        page = self.page(plan)
        form = dict(re.findall(r'name="([a-z_0-9-]+)"[^>]*? value="([^"]*)"', anybody.get(f"{page}/edit").text))
        del form["add"]
        form |= {"_csrf": form_token(anybody.get(page).text), "projects-0-code": code, "projects-0-role": "core"}
        form |= {"situation": "全市一盘棋", "debt_safety-adds_hidden_debt": "false", "bundles-0-name": "组合"}
        grown = anybody.post(f"{page}/edit", data={**form, "add": "timetable"})
        assert 'name="timetable-1-what"' in grown.text
        refused = anybody.post(f"{page}/edit", data={**form, "bundles-0-members": "ML-9999999"})
        assert refused.status_code == 422
        assert "不在方案中" in refused.text
        saved = anybody.post(f"{page}/edit", data={**form, "bundles-0-members": code}, follow_redirects=False)
        assert (saved.status_code, saved.headers["location"]) == (303, page)
        shown = anybody.get(page).text
        assert "全市一盘棋" in shown
        sent = {"_csrf": form_token(shown), "version": "2", "action": "submit"}
        assert anybody.post(f"{page}/actions", data=sent, follow_redirects=False).status_code == 303
        assert "已签发" in anybody.get(page).text
        assert "is signed" not in anybody.get(f"{page}?lang=en").text
        assert "Signed: figures are those of the day of signing" in anybody.get(f"{page}?lang=en").text

    def test_a_province_decides_and_downloads_what_it_sees(
        self, anybody: Client, city: Caller, plan: str, code: str
    ) -> None:
        version = act(city, plan, "submit", 1).json()["version"]
        assert sign_in(anybody, "province") == 303
        page = self.page(plan)
        shown = anybody.get(page).text
        assert 'value="return"' in shown
        assert f"{page}/edit" not in shown
        table = anybody.get(f"{page}/tables/funding_by_year/csv?lang=zh").content.decode("utf-8-sig")
        assert "2027,0,30.5,0,30.5,0" in table
        assert "内容建议" in table
        assert anybody.get(f"{page}/chart.svg").text.startswith("<svg")
        assert anybody.get(f"{page}/tables/nothing/csv").status_code == 404
        decided = {"_csrf": form_token(shown), "version": str(version), "action": "return", "reason": "补充组合"}
        assert anybody.post(f"{page}/actions", data=decided, follow_redirects=False).status_code == 303
        assert "补充组合" in anybody.get(page).text
