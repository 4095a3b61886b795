"""Portfolio over API and page: who may ask, and the same numbers everywhere."""

import datetime as dt
import io
import re
import subprocess
from html.parser import HTMLParser
from typing import Any

import openpyxl
import polars as pl
import pytest
from litestar import Litestar
from sqlalchemy import Engine

from api.conftest import CallAs, Client, sign_in
from applications import application_in
from builders import dossier
from conftest import People
from registry.assessments.operations import assess_project
from registry.database import writing
from registry.portfolio.reports import REPORTS
from registry.projects.model import Dossier
from registry.projects.operations import create_project, release_project

API = "/api/v1/portfolio"
BENEFITS = [{"indicator": "COD", "value": 12.5, "unit": "吨/年"}, {"indicator": "CO2", "value": -3, "unit": "吨/年"}]


def failing() -> Dossier:
    """Return a dossier that is completed already, which the central library does not take."""
    return dossier(benefits=BENEFITS, construction_status="completed")


@pytest.fixture
def code(engine: Engine, people: People) -> str:
    """Two projects of Huzhou, one admitted and assessed, one of unknown total; one of Zaozhuang."""
    with writing(engine) as session:
        made = create_project(session, people.city, failing(), reason="录入", is_demo=True).code
        create_project(session, people.city, dossier(total_investment=None), reason="录入")
        create_project(session, people.other_city, dossier(city_code="370402", total_investment="7"), reason="录入")
        assess_project(session, people.city, made, as_of=dt.date(2026, 11, 21))
        release_project(session, people.city, made, organisation_id=people.bank.organisation_id)
    application_in(engine, people, "in_library")
    return made


class Cells(HTMLParser):
    """The values in `<data>` of one section of the page, row by row."""

    def __init__(self, section: str) -> None:
        super().__init__()
        self._section, self._is_in, self._is_body = section, False, False
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "section":
            self._is_in = named.get("id") == self._section
        if self._is_in and tag == "tbody":
            self._is_body = True
        if self._is_in and self._is_body and tag == "tr":
            self.rows.append([])
        if self._is_in and tag == "data":
            self.rows[-1].append(named["value"] or "")

    def handle_endtag(self, tag: str) -> None:
        self._is_body = self._is_body and tag != "tbody"


def test_nobody_asks_unsigned(anybody: Client, code: str) -> None:
    for path in (API, f"{API}/funding_mix", f"{API}/funding_mix/file/csv"):
        assert anybody.get(path).status_code == 401
    for path in ("/portfolio", "/portfolio/funding_mix/chart.svg", "/portfolio/funding_mix/file/csv"):
        answer = anybody.get(path, follow_redirects=False)
        assert (answer.status_code, "sign-in" in answer.headers["location"]) == (303, True)


def test_a_bank_sees_what_was_released_and_no_applications(call_as: CallAs, people: People, code: str) -> None:
    bank = call_as(people.bank)
    names = {each["name"] for each in bank.get(API).json()}
    assert names == {name for name, report in REPORTS.items() if report.act == "read_portfolio"}
    assert bank.get(f"{API}/application_states").status_code == 403
    assert bank.get(f"{API}/funding_mix?as_of=2026-01-01").status_code == 403
    rows = bank.get(f"{API}/funding_mix?by=province").json()["table"]["rows"]
    assert [(row["province"], row["n_projects"], row["total_investment"]) for row in rows] == [
        ("浙江省", 1, "12345.67")
    ]
    assert call_as(people.other_bank).get(f"{API}/funding_mix?by=province").json()["table"]["rows"] == []


def test_every_report_answers_as_json_and_as_every_file(call_as: CallAs, people: People, code: str) -> None:
    ministry = call_as(people.ministry)
    for name in REPORTS:
        answer = ministry.get(f"{API}/{name}")
        assert answer.status_code == 200, (name, answer.text)
        table = answer.json()["table"]
        assert all(set(row) == {column["name"] for column in table["columns"]} for row in table["rows"])
        for form in ("csv", "xlsx", "parquet"):
            file = ministry.get(f"{API}/{name}/file/{form}")
            assert (file.status_code, len(file.content) > 100) == (200, True), (name, form)
        frame = pl.read_parquet(io.BytesIO(file.content))
        assert (frame.columns, frame.height) == ([column["name"] for column in table["columns"]], len(table["rows"]))


