"""Good calls of the changing routes of the Beautiful City programme, for the test that each leaves an entry."""

from collections.abc import Callable

from httpx import Response

from api.conftest import Caller

Calls = dict[tuple[str, str], Callable[[], Response]]
LIST = "区域或试点,区划代码,起始日期,名单来源\n低碳城市试点,330100,2026-01-01,某公告"


class ProgrammeWrites:
    """The ministry, and what it has noted."""

    def __init__(self, ministry: Caller) -> None:
        self.ministry = ministry

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

        return {
            ("POST", f"{zones}/memberships"): lambda: ministry.post(f"{zones}/memberships", json=place),
            ("POST", f"{zones}/memberships/{{number}}/end"): end,
            ("POST", f"{zones}/list.xlsx"): lambda: ministry.post(f"{zones}/list.xlsx", content=LIST.encode()),
        }
