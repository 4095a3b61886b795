"""The money of a project entered by form: what is typed is what is stored, and the figures move while one types."""

import re
from typing import Any

import pytest
from hypothesis import given
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import Engine
from sqlmodel import select

from api.conftest import form_token, sign_in
from applications import application_in
from builders import dossier
from conftest import People
from finance_builders import case, loan
from finance_strategies import cases
from registry.database import reading, writing
from registry.projects.comments.operations import add_comment
from registry.projects.financials import FinancialCase
from registry.projects.lifecycle.operations import Step, act
from registry.projects.model import Project
from registry.projects.operations import create_project, save_project
from registry.projects.queries import read_dossier
from registry.web.case_forms import case_from, form_of

FIGURE = re.compile(r"<dt>(.+?)</dt><dd>(.+?)</dd>")


def stored(inputs: dict[str, Any]) -> dict[str, Any]:
    """Return a case as the document holds it."""
    return FinancialCase.model_validate(inputs).model_dump(mode="json", exclude_none=True)


@given(cases())
def test_a_case_shown_and_sent_back_is_the_same_case(inputs: dict[str, Any]) -> None:
    read = case_from(form_of(stored(inputs)))
    assert read.flaws == ()
    assert stored(read.document) == stored(inputs)


def test_rate_steps_and_shares_by_year_survive_the_form() -> None:
    steps = [{"from_year": 3, "annual_rate": 0.045}, {"from_year": 8, "annual_rate": 0.0395}]
    inputs = case(debts=[loan(name="贷款甲", rate_steps=steps)], working_capital__ramp=[0.6, 0.85, 1])
    assert stored(case_from(form_of(stored(inputs))).document) == stored(inputs)


@pytest.fixture
def code(engine: Engine, people: People) -> str:
    with writing(engine) as session:
        return create_project(session, people.city, dossier(), reason="录入").code


@pytest.fixture
def city_page(app: Litestar, people: People) -> Any:
    with TestClient(app, raise_server_exceptions=False) as client:
        sign_in(client, "city")
        yield client


def sent(client: Any, code: str, form: dict[str, str], path: str = "") -> Any:
    shown = client.get(f"/projects/{code}/case").text
    seen = re.search(r'name="seen_revision" value="(\d+)"', shown)
    assert seen is not None
    fields = {"_csrf": form_token(shown), "seen_revision": seen[1], **form}
    return client.post(f"/projects/{code}/case{path}", data=fields, follow_redirects=False)


