"""Security headers on every answer, errors and unknown addresses included."""

from litestar.types import Message, Scope

_CONTENT_POLICY = (
    "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'; "
    "img-src 'self' data:"
)
_ALWAYS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", _CONTENT_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_ONLY_TLS = (b"strict-transport-security", b"max-age=31536000")


async def secure(message: Message, scope: Scope) -> None:
    """Add the headers to an answer as it leaves (Litestar's `before_send`, the one hook that sees every answer)."""
    if message["type"] != "http.response.start":
        return
    headers = list(message.get("headers", ()))
    headers.extend(_ALWAYS)
    if scope.get("scheme") == "https":
        headers.append(_ONLY_TLS)
    if all(name.lower() != b"cache-control" for name, _ in headers):
        headers.append((b"cache-control", b"no-store"))
    message["headers"] = headers
