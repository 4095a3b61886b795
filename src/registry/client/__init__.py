"""A typed client of the API, for programs and notebooks, sync and async.

    with RegistryClient("http://127.0.0.1:8000", token) as registry:
        for project in registry.projects(search="污水"):
            record = registry.read(project.code)

Money arrives as decimal text in 万元; `record.dossier()` gives the checked dossier with Decimals.
"""

import time
from collections.abc import Iterator
from typing import Any, Self

import httpx

from registry.client.wire import (
    API,
    EXPORTS,
    IMPORTS,
    PROJECTS,
    Job,
    Page,
    Record,
    Revision,
    Saved,
    answer_of,
    change_request,
    content_of,
    create_request,
    job_path,
    list_request,
)
from registry.projects.model import Dossier
from registry.projects.queries import ProjectSummary

_POLL_SECONDS = 0.5


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
        return answer_of(self._http.request(**list_request(search, after, limit, conditions)), Page)

    def projects(self, *, search: str | None = None, **conditions: str) -> Iterator[ProjectSummary]:
        """Go through all projects you may see, page by page."""
        page = self.page(search=search, limit=100, **conditions)
        yield from page.items
        while page.next is not None:
            page = self.page(search=search, after=page.next, limit=100, **conditions)
            yield from page.items

    def read(self, code: str) -> Record:
        """Return the latest revision of a project."""
        return answer_of(self._http.get(f"{PROJECTS}/{code}"), Record)

    def revisions(self, code: str) -> list[Revision]:
        """Return the history of a project, oldest first."""
        return answer_of(self._http.get(f"{PROJECTS}/{code}/revisions"), list[Revision])

    def create(self, dossier: Dossier, *, reason: str | None = None, idempotency_key: str | None = None) -> Saved:
        """Create a project; the same key twice creates it once."""
        return answer_of(self._http.request(**create_request(dossier, reason, idempotency_key)), Saved)

    def change(
        self, code: str, dossier: Dossier, *, seen: str, reason: str | None = None, reopens_entry: bool = False
    ) -> Saved:
        """Save a new revision on top of the one whose hash is `seen`; 412 tells what differs.

        `reopens_entry` agrees that a major change of an admitted project sends it back to review; else it is refused.
        """
        asked = change_request(code, dossier, seen, reason, reopens_entry=reopens_entry)
        return answer_of(self._http.request(**asked), Saved)

    def upload(self, content: bytes, name: str) -> Job:
        """Send a CSV or XLSX; the job compares it with what is stored and takes nothing yet. `wait`, then `take`."""
        return answer_of(self._http.post(IMPORTS, params={"name": name}, content=content), Job)

    def take(self, upload: Job, rows: list[str] | None = None, *, reopens_entry: bool = False) -> Job:
        """Take all rows of an upload, or those named `sheet:number`; `wait` tells the code of each, by the same name.

        `reopens_entry` agrees that major changes of admitted projects send them back to review; else these rows are
        left out, with a finding each.
        """
        choice = {"rows": rows, "reopens_entry": reopens_entry}
        return answer_of(self._http.post(f"{IMPORTS}/{upload.id}/commit", json=choice), Job)

    def export(self, form: str = "xlsx", *, sort: str = "code", **conditions: str) -> Job:
        """Ask for the projects of a list as a file (`xlsx`, `csv`, `csv-gb18030`); `wait`, then `download`."""
        return answer_of(self._http.post(EXPORTS, json={"form": form, "sort": sort, "filter": conditions}), Job)

    def download(self, export: Job) -> bytes:
        """Return the file of an export that is done."""
        return content_of(self._http.get(f"{job_path(export)}/file"))

    def wait(self, job: Job) -> Job:
        """Return the job once it is over."""
        while not (job := answer_of(self._http.get(job_path(job)), Job)).is_over:
            time.sleep(_POLL_SECONDS)
        return job

    def applications(self, code: str) -> dict[str, Any]:
        """Return the applications of a project to libraries and their history, as the API tells them."""
        return answer_of(self._http.get(f"{PROJECTS}/{code}/applications"), dict[str, Any])

    def apply(self, code: str, library: str) -> dict[str, Any]:
        """Begin an application to a library; it is submitted by `move`."""
        return answer_of(self._http.post(f"{PROJECTS}/{code}/applications", json={"library": library}), dict[str, Any])

    def move(
        self, application: int, action: str, *, version: int, reason: str = "", sections: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Submit, withdraw, recommend, return, admit … an application as you saw it."""
        body = {"action": action, "version": version, "reason": reason, "sections": sections or {}}
        return answer_of(self._http.post(f"{API}/applications/{application}/actions", json=body), dict[str, Any])

    def package(self, code: str, kind: str = "full") -> bytes:
        """Build and return the package of a project (ZIP), or a part of it: `teaser`, `bond-plan`."""
        return content_of(self._http.post(f"{PROJECTS}/{code}/package", params={"kind": kind}))

    def comments(self, code: str) -> list[dict[str, Any]]:
        """Return the comments on a project that your side may read."""
        return answer_of(self._http.get(f"{PROJECTS}/{code}/comments"), list[dict[str, Any]])

    def comment(self, code: str, section: str, text: str, *, audience: str, field: str | None = None) -> dict[str, Any]:
        """Write a comment on a section or a field; the audience is `city`, `reviewers` or `both`."""
        body = {"section": section, "text": text, "audience": audience, "field": field}
        return answer_of(self._http.post(f"{PROJECTS}/{code}/comments", json=body), dict[str, Any])
