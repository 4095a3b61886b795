"""The one table from families of errors to HTTP: problem details (RFC 9457) for programs, a page for people."""

import logging
import re
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from registry.errors import Finding, InvalidInput, NotAllowed, NotFound, RegistryError, StaleWrite
from registry.programme.cases.queries import CaseWithdrawn
from registry.programme.display.queries import Withdrawn
from registry.projects.documents.store import StoreUnavailable
from registry.projects.validation import MalformedJson
from registry.web.auth import ForgedRequest, NotSignedIn
from registry.web.oidc import OidcRefused
from registry.web.preconditions import KeyReused, PreconditionMissing
from registry.web.rendering import error_page
from registry.web.throttle import TooManyAttempts

logger = logging.getLogger("registry.web")
_MISSING_PARAMETER = re.compile(r"Missing required \w+ parameter '([^']+)'")
"""How the framework says it; it gives the name nowhere else."""

STATUS: Mapping[type[RegistryError], HTTPStatus] = {
    MalformedJson: HTTPStatus.BAD_REQUEST,
    NotSignedIn: HTTPStatus.UNAUTHORIZED,
    ForgedRequest: HTTPStatus.FORBIDDEN,
    NotAllowed: HTTPStatus.FORBIDDEN,
    OidcRefused: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Withdrawn: HTTPStatus.GONE,
    CaseWithdrawn: HTTPStatus.GONE,
    StaleWrite: HTTPStatus.PRECONDITION_FAILED,
    KeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    PreconditionMissing: HTTPStatus.PRECONDITION_REQUIRED,
    TooManyAttempts: HTTPStatus.TOO_MANY_REQUESTS,
    StoreUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

TITLES: Mapping[int, tuple[str, str]] = {
    400: ("请求无法理解", "The request cannot be understood"),
    401: ("需要登录", "Sign-in needed"),
    403: ("没有权限", "Not allowed"),
    404: ("没有找到", "Not found"),
    405: ("不支持的操作", "Method not allowed"),
    410: ("已撤回公开", "Withdrawn from display"),
    412: ("内容已被他人更新", "Somebody else saved in between"),
    413: ("内容过大", "The content is too large"),
    415: ("不支持的内容格式", "Unsupported content type"),
    422: ("数据有误", "The data cannot be taken"),
    428: ("缺少版本条件", "A precondition is required"),
    429: ("尝试过于频繁", "Too many attempts"),
    500: ("系统出错", "Something went wrong here"),
    503: ("文件存储不可用", "The document store is not available"),
}


def status_of(error: RegistryError) -> int:
    """Return the status of the closest family; an error nobody placed here is our fault."""
    return next((int(STATUS[family]) for family in type(error).__mro__ if family in STATUS), 500)


def on_registry_error(request: Request[Any, Any, Any], error: RegistryError) -> Response[Any]:
    """Answer an error a caller can handle."""
    if isinstance(error, NotSignedIn) and not request.url.path.startswith("/api/") and request.method == "GET":
        return _to_sign_in(request)
    status = status_of(error)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return on_unexpected(request, error)
    if status > HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.error("request %s %s failed: %s", request.method, request.url.path, error.message_en, exc_info=error)
    extra = {"differences": error.differences} if isinstance(error, StaleWrite) and error.differences else {}
    return _answer(
        request,
        status=status,
        code=error.code,
        detail=(error.message_zh, error.message_en),
        findings=error.findings,
        headers=_headers(error),
        extra=extra,
    )


def _to_sign_in(request: Request[Any, Any, Any]) -> Response[Any]:
    """Send a person to the sign-in page and, afterwards, back to where they wanted to go."""
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    location = f"/sign-in?next={quote(wanted)}"
    name = "HX-Redirect" if request.headers.get("hx-request") else "Location"
    status = 200 if name == "HX-Redirect" else 303
    return Response(None, status_code=status, headers={name: location}, media_type="text/plain")


def _headers(error: RegistryError) -> dict[str, str]:
    if isinstance(error, TooManyAttempts):
        return {"Retry-After": str(error.retry_after)}
    return {"WWW-Authenticate": 'Bearer realm="registry"'} if isinstance(error, NotSignedIn) else {}


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Answer what the framework refused: an unknown address, a method, a parameter out of range, a body too large."""
    status = error.status_code
    title = TITLES.get(status, TITLES[400 if status < 500 else 500])  # noqa: PLR2004 - the class of server errors
    findings = _parameter_findings(error) if isinstance(error, ValidationException) else []
    detail = (findings[0].message_zh, findings[0].message_en) if findings else title
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() != "content-type"}
    return _answer(
        request, status=status, code=f"http-{status}", detail=detail, findings=findings, headers=headers, extra={}
    )


def _parameter_findings(error: ValidationException) -> list[Finding]:
    """Return one finding for each parameter of the address that cannot be taken."""
    if (missing := _MISSING_PARAMETER.match(error.detail)) is not None:
        name = missing[1]
        return [Finding(name, "missing", f"缺少参数 {name}，请补上", f"The parameter {name} is missing; add it")]
    items = error.extra if isinstance(error.extra, list) else []
    return [
        Finding(
            str(item.get("key", "")),
            "invalid-parameter",
            f"参数 {item.get('key', '')} 的值不可用，请更正：{item.get('message', '')}",
            f"Parameter {item.get('key', '')} cannot be taken; correct it: {item.get('message', '')}",
        )
        for item in items
        if isinstance(item, dict)
    ]


def on_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer our own fault: a number to quote, the traceback only in the log."""
    number = secrets.token_hex(4)
    logger.error("request %s %s failed, reference %s", request.method, request.url.path, number, exc_info=error)
    detail = (
        f"系统内部出错，数据未被改动；请稍后重试，或将编号 {number} 告知管理员",
        f"An internal error; nothing was changed. Try again, or tell the administrator the number {number}",
    )
    return _answer(request, status=500, code="internal-error", detail=detail, findings=(), headers={}, extra={})


def _answer(
    request: Request[Any, Any, Any],
    *,
    status: int,
    code: str,
    detail: tuple[str, str],
    findings: tuple[Finding, ...] | list[Finding],
    headers: dict[str, str],
    extra: dict[str, Any],
) -> Response[Any]:
    title = TITLES.get(status, TITLES[400 if status < 500 else 500])  # noqa: PLR2004 - the class of server errors
    if not request.url.path.startswith("/api/"):
        return error_page(request, status=status, title=title, detail=detail, findings=findings, headers=headers)
    problem = {
        "type": f"/reference#{code}",
        "title": title[0],
        "status": status,
        "detail": detail[0],
        "detail_en": detail[1],
        "instance": request.url.path,
        "code": code,
        "findings": [finding.as_dict() for finding in findings],
        **extra,
    }
    return Response(
        msgspec.json.encode(problem), status_code=status, media_type="application/problem+json", headers=headers
    )
