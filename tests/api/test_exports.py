"""Exports: at once or as a job, for the one who asked, and what of it can be uploaded again."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

from api.conftest import CallAs, Caller, Client, form_token, sign_in
from builders import dossier
from conftest import People
from registry import jobs
from registry.database import reading, writing
from registry.intake import export_work, exporting
from registry.intake.export_work import PART, handlers
from registry.intake.importing import import_file
from registry.projects.operations import create_project, release_project
from registry.settings import Settings, load_settings
from registry.web.pages import exports as pages

EXPORTS = "/api/v1/exports"


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return replace(load_settings(), is_demo=False, data_dir=data_dir)


@pytest.fixture
def codes(engine: Engine, people: People) -> list[str]:
    with writing(engine) as session:
        made = [dossier(name=f"湖州河道{number}", approval_code=None) for number in range(5)]
        return [create_project(session, people.city, each, reason="录入").code for each in made]


@pytest.fixture
def finish(engine: Engine, data_dir: Path) -> Any:
    def run() -> None:
        while jobs.run_next(engine, handlers(engine, data_dir)) is not None:
            pass

    return run


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small numbers stand for large ones."""
    monkeypatch.setattr(export_work, "PART", 2)
    for module in (exporting, pages):
        monkeypatch.setattr(module, "MOST_AT_ONCE", 2)


class TestAnExportByJob:
    def test_is_for_the_one_who_asked(
        self, city: Caller, call_as: CallAs, people: People, codes: list[str], finish: Any, anybody: Client
    ) -> None:
        assert anybody.post(EXPORTS).status_code == 401
        asked = city.post(EXPORTS, json={"form": "csv"})
        assert asked.status_code == 202
        at = asked.headers["location"]
        assert city.get(f"{at}/file").status_code == 404
        finish()
        assert city.get(at).json()["result"]["projects"] == len(codes)
        assert call_as(people.ministry).get(f"{at}/file").status_code == 404
        answer = city.get(f"{at}/file")
        assert answer.headers["content-type"].startswith("text/csv")
        assert [code in answer.text for code in codes] == [True] * 5

    def test_holds_what_the_one_who_asked_may_see(
        self, call_as: CallAs, people: People, codes: list[str], finish: Any, engine: Engine
    ) -> None:
        with writing(engine) as session:
            release_project(session, people.city, codes[3], organisation_id=people.bank.organisation_id)
        bank = call_as(people.bank)
        at = bank.post(EXPORTS, json={"form": "csv"}).headers["location"]
        finish()
        text = bank.get(f"{at}/file").text
        assert [code in text for code in codes] == [False, False, False, True, False]

    def test_is_gone_when_a_project_in_it_may_no_longer_be_seen(
        self, city: Caller, codes: list[str], finish: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        at = city.post(EXPORTS, json={}).headers["location"]
        finish()
        assert city.get(f"{at}/file").status_code == 200
        monkeypatch.setattr(export_work, "list_codes", lambda *_: codes[1:])
        assert city.get(f"{at}/file").status_code == 404

    def test_is_narrowed_and_sorted_like_the_list(self, city: Caller, codes: list[str], finish: Any) -> None:
        at = city.post(EXPORTS, json={"filter": {"search": "河道3"}, "form": "csv-gb18030"}).headers["location"]
        finish()
        assert city.get(at).json()["result"]["projects"] == 1
        assert codes[3] in city.get(f"{at}/file").content.decode("gb18030")
        assert city.post(EXPORTS, json={"filter": {"colour": "red"}}).status_code == 422
        assert city.post(EXPORTS, json={"form": "pdf"}).status_code == 422

    @pytest.mark.parametrize("form", ["xlsx", "csv"])
    @pytest.mark.usefixtures("small")
    def test_comes_in_parts_that_can_each_be_uploaded_again(
        self, city: Caller, codes: list[str], finish: Any, form: str, engine: Engine, people: People, tmp_path: Path
    ) -> None:
        assert PART == 5000
        at = city.post(EXPORTS, json={"form": form}).headers["location"]
        finish()
        told = city.get(at).json()
        assert (told["progress"], told["total"], told["result"]["parts"]) == (5, 5, 3)
        with zipfile.ZipFile(io.BytesIO(city.get(f"{at}/file").content)) as archive:
            names = archive.namelist()
            archive.extractall(tmp_path)
        assert names == [f"projects-00{number}.{form}" for number in (1, 2, 3)]
        unchanged = []
        for name in names:
            with reading(engine) as session:
                unchanged.append(import_file(session, people.city, tmp_path / name).unchanged)
        assert unchanged == [2, 2, 1]


class TestTheExportPages:
    def start(self, client: Client, **fields: str) -> Any:
        token = form_token(client.get("/exports").text)
        return client.post("/exports", data={"_csrf": token, **fields}, follow_redirects=False)

    def test_give_a_short_list_at_once(self, anybody: Client, people: People, codes: list[str]) -> None:
        sign_in(anybody, "city")
        assert "共 1 个项目" in anybody.get("/exports?search=河道3").text
        answer = self.start(anybody, form="csv", search="河道3")
        assert answer.content.startswith(b"\xef\xbb\xbf")
        assert codes[3] in answer.text
        assert codes[2] not in answer.text
        book = openpyxl.load_workbook(io.BytesIO(self.start(anybody, form="xlsx").content))
        assert [cell.value for cell in book["项目"]["B"]][2:] == codes

    @pytest.mark.usefixtures("small")
    def test_make_a_long_list_a_job(self, anybody: Client, people: People, codes: list[str], finish: Any) -> None:
        sign_in(anybody, "city")
        refused = anybody.get("/projects.xlsx?sort=saved", follow_redirects=False)
        assert (refused.status_code, refused.headers["location"]) == (303, "/exports?sort=saved")
        assert "在后台生成" in anybody.get("/exports").text
        at = self.start(anybody, form="csv").headers["location"]
        assert f'hx-get="{at}"' in anybody.get(at).text
        finish()
        done = anybody.get(at).text
        assert "导出已完成" in done
        assert f'href="{at}/file"' in done
        assert anybody.get(f"{at}/file").content.startswith(b"PK")
        assert f'href="{at}"' in anybody.get("/exports").text
