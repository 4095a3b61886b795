"""A typed client of the API, for programs and notebooks, sync and async.

    with RegistryClient("http://127.0.0.1:8000", token) as registry:
        for project in registry.projects(search="污水"):
            record = registry.read(project.code)

Money arrives as decimal text in 万元; `record.dossier()` gives the checked dossier with Decimals.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any, Self, TypeVar

import httpx
import msgspec

from registry.errors import RegistryError
from registry.projects.model import Dossier
from registry.projects.operations import document_text
from registry.projects.queries import ProjectSummary
from registry.projects.validation import validate_dossier

T = TypeVar("T")
_PATH = "/api/v1/projects"


class Page(msgspec.Struct, frozen=True):
    """One page of projects; `next` is the cursor of the page after it, None on the last."""

    items: list[ProjectSummary]
    next: str | None


class Record(msgspec.Struct, frozen=True):
    """One revision of a project. `hash` is what a change names as the revision it builds on."""

    code: str
    revision_number: int
    hash: str
    saved_at: datetime
    is_demo: bool
    document: dict[str, Any]

    def dossier(self) -> Dossier:
        """Return the document as a checked dossier."""
        return validate_dossier(self.document)


class Saved(msgspec.Struct, frozen=True):
    """What a creating or changing call did: `created`, `changed` or `unchanged`."""

    code: str
    change: str
    revision_number: int
    hash: str


class Revision(msgspec.Struct, frozen=True):
    """One save in the history of a project."""

    number: int
    saved_at: datetime
    reason: str
    hash: str
    previous_hash: str


class Refused(RegistryError):
    """The registry did not do what was asked: `status`, and the problem details as they came (RFC 9457)."""

    code = "refused"

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        detail = str(problem.get("detail", f"HTTP {status}"))
        super().__init__(detail, str(problem.get("detail_en", detail)))
        self.status = status
        self.problem = problem


def _list(search: str | None, after: str | None, limit: int, conditions: dict[str, str]) -> dict[str, Any]:
    asked = {"search": search, "after": after, "limit": limit, **conditions}
    return {
        "method": "GET",
        "url": _PATH,
        "params": {name: value for name, value in asked.items() if value is not None},
    }


def _create(dossier: Dossier, reason: str | None, idempotency_key: str | None) -> dict[str, Any]:
    headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
    return _send("POST", _PATH, dossier, reason, headers)


def _change(code: str, dossier: Dossier, seen: str, reason: str | None) -> dict[str, Any]:
    return _send("PUT", f"{_PATH}/{code}", dossier, reason, {"If-Match": f'"{seen}"'})


def _send(method: str, url: str, dossier: Dossier, reason: str | None, headers: dict[str, str]) -> dict[str, Any]:
    return {
        "method": method,
        "url": url,
        "params": {} if reason is None else {"reason": reason},
        "content": document_text(dossier).encode(),
        "headers": {**headers, "Content-Type": "application/json"},
    }


def _answer(response: httpx.Response, kind: type[T]) -> T:
    if response.is_success:
        return msgspec.json.decode(response.content, type=kind)
    try:
        problem = msgspec.json.decode(response.content, type=dict[str, Any])
    except msgspec.DecodeError:
        problem = {}
    raise Refused(response.status_code, problem)


class RegistryClient:
    """The API for ordinary programs. Every method raises Refused, and httpx's errors when nobody answers."""

    def __init__(self, base_url: str, token: str, *, transport: httpx.BaseTransport | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(base_url=base_url, headers=headers, timeout=30, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def page(self, *, search: str | None = None, after: str | None = None, limit: int = 50, **conditions: str) -> Page:
        """Return one page of the projects you may see; `conditions` as in the address, such as province or sort."""
        return _answer(self._http.request(**_list(search, after, limit, conditions)), Page)

    def projects(self, *, search: str | None = None, **conditions: str) -> Iterator[ProjectSummary]:
        """Go through all projects you may see, page by page."""
        page = self.page(search=search, limit=100, **conditions)
        yield from page.items
        while page.next is not None:
            page = self.page(search=search, after=page.next, limit=100, **conditions)
            yield from page.items

    def read(self, code: str) -> Record:
        """Return the latest revision of a project."""
        return _answer(self._http.get(f"{_PATH}/{code}"), Record)

    def revisions(self, code: str) -> list[Revision]:
        """Return the history of a project, oldest first."""
        return _answer(self._http.get(f"{_PATH}/{code}/revisions"), list[Revision])

    def create(self, dossier: Dossier, *, reason: str | None = None, idempotency_key: str | None = None) -> Saved:
        """Create a project; the same key twice creates it once."""
        return _answer(self._http.request(**_create(dossier, reason, idempotency_key)), Saved)

    def change(self, code: str, dossier: Dossier, *, seen: str, reason: str | None = None) -> Saved:
        """Save a new revision on top of the one whose hash is `seen`; 412 tells what differs."""
        return _answer(self._http.request(**_change(code, dossier, seen, reason)), Saved)


class AsyncRegistryClient:
    """The same for asynchronous programs."""

    def __init__(self, base_url: str, token: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.AsyncClient(base_url=base_url, headers=headers, timeout=30, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def page(
        self, *, search: str | None = None, after: str | None = None, limit: int = 50, **conditions: str
    ) -> Page:
        """Return one page of the projects you may see; `conditions` as in the address, such as province or sort."""
        return _answer(await self._http.request(**_list(search, after, limit, conditions)), Page)

    async def projects(self, *, search: str | None = None, **conditions: str) -> AsyncIterator[ProjectSummary]:
        """Go through all projects you may see, page by page."""
        after: str | None = None
        while True:
            page = await self.page(search=search, after=after, limit=100)
            for item in page.items:
                yield item
            if page.next is None:
                return
            after = page.next

    async def read(self, code: str) -> Record:
        """Return the latest revision of a project."""
        return _answer(await self._http.get(f"{_PATH}/{code}"), Record)

    async def revisions(self, code: str) -> list[Revision]:
        """Return the history of a project, oldest first."""
        return _answer(await self._http.get(f"{_PATH}/{code}/revisions"), list[Revision])

    async def create(self, dossier: Dossier, *, reason: str | None = None, idempotency_key: str | None = None) -> Saved:
        """Create a project; the same key twice creates it once."""
        return _answer(await self._http.request(**_create(dossier, reason, idempotency_key)), Saved)

    async def change(self, code: str, dossier: Dossier, *, seen: str, reason: str | None = None) -> Saved:
        """Save a new revision on top of the one whose hash is `seen`; 412 tells what differs."""
        return _answer(await self._http.request(**_change(code, dossier, seen, reason)), Saved)
