"""A released project, one that never was, and who looks at the display: shared by its tests."""

import base64
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from api.conftest import CallAs, Client
from builders import dossier
from conftest import People
from registry.database import writing
from registry.projects.operations import create_project
from registry.settings import Settings, load_settings
from registry.settings import settings as kept_settings
from registry.web.bodies import as_of_or_today

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
OPEN_FILES = (
    "/display",
    "/display/projects",
    "/display/cases",
    "/api/v1/display",
    "/api/v1/display/projects",
    "/api/v1/display/projects.json",
    "/api/v1/display/projects.csv",
    "/api/v1/display/cases",
    "/api/v1/display/cases.csv",
)
LINK = re.compile(r'(?:href|src|action)="(/[^"]*)"')
SECRET = "绝密实施主体公司"
OTHER = "从未放行的项目"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("display")


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return replace(load_settings(), is_demo=False, data_dir=data_dir)


@dataclass(frozen=True)
class Stage:
    """Two projects of the city, one released; and callers of each office."""

    code: str
    other: str
    city: Any
    other_city: Any
    province: Any
    ministry: Any
    bank: Any


@pytest.fixture
def stage(
    engine: Engine, people: People, call_as: CallAs, monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> Iterator[Stage]:
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(data_dir))
    kept_settings.cache_clear()
    with writing(engine) as session:
        shown = dossier(implementer_name=SECRET, province_name="浙江省", city_name="湖州市")
        code = create_project(session, people.city, shown, reason="录入").code
        other = create_project(session, people.city, dossier(name=OTHER), reason="录入").code
    yield Stage(
        code,
        other,
        *(call_as(getattr(people, name)) for name in ("city", "other_city", "province", "ministry", "bank")),
    )
    kept_settings.cache_clear()


def release(stage: Stage, *, fields: tuple[str, ...] = ("total_investment",), **more: Any) -> Any:
    return stage.city.put(f"/api/v1/projects/{stage.code}/display", json={"fields": list(fields), **more})


def tomorrow() -> str:
    return (as_of_or_today(None) + timedelta(days=1)).isoformat()


def everything(client: Client, *more: str) -> dict[str, str]:
    """Return the text of every page and file anybody reaches by links from the display, and of these addresses."""
    found: dict[str, str] = {}
    waiting = deque([*OPEN_FILES, *more])
    while waiting:
        address = waiting.popleft()
        if address in found:
            continue
        assert len(found) < 200
        answer = client.get(address, follow_redirects=False)
        found[address] = answer.text
        if "html" in answer.headers.get("content-type", "") and answer.status_code == 200:
            links = (unescape(link).partition("#")[0] for link in LINK.findall(answer.text))
            waiting += [link for link in links if link.startswith(("/display", "/api/v1/display"))]
    return found
