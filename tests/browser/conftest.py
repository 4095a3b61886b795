"""A real Chromium against a real server on a free port."""

import shutil
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from sqlalchemy import Engine

from builders import dossier
from programs import chromium_path
from registry.accounts.operations import add_organisation, add_user
from registry.accounts.queries import actor_by_login
from registry.database import open_engine, reading, writing
from registry.projects.operations import create_project
from registry.settings import Settings, load_settings
from registry.web.pages.sign_in import DemoLogin
from started import started_app

PASSWORD = "correct horse 42"
CUT_OFF = ("htmx:afterRequest", "htmx:sendAbort", "htmx:sendError")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser of the system, closed with its file: until then its event loop runs in this thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass(frozen=True)
class Site:
    """A running registry with one project of the city."""

    url: str
    engine: Engine
    code: str


@pytest.fixture
def site(tmp_path: Path, migrated_file: Path) -> Iterator[Site]:
    engine = open_engine(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'registry.db')}")
    with writing(engine) as session:
        place = add_organisation(session, name="湖州市财政局", group="city", division_code="330500")
        assert place.id is not None
        add_user(session, login="city", display_name="湖州市填报员", password=PASSWORD, organisation_id=place.id)
    with reading(engine) as session:
        city = actor_by_login(session, "city")
    with writing(engine) as session:
        code = create_project(session, city, dossier(province_name="浙江省"), reason="录入", is_demo=True).code
    settings = replace(load_settings(), is_demo=True)
    with serving(engine, settings, [DemoLogin("city", PASSWORD, "市级填报人员", "City clerk")]) as url:
        yield Site(url, engine, code)
    engine.dispose()


def complaints(page: Page) -> list[str]:
    """What the page will have complained of; not that a request was still under way when somebody left the page."""
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(CUT_OFF):
            said.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


@contextmanager
def serving(engine: Engine, settings: Settings, logins: Sequence[DemoLogin] = ()) -> Iterator[str]:
    """Serve the application from a thread on a free port; give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(started_app(engine, settings, logins), host="127.0.0.1", port=port, log_level="error")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)
