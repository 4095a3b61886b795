"""Every route as every role, anonymous and the wrong groups first. A route without a row here fails the test.

The table is written by hand: one row a route and method, one column for each caller. The project asked for belongs to
`city`, in Zhejiang, and is released to `bank`. 303 sends an anonymous visitor to the sign-in page. Changing calls send
an empty body, so who is let through gets 4xx for the body instead of 403 or 404 for the person, or success.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.testing import TestClient
from sqlalchemy import Engine
from sqlmodel import select

from api.conftest import Client
from api.route_table import TABLE
from builders import dossier
from conftest import People
from registry.accounts.model import Actor, UserAccount
from registry.accounts.operations import issue_token
from registry.accounts.queries import tokens_of
from registry.accounts.sessions import open_web_session
from registry.database import reading, writing
from registry.packages.release.operations import release_package
from registry.projects.documents.store import FolderStore
from registry.projects.operations import create_project, release_project
from registry.settings import Settings, load_settings
from registry.settings import settings as kept_settings
from registry.web.auth import Identity, form_token

CALLERS = ("anonymous", "other_city", "other_bank", "bank", "province", "ministry", "city")
DEAF = {"OPTIONS", "HEAD"}
ENDS_SESSIONS = ("/sign", "/account")
NO_JOB = 999_999_999


def routes(app: Litestar) -> Iterator[tuple[str, str]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            yield from ((method, route.path_format) for method in route.methods if method not in DEAF)


@dataclass(frozen=True)
class Stage:
    """A project of `city`, released to `bank`, and somebody to call as."""

    app: Litestar
    engine: Engine
    people: People
    code: str
    assessment: int
    screening: int
    package: int
    sessions: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By caller, the cookie of the session that is open and a token for its forms."""

    def path(self, template: str) -> str:
        token = self._token_of_city() if "{token_id}" in template else 0
        file = "htmx.min.js" if template.startswith("/lib") else "registry.css"
        numbers = {
            "assessments": self.assessment,
            "screenings": self.screening,
            "rehearsals": NO_JOB,
            "imports": NO_JOB,
            "exports": NO_JOB,
            "package-batches": NO_JOB,
            "package-releases": NO_JOB,
            "packages/": self.package,
        }
        number = next((number for name, number in numbers.items() if name in template), 1)
        name = "provinces" if template.endswith("/tiles") else "funding_mix" if "/portfolio/" in template else "none"
        name = "city-plans" if "/city-papers/" in template else name
        filled = {"code": self.code, "number": number, "name": name, "form": "csv", "path": "none"}
        filled |= {"pack": "central-eco-fund", "file": "mix.csv", "user": 1, "department": "finance"}
        filled |= {"other": "none", "secret": "none", "rule": "none", "picture": 1}
        return template.format(**filled, file_path=file, token_id=token)

    def _token_of_city(self) -> int:
        with writing(self.engine) as session:
            user_id = self.people.city.user_id or 0
            issue_token(session, user_id=user_id, name="matrix")
            return tokens_of(session, user_id)[0].id or 0

    def call(self, client: Client, caller: str, method: str, template: str) -> int:
        """Call once in the caller's session, a new one after any call that may end it: the next must find one."""
        client.cookies.clear()
        headers: dict[str, str] = {}
        if caller != "anonymous":
            if caller not in self.sessions:
                self.sessions[caller] = open_browser(self.engine, getattr(self.people, caller))
            secret, headers["X-CSRF-Token"] = self.sessions[caller]
            client.cookies.set("registry_session", secret)
            if template.startswith(ENDS_SESSIONS):
                del self.sessions[caller]
        elif method != "GET" and not template.startswith("/sign"):
            # With a form token of its own: what keeps anybody out must be that nobody is signed in.
            client.cookies.set("registry_form", "nonce")
            headers["X-CSRF-Token"] = form_token(Identity(self.people.city, None, "nonce"))
        answer = client.request(method, self.path(template), headers=headers, follow_redirects=False)
        return answer.status_code


