"""Packages over the API and on the pages: released, taken, withdrawn, made for oneself, checked."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

from api.conftest import CallAs, Caller, Client, form_token, sign_in
from builders import dossier
from conftest import People
from registry.database import writing
from registry.jobs import run_next
from registry.packages import work
from registry.packages.release import work as releasing
from registry.packages.verify import verify_bytes
from registry.projects.operations import create_project, save_project
from registry.projects.search.filters import FILTER_NAMES
from registry.settings import Settings, load_settings
from registry.settings import settings as kept_settings

pytestmark = pytest.mark.usefixtures("cheap_papers")


@pytest.fixture(autouse=True)
def _own_folder(data_dir: Path) -> Iterator[None]:
    assert data_dir.is_dir()
    kept_settings.cache_clear()
    yield
    kept_settings.cache_clear()


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return replace(load_settings(), is_demo=False, data_dir=data_dir)


@pytest.fixture
def code(engine: Engine, people: People) -> str:
    with writing(engine) as session:
        return create_project(session, people.city, dossier(name="城北污水厂"), reason="录入").code


@pytest.fixture
def released(engine: Engine, people: People, city: Caller, code: str) -> int:
    """The number of a package released to the first bank."""
    body = {"bank_id": people.bank.organisation_id, "reason": "会议决定", "as_of": "2026-03-01"}
    asked = city.post(f"/api/v1/projects/{code}/packages", json=body)
    assert asked.status_code == 202, asked.text
    run_next(engine, releasing.handlers(engine))
    done = city.get(asked.headers["location"]).json()
    assert done["state"] == "done", done
    number: int = done["result"]["release"]
    return number


def revise(engine: Engine, people: People, code: str) -> None:
    with writing(engine) as session:
        save_project(session, people.city, code, dossier(name="城北污水厂二期"), expected_revision=1, reason="更正")
    run_next(engine, releasing.handlers(engine))


class TestReleasesOverTheApi:
    def test_are_refused_to_anybody(self, anybody: Client, released: int, code: str) -> None:
        paths = ("", f"/{released}", f"/{released}/file", f"/{released}/downloads", "/banks")
        assert [anybody.get(f"/api/v1/packages{path}").status_code for path in paths] == [401] * 5
        assert anybody.post(f"/api/v1/packages/{released}/withdrawal", json={"reason": "x"}).status_code == 401
        assert anybody.post(f"/api/v1/projects/{code}/packages", json={"bank_id": 1}).status_code == 401
        assert anybody.post("/api/v1/packages/verification", content=b"PK").status_code == 401

    def test_reach_the_bank_they_were_given_to_and_no_other(
        self, call_as: CallAs, people: People, city: Caller, released: int
    ) -> None:
        bank, other = call_as(people.bank), call_as(people.other_bank)
        (line,) = bank.get("/api/v1/packages").json()["items"]
        assert (line["id"], line["bank"], line["superseded"], line["withdrawn"]) == (released, "示例银行甲", None, None)
        file = bank.get(f"/api/v1/packages/{released}/file")
        assert file.headers["content-disposition"].startswith("attachment")
        assert file.headers["x-manifest-digest"] == line["manifest_sha256"]
        assert verify_bytes(file.content, line["manifest_sha256"]).is_intact
        assert other.get("/api/v1/packages").json()["items"] == []
        for path in ("", "/file"):
            assert other.get(f"/api/v1/packages/{released}{path}").status_code == 404
        assert bank.get(f"/api/v1/packages/{released}/downloads").status_code == 403
        (taken,) = city.get(f"/api/v1/packages/{released}/downloads").json()
        assert (taken["organisation"], taken["person"]) == ("示例银行甲", "示例银行甲用户")

    def test_are_decided_by_the_owner_alone(
        self, call_as: CallAs, people: People, city: Caller, code: str, released: int
    ) -> None:
        body, path = {"bank_id": people.bank.organisation_id}, f"/api/v1/projects/{code}/packages"
        for actor, status in ((people.bank, 403), (people.ministry, 403), (people.other_city, 404)):
            assert call_as(actor).post(path, json=body).status_code == status
            withdrawal = call_as(actor).post(f"/api/v1/packages/{released}/withdrawal", json={"reason": "不行"})
            assert withdrawal.status_code == status
        assert city.post(path, json={"bank_id": people.ministry.organisation_id}).status_code == 422
        assert city.post(path, json={"bank": 1}).status_code == 422
        names = [each["name"] for each in city.get("/api/v1/packages/banks").json()]
        assert sorted(names) == ["示例银行乙", "示例银行甲"]

    def test_are_asked_for_once_with_one_key(self, people: People, city: Caller, code: str) -> None:
        body, headers = {"bank_id": people.bank.organisation_id}, {"Idempotency-Key": "k-1"}
        first, again = (city.post(f"/api/v1/projects/{code}/packages", json=body, headers=headers) for _ in range(2))
        assert first.headers["location"] == again.headers["location"]
        assert again.headers["idempotent-replayed"] == "true"

    def test_are_superseded_for_the_bank_too_and_it_is_told(
        self, engine: Engine, call_as: CallAs, people: People, code: str, released: int
    ) -> None:
        revise(engine, people, code)
        bank = call_as(people.bank)
        found = bank.get(f"/api/v1/packages/{released}").json()
        assert found["superseded"]["code"] == "later-revision"
        assert next(each["kind"] for each in bank.get("/api/v1/notices").json()) == "package.superseded"
        assert bank.get(f"/api/v1/packages/{released}/file").status_code == 200

    def test_once_withdrawn_are_handed_out_no_more(
        self, call_as: CallAs, people: People, city: Caller, released: int
    ) -> None:
        path = f"/api/v1/packages/{released}"
        assert city.post(f"{path}/withdrawal", json={"reason": ""}).status_code == 422
        done = city.post(f"{path}/withdrawal", json={"reason": "估算有误"})
        assert done.json()["withdrawn"]["reason"] == "估算有误"
        bank = call_as(people.bank)
        refused = bank.get(f"{path}/file")
        assert (refused.status_code, refused.json()["code"]) == (404, "package-withdrawn")
        assert "估算有误" in refused.json()["detail"]
        assert bank.get(path).json()["withdrawn"]["reason"] == "估算有误"


class TestReleasesOnThePages:
    def test_go_from_the_panel_to_the_bank_and_back(
        self, anybody: Client, engine: Engine, people: People, code: str
    ) -> None:
        sign_in(anybody, "city")
        panel = anybody.get(f"/projects/{code}").text
        form = {"_csrf": form_token(panel), "bank": str(people.bank.organisation_id), "reason": "常务会议决定"}
        asked = anybody.post(f"/projects/{code}/packages", data=form, follow_redirects=False)
        progress = asked.headers["location"]
        assert "正在生成并放行材料包" in anybody.get(progress).text
        run_next(engine, releasing.handlers(engine))
        shown = anybody.get(progress)
        release = shown.url.path
        assert release.startswith("/packages/")
        assert "还没有人下载" in shown.text
        anybody.cookies.clear()
        sign_in(anybody, "bank")
        received = anybody.get("/packages").text
        assert "收到的材料包" in received
        digest = verify_bytes(anybody.get(f"{release}/file").content).digest
        assert digest is not None
        assert digest in received
        revise(engine, people, code)
        assert "已被取代" in anybody.get("/packages").text
        assert "项目已修订至第 2 版" in anybody.get(release).text
        assert "生成并下载" not in anybody.get(f"/projects/{code}").text
        anybody.cookies.clear()
        sign_in(anybody, "city")
        page = anybody.get(release).text
        assert "示例银行甲用户" in page
        form = {"_csrf": form_token(page), "reason": "请用新版"}
        assert "已于" in anybody.post(f"{release}/withdrawal", data=form).text
        anybody.cookies.clear()
        sign_in(anybody, "bank")
        assert f'href="{release}/file"' not in anybody.get("/packages").text
        assert "请用新版" in anybody.get(release).text
        assert anybody.get(f"{release}/file").status_code == 404

    def test_of_another_bank_do_not_exist(self, anybody: Client, released: int) -> None:
        sign_in(anybody, "other_bank")
        assert "城北污水厂" not in anybody.get("/packages").text
        assert anybody.get(f"/packages/{released}").status_code == 404
        assert anybody.get(f"/packages/{released}/file").status_code == 404


class TestWhatOfficesMake:
    def test_is_refused_to_banks(self, call_as: CallAs, people: People, code: str, released: int) -> None:
        bank = call_as(people.bank)
        assert bank.post(f"/api/v1/projects/{code}/package").status_code == 403
        assert bank.get("/api/v1/summary-table.xlsx").status_code == 403
        assert bank.post("/api/v1/package-batches", json={}).status_code == 403
        assert bank.get("/api/v1/package-batches/1").status_code == 403

    def test_is_a_whole_package_or_the_papers_of_a_bond(self, city: Caller, code: str) -> None:
        whole = city.post(f"/api/v1/projects/{code}/package?as_of=2026-03-01")
        assert verify_bytes(whole.content, whole.headers["x-manifest-digest"]).is_intact
        bond = city.post(f"/api/v1/projects/{code}/package?kind=bond-plan&as_of=2026-03-01")
        with zipfile.ZipFile(io.BytesIO(bond.content)) as archive:
            assert [name.rpartition("_")[2] for name in archive.namelist()] == [
                "bond-plan.docx", "financial-evaluation.docx",
            ]  # fmt: skip
        assert city.post(f"/api/v1/projects/{code}/package?kind=poem").status_code == 400

    def test_is_the_introduction_as_one_pdf(self, city: Caller, code: str) -> None:
        answer = city.post(f"/api/v1/projects/{code}/package?kind=teaser&as_of=2026-03-01")
        assert answer.content.startswith(b"%PDF")
        assert answer.headers["content-type"] == "application/pdf"

    def test_is_the_summary_table_of_the_list_as_narrowed(
        self, engine: Engine, people: People, call_as: CallAs, code: str
    ) -> None:
        with writing(engine) as session:
            create_project(session, people.city, dossier(name="东部管网"), reason="录入")
        answer = call_as(people.ministry).get("/api/v1/summary-table.xlsx", params={"search": "污水"})
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content))["项目汇总表"]
        assert [sheet.cell(5, 2).value, sheet.cell(6, 2).value] == [code, "已知合计"]
        assert sheet["A2"].value.startswith("共 1 个项目")

    def test_is_documented_with_every_condition_of_the_list(self, city: Caller) -> None:
        paths = city.get("/schema/openapi.json").json()["paths"]
        asked = {
            path: {each["name"]: each.get("description") for each in paths[path]["get"]["parameters"]}
            for path in ("/api/v1/summary-table.xlsx", "/api/v1/projects")
        }
        assert set(asked["/api/v1/summary-table.xlsx"]) == set(FILTER_NAMES)
        assert asked["/api/v1/summary-table.xlsx"].items() <= asked["/api/v1/projects"].items()

    def test_is_a_batch_followed_to_its_files(
        self, engine: Engine, city: Caller, code: str, cheap_batches: None
    ) -> None:
        asked = city.post("/api/v1/package-batches", json={"filter": {"search": "污水"}, "as_of": "2026-03-01"})
        where = asked.headers["location"]
        assert asked.json()["state"] == "queued"
        run_next(engine, work.handlers(engine))
        assert city.get(where).json()["result"]["written"] == 1
        (file,) = city.get(f"{where}/packages").json()
        assert (file["code"], file["is_kept"]) == (code, True)
        one = city.get(f"{where}/packages/{code}").content
        assert verify_bytes(one, file["manifest_sha256"]).is_intact
        with zipfile.ZipFile(io.BytesIO(city.get(f"{where}/file").content)) as archive:
            assert archive.read(file["name"]) == one
        assert city.get(f"{where}/packages/ML-9999999").status_code == 404
        assert city.post("/api/v1/package-batches", json={"filter": {"colour": "red"}}).status_code == 422
        assert city.post("/api/v1/package-batches", json={"codes": []}).status_code == 422


class TestTheBatchPage:
    def test_makes_what_the_list_shows(
        self, anybody: Client, engine: Engine, people: People, code: str, cheap_batches: None
    ) -> None:
        sign_in(anybody, "city")
        listed = anybody.get("/projects?search=污水").text
        assert "/package-batches?search=" in listed
        start = anybody.get("/package-batches?search=污水").text
        assert "所选项目：1 个" in start
        asked = anybody.post(
            "/package-batches?search=污水", data={"_csrf": form_token(start)}, follow_redirects=False
        ).headers["location"]
        assert "排队" in anybody.get(asked).text
        run_next(engine, work.handlers(engine))
        done = anybody.get(asked).text
        assert f"{asked}/packages/{code}" in done
        assert "新写出 1 个" in done
        assert anybody.get(f"{asked}/file").content[:2] == b"PK"

    def test_hands_out_the_summary_table(self, anybody: Client, code: str) -> None:
        sign_in(anybody, "ministry")
        assert "/summary-table.xlsx" in anybody.get("/projects").text
        assert anybody.get("/summary-table.xlsx?search=污水").content[:2] == b"PK"


class TestChecking:
    def test_says_what_was_changed_and_what_is_known(self, call_as: CallAs, people: People, released: int) -> None:
        bank, other = call_as(people.bank), call_as(people.other_bank)
        package = bank.get(f"/api/v1/packages/{released}/file").content
        good = bank.post("/api/v1/packages/verification", content=package).json()
        assert (good["is_intact"], good["signature"], good["flaws"]) == (True, "unsigned", [])
        assert [each["id"] for each in good["known"]] == [released]
        assert other.post("/api/v1/packages/verification", content=package).json()["known"] == []
        broken = package.replace("城北污水厂".encode(), "城南污水厂".encode())
        bad = bank.post("/api/v1/packages/verification", content=broken).json()
        assert not bad["is_intact"]
        assert "09_数据_project.json" in {flaw["file"] for flaw in bad["flaws"]}
        expected = bank.post("/api/v1/packages/verification?digest=" + "0" * 64, content=package).json()
        assert [flaw["code"] for flaw in expected["flaws"]] == ["another-package"]

    def test_answers_on_a_page_and_keeps_nothing(
        self, anybody: Client, call_as: CallAs, people: People, released: int, data_dir: Path
    ) -> None:
        package = call_as(people.bank).get(f"/api/v1/packages/{released}/file").content
        before = sorted(path for path in data_dir.rglob("*") if path.is_file())
        assert sign_in(anybody, "other_city") == 303

        def answer(content: bytes) -> str:
            form: dict[str, Any] = {"_csrf": form_token(anybody.get("/verify").text)}
            return anybody.post("/verify", data=form, files={"file": ("p.zip", content, "application/zip")}).text

        assert "完整，未被改动" in answer(package)
        assert "没有您可见的" in answer(package)
        changed = answer(package.replace("城北污水厂".encode(), "城南污水厂".encode()))
        assert "不可采信" in changed
        assert "09_数据_project.json" in changed
        assert "压缩包目录结构被改动" in answer(b"no archive at all")
        assert sorted(path for path in data_dir.rglob("*") if path.is_file()) == before
