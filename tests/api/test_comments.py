import json
import re

import pytest
from sqlalchemy import Engine

from api.conftest import CallAs, Caller, Client, form_token, sign_in
from applications import enter_project
from conftest import People
from registry.database import reading, writing
from registry.projects.operations import release_project
from registry.projects.queries import list_revisions

INNER = "省厅内部：与上年度申报重名"
OPEN = "请附投资估算表"
FIELD = "funding_lines[1].amount"
OWN = "市局自留：等财政局口径"


@pytest.fixture
def code(engine: Engine, people: People) -> str:
    code = enter_project(engine, people.city)
    with writing(engine) as session:
        release_project(session, people.city, code, organisation_id=people.bank.organisation_id)
        release_project(session, people.city, code, organisation_id=None)
    return code


@pytest.fixture
def path(code: str, call_as: CallAs, people: People) -> str:
    """Return the address of the comments of a project: one for each audience."""
    path = f"/api/v1/projects/{code}/comments"
    written = [
        (people.province, {"section": "identity", "text": INNER, "audience": "reviewers"}),
        (people.province, {"section": "investment", "field": "total_investment", "text": OPEN, "audience": "both"}),
        (
            people.city,
            {"section": "funding_lines", "field": "funding_lines[1].amount", "text": OWN, "audience": "city"},
        ),
    ]
    for actor, comment in written:
        assert call_as(actor).post(path, json=comment).status_code == 201
    return path


class TestCommentsOverTheApi:
    def test_are_refused_to_anybody(self, anybody: Client, path: str) -> None:
        assert anybody.get(path).status_code == 401
        assert anybody.post(path, json={}).status_code == 401
        assert anybody.post(f"{path}/1/settlement").status_code == 401

    def test_are_refused_to_banks_and_other_cities(self, call_as: CallAs, people: People, path: str) -> None:
        comment = {"section": "identity", "text": "看看", "audience": "both"}
        for actor, read, write in (
            (people.bank, 403, 403),
            (people.other_city, 404, 404),
            (people.other_bank, 404, 403),
        ):
            answers = [call_as(actor).get(path), call_as(actor).post(path, json=comment)]
            assert [answer.status_code for answer in answers] == [read, write]
            assert not any(text in answer.text for answer in answers for text in (INNER, OPEN, OWN))

    def test_are_shown_to_their_audience_alone(self, call_as: CallAs, people: People, path: str) -> None:
        seen = {
            name: [each["text"] for each in call_as(getattr(people, name)).get(path).json()]
            for name in ("city", "province", "ministry")
        }
        assert seen == {"city": [OPEN, OWN], "province": [INNER, OPEN], "ministry": [INNER, OPEN]}
        (one,) = call_as(people.ministry).get(f"{path}?section=investment").json()
        assert (one["field"], one["audience_zh"], one["revision_number"]) == ("total_investment", "双方可见", 1)
        assert (one["author_name"], one["settled_at"]) == (people.province.display_name, None)

    def test_are_settled_by_who_may_read_them(self, call_as: CallAs, people: People, path: str) -> None:
        number = {each["text"]: each["id"] for each in call_as(people.ministry).get(path).json()}
        inner, shared = number[INNER], number[OPEN]
        city = call_as(people.city)
        assert city.post(f"{path}/{inner}/settlement").status_code == 404
        settled = city.post(f"{path}/{shared}/settlement")
        assert settled.json()["settled_at"] is not None
        assert city.post(f"{path}/{shared}/settlement").json() == settled.json()

    @pytest.mark.parametrize(
        ("changes", "where"),
        [
            ({"audience": "reviewers"}, "audience"),
            ({"section": "budget"}, "section"),
            ({"field": "total_investment"}, "field"),
            ({"text": "字" * 2001}, "text"),
        ],
    )
    def test_say_what_is_wrong_with_them(self, city: Caller, path: str, changes: dict[str, str], where: str) -> None:
        comment = {"section": "identity", "text": "看看", "audience": "both", **changes}
        answer = city.post(path, json=comment)
        assert answer.status_code == 422
        assert [finding["path"] for finding in answer.json()["findings"]] == [where]


