"""Uploads on their way in: the file and its preview, kept for a day in a folder of the person who sent it."""

import hashlib
import os
import re
import secrets
import time
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from registry.errors import NotFound
from registry.intake.notes import Note
from registry.intake.preview import RowPreview, RowState
from registry.intake.reading import Sheet, read_table
from registry.projects.documents.store import FolderStore

STATES: Final[tuple[RowState, ...]] = ("new", "changed", "unchanged", "rejected")
_KEPT_SECONDS: Final = 24 * 3600
_SHA256 = re.compile(r"^[0-9a-f]{64}$")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one row of a preview stands in its file of rows."""

    sheet: str
    row: int
    state: RowState
    revision: int
    offset: int
    reopens: bool


class UploadFolder:
    """What one person has uploaded within a day. Nobody reaches another's upload by knowing its content."""

    def __init__(self, data_dir: Path, user_id: int | None) -> None:
        self._store = FolderStore(data_dir / "uploads" / str(user_id))
        self._previews = self._store.folder / "previews"

    def keep(self, content: bytes) -> str:
        """Keep a file until tomorrow and forget what is older; return the key under which `read` finds it."""
        self._forget_old()
        key = hashlib.sha256(content).hexdigest()
        self._store.put(key, content)
        self._path(key).touch()
        return key

    def read(self, key: str) -> bytes:
        """Return a kept file. Raises NotFound."""
        if not _SHA256.match(key) or not self._store.has(key):
            raise _expired()
        return self._store.read(key)

    def table(self, key: str, name: str) -> list[Sheet]:
        """Return the sheets of a kept file; they are kept in turn, because the first reading takes long.

        Raises NotFound, Unreadable.
        """
        content = self.read(key)
        kept = self._path(key).with_suffix(".table")
        if kept.exists():
            return msgspec.msgpack.decode(zlib.decompress(kept.read_bytes()), type=list[Sheet])
        sheets = read_table(content, name)
        if content.startswith(b"PK"):
            with whole(kept) as file:
                file.write(zlib.compress(msgspec.msgpack.encode(sheets), level=1))
        return sheets

    def put_preview(self, number: int, rows: Iterable[RowPreview], notes: Iterable[Note]) -> Mapping[RowState, int]:
        """Keep the preview of a job, row by row; return how many rows are in each state.

        `notes` is read after the rows. The index is written last: without it there is no preview.
        """
        self._previews.mkdir(parents=True, exist_ok=True)
        places: list[_Place] = []
        with whole(self._previews / f"{number}.rows") as file:
            for row in rows:
                places.append(_Place(row.sheet, row.row, row.state, row.revision, file.tell(), bool(row.reopens)))
                file.write(_line(row))
        with whole(self._previews / f"{number}.notes") as file:
            for note in notes:
                file.write(_line(note))
        places.sort(key=lambda place: (place.sheet, place.row))
        with whole(self._previews / f"{number}.index") as file:
            file.write(_line(places))
        return {state: sum(place.state == state for place in places) for state in STATES}

    def rows(
        self, number: int, *, states: Collection[str] = STATES, reopens: bool = False, start: int = 0, limit: int
    ) -> tuple[list[RowPreview], int]:
        """Return rows of a kept preview in these states, in the order of the file, and how many there are in all.

        With `reopens`, those alone whose taking reopens the entry of a project in a library. Raises NotFound.
        """
        found = [place for place in self._index(number) if place.state in states and (place.reopens or not reopens)]
        with (self._previews / f"{number}.rows").open("rb") as file:
            return [_row_at(file, place.offset) for place in found[start : start + limit]], len(found)

    def revisions(self, number: int, states: Collection[str] = STATES) -> dict[tuple[str, int], int]:
        """Return sheet and number of every row in these states, with the revision it was compared with.

        Raises NotFound.
        """
        return {(place.sheet, place.row): place.revision for place in self._index(number) if place.state in states}

    def reopening(self, number: int) -> set[tuple[str, int]]:
        """Return sheet and number of every row whose taking reopens the entry of a project in a library.

        Raises NotFound.
        """
        return {(place.sheet, place.row) for place in self._index(number) if place.reopens}

    def notes(self, number: int) -> Iterator[Note]:
        """Yield the notes of a kept preview. Raises NotFound."""
        self._index(number)
        with (self._previews / f"{number}.notes").open("rb") as file:
            for line in file:
                yield msgspec.json.decode(line, type=Note)

    def _index(self, number: int) -> list[_Place]:
        try:
            text = (self._previews / f"{number}.index").read_bytes()
        except FileNotFoundError:
            raise _expired() from None
        return msgspec.json.decode(text, type=list[_Place])

    def _path(self, key: str) -> Path:
        return self._store.folder / key[:2] / key

    def _forget_old(self) -> None:
        limit = time.time() - _KEPT_SECONDS
        for path in self._store.folder.glob("*/*"):
            if path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)


def _expired() -> NotFound:
    return NotFound("上传的文件已过期，请重新上传", "The uploaded file is no longer kept; upload it again")


def _row_at(file: BinaryIO, offset: int) -> RowPreview:
    file.seek(offset)
    return msgspec.json.decode(file.readline(), type=RowPreview)


def _line(value: Any) -> bytes:
    return msgspec.json.encode(value) + b"\n"


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """Write beside and rename: a reader meets the whole file or none, whenever the writer is killed."""
    beside = path.with_name(f".{secrets.token_hex(8)}.part")
    with beside.open("xb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
