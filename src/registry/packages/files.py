"""Files that appear whole or not at all, whatever happens to the process that writes them."""

import hashlib
import os
import tempfile
import time
from pathlib import Path

from registry.settings import settings

_PARTIAL = ".writing-"
_ABANDONED_SECONDS = 3600.0
"""No package takes an hour; a partial file this old belonged to a process that was killed."""


def write_whole(target: Path, content: bytes) -> None:
    """Write a file: under its final name there is the old content or the new one, never a part of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=_PARTIAL, delete=False) as partial:
        partial.write(content)
        partial.flush()
        os.fsync(partial.fileno())
    os.replace(partial.name, target)  # noqa: PTH105 - atomic on one file system, which is the point


def clear_abandoned(folder: Path) -> None:
    """Remove what killed processes left behind."""
    oldest = time.time() - _ABANDONED_SECONDS
    for partial in folder.glob(f"{_PARTIAL}*"):
        if partial.stat().st_mtime < oldest:
            partial.unlink(missing_ok=True)


def kept_path(digest: str) -> Path:
    """Return where the file with this SHA-256 is kept, below the data folder."""
    return settings().data_dir / "packages" / digest[:2] / f"{digest}.zip"


def keep(content: bytes) -> str:
    """Keep a file under its SHA-256 and return that; keeping the same content again changes nothing."""
    digest = hashlib.sha256(content).hexdigest()
    path = kept_path(digest)
    if not is_kept(digest):
        write_whole(path, content)
    return digest


def is_kept(digest: str) -> bool:
    """Say whether the file with this SHA-256 is there and still has that content."""
    path = kept_path(digest)
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == digest
