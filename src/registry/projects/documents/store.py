"""Where uploaded files lie: a folder, or an S3-compatible store by setting. Files are named by their content."""

import os
import secrets
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from registry.errors import RegistryError
from registry.settings import Settings


class StoreUnavailable(RegistryError):
    """The store is not installed, does not answer, or does not have the file."""

    code = "store-unavailable"


class Store(Protocol):
    """Keeps contents by their SHA-256. Putting the same content again is harmless."""

    def put(self, sha256: str, content: bytes) -> None:
        """Keep the content, whole or not at all."""

    def read(self, sha256: str) -> bytes:
        """Return the content. Raises StoreUnavailable."""

    def has(self, sha256: str) -> bool:
        """Say whether the content is there."""


class FolderStore:
    """A folder, shared out by the first two digits. Nothing in it is ever executable."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, sha256: str, content: bytes) -> None:
        """Write beside and rename: a reader, or a power cut, meets the whole file or none."""
        path = self._path(sha256)
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{secrets.token_hex(8)}.part")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)

    def read(self, sha256: str) -> bytes:
        """Return the content. Raises StoreUnavailable."""
        try:
            return self._path(sha256).read_bytes()
        except OSError:
            raise _absent(sha256) from None

    def has(self, sha256: str) -> bool:
        """Say whether the content is there."""
        return self._path(sha256).exists()

    def _path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256


class ObjectStore:
    """An S3-compatible store, through the optional library `obstore` (extra `s3`).

    The address is `s3://bucket/prefix?endpoint=https://host:port`; keys come from the environment (AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY, AWS_REGION), never from the address.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        endpoint = parse_qs(parts.query).get("endpoint", [""])[0]
        try:
            self._library: Any = import_module("obstore")
            stores: Any = import_module("obstore.store")
            self._failures: Any = import_module("obstore.exceptions").BaseError
        except ImportError:
            raise StoreUnavailable(
                "对象存储需要安装可选依赖：registry[s3]", "The object store needs the optional extra: registry[s3]"
            ) from None
        options = {"endpoint": endpoint} if endpoint else {}
        is_plain = endpoint.startswith("http://")
        self._store = stores.S3Store(
            parts.netloc, prefix=parts.path.strip("/") or None, client_options={"allow_http": is_plain}, **options
        )

    def put(self, sha256: str, content: bytes) -> None:
        """Keep the content; S3 shows an object only when it is whole. Raises StoreUnavailable."""
        if not self.has(sha256):
            self._asked("put", sha256, content, use_multipart=False)

    def read(self, sha256: str) -> bytes:
        """Return the content. Raises StoreUnavailable."""
        try:
            return bytes(self._asked("get", sha256).bytes())
        except FileNotFoundError:
            raise _absent(sha256) from None

    def has(self, sha256: str) -> bool:
        """Say whether the content is there. Raises StoreUnavailable."""
        try:
            self._asked("head", sha256)
        except FileNotFoundError:
            return False
        return True

    def _asked(self, what: str, sha256: str, *given: Any, **options: Any) -> Any:
        try:
            return getattr(self._library, what)(self._store, _key(sha256), *given, **options)
        except FileNotFoundError:
            raise
        except self._failures as error:
            raise StoreUnavailable(
                "文件存储暂时无法访问，文件和登记都未改动；请稍后再试，或请管理员检查存储服务",
                "The document store does not answer; nothing was changed. Try again later, or ask the administrator",
            ) from error


def open_store(chosen: Settings) -> Store:
    """Return the store the settings ask for."""
    if chosen.documents_url is None:
        return FolderStore(chosen.data_dir / "documents")
    return ObjectStore(chosen.documents_url)


def _key(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


def _absent(sha256: str) -> StoreUnavailable:
    return StoreUnavailable(
        f"存储中没有文件 {sha256[:12]}…；请管理员核对存储设置和备份",
        f"The store does not have file {sha256[:12]}…; ask the administrator to check its settings and backups",
    )
