"""Sign-in through an identity provider: a small one, run here on 127.0.0.1."""

import hashlib
import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from litestar.testing import TestClient
from sqlalchemy import Engine, update
from sqlmodel import col

from api.conftest import Client
from conftest import People
from registry.accounts.model import UserAccount
from registry.audit import now
from registry.database import writing
from registry.settings import Settings, load_settings
from started import started_app

RETURN = "http://testserver.local/sign-in/oidc/return"
CLIENT, PASSWORD = "registry", "client secret"


@dataclass
class Provider:
    """What the provider says; a test changes one thing to see it refused."""

    url: str
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}, private=True))
    signs_with: RSAKey | None = None
    claims: dict[str, Any] = field(default_factory=dict)
    issuer: str | None = None
    asked: dict[str, str] = field(default_factory=dict)
    """The query the browser brought from the registry."""

    def metadata(self) -> dict[str, str]:
        places = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
        return {"issuer": self.issuer or self.url, **{name: self.url + path for name, path in places.items()}}

    def token(self, form: dict[str, str]) -> dict[str, str] | None:
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = urlsafe_b64encode(digest).decode().rstrip("=")
        is_right = challenge == self.asked["code_challenge"] and form["redirect_uri"] == RETURN
        if form["code"] != "the code" or not is_right:
            return None
        moment = int(now().timestamp())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": "person-7",
            "iat": moment,
            "exp": moment + 300,
            "nonce": self.asked["nonce"],
            **self.claims,
        }
        key = self.signs_with or self.key
        return {
            "access_token": "x",
            "token_type": "Bearer",
            "id_token": jwt.encode({"alg": "RS256", "kid": "one"}, claims, key),
        }


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    place: list[Provider] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self, value: Any) -> None:
            body = json.dumps(value).encode()
            self.send_response(400 if value is None else 200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            is_keys = self.path == "/keys"
            self.answer({"keys": [place[0].key.as_dict(private=False)]} if is_keys else place[0].metadata())

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            has_secret = self.headers["Authorization"].startswith("Basic ")
            self.answer(place[0].token(dict(parse_qsl(sent))) if has_secret else None)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    place.append(Provider(f"http://127.0.0.1:{server.server_address[1]}"))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield place[0]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def provider(running: Provider) -> Provider:
    running.claims, running.issuer, running.signs_with = {}, None, None
    return running


@pytest.fixture
def configured(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return replace(
        load_settings(),
        is_demo=False,
        oidc_issuer=provider.url,
        oidc_client_id=CLIENT,
        oidc_client_secret=PASSWORD,
        oidc_return_url=RETURN,
    )


@pytest.fixture
def browser(engine: Engine, configured: Settings, people: People) -> Iterator[Client]:
    with writing(engine) as session:
        linked = update(UserAccount).where(col(UserAccount.login) == "city").values(oidc_subject="person-7")
        session.execute(linked)
    with TestClient(started_app(engine, configured), raise_server_exceptions=False) as client:
        yield client


def leave(browser: Client, provider: Provider) -> dict[str, str]:
    """Go to the provider; return the query it was asked with."""
    answer = browser.get("/sign-in/oidc", params={"next": "/projects"}, follow_redirects=False)
    assert answer.status_code == 303
    address = urlsplit(answer.headers["location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{provider.url}/authorize"
    provider.asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    return provider.asked


def come_back(browser: Client, **query: str) -> tuple[int, str]:
    answer = browser.get("/sign-in/oidc/return", params=query, follow_redirects=False)
    return answer.status_code, answer.headers.get("location", answer.text)


class TestSignInThroughAProvider:
    def test_opens_the_linked_account(self, browser: Client, provider: Provider) -> None:
        assert "/sign-in/oidc" in browser.get("/sign-in").text
        asked = leave(browser, provider)
        assert (asked["response_type"], asked["client_id"], asked["scope"]) == ("code", CLIENT, "openid")
        assert come_back(browser, state=asked["state"], code="the code") == (303, "/projects")
        assert "湖州市财政局用户" in browser.get("/projects").text

    def test_works_once(self, browser: Client, provider: Provider) -> None:
        asked = leave(browser, provider)
        pending = browser.cookies.get("registry_pending") or ""
        come_back(browser, state=asked["state"], code="the code")
        browser.cookies.clear()
        browser.cookies.set("registry_pending", pending)
        assert come_back(browser, state=asked["state"], code="the code")[0] == 403

    @pytest.mark.parametrize(
        "claims",
        [
            {"aud": "somebody else"},
            {"iss": "http://127.0.0.1:1"},
            {"nonce": "another"},
            {"exp": 1_000_000_000},
            {"sub": "person-8"},
        ],
        ids=["audience", "issuer", "nonce", "expired", "nobody here"],
    )
    def test_is_refused_with_a_token_for_another(
        self, browser: Client, provider: Provider, claims: dict[str, Any]
    ) -> None:
        asked = leave(browser, provider)
        provider.claims = claims
        assert come_back(browser, state=asked["state"], code="the code")[0] == 403
        assert browser.get("/projects", follow_redirects=False).status_code == 303

    def test_is_refused_with_a_foreign_signature(self, browser: Client, provider: Provider) -> None:
        asked = leave(browser, provider)
        provider.signs_with = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
        assert come_back(browser, state=asked["state"], code="the code")[0] == 403

    def test_is_refused_with_a_foreign_state_code_or_browser(self, browser: Client, provider: Provider) -> None:
        leave(browser, provider)
        assert come_back(browser, state="forged", code="the code")[0] == 403
        asked = leave(browser, provider)
        assert come_back(browser, state=asked["state"], code="another code")[0] == 403
        asked = leave(browser, provider)
        assert come_back(browser, state=asked["state"], error="access_denied")[0] == 403
        asked = leave(browser, provider)
        browser.cookies.clear()
        assert come_back(browser, state=asked["state"], code="the code")[0] == 403

    def test_is_refused_by_a_provider_of_another_name(self, browser: Client, provider: Provider) -> None:
        provider.issuer = "https://elsewhere.example"
        assert browser.get("/sign-in/oidc", follow_redirects=False).status_code == 403

    def test_never_sends_the_secret_over_plain_http(self, engine: Engine, configured: Settings) -> None:
        settings = replace(configured, oidc_issuer="http://provider.example")
        with TestClient(started_app(engine, settings), raise_server_exceptions=False) as client:
            answer = client.get("/sign-in/oidc", follow_redirects=False)
        assert (answer.status_code, "https" in answer.text) == (403, True)

    def test_is_not_there_without_the_setting(self, anybody: Client) -> None:
        assert "/sign-in/oidc" not in anybody.get("/sign-in").text
        assert anybody.get("/sign-in/oidc").status_code == 404
