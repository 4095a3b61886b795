import asyncio
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import Engine

from applications import LIBRARY, complete_dossier
from builders import dossier
from conftest import People
from registry import jobs
from registry.accounts.operations import issue_token
from registry.client import RegistryClient
from registry.client.asynchronous import AsyncRegistryClient
from registry.client.wire import Refused
from registry.database import writing
from registry.intake import export_work, work
from registry.settings import Settings, load_settings


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return replace(load_settings(), is_demo=False, data_dir=data_dir)


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


class Working(Through):
    """As `Through`, with a worker that does every job at once."""

    def __init__(self, client: TestClient[Litestar], engine: Engine, data_dir: Path) -> None:
        super().__init__(client)
        self._engine = engine
        self._handlers = {**work.handlers(engine, data_dir), **export_work.handlers(engine, data_dir)}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        while jobs.run_next(self._engine, self._handlers) is not None:
            pass
        return super().handle_request(request)


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

    def test_imports_exports_applies_and_comments(
        self, anybody: TestClient[Litestar], engine: Engine, token: str, data_dir: Path
    ) -> None:
        with RegistryClient("http://testserver", token, transport=Working(anybody, engine, data_dir)) as registry:
            upload = registry.wait(registry.upload("项目名称\n湖州河道".encode(), "a.csv"))
            assert upload.result["counts"]["new"] == 1
            taken = registry.wait(registry.take(upload))
            assert list(taken.result["codes"]) == ["a:2"]
            (code,) = taken.result["codes"].values()
            exported = registry.wait(registry.export("csv", search="河道"))
            assert code in registry.download(exported).decode("utf-8-sig")
            begun = registry.apply(code, LIBRARY)
            ended = registry.move(begun["id"], "withdraw", version=begun["version"], reason="不再申报")
            assert ended["state"] == "withdrawn"
            assert [each["state"] for each in registry.applications(code)["applications"]] == ["withdrawn"]
            registry.comment(code, "identity", "请核对名称", audience="both", field="name")
            assert [each["text"] for each in registry.comments(code)] == ["请核对名称"]
            with pytest.raises(Refused) as refused:
                registry.package("ML-9999999", "teaser")
            assert refused.value.status == 404

    def test_is_warned_of_a_project_that_may_be_the_same(self, anybody: TestClient[Litestar], token: str) -> None:
        with RegistryClient("http://testserver", token, transport=Through(anybody)) as registry:
            first = registry.create(complete_dossier())
            assert first.similar == []
            second = registry.create(complete_dossier())
            assert [each["value"] for each in second.similar] == [first.code]
            record = registry.read(second.code)
            changed = registry.change(second.code, complete_dossier(other_debt="3"), seen=record.hash)
            assert [each["value"] for each in changed.similar] == [first.code]
