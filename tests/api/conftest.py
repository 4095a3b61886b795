"""The application on an empty database, one client for each way of asking."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partialmethod
from typing import Any

import pytest
from httpx import Response
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import Engine

from conftest import PASSWORD, People
from registry.accounts.model import Actor
from registry.accounts.operations import issue_token
from registry.database import writing
from registry.settings import Settings, load_settings
from started import started_app

Client = TestClient[Litestar]
FORM_TOKEN = re.compile(r'name="_csrf" value="([^"]+)"')


@pytest.fixture
def settings() -> Settings:
    """The settings of the application under test; a file that needs others overrides this."""
    return replace(load_settings(), is_demo=False)


@pytest.fixture
def app(engine: Engine, settings: Settings) -> Litestar:
    return started_app(engine, settings)


@pytest.fixture
def anybody(app: Litestar) -> Iterator[Client]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


class Caller:
    """A program that sends its API token with every call."""

    def __init__(self, client: Client, token: str) -> None:
        self._client = client
        self._token = token

    def request(self, method: str, path: str, *, headers: dict[str, str] | None = None, **details: Any) -> Response:
        sent = {"Authorization": f"Bearer {self._token}", **(headers or {})}
        return self._client.request(method, path, headers=sent, **details)

    get = partialmethod(request, "GET")
    post = partialmethod(request, "POST")
    put = partialmethod(request, "PUT")
    delete = partialmethod(request, "DELETE")
    options = partialmethod(request, "OPTIONS")


CallAs = Callable[[Actor], Caller]


@pytest.fixture
def call_as(anybody: Client, engine: Engine) -> CallAs:
    """Return callers that send an API token of the actor."""

    def caller_of(actor: Actor) -> Caller:
        assert actor.user_id is not None
        with writing(engine) as session:
            return Caller(anybody, issue_token(session, user_id=actor.user_id, name="test"))

    return caller_of


@pytest.fixture
def city(call_as: CallAs, people: People) -> Caller:
    return call_as(people.city)


def form_token(html: str) -> str:
    found = FORM_TOKEN.search(html)
    assert found is not None
    return found[1]


def sign_in(client: Client, login: str, password: str = PASSWORD) -> int:
    """Sign in through the form as a browser would; return the status of the answer."""
    token = form_token(client.get("/sign-in").text)
    fields = {"login": login, "password": password, "_csrf": token, "next": "/projects"}
    return client.post("/sign-in", data=fields, follow_redirects=False).status_code
