"""Files on their way in: read from a multipart form, and kept for a day between the preview and the decision."""

import hashlib
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, Final

from litestar import Request
from litestar.datastructures import UploadFile

from registry.accounts.model import Actor
from registry.errors import Finding, InvalidInput, NotFound
from registry.projects.documents.store import FolderStore
from registry.settings import Settings

LARGEST_UPLOAD: Final = 52 * 1024 * 1024
"""Bytes of a request that carries a file: the 50 MB a file may have, and the form around it."""
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_KEPT_SECONDS: Final = 24 * 3600
_SHA256 = re.compile(r"^[0-9a-f]{64}$")


async def uploaded_file(request: Request[Any, Any, Any]) -> tuple[str, bytes]:
    """Return the name and content of the form's `file`. Raises InvalidInput when none was chosen."""
    sent = (await request.form()).get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        raise InvalidInput.of(
            [Finding("file", "missing", "请先选择文件，再上传", "Choose a file first, then upload it")]
        )
    return file_name(sent.filename), await sent.read()


def file_name(sent: str) -> str:
    """Return the last part of a name as a browser sent it, without control characters."""
    name = PurePosixPath(sent.replace("\\", "/")).name
    return "".join(each for each in name if each.isprintable())[:200] or "upload"


def keep(settings: Settings, actor: Actor, content: bytes) -> str:
    """Keep an upload for this person until tomorrow; return the key under which `kept` finds it."""
    store = _store(settings, actor)
    _forget_old(store.folder)
    key = hashlib.sha256(content).hexdigest()
    store.put(key, content)
    return key


def kept(settings: Settings, actor: Actor, key: str) -> bytes:
    """Return an upload this person made within a day. Raises NotFound."""
    store = _store(settings, actor)
    if not _SHA256.match(key) or not store.has(key):
        raise NotFound("上传的文件已过期，请重新上传", "The uploaded file is no longer kept; upload it again")
    return store.read(key)


@contextmanager
def as_file(content: bytes) -> Iterator[Path]:
    """Give an upload to what reads a path; the file is gone afterwards."""
    with tempfile.NamedTemporaryFile(prefix="registry-upload-") as file:
        file.write(content)
        file.flush()
        yield Path(file.name)


def _store(settings: Settings, actor: Actor) -> FolderStore:
    # A folder of their own: nobody reaches another's upload by knowing its content.
    return FolderStore(settings.data_dir / "uploads" / str(actor.user_id))


def _forget_old(folder: Path) -> None:
    limit = time.time() - _KEPT_SECONDS
    for path in folder.glob("*/*"):
        if path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)
