"""What a desk shows while one works: verdicts beside the form, the check before submission, board, rule book, map."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import col

from api.conftest import CallAs, Caller, Client, form_token, sign_in
from applications import LIBRARY, application_in, complete_dossier, enter_project
from builders import dossier
from conftest import People
from finance_builders import case, loan
from registry.accounts.model import Actor
from registry.assessments.model import Assessment
from registry.database import reading, writing
from registry.projects.lifecycle.board import BANDS, board
from registry.projects.lifecycle.operations import Step, act, open_application
from registry.projects.lifecycle.queries import queue
from registry.projects.model import ProjectRevision
from registry.projects.operations import create_project
from registry.web.forms import form_from
from registry.web.pages.rules import provinces_of, sides_of

ECO = "生态环保金融支持项目储备库"
# What the nearest way into that library asks of a project nothing is known of.
OPENS_ECO = {"gfl_field": "air", "has_hidden_debt": "false", "implementation_mode": "enterprise_responsible"}
OPENS_ECO_TYPED = OPENS_ECO | {"has_hidden_debt": False}
NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)


def typed(client: Client, code: str | None = None, **form: str) -> str:
    shown = client.get(f"/projects/{code}/edit" if code else "/projects/new").text
    fields = {"_csrf": form_token(shown), **({"project_code": code} if code else {}), **form}
    answer = client.post("/projects/check/verdicts", data=fields)
    assert answer.status_code == 200, answer.text
    return answer.text


def row_of(html: str, name: str) -> str:
    found = re.search(rf"<li[^>]*><a[^>]*>{name}</a>.*?</li>", html, re.DOTALL)
    assert found is not None
    return found[0]


class TestTheVerdictsBesideTheForm:
    def test_open_a_library_by_what_the_buttons_ask_for(self, anybody: Client, people: People) -> None:
        sign_in(anybody, "city")
        empty = typed(anybody)
        assert "资料不足" in row_of(empty, ECO)
        assert {f'href="#f-{name}"' for name in OPENS_ECO} <= set(re.findall(r'href="#f-\w+"', empty))
        assert "符合</span>" in row_of(typed(anybody, **OPENS_ECO), ECO)
        assert "不符合" in row_of(typed(anybody, **OPENS_ECO | {"has_hidden_debt": "true"}), ECO)

    def test_tell_a_change_against_the_saved_revision_and_keep_nothing(
        self, engine: Engine, anybody: Client, people: People
    ) -> None:
        saved = dossier(gfl_field="air", has_hidden_debt=False, implementation_mode="enterprise_responsible")
        with writing(engine) as session:
            code = create_project(session, people.city, saved, reason="录入").code
        sign_in(anybody, "city")
        form = form_from(saved.model_dump(mode="json"))
        assert "已保存的版本" not in row_of(typed(anybody, code, **form), ECO)
        shut = row_of(typed(anybody, code, **form | {"has_hidden_debt": "true"}), ECO)
        assert "▼ 已保存的版本为“符合”" in shut
        with reading(engine) as session:
            kept = [session.execute(select(func.count()).select_from(each)).scalar() for each in (Assessment,)]
            revisions = session.execute(select(func.count(col(ProjectRevision.id)))).scalar()
        assert (kept, revisions) == ([0], 1)

    def test_move_the_figures_of_a_project_with_a_case(self, engine: Engine, anybody: Client, people: People) -> None:
        inputs = case(debts=[loan(name="贷款甲")])
        with writing(engine) as session:
            code = create_project(session, people.city, dossier(financials=inputs), reason="录入").code
        sign_in(anybody, "city")
        shown = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)", typed(anybody, code)))
        assert float(shown["偿债备付率（最低年）"]) > 0
        assert shown["项目投资财务内部收益率（税后）"].strip().endswith("%")

    def test_judge_the_rest_while_a_field_is_wrong(self, anybody: Client, people: People) -> None:
        sign_in(anybody, "city")
        html = typed(anybody, total_investment="十万", **OPENS_ECO)
        assert "有 1 处填写有误" in html
        assert "符合</span>" in row_of(html, ECO)

    def test_are_not_for_other_cities(self, engine: Engine, anybody: Client, people: People) -> None:
        code = enter_project(engine, people.city)
        sign_in(anybody, "other_city")
        data = {"_csrf": form_token(anybody.get("/projects/new").text), "project_code": code}
        assert anybody.post("/projects/check/verdicts", data=data).status_code == 404


class TestADocumentThatIsNotSaved:
    def test_is_judged_and_priced_beside_what_is_saved(self, engine: Engine, city: Caller, people: People) -> None:
        inputs = case(debts=[loan(name="贷款甲")])
        saved = dossier(
            gfl_field="air", has_hidden_debt=False, implementation_mode="enterprise_responsible", financials=inputs
        )
        with writing(engine) as session:
            code = create_project(session, people.city, saved, reason="录入").code
        document = saved.model_dump(mode="json", exclude_none=True) | {"has_hidden_debt": True}
        document["financials"]["debts"][0]["annual_rate"] = 0.08
        answer = city.post(f"/api/v1/projects/check?project={code}", json=document).json()
        (eco,) = [each for each in answer["verdicts"] if each["name_zh"] == ECO]
        assert (answer["saved_verdicts"][eco["pack"]], eco["verdict"]) == ("eligible", "ineligible")
        now, was = (answer[name]["dscr_min"] for name in ("indicators", "saved_indicators"))
        assert 0 < now < was
        assert answer["findings"] == []
        with reading(engine) as session:
            kept = [
                session.execute(select(func.count()).select_from(each)).scalar()
                for each in (Assessment, ProjectRevision)
            ]
        assert kept == [0, 1]

    def test_is_judged_without_what_is_wrong_in_it_and_says_what(self, city: Caller) -> None:
        answer = city.post("/api/v1/projects/check", json={"total_investment": "十万", **OPENS_ECO_TYPED}).json()
        assert [(each["path"], each["severity"]) for each in answer["findings"]] == [("total_investment", "error")]
        (eco,) = [each for each in answer["verdicts"] if each["name_zh"] == ECO]
        assert (eco["verdict"], answer["saved_verdicts"], answer["indicators"]) == ("eligible", {}, None)

    def test_of_another_city_is_not_there(self, engine: Engine, call_as: CallAs, people: People) -> None:
        code = enter_project(engine, people.city)
        assert call_as(people.other_city).post(f"/api/v1/projects/check?project={code}", json={}).status_code == 404

    @pytest.mark.parametrize("body", ["[]", "3", '"x"', "null"])
    def test_is_an_object(self, city: Caller, body: str) -> None:
        refused = city.post("/api/v1/projects/check", content=body)
        assert refused.status_code == 422
        assert refused.json()["findings"][0]["message"]


def begun(engine: Engine, city: Actor, **changes: Any) -> tuple[str, int]:
    """Enter a project, begin its application, and return both numbers."""
    code = enter_project(engine, city, **changes)
    with writing(engine) as session:
        return code, open_application(session, city, code, library=LIBRARY).id or 0


def submit(engine: Engine, city: Actor, number: int, moment: datetime) -> None:
    with writing(engine) as session:
        act(session, city, Step(number, "submit", 1), moment=moment)


class TestTheCheckBeforeSubmission:
    def test_says_that_nothing_stops_it_and_what_is_unknown(
        self, engine: Engine, anybody: Client, people: People
    ) -> None:
        code, number = begun(engine, people.city)
        sign_in(anybody, "city")
        assert f'href="/applications/{number}/check"' in anybody.get(f"/projects/{code}").text
        html = anybody.get(f"/applications/{number}/check").text
        assert "没有。提交前必填的内容已齐。" in html
        assert "因缺资料定不了（审核人员会看到）" in html
        assert f'href="/projects/{code}/edit#f-' in html
        form = {"_csrf": form_token(html), "version": "1", "action": "submit", "reason": ""}
        assert "待省级审核" in anybody.post(f"/applications/{number}/actions", data=form).text

    def test_tells_programs_the_same(self, engine: Engine, anybody: Client, people: People) -> None:
        _, number = begun(engine, people.city, implementer_credit_code=None)
        sign_in(anybody, "city")
        told = anybody.get(f"/api/v1/applications/{number}/check").json()
        assert [each["path"] for each in told["hindered"]] == ["implementer_credit_code"]
        assert (told["verdict"]["pack"], told["application"]["state"]) == (LIBRARY, "draft")
        anybody.cookies.clear()
        sign_in(anybody, "ministry")
        assert anybody.get(f"/api/v1/applications/{number}/check").status_code == 403

    def test_lists_what_stops_it_with_a_way_to_each_field(
        self, engine: Engine, anybody: Client, people: People
    ) -> None:
        code, number = begun(engine, people.city, implementer_credit_code=None, content_summary=None)
        sign_in(anybody, "city")
        html = anybody.get(f"/applications/{number}/check").text
        stops = html.partition('id="stops"')[2].partition("</section>")[0]
        for name in ("implementer_credit_code", "content_summary"):
            assert f'href="/projects/{code}/edit#f-{name}"' in stops
        assert re.search(r'value="submit" disabled', html)

    def test_asks_a_reason_where_the_rules_say_no(self, engine: Engine, anybody: Client, people: People) -> None:
        _, number = begun(engine, people.city, has_hidden_debt=True)
        sign_in(anybody, "city")
        html = anybody.get(f"/applications/{number}/check").text
        assert "不符合（可以提交，但须写明理由）" in html
        assert re.search(r'<textarea id="reason"[^>]* required', html)

    def test_is_for_the_city_alone_and_changes_nothing(self, engine: Engine, anybody: Client, people: People) -> None:
        _, number = begun(engine, people.city)
        for login, status in (("other_city", 404), ("province", 403), ("ministry", 403), ("bank", 403)):
            anybody.cookies.clear()
            sign_in(anybody, login)
            assert anybody.get(f"/applications/{number}/check").status_code == status, login
        anybody.cookies.clear()
        sign_in(anybody, "city")
        anybody.get(f"/applications/{number}/check")
        with reading(engine) as session:
            assert session.execute(select(func.count(col(Assessment.id)))).scalar() == 0


class TestTheBoard:
    def test_counts_each_application_once_where_its_list_has_it(self, engine: Engine, people: People) -> None:
        for days in (0, 10, 11, 20, 21, 61):
            _, number = begun(engine, people.city)
            submit(engine, people.city, number, NOON - timedelta(days=days))
        with reading(engine) as session:
            (submitted,) = board(session, people.province, as_of=NOON.date())
            listed = {
                band: len(queue(session, people.province, as_of=NOON.date(), state="submitted", band=band))
                for band in BANDS
            }
        assert submitted.bands == {"to_10": 2, "to_20": 2, "to_30": 1, "to_60": 0, "more": 1}
        assert listed == submitted.bands
        assert (submitted.n, submitted.n_late) == (6, 2)
        assert submitted.total_investment == 6 * complete_dossier().total_investment  # type: ignore[operator]

    def test_counts_days_as_china_does(self, engine: Engine, people: People) -> None:
        # 16:30 UTC on 31 May is 1 June in China.
        _, number = begun(engine, people.city)
        submit(engine, people.city, number, datetime(2026, 5, 31, 16, 30, tzinfo=UTC))
        with reading(engine) as session:
            (eleventh,) = board(session, people.province, as_of=datetime(2026, 6, 11, tzinfo=UTC).date())
            (twelfth,) = board(session, people.province, as_of=datetime(2026, 6, 12, tzinfo=UTC).date())
        assert (eleventh.bands["to_10"], twelfth.bands["to_10"], twelfth.bands["to_20"]) == (1, 0, 1)

    def test_shows_columns_that_lead_to_their_lists(self, engine: Engine, anybody: Client, people: People) -> None:
        application_in(engine, people, "returned")
        application_in(engine, people, "declined")
        sign_in(anybody, "ministry")
        html = anybody.get("/board").text
        lane = html.partition('id="lane-returned"')[2].partition("</section>")[0]
        address = re.search(r'href="(/reviews\?state=returned&amp;waited=more#all)"', lane)
        assert address is not None
        assert "⚠ 超期 1 个" in lane
        listed = anybody.get("/reviews?state=returned&waited=more").text
        assert "湖州市吴兴区污水处理厂扩建工程" in listed.partition('id="all"')[2]
        none = anybody.get("/reviews?state=returned&waited=to_10").text
        assert "没有其他申请" in none.partition('id="all"')[2]
        assert re.search(r"不予入库</span> <strong>1<", html)

    def test_is_one_step_from_its_json(self, engine: Engine, anybody: Client, people: People) -> None:
        application_in(engine, people, "returned")
        sign_in(anybody, "ministry")
        told = anybody.get("/api/v1/board?as_of=2026-11-26").json()
        (state,) = told["states"]
        assert (state["state"], state["n"], sum(state["bands"].values())) == ("returned", 1, 1)
        assert told["bands"]["to_10"] == [0, 10]
        assert anybody.get("/api/v1/board?library=special-bond").json()["states"] == []

    def test_is_refused_to_a_bank_and_shows_another_city_nothing(
        self, engine: Engine, anybody: Client, people: People
    ) -> None:
        application_in(engine, people, "submitted")
        sign_in(anybody, "bank")
        assert anybody.get("/board").status_code == 403
        anybody.cookies.clear()
        sign_in(anybody, "other_city")
        assert "污水处理厂" not in anybody.get("/board").text


class TestTheRuleBook:
    def test_puts_the_clause_beside_the_rule_and_is_narrowed_by_confidence(
        self, anybody: Client, people: People
    ) -> None:
        sign_in(anybody, "ministry")
        html = anybody.get("/rule-book?pack=central-eco-fund&confidence=unverified&as_of=2026-11-21").text
        rows = re.findall(r'<article class="rule-row.*?</article>', html, re.DOTALL)
        api = anybody.get("/api/v1/rules?pack=central-eco-fund&confidence=unverified&as_of=2026-11-21").json()
        assert len(rows) == len(api) > 0
        for row, told in zip(rows, api, strict=True):
            clause, _, rule = row.partition('<div class="rule">')
            assert told["entry"]["document"] in clause
            assert "待核实" in clause
            assert f"<code>{told['entry']['rule']}</code>" in rule

    def test_pages_through_every_rule_once(self, anybody: Client, people: People) -> None:
        sign_in(anybody, "city")
        seen: list[str] = []
        for number in range(1, 20):
            html = anybody.get(f"/rule-book?page={number}").text
            seen += re.findall(r'<article class="rule-row[^>]*id="([^"]+)"', html)
            assert len(html.encode()) < 150_000
            if 'rel="next"' not in html:
                break
        told = anybody.get("/api/v1/rules").json()
        assert seen[: len(told)] == [f"{each['pack']}-{each['entry']['rule']}" for each in told]
        current = (
            version["rules"]
            for each in anybody.get("/api/v1/libraries").json()
            for version in each["versions"]
            if version["version"] == each["in_force"]
        )
        assert len(set(seen)) == len(seen) == sum(current)

    def test_says_when_nothing_fits(self, anybody: Client, people: People) -> None:
        sign_in(anybody, "bank")
        assert "没有符合条件的规则" in anybody.get("/rule-book?search=没有这样的字").text


class TestTheMapOfProvinces:
    def test_shows_the_figures_of_the_table_and_leads_to_the_projects(
        self, engine: Engine, anybody: Client, people: People
    ) -> None:
        enter_project(engine, people.city)
        sign_in(anybody, "ministry")
        page = anybody.get("/portfolio?topic=places").text
        address = re.search(r'hx-get="(/portfolio/provinces/tiles[^"]*)"', page)
        assert address is not None
        html = anybody.get(address[1].replace("&amp;", "&")).text
        assert re.search(r'<a href="/projects\?province=%E6%B5%99[^"]+" aria-label="浙江 1">', html)
        assert html.count("<rect") >= 34
        money = anybody.get("/portfolio/provinces/tiles?measure=total_investment").text
        assert 'aria-label="浙江 1.2"' in money
        assert 'style="' not in money
        told = anybody.get("/api/v1/portfolio/provinces").json()["table"]["rows"]
        assert [(row["province"], row["total_investment"]) for row in told] == [("浙江省", "12345.67")]
        assert anybody.get("/portfolio/provinces/file/csv").status_code == 200

    def test_counts_what_the_list_behind_a_tile_shows(self, engine: Engine, anybody: Client, people: People) -> None:
        enter_project(engine, people.city, province_name="江苏省", name="代码在浙江的厂")
        sign_in(anybody, "ministry")
        html = anybody.get("/portfolio/provinces/tiles").text
        address = re.search(r'<a href="([^"]+)" aria-label="浙江 1">', html)
        assert address is not None
        assert "江苏 1" not in html
        assert "代码在浙江的厂" in anybody.get(address[1]).text

    @pytest.mark.parametrize(("path", "status"), [("provinces/tiles?measure=x", 422), ("funding_mix/tiles", 404)])
    def test_refuses_what_it_does_not_have(self, anybody: Client, people: People, path: str, status: int) -> None:
        sign_in(anybody, "ministry")
        assert anybody.get(f"/portfolio/{path}").status_code == status

    def test_shows_a_city_its_own_projects_alone(self, engine: Engine, anybody: Client, people: People) -> None:
        enter_project(engine, people.city)
        sign_in(anybody, "other_city")
        assert 'aria-label="浙江' not in anybody.get("/portfolio/provinces/tiles").text


class TestTheSidesOfARehearsal:
    def test_part_winners_from_losers_by_province(self) -> None:
        def flip(code: str, province: str | None, before: str | None, after: str | None) -> dict[str, Any]:
            return {"code": code, "province": province, "before": before, "after": after}

        flips = [
            flip("ML-1", "浙江省", "insufficient", "eligible"),
            flip("ML-2", "山东省", "eligible", "judgement"),
            flip("ML-3", None, "ineligible", "insufficient"),
            flip("ML-4", "山东省", None, "eligible"),
        ]
        assert [(key, [row["code"] for row in rows]) for key, _, rows in sides_of(flips)] == [
            ("winners", ["ML-1", "ML-3"]),
            ("losers", ["ML-2"]),
            ("others", ["ML-4"]),
        ]

    def test_sum_what_each_province_wins_and_loses(self) -> None:
        def group(value: str, before: str, after: str, projects: int, amount: str) -> dict[str, Any]:
            return {"value": value, "before": before, "after": after, "projects": projects, "amount": amount}

        told = provinces_of(
            [
                group("浙江省", "insufficient", "eligible", 3, "30.50"),
                group("浙江省", "eligible", "ineligible", 1, "7"),
                group("山东省", "eligible", "insufficient", 2, "9"),
            ]
        )
        rows = [(row["name"], row["won"], row["lost"], str(row["won_amount"]), str(row["lost_amount"])) for row in told]
        assert rows == [("山东省", 0, 2, "0", "9"), ("浙江省", 3, 1, "30.50", "7")]
