"""The S3 door, against a small server that keeps objects in memory."""

import hashlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from registry.projects.documents.store import FolderStore, ObjectStore, StoreUnavailable, open_store
from registry.settings import load_settings

CONTENT = b"%PDF-1.7\n" + b"x" * 5000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class _Bucket(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Requests)
        self.objects: dict[str, bytes] = {}
        self.signed: list[bool] = []


class _Requests(BaseHTTPRequestHandler):
    server: _Bucket

    def _answer(self, status: int, body: bytes = b"", *, length: int | None = None) -> None:
        self.server.signed.append("AWS4-HMAC-SHA256" in self.headers.get("Authorization", ""))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Sat, 21 Nov 2026 00:00:00 GMT")
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        self.server.objects[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200)

    def do_GET(self) -> None:
        found = self.server.objects.get(self.path)
        self._answer(404 if found is None else 200, found or b"")

    def do_HEAD(self) -> None:
        found = self.server.objects.get(self.path)
        self._answer(404 if found is None else 200, length=len(found or b""))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as in the library
        pass


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Bucket]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "sample")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sample")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    server = _Bucket()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    monkeypatch.setenv(
        "REGISTRY_DOCUMENTS_URL", f"s3://papers/city?endpoint=http://127.0.0.1:{server.server_address[1]}"
    )
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class TestAnObjectStore:
    def test_is_chosen_by_setting(self, bucket: _Bucket) -> None:
        assert isinstance(open_store(load_settings()), ObjectStore)

    def test_keeps_a_content_once_and_gives_it_back(self, bucket: _Bucket) -> None:
        store = open_store(load_settings())
        assert not store.has(DIGEST)
        for _ in range(2):
            store.put(DIGEST, CONTENT)
        assert store.has(DIGEST)
        assert store.read(DIGEST) == CONTENT
        assert bucket.objects == {f"/papers/city/{DIGEST[:2]}/{DIGEST}": CONTENT}
        assert all(bucket.signed)

    def test_tells_what_it_does_not_have(self, bucket: _Bucket) -> None:
        with pytest.raises(StoreUnavailable, match="没有文件"):
            open_store(load_settings()).read(DIGEST)

    def test_says_so_when_the_store_does_not_answer(self, bucket: _Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
        store = open_store(load_settings())
        monkeypatch.setattr(_Requests, "do_HEAD", lambda self: self._answer(403))
        with pytest.raises(StoreUnavailable, match="无法访问"):
            store.put(DIGEST, CONTENT)
        assert bucket.objects == {}


class TestAFolder:
    def test_is_the_default(self, data_dir: Path) -> None:
        store = open_store(load_settings())
        assert isinstance(store, FolderStore)
        store.put(DIGEST, CONTENT)
        assert (data_dir / "documents" / DIGEST[:2] / DIGEST).stat().st_mode & 0o777 == 0o600
