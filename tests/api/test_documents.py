from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.conftest import CallAs, Caller, Client, form_token, sign_in
from applications import enter_project
from conftest import People
from registry.settings import Settings, load_settings

PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(load_settings(), is_demo=False, data_dir=tmp_path)


@pytest.fixture
def path(engine: Engine, people: People) -> str:
    return f"/api/v1/projects/{enter_project(engine, people.city)}/documents"


class TestDocumentsOverTheApi:
    def test_are_refused_to_anybody(self, anybody: Client, path: str) -> None:
        assert anybody.get(path).status_code == 401
        assert anybody.post(f"{path}?name=a.pdf", content=PDF).status_code == 401
        assert anybody.get(f"{path}/1").status_code == 401
        assert anybody.post(f"{path}/1/checklist", json={}).status_code == 401
        assert anybody.delete(f"{path}/1").status_code == 401

    def test_are_refused_to_the_wrong_groups(self, city: Caller, call_as: CallAs, people: People, path: str) -> None:
        number = city.post(f"{path}?name=可研批复.pdf", content=PDF).json()["id"]
        asked = {"checklist_code": "D01", "expected_revision": 1}
        for actor, read, write in ((people.province, 200, 403), (people.bank, 404, 403), (people.other_city, 404, 404)):
            caller = call_as(actor)
            assert caller.get(f"{path}/{number}").status_code == read
            assert caller.post(f"{path}?name=a.pdf", content=PDF).status_code == write
            assert caller.post(f"{path}/{number}/checklist", json=asked).status_code == write
            assert caller.delete(f"{path}/{number}").status_code == write

    def test_come_back_as_they_went_and_only_as_attachments(self, city: Caller, path: str) -> None:
        first = city.post(f"{path}?name=可研批复.pdf", content=PDF)
        again = city.post(f"{path}?name=copy.pdf", content=PDF)
        assert first.json()["id"] == again.json()["id"]
        answer = city.get(f"{path}/{first.json()['id']}")
        assert answer.content == PDF
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"].startswith("attachment;")

    def test_say_so_when_the_store_has_lost_them(self, city: Caller, path: str, tmp_path: Path) -> None:
        number = city.post(f"{path}?name=可研批复.pdf", content=PDF).json()["id"]
        for kept in (tmp_path / "documents").rglob("*"):
            if kept.is_file():
                kept.unlink()
        answer = city.get(f"{path}/{number}")
        assert (answer.status_code, answer.json()["code"]) == (503, "store-unavailable")
        assert "请管理员" in answer.json()["detail"]

    def test_count_for_the_checklist_once_attached(self, city: Caller, path: str) -> None:
        number = city.post(f"{path}?name=可研批复.pdf", content=PDF).json()["id"]
        asked = {"checklist_code": "D03", "expected_revision": 1}
        assert city.post(f"{path}/{number}/checklist", json=asked).json()["revision_number"] == 2
        lines = city.get(path.removesuffix("/documents")).json()["document"]["documents"]
        assert [(line["checklist_code"], line["is_available"]) for line in lines] == [("D03", True)]
        assert city.post(f"{path}/{number}/checklist", json=asked).status_code == 412
        assert city.delete(f"{path}/{number}").status_code == 204
        assert city.get(path).json() == []

    def test_are_taken_by_content_not_by_name(self, city: Caller, path: str) -> None:
        answer = city.post(f"{path}?name=a.pdf", content=b"<script>alert(1)</script>")
        assert answer.status_code == 422
        assert answer.json()["findings"][0]["code"] == "file-type"


class TestThePanel:
    def test_uploads_attaches_and_hands_out(self, anybody: Client, people: People, path: str) -> None:
        project = path.removeprefix("/api/v1").removesuffix("/documents")
        sign_in(anybody, "city")
        form = {"_csrf": form_token(anybody.get(project).text), "checklist_code": "D03", "revision": "1"}
        files = {"file": ("可研批复.pdf", PDF, "application/pdf")}
        shown = anybody.post(f"{project}/documents", data=form, files=files).text
        assert "可研批复.pdf" in shown
        assert "第 2 版" in shown
        link = shown.partition(f'href="{project}/documents/')[2].partition('"')[0]
        assert anybody.get(f"{project}/documents/{link}").content == PDF

    def test_is_refused_to_a_bank(self, anybody: Client, people: People, path: str) -> None:
        sign_in(anybody, "bank")
        project = path.removeprefix("/api/v1").removesuffix("/documents")
        form = {"_csrf": form_token(anybody.get("/projects").text)}
        files = {"file": ("a.pdf", PDF, "application/pdf")}
        assert anybody.post(f"{project}/documents", data=form, files=files).status_code == 403
        assert anybody.post(f"{project}/documents/1", data=form).status_code == 403
        assert anybody.get(f"{project}/documents/1").status_code == 404
