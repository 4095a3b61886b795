"""Good calls of the changing routes of the display and of cases, for the test that each leaves an entry."""

from collections.abc import Callable
from typing import Any

from httpx import Response
from sqlalchemy import Engine

from api.conftest import Caller
from registry.database import writing
from registry.programme.cases.model import ModelCase
from registry.programme.display.commenting import write_comment
from registry.web.bodies import as_of_or_today

Calls = dict[tuple[str, str], Callable[[], Response]]
CASE = {"kind": "school", "title": "绿色学校", "city_code": "330502"}
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c02"
    "0000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
)


class DisplayWrites:
    """Where these calls work: a project of the city, a case it began, and a comment on the project."""

    def __init__(self, engine: Engine, code: str, *, city: Caller) -> None:
        self.engine, self.code, self.city = engine, code, city
        self.made: dict[str, Any] = {}

    def calls(self) -> Calls:
        """Return the calls by method and path template, in an order in which each can succeed."""
        project, cases = f"/api/v1/projects/{self.code}/display", "/api/v1/cases"
        one, city = f"{cases}/{{number}}", self.city

        def here() -> str:
            return f"{cases}/{self.made['id']}"

        def begin() -> Response:
            answer: Response = city.post(cases, json=CASE)
            self.made.update(answer.json())
            return answer

        def change() -> Response:
            seen = city.get(here()).headers["etag"]
            answer: Response = city.put(here(), json={**CASE, "year": 2025}, headers={"If-Match": seen})
            return answer

        def add() -> Response:
            answer: Response = city.post(f"{here()}/pictures?name=a.png&caption=校门", content=PNG)
            self.made["picture"] = answer.json()["id"]
            return answer

        def act() -> Response:
            texts = {"summary": "简介", "practice": "做法", "results": "成效"}
            city.put(here(), json=CASE | texts, headers={"If-Match": city.get(here()).headers["etag"]})
            version = city.get(here()).json()["summary"]["version"]
            answer: Response = city.post(f"{here()}/actions", json={"action": "submit", "version": version})
            return answer

        def remove() -> Response:
            version = city.get(here()).json()["summary"]["version"]
            city.post(f"{here()}/actions", json={"action": "take_back", "version": version})
            answer: Response = city.delete(f"{here()}/pictures/{self.made['picture']}")
            return answer

        def decide() -> Response:
            with writing(self.engine) as session:
                number = write_comment(session, text="一条公众意见", today=as_of_or_today(None), project=self.code)
            answer: Response = city.post(f"/api/v1/display-comments/{number}/decision", json={"publish": True})
            return answer

        shown, words = "/api/v1/display", {"text": "请增加公众参观日"}

        def comment_on_case() -> Response:
            with writing(self.engine) as session:
                session.get_one(ModelCase, self.made["id"]).state = "released"
            answer: Response = city.post(f"{shown}/cases/{self.made['id']}/comments", json=words)
            return answer

        return {
            ("PUT", "/api/v1/projects/{code}/display"): lambda: city.put(project, json={"fields": ["identity"]}),
            ("POST", "/api/v1/display-comments/{number}/decision"): decide,
            ("POST", f"{shown}/projects/{{code}}/comments"): lambda: city.post(
                f"{shown}/projects/{self.code}/comments", json=words
            ),
            ("DELETE", "/api/v1/projects/{code}/display"): lambda: city.delete(f"{project}?reason=有误"),
            ("POST", cases): begin,
            ("PUT", one): change,
            ("POST", f"{one}/pictures"): add,
            ("POST", f"{one}/actions"): act,
            ("DELETE", f"{one}/pictures/{{picture}}"): remove,
            ("POST", f"{shown}/cases/{{number}}/comments"): comment_on_case,
            ("POST", f"{cases}/import"): lambda: city.post(
                f"{cases}/import?name=a.csv", content="类型,案例名称,行政区划代码\n街道,宁静街道,330502\n".encode()
            ),
        }
