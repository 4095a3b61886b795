"""Choices and scenarios as jobs over the API and on their pages."""

import html
import json
import re
from typing import Any

import pytest
from sqlalchemy import Engine

from api.conftest import CallAs, Caller, Client, form_token, sign_in
from conftest import People
from mix_projects import financed
from registry import jobs
from registry.database import writing
from registry.portfolio.choosing import work as choosing
from registry.portfolio.scenarios import work as scenarios
from registry.projects.duplicates.operations import mark_duplicate
from registry.projects.operations import create_project
from registry.web.pages.selections import selection_wishes

BUDGET = {"source": "special_bond", "year": 2027, "amount": "100"}


def lines(amount: str | None, source: str = "special_bond", status: str = "planned") -> list[dict[str, Any]]:
    return [{"source": source, "year": 2027, "amount": amount, "status": status}]


@pytest.fixture
def codes(engine: Engine, people: People) -> list[str]:
    """Four projects of the city that need 60, 50, 40 and nobody knows how much; one of another city."""
    needs = [("900", "60", "sewer_coverage"), ("700", "50", "sewer_coverage"), ("600", "40", "air_quality")]
    with writing(engine) as session:
        made = [
            create_project(
                session,
                people.city,
                financed(
                    total_investment=worth, funding_lines=lines(need), beautiful_city_task=task, project_capital="300"
                ),
                reason="录入",
            ).code
            for worth, need, task in [*needs, ("5000", None, "sewer_coverage")]
        ]
        other = financed(city_code="370402", province_name="山东省", funding_lines=lines("10"))
        made.append(create_project(session, people.other_city, other, reason="录入").code)
    return made


def run(caller: Caller, engine: Engine, kind: str = "selections", **asked: Any) -> dict[str, Any]:
    """Ask, let a worker do it, and return the result."""
    answer = caller.post(f"/api/v1/{kind}", json=asked)
    assert answer.status_code == 202, answer.text
    where = answer.headers["location"]
    assert caller.get(where).json()["state"] == "queued"
    jobs.run_next(engine, {**choosing.handlers(engine), **scenarios.handlers(engine)})
    found = caller.get(where).json()
    assert (found["state"], found["error"]) == ("done", None)
    result: dict[str, Any] = found["result"]
    return result


def chosen(result: dict[str, Any]) -> list[str]:
    return [each["code"] for each in result["chosen"]]


class TestAChoice:
    def test_is_for_those_who_plan(self, anybody: Client, call_as: CallAs, people: People) -> None:
        assert anybody.post("/api/v1/selections", json={"budgets": [BUDGET]}).status_code == 401
        assert call_as(people.bank).post("/api/v1/selections", json={"budgets": [BUDGET]}).status_code == 403

    def test_takes_the_greatest_benefit_the_budget_pays(self, city: Caller, engine: Engine, codes: list[str]) -> None:
        # 60 + 40 is worth 1500 within 100; 60 + 50 is too much, 50 + 40 worth 1300.
        result = run(city, engine, budgets=[BUDGET])
        assert chosen(result) == [codes[0], codes[2]]
        assert (result["status"], result["value"], result["gap"]) == ("optimal", 1500, 0)
        assert result["budgets"] == [
            {"source": "special_bond", "year": 2027, "budget_fen": 100_000_000, "used_fen": 100_000_000, "left_fen": 0}
        ]
        assert [(each["reason"], each["count"]) for each in result["left_out"]] == [("amount_unknown", 1)]
        assert any("special_bond" in each["limit"] for each in result["bindings"])

    def test_keeps_quotas_dependencies_and_either_or(self, city: Caller, engine: Engine, codes: list[str]) -> None:
        quota = {"by": "beautiful_city_task", "value": "sewer_coverage", "at_most": "0"}
        assert chosen(run(city, engine, budgets=[BUDGET], quotas=[quota])) == [codes[2]]
        assert chosen(run(city, engine, budgets=[BUDGET], either_or=[[codes[0], codes[2]]])) == [codes[1], codes[2]]
        assert chosen(run(city, engine, budgets=[BUDGET], depends_on=[[codes[0], codes[1]]])) == [codes[1], codes[2]]
        assert codes[1] in chosen(run(city, engine, budgets=[BUDGET], required=[codes[1]]))

    def test_offers_the_optimisers_mixes_beside_what_is_stated(
        self, city: Caller, engine: Engine, codes: list[str]
    ) -> None:
        # By the optimiser's mix the projects borrow from a policy bank and need no bond at all.
        asked: dict[str, Any] = {"mixes": ["stated", "cost_of_capital"], "objective": "projects", "as_of": "2026-11-26"}
        result = run(city, engine, budgets=[BUDGET | {"amount": "0"}], **asked)
        assert result["n_candidates"] > 0
        assert {each["mix"] for each in result["chosen"]} == {"cost_of_capital"}
        assert all("special_bond" not in each["draws"] for each in result["chosen"])

    def test_reaches_no_project_its_asker_may_not_see(
        self, call_as: CallAs, people: People, engine: Engine, codes: list[str]
    ) -> None:
        assert chosen(run(call_as(people.other_city), engine, budgets=[BUDGET])) == [codes[4]]
        assert run(call_as(people.ministry), engine, budgets=[BUDGET])["n_projects"] == 5
        refused = call_as(people.other_city).post(
            "/api/v1/selections", json={"budgets": [BUDGET], "required": [codes[0]]}
        )
        assert (refused.status_code, refused.json()["findings"][0]["code"]) == (422, "unknown-project")

    def test_belongs_to_who_asked(self, city: Caller, call_as: CallAs, people: People, engine: Engine) -> None:
        where = city.post("/api/v1/selections", json={"budgets": [BUDGET]}).headers["location"]
        assert call_as(people.ministry).get(where).status_code == 404
        assert city.get(where.replace("selections", "scenarios")).status_code == 404


