"""Model cases: entered by a city, agreed by its province, shown by the ministry; pictures go with them."""

import io
from typing import Any

import openpyxl
import pytest

from api.conftest import Client
from api.display.conftest import PDF, PNG, Stage, data_dir, everything, release, settings, stage, tomorrow

__all__ = ["data_dir", "settings", "stage"]

CASE: dict[str, Any] = {
    "kind": "community",
    "title": "吴兴区织里生态社区",
    "city_code": "330502",
    "summary": "社区改造简介",
    "practice": "屋顶光伏与雨水花园",
    "results": "居民满意",
    "people_served": 3200,
    "figures_source": "街道办统计 2026",
}


def begin(stage: Stage, **changes: Any) -> int:
    answer = stage.city.post("/api/v1/cases", json={**CASE, **changes})
    assert answer.status_code == 201, answer.text
    number: int = answer.json()["id"]
    return number


def picture(stage: Stage, number: int, content: bytes = PNG, name: str = "a.png") -> Any:
    return stage.city.post(f"/api/v1/cases/{number}/pictures?name={name}&caption=社区入口", content=content)


def move(caller: Any, number: int, action: str, **more: Any) -> Any:
    version = caller.get(f"/api/v1/cases/{number}").json()["summary"]["version"]
    return caller.post(f"/api/v1/cases/{number}/actions", json={"action": action, "version": version, **more})


def shown(stage: Stage, **changes: Any) -> int:
    number = begin(stage, **changes)
    assert picture(stage, number).status_code == 201
    for caller, action in ((stage.city, "submit"), (stage.province, "agree"), (stage.ministry, "release")):
        assert move(caller, number, action).status_code == 200
    return number


class TestACase:
    def test_is_seen_by_the_public_only_after_the_ministry_released_it(self, anybody: Client, stage: Stage) -> None:
        number = begin(stage)
        image = picture(stage, number).json()["id"]
        addresses = (
            f"/display/cases/{number}", f"/api/v1/display/cases/{number}", f"/display/cases/{number}/pictures/{image}",
        )  # fmt: skip
        for caller, action in ((stage.city, "submit"), (stage.province, "agree"), (stage.ministry, "release")):
            assert {anybody.get(path).status_code for path in addresses} == {404}
            assert [path for path, text in everything(anybody).items() if CASE["title"] in text] == []
            assert move(caller, number, action).status_code == 200
        assert {anybody.get(path).status_code for path in addresses} == {200}
        found = anybody.get(addresses[2])
        assert (found.content, found.headers["content-type"]) == (PNG, "image/png")
        assert "set-cookie" not in found.headers
        assert CASE["title"] in anybody.get("/api/v1/display/cases.csv").text
        overview = anybody.get("/api/v1/display").json()
        assert overview["cases"] == [{"kind": "community", "cases": 1, "demo_cases": 0}]
        assert overview["community_goal"] == 100
        assert '<strong class="num">1</strong> / 100' in anybody.get("/display/cases").text

    def test_withdrawn_is_gone_with_its_pictures(self, anybody: Client, stage: Stage) -> None:
        number = shown(stage)
        image = stage.city.get(f"/api/v1/cases/{number}").json()["pictures"][0]["id"]
        address = f"/display/cases/{number}/pictures/{image}"
        tag = anybody.get(address).headers["etag"]
        assert move(stage.ministry, number, "withdraw").status_code == 422
        assert move(stage.ministry, number, "withdraw", reason="数据有误").status_code == 200
        for path in (
            address,
            f"/display/cases/{number}",
            f"/api/v1/display/cases/{number}",
            f"/display/cases/{number}/comment",
        ):
            assert anybody.get(path, headers={"If-None-Match": tag}).status_code == 410
        assert [path for path, text in everything(anybody).items() if CASE["title"] in text] == []
        assert move(stage.city, number, "revise").status_code == 200
        assert anybody.get(f"/display/cases/{number}").status_code == 410

    def test_withdrawn_is_gone_from_a_cached_file_though_another_came_in_its_place(
        self, anybody: Client, stage: Stage
    ) -> None:
        first = shown(stage, title="先公开的案例")
        second = begin(stage, title="后公开的案例")
        picture(stage, second)
        move(stage.city, second, "submit")
        move(stage.province, second, "agree")
        held = anybody.get("/api/v1/display/cases.csv")
        move(stage.ministry, first, "withdraw", reason="有误")
        move(stage.ministry, second, "release")
        again = anybody.get("/api/v1/display/cases.csv", headers={"If-None-Match": held.headers["etag"]})
        assert again.status_code == 200
        assert "先公开的案例" not in again.text
        assert "后公开的案例" in again.text

    def test_under_embargo_is_not_there_yet(self, anybody: Client, stage: Stage) -> None:
        number = begin(stage)
        image = picture(stage, number).json()["id"]
        move(stage.city, number, "submit")
        move(stage.province, number, "agree")
        assert move(stage.ministry, number, "release", embargo_until="2020-01-01").status_code == 422
        assert move(stage.ministry, number, "release", embargo_until=tomorrow()).status_code == 200
        assert anybody.get(f"/display/cases/{number}").status_code == 404
        assert anybody.get(f"/display/cases/{number}/pictures/{image}").status_code == 404
        assert [path for path, text in everything(anybody).items() if CASE["title"] in text] == []

    def test_names_its_project_only_where_that_is_on_display(self, anybody: Client, stage: Stage) -> None:
        number = shown(stage, project_code=stage.code)
        pages = everything(anybody, f"/api/v1/display/cases/{number}")
        assert [path for path, text in pages.items() if stage.code in text] == []
        release(stage)
        assert anybody.get(f"/api/v1/display/cases/{number}").json()["project"] == stage.code
        assert f"/display/projects/{stage.code}" in anybody.get(f"/display/cases/{number}").text

    def test_is_moved_by_each_office_in_its_turn(self, stage: Stage) -> None:
        number = begin(stage)
        picture(stage, number)
        assert stage.bank.get(f"/api/v1/cases/{number}").status_code == 403
        assert stage.other_city.get(f"/api/v1/cases/{number}").status_code == 404
        assert move(stage.province, number, "submit").status_code == 403
        assert move(stage.city, number, "submit").status_code == 200
        assert move(stage.ministry, number, "agree").status_code == 403
        assert move(stage.city, number, "release").status_code == 422
        assert move(stage.province, number, "return").status_code == 422
        assert move(stage.province, number, "return", reason="请补充").status_code == 200
        stale = stage.city.post(f"/api/v1/cases/{number}/actions", json={"action": "submit", "version": 1})
        assert stale.status_code == 412

    def test_stands_as_submitted(self, stage: Stage) -> None:
        number = begin(stage)
        image = picture(stage, number).json()["id"]
        move(stage.city, number, "submit")
        etag = stage.city.get(f"/api/v1/cases/{number}").headers["etag"]
        changed = stage.city.put(f"/api/v1/cases/{number}", json={**CASE, "title": "改名"}, headers={"If-Match": etag})
        assert changed.status_code == 422
        assert changed.json()["code"] == "wrong-state"
        assert stage.city.delete(f"/api/v1/cases/{number}/pictures/{image}").status_code == 422
        assert picture(stage, number).status_code == 422

    def test_with_gaps_is_not_submitted(self, stage: Stage) -> None:
        number = begin(stage, practice=None, figures_source=None)
        answer = move(stage.city, number, "submit")
        assert answer.status_code == 422
        assert {each["path"] for each in answer.json()["findings"]} == {"practice", "figures_source", "pictures"}

    @pytest.mark.parametrize(
        ("changes", "path"),
        [
            ({"kind": "village"}, "kind"),
            ({"city_code": "370402"}, "city_code"),
            ({"city_code": "999999"}, "city_code"),
            ({"project_code": "BC-none"}, "project_code"),
            ({"people_served": -1}, "people_served"),
            ({"investment": "很多"}, "investment"),
        ],
    )
    def test_refuses_what_cannot_be(self, changes: dict[str, Any], path: str, stage: Stage) -> None:
        answer = stage.city.post("/api/v1/cases", json={**CASE, **changes})
        assert answer.status_code == 422
        assert [each["path"] for each in answer.json()["findings"]] == [path]


