"""Lists of the programme in Excel: the same rows as the page, for who may see them, and no name while codes stand."""

import html
import io
import re
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

from api.conftest import CallAs, Caller, Client, form_token, sign_in
from conftest import People
from nomination_builders import applied, compared, published

HIDDEN = re.compile(r'<input type="hidden" name="(_csrf|name|content)" value="([^"]*)">')


def rows(caller: Any, path: str, sheet: int = 0) -> list[dict[str, Any]]:
    answer = caller.get(path)
    assert answer.status_code == 200
    head, *lines = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[sheet].iter_rows(values_only=True)
    return [dict(zip(map(str, head), line, strict=True)) for line in lines]


class TestTheListOfPapers:
    def test_holds_what_the_caller_may_see(self, city: Caller, call_as: CallAs, people: People) -> None:
        city.post("/api/v1/city-papers/city-plans", json={"title": "湖州市实施方案"})
        path = "/api/v1/city-papers/city-plans/list.xlsx"
        (line,) = rows(city, path)
        assert (line["名称"], line["状态"], line["最新版"], line["公开版"]) == ("湖州市实施方案", "编制中", 1, None)
        assert [rows(call_as(actor), path) for actor in (people.other_city, people.bank)] == [[], []]
        assert len(rows(call_as(people.province), path)) == 1


class TestTheListOfNominations:
    def test_holds_names_while_there_are_no_codes(self, engine: Engine, call_as: CallAs, people: People) -> None:
        stage = applied(engine, people)
        path = f"/api/v1/city-selections/{stage.round_id}/nominations.xlsx"
        found = rows(call_as(people.ministry), path)
        assert sorted((each["申报单位"], each["区域"], each["省级意见"]) for each in found) == [
            ("dalian机构", "东北", "推荐"), ("wuhan机构", "中部", "推荐"), ("xian机构", "西部", "推荐"),
            ("湖州市财政局", "东部", "推荐"),
        ]  # fmt: skip
        assert [each["申报单位"] for each in rows(call_as(people.province), path)] == ["湖州市财政局"]

    def test_is_empty_for_who_reads_codes(self, engine: Engine, call_as: CallAs, people: People) -> None:
        stage = compared(engine, people)
        assert rows(call_as(people.ministry), f"/api/v1/city-selections/{stage.round_id}/nominations.xlsx") == []

    def test_tells_a_bank_who_was_selected_and_not_why(self, engine: Engine, call_as: CallAs, people: People) -> None:
        stage = published(engine, people, "dalian")
        (line,) = rows(call_as(people.bank), f"/api/v1/city-selections/{stage.round_id}/nominations.xlsx")
        assert (line["申报单位"], line["结果"], line["申报理由"], line["结果说明"]) == (
            "dalian机构",
            "入选",
            None,
            None,
        )


class TestTheDashboard:
    def test_leaves_with_its_indicators_and_cities(self, city: Caller, call_as: CallAs, people: People) -> None:
        values = [
            {"indicator": "pm25", "year": 2025, "unit": "μg/m³", "target": 30, "actual": 28},
            {"indicator": "pm10", "year": 2025, "unit": "μg/m³", "target": 30},
        ]
        assert city.post("/api/v1/indicators/values", json={"values": values}).json()["changed"] == 2
        ministry, path = call_as(people.ministry), "/api/v1/programme.xlsx?year=2025"
        by_name = {each["指标"]: each for each in rows(ministry, path)}
        met = by_name["细颗粒物（PM2.5）浓度"]
        assert (met["单位"], met["年度"], met["达到目标"], met["填报城市简单平均"]) == ("μg/m³", 2025, 1, 28)
        assert by_name["可吸入颗粒物（PM10）浓度"]["填报城市简单平均"] is None
        (place,) = rows(ministry, path, sheet=1)
        assert (place["城市"], place["区域"], place["达到目标"], place["未达到"], place["无法判断"]) == (
            "湖州市", "东部", 1, 0, 1
        )  # fmt: skip
        assert call_as(people.bank).get(path).status_code == 403