class TestTheProjectPage:
    def test_shows_each_side_its_own_and_a_bank_none(
        self, anybody: Client, people: People, code: str, path: str
    ) -> None:
        seen = {}
        for login in ("city", "province", "ministry", "bank"):
            sign_in(anybody, login)
            text = anybody.get(f"/projects/{code}").text + anybody.get(f"/projects/{code}?lang=en").text
            text += anybody.get(f"/projects/{code}/document.json").text
            seen[login] = [each for each in (INNER, OPEN, OWN) if each in text]
            assert ("remarks-identity" in text) == (login != "bank")
            anybody.cookies.clear()
        assert seen == {"city": [OPEN, OWN], "province": [INNER, OPEN], "ministry": [INNER, OPEN], "bank": []}
        assert anybody.get(f"/projects/{code}", follow_redirects=False).status_code == 303

    def test_takes_and_settles_a_comment_without_a_script(self, anybody: Client, people: People, code: str) -> None:
        sign_in(anybody, "province")
        page = anybody.get(f"/projects/{code}").text
        form = {"_csrf": form_token(page), "section": "funding_lines", "line": "1", "column": "amount"}
        answer = anybody.post(
            f"/projects/{code}/comments", data={**form, "audience": "both", "text": OPEN}, follow_redirects=False
        )
        assert answer.headers["location"] == f"/projects/{code}#remarks-funding_lines"
        shown = anybody.get(f"/projects/{code}").text
        assert "资金来源第 2 条·金额" in shown
        number = re.findall(r'id="remark-(\d+)"', shown)[0]
        anybody.post(f"/projects/{code}/comments/{number}", data={"_csrf": form_token(shown)})
        assert f"{people.province.display_name} 于" in anybody.get(f"/projects/{code}").text

    def test_asks_for_record_and_column_together(self, anybody: Client, people: People, code: str) -> None:
        sign_in(anybody, "province")
        form = {"_csrf": form_token(anybody.get(f"/projects/{code}").text), "section": "funding_lines", "line": "1"}
        answer = anybody.post(f"/projects/{code}/comments", data={**form, "audience": "both", "text": OPEN})
        assert answer.status_code == 422
        assert "哪一列" in answer.text


class TestTheForm:
    def test_shows_a_comment_at_its_field_and_answers_it_without_losing_what_was_typed(
        self, anybody: Client, engine: Engine, people: People, code: str, path: str
    ) -> None:
        sign_in(anybody, "city")
        page = anybody.get(f"/projects/{code}/edit").text
        field = page[page.index('id="f-total_investment"') : page.index('id="f-project_capital"')]
        assert OPEN in field
        assert INNER not in page
        assert 'href="#f-funding_lines-1-amount"' in page
        sent = {
            "_csrf": form_token(page),
            "seen_revision": "1",
            "name": "改了一半的名称",
            "comment": "investment",
            "remark-investment-field": "total_investment",
            "remark-investment-audience": "both",
            "remark-investment-text": "已附在 D03",
        }
        answered = anybody.post(f"/projects/{code}/edit", data=sent).text
        assert 'value="改了一半的名称"' in answered
        assert "已附在 D03" in answered
        with reading(engine) as session:
            assert len(list_revisions(session, people.city, code)) == 1
        refused = anybody.post(f"/projects/{code}/edit", data={**sent, "remark-investment-text": " "})
        assert refused.status_code == 422
        assert 'value="改了一半的名称"' in refused.text

    def test_settles_a_comment(self, anybody: Client, people: People, code: str, path: str) -> None:
        sign_in(anybody, "city")
        page = anybody.get(f"/projects/{code}/edit").text
        number = re.findall(r'name="settle" value="(\d+)"', page)[0]
        sent = {"_csrf": form_token(page), "seen_revision": "1", "name": "改了一半的名称", "settle": number}
        shown = anybody.post(f"/projects/{code}/edit", data=sent).text
        assert f'name="settle" value="{number}"' not in shown
        assert 'value="改了一半的名称"' in shown


def test_the_document_of_a_project_holds_no_comment(city: Caller, code: str, path: str) -> None:
    record = city.get(path.removesuffix("/comments")).json()
    assert all(text not in json.dumps(record, ensure_ascii=False) for text in (INNER, OPEN, OWN))
