"""Projects entered twice, as programs and people meet them: candidates, decisions, the queue, warnings, the rules."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from api.conftest import CallAs, Caller, Client, form_token, sign_in
from builders import dossier
from conftest import People
from registry import jobs
from registry.database import reading, writing
from registry.intake import work
from registry.jobs import Job
from registry.projects.duplicates.keys import MATCH
from registry.projects.duplicates.matching import handlers, match_batch
from registry.projects.duplicates.model import DuplicateKey, DuplicatePair
from registry.projects.operations import create_project

NAME = "湖州市吴兴区城东污水管网提质增效工程"
CONTENT = "新建污水管网86公里，扩建泵站4座。"
CODE = "2601-330502-04-01-100001"
CENTRAL = {"source": "central_fund", "year": 2026, "amount": "2000", "status": "secured", "evidence": "文件"}
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def document(**changes: Any) -> dict[str, Any]:
    values = {"name": NAME, "city_code": "330502", "total_investment": "17934.73", "content_summary": CONTENT}
    return {name: value for name, value in {**values, **changes}.items() if value is not None}


def enter(caller: Caller, **changes: Any) -> str:
    answer = caller.post("/api/v1/projects", json=document(**changes))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


def candidates(caller: Caller, code: str) -> dict[str, dict[str, Any]]:
    answer = caller.get(f"/api/v1/projects/{code}/duplicates")
    assert answer.status_code == 200
    return {each["code"]: each for each in answer.json()["candidates"]}


def decide(caller: Caller, code: str, other: str, *, is_same: bool, reason: str = "批文与内容一致") -> int:
    body = {"is_same": is_same, "reason": reason}
    return int(caller.put(f"/api/v1/projects/{code}/duplicates/{other}", json=body).status_code)


def match(engine: Engine) -> None:
    while jobs.run_next(engine, handlers(engine)) is not None:
        pass


@pytest.fixture
def province(call_as: CallAs, people: People) -> Caller:
    return call_as(people.province)


@pytest.fixture
def ministry(call_as: CallAs, people: People) -> Caller:
    return call_as(people.ministry)


@pytest.fixture
def other_city(call_as: CallAs, people: People) -> Caller:
    return call_as(people.other_city)


class TestCandidates:
    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"name": "湖州市吳興區城東污水管網提質增效項目"}, "alike-name"),
            ({"name": "**市**区城东污水****提质增效工程", "city_code": None}, "alike-name"),
            ({"name": "环境综合整治", "total_investment": None, "approval_code": CODE}, "same-approval-code"),
            ({"name": "吴兴区城东片区管网提升"}, "same-content"),
        ],
        ids=["traditional", "masked", "approval code", "place and content"],
    )
    def test_are_found_with_what_speaks_for_them(self, city: Caller, changes: dict[str, Any], reason: str) -> None:
        first = enter(city, approval_code=CODE)
        again = enter(city, **changes)
        found = candidates(city, again)
        assert list(found) == [first]
        assert reason in {each["code"] for each in found[first]["reasons"]}
        assert all(each["zh"] and each["en"] for each in found[first]["reasons"])

    def test_are_not_the_next_phase(self, city: Caller) -> None:
        first = enter(city, name=f"{NAME}（一期）")
        second = enter(
            city, name=f"{NAME}（二期）", total_investment="9000", content_summary="新建污水管网41公里，泵站2座。"
        )
        respelt = enter(city, name=NAME.replace("工程", "项目Ⅰ期"))
        assert second not in candidates(city, first)
        assert respelt in candidates(city, first)

    def test_share_an_uploaded_file_until_it_is_withdrawn(self, city: Caller, data_dir: object) -> None:
        first = enter(city)
        other = enter(city, name="吴兴区城东片区管网提升", content_summary=None)
        assert other not in candidates(city, first)
        for code in (first, other):
            answer = city.post(f"/api/v1/projects/{code}/documents?name=plan.pdf", content=PDF)
            assert answer.status_code == 201, answer.text
        assert "same-document" in {each["code"] for each in candidates(city, first)[other]["reasons"]}
        number = city.get(f"/api/v1/projects/{other}/documents").json()[0]["id"]
        assert city.delete(f"/api/v1/projects/{other}/documents/{number}").status_code == 204
        assert other not in candidates(city, first)


class TestWhatACityLearns:
    def test_of_a_project_of_another_city_is_yes_or_no(
        self, city: Caller, other_city: Caller, ministry: Caller
    ) -> None:
        mine = enter(city, approval_code=CODE)
        theirs = enter(other_city, city_code="370402", approval_code=CODE)
        for caller, code, hidden in ((city, mine, theirs), (other_city, theirs, mine)):
            answer = caller.get(f"/api/v1/projects/{code}/duplicates")
            told = answer.json()
            assert (told["candidates"], told["has_hidden"]) == ([], True)
            assert [each["code"] for each in told["findings"]] == ["similar-elsewhere"]
            assert hidden not in answer.text
            assert caller.get(f"/api/v1/projects/{code}/duplicates/{hidden}").status_code == 404
        assert list(candidates(ministry, mine)) == [theirs]

    def test_before_saving_is_nothing(self, city: Caller, other_city: Caller) -> None:
        enter(other_city, city_code="370402", approval_code=CODE)
        assert city.post("/api/v1/projects/similar", json=document(approval_code=CODE)).json() == {"findings": []}

    def test_after_a_decision_against_is_nothing(self, city: Caller, other_city: Caller, ministry: Caller) -> None:
        mine, theirs = enter(city, approval_code=CODE), enter(other_city, city_code="370402", approval_code=CODE)
        assert decide(ministry, mine, theirs, is_same=False) == 200
        told = city.get(f"/api/v1/projects/{mine}/duplicates").json()
        assert (told["candidates"], told["has_hidden"], told["findings"]) == ([], False, [])


class TestAWarning:
    def test_names_what_one_may_see_and_stops_nothing(self, city: Caller) -> None:
        first = enter(city)
        [finding] = city.post("/api/v1/projects/similar", json=document(name=f"{NAME}项目")).json()["findings"]
        assert (finding["code"], finding["severity"], finding["value"]) == ("similar-project", "warning", first)
        assert "总投资完全相同" in finding["message"]
        assert "total investment is the same" in finding["message_en"]
        assert enter(city, name=f"{NAME}项目")
        besides = city.post(f"/api/v1/projects/similar?besides={first}", json=document()).json()["findings"]
        assert first not in {each["value"] for each in besides}

    def test_stands_in_the_form_while_somebody_types(self, city: Caller, anybody: Client, people: People) -> None:
        first = enter(city)
        sign_in(anybody, "city")
        token = form_token(anybody.get("/projects/new").text)
        typed = {**document(), "_csrf": token}
        assert f'href="/projects/{first}"' in anybody.post("/projects/check", data=typed).text
        page = anybody.get(f"/projects/{first}/edit").text
        assert f'name="project_code" value="{first}"' in page
        typed["project_code"] = first
        assert f'href="/projects/{first}"' not in anybody.post("/projects/check", data=typed).text

    def test_stands_in_the_preview_of_an_import(
        self, data_dir: Path, engine: Engine, city: Caller, other_city: Caller
    ) -> None:
        first = enter(city)
        rows = [
            f"{NAME.replace('工程', '项目')},330502,17934.73,{CONTENT}",
            f"{NAME}（示例）,330502,17934.73,{CONTENT}",
        ]
        rows += [
            f"泸州市河道治理,510500,77,{CONTENT}",
            f"泸州市河道治理工程,510500,77,{CONTENT}",
            "泸州市林地修复,510500,990,",
        ]
        text = "\n".join(["项目名称,所在地行政区划代码,总投资（万元）,主要建设内容及规模", *rows])
        for caller, expected in ((city, {first}), (other_city, set())):
            begun = caller.post("/api/v1/imports?name=rows.csv", content=text.encode())
            while jobs.run_next(engine, work.handlers(engine, data_dir)) is not None:
                pass
            answer = caller.get(begun.headers["location"])
            told = [each for each in answer.json()["result"]["findings"] if each["code"].startswith("similar")]
            assert {code for code in (first,) if any(code in each["message"] for each in told)} == expected
            assert (first in answer.text) is bool(expected)
            assert {each["severity"] for each in told} == {"warning"}
        similar_rows = [each["row"] for each in told if each["code"] == "similar-row"]
        assert similar_rows == [3, 5]


class TestTheQueue:
    def test_holds_the_pairs_of_a_jurisdiction_by_score(
        self, engine: Engine, city: Caller, other_city: Caller, province: Caller, ministry: Caller
    ) -> None:
        first, again = enter(city), enter(city)
        elsewhere = enter(other_city, city_code="370402", approval_code=CODE)
        before = ministry.get("/api/v1/duplicates").json()
        assert (before["items"], before["waiting"]) == ([], 3)
        match(engine)
        told = ministry.get("/api/v1/duplicates").json()
        pairs = [(each["one"]["code"], each["other"]["code"]) for each in told["items"]]
        assert told["waiting"] == 0
        assert pairs[0] == (first, again)
        assert (first, elsewhere) in pairs
        points = [each["points"] for each in told["items"]]
        assert points == sorted(points, reverse=True)
        assert min(points) >= 60
        own = province.get("/api/v1/duplicates").json()
        assert [(each["one"]["code"], each["other"]["code"]) for each in own["items"]] == [(first, again)]
        assert own["counts"] == {"undecided": 1, "same": 0, "different": 0}
        paged = ministry.get("/api/v1/duplicates?limit=1&offset=1").json()["items"]
        assert [(each["one"]["code"], each["other"]["code"]) for each in paged] == pairs[1:2]

    def test_follows_decisions_and_tells_who_and_when(self, engine: Engine, city: Caller, province: Caller) -> None:
        first, again = enter(city), enter(city)
        match(engine)
        assert decide(province, again, first, is_same=False, reason="分属两个厂区") == 200
        assert province.get("/api/v1/duplicates").json()["items"] == []
        [pair] = province.get("/api/v1/duplicates?decision=different").json()["items"]
        mark = pair["mark"]
        assert (mark["author"], mark["organisation"]) == ("浙江省生态环境厅用户", "浙江省生态环境厅")
        assert (mark["reason"], mark["marked_at"][:2]) == ("分属两个厂区", "20")
        assert decide(province, first, again, is_same=True) == 200
        assert province.get("/api/v1/duplicates").json()["counts"] == {"undecided": 0, "same": 1, "different": 0}
        assert candidates(city, first)[again]["mark"]["is_same"] is True

    def test_forgets_pairs_no_longer_alike_but_none_decided(
        self, engine: Engine, city: Caller, province: Caller
    ) -> None:
        first, again, third = enter(city), enter(city), enter(city)
        match(engine)
        assert decide(province, first, third, is_same=True) == 200
        for code in (again, third):
            etag = city.get(f"/api/v1/projects/{code}").headers["etag"]
            changed = document(
                name="长兴县河道生态修复", city_code="330522", total_investment="9", content_summary=None
            )
            saved = city.put(f"/api/v1/projects/{code}", json=changed, headers={"If-Match": etag})
            assert saved.status_code == 200
        match(engine)
        undecided = province.get("/api/v1/duplicates").json()["items"]
        assert [(each["one"]["code"], each["other"]["code"]) for each in undecided] == [(again, third)]
        [kept] = province.get("/api/v1/duplicates?decision=same").json()["items"]
        assert (kept["one"]["code"], kept["other"]["code"], kept["points"] < 60) == (first, third, True)

    def test_takes_a_pair_no_search_has_brought_up(self, city: Caller, province: Caller) -> None:
        first = enter(city)
        other = enter(city, name="长兴县河道生态修复", city_code="330522", total_investment="9", content_summary=None)
        assert decide(province, first, other, is_same=True) == 200
        assert len(province.get("/api/v1/duplicates?decision=same").json()["items"]) == 1

    def test_keeps_a_project_waiting_that_changed_meanwhile(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            code = create_project(session, people.city, dossier(), reason="录入").code
        assert match_batch(engine) == 1
        with writing(engine) as session:
            session.execute(DuplicateKey.__table__.update().values(change_count=2))  # type: ignore[attr-defined]
        assert match_batch(engine) == 1
        assert match_batch(engine) == 0
        assert code == "ML-0000001"

    def test_is_asked_for_once_however_many_are_saved(self, engine: Engine, city: Caller) -> None:
        for _ in range(3):
            enter(city)
        with reading(engine) as session:
            assert len(session.exec(select(Job).where(Job.kind == MATCH, Job.state == "queued")).all()) == 1
        match(engine)
        with reading(engine) as session:
            rows = session.exec(select(DuplicatePair).order_by(col(DuplicatePair.lower_id))).all()
            assert len(rows) == 3


class TestADecision:
    def test_needs_a_reviewer_a_reason_and_two_projects_one_may_see(
        self, city: Caller, other_city: Caller, province: Caller
    ) -> None:
        first, again, theirs = enter(city), enter(city), enter(other_city, city_code="370402")
        assert decide(city, first, again, is_same=True) == 403
        assert decide(province, first, again, is_same=True, reason=" ") == 422
        assert decide(province, first, first, is_same=True) == 422
        assert decide(province, first, theirs, is_same=True) == 404
        assert candidates(city, first)[again]["mark"] is None

    def test_is_taken_from_two_projects_side_by_side(
        self, anybody: Client, engine: Engine, people: People, city: Caller
    ) -> None:
        first, again = enter(city), enter(city, name=NAME.replace("工程", "项目"))
        match(engine)
        sign_in(anybody, "province")
        assert f"/projects/{first}/duplicates/{again}" in anybody.get("/duplicates").text
        address = f"/projects/{first}/duplicates/{again}"
        page = anybody.get(address).text
        assert page.count('<tr class="differs">') == 1
        form = {"_csrf": form_token(page), "is_same": "true"}
        assert anybody.post(address, data={**form, "reason": ""}).status_code == 422
        kept = anybody.post(address, data={**form, "reason": "同一批文"}, follow_redirects=False)
        assert kept.status_code == 303
        shown = anybody.get(f"{address}?lang=en").text
        assert "同一批文" in shown
        assert "浙江省生态环境厅用户" in shown
        assert "The same project" in shown
        assert "同一批文" in anybody.get("/duplicates?decision=same").text


class TestCentralMoneyTwice:
    FACTS = {
        "central_fund": "water",
        "water_project_type": "basin_ecology",
        "project_nature": "public_benefit",
        "has_other_central_funding": False,
    }

    @staticmethod
    def _answer(caller: Caller, code: str) -> tuple[str, dict[str, Any]]:
        made = caller.post(f"/api/v1/projects/{code}/assessments?as_of=2026-11-21")
        kept = caller.get(made.headers["location"]).json()
        text = kept.get("document", kept)
        pack = next(each for each in text["libraries"] if each["pack"] == "central-eco-fund")
        rule = next(each for each in pack["answers"] if each["rule"] == "cef-no-double-central")
        return rule["status"], text

    def test_fails_the_rule_once_a_reviewer_has_found_the_content_again(
        self, city: Caller, other_city: Caller, ministry: Caller
    ) -> None:
        mine = enter(city, approval_code=CODE, **self.FACTS)
        theirs = enter(other_city, city_code="370402", approval_code=CODE, funding_lines=[CENTRAL])
        answer, text = self._answer(city, mine)
        assert (answer, "registry_facts" in text) == ("pass", False)
        assert decide(ministry, mine, theirs, is_same=True) == 200
        answer, text = self._answer(city, mine)
        assert (answer, text["registry_facts"]) == ("fail", {"has_other_central_funding": True})
        assert theirs not in str(text)
        route = city.get(f"/api/v1/projects/{mine}/route?as_of=2026-11-21").json()
        assert (
            next(each for each in route["libraries"] if each["pack"] == "central-eco-fund")["verdict"] == "ineligible"
        )
        assert decide(ministry, mine, theirs, is_same=False) == 200
        assert self._answer(city, mine)[0] == "pass"

    def test_is_no_matter_where_the_other_draws_none(self, city: Caller, ministry: Caller) -> None:
        mine = enter(city, approval_code=CODE, **self.FACTS)
        again = enter(city, approval_code=CODE, funding_lines=[{**CENTRAL, "status": "gap", "evidence": None}])
        assert decide(ministry, mine, again, is_same=True) == 200
        assert self._answer(city, mine)[0] == "pass"

    def test_is_a_fact_of_the_whole_registry_too(
        self, engine: Engine, people: People, city: Caller, ministry: Caller
    ) -> None:
        from registry.assessments.screening import registry_facts  # noqa: PLC0415 - beside its only use

        mine = enter(city, approval_code=CODE, **self.FACTS)
        again = enter(city, approval_code=CODE, funding_lines=[CENTRAL])
        assert decide(ministry, mine, again, is_same=True) == 200
        facts = registry_facts(engine, people.city, keep=["code"])
        found = dict(facts.select("code", "has_other_central_funding").iter_rows())
        assert found == {mine: True, again: None}
        assert Decimal(candidates(city, mine)[again]["central_money"]) == 2000