def test_the_answer_says_who_asked_what_and_what_could_be_seen(call_as: CallAs, people: People, code: str) -> None:
    answer = call_as(people.province).get(f"{API}/funding_mix?by=region").json()
    assert answer["query"] == f"report=funding_mix&by=region&as_of={answer['as_of']}"
    assert answer["permission"] == "浙江省生态环境厅用户；省级审核部门；可见范围：本省的项目，共 3 个项目"
    assert answer["has_demo_data"] is True
    assert "library" in {each["name"] for each in answer["dimensions"]}
    assert [each["code"] for each in answer["table"]["remarks"]] == ["unknown-total"]


@pytest.mark.parametrize(
    ("address", "status", "finding"),
    [
        ("nothing", 404, None),
        ("funding_mix?by=colour", 422, "unknown-dimension"),
        ("leverage?by=source", 422, "dimension-not-taken"),
        ("concentration?by=region", 422, "dimension-not-taken"),
        ("funding_mix?by=a&by=b&by=c&by=d&by=e", 422, "too-many-dimensions"),
        ("abatement_curve?indicator=joy", 422, "unknown-indicator"),
        ("funding_mix?as_of=2999-01-01", 422, "date-to-come"),
        ("funding_mix/file/docx", 404, None),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_with_a_reason(
    call_as: CallAs, people: People, address: str, status: int, finding: str | None
) -> None:
    answer = call_as(people.ministry).get(f"{API}/{address}")
    assert answer.status_code == status
    assert [each["code"] for each in answer.json()["findings"]] == ([finding] if finding else [])


@pytest.mark.parametrize(
    ("topic", "report", "query"),
    [
        ("funding", "funding_mix", "by=province"),
        ("funding", "funding_mix", "by=city&by=source"),
        ("funding", "gap_by_year", ""),
        ("funding", "leverage", "by=region"),
        ("returns", "dscr_min_bands", ""),
        ("results", "benefits", ""),
        ("pipeline", "application_states", ""),
        ("pipeline", "rule_failures", ""),
    ],
)
def test_api_page_and_excel_show_the_same_numbers(
    anybody: Client, call_as: CallAs, people: People, code: str, topic: str, report: str, query: str
) -> None:
    told = call_as(people.ministry).get(f"{API}/{report}?{query}").json()["table"]
    numbers = [each["name"] for each in told["columns"] if each["kind"] in ("money", "count", "ratio", "number")]
    expected = [[row[name] for name in numbers if row[name] is not None] for row in told["rows"]]
    assert any(float(value) for row in expected for value in row)
    assert sign_in(anybody, "ministry") == 303
    page = Cells("-".join((report, *re.findall(r"by=(\w+)", query))))
    page.feed(anybody.get(f"/portfolio?topic={topic}&{query}").text)
    assert [[float(value) for value in row] for row in page.rows] == [
        [float(value) for value in row] for row in expected[:200]
    ]
    # Text for text, not merely as doubles: the page repeats the wire value of every amount.
    assert page.rows == [[str(value) for value in row] for row in expected[:200]]
    assert sheet_numbers(anybody.get(f"/portfolio/{report}/file/xlsx?{query}").content, told) == [
        [float(value) for value in row] for row in expected
    ]


def sheet_numbers(content: bytes, told: dict[str, Any]) -> list[list[float]]:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    head = next(place for place, row in enumerate(rows) if str(row[0]).startswith(told["columns"][0]["title"]))
    places = [
        place for place, each in enumerate(told["columns"]) if each["kind"] in ("money", "count", "ratio", "number")
    ]
    return [[float(row[place]) for place in places if row[place] is not None] for row in rows[head + 1 :]]  # type: ignore[arg-type]


def test_a_file_carries_its_provenance(call_as: CallAs, people: People, code: str) -> None:
    city = call_as(people.city)
    text = city.get(f"{API}/funding_mix/file/csv?by=city").content.decode("utf-8-sig")
    head = text.split("\r\n\r\n")[0]
    assert "查询,report=funding_mix&by=city&as_of=" in head
    assert "本机构及下属机构的项目，共 3 个项目" in head
    assert "其中 1 个项目总投资未填" in head
    assert "含示例数据" in head
    stored = pl.read_parquet_metadata(io.BytesIO(city.get(f"{API}/funding_mix/file/parquet").content))
    assert stored["Permission"].endswith("projects of the own organisation and those below it, 3 projects")
    assert stored["Query"].startswith("report=funding_mix&by=source&as_of=")
    english = city.get(f"{API}/funding_mix/file/csv?lang=en").content.decode("utf-8-sig")
    assert "As of," in english


@pytest.mark.parametrize(("report", "language"), [("funding_mix", "zh"), ("returns", "en")])
def test_a_pdf_prints_the_numbers_of_the_page_and_where_they_come_from(
    anybody: Client, people: People, code: str, report: str, language: str
) -> None:
    assert sign_in(anybody, "ministry") == 303
    answer = anybody.get(f"{API}/{report}/file/pdf?lang={language}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    told = subprocess.run(["pdftotext", "-layout", "-", "-"], input=answer.content, capture_output=True, check=True)
    printed = re.sub(r"\s+", "", told.stdout.decode())
    query = anybody.get(f"{API}/{report}").json()["query"]
    sight = "可见范围：全部项目，共4个项目" if language == "zh" else "allprojects,4projects"
    mark = "示例数据，非真实项目" if language == "zh" else "Sampledata"
    for words in (query, sight, mark):
        assert words in printed
    shown = anybody.get(f"/portfolio?topic={REPORTS[report].topic}&lang={language}").text
    section = shown.split(f'id="{report}"' if report == "returns" else f'id="{report}-source"')[-1].split("</table>")[0]
    cells = re.findall(r"<data value=[^>]+>([^<]+)</data>", section)
    assert len(cells) > 5
    assert all(cell in printed for cell in cells)


def test_a_limit_cuts_the_rows_and_says_so(call_as: CallAs, people: People, code: str) -> None:
    ministry = call_as(people.ministry)
    whole = ministry.get(f"{API}/funding_mix").json()["table"]["rows"]
    few = ministry.get(f"{API}/funding_mix?limit=2").json()
    assert (few["table"]["rows"], few["query"].endswith("&limit=2")) == (whole[:2], True)
    assert len(whole) > 2


class TestThePage:
    @pytest.mark.parametrize("topic", ["funding", "returns", "results", "places", "pipeline"])
    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_shows_every_topic_with_charts_and_downloads(
        self, anybody: Client, people: People, code: str, topic: str, language: str
    ) -> None:
        assert sign_in(anybody, "ministry") == 303
        html = anybody.get(f"/portfolio?topic={topic}&lang={language}").text
        charts = re.findall(r'<img src="(/portfolio/[^"]+)" alt="([^"]+)" loading="lazy"', html)
        for address, words in charts:
            assert words
            drawn = anybody.get(address.replace("&amp;", "&"))
            assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/svg+xml")
            assert drawn.text.startswith("<svg")
        for report in (each for each in REPORTS.values() if each.topic == topic):
            assert f'id="{report.name}' in html
        assert html.count('/file/parquet"') + html.count("/file/parquet?") > 0
        for words in ("示例数据", "共 4 个项目") if language == "zh" else ("Sample data", "all projects, 4 projects"):
            assert words in html

    def test_tells_a_bank_without_projects_that_there_is_nothing(self, anybody: Client, people: People) -> None:
        assert sign_in(anybody, "other_bank") == 303
        assert "没有可分析的数据" in anybody.get("/portfolio").text

    def test_shows_a_bank_no_past_and_no_applications(self, anybody: Client, people: People, code: str) -> None:
        assert sign_in(anybody, "bank") == 303
        html = anybody.get("/portfolio?topic=pipeline").text
        assert 'name="as_of"' not in html
        assert "application_states" not in html
        assert anybody.get("/portfolio?as_of=2026-01-01").status_code == 403

    def test_refuses_what_is_no_date(self, anybody: Client, people: People, code: str) -> None:
        assert sign_in(anybody, "ministry") == 303
        assert anybody.get("/portfolio?as_of=yesterday").status_code == 422


def test_routes_are_documented(app: Litestar) -> None:
    paths = app.openapi_schema.paths or {}
    assert {path for path in paths if path.startswith(API)} == {
        API,
        f"{API}/{{name}}",
        f"{API}/{{name}}/file/{{form}}",
    }
