"""The client for asynchronous programs."""

from collections.abc import AsyncIterator
from typing import Self

import httpx

from registry.client.wire import (
    PROJECTS,
    Page,
    Record,
    Revision,
    Saved,
    answer_of,
    change_request,
    create_request,
    list_request,
)
from registry.projects.model import Dossier
from registry.projects.queries import ProjectSummary


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
        return answer_of(await self._http.request(**list_request(search, after, limit, conditions)), Page)

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
        return answer_of(await self._http.get(f"{PROJECTS}/{code}"), Record)

    async def revisions(self, code: str) -> list[Revision]:
        """Return the history of a project, oldest first."""
        return answer_of(await self._http.get(f"{PROJECTS}/{code}/revisions"), list[Revision])

    async def create(self, dossier: Dossier, *, reason: str | None = None, idempotency_key: str | None = None) -> Saved:
        """Create a project; the same key twice creates it once."""
        return answer_of(await self._http.request(**create_request(dossier, reason, idempotency_key)), Saved)

    async def change(
        self, code: str, dossier: Dossier, *, seen: str, reason: str | None = None, reopens_entry: bool = False
    ) -> Saved:
        """Save a new revision on top of the one whose hash is `seen`; 412 tells what differs.

        `reopens_entry` agrees that a major change of an admitted project sends it back to review; else it is refused.
        """
        asked = change_request(code, dossier, seen, reason, reopens_entry=reopens_entry)
        return answer_of(await self._http.request(**asked), Saved)
