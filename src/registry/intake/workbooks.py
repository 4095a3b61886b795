"""XLSX: looked over as a ZIP file first, then read by a second process that has a limit on memory and time."""

import io
import os
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

import msgspec

from registry.intake import refusals
from registry.intake.refusals import LARGEST_TEXTS, LARGEST_UNPACKED, MOST_ENTRIES

_SECONDS = 60
_CHUNK = 1 << 20
_READ_PARTS = (".xml", ".rels")


def read_workbook(content: bytes, name: str) -> list[dict[str, Any]]:
    """Return name, rows, formulas and errors of each sheet. Raises Unreadable."""
    _look_over(content, name)
    with tempfile.TemporaryDirectory(prefix="registry-intake-") as folder:
        path = Path(folder) / "upload.xlsx"
        path.write_bytes(content)
        return _parse_apart(path, name)


def _look_over(content: bytes, name: str) -> None:
    """Refuse what must not be unpacked, from the directory of the ZIP and one counted pass over its parts."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            unpacked = sum(entry.file_size for entry in entries)
            texts = sum(entry.file_size for entry in entries if entry.filename.lower().endswith("sharedstrings.xml"))
            if unpacked > LARGEST_UNPACKED or texts > LARGEST_TEXTS or len(entries) > MOST_ENTRIES:
                raise refusals.bomb(name, unpacked)
            _check_kind({entry.filename.lower() for entry in entries}, archive, name)
            for entry in entries:
                _read_through(archive, entry)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
        raise refusals.damaged(name) from None
    except RuntimeError:
        # The standard library raises a bare RuntimeError for a part that needs a password.
        raise refusals.encrypted(name) from None


def _check_kind(names: set[str], archive: zipfile.ZipFile, name: str) -> None:
    if "xl/workbook.xml" not in names:
        kind = "Excel .xlsb" if "xl/workbook.bin" in names else "ZIP/Word/ODF"
        raise refusals.not_a_table(name, kind)
    types = archive.read("[Content_Types].xml") if "[content_types].xml" in names else b""
    has_program = any("vbaproject" in part or part.startswith("xl/macrosheets/") for part in names)
    if has_program or b"macroenabled" in types.lower():
        raise refusals.with_macros(name)


def _read_through(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Unpack one part to nowhere: a part that is larger than its entry says fails its checksum here."""
    if not entry.filename.lower().endswith(_READ_PARTS):
        return
    with archive.open(entry) as stream:
        while stream.read(_CHUNK):
            pass


def _parse_apart(path: Path, name: str) -> list[dict[str, Any]]:
    environment = {**os.environ, "POLARS_MAX_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "registry.intake.workbook_worker", str(path)]
    try:
        done = subprocess.run(  # noqa: S603 - our own module, and the path is a file we just wrote
            command, capture_output=True, timeout=_SECONDS, check=False, env=environment, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        raise refusals.too_costly(name) from None
    if done.returncode != 0:
        raise refusals.too_costly(name)
    answer = msgspec.json.decode(done.stdout)
    if "out_of_bounds" in answer:
        raise refusals.out_of_bounds(name, answer["out_of_bounds"])
    if "damaged" in answer:
        raise refusals.damaged(name)
    return [
        {**sheet, "formulas": _by_place(sheet["formulas"]), "errors": _by_place(sheet["errors"])}
        for sheet in answer["sheets"]
    ]


def _by_place(cells: list[list[Any]]) -> dict[tuple[int, int], str]:
    return {(row, column): text for row, column, text in cells}
