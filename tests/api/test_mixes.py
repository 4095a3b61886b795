"""The funding mix over the API and on its page: anonymous and the wrong city first, then what it finds."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import Engine

from api.conftest import CallAs, Caller, Client, form_token, sign_in
from applications import application_in
from conftest import People
from mix_projects import WISHES, financed
from registry.assessments.pricing import evaluate
from registry.database import reading, writing
from registry.projects.operations import create_project, release_project
from registry.projects.queries import read_dossier

FORM = {
    "asked": "true", "objective": "fiscal_cost", "fiscal_view": "city", "as_of": "2026-11-26", "dscr_floor": "1.25",
    "capital_floor": "10", "bond_coverage_floor": "", "city.is_used": "true", "policy_bank_loan.is_used": "true",
    "equity.is_used": "true", "equity.cap": "150",
}  # fmt: skip

SUBMITTED = {
    "approval_code": "2603-330502-04-01-123456", "implementer_name": "湖州市示例水务有限公司",
    "implementer_credit_code": "91330500MA2B3C4D5B", "content_summary": "扩建污水处理厂", "construction_end": "2028",
    "construction_status": "not_started", "revenue_source": "污水处理费",
}  # fmt: skip
"""What a financed dossier still lacks for submission."""


@pytest.fixture
def code(engine: Engine, people: People) -> str:
    return made(engine, people)


def made(engine: Engine, people: People, **changes: Any) -> str:
    with writing(engine) as session:
        found = create_project(session, people.city, financed(**changes), reason="录入").code
        release_project(session, people.city, found, organisation_id=people.bank.organisation_id)
    return found


def asked(caller: Caller, code: str, **changes: Any) -> Any:
    return caller.post(f"/api/v1/projects/{code}/funding-mix", json=WISHES | changes)


def totals(answer: Any) -> dict[str, float]:
    return {each["source"]: float(each["total"]) for each in answer.json()["sources"]}


class TestTheMixOfAProject:
    def test_is_nobodys_who_may_not_see_the_project(
        self, anybody: Client, call_as: CallAs, people: People, code: str
    ) -> None:
        assert anybody.post(f"/api/v1/projects/{code}/funding-mix", json={}).status_code == 401
        assert asked(call_as(people.other_city), code).status_code == 404
        assert asked(call_as(people.other_bank), code).status_code == 404

    def test_borrows_what_income_carries_and_says_what_binds(self, city: Caller, code: str) -> None:
        answer = asked(city, code)
        assert answer.status_code == 200
        assert totals(answer) == pytest.approx({"city": 50, "policy_bank_loan": 800, "equity": 150}, abs=1e-3)
        found = answer.json()
        assert found["status"] == "optimal"
        assert float(found["fiscal_cost"]) == pytest.approx(50, abs=1e-3)
        assert found["dscr_verified"] == pytest.approx(1.25, abs=1e-6)
        assert {"dscr_floor", "equity.cap"} <= {each["limit"] for each in found["bindings"]}

    def test_is_open_to_a_bank_the_project_was_released_to(self, call_as: CallAs, people: People, code: str) -> None:
        assert totals(asked(call_as(people.bank), code))["city"] == pytest.approx(50, abs=1e-3)

    def test_names_the_source_of_each_limit_on_the_governing_date(self, city: Caller, code: str) -> None:
        answer = city.post(f"/api/v1/projects/{code}/funding-mix", json={"as_of": "2026-11-26"}).json()
        limits = {each["limit"]: each for each in answer["limits"]}
        assert (limits["capital_floor"]["value"], "国发〔2019〕26号" in limits["capital_floor"]["origin"]) == (
            0.2,
            True,
        )
        assert limits["dscr_floor"]["value"] == 1
        before = city.post(f"/api/v1/projects/{code}/funding-mix", json={"as_of": "2014-01-01"}).json()
        assert {each["limit"]: each["value"] for each in before["limits"]}["capital_floor"] is None
        loan = next(each for each in answer["offered"] if each["source"] == "policy_bank_loan")
        assert loan["total_share_cap"] == 0.8
        assert loan["origins"]["rate"]["origin"] == "项目档案：债务资金"

    def test_says_what_nobody_could_verify_instead_of_guessing(
        self, engine: Engine, people: People, city: Caller
    ) -> None:
        lines = [{"source": "central_fund", "year": 2027, "amount": "300", "status": "planned"}]
        code = made(engine, people, central_fund="water", funding_lines=lines)
        answer = asked(city, code).json()
        central = next(each for each in answer["offered"] if each["source"] == "central_fund")
        assert float(central["cap"]) == 300
        assert "ceiling-unknown" in {each["code"] for each in answer["remarks"]}

    def test_keeps_the_central_share_of_the_air_fund(self, engine: Engine, people: People, city: Caller) -> None:
        lines = [{"source": "central_fund", "year": 2027, "amount": "900", "status": "planned"}]
        air = {"central_fund": "air", "implementer_type": "private_enterprise", "pollution_control_investment": "600"}
        code = made(engine, people, funding_lines=lines, **air)
        assert totals(asked(city, code, dscr_floor=None))["central_fund"] <= 300

    def test_refuses_bonds_to_what_stands_on_the_negative_list(
        self, engine: Engine, people: People, city: Caller
    ) -> None:
        code = made(engine, people, main_content="government_building")
        wishes = [{"source": "special_bond", "is_used": True}]
        answer = asked(city, code, sources=wishes).json()
        bond = next(each for each in answer["offered"] if each["source"] == "special_bond")
        assert bond["refusal"]
        given = {each["source"]: float(each["total"]) for each in answer["sources"]}
        assert given["special_bond"] == 0
        assert given["city"] == pytest.approx(50, abs=1e-3)

    def test_shows_the_frontier_dearer_with_every_floor(self, city: Caller, code: str) -> None:
        rows = asked(city, code, has_frontier=True).json()["frontier"]
        costs = [float(row["fiscal_cost"]) for row in rows]
        assert costs == sorted(costs)
        # 100 / 2 = 50 a year carries 500: equity 150 leaves 350 to the city.
        assert {row["dscr_floor"]: round(float(row["fiscal_cost"])) for row in rows}[2.0] == 350


class TestBadInput:
    def test_names_the_limits_to_ease_when_nothing_meets_them_all(self, city: Caller, code: str) -> None:
        none_from_the_city = [*WISHES["sources"], {"source": "city", "yearly_caps": {"1": "0"}}]
        answer = asked(city, code, sources=none_from_the_city)
        found = answer.json()
        assert (answer.status_code, found["status"]) == (200, "infeasible")
        # Less coverage alone would not help: the loan already is four fifths of the investment.
        assert {way[0]["limit"] for way in found["ways"] if len(way) == 1} == {"city.1", "equity.cap"}
        assert any("50.00 万元" in each["message"] for each in found["messages"])

    @pytest.mark.parametrize(
        ("wish", "code_found", "path"),
        [
            ({"source": "city", "cap": "10", "least": "20"}, "conflicting-caps", "sources[city].least"),
            ({"source": "city", "cap": "-1"}, "negative-amount", "sources[city].cap"),
            ({"source": "city", "cap": "99999999999"}, "amount-too-large", "sources[city].cap"),
            ({"source": "city", "yearly_caps": {"4": "10"}}, "year-out-of-range", "sources[city].yearly_caps[4]"),
            ({"source": "equity", "rate": 7.0}, "out-of-range", "sources[equity].rate"),
            ({"source": "lottery", "cap": "1"}, "unknown-source", "sources[lottery]"),
            ({"source": "city", "budget": "none"}, "unknown-budget", "sources[city].budget"),
        ],
    )
    def test_is_said_with_its_place(
        self, city: Caller, code: str, wish: dict[str, Any], code_found: str, path: str
    ) -> None:
        answer = asked(city, code, sources=[*WISHES["sources"], wish])
        assert answer.status_code == 422
        assert (code_found, path) in {(each["code"], each["path"]) for each in answer.json()["findings"]}

    def test_says_that_a_cap_on_an_unused_source_has_no_effect(self, city: Caller, code: str) -> None:
        answer = asked(city, code, sources=[*WISHES["sources"], {"source": "green_bond", "cap": "5"}])
        assert answer.status_code == 200
        assert "unused-source" in {each["code"] for each in answer.json()["remarks"]}

    def test_says_that_a_budget_nobody_draws_on_has_no_effect(self, city: Caller, code: str) -> None:
        answer = asked(city, code, budgets={"学校": {"1": "5"}})
        assert (answer.status_code, "unused-budget" in {each["code"] for each in answer.json()["remarks"]}) == (
            200,
            True,
        )

    def test_refuses_a_project_of_unknown_investment(self, engine: Engine, people: People, city: Caller) -> None:
        case = financed().financials
        assert case is not None
        assert case.investment is not None
        bare = case.model_copy(update={"investment": case.investment.model_copy(update={"engineering_cost": None})})
        unknown = made(
            engine, people, financials=bare.model_dump(mode="json", exclude_none=True), total_investment=None
        )
        answer = asked(city, unknown)
        assert answer.status_code == 422
        assert "financials.investment.engineering_cost" in {each["path"] for each in answer.json()["findings"]}
        without = made(engine, people, financials=None)
        assert asked(city, without).json()["findings"][0]["code"] == "no-case"

    def test_takes_no_body_of_another_shape(self, city: Caller, code: str) -> None:
        assert asked(city, code, objective="happiness").status_code == 422
        assert asked(city, code, surprise=1).status_code == 422


class TestThePage:
    def test_shows_the_mix_with_the_origin_of_its_defaults_and_downloads_what_it_shows(
        self, anybody: Client, people: People, code: str
    ) -> None:
        sign_in(anybody, "city")
        text = anybody.get(f"/projects/{code}/funding-mix?{urlencode(FORM)}").text
        assert "1.2500 / 1.2500" in text
        assert "800.00" in text
        assert "项目档案：债务资金" in text
        answer = anybody.get(f"/projects/{code}/funding-mix/mix.csv?{urlencode(FORM)}")
        assert answer.headers["content-type"].startswith("text/csv")
        lines = answer.content.decode("utf-8-sig").splitlines()
        (loan,) = [line.split(",") for line in lines if line.startswith("政策性、开发性银行贷款,")]
        assert float(loan[2]) == pytest.approx(800, abs=1e-3)
        assert any(line.startswith("权限,") for line in lines)
        assert f'href="/projects/{code}/funding-mix"' in anybody.get(f"/projects/{code}").text

    def test_sets_up_to_four_mixes_side_by_side(self, anybody: Client, people: People, code: str) -> None:
        sign_in(anybody, "city")
        kept = [urlencode(FORM | {"dscr_floor": floor}) for floor in ("1.1", "1.5", "2")]
        query = urlencode([*FORM.items(), *(("keep", each) for each in kept)])
        answer = anybody.get(f"/projects/{code}/funding-mix/comparison.csv?{query}")
        rows = [line.split(",") for line in answer.content.decode("utf-8-sig").splitlines() if re.match(r"\d,", line)]
        # Loans of 909 (but at most 80 %), 667, 500 and 800 beside 150 of equity.
        assert [round(float(row[2])) for row in rows] == [50, 183, 350, 50]

    def test_says_beside_the_form_what_cannot_be_taken(self, anybody: Client, people: People, code: str) -> None:
        sign_in(anybody, "city")
        for change in ({"equity.cap": "-5"}, {"equity.cap": "lots"}, {"as_of": "soon"}, {"objective": "happiness"}):
            answer = anybody.get(f"/projects/{code}/funding-mix?{urlencode(FORM | change)}")
            assert answer.status_code == 422
            assert "Traceback" not in answer.text

    @pytest.mark.parametrize(
        ("change", "status", "zh", "en"),
        [
            ({"equity.cap": "-5"}, 422, "金额不能为负", "an amount cannot be negative"),
            ({"equity.cap": "0", "city.cap": "0"}, 200, "提高到", "raise"),
            ({"green_bond.cap": "5"}, 200, "未被采用", "is not drawn on"),
            ({"city.year.4": "10"}, 422, "年", "year"),
            ({"capital_floor": "2000"}, 422, "应在 0 与 1 之间", "should be between 0 and 1"),
        ],
    )
    def test_names_what_is_wrong_in_the_language_of_the_reader(
        self, anybody: Client, people: People, code: str, change: dict[str, str], status: int, zh: str, en: str
    ) -> None:
        sign_in(anybody, "city")
        for language, words in (("zh", zh), ("en", en)):
            answer = anybody.get(f"/projects/{code}/funding-mix?{urlencode(FORM | change)}&lang={language}")
            told = "".join(re.findall(r'<ul class="findings">(.*?)</ul>', answer.text, re.DOTALL))
            assert (answer.status_code, words in told) == (status, True), told

    def test_draws_the_frontier_and_speaks_english(self, anybody: Client, people: People, code: str) -> None:
        sign_in(anybody, "city")
        text = anybody.get(f"/projects/{code}/funding-mix?{urlencode(FORM | {'has_frontier': 'true'})}&lang=en").text
        assert 'src="data:image/svg+xml;base64,' in text
        heads = re.findall(r"<(?:h1|h2|h3|label|th|caption)[^>]*>([^<]*)<", text)
        assert heads
        # 万元 is the unit every page prints; its footer says what it is.
        assert not [head for head in heads if re.search(r"[\u4e00-\u9fff]", head.replace("万元", ""))]

    def test_writes_a_mix_into_a_new_revision_that_keeps_its_promise(
        self, anybody: Client, engine: Engine, people: People, code: str
    ) -> None:
        sign_in(anybody, "city")
        page = anybody.get(f"/projects/{code}/funding-mix?{urlencode(FORM)}")
        data = {"_csrf": form_token(page.text), "mix": urlencode(FORM), "seen_revision": "1"}
        path = f"/projects/{code}/funding-mix"
        assert anybody.post(path, data=data, follow_redirects=False).status_code == 303
        with reading(engine) as session:
            facts, dossier = read_dossier(session, people.city, code)
        assert facts.number == 2
        assert {(line.year, line.status) for line in dossier.funding_lines} == {(2027, "planned")}
        amounts = {line.source: float(line.amount or 0) for line in dossier.funding_lines}
        assert amounts == pytest.approx({"policy_bank_loan": 800, "city": 50, "equity": 150}, abs=1e-3)
        assert evaluate(dossier).figure("indicators", "dscr_min") == pytest.approx(1.25, abs=1e-6)
        # Whoever looks at the page of the first revision still must not overwrite the second.
        assert anybody.post(path, data=data, follow_redirects=False).status_code == 412

    def test_asks_before_it_reopens_the_entry_of_a_project_in_a_library(
        self, anybody: Client, city: Caller, engine: Engine, people: People
    ) -> None:
        code = made(engine, people, **SUBMITTED)
        application_in(engine, people, "in_library", code=code)
        sign_in(anybody, "city")
        path = f"/projects/{code}/funding-mix"
        page = anybody.get(f"{path}?{urlencode(FORM)}").text
        assert 'name="reopens_entry"' in page
        assert "采用此方案属重大变更：资金来源" in page
        data = {"_csrf": form_token(page), "mix": urlencode(FORM), "seen_revision": "1"}
        asked = anybody.post(path, data=data, follow_redirects=False)
        assert (asked.status_code, "请先确认重新审核" in asked.text) == (422, True)
        assert 'name="reopens_entry"' in asked.text
        assert city.get(f"/api/v1/projects/{code}").json()["revision_number"] == 1
        assert anybody.post(path, data=data | {"reopens_entry": "true"}, follow_redirects=False).status_code == 303
        assert city.get(f"/api/v1/projects/{code}/applications").json()["applications"][0]["state"] == "submitted"

    def test_asks_nothing_where_no_entry_stands(self, anybody: Client, people: People, code: str) -> None:
        sign_in(anybody, "city")
        assert "reopens_entry" not in anybody.get(f"/projects/{code}/funding-mix?{urlencode(FORM)}").text

    def test_lets_nobody_else_write(self, anybody: Client, people: People, code: str) -> None:
        sign_in(anybody, "bank")
        page = anybody.get(f"/projects/{code}/funding-mix?{urlencode(FORM)}").text
        assert "写入新一版" not in page
        data = {"_csrf": form_token(page), "mix": urlencode(FORM), "seen_revision": "1"}
        assert anybody.post(f"/projects/{code}/funding-mix", data=data).status_code == 403