def open_browser(engine: Engine, actor: Actor) -> tuple[str, str]:
    """Sign an actor in; return the session's cookie and a token for its forms."""
    with writing(engine) as session:
        user = session.exec(select(UserAccount).where(UserAccount.id == actor.user_id)).one()
        secret = open_web_session(session, user)
    return secret, form_token(Identity(actor, "session", secret))


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return replace(load_settings(), is_demo=False, data_dir=data_dir)


@pytest.fixture
def stage(app: Litestar, engine: Engine, people: People, data_dir: Path, cheap_papers: None) -> Stage:
    kept_settings.cache_clear()
    with writing(engine) as session:
        code = create_project(session, people.city, dossier(province_name="浙江省"), reason="录入").code
        release_project(session, people.city, code, organisation_id=people.bank.organisation_id)
    secret, token = open_browser(engine, people.city)
    with TestClient(app) as client:
        client.cookies.set("registry_session", secret)
        made = [
            client.post(path, headers={"X-CSRF-Token": token})
            for path in (f"/api/v1/projects/{code}/assessments", "/api/v1/screenings")
        ]
    assessment, screening = (int(answer.headers["location"].rsplit("/", 1)[1]) for answer in made)
    package = release_package(
        engine,
        people.city,
        code,
        bank_id=people.bank.organisation_id or 0,
        as_of=date(2026, 3, 1),
        store=FolderStore(data_dir / "documents"),
    )
    return Stage(app, engine, people, code, assessment, screening, package.id or 0)


def test_every_route_has_a_row_and_every_row_a_route(stage: Stage) -> None:
    assert set(routes(stage.app)) == set(TABLE)


def test_every_route_answers_every_caller_as_the_table_says(stage: Stage) -> None:
    wrong: list[Any] = []
    with TestClient(stage.app, raise_server_exceptions=False) as client:
        for index, caller in enumerate(CALLERS):
            for (method, template), row in TABLE.items():
                # The address limit is not under test, and every caller here has one address.
                stage.app.state.sign_in_limits.by_address.forgive("testclient")
                status = stage.call(client, caller, method, template)
                if status != row[index]:
                    wrong.append((caller, method, template, f"expected {row[index]}, was {status}"))
    assert "\n".join(map(str, wrong)) == ""


def test_a_token_that_only_reads_changes_nothing(stage: Stage) -> None:
    with writing(stage.engine) as session:
        secret = issue_token(session, user_id=stage.people.city.user_id or 0, name="reader", scopes=())
    headers = {"Authorization": f"Bearer {secret}"}
    with TestClient(stage.app, raise_server_exceptions=False) as client:
        statuses = {
            (method, template): client.request(method, stage.path(template), headers=headers).status_code
            for method, template in TABLE
            if method != "GET"
        }
        assert client.get(f"/api/v1/projects/{stage.code}", headers=headers).status_code == 200
    assert {key: status for key, status in statuses.items() if status != 403} == {}


def test_every_package_taken_leaves_an_entry(stage: Stage) -> None:
    from registry.audit import AuditEntry  # noqa: PLC0415 - beside its only use

    with TestClient(stage.app, raise_server_exceptions=False) as client:
        for caller in ("other_bank", "bank", "ministry"):
            stage.call(client, caller, "POST", "/projects/{code}/package")
            stage.call(client, caller, "GET", "/packages/{number}/file")
    with reading(stage.engine) as session:
        of_packages = AuditEntry.action.in_(("package.build", "package.download"))  # type: ignore[attr-defined]
        taken = select(AuditEntry.action, AuditEntry.actor_id).where(of_packages).order_by(AuditEntry.id)  # type: ignore[arg-type]
        found = list(session.exec(taken))
    bank, ministry = stage.people.bank.user_id, stage.people.ministry.user_id
    assert found == [("package.download", bank), ("package.build", ministry), ("package.download", ministry)]
