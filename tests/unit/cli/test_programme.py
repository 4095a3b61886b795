"""`registry zones`, `registry indicators`, `registry papers`: lists and papers out, filled in, and in again."""

import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from conftest import PASSWORD
from registry import database
from registry.accounts.operations import add_organisation, add_user
from registry.accounts.queries import actor_by_login
from registry.programme.city_plan.operations import begin_city_plan


@pytest.fixture
def city() -> str:
    """Somebody of Huzhou to act as."""
    database.migrate()
    with database.writing() as session:
        place = add_organisation(session, name="湖州市财政局", group="city", division_code="330500")
        add_user(session, login="huzhou", display_name="经办", password=PASSWORD, organisation_id=place.id or 0)
    return "huzhou"


def edited(path: Path, *edits: tuple[str, str, Any]) -> Path:
    book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
    for sheet, cell, value in edits:
        book[sheet][cell] = value
    book.save(path)
    return path


def test_a_list_of_zones_is_imported_once_with_its_source(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "名单.csv"
    file.write_text(
        "区域或试点,区划代码,起始日期,名单来源\n低碳城市试点,330100,2017-01-24,发改气候〔2017〕66号\n", "utf-8"
    )
    assert "未写入" in run("zones", "import", file, "--preview").stdout
    assert json.loads(run("zones", "import", file, "--json").stdout)["added"] == 1
    assert json.loads(run("zones", "import", file, "--json").stdout) == {"added": 0, "known": 1, "rows": []}
    (found,) = [each for each in json.loads(run("zones", "list", "--json").stdout) if each["number"]]
    assert (found["place"], found["starts_on"], found["source"]) == ("杭州市", "2017-01-24", "发改气候〔2017〕66号")
    assert run("zones", "export", "--out", tmp_path / "a.xlsx").exit_code == 0
    assert json.loads(run("zones", "import", tmp_path / "a.xlsx", "--json").stdout)["known"] == 1


def test_a_list_with_a_column_nobody_knows_is_refused_with_its_cell(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "名单.csv"
    file.write_text("区域或试点,区划代码,起始日期,名单来源,备注\n低碳城市试点,330100,2017-01-24,某文,x\n", "utf-8")
    refused = run("zones", "import", file, "--json")
    (flaw,) = json.loads(refused.stdout)["findings"]
    assert (refused.exit_code, flaw["code"], flaw["row"], flaw["column"]) == (1, "unknown-column", 1, "E")
    assert run("zones", "import", tmp_path / "none.csv").exit_code == 1


def test_values_of_indicators_go_out_and_come_back(run: Any, tmp_path: Path, city: str) -> None:
    file = tmp_path / "指标.xlsx"
    assert run("indicators", "export", "--out", file, "--year", "2026", "--as", city).exit_code == 0
    sheet = openpyxl.load_workbook(io.BytesIO(file.read_bytes()))["指标"]
    row = next(cell.row for cell in sheet["A"] if cell.value == "pm25")
    edited(file, ("指标", f"E{row}", 25), ("指标", f"F{row}", 27.5))
    change = {"indicator": "pm25", "year": 2026, "before": {}, "after": {"target": 25, "actual": 27.5}}
    told = {"changed": 1, "values": [change]}
    assert json.loads(run("indicators", "import", file, "--as", city, "--preview", "--json").stdout) == told
    shown = run("indicators", "import", file, "--as", city, "--preview").stdout
    assert "pm25 2026：target – → 25" in shown
    assert "未写入" in shown
    assert json.loads(run("indicators", "import", file, "--as", city, "--json").stdout) == told
    assert json.loads(run("indicators", "import", file, "--as", city, "--json").stdout)["changed"] == 0
    edited(file, ("指标", f"C{row}", "mg/m³"))
    refused = run("indicators", "import", file, "--as", city, "--json")
    (flaw,) = json.loads(refused.stdout)["findings"]
    assert (refused.exit_code, flaw["code"], flaw["column"], flaw["row"]) == (1, "wrong-unit", "C", row)
    assert run("indicators", "dashboard", "--out", tmp_path / "b.xlsx").exit_code == 0
    shown = openpyxl.load_workbook(io.BytesIO((tmp_path / "b.xlsx").read_bytes()))
    assert [cell.value for cell in shown["指标"][2]][2:8] == [2026, 1, 1, 0, 1, 27.5]
    known = json.loads(run("indicators", "catalogue", "--json").stdout)
    assert (len(known), known[0]["id"]) == (22, "pm25")


def test_a_city_plan_is_filled_in_and_saved(run: Any, tmp_path: Path, city: str) -> None:
    with database.writing() as session:
        number = begin_city_plan(session, actor_by_login(session, city), title="实施方案").id
    file = tmp_path / "方案.xlsx"
    assert run("papers", "export", "city-plans", number, "--form", "--out", file, "--as", city).exit_code == 0
    edited(file, ("重点任务", "A2", "1"), ("重点任务", "B2", "治水"))
    saved = run("papers", "import", "city-plans", number, file, "--as", city, "--json")
    assert json.loads(saved.stdout) == {"id": number, "version": 2, "revision": 2}
    edited(file, ("重点任务", "C2", "1"))
    refused = run("papers", "import", "city-plans", number, file, "--as", city, "--json")
    assert [each["code"] for each in json.loads(refused.stdout)["findings"]] == ["task-loop"]
    (line,) = json.loads(run("papers", "list", "city-plans", "--json").stdout)
    assert (line["title"], line["revision_number"]) == ("实施方案", 2)
    assert run("papers", "export", "city-plans", number, "--out", tmp_path / "a.zip").exit_code == 1
