"""Bodies of calls and answers in JSON: read strictly into one structure, written without loss."""

from datetime import date, datetime
from typing import Any, TypeVar
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response

from registry.errors import Finding, InvalidInput
from registry.projects.validation import MalformedJson

Shape = TypeVar("Shape")
_CHINA = ZoneInfo("Asia/Shanghai")


def read_body(body: bytes, shape: type[Shape]) -> Shape:
    """Return a JSON body in its structure. Raises MalformedJson, and InvalidInput naming the part that does not fit."""
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$")
        place = path.strip("`").removeprefix(".")
        zh, en = f"请求内容{place or ''}不合要求：{reason}", f"The body does not fit at {place or 'the top'}: {reason}"
        raise InvalidInput.of([Finding(place, "invalid-body", zh, en)]) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        zh, en = f"请求内容不是有效的 JSON：{error}", f"The body is not valid JSON: {error}"
        raise MalformedJson.of([Finding("", "not-json", zh, en)]) from None


def json_answer(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response[bytes]:
    """Return a value as JSON, kept by no shared cache."""
    return raw_json(msgspec.json.encode(value), status=status, headers=headers)


def raw_json(body: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> Response[bytes]:
    """Return JSON text as it is."""
    kept = {"Cache-Control": "private, no-cache", **(headers or {})}
    return Response(body, status_code=status, media_type="application/json", headers=kept)


def attachment(name: str) -> dict[str, str]:
    """Return the headers of a download under this name, kept by no cache."""
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}", "Cache-Control": "no-store"}


def as_of_or_today(as_of: date | None) -> date:
    """Return the governing date: the one asked for, else today in China."""
    return as_of or datetime.now(_CHINA).date()
