"""Good calls of the changing routes of the selection of cities, for the test that each leaves an entry."""

from collections.abc import Callable
from typing import Any

from httpx import Response
from sqlalchemy import Engine

from api.conftest import CallAs
from conftest import People
from nomination_builders import Stage, compared
from registry.accounts.queries import actor_by_login
from registry.database import reading
from registry.programme.nomination.rules import items

Calls = dict[tuple[str, str], Callable[[], Response]]
ROUNDS = "/api/v1/city-selections"
OPEN = {
    "title": "第二批",
    "opens_on": "2020-01-01",
    "closes_on": "2099-12-31",
    "quotas": [{"region": "east", "most": 3}],
}


class SelectionWrites:
    """The ministry and a city, and a round that the calls take on from the comparison."""

    def __init__(self, engine: Engine, people: People, call_as: CallAs) -> None:
        self.engine, self.people, self.call_as = engine, people, call_as
        self.at: dict[str, Any] = {}

    def calls(self) -> Calls:
        """Return the calls by method and path template, in an order in which each can succeed."""
        ministry, city, named = (
            self.call_as(self.people.ministry),
            self.call_as(self.people.city),
            f"{ROUNDS}/{{number}}",
        )

        def start() -> Response:
            answer: Response = ministry.post(ROUNDS, json=OPEN)
            self.at["open"] = answer.headers["location"]
            return answer

        def nominate() -> Response:
            body = {"statement": "基础好", "urban_population_10k": 95, "population_source": "统计年鉴"}
            answer: Response = city.post(f"{self.at['open']}/nominations", json=body)
            self.at["nomination"] = answer.json()["id"]
            return answer

        def submit() -> Response:
            answer: Response = city.post(
                f"/api/v1/nominations/{self.at['nomination']}/actions", json={"action": "submit", "version": 1}
            )
            return answer

        return {
            ("POST", ROUNDS): start,
            ("POST", f"{named}/nominations"): nominate,
            ("POST", "/api/v1/nominations/{number}/actions"): submit,
            ("POST", f"{named}/minutes"): lambda: ministry.post(
                f"{self.at['open']}/minutes", json={"text": "收到一份"}
            ),
            **self._panel(),
        }

    def _panel(self) -> Calls:
        ministry, named = self.call_as(self.people.ministry), f"{ROUNDS}/{{number}}"

        def seat() -> Response:
            stage = self.at["stage"] = compared(self.engine, self.people)
            path = f"{ROUNDS}/{stage.round_id}"
            for login in ("province", "xian-province"):
                ministry.post(f"{path}/panel", json={"login": login})
            answer: Response = ministry.post(f"{path}/panel", json={"login": "ministry"})
            return answer

        def advance() -> Response:
            stage: Stage = self.at["stage"]
            body = {"minutes": "评审组成立", "version": stage.held().version}
            answer: Response = ministry.post(f"{ROUNDS}/{stage.round_id}/steps", json=body)
            return answer

        def score() -> Response:
            stage: Stage = self.at["stage"]
            body = {"code": stage.code("dalian"), "scores": dict.fromkeys(items(), 15)}
            answer: Response = ministry.post(f"{ROUNDS}/{stage.round_id}/scores", json=body)
            return answer

        def mark() -> Response:
            stage: Stage = self.at["stage"]
            for login in stage.cities:
                for member in (self.people.ministry, self.people.province):
                    tied = member is self.people.province and login == "city"
                    if not tied:
                        stage.score(member, login, 15)
                if login == "city":
                    with reading(self.engine) as session:
                        third = actor_by_login(session, "xian-province")
                    stage.score(third, login, 15)
            stage.advance()
            body = {"code": stage.code("dalian"), "choice": "select"}
            answer: Response = ministry.post(f"{ROUNDS}/{stage.round_id}/marks", json=body)
            return answer

        return {
            ("POST", f"{named}/panel"): seat,
            ("POST", f"{named}/steps"): advance,
            ("POST", f"{named}/scores"): score,
            ("POST", f"{named}/marks"): mark,
            ("POST", f"{named}/memberships"): self._register,
        }

    def _register(self) -> Response:
        stage: Stage = self.at["stage"]
        for _ in range(2):
            for login in stage.cities:
                stage.mark(login, "select" if login == "dalian" else "decline", "集体研究")
            stage.advance()
        body = {"starts_on": "2099-01-01", "notice": "公告"}
        ministry = self.call_as(self.people.ministry)
        answer: Response = ministry.post(f"{ROUNDS}/{stage.round_id}/memberships", json=body)
        return answer
