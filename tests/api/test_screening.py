"""The bank's pipeline over the API and on its pages."""

from datetime import date

import pytest
from sqlalchemy import Engine

from api.conftest import CallAs, Caller, Client, form_token, sign_in
from builders import dossier
from conftest import People
from finance_builders import case, loan
from registry.assessments.operations import assess_project
from registry.assessments.private_packs import keep_private_pack
from registry.database import writing
from registry.demo.bank_desk import POLICY
from registry.projects.operations import create_project, release_project

DAY = date(2026, 11, 21)
SEARCHES = "/api/v1/saved-searches"


@pytest.fixture
def codes(engine: Engine, people: People) -> list[str]:
    """Two judged projects, one with a loan, shown to the bank."""
    found = []
    for name, money in (("甲厂", case(debts=[loan()])), ("=乙园", case())):
        with writing(engine) as session:
            code = create_project(
                session, people.city, dossier(name=name, financials=money, province_name="浙江省"), reason="录入"
            ).code
            release_project(session, people.city, code, organisation_id=people.bank.organisation_id)
            assess_project(session, people.city, code, as_of=DAY)
        found.append(code)
    return found


@pytest.fixture
def bank(call_as: CallAs, people: People) -> Caller:
    return call_as(people.bank)


@pytest.fixture
def pack(engine: Engine, people: People) -> str:
    texts = {
        path.relative_to(POLICY).as_posix(): path.read_text(encoding="utf-8")
        for path in POLICY.rglob("*")
        if path.is_file()
    }
    with writing(engine) as session:
        return keep_private_pack(session, people.bank, texts).pack_id


class TestScreening:
    def test_is_for_those_signed_in_and_shows_each_their_own(
        self, anybody: Client, call_as: CallAs, people: People, bank: Caller, codes: list[str]
    ) -> None:
        assert anybody.get("/api/v1/screening").status_code == 401
        assert call_as(people.other_bank).get("/api/v1/screening").json()["count"] == 0
        seen = bank.get("/api/v1/screening").json()
        assert [item["code"] for item in seen["items"]] == codes
        assert (seen["count"], seen["assessed"]) == (2, 2)
        assert seen["items"][1]["loan"] == "0"
        assert seen["items"][1]["dscr_min"] is None

    def test_narrows_counts_and_pages(self, bank: Caller, codes: list[str]) -> None:
        first = bank.get("/api/v1/screening?limit=1&sort=loan").json()
        assert [item["code"] for item in first["items"]] == codes[:1]
        second = bank.get("/api/v1/screening", params={"limit": 1, "sort": "loan", "after": first["next"]}).json()
        assert [item["code"] for item in second["items"]] == codes[1:]
        narrowed = bank.get("/api/v1/screening?loan_min=1").json()
        assert narrowed["count"] == 1
        assert narrowed["facets"]["province"] == {"浙江省": 1}

    def test_refuses_a_condition_nobody_knows_the_value_of(self, bank: Caller) -> None:
        refused = bank.get("/api/v1/screening?dscr=9&sort=luck")
        assert refused.status_code == 422
        assert {each["path"] for each in refused.json()["findings"]} == {"dscr"}

    def test_runs_the_banks_policy_and_nobody_elses(
        self, call_as: CallAs, people: People, bank: Caller, codes: list[str], pack: str
    ) -> None:
        seen = bank.get(f"/api/v1/screening/policy?pack={pack}&as_of=2026-11-21").json()
        assert [row["project"]["code"] for row in seen["rows"]] == codes
        assert all(sum(rule["counts"].values()) == 2 for rule in seen["rules"])
        assert call_as(people.other_bank).get(f"/api/v1/screening/policy?pack={pack}").status_code == 404

    def test_compares_and_asks_what_if(self, bank: Caller, codes: list[str]) -> None:
        seen = bank.get("/api/v1/compare", params={"code": codes}).json()
        rows = {row["key"]: row for row in seen["groups"]["figures"]}
        assert rows["loan"]["is_different"]
        assert rows["dscr_min"]["values"][1] is None
        moved = bank.get(f"/api/v1/projects/{codes[0]}/what-if?revenue=-0.1").json()
        assert moved["changes"] == {"revenue": -0.1}
        assert moved["changed"]["dscr_min"] < moved["base"]["dscr_min"]
        assert bank.get(f"/api/v1/projects/{codes[0]}/what-if?revenue=2").status_code == 400