class TestAPage:
    @pytest.mark.parametrize(
        ("path", "link"),
        [
            ("/programme", "/programme.xlsx?year="),
            ("/city-papers/city-plans", "/city-papers/city-plans/list.xlsx"),
        ],
    )
    def test_leads_to_its_list(self, city: Caller, anybody: Client, people: People, path: str, link: str) -> None:
        city.post("/api/v1/city-papers/city-plans", json={"title": "方案"})
        sign_in(anybody, "city")
        assert f'href="{link}' in anybody.get(path).text

    def test_of_zones_leads_from_each_sum_to_the_projects_behind_it(
        self, city: Caller, anybody: Client, call_as: CallAs, people: People
    ) -> None:
        place = {"zone": "low_carbon", "division_code": "330500", "starts_on": "2020-01-01", "source": "某公告"}
        call_as(people.ministry).post("/api/v1/zones/memberships", json=place)
        for code in ("330500", "370100"):
            city.post("/api/v1/projects", json={"name": f"项目 {code}", "city_code": code})
        sign_in(anybody, "city")
        assert '<a href="/projects?zone=low_carbon">1</a>' in anybody.get("/zones").text
        shown = anybody.get("/projects?zone=low_carbon").text
        assert ("项目 330500" in shown, "项目 370100" in shown, "低碳城市试点" in shown) == (True, False, True)
        listed = city.get("/api/v1/projects?zone=low_carbon").json()["items"]
        assert [each["name"] for each in listed] == ["项目 330500"]
        refused = city.get("/api/v1/projects?zone=nowhere")
        assert (refused.status_code, refused.json()["findings"][0]["code"]) == (422, "not-in-list")


class TestAFileIsPreviewed:
    """Taken only when its preview is agreed to, and then as it was shown."""

    VALUES = "指标编号,单位,年度,目标值,实际值\npm25,μg/m³,2026,25,26.5\n".encode()
    LIST = "区域或试点,区划代码,起始日期,名单来源\n低碳城市试点,330500,2017-01-24,某文\n".encode()

    def previewed(self, client: Client, page: str, content: bytes) -> tuple[str, dict[str, str]]:
        token = form_token(client.get(page).text)
        shown = client.post(f"{page}/upload", data={"_csrf": token}, files={"file": ("表.csv", content)})
        assert shown.status_code == 200
        carried = {name: html.unescape(value) for name, value in HIDDEN.findall(shown.text)}
        return shown.text, carried

    def test_with_each_value_as_it_was_and_will_be(self, city: Caller, anybody: Client) -> None:
        before = [{"indicator": "pm25", "year": 2026, "unit": "μg/m³", "target": 25, "actual": 27.25}]
        city.post("/api/v1/indicators/values", json={"values": before})
        sign_in(anybody, "city")
        shown, carried = self.previewed(anybody, "/indicators", self.VALUES)
        assert "<del>27.25</del>" in shown
        assert "<ins>26.5</ins>" in shown
        assert city.get("/api/v1/indicators/values").json()[0]["actual"] == 27.25
        taken = anybody.post("/indicators/take", data=carried, follow_redirects=False)
        assert (taken.status_code, taken.headers["location"]) == (303, "/indicators?changed=1#upload")
        assert city.get("/api/v1/indicators/values").json()[0]["actual"] == 26.5
        again, _ = self.previewed(anybody, "/indicators", self.VALUES)
        assert "不需要写入" in again

    def test_with_each_place_that_will_be_noted(self, call_as: CallAs, people: People, anybody: Client) -> None:
        ministry = call_as(people.ministry)
        preview = ministry.post("/api/v1/zones/list.xlsx?preview=true", content=self.LIST).json()
        assert (preview["added"], preview["rows"][0]["place"], preview["rows"][0]["row"]) == (1, "湖州市", 2)
        sign_in(anybody, "ministry")
        shown, carried = self.previewed(anybody, "/zones", self.LIST)
        assert "湖州市" in shown
        assert "330500" not in str(ministry.get("/api/v1/zones").json())
        assert anybody.post("/zones/take", data=carried, follow_redirects=False).status_code == 303
        assert "330500" in str(ministry.get("/api/v1/zones").json())

    @pytest.mark.parametrize("content", ["", "不是编码", "AAA"])
    def test_and_says_so_when_it_did_not_come_back_whole(self, anybody: Client, people: People, content: str) -> None:
        sign_in(anybody, "city")
        token = form_token(anybody.get("/indicators").text)
        refused = anybody.post("/indicators/take", data={"_csrf": token, "name": "表.csv", "content": content})
        assert refused.status_code == 422
        assert "请重新上传" in refused.text
