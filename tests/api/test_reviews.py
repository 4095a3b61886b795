"""Assignment, conflicts of interest, opinions and queues over the API and on the pages."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from api.conftest import CallAs, Client, form_token, sign_in
from applications import application_in, complete_dossier, enter_project, move
from conftest import People
from registry.accounts.model import Actor
from registry.accounts.operations import add_user
from registry.database import writing
from registry.projects.banks.operations import answer_request, ask_for_information, set_interest
from registry.projects.lifecycle.model import Application, ApplicationEvent
from registry.projects.operations import release_project, save_project


def colleague(engine: Engine, house: Actor, login: str, **details: Any) -> Actor:
    with writing(engine) as session:
        user = add_user(
            session,
            login=login,
            display_name=f"同事{login}",
            password="correct horse 42",
            organisation_id=house.organisation_id or 0,
            **details,
        )
    return replace(house, user_id=user.id, display_name=user.display_name, role=details.get("role", "reviewer"))


def submitted_by(engine: Engine, application: Application, actor: Actor) -> None:
    """Write an event as if this person had submitted the application before changing offices."""
    with writing(engine) as session:
        event = ApplicationEvent(
            application_id=application.id or 0,
            at=application.state_since,
            actor_id=actor.user_id,
            action="submit",
            from_state="draft",
            to_state="submitted",
            round=1,
            revision_number=1,
            reason="",
        )
        session.add(event)


@pytest.fixture
def submitted(engine: Engine, people: People) -> Application:
    return application_in(engine, people, "submitted")


class TestAssigningOverTheApi:
    def test_is_refused_to_anybody_and_the_wrong_groups(
        self, anybody: Client, call_as: CallAs, people: People, submitted: Application
    ) -> None:
        path = f"/api/v1/applications/{submitted.id}/reviewers/{people.province.user_id}"
        assert anybody.put(path).status_code == 401
        for actor, status in ((people.city, 403), (people.bank, 403), (people.ministry, 404), (people.other_city, 403)):
            assert call_as(actor).put(path).status_code == status

    def test_names_who_is_barred_and_why_and_refuses_them(
        self, engine: Engine, call_as: CallAs, people: People, submitted: Application
    ) -> None:
        sender = colleague(engine, people.province, "sender")
        clerk = colleague(engine, people.province, "clerk", role="clerk")
        free = colleague(engine, people.province, "free")
        submitted_by(engine, submitted, sender)
        province = call_as(people.province)
        path = f"/api/v1/applications/{submitted.id}"
        told = {each["id"]: each["barred_en"] for each in province.get(path).json()["colleagues"]}
        assert told == {
            people.province.user_id: None,
            sender.user_id: "submitted the application",
            clerk.user_id: "their role may not decide",
            free.user_id: None,
        }
        refused = province.put(f"{path}/reviewers/{sender.user_id}")
        assert (refused.status_code, refused.json()["detail"]) == (403, "利益回避：提交过该申请")
        assert province.put(f"{path}/reviewers/{clerk.user_id}").json()["findings"][0]["code"] == "cannot-decide"
        assert call_as(sender).get(path).json()["hindered"]["recommend"][0]["message"] == "利益回避：提交过该申请"

    def test_leaves_the_review_to_the_assigned_until_taken_back(
        self, engine: Engine, call_as: CallAs, people: People, submitted: Application
    ) -> None:
        free = colleague(engine, people.province, "free")
        province, path = call_as(people.province), f"/api/v1/applications/{submitted.id}"
        for _ in range(2):
            now = province.put(f"{path}/reviewers/{free.user_id}").json()
        assert [each["id"] for each in now["colleagues"] if each["is_assigned"]] == [free.user_id]
        assert now["hindered"]["recommend"][0]["message_en"] == "This application was assigned to other reviewers"
        assert province.get("/api/v1/reviews").json()["pending"] == []
        assert [each["id"] for each in call_as(free).get("/api/v1/reviews").json()["pending"]] == [submitted.id]
        assert province.delete(f"{path}/reviewers/{free.user_id}").status_code == 204
        assert province.get(path).json()["hindered"]["recommend"] == []

    def test_takes_many_at_once_and_says_what_was_refused(
        self, engine: Engine, call_as: CallAs, people: People, submitted: Application
    ) -> None:
        recommended = application_in(engine, people, "recommended")
        body = {"reviewer": people.province.user_id, "applications": [submitted.id, recommended.id]}
        done = call_as(people.province).post("/api/v1/reviews/reviewers", json=body).json()
        assert [(each["application"], each["error"]) for each in done] == [
            (submitted.id, None),
            (recommended.id, "stale-write"),
        ]


class TestOpinionsOverTheApi:
    def test_hold_the_move_until_all_are_given(self, call_as: CallAs, people: People, submitted: Application) -> None:
        province, path = call_as(people.province), f"/api/v1/applications/{submitted.id}"
        asked = province.post(f"{path}/opinions", json={"departments": ["finance", "housing"]})
        assert asked.status_code == 201
        assert [(each["department"], each["waiting_days"]) for each in asked.json()["opinions"]] == [
            ("finance", 0),
            ("housing", 0),
        ]
        blocked = [each["path"] for each in asked.json()["hindered"]["recommend"]]
        assert blocked == ["opinions.finance", "opinions.housing"]
        given = province.put(f"{path}/opinions/finance", json={"is_favourable": False, "opinion": "配套不足"})
        assert [each["path"] for each in given.json()["hindered"]["recommend"]] == ["opinions.housing"]
        step = {"action": "recommend", "version": submitted.version, "reason": "同意"}
        assert province.post(f"{path}/actions", json=step).status_code == 422
        opinion = {"application": submitted.id, "department": "housing", "is_favourable": True}
        bulk = [{**opinion, "opinion": "符合规划"}, {**opinion, "opinion": "再说一次"}]
        done = province.post("/api/v1/reviews/opinions", json={"opinions": bulk}).json()
        assert [each["error"] for each in done] == [None, "stale-write"]
        assert province.get("/api/v1/reviews/opinions").json() == []
        assert province.post(f"{path}/actions", json=step).json()["state"] == "recommended"

    def test_are_refused_to_the_city_whose_project_it_is(
        self, call_as: CallAs, people: People, submitted: Application
    ) -> None:
        path = f"/api/v1/applications/{submitted.id}/opinions"
        assert call_as(people.city).post(path, json={"departments": ["finance"]}).status_code == 403
        refused = call_as(people.province).post(path, json={"departments": ["police"]})
        assert (refused.status_code, refused.json()["findings"][0]["code"]) == (422, "unknown-department")


class TestTheReviewPages:
    def test_show_who_is_barred_and_block_the_button_with_its_reason(
        self, engine: Engine, anybody: Client, call_as: CallAs, people: People
    ) -> None:
        code = enter_project(engine, people.city)
        application = application_in(engine, people, "submitted", code=code)
        submitted_by(engine, application, colleague(engine, people.province, "sender"))
        sign_in(anybody, "province")
        shown = anybody.get(f"/projects/{code}").text
        assert "须回避或无权：提交过该申请" in shown
        assert "disabled" not in shown.partition('value="recommend"')[2].partition(">")[0]
        form = {"_csrf": form_token(shown), "ask-finance": "1", "ask-resources": "1"}
        asked = anybody.post(f"/applications/{application.id}/opinions", data=form).text
        assert "财政部门意见尚未返回" in asked
        assert "disabled" in asked.partition('value="recommend"')[2].partition(">")[0]
        assert "disabled" not in asked.partition('value="decline"')[2].partition(">")[0]

    def test_take_assignments_and_opinions_in_bulk(
        self, engine: Engine, anybody: Client, people: People, submitted: Application
    ) -> None:
        sign_in(anybody, "province")
        number = submitted.id
        token = form_token(anybody.get("/reviews").text)
        anybody.post(f"/applications/{number}/opinions", data={"_csrf": token, "ask-finance": "1"})
        form = {"_csrf": token, f"verdict-{number}-finance": "yes", f"opinion-{number}-finance": "资金落实"}
        assert f"申请 {number}：财政部门 ✓ 已办" in anybody.post("/reviews/opinions", data=form).text
        form = {"_csrf": token, f"take-{number}": "1", "reviewer": str(people.province.user_id)}
        assert "已分派给我" in anybody.post("/reviews/reviewers", data=form).text
        refused = anybody.post("/reviews/reviewers", data={"_csrf": token, f"take-{number}": "1", "reviewer": ""})
        assert (refused.status_code, "请选择审核人员" in refused.text) == (422, True)
        unsaid = {"_csrf": token, "department": "finance", "opinion": "?"}
        assert anybody.post(f"/applications/{number}/opinions", data=unsaid).status_code == 422

    def test_show_the_difference_of_child_records_as_rows(
        self, engine: Engine, anybody: Client, people: People
    ) -> None:
        bond = {"source": "special_bond", "year": 2027, "amount": "5000", "status": "planned"}
        fund = {"source": "central_fund", "year": 2026, "amount": "3000", "status": "planned"}
        code = enter_project(engine, people.city, funding_lines=[fund, bond])
        application = application_in(engine, people, "returned", code=code)
        changed = complete_dossier(funding_lines=[bond, {**fund, "amount": "3200", "status": "secured"}])
        with writing(engine) as session:
            save_project(session, people.city, code, changed, expected_revision=1, reason="补充")
        move(engine, people.city, application, "submit")
        sign_in(anybody, "province")
        shown = anybody.get(f"/projects/{code}").text
        part = shown.partition("与上次提交相比的变化")[2].partition("</details>")[0]
        assert "△ 修改" in part
        assert "3,000.00</span></del>" in part
        assert "3,200.00</span></ins>" in part
        assert "拟筹措" in part
        assert "5,000.00" not in part
        assert "{" not in part

    def test_show_the_city_what_is_asked_for_beside_its_part(
        self, engine: Engine, anybody: Client, people: People
    ) -> None:
        code = enter_project(engine, people.city)
        application_in(engine, people, "returned", code=code)
        sign_in(anybody, "city")
        for path, mark in ((f"/projects/{code}", 'id="investment"'), (f"/projects/{code}/edit", 'id="s-investment"')):
            part = anybody.get(path).text.partition(mark)[2].partition("<dl" if "edit" not in path else "<div")[0]
            assert "请补充投资估算依据" in part

    def test_show_the_table_of_states_to_everybody(self, anybody: Client, people: People) -> None:
        sign_in(anybody, "bank")
        shown = anybody.get("/lifecycle").text
        row = shown.partition("待国家审核</th>")[2].partition("</tr>")[0]
        assert "同意入库" in row
        assert "省级推荐" not in row
        assert "Admit" in anybody.get("/lifecycle?lang=en").text


class TestTheHomePage:
    def test_tells_each_group_what_waits_for_it(self, engine: Engine, anybody: Client, people: People) -> None:
        code = enter_project(engine, people.city, name="退回来的项目")
        application_in(engine, people, "returned", code=code)
        application_in(engine, people, "submitted", code=enter_project(engine, people.city, name="等省里的项目"))
        application_in(engine, people, "recommended", code=enter_project(engine, people.city, name="等部里的项目"))
        expected = {
            "city": ("退回来的项目", "请补充投资估算依据", "等省里的项目"),
            "province": ("等省里的项目", "待省级审核", "等部里的项目"),
            "ministry": ("等部里的项目", "待国家审核", "等省里的项目"),
        }
        for login, (name, why, absent) in expected.items():
            anybody.cookies.clear()
            sign_in(anybody, login)
            part = anybody.get("/").text.partition('id="pending"')[2].partition("</section>")[0]
            assert (name in part, why in part, absent in part) == (True, True, False)
            # Entered on 2026-03-01, so late; said in words, not by colour.
            assert "⚠ 已超" in part

    def test_tells_a_bank_of_releases_and_answers_until_it_acts(
        self, engine: Engine, anybody: Client, people: People
    ) -> None:
        code = enter_project(engine, people.city, name="给银行看的项目")
        with writing(engine) as session:
            release_project(session, people.city, code, organisation_id=people.bank.organisation_id)
        sign_in(anybody, "bank")
        assert "给银行看的项目" in _todo(anybody)
        with writing(engine) as session:
            set_interest(session, people.bank, code, stage="interested")
            asked = ask_for_information(session, people.bank, code, question="收费合同？").id
        assert "收费合同？" in _todo(anybody)
        with writing(engine) as session:
            answer_request(session, people.city, code, asked or 0, answer="已上传合同")
        assert "已上传合同" in _todo(anybody)
        with writing(engine) as session:
            set_interest(session, people.bank, code, stage="shortlisted")
        assert "没有待处理的事项" in _todo(anybody)

    def test_tells_another_bank_nothing_of_it(self, engine: Engine, anybody: Client, people: People) -> None:
        code = enter_project(engine, people.city, name="给银行看的项目")
        with writing(engine) as session:
            release_project(session, people.city, code, organisation_id=people.bank.organisation_id)
            ask_for_information(session, people.bank, code, question="收费合同？")
        sign_in(anybody, "other_bank")
        assert "没有待处理的事项" in _todo(anybody)
        anybody.cookies.clear()
        sign_in(anybody, "city")
        assert "收费合同？" in _todo(anybody)


def _todo(client: Client) -> str:
    return client.get("/").text.partition('id="pending"')[2].partition("</section>")[0]
