"""Every page a person of each group can reach by links: accessible, light and dark, on a wide and a narrow screen.

One walk without a browser finds every kind of page and measures it; the browser then looks at one page of each kind.
"""

import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from browser.conftest import serving
from registry.database import open_engine
from registry.demo.people import DEMO_PASSWORD, SAMPLE_PEOPLE
from registry.settings import load_settings

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

ROLES = ("ministry", "huzhou", "bank", "zhejiang", "admin", "public")
AT_HOME = frozenset({"/", "/projects", "/projects/#", "/display", "/sign-in"})
"""Pages looked at for every group; any other kind of page is looked at for the first group that reaches it."""
# Of what passes, axe need not write down every element: that took half its time.
LEVELS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
LARGEST_PAGE = 150_000
PARTS = re.compile(r"[A-Z]{2,}-[\w-]*\d+|\d+|(?<=/rules/)[\w.-]+")
READABLE_FORMATS = re.compile(r"\.(csv|json|xlsx|parquet|zip|pdf|docx|ics|svg)$")
LINK = re.compile(r"<a\b([^>]*?)\bhref=\"([^\"]+)\"([^>]*)>")
LATER = re.compile(r"hx-get=\"([^\"]+)\"[^>]*hx-trigger=\"load")


@dataclass(frozen=True)
class Found:
    """One page as it was answered: for whom, and how many bytes were sent."""

    role: str
    path: str
    status: int
    size: int

    @property
    def name(self) -> str:
        return f"{self.role} {self.path}"


