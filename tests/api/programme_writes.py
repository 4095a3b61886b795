"""Good calls of the changing routes of the Beautiful City programme, for the test that each leaves an entry."""

from collections.abc import Callable

from httpx import Response

from api.conftest import Caller

Calls = dict[tuple[str, str], Callable[[], Response]]
LIST = "区域或试点,区划代码,起始日期,名单来源\n低碳城市试点,330100,2026-01-01,某公告"


class ProgrammeWrites:
    """The ministry, and what it has noted."""

    def __init__(self, ministry: Caller, city: Caller) -> None:
        self.ministry, self.city = ministry, city

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
            ("PUT", f"{indicators}/own"): lambda: city.put(f"{indicators}/own", json=own),
            ("POST", f"{indicators}/values"): lambda: city.post(f"{indicators}/values", json={"values": [value]}),
            ("POST", f"{indicators}/values.xlsx"): lambda: city.post(
                f"{indicators}/values.xlsx", content=sheet.encode()
            ),
            ("POST", f"{zones}/memberships"): lambda: ministry.post(f"{zones}/memberships", json=place),
            ("POST", f"{zones}/memberships/{{number}}/end"): end,
            ("POST", f"{zones}/list.xlsx"): lambda: ministry.post(f"{zones}/list.xlsx", content=LIST.encode()),
        }
