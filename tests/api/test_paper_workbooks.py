"""A city's paper from Excel: over the API it is saved or refused whole; on the page it fills the form first."""

import io
from typing import Any

import openpyxl
import pytest
from httpx import Response

from api.conftest import CallAs, Caller, Client, form_token, sign_in
from conftest import People
from registry.programme.papers.workbook import paper_workbook
from registry.programme.regional_programme.document import RegionalProgrammeDocument
from registry.web.uploads import XLSX

PLANS, PROGRAMMES = "/city-papers/city-plans", "/city-papers/regional-programmes"
PLAN: dict[str, Any] = {
    "start_year": 2026,
    "end_year": 2030,
    "tasks": [{"number": "1", "name": "治水", "dimension": "good_environment"}],
}


def begun(city: Caller, kind: str, document: dict[str, Any]) -> str:
    answer = city.post(f"/api/v1{kind}", json={"title": "文件", "document": document})
    return str(answer.headers["location"])


def edited(content: bytes, *edits: tuple[str, str, Any]) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    for sheet, cell, value in edits:
        book[sheet][cell] = value
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def give(city: Caller, paper: str, content: bytes, version: int = 1) -> Response:
    answer: Response = city.post(f"{paper}/workbook", content=content, headers={"If-Match": f'"{version}"'})
    return answer


class TestAWorkbookOverTheApi:
    def test_becomes_the_next_revision(self, city: Caller) -> None:
        paper = begun(city, PLANS, PLAN)
        template = city.get(f"{paper}/files/data")
        assert "%E5%A1%AB%E6%8A%A5%E8%A1%A8" in template.headers["content-disposition"]
        content = edited(
            template.content, ("重点任务", "A3", "1.1"), ("重点任务", "B3", "管网"), ("重点任务", "C3", "1")
        )
        answer = give(city, paper, content)
        assert (answer.status_code, answer.json()["revision_number"], answer.headers["etag"]) == (200, 2, '"2"')
        tasks = city.get(paper).json()["document"]["tasks"]
        assert tasks == [*PLAN["tasks"], {"number": "1.1", "name": "管网", "parent": "1"}]

    def test_is_refused_whole_with_the_cell_of_each_flaw(self, city: Caller) -> None:
        paper = begun(city, PLANS, PLAN)
        template = city.get(f"{paper}/files/data").content
        content = edited(template, ("总体", "B2", "明年"), ("重点任务", "A3", "2"), ("重点任务", "D3", "蓝天"))
        answer = give(city, paper, content)
        found = answer.json()["findings"]
        assert answer.status_code == 422
        assert [(each["code"], each["row"], each["column"]) for each in found] == [
            ("not-an-integer", 2, "B"),
            ("not-in-list", 3, "D"),
            ("missing", 3, "B"),
        ]
        assert found[0]["message_en"].startswith("Sheet 总体, row 2, column B: “First year” should be a whole number")
        assert city.get(paper).json()["revision"] == 1

    def test_names_a_loop_of_tasks_and_what_to_do(self, city: Caller) -> None:
        paper = begun(city, PLANS, PLAN)
        content = edited(city.get(f"{paper}/files/data").content, ("重点任务", "C2", "1"))
        (found,) = give(city, paper, content).json()["findings"]
        assert (found["code"], "1 → 1" in found["message"]) == ("task-loop", True)
        assert "correct the parent" in found["message_en"]

    def test_is_not_written_over_what_somebody_else_saved(self, city: Caller) -> None:
        paper = begun(city, PLANS, PLAN)
        content = edited(city.get(f"{paper}/files/data").content, ("总体", "B5", "目标"))
        assert give(city, paper, content).status_code == 200
        assert give(city, paper, edited(content, ("总体", "B5", "另一个"))).status_code == 412

    def test_is_read_but_not_given_by_the_province(self, city: Caller, call_as: CallAs, people: People) -> None:
        paper = begun(city, PLANS, PLAN)
        province = call_as(people.province)
        template = province.get(f"{paper}/files/data")
        assert (template.status_code, give(province, paper, template.content).status_code) == (200, 403)


