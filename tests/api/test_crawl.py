"""Follow every link as every role: no page may show a word of a project that this role must not know of."""

import re
from collections import deque
from dataclasses import dataclass
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import Engine

from api.conftest import Client
from api.test_route_matrix import open_browser
from builders import dossier
from conftest import People
from registry.accounts.model import Actor
from registry.database import writing
from registry.projects.operations import create_project, release_project

LINK = re.compile(r'(?:href|src|action|hx-get)="([^"]+)"')
MOST_PAGES = 400


@dataclass(frozen=True)
class Secret:
    """One project by the words only its own pages may hold."""

    name: str
    code: str
    readers: frozenset[str]


@pytest.fixture
def secrets(engine: Engine, people: People) -> list[Secret]:
    plans = [
        ("甲项目只给湖州和甲行", people.city, "330502", people.bank, {"city", "province", "ministry", "bank"}),
        ("乙项目只属枣庄", people.other_city, "370402", None, {"other_city", "ministry"}),
        ("丙项目枣庄给乙行", people.other_city, "370403", people.other_bank, {"other_city", "ministry", "other_bank"}),
    ]
    made = []
    with writing(engine) as session:
        for name, owner, place, bank, readers in plans:
            code = create_project(session, owner, dossier(name=name, city_code=place), reason=f"{name}录入").code
            if bank is not None:
                release_project(session, owner, code, organisation_id=bank.organisation_id)
            made.append(Secret(name, code, frozenset(readers)))
    return made


def crawl(client: Client) -> dict[str, str]:
    """Return the text of every page reached from the first by links, and by the addresses one could guess."""
    found: dict[str, str] = {}
    waiting = deque(["/", "/projects", "/projects.csv", "/api/v1/projects", "/api/v1/portfolio", "/reference"])
    while waiting and len(found) < MOST_PAGES:
        address = waiting.popleft()
        if address in found:
            continue
        answer = client.get(address, follow_redirects=False)
        found[address] = answer.text if answer.headers.get("content-type", "").startswith(("text", "appl")) else ""
        if "html" in answer.headers.get("content-type", ""):
            waiting += [local for link in LINK.findall(answer.text) if (local := _local(address, unescape(link)))]
    assert len(found) < MOST_PAGES
    return found


def _local(page: str, link: str) -> str | None:
    parts = urlsplit(urljoin(f"http://testserver.local{page}", link))
    is_page = parts.hostname == "testserver.local" and not parts.path.startswith(("/static", "/lib", "/schema"))
    if not is_page or "lang=" in parts.query:
        return None
    if parts.path.startswith(("/screening", "/projects")) and "&" in parts.query:
        # Two conditions narrow what each shows alone, and there is no end of them.
        return None
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


@pytest.mark.slow
@pytest.mark.parametrize("caller", ["anonymous", "other_bank", "bank", "other_city", "city", "province", "ministry"])
def test_no_link_shows_a_role_the_data_of_another_group(
    caller: str, app: Litestar, engine: Engine, people: People, secrets: list[Secret]
) -> None:
    with TestClient(app, raise_server_exceptions=False) as client:
        actor: Actor | None = getattr(people, caller, None)
        if actor is not None:
            client.cookies.set("registry_session", open_browser(engine, actor)[0])
        pages = crawl(client)
        # Addresses nobody linked to, tried with the codes themselves.
        for secret in secrets:
            for path in ("", "/edit", "/document.json", "/revisions/1", "/nearest"):
                address = f"/projects/{secret.code}{path}"
                pages.setdefault(address, client.get(address, follow_redirects=False).text)
    assert not [address for address, text in pages.items() if "Traceback" in text]
    for secret in secrets:
        shown = [address for address, text in pages.items() if secret.name in text]
        assert bool(shown) is (caller in secret.readers), (secret.name, shown)
        if caller not in secret.readers:
            # A refusal repeats the code it was asked for; no page reached by a link may name it.
            assert not [
                address for address, text in pages.items() if secret.code in text and secret.code not in address
            ]
