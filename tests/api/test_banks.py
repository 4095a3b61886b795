from typing import Any

import pytest
from sqlalchemy import Engine

from api.conftest import CallAs, Caller, Client, form_token, sign_in
from applications import enter_project
from conftest import People
from registry.database import writing
from registry.projects.operations import release_project

LOAN: dict[str, Any] = {
    "source": "commercial_loan",
    "is_approved": True,
    "amount": "5000.25",
    "rate": 0.0315,
    "term_years": 15,
    "conditions": "收费权质押",
    "decided_on": "2026-10-09",
}


@pytest.fixture
def code(engine: Engine, people: People) -> str:
    found = enter_project(engine, people.city)
    with writing(engine) as session:
        release_project(session, people.city, found, organisation_id=people.bank.organisation_id or 0)
    return found


@pytest.fixture
def bank(call_as: CallAs, people: People) -> Caller:
    return call_as(people.bank)


WRITES = ("interest", "questions", "loans", "questions/1/answer", "loans/1/acceptance")


class TestBanksOverTheApi:
    def test_are_refused_to_anybody(self, anybody: Client, code: str) -> None:
        assert anybody.get(f"/api/v1/projects/{code}/banks").status_code == 401
        for path in WRITES:
            assert anybody.post(f"/api/v1/projects/{code}/{path}", json={}).status_code == 401
        assert anybody.get("/api/v1/notices").status_code == 401
        assert anybody.post("/api/v1/notices/read", json={"notices": []}).status_code == 401

    def test_are_refused_to_the_wrong_groups(self, call_as: CallAs, city: Caller, people: People, code: str) -> None:
        bodies: tuple[dict[str, Any], ...] = ({"stage": "interested"}, {"question": "?"}, LOAN, {"answer": "!"}, {})
        for path, body in zip(WRITES, bodies, strict=True):
            wrong = people.bank if "/1/" in path else people.city
            for actor, status in ((wrong, 403), (people.province, 403)):
                assert call_as(actor).post(f"/api/v1/projects/{code}/{path}", json=body).status_code == status
        other = call_as(people.other_bank)
        assert other.get(f"/api/v1/projects/{code}/banks").status_code == 404
        assert other.post(f"/api/v1/projects/{code}/loans", json=LOAN).status_code == 404

    def test_ask_and_are_answered(self, bank: Caller, city: Caller, code: str) -> None:
        path = f"/api/v1/projects/{code}/questions"
        number = bank.post(path, json={"question": "请提供水价文件"}).json()["questions"][0]["id"]
        assert city.get("/api/v1/notices").json()[0]["kind"] == "bank.question"
        answered = city.post(f"{path}/{number}/answer", json={"answer": "已上传"}).json()["questions"][0]
        assert (answered["bank"], answered["answer"]) == ("示例银行甲", "已上传")
        assert city.post(f"{path}/{number}/answer", json={"answer": "再答"}).status_code == 412

    def test_decide_and_the_city_accepts(self, bank: Caller, city: Caller, code: str) -> None:
        path = f"/api/v1/projects/{code}/loans"
        refused = bank.post(path, json={**LOAN, "amount": None, "rate": None})
        assert [each["path"] for each in refused.json()["findings"]] == ["amount", "rate"]
        first = bank.post(path, json=LOAN).json()["loans"][0]
        assert (first["amount"], first["rate"], first["accepted_at"]) == ("5000.25", 0.0315, None)
        loans = bank.post(path, json={**LOAN, "amount": "4000"}).json()["loans"]
        assert [loan["is_replaced"] for loan in loans] == [True, False]
        assert city.post(f"{path}/{loans[0]['id']}/acceptance").status_code == 412
        assert city.post(f"{path}/{loans[1]['id']}/acceptance").json()["loans"][1]["accepted_at"] is not None

    def test_marks_notices_as_read_for_this_person_alone(self, bank: Caller, city: Caller, code: str) -> None:
        bank.post(f"/api/v1/projects/{code}/interest", json={"stage": "shortlisted"})
        seen = city.get("/api/v1/notices?unread=true").json()
        assert [notice["kind"] for notice in seen] == ["bank.interest"]
        bank.post("/api/v1/notices/read", json={"notices": [seen[0]["id"]]})
        assert len(city.get("/api/v1/notices?unread=true").json()) == 1
        assert city.post("/api/v1/notices/read", json={"notices": [seen[0]["id"]]}).status_code == 204
        assert city.get("/api/v1/notices?unread=true").json() == []


class TestTheBankPanel:
    def test_is_written_by_the_bank_and_answered_by_the_city(self, anybody: Client, people: People, code: str) -> None:
        path = f"/projects/{code}"
        sign_in(anybody, "bank")
        form = {"_csrf": form_token(anybody.get(path).text)}
        shown = anybody.post(f"{path}/banks", data={**form, "what": "interest", "stage": "shortlisted"}).text
        assert '<span class="tag">列入备选</span>' in shown
        loan = {**LOAN, "is_approved": "true", "rate": "3.15", "what": "loan"}
        assert "5,000.25" in anybody.post(f"{path}/banks", data={**form, **loan}).text
        assert anybody.post(f"{path}/banks", data={**form, "what": "accept", "number": "1"}).status_code == 403
        anybody.cookies.clear()
        sign_in(anybody, "city")
        shown = anybody.get(path).text
        assert "3.15%" in shown
        number = shown.partition('name="number" value="')[2].partition('"')[0]
        form = {"_csrf": form_token(shown), "what": "accept", "number": number}
        assert "已确认" in anybody.post(f"{path}/banks", data=form).text
        home = anybody.get("/").text
        assert "未读通知" in home
        shown_numbers = home.partition('name="shown" value="')[2].partition('"')[0]
        after = anybody.post("/notices/read", data={"_csrf": form_token(home), "shown": shown_numbers}).text
        assert "未读通知" not in after