class TestAWorkbookOnThePage:
    @pytest.fixture
    def browser(self, anybody: Client, people: People) -> Client:
        sign_in(anybody, "city")
        return anybody

    def upload(self, browser: Client, paper: str, content: bytes) -> Response:
        page = browser.get(f"{paper}/edit").text
        fields = {"_csrf": form_token(page), "version": "1"}
        answer: Response = browser.post(f"{paper}/upload", data=fields, files={"file": ("表.xlsx", content, XLSX)})
        return answer

    def test_fills_the_form_and_is_saved_by_the_button_alone(self, city: Caller, browser: Client) -> None:
        document = {"lenders": [{"name": "甲银行"}], "movements": [{"lender": "甲银行", "year": 2027, "kind": "drawn"}]}
        address = begun(city, PROGRAMMES, document)
        paper = address.removeprefix("/api/v1")
        content = paper_workbook(
            RegionalProgrammeDocument, {**document, "allocations": [], "aims": "统筹", "start_year": 2027}
        )
        page = self.upload(browser, paper, content)
        assert (page.status_code, "尚未保存" in page.text) == (200, True)
        assert 'name="start_year" value="2027"' in page.text
        assert city.get(address).json()["revision"] == 1
        fields = {
            "_csrf": form_token(page.text), "version": "1", "start_year": "2027", "aims": "统筹",
            "lenders-0-name": "甲银行", "movements-0-lender": "甲银行", "movements-0-year": "2027",
            "movements-0-kind": "drawn",
        }  # fmt: skip
        assert browser.post(f"{paper}/edit", data=fields, follow_redirects=False).status_code == 303
        saved = city.get(address).json()
        assert (saved["revision"], saved["document"]) == (
            2,
            {**document, "allocations": [], "aims": "统筹", "start_year": 2027},
        )

    def test_shows_what_could_not_be_read_in_its_input_with_the_reason_beside_it(
        self, city: Caller, browser: Client
    ) -> None:
        address = begun(city, PLANS, PLAN)
        content = edited(city.get(f"{address}/files/data").content, ("总体", "B2", "明年"), ("重点任务", "G2", "年底"))
        page = self.upload(browser, address.removeprefix("/api/v1"), content)
        assert page.status_code == 422
        assert 'name="start_year" aria-invalid="true" aria-describedby="e-start_year" value="明年"' in page.text
        assert 'name="tasks-0-finish" aria-invalid="true"' in page.text
        assert "“重点任务”表第 2 行 G 列" in page.text
        assert city.get(address).json()["revision"] == 1

    def test_that_is_no_workbook_is_refused_in_words(self, city: Caller, browser: Client) -> None:
        page = self.upload(browser, begun(city, PLANS, PLAN).removeprefix("/api/v1"), b"%PDF-1.7")
        assert (page.status_code, "PDF" in page.text, "Traceback" in page.text) == (422, True, False)


class TestAFinancingPlan:
    def test_is_taken_from_its_workbook_and_shown_in_its_form_first(
        self, city: Caller, anybody: Client, people: People
    ) -> None:
        code = city.post("/api/v1/projects", json={"name": "污水厂扩建"}).json()["code"]
        document = {"projects": [{"code": code}], "bundles": [{"name": "组合", "members": [code]}]}
        address = str(
            city.post("/api/v1/financing-plans", json={"title": "方案", "document": document}).headers["location"]
        )
        content = edited(
            city.get(f"{address}/files/data").content, ("债务安全", "B3", 120000.5), ("项目清单", "C2", "先行")
        )
        plan = address.removeprefix("/api/v1")
        sign_in(anybody, "city")
        fields = {"_csrf": form_token(anybody.get(f"{plan}/edit").text), "version": "1"}
        page = anybody.post(f"{plan}/upload", data=fields, files={"file": ("表.xlsx", content, XLSX)})
        assert (page.status_code, "尚未保存" in page.text) == (200, True)
        assert 'name="debt_safety-own_debt" value="120000.5"' in page.text
        assert city.get(address).json()["revision"] == 1
        answer = give(city, address, content)
        assert (answer.status_code, answer.json()["revision_number"]) == (200, 2)
        saved = city.get(address).json()["document"]
        assert saved["debt_safety"] == {"own_debt": "120000.5"}
        assert (saved["projects"], saved["bundles"]) == ([{"code": code, "note": "先行"}], document["bundles"])
        assert give(city, address, content).status_code == 412
