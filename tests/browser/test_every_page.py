"""Every page a person of each group can reach by links: accessible, light and dark, on a wide and a narrow screen."""

import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from browser.conftest import serving
from registry.database import open_engine
from registry.demo.people import DEMO_PASSWORD, SAMPLE_PEOPLE
from registry.settings import load_settings

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("every page"), pytest.mark.timeout(900)]

ROLES = ("ministry", "huzhou", "bank", "zhejiang", "admin", "public")
AT_HOME = frozenset({"/", "/projects", "/projects/#", "/display", "/sign-in"})
"""Pages looked at for every group; any other kind of page is looked at for the first group that reaches it."""
LEVELS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
LARGEST_PAGE = 150_000
PARTS = re.compile(r"[A-Z]{2,}-[\w-]*\d+|\d+|(?<=/rules/)[\w.-]+")
READABLE_FORMATS = re.compile(r"\.(csv|json|xlsx|parquet|zip|pdf|docx)$")


@dataclass
class Seen:
    """What was wrong where, by kind of fault; and how many pages were looked at."""

    pages: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    heavy: list[str] = field(default_factory=list)
    serious: list[str] = field(default_factory=list)
    serious_in_the_dark: list[str] = field(default_factory=list)
    too_wide: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def seen(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    folder = tmp_path_factory.mktemp("nation")
    address = f"sqlite:///{folder / 'registry.db'}"
    environment = os.environ | {
        "REGISTRY_DEMO": "1",
        "REGISTRY_DATA_DIR": str(folder),
        "REGISTRY_DATABASE_URL": address,
    }
    subprocess.run(
        [str(Path(sys.executable).parent / "registry"), "demo", "--projects", "150"],
        env=environment,
        check=True,
        capture_output=True,
    )
    engine = open_engine(address)
    found = Seen()
    kinds: set[str] = set()
    with serving(engine, replace(load_settings(), is_demo=True, data_dir=folder)) as url:
        for role in ROLES:
            context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
            page = context.new_page()
            if role != "public":
                _sign_in(page, url, role)
            _walk(page, url, role, kinds, found)
            context.close()
    yield found
    engine.dispose()


def _sign_in(page: Page, url: str, role: str) -> None:
    assert role in {person.login for person in SAMPLE_PEOPLE}
    page.goto(f"{url}/sign-in")
    page.get_by_label("用户名").fill(role)
    page.get_by_label("密码").fill(DEMO_PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_load_state()


def _walk(page: Page, url: str, role: str, kinds: set[str], found: Seen) -> None:
    waiting, here = deque(["/", "/projects", "/display", "/sign-in"]), set[str]()
    while waiting:
        path = waiting.popleft()
        kind = PARTS.sub("#", urlsplit(path).path)
        if kind in here or (kind in kinds and kind not in AT_HOME) or READABLE_FORMATS.search(kind):
            continue
        here.add(kind)
        kinds.add(kind)
        answer = page.request.get(url + path, max_redirects=0)
        if answer.status in {301, 302, 303, 307} or "html" not in answer.headers.get("content-type", ""):
            continue
        page.goto(url + path, wait_until="networkidle")
        sent = int(answer.headers.get("content-length", len(answer.body())))
        _look(page, f"{role} {path}", answer.status, sent, found)
        for link in page.eval_on_selector_all(
            "a[href]:not([download])", "all => all.map(one => new URL(one.getAttribute('href'), location).href)"
        ):
            parts = urlsplit(link)
            is_page = link.startswith(url) and not parts.path.startswith(("/static", "/lib", "/api", "/schema"))
            if is_page and "lang=" not in parts.query:
                waiting.append(f"{parts.path}?{parts.query}" if parts.query else parts.path)


def _look(page: Page, name: str, status: int, size: int, found: Seen) -> None:
    found.pages.append(name)
    if status >= 500 or (status == 404 and "public" not in name):
        found.broken.append(f"{name}: {status}")
    if size > LARGEST_PAGE and "/reference" not in name:
        found.heavy.append(f"{name}: {size}")
    found.serious += [f"{name}: {fault}" for fault in _faults(page, LEVELS)]
    page.emulate_media(color_scheme="dark")
    found.serious_in_the_dark += [f"{name}: {fault}" for fault in _faults(page, {"runOnly": ["color-contrast"]})]
    page.emulate_media(color_scheme="light")
    for width in (375, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        reached = page.evaluate("document.documentElement.scrollWidth")
        if reached > width:
            found.too_wide.append(f"{name}: {reached} at {width}")


def _faults(page: Page, options: dict[str, list[str]]) -> list[str]:
    violations = Axe().run(page, options=options).response["violations"]
    return [
        f"{each['id']} {each['nodes'][0]['html'][:200]} ({len(each['nodes'])})"
        for each in violations
        if each["impact"] in {"serious", "critical"}
    ]


def test_most_kinds_of_pages_were_reached(seen: Seen) -> None:
    assert len(seen.pages) > 60
    assert {name.split()[0] for name in seen.pages} == set(ROLES)


def test_no_page_is_broken(seen: Seen) -> None:
    assert seen.broken == []


def test_no_page_has_a_serious_fault_for_people_with_impairments(seen: Seen) -> None:
    assert seen.serious == []


def test_no_page_is_hard_to_read_in_the_dark(seen: Seen) -> None:
    assert seen.serious_in_the_dark == []


def test_no_page_is_wider_than_a_telephone_or_a_small_screen(seen: Seen) -> None:
    assert seen.too_wide == []


def test_no_page_is_heavier_than_150_kilobytes(seen: Seen) -> None:
    assert seen.heavy == []