class TestTheForm:
    def test_stores_what_was_typed_and_nothing_else_changes(
        self, engine: Engine, people: People, city_page: Any, code: str
    ) -> None:
        answer = sent(city_page, code, form_of(stored(case(debts=[loan(name="贷款甲")]))))
        assert answer.status_code == 303, answer.text
        with reading(engine) as session:
            facts, saved = read_dossier(session, people.city, code)
        assert facts.number == 2
        assert saved.financials is not None
        assert stored(saved.financials.model_dump(mode="json", exclude_none=True)) == stored(
            case(debts=[loan(name="贷款甲")])
        )
        assert saved.model_copy(update={"financials": None}) == dossier()

    def test_shows_figures_that_move_while_one_types(self, city_page: Any, code: str) -> None:
        low = sent(city_page, code, form_of(stored(case())), "/check")
        high = sent(city_page, code, form_of(stored(case(revenue_streams=[{"annual_amount": 400}]))), "/check")
        irr = "项目投资财务内部收益率（税后）"
        first, second = (dict(FIGURE.findall(answer.text))[irr] for answer in (low, high))
        assert 0 < float(first.rstrip("%")) < float(second.rstrip("%"))

    def test_says_what_keeps_a_case_from_being_priced(self, city_page: Any, code: str) -> None:
        form = form_of(stored(case())) | {"timeline.operation_years": ""}
        answer = sent(city_page, code, form, "/check")
        assert answer.status_code == 200
        assert "运营期" in answer.text

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("timeline.construction_years", "两年"),
            ("investment.engineering_cost", "很多"),
            ("investment.spending_profile", "一半；一半"),
            ("revenue_streams-0-annual_amount", "NaN"),
        ],
    )
    def test_refuses_what_is_no_value_beside_its_input_and_keeps_the_rest(
        self, engine: Engine, people: People, city_page: Any, code: str, name: str, text: str
    ) -> None:
        answer = sent(city_page, code, form_of(stored(case())) | {name: text})
        assert answer.status_code == 422
        assert f'id="e-{name}"' in answer.text
        assert f'value="{text}"' in answer.text
        with reading(engine) as session:
            assert read_dossier(session, people.city, code)[0].number == 1

    def test_adds_and_removes_a_record(self, engine: Engine, people: People, city_page: Any, code: str) -> None:
        form = form_of(stored(case()))
        more = sent(city_page, code, form | {"add": "revenue_streams"})
        assert 'name="revenue_streams-1-annual_amount"' in more.text
        emptied = {name: "" if name.startswith("operating_costs-0-") else text for name, text in form.items()}
        assert sent(city_page, code, emptied).status_code == 303
        with reading(engine) as session:
            saved = read_dossier(session, people.city, code)[1].financials
        assert saved is not None
        assert not saved.operating_costs
        assert len(saved.revenue_streams or ()) == 1

    def test_keeps_what_was_typed_when_somebody_else_saved(
        self, engine: Engine, people: People, city_page: Any, code: str
    ) -> None:
        form = form_of(stored(case()))
        with writing(engine) as session:
            other = dossier(content_summary="改扩建")
            save_project(session, people.city, code, other, expected_revision=1, reason="他人修改")
        answer = sent(city_page, code, form | {"seen_revision": "1"})
        assert answer.status_code == 412
        assert 'name="seen_revision" value="2"' in answer.text
        assert 'value="1000"' in answer.text
        assert sent(city_page, code, form).status_code == 303
        with reading(engine) as session:
            saved = read_dossier(session, people.city, code)[1]
        assert saved.content_summary == "改扩建"


class TestWhatOthersSayOfTheCase:
    def test_stands_beside_the_part_it_is_about(
        self, city_page: Any, engine: Engine, people: People, code: str
    ) -> None:
        with writing(engine) as session:
            for field, text in ((None, "总体偏乐观"), ("financials.debts", "利率过低")):
                said = {"section": "financials", "audience": "both", "text": text, "field": field}
                add_comment(session, people.province, code, **said)  # type: ignore[arg-type]
        shown = city_page.get(f"/projects/{code}/case").text
        debts = shown.partition('id="s-debts"')[2].partition("</fieldset>")[0]
        assert "利率过低" in debts
        assert "总体偏乐观" not in debts
        assert "总体偏乐观" in shown
        assert "债务资金" in city_page.get(f"/projects/{code}").text.partition("利率过低")[0][-900:]

    def test_is_answered_and_settled_without_losing_what_is_typed(self, city_page: Any, code: str) -> None:
        part = "financials.debts"
        typed = {"discount_rate": "6.5", f"remark-{part}-text": "请核对", f"remark-{part}-audience": "both"}
        written = sent(city_page, code, {**typed, "comment": part}).text
        assert "请核对" in written.partition('id="s-debts"')[2].partition("</fieldset>")[0]
        assert 'value="6.5"' in written
        number = re.search(r'name="settle" value="(\d+)"', written)
        assert number is not None
        settled = sent(city_page, code, {"discount_rate": "6.5", "settle": number[1]}).text
        assert "已处理的批注 1 条" in settled
        assert 'value="6.5"' in settled
        empty = sent(city_page, code, {"comment": part, f"remark-{part}-audience": "both"})
        assert empty.status_code == 422
        assert "批注应为" in empty.text

    def test_is_asked_for_by_a_return(self, city_page: Any, engine: Engine, people: People) -> None:
        application = application_in(engine, people, "submitted")
        with writing(engine) as session:
            reasons = {"financials": "请补充还本付息计划"}
            act(session, people.province, Step(application.id or 0, "return", 2, "请补充", sections=reasons))
            code = session.exec(select(Project.code).where(Project.id == application.project_id)).one()
        assert "请补充还本付息计划" in city_page.get(f"/projects/{code}/case").text