class TestSavedSearches:
    def test_are_kept_listed_and_dropped_by_the_bank(self, bank: Caller, codes: list[str]) -> None:
        made = bank.post(SEARCHES, json={"name": "本省", "conditions": {"province": "浙江省"}})
        assert made.status_code == 201, made.text
        (kept,) = bank.get(SEARCHES).json()
        assert (kept["name"], kept["found"], kept["is_alerting"]) == ("本省", 2, True)
        assert bank.post(SEARCHES, json={"name": "本省"}).status_code == 422
        assert bank.post(SEARCHES, json={"name": "错", "conditions": {"dscr": "9"}}).status_code == 422
        assert bank.delete(f"{SEARCHES}/{kept['id']}").status_code == 204
        assert bank.get(SEARCHES).json() == []


class TestThePages:
    @pytest.fixture
    def browser(self, anybody: Client, people: People) -> Client:
        assert sign_in(anybody, "bank") == 303
        return anybody

    def test_save_a_search_from_the_form_and_take_it_back(self, browser: Client, codes: list[str]) -> None:
        shown = browser.get("/screening?province=浙江省&loan_min=1").text
        assert "甲厂" in shown
        assert "乙园" not in shown
        token = form_token(shown)
        sent = {"_csrf": token, "query": "loan_min=1", "name": "有贷款", "is_alerting": "true"}
        assert browser.post("/saved-searches", data=sent).url.path == "/screening"
        assert "有贷款" in browser.get("/screening").text
        assert browser.post("/saved-searches/1/removal", data={}).status_code == 403

    def test_download_what_they_show_without_formulas(self, browser: Client, codes: list[str]) -> None:
        lines = browser.get("/screening.csv").text.splitlines()
        assert len(lines) == 3
        assert lines[0].startswith("\ufeff编号,项目名称")
        assert "'=乙园" in lines[2]
        compared = browser.get("/compare", params={"code": codes, "form": "csv"}).text
        assert "未知" in compared

    def test_open_the_reason_behind_a_cell(self, browser: Client, codes: list[str], pack: str) -> None:
        fragment = browser.get(f"/screening/policy?pack={pack}", headers={"HX-Request": "true"}).text
        cell = f"/screening/policy/{pack}/{codes[0]}/dscr-floor"
        assert cell in fragment
        reason = browser.get(cell).text
        assert "偿债备付率不低于 1.2" in reason
        assert "1.2" in reason

    def test_bring_money_after_the_page_and_move_with_the_sliders(self, browser: Client, codes: list[str]) -> None:
        page = browser.get(f"/projects/{codes[0]}").text
        assert f'hx-get="/projects/{codes[0]}/money"' in page
        money = browser.get(f"/projects/{codes[0]}/money", headers={"HX-Request": "true"}).text
        assert "<html" not in money
        for name in ("cash-flow", "debt-profile", "tornado", "monte-carlo"):
            assert f"/projects/{codes[0]}/money/{name}.svg" in money
            assert browser.get(f"/projects/{codes[0]}/money/{name}.svg").headers["content-type"] == "image/svg+xml"
            assert len(browser.get(f"/projects/{codes[0]}/money/{name}.csv").text.splitlines()) > 1
        moved = browser.get(f"/projects/{codes[0]}/what-if?revenue=-20", headers={"HX-Request": "true"}).text
        assert "下降至" in moved
        assert browser.get(f"/projects/{codes[0]}/what-if?revenue=abc").status_code == 422
        assert browser.get(f"/projects/{codes[0]}/money/none.svg").status_code == 404

    def test_are_the_banks_in_the_navigation(self, browser: Client, codes: list[str]) -> None:
        assert 'href="/screening"' in browser.get("/").text
        for path in ("/screening", "/screening/policy", f"/compare?code={codes[0]}"):
            english = browser.get(f"{path}{'&' if '?' in path else '?'}lang=en").text
            assert 'lang="en"' in english
