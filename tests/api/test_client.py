import asyncio

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import Engine

from builders import dossier
from conftest import People
from registry.accounts.operations import issue_token
from registry.client import AsyncRegistryClient, Refused, RegistryClient
from registry.database import writing


@pytest.fixture
def token(engine: Engine, people: People) -> str:
    assert people.city.user_id is not None
    with writing(engine) as session:
        return issue_token(session, user_id=people.city.user_id, name="client")


class Through(httpx.BaseTransport):
    """Sends the client's requests into the application without a network."""

    def __init__(self, client: TestClient[Litestar]) -> None:
        self._client = client

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._client.request(
            request.method, request.url.raw_path.decode(), content=request.read(), headers=dict(request.headers)
        )
        return httpx.Response(answer.status_code, content=answer.content)


class TestTheClient:
    def test_creates_reads_changes_and_lists(self, anybody: TestClient[Litestar], token: str) -> None:
        with RegistryClient("http://testserver", token, transport=Through(anybody)) as registry:
            made = registry.create(dossier(), reason="录入", idempotency_key="k")
            assert registry.create(dossier(), reason="录入", idempotency_key="k") == made
            record = registry.read(made.code)
            assert record.dossier() == dossier()
            changed = registry.change(made.code, dossier(name="改名工程"), seen=record.hash)
            assert (changed.change, changed.revision_number) == ("changed", 2)
            with pytest.raises(Refused) as refused:
                registry.change(made.code, dossier(name="再改名工程"), seen=record.hash)
            assert refused.value.status == 412
            assert refused.value.problem["differences"][0]["after"] == "再改名工程"
            assert [item.number for item in registry.revisions(made.code)] == [1, 2]
            assert [item.name for item in registry.projects(search="改名")] == ["改名工程"]

    def test_does_the_same_asynchronously(self, app: Litestar, token: str) -> None:
        async def use() -> list[str | None]:
            transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
            async with AsyncRegistryClient("http://testserver", token, transport=transport) as registry:
                made = await registry.create(dossier())
                record = await registry.read(made.code)
                await registry.change(made.code, dossier(name="改名工程"), seen=record.hash)
                assert len(await registry.revisions(made.code)) == 2
                return [item.name async for item in registry.projects()]

        assert asyncio.run(use()) == ["改名工程"]
