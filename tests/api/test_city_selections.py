"""Selection of cities through the app: after the deadline, tied members, what leaves as a file."""

import io
import json
import re
from datetime import timedelta

import openpyxl
import pytest
from sqlalchemy import Engine

from api.conftest import CallAs, Caller, Client, form_token, sign_in
from conftest import People
from nomination_builders import published, scored, scoring
from registry.programme.nomination.rules import items
from registry.web.bodies import as_of_or_today

ROUNDS = "/api/v1/city-selections"
TEXT = {"statement": "基础好", "urban_population_10k": 95, "population_source": "统计年鉴 2025"}


def opened(ministry: Caller, *, ended_days_ago: int) -> str:
    closes = as_of_or_today(None) - timedelta(days=ended_days_ago)
    body = {"title": "第一批", "opens_on": "2020-01-01", "closes_on": closes.isoformat()}
    made = ministry.post(ROUNDS, json=body)
    assert made.status_code == 201
    return str(made.headers["location"])


class TestACity:
    def test_is_refused_the_day_after_the_deadline_with_what_why_and_what_to_do(
        self, call_as: CallAs, people: People
    ) -> None:
        ministry, city = call_as(people.ministry), call_as(people.city)
        here = opened(ministry, ended_days_ago=1)
        answer = city.post(f"{here}/nominations", json=TEXT)
        assert answer.status_code == 422
        (flaw,) = answer.json()["findings"]
        assert flaw["code"] == "after-deadline"
        assert "截止" in flaw["message"]
        assert "下一批次" in flaw["message"]
        assert "Wait for the next round" in flaw["message_en"]
        assert ministry.get(here).json()["nominations"] == []

    def test_applies_on_the_last_day_and_its_neighbour_sees_nothing_of_it(
        self, call_as: CallAs, people: People
    ) -> None:
        ministry, city = call_as(people.ministry), call_as(people.city)
        here = opened(ministry, ended_days_ago=0)
        number = city.post(f"{here}/nominations", json=TEXT).json()["id"]
        act = f"/api/v1/nominations/{number}/actions"
        assert city.post(act, json={"action": "submit", "version": 1}).status_code == 204
        assert call_as(people.other_city).get(here).json()["nominations"] == []
        opinion = {"action": "recommend", "version": 2, "reason": "同意推荐"}
        assert call_as(people.other_city).post(act, json=opinion).status_code == 403
        assert call_as(people.province).post(act, json=opinion).status_code == 204
        (line,) = ministry.get(here).json()["nominations"]
        assert (line["is_recommended"], line["opinion"], line["size_class"]) == (True, "同意推荐", "medium")


class TestThePanel:
    def test_is_refused_a_score_where_it_is_tied(self, engine: Engine, call_as: CallAs, people: People) -> None:
        stage = scoring(engine, people)
        body = {"code": stage.code("city"), "scores": dict.fromkeys(items(), 10)}
        answer = call_as(people.province).post(f"{ROUNDS}/{stage.round_id}/scores", json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "conflict-of-interest")
        assert "同属一省" in answer.json()["detail"]
        body["code"] = stage.code("xian")
        assert call_as(people.province).post(f"{ROUNDS}/{stage.round_id}/scores", json=body).status_code == 204

    def test_sees_codes_and_its_own_ties_on_the_page(self, engine: Engine, anybody: Client, people: People) -> None:
        stage = scoring(engine, people)
        sign_in(anybody, "province")
        shown = anybody.get(f"/city-selections/{stage.round_id}").text
        assert stage.code("wuhan") in shown
        assert "wuhan机构" not in shown
        assert "申报城市与您所在机构同属一省" in shown

    @pytest.mark.parametrize("login", ["ministry", "province"])
    def test_and_the_ministry_find_no_name_in_any_answer_while_codes_stand(
        self, engine: Engine, anybody: Client, call_as: CallAs, people: People, login: str
    ) -> None:
        stage = scoring(engine, people)
        caller = call_as(getattr(people, login))
        sign_in(anybody, login)
        here = f"{ROUNDS}/{stage.round_id}"
        told = [caller.get(f"{here}{more}").text for more in ("", "/comparison")]
        told += [anybody.get(f"/city-selections/{stage.round_id}?lang={lang}").text for lang in ("zh", "en")]
        assert all(stage.code("wuhan") in text for text in told[1:])
        hidden = ["wuhan机构", "xian机构", "dalian机构", "湖州市财政局", "420100", "610100", "210200", "统计年鉴"]
        numbers = {f'"id":{stage.row(each).id},"city"' for each in stage.cities}
        assert [word for word in (*hidden, *numbers) for text in told if word in text] == []
        listed = json.loads(told[1])
        assert [each["code"] for each in listed] == sorted(each["code"] for each in listed)
        assert {key for each in listed for key in each} & {"id", "owner_id", "city", "division_code"} == set()


