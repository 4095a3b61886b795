"""What goes over the wire between a client and the API: addresses, requests, records, and answers that refuse."""

from datetime import datetime
from typing import Any, TypeVar

import httpx
import msgspec

from registry.errors import RegistryError
from registry.projects.model import Dossier
from registry.projects.operations import document_text
from registry.projects.queries import ProjectSummary
from registry.projects.validation import validate_dossier

T = TypeVar("T")
API = "/api/v1"
PROJECTS, IMPORTS, EXPORTS = f"{API}/projects", f"{API}/imports", f"{API}/exports"


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


def list_request(search: str | None, after: str | None, limit: int, conditions: dict[str, str]) -> dict[str, Any]:
    """Return the call for one page of projects; a condition that is None is not asked."""
    asked = {"search": search, "after": after, "limit": limit, **conditions}
    return {
        "method": "GET",
        "url": PROJECTS,
        "params": {name: value for name, value in asked.items() if value is not None},
    }


def create_request(dossier: Dossier, reason: str | None, idempotency_key: str | None) -> dict[str, Any]:
    """Return the call that creates a project."""
    headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
    return _write("POST", PROJECTS, dossier, reason, headers)


def change_request(
    code: str, dossier: Dossier, seen: str, reason: str | None, *, reopens_entry: bool
) -> dict[str, Any]:
    """Return the call that saves a revision on top of the one whose hash is `seen`."""
    asked = _write("PUT", f"{PROJECTS}/{code}", dossier, reason, {"If-Match": f'"{seen}"'})
    if reopens_entry:
        asked["params"]["reopens_entry"] = "true"
    return asked


def _write(method: str, url: str, dossier: Dossier, reason: str | None, headers: dict[str, str]) -> dict[str, Any]:
    return {
        "method": method,
        "url": url,
        "params": {} if reason is None else {"reason": reason},
        "content": document_text(dossier).encode(),
        "headers": {**headers, "Content-Type": "application/json"},
    }


def content_of(response: httpx.Response) -> bytes:
    """Return the file of an answer. Raises Refused."""
    if not response.is_success:
        answer_of(response, bytes)
    return response.content


def job_path(job: Job) -> str:
    """Return the address at which a job is followed."""
    return f"{EXPORTS if job.kind == 'export-projects' else IMPORTS}/{job.id}"


def answer_of(response: httpx.Response, kind: type[T]) -> T:
    """Return the record of an answer. Raises Refused."""
    if response.is_success:
        return msgspec.json.decode(response.content, type=kind)
    try:
        problem = msgspec.json.decode(response.content, type=dict[str, Any])
    except msgspec.DecodeError:
        problem = {}
    raise Refused(response.status_code, problem)
