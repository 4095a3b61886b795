"""Good calls of the changing routes of the Beautiful City programme, for the test that each leaves an entry."""

from collections.abc import Callable

from httpx import Response

from api.conftest import Caller
from registry.programme.city_plan.document import CityPlanDocument
from registry.programme.papers.workbook import paper_workbook

Calls = dict[tuple[str, str], Callable[[], Response]]
LIST = "区域或试点,区划代码,起始日期,名单来源\n低碳城市试点,330100,2026-01-01,某公告"

PLAN = {
    "start_year": 2026,
    "end_year": 2030,
    "goals": [{"indicator": "pm25", "unit": "μg/m³", "target_year": 2027, "target": 25}],
    "tasks": [{"number": "1", "name": "治水", "dimension": "good_environment"}],
}


class ProgrammeWrites:
    """The ministry, and what it has noted."""

    def __init__(self, ministry: Caller, city: Caller, province: Caller) -> None:
        self.ministry, self.city, self.province = ministry, city, province

    def calls(self) -> Calls:
        """Return the calls by method and path template, in an order in which each can succeed."""
        zones, ministry = "/api/v1/zones", self.ministry
        place = {"zone": "zero_waste", "division_code": "330500", "starts_on": "2026-01-01", "source": "某公告"}

        def end() -> Response:
            made = ministry.post(f"{zones}/memberships", json={**place, "division_code": "330400"}).json()
            answer: Response = ministry.post(
                f"{zones}/memberships/{made['number']}/end", json={"ends_on": "2026-02-01", "source": "某公告"}
            )
            return answer

        indicators, city = "/api/v1/indicators", self.city
        value = {"indicator": "pm25", "year": 2026, "unit": "μg/m³", "target": 25, "actual": 27}
        own = {"indicator": "own_commute", "name": "绿色出行比例", "unit": "%", "direction": "higher"}
        sheet = "指标编号,单位,年度,目标值\nforest_cover,%,2026,48"
        return {
            **self._papers(),
            ("PUT", f"{indicators}/own"): lambda: city.put(f"{indicators}/own", json=own),
            ("POST", f"{indicators}/values"): lambda: city.post(f"{indicators}/values", json={"values": [value]}),
            ("POST", f"{indicators}/values.xlsx"): lambda: city.post(
                f"{indicators}/values.xlsx", content=sheet.encode()
            ),
            ("POST", f"{indicators}/catalogue.xlsx"): lambda: ministry.post(
                f"{indicators}/catalogue.xlsx?version=mee-2099&in_force_from=2099-01-01&source=某公告",
                content="指标编号,类别,指标,单位,方向\nquiet,人居,声环境达标率,%,越高越好".encode(),
            ),
            ("POST", f"{zones}/memberships"): lambda: ministry.post(f"{zones}/memberships", json=place),
            ("POST", f"{zones}/memberships/{{number}}/end"): end,
            ("POST", f"{zones}/list.xlsx"): lambda: ministry.post(f"{zones}/list.xlsx", content=LIST.encode()),
        }

    def _papers(self) -> Calls:
        city, ministry, papers = self.city, self.ministry, "/api/v1/city-papers"
        named, plans = f"{papers}/{{name}}", f"{papers}/city-plans"
        held = {"year": 2025, "opens_on": "2026-01-01", "closes_on": "2099-12-31"}
        at: dict[str, str] = {}

        def begin() -> Response:
            answer: Response = city.post(plans, json={"title": "实施方案"})
            at["plan"] = answer.headers["location"]
            return answer

        def save() -> Response:
            answer: Response = city.put(at["plan"], json=PLAN, headers={"If-Match": '"1"'})
            return answer

        def give() -> Response:
            sheet = paper_workbook(CityPlanDocument, {**PLAN, "aims": "天蓝水清"})
            answer: Response = city.post(f"{at['plan']}/workbook", content=sheet, headers={"If-Match": '"2"'})
            return answer

        def sign() -> Response:
            answer: Response = city.post(f"{at['plan']}/actions", json={"action": "submit", "version": 3})
            return answer

        def score() -> Response:
            value = {"indicator": "pm10", "year": 2025, "unit": "μg/m³", "target": 40, "actual": 40}
            city.post("/api/v1/indicators/values", json={"values": [value]})
            here = city.post(f"{papers}/self-evaluations", json={"year": 2025}).headers["location"]
            line = {"indicator": "pm10"}
            city.put(here, json={"summary": "好", "indicators": [line]}, headers={"If-Match": '"1"'})
            city.post(f"{here}/actions", json={"action": "submit", "version": 2})
            version = city.get(here).json()["version"]
            agreed = {"action": "approve", "version": version, "reason": "同意"}
            self.province.post(f"{here}/actions", json=agreed)
            body = {"paper": int(here.rsplit("/", 1)[1]), "item": "绿色低碳", "score": 18}
            answer: Response = ministry.post("/api/v1/evaluation-rounds/scores", json=body)
            return answer

        return {
            ("POST", named): begin,
            ("PUT", f"{named}/{{number}}"): save,
            ("POST", f"{named}/{{number}}/workbook"): give,
            ("POST", f"{named}/{{number}}/actions"): sign,
            ("POST", "/api/v1/evaluation-rounds"): lambda: ministry.post("/api/v1/evaluation-rounds", json=held),
            ("POST", "/api/v1/evaluation-rounds/scores"): score,
        }