class TestTheComparison:
    @pytest.mark.parametrize("lang", ["zh", "en"])
    def test_leaves_as_excel_without_a_name(self, engine: Engine, call_as: CallAs, people: People, lang: str) -> None:
        stage = scored(engine, people)
        taken = call_as(people.ministry).get(f"{ROUNDS}/{stage.round_id}/comparison.xlsx?lang={lang}")
        sheet = openpyxl.load_workbook(io.BytesIO(taken.content)).active
        assert sheet is not None
        cells = [cell for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None]
        assert {f"C00{n}" for n in range(1, 5)} <= set(cells)
        assert 65.0 in cells
        assert not [cell for cell in cells if "湖州" in str(cell) or ("机构" in str(cell) and "wuhan" in str(cell))]

    def test_stands_beside_a_computed_list_that_marks_nothing(
        self, engine: Engine, anybody: Client, people: People
    ) -> None:
        stage = scored(engine, people)
        sign_in(anybody, "ministry")
        path = f"/city-selections/{stage.round_id}"
        page = anybody.get(path).text
        listed = re.search(r'id="computed".*?<strong>(.*?)</strong>', page, re.DOTALL)
        assert listed is not None
        assert listed[1] == "、".join(sorted((stage.code("dalian"), stage.code("xian"))))
        fields = {"_csrf": form_token(page), "code": stage.code("wuhan"), "choice": "select", "reason": ""}
        assert anybody.post(f"{path}/marks", data=fields, follow_redirects=False).status_code == 303
        assert stage.row("wuhan").proposal == "select"
        assert stage.row("dalian").proposal is None


class TestTheResult:
    def test_is_registered_on_the_page_and_then_stands_among_the_zones(
        self, engine: Engine, anybody: Client, call_as: CallAs, people: People
    ) -> None:
        stage = published(engine, people, "dalian")
        sign_in(anybody, "ministry")
        path = f"/city-selections/{stage.round_id}"
        page = anybody.get(path).text
        assert "入选 1 个城市，其中 0 个已登记，1 个未登记" in page
        today = as_of_or_today(None).isoformat()
        fields = {"_csrf": form_token(page), "starts_on": today, "notice": "公告2026年第9号"}
        assert anybody.post(f"{path}/memberships", data=fields, follow_redirects=False).status_code == 303
        assert "其中 1 个已登记，0 个未登记" in anybody.get(path).text
        leading = next(
            each for each in call_as(people.bank).get("/api/v1/zones").json()["zones"] if each["id"] == "leading_city"
        )
        assert [(each["place"], "公告2026年第9号" in each["source"]) for each in leading["members"]] == [
            ("大连市", True)
        ]

    def test_is_not_registered_over_the_api_before_it_is_published(
        self, engine: Engine, call_as: CallAs, people: People
    ) -> None:
        stage = scored(engine, people)
        here = f"{ROUNDS}/{stage.round_id}/memberships"
        answer = call_as(people.ministry).post(here, json={"starts_on": "2099-01-01"})
        (flaw,) = answer.json()["findings"]
        assert (answer.status_code, flaw["code"]) == (422, "wrong-step")
        assert "once the result is published" in flaw["message_en"]