class TestBadInput:
    def test_names_what_to_ease_where_limits_contradict(self, city: Caller, engine: Engine, codes: list[str]) -> None:
        quota = {"by": "region", "value": "east", "at_least": "3"}
        result = run(city, engine, budgets=[BUDGET], quotas=[quota])
        assert result["status"] == "infeasible"
        assert {way[0]["limit"] for way in result["ways"]} == {"budget.special_bond.2027", "quota.region.east.least"}
        assert any("150.00 万元" in each["message"] for each in result["messages"])

    def test_chooses_nothing_out_of_a_budget_of_zero(self, city: Caller, engine: Engine, codes: list[str]) -> None:
        result = run(city, engine, budgets=[BUDGET | {"amount": "0"}])
        assert (result["status"], result["chosen"], result["value"]) == ("optimal", [], 0)

    def test_chooses_nothing_where_nothing_can_be_chosen(self, call_as: CallAs, people: People, engine: Engine) -> None:
        result = run(call_as(people.province), engine, budgets=[BUDGET])
        assert (result["status"], result["chosen"], result["n_projects"]) == ("optimal", [], 0)

    def test_says_that_nobody_draws_on_a_budget(self, city: Caller, engine: Engine, codes: list[str]) -> None:
        result = run(city, engine, budgets=[BUDGET, {"source": "green_bond", "amount": "5"}])
        assert "unused-budget" in {each["code"] for each in result["remarks"]}

    @pytest.mark.parametrize(
        ("asked", "code"),
        [
            ({"budgets": []}, "no-budget"),
            ({"budgets": [BUDGET | {"amount": "-1"}]}, "negative-amount"),
            ({"budgets": [BUDGET | {"year": 1066}]}, "year-out-of-range"),
            ({"budgets": [BUDGET | {"source": "lottery"}]}, "unknown-source"),
            ({"budgets": [BUDGET, BUDGET]}, "repeated-budget"),
            ({"budgets": [BUDGET], "quotas": [{"by": "colour", "value": "red"}]}, "unknown-column"),
            (
                {"budgets": [BUDGET], "quotas": [{"by": "region", "value": "east", "at_least": "3", "at_most": "2"}]},
                "conflicting-caps",
            ),
            ({"budgets": [BUDGET], "time_limit_seconds": 0}, "invalid-body"),
        ],
    )
    def test_is_said_at_once(self, city: Caller, asked: dict[str, Any], code: str) -> None:
        answer = city.post("/api/v1/selections", json=asked)
        assert answer.status_code == 422
        assert code in {each["code"] for each in answer.json()["findings"]}

    def test_asks_which_unit_where_a_benefit_has_several(self, city: Caller, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            for unit in ("吨/年", "万吨/年"):
                benefit = [{"indicator": "减排量", "value": 3, "unit": unit}]
                create_project(session, people.city, financed(benefits=benefit, funding_lines=lines("10")), reason="录")
        where = city.post("/api/v1/selections", json={"budgets": [BUDGET], "benefit": "减排量"}).headers["location"]
        jobs.run_next(engine, choosing.handlers(engine))
        assert "unit" in city.get(where).json()["error"]
        result = run(city, engine, budgets=[BUDGET], benefit="减排量", unit="吨/年")
        assert result["value"] == 3

    def test_counts_an_indicator_in_its_standard_unit_however_dossiers_measure_it(
        self, city: Caller, engine: Engine, people: People
    ) -> None:
        ways: list[dict[str, Any]] = [
            {"benefits": [{"indicator": "减少二氧化碳排放", "value": 0.5, "unit": "万吨/年"}]},
            {"emission_reduction_tco2e": 300},
            {"benefits": [{"indicator": "碳减排量", "value": 70, "unit": "棵树"}]},
        ]
        with writing(engine) as session:
            for way in ways:
                create_project(session, people.city, financed(funding_lines=lines("10"), **way), reason="录入")
        result = run(city, engine, budgets=[BUDGET], benefit="减排二氧化碳当量")
        assert (result["value"], result["goal"]) == (5300, "减排二氧化碳当量（tCO2e/年）")
        assert {each["benefit"] for each in result["chosen"]} == {5000, 300}
        assert result["left_out"][-1]["message"] == ("档案所列资金来源：1 个项目未参与，该项效益未填写或单位无法识别")

    def test_takes_one_of_two_records_that_reviewers_hold_for_one_project(
        self, city: Caller, engine: Engine, people: People, codes: list[str]
    ) -> None:
        with writing(engine) as session:
            mark_duplicate(session, people.ministry, codes[0], codes[1], is_same=True, reason="同一内容")
        result = run(city, engine, budgets=[BUDGET | {"amount": "1000"}])
        assert [each["code"] for each in result["chosen"]] == [codes[0], codes[2]]
        assert [each["code"] for each in result["remarks"]] == ["same-project"]

    def test_names_the_project_and_tells_what_is_left_of_a_limit(
        self, city: Caller, engine: Engine, codes: list[str]
    ) -> None:
        result = run(city, engine, budgets=[BUDGET], required=[codes[1]])
        said = {each["limit"].split(".")[0]: each["message"] for each in result["bindings"]}
        # 50 must be in; of the other 50 only the 40 fits whole.
        assert "起限制作用（100.00 万元，所选为 90.00 万元）" in said["budget"]
        assert f"项目 {codes[1]} 必须入选" in said["required"]

    def test_refuses_scenarios_of_another_shape(self, city: Caller) -> None:
        wrong: list[list[dict[str, Any]]] = [[], [{"name": "x", "revenue": -2}], [{"nom": "x"}]]
        for each in wrong:
            assert city.post("/api/v1/scenarios", json={"scenarios": each}).status_code == 422


class TestScenarios:
    def test_tell_before_and_after_to_those_who_plan(
        self, city: Caller, call_as: CallAs, people: People, engine: Engine, codes: list[str]
    ) -> None:
        asked = {"scenarios": [{"name": "收入减半", "revenue": -0.5}], "dscr_floor": 1.0}
        assert call_as(people.bank).post("/api/v1/scenarios", json=asked).status_code == 403
        result = run(city, engine, "scenarios", **asked)
        assert (result["n_projects"], result["names"]) == (4, ["现状", "收入减半"])
        before, after = result["tables"]["overview"]
        # Without tax and debt the rate of return of 100 a year for ten years on 1000 is nil, of 50 below.
        assert before["p50"] == pytest.approx(0, abs=1e-6)
        assert after["p50"] < -0.05


class TestThePages:
    def test_choose_show_and_give_what_they_show(
        self, anybody: Client, people: People, engine: Engine, codes: list[str]
    ) -> None:
        sign_in(anybody, "city")
        form = anybody.get("/portfolio/selection").text
        data = {
            "_csrf": form_token(form), "budget.0.source": "special_bond", "budget.0.year": "2027",
            "budget.0.amount": "100", "mix.stated": "true", "dscr_floor": "1", "seconds": "30",
        }  # fmt: skip
        made = anybody.post("/portfolio/selection", data=data, follow_redirects=False)
        assert made.status_code == 303
        where = made.headers["location"]
        assert "本页会自动更新" in anybody.get(where).text
        jobs.run_next(engine, choosing.handlers(engine))
        text = anybody.get(where).text
        assert f'href="/projects/{codes[0]}"' in text
        assert codes[1] not in text
        table = anybody.get(f"{where}/chosen.csv").content.decode("utf-8-sig")
        shown = [line.split(",")[0] for line in table.splitlines() if line.startswith("ML-")]
        assert shown == [codes[0], codes[2]]
        assert anybody.get(f"{where}/chosen.xlsx").content[:2] == b"PK"
        assert anybody.get(f"{where}/nothing.csv").status_code == 404
        bad = anybody.post("/portfolio/selection", data=data | {"budget.0.amount": "much", "depends_on": "x"})
        assert (bad.status_code, "should be a number" in bad.text or "应为数字" in bad.text) == (422, True)

    @pytest.mark.parametrize(
        ("change", "zh", "en"),
        [
            ({"budget.0.amount": "-1"}, "预算应为不小于 0 的金额", "zero or more"),
            ({"budget.0.year": "1066"}, "年度应在 1990 与 2100 之间", "the year should lie between 1990 and 2100"),
            ({"quota.0.at_least": "3", "quota.0.at_most": "2"}, "下限 3 高于上限 2", "at least 3 is above at most 2"),
            ({"required": "ML-9999999"}, "没有编号为 ML-9999999 的项目", "There is no project ML-9999999"),
        ],
    )
    def test_name_what_is_wrong_in_the_language_of_the_reader(
        self, anybody: Client, codes: list[str], change: dict[str, str], zh: str, en: str
    ) -> None:
        sign_in(anybody, "city")
        data = self._form(anybody) | {"quota.0.by": "region", "quota.0.value": "东部"} | change
        for language, words in (("zh", zh), ("en", en)):
            answer = anybody.post(f"/portfolio/selection?lang={language}", data=data)
            assert (answer.status_code, words in answer.text) == (422, True)

    @pytest.mark.parametrize(
        ("change", "zh", "en"),
        [
            ({"quota.0.at_least": "3"}, "“东部至少”", "'East, at least'"),
            ({"budget.1.source": "green_bond", "budget.1.amount": "5"}, "没有备选方案使用", "no candidate draws on"),
            ({"budget.0.amount": "0"}, "没有项目入选", "No project"),
        ],
    )
    def test_name_limits_that_cannot_be_met_or_are_in_vain(
        self, anybody: Client, engine: Engine, codes: list[str], change: dict[str, str], zh: str, en: str
    ) -> None:
        sign_in(anybody, "city")
        data = self._form(anybody) | {"quota.0.by": "region", "quota.0.value": "东部"} | change
        where = anybody.post("/portfolio/selection", data=data, follow_redirects=False).headers["location"]
        jobs.run_next(engine, choosing.handlers(engine))
        for language, words in (("zh", zh), ("en", en)):
            text = html.unescape(anybody.get(f"{where}?lang={language}").text)
            assert words in text

    def _form(self, anybody: Client) -> dict[str, str]:
        return {
            "_csrf": form_token(anybody.get("/portfolio/selection").text), "budget.0.source": "special_bond",
            "budget.0.year": "2027", "budget.0.amount": "100", "mix.stated": "true", "seconds": "30",
        }  # fmt: skip

    def test_price_scenarios_and_speak_english(
        self, anybody: Client, people: People, engine: Engine, codes: list[str]
    ) -> None:
        sign_in(anybody, "ministry")
        form = anybody.get("/portfolio/scenarios").text
        data = {"_csrf": form_token(form), "s.0.name": "rates", "s.0.rate_shift": "1", "dscr_floor": "1.2"}
        where = anybody.post("/portfolio/scenarios", data=data, follow_redirects=False).headers["location"]
        jobs.run_next(engine, scenarios.handlers(engine))
        for path in (where, "/portfolio/selection", "/portfolio/scenarios"):
            text = anybody.get(f"{path}?lang=en").text
            heads = re.findall(r"<(?:h1|h2|label|th|legend)[^>]*>([^<]*)<", text)
            assert heads
            assert not [head for head in heads if re.search(r"[\u4e00-\u9fff]", head.replace("万元", ""))]
        assert "rates" in anybody.get(f"{where}/firr.csv").text
        assert json.loads(anybody.get("/schema/openapi.json").text)["paths"]["/api/v1/scenarios"]["post"]["requestBody"]


def test_a_quota_is_written_with_the_official_name() -> None:
    form = {"quota.0.by": "region", "quota.0.value": "东部", "quota.0.at_most": "3", "mix.stated": "true"}
    assert selection_wishes(form).quotas[0].value == "east"
    assert selection_wishes(form | {"quota.0.value": "west"}).quotas[0].value == "west"
