"""The money of a project entered by form: what is typed is what is stored, and the figures move while one types."""

import re
from typing import Any

import pytest
from hypothesis import given
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import Engine

from api.conftest import form_token, sign_in
from builders import dossier
from conftest import People
from finance_builders import case, loan
from finance_strategies import cases
from registry.database import reading, writing
from registry.projects.financials import FinancialCase
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
