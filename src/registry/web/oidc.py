"""Sign-in through an identity provider 统一身份认证: OpenID Connect, code flow with PKCE, state and nonce.

Only the settings switch it on, and it needs the extra `registry[oidc]`. The provider says who somebody is; what they
may do stays ours: its `sub` must be linked to an account beforehand (`registry user link`).
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import httpx

from registry.errors import RegistryError
from registry.settings import Settings

_SECONDS = 10.0
_ALGORITHMS = ("RS256", "ES256", "PS256", "EdDSA")
"""Signatures with a public key only: with a shared secret anybody who holds it could sign."""
_LEEWAY_SECONDS = 60
_LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})


class OidcRefused(RegistryError):
    """Sign-in through the provider did not come to an end; the message says why and what to do."""

    code = "oidc-refused"


@dataclass(frozen=True, slots=True)
class Departure:
    """Where to send the browser, and what must be known again when it comes back."""

    address: str
    memo: dict[str, str]


def depart(settings: Settings) -> Departure:
    """Begin: find the provider's addresses and make one that asks it who this is. Raises OidcRefused."""
    parameters, challenges = _library("oauth2.rfc6749.parameters"), _library("oauth2.rfc7636")
    metadata = _metadata(settings)
    memo = {"state": secrets.token_urlsafe(32), "nonce": secrets.token_urlsafe(32), "verifier": secrets.token_hex(32)}
    address = parameters.prepare_grant_uri(
        str(metadata["authorization_endpoint"]),
        settings.oidc_client_id,
        "code",
        redirect_uri=settings.oidc_return_url,
        scope="openid",
        state=memo["state"],
        nonce=memo["nonce"],
        code_challenge=challenges.create_s256_code_challenge(memo["verifier"]),
        code_challenge_method="S256",
    )
    return Departure(str(address), memo)


def arrive(settings: Settings, memo: Mapping[str, str], query: Mapping[str, str]) -> str:
    """Finish: check what the browser brought back and return the `sub` of who it is. Raises OidcRefused."""
    if not hmac.compare_digest(query.get("state", "").encode(), memo["state"].encode()):
        raise _refused("登录请求已过期或不是从本机发起", "the request is too old or did not begin in this browser")
    if "code" not in query:
        reason = query.get("error", "?")[:60]
        raise _refused(f"认证系统拒绝登录（{reason}）", f"the provider refused ({reason})")
    metadata = _metadata(settings)
    return _subject(settings, metadata, _id_token(settings, metadata, query["code"], memo["verifier"]), memo["nonce"])


def _id_token(settings: Settings, metadata: Mapping[str, Any], code: str, verifier: str) -> str:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": settings.oidc_return_url,
        "code_verifier": verifier,
    }
    credentials = (settings.oidc_client_id, settings.oidc_client_secret)
    answer = _json("POST", str(metadata["token_endpoint"]), data=form, auth=credentials)
    if not isinstance(answer.get("id_token"), str):
        raise _refused("认证系统未返回身份令牌", "the provider's answer has no ID token")
    return str(answer["id_token"])


def _subject(settings: Settings, metadata: Mapping[str, Any], id_token: str, nonce: str) -> str:
    jwt, keys, failures = import_module("joserfc.jwt"), import_module("joserfc.jwk"), import_module("joserfc.errors")
    claims_of = _library("oidc.core").CodeIDToken
    known = keys.KeySet.import_key_set(_json("GET", str(metadata["jwks_uri"])))
    expected = {
        "iss": {"essential": True, "value": settings.oidc_issuer},
        "aud": {"essential": True, "value": settings.oidc_client_id},
    }
    try:
        token = jwt.decode(id_token, known, algorithms=list(_ALGORITHMS))
        claims = claims_of(token.claims, token.header, expected, {"nonce": nonce, "client_id": settings.oidc_client_id})
        claims.validate(leeway=_LEEWAY_SECONDS)
    except (failures.JoseError, ValueError) as error:
        raise _refused("身份令牌未通过校验", f"its ID token does not hold ({type(error).__name__})") from error
    return str(claims["sub"])


def _metadata(settings: Settings) -> dict[str, Any]:
    issuer = (settings.oidc_issuer or "").rstrip("/")
    metadata = _json("GET", f"{issuer}/.well-known/openid-configuration")
    if metadata.get("issuer") != settings.oidc_issuer:
        raise _refused("认证系统自报的地址与设置不符", "its issuer is not the one of the settings")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        _refuse_plain_http(str(metadata.get(name)))
    return metadata


def _json(method: str, address: str, **details: Any) -> dict[str, Any]:
    _refuse_plain_http(address)
    try:
        answer = httpx.request(method, address, timeout=_SECONDS, follow_redirects=False, **details)
        answer.raise_for_status()
        value = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise _refused("认证系统没有正确应答", f"the provider did not answer as it should ({error})") from error
    if not isinstance(value, dict):
        raise _refused("认证系统没有正确应答", "the provider did not answer with a JSON object")
    return value


def _refuse_plain_http(address: str) -> None:
    """Refuse to send the client secret over a line others can read; this machine itself is none."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
        raise _refused("认证系统地址须为 https", "the provider's addresses must be https")


def _library(name: str) -> Any:
    # An optional extra: everything else of the registry runs without it.
    try:
        return import_module(f"authlib.{name}")
    except ModuleNotFoundError as error:
        raise _refused("未安装 registry[oidc] 组件", "the extra registry[oidc] is not installed") from error


def _refused(zh: str, en: str) -> OidcRefused:
    return OidcRefused(
        f"统一身份认证登录未完成：{zh}。请重试，或改用密码登录", f"Sign-in through the provider did not finish: {en}"
    )