@dataclass
class Looked:
    """What was wrong where, by kind of fault, and at which pages somebody looked."""

    pages: list[str] = field(default_factory=list)
    serious: list[str] = field(default_factory=list)
    serious_in_the_dark: list[str] = field(default_factory=list)
    too_wide: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a registry with a nation."""
    folder = tmp_path_factory.mktemp("every-page")
    address = f"sqlite:///{folder / 'registry.db'}"
    environment = {"REGISTRY_DEMO": "1", "REGISTRY_DATA_DIR": str(folder), "REGISTRY_DATABASE_URL": address}
    command = [str(Path(sys.executable).parent / "registry"), "demo", "--projects", "150"]
    subprocess.run(command, env=os.environ | environment, check=True, capture_output=True)
    engine = open_engine(address)
    with serving(engine, replace(load_settings(), is_demo=True, data_dir=folder)) as url:
        yield url
    engine.dispose()


@pytest.fixture(scope="module")
def pages(site: str) -> list[Found]:
    return list(_all_pages(site))


def _all_pages(url: str) -> Iterator[Found]:
    kinds: set[str] = set()
    for role in ROLES:
        with httpx.Client(base_url=url, timeout=60, headers={"accept": "text/html"}) as client:
            if role != "public":
                assert role in {person.login for person in SAMPLE_PEOPLE}
                form = {"login": role, "password": DEMO_PASSWORD, "_csrf": _token(client.get("/sign-in").text)}
                assert client.post("/sign-in", data=form).status_code in {302, 303}
            yield from _walk(client, url, role, kinds)


def _token(html: str) -> str:
    found = re.search(r'name="_csrf" value="([^"]*)"', html)
    assert found is not None
    return found[1]


def _walk(client: httpx.Client, url: str, role: str, kinds: set[str]) -> Iterator[Found]:
    waiting, here = deque(["/", "/projects", "/display", "/sign-in"]), set[str]()
    while waiting:
        path = waiting.popleft()
        kind = PARTS.sub("#", urlsplit(path).path)
        if kind in here or (kind in kinds and kind not in AT_HOME) or READABLE_FORMATS.search(kind):
            continue
        here.add(kind)
        kinds.add(kind)
        answer = client.get(path)
        if answer.status_code in {301, 302, 303, 307} or "html" not in answer.headers.get("content-type", ""):
            continue
        yield Found(role, path, answer.status_code, answer.num_bytes_downloaded)
        waiting.extend(_links(client, url, path, answer.text))


def _links(client: httpx.Client, url: str, path: str, html: str) -> Iterator[str]:
    """Yield the pages a page leads to, also from the parts it fetches by itself."""
    later = [client.get(unescape(part), headers={"hx-request": "true"}).text for part in LATER.findall(html)]
    for text in (html, *later):
        for before, href, after in LINK.findall(text):
            whole = urljoin(url + path, unescape(href))
            parts = urlsplit(whole)
            is_page = whole.startswith(url) and not parts.path.startswith(("/static", "/lib", "/api", "/schema"))
            if is_page and "lang=" not in parts.query and "download" not in before + after:
                yield f"{parts.path}?{parts.query}" if parts.query else parts.path


@pytest.fixture(scope="module")
def looked(chromium: Browser, site: str, pages: list[Found]) -> Iterator[Looked]:
    """What the browser saw of every page."""
    seen, contexts = Looked(), dict[str, BrowserContext]()
    for each in pages:
        if each.role not in contexts:
            contexts[each.role] = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
            if each.role != "public":
                _sign_in(contexts[each.role].new_page(), site, each.role)
        page = contexts[each.role].pages[0] if contexts[each.role].pages else contexts[each.role].new_page()
        _look(page, site, each, seen)
    yield seen
    for context in contexts.values():
        context.close()


def _sign_in(page: Page, url: str, role: str) -> None:
    page.goto(f"{url}/sign-in")
    page.get_by_label("用户名").fill(role)
    page.get_by_label("密码").fill(DEMO_PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_load_state()


def _look(page: Page, url: str, each: Found, seen: Looked) -> None:
    page.goto(url + each.path)
    if page.locator("[hx-trigger^=load]").count():
        page.wait_for_load_state("networkidle")
    seen.pages.append(each.name)
    seen.serious += [f"{each.name}: {fault}" for fault in _faults(Axe().run(page, options=LEVELS).response)]
    page.emulate_media(color_scheme="dark")
    # The first run left axe in the page.
    in_the_dark = page.evaluate("axe.run({runOnly: ['color-contrast'], resultTypes: ['violations']})")
    seen.serious_in_the_dark += [f"{each.name}: {fault}" for fault in _faults(in_the_dark)]
    page.emulate_media(color_scheme="light")
    for width in (375, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        reached = page.evaluate("document.documentElement.scrollWidth")
        if reached > width:
            seen.too_wide.append(f"{each.name}: {reached} at {width}")


def _faults(response: Any) -> list[str]:
    return [
        f"{each['id']} {each['nodes'][0]['html'][:200]} ({len(each['nodes'])})"
        for each in response["violations"]
        if each["impact"] in {"serious", "critical"}
    ]


class TestTheWalk:
    def test_reaches_most_kinds_of_pages(self, pages: list[Found]) -> None:
        assert len(pages) > 60
        assert {each.role for each in pages} == set(ROLES)

    def test_meets_no_broken_page(self, pages: list[Found]) -> None:
        broken = [each for each in pages if each.status >= 500 or (each.status == 404 and each.role != "public")]
        assert broken == []

    def test_meets_no_page_heavier_than_150_kilobytes(self, pages: list[Found]) -> None:
        assert [each for each in pages if each.size > LARGEST_PAGE and not each.path.startswith("/reference")] == []


class TestALook:
    def test_is_taken_at_every_page(self, looked: Looked, pages: list[Found]) -> None:
        assert looked.pages == [each.name for each in pages]

    def test_finds_no_serious_fault_for_people_with_impairments(self, looked: Looked) -> None:
        assert looked.serious == []

    def test_finds_nothing_hard_to_read_in_the_dark(self, looked: Looked) -> None:
        assert looked.serious_in_the_dark == []

    def test_finds_no_page_wider_than_a_telephone_or_a_small_screen(self, looked: Looked) -> None:
        assert looked.too_wide == []
