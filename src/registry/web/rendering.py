"""Templates in, pages out. Templates receive plain data only, so that a page is one step from its JSON."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Request, Response
from litestar.datastructures import Cookie
from sqlalchemy import Engine

from registry.accounts.model import GROUP_NAMES, Actor
from registry.accounts.permissions import may
from registry.errors import Finding
from registry.quantities import Term, money_text
from registry.settings import Settings
from registry.web.auth import form_token, identity_of
from registry.web.i18n import LANGUAGE_COOKIE, Language, chosen_language, label, translations

STATIC = Path(__file__).parent / "static"
_CHINA = ZoneInfo("Asia/Shanghai")
HTML = "text/html"
_A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to a page: who asks, in which language, and the token its forms send back."""

    actor: Actor
    is_signed_in: bool
    language: Language
    is_language_asked: bool
    form_token: str
    path: str
    query: str
    is_fragment: bool
    """HTMX asks for a part of the page only."""
    engine: Engine
    settings: Settings


def visit(request: Request[Any, Any, Any], *, secret: str | None = None) -> Visit:
    """Return what a page handler needs to know of a request.

    `secret` is the cookie the answer is about to set, where the browser has none yet.
    """
    identity = identity_of(request)
    if secret is not None:
        identity = replace(identity, secret=secret or None)
    asked = request.query_params.get("lang")
    return Visit(
        actor=identity.actor,
        is_signed_in=identity.means is not None,
        language=chosen_language(asked, request.cookies.get(LANGUAGE_COOKIE)),
        is_language_asked=asked in {"zh", "en"},
        form_token=form_token(identity),
        path=request.url.path,
        query="&".join(part for part in request.url.query.split("&") if part and not part.startswith("lang=")),
        is_fragment=request.headers.get("hx-request") == "true" and "hx-boosted" not in request.headers,
        engine=request.app.state.engine,
        settings=request.app.state.settings,
    )


def render(template: str, visit: Visit, **data: Any) -> str:
    """Return a page (or a fragment) as text, in the visitor's language."""
    return _environment(visit.language).get_template(template).render(visit=visit, **data)


def page(
    template: str,
    visit: Visit,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    cookies: Sequence[Cookie] = (),
    **data: Any,
) -> Response[str]:
    """Return the answer that shows a page, and remember the language when the address asked for one."""
    text = render(template, visit, **data)
    if visit.is_language_asked:
        cookies = (*cookies, cookie(visit, LANGUAGE_COOKIE, visit.language, max_age=_A_YEAR))
    return Response(text, status_code=status, media_type=HTML, headers=headers, cookies=cookies)


def cookie(visit: Visit, name: str, value: str, *, max_age: int | None = None) -> Cookie:
    """Return a cookie that scripts cannot read and other sites cannot send along."""
    secure = visit.settings.is_behind_tls
    return Cookie(key=name, value=value, path="/", httponly=True, samesite="lax", secure=secure, max_age=max_age)


def error_page(
    request: Request[Any, Any, Any],
    *,
    status: int,
    title: tuple[str, str],
    detail: tuple[str, str],
    findings: Iterable[Finding],
    headers: dict[str, str],
) -> Response[Any]:
    """Return the page that tells what went wrong and what to do next."""
    here = visit(request)
    which = 0 if here.language == "zh" else 1
    data: dict[str, Any] = {"title": title[which], "detail": detail[which], "code": status, "findings": list(findings)}
    return page("error.html", here, status=status, headers=headers, **data)


@cache
def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=PackageLoader("registry.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= {
        "money": money,
        "percent": percent,
        "number": number,
        "moment": moment,
        "clock": clock,
        "choice": partial(choice, language),
        "term": lambda term: term.zh if language == "zh" else term.en,
        "pick": lambda pair: pair[0] if language == "zh" else pair[1],
        # Unlike `_(…)` it takes a per cent sign for what it is.
        "words": translations(language).gettext,
        "said": lambda finding: finding.message_zh if language == "zh" else finding.message_en,
    }
    environment.globals |= {"static": static_url, "may": may, "group_names": GROUP_NAMES, "language": language}
    return environment


def money(value: str | Decimal | None, decimals: int | None = 2) -> str:
    """Return an amount with thousands separators; `decimals=None` shows every digit kept, at least two."""
    if value is None:
        return ""
    amount = Decimal(value)
    if decimals is None:
        _, _, fraction = money_text(amount).partition(".")
        decimals = max(2, len(fraction))
    return f"{amount:,.{decimals}f}"


def percent(value: float | None) -> str:
    """Return a share of one as percent, with the digits it was given and no more."""
    return "" if value is None else f"{money_text(Decimal(repr(float(value))) * 100)}%"


def number(value: float) -> str:
    """Return a number with thousands separators and the digits it was given, no more."""
    return f"{Decimal(money_text(Decimal(repr(float(value))))):,}"


def moment(value: datetime) -> str:
    """Return a moment as Beijing time, to the minute."""
    return value.astimezone(_CHINA).strftime("%Y-%m-%d %H:%M")


def clock(value: datetime) -> str:
    """Return the time of day in Beijing, to the minute."""
    return value.astimezone(_CHINA).strftime("%H:%M")


def choice(language: Language, code: str | None, term: Term | dict[str, str]) -> str:
    """Return the label of a coded choice."""
    choices = (term.choices or {}) if isinstance(term, Term) else term
    return "" if code is None else label(language, code, choices.get(code, code))


@cache
def static_url(name: str) -> str:
    """Return the address of a static file; it changes with the contents, so browsers may keep it for a year."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"
