"""The limit: one SQL statement by the bare driver, bytes out, nothing in between but the HTTP server."""

import sqlite3
from typing import Any

import msgspec

_ONE = """SELECT p.code, r.number, r.hash, r.saved_at, p.is_demo, r.document FROM project p
JOIN project_revision r ON r.project_id = p.id AND r.number = p.revision_number WHERE p.code = ?"""
_PAGE = """SELECT code, name, province_name, city_name, published_field, total_investment, revision_number, is_demo,
updated_at FROM project ORDER BY code LIMIT 50"""


def make_app(url: str) -> Any:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA cache_size=-65536")
    encode = msgspec.json.Encoder().encode

    async def app(scope: dict[str, Any], _receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        path = scope["path"]
        if path == "/api/v1/projects":
            body = encode(connection.execute(_PAGE).fetchall())
        else:
            row = connection.execute(_ONE, (path.rpartition("/")[2],)).fetchone()
            body = b'{"about":%b,"document":%b}' % (encode(row[:5]), row[5].encode())
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app
