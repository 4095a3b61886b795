"""Imports as people and programs do them, worked on at once."""

from pathlib import Path
from typing import Any

from httpx import Response
from sqlalchemy import Engine

from api.conftest import Caller, Client, form_token
from registry import jobs
from registry.intake import work

IMPORTS = "/api/v1/imports"


class Desk:
    """A caller whose uploads are worked on at once."""

    def __init__(self, city: Caller, engine: Engine, folder: Path) -> None:
        self._city, self._engine, self._handlers = city, engine, work.handlers(engine, folder)

    def finish(self) -> None:
        while jobs.run_next(self._engine, self._handlers) is not None:
            pass

    def followed(self, answer: Response) -> dict[str, Any]:
        assert answer.status_code == 202, answer.text
        self.finish()
        found: dict[str, Any] = self._city.get(answer.headers["location"]).json()
        assert found["state"] == "done", found
        return found

    def send(self, content: bytes, name: str = "a.csv") -> dict[str, Any]:
        return self.followed(self._city.post(IMPORTS, params={"name": name}, content=content))

    def take(self, number: int, **choice: Any) -> dict[str, Any]:
        result: dict[str, Any] = self.followed(self._city.post(f"{IMPORTS}/{number}/commit", json=choice))["result"]
        return result


def sent(client: Client, content: str | bytes, name: str = "项目.csv") -> str:
    """Upload as a browser does; return the address of the preview."""
    token = form_token(client.get("/imports").text)
    files = {"file": (name, content.encode("gb18030") if isinstance(content, str) else content, "text/csv")}
    answer = client.post("/imports", data={"_csrf": token}, files=files, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def committed(client: Client, preview: str, **fields: object) -> Response:
    """Press a button of a preview; return the page it leads to."""
    data = {"_csrf": form_token(client.get(preview).text), **fields}
    return client.post(f"{preview}/commit", data=data, follow_redirects=True)