class TestAPicture:
    @pytest.mark.parametrize(
        ("content", "name"),
        [
            (PDF, "a.pdf"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "a.svg"),
            (b"<html><script>alert(1)</script></html>", "a.png"),
            (PDF, "a.png"),
            (PNG, "a.html"),
        ],
    )
    def test_is_png_or_jpeg_by_its_content_and_its_name(self, content: bytes, name: str, stage: Stage) -> None:
        assert picture(stage, begin(stage), content, name).status_code == 422

    def test_needs_words_for_who_cannot_see_it(self, stage: Stage) -> None:
        answer = stage.city.post(f"/api/v1/cases/{begin(stage)}/pictures?name=a.png", content=PNG)
        assert answer.json()["findings"][0]["path"] == "caption"

    def test_changed_in_the_store_is_not_handed_out(self, anybody: Client, stage: Stage, data_dir: Any) -> None:
        number = shown(stage)
        found = stage.city.get(f"/api/v1/cases/{number}").json()["pictures"][0]
        kept = data_dir / "documents" / found["sha256"][:2] / found["sha256"]
        kept.write_bytes(b"<script>alert(1)</script>")
        answer = anybody.get(f"/display/cases/{number}/pictures/{found['id']}")
        kept.write_bytes(PNG)
        assert answer.status_code == 500
        assert "alert(1)" not in answer.text


class TestTheWorkbook:
    def test_goes_out_and_comes_back_as_new_cases(self, stage: Stage) -> None:
        begin(stage, investment="120.5", site_area_m2=8000.5)
        book = stage.city.get("/api/v1/cases.xlsx").content
        taken = stage.city.post("/api/v1/cases/import?name=cases.xlsx", content=book)
        assert taken.status_code == 201
        made = stage.city.get(f"/api/v1/cases/{taken.json()['cases'][0]}").json()
        assert made["fields"] == {**CASE, "investment": "120.5", "site_area_m2": 8000.5}
        assert made["summary"]["state"] == "draft"

    def test_comes_in_as_csv_and_names_the_cell_of_each_flaw(self, stage: Stage) -> None:
        good = "类型,案例名称,行政区划代码\n学校,湖州中学,330502\n".encode()
        assert stage.city.post("/api/v1/cases/import?name=a.csv", content=good).status_code == 201
        bad = "类型,案例名称,行政区划代码,受益人数\n学校,一,330502,很多\n村庄,二,330502,\n".encode()
        answer = stage.city.post("/api/v1/cases/import?name=a.csv", content=bad)
        assert answer.status_code == 422
        found = [(each["path"], each["row"], each["column"]) for each in answer.json()["findings"]]
        assert found == [("people_served", 2, "D"), ("kind", 3, "A")]
        assert len(stage.city.get("/api/v1/cases").json()) == 1

    def test_holds_nobody_elses_cases(self, stage: Stage) -> None:
        begin(stage)
        book = openpyxl.load_workbook(io.BytesIO(stage.other_city.get("/api/v1/cases.xlsx").content))
        assert book.worksheets[0].max_row == 1
