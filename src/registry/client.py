"""A typed client of the API, for programs and notebooks, sync and async.

    with RegistryClient("http://127.0.0.1:8000", token) as registry:
        for project in registry.projects(search="污水"):
            record = registry.read(project.code)

Money arrives as decimal text in 万元; `record.dossier()` gives the checked dossier with Decimals.
"""

import time
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
_API = "/api/v1"
_PATH, _IMPORTS, _EXPORTS = f"{_API}/projects", f"{_API}/imports", f"{_API}/exports"
_POLL_SECONDS = 0.5


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
    similar: list[dict[str, Any]]
    """Warnings of projects that may be the same; saved all the same."""


class Job(msgspec.Struct, frozen=True):
    """Long work such as an import or an export: `result` is there once `state` is `done`, `error` once it `failed`."""

    id: int
    kind: str
    state: str
    progress: int
    total: int | None
    error: str | None
    result: Any

    @property
    def is_over(self) -> bool:
        """Say whether nothing more will happen."""
        return self.state in {"done", "failed"}


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


def _change(code: str, dossier: Dossier, seen: str, reason: str | None, *, reopens_entry: bool) -> dict[str, Any]:
    asked = _send("PUT", f"{_PATH}/{code}", dossier, reason, {"If-Match": f'"{seen}"'})
    if reopens_entry:
        asked["params"]["reopens_entry"] = "true"
    return asked


def _send(method: str, url: str, dossier: Dossier, reason: str | None, headers: dict[str, str]) -> dict[str, Any]:
    return {
        "method": method,
        "url": url,
        "params": {} if reason is None else {"reason": reason},
        "content": document_text(dossier).encode(),
        "headers": {**headers, "Content-Type": "application/json"},
    }


def _bytes(response: httpx.Response) -> bytes:
    if not response.is_success:
        _answer(response, bytes)
    return response.content


def _job_path(job: Job) -> str:
    return f"{_EXPORTS if job.kind == 'export-projects' else _IMPORTS}/{job.id}"


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

    def change(
        self, code: str, dossier: Dossier, *, seen: str, reason: str | None = None, reopens_entry: bool = False
    ) -> Saved:
        """Save a new revision on top of the one whose hash is `seen`; 412 tells what differs.

        `reopens_entry` agrees that a major change of an admitted project sends it back to review; else it is refused.
        """
        asked = _change(code, dossier, seen, reason, reopens_entry=reopens_entry)
        return _answer(self._http.request(**asked), Saved)

    def upload(self, content: bytes, name: str) -> Job:
        """Send a CSV or XLSX; the job compares it with what is stored and takes nothing yet. `wait`, then `take`."""
        return _answer(self._http.post(_IMPORTS, params={"name": name}, content=content), Job)

    def take(self, upload: Job, rows: list[str] | None = None, *, reopens_entry: bool = False) -> Job:
        """Take all rows of an upload, or those named `sheet:number`; `wait` tells the code of each, by the same name.

        `reopens_entry` agrees that major changes of admitted projects send them back to review; else these rows are
        left out, with a finding each.
        """
        choice = {"rows": rows, "reopens_entry": reopens_entry}
        return _answer(self._http.post(f"{_IMPORTS}/{upload.id}/commit", json=choice), Job)

    def export(self, form: str = "xlsx", *, sort: str = "code", **conditions: str) -> Job:
        """Ask for the projects of a list as a file (`xlsx`, `csv`, `csv-gb18030`); `wait`, then `download`."""
        return _answer(self._http.post(_EXPORTS, json={"form": form, "sort": sort, "filter": conditions}), Job)

    def download(self, export: Job) -> bytes:
        """Return the file of an export that is done."""
        return _bytes(self._http.get(f"{_job_path(export)}/file"))

    def wait(self, job: Job) -> Job:
        """Return the job once it is over."""
        while not (job := _answer(self._http.get(_job_path(job)), Job)).is_over:
            time.sleep(_POLL_SECONDS)
        return job

    def applications(self, code: str) -> dict[str, Any]:
        """Return the applications of a project to libraries and their history, as the API tells them."""
        return _answer(self._http.get(f"{_PATH}/{code}/applications"), dict[str, Any])

    def apply(self, code: str, library: str) -> dict[str, Any]:
        """Begin an application to a library; it is submitted by `move`."""
        return _answer(self._http.post(f"{_PATH}/{code}/applications", json={"library": library}), dict[str, Any])

    def move(
        self, application: int, action: str, *, version: int, reason: str = "", sections: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Submit, withdraw, recommend, return, admit … an application as you saw it."""
        body = {"action": action, "version": version, "reason": reason, "sections": sections or {}}
        return _answer(self._http.post(f"{_API}/applications/{application}/actions", json=body), dict[str, Any])

    def package(self, code: str, kind: str = "full") -> bytes:
        """Build and return the package of a project (ZIP), or a part of it: `teaser`, `bond-plan`."""
        return _bytes(self._http.post(f"{_PATH}/{code}/package", params={"kind": kind}))

    def comments(self, code: str) -> list[dict[str, Any]]:
        """Return the comments on a project that your side may read."""
        return _answer(self._http.get(f"{_PATH}/{code}/comments"), list[dict[str, Any]])

    def comment(self, code: str, section: str, text: str, *, audience: str, field: str | None = None) -> dict[str, Any]:
        """Write a comment on a section or a field; the audience is `city`, `reviewers` or `both`."""
        body = {"section": section, "text": text, "audience": audience, "field": field}
        return _answer(self._http.post(f"{_PATH}/{code}/comments", json=body), dict[str, Any])


class AsyncRegistryClient:
    """Lists and records for asynchronous programs; for the other calls run a `RegistryClient` in a thread."""

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
            page = await self.page(search=search, after=after, limit=100, **conditions)
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

    async def change(
        self, code: str, dossier: Dossier, *, seen: str, reason: str | None = None, reopens_entry: bool = False
    ) -> Saved:
        """Save a new revision on top of the one whose hash is `seen`; 412 tells what differs.

        `reopens_entry` agrees that a major change of an admitted project sends it back to review; else it is refused.
        """
        asked = _change(code, dossier, seen, reason, reopens_entry=reopens_entry)
        return _answer(await self._http.request(**asked), Saved)
