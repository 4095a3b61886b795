"""Reading an uploaded table safely: bounded memory, nothing in it is run, each bad file gets one clear finding."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from registry.intake import refusals
from registry.intake.refusals import LARGEST_FILE, MOST_COLUMNS, Unreadable
from registry.intake.text_files import read_csv
from registry.intake.workbooks import read_workbook

__all__ = ["Sheet", "Unreadable", "cell_name", "column_letters", "covered_cells", "read_table"]

_RANGE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6}):([A-Z]{1,3})([1-9][0-9]{0,6})\Z")

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OTHER_KINDS = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"{\\rtf", "RTF"),
    (b"<", "HTML/XML"),
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table as it stands in the file: text of each cell, None where empty; row 1 is the first row of the sheet.

    `formulas` and `errors` name, by (row, column) from 1, cells whose content was not taken: a formula's cached result
    may be anything, and `#N/A` is no value. `merged` names the ranges of merged cells, whose text stands in the first
    cell alone.
    """

    name: str
    rows: list[list[str | None]]
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: list[str] = field(default_factory=list)
    is_hidden: bool = False


def read_table(source: Path | bytes, name: str) -> list[Sheet]:
    """Return the sheets of a CSV (UTF-8 with or without BOM, GB 18030) or XLSX file; a CSV is one sheet.

    `name` is what the user calls the file. Raises Unreadable with exactly one finding.
    """
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if size > LARGEST_FILE:
        raise refusals.too_large(name, size)
    content = source if isinstance(source, bytes) else source.read_bytes()
    if not content.strip(b"\x00 \r\n\t"):
        raise refusals.empty(name)
    if content.startswith(b"PK\x03\x04"):
        return [Sheet(**sheet) for sheet in read_workbook(content, name)]
    _refuse_other_kinds(content, name)
    return [Sheet(Path(name).stem, read_csv(content, name))]


def _refuse_other_kinds(content: bytes, name: str) -> None:
    if content.startswith(_OLE):
        raise refusals.encrypted(name) if _ENCRYPTED in content else refusals.old_format(name)
    head = content[:1024].lstrip(b"\xef\xbb\xbf \r\n\t")
    for magic, kind in _OTHER_KINDS:
        if head.startswith(magic):
            raise refusals.not_a_table(name, kind)


def column_letters(number: int) -> str:
    """Return the letters of a column counted from 1, as spreadsheets show them."""
    letters = ""
    while number > 0:
        number, remainder = divmod(number - 1, 26)
        letters = chr(ord("A") + remainder) + letters
    return letters


def covered_cells(merged: Iterable[str], n_rows: int) -> dict[tuple[int, int], str]:
    """Return each cell within `n_rows` that a merged range hides, by (row, column) from 1, and that range."""
    covered = {}
    for range_name in merged:
        bounds = _RANGE.match(range_name)
        if bounds is None:
            continue
        left, top, right, bottom = _number(bounds[1]), int(bounds[2]), _number(bounds[3]), int(bounds[4])
        for row in range(top, min(bottom, n_rows) + 1):
            for column in range(left, min(right, MOST_COLUMNS) + 1):
                if (row, column) != (top, left):
                    covered[row, column] = range_name
    return covered


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def cell_name(row: int, column: int) -> str:
    """Return a cell's name such as `C7`, row and column counted from 1."""
    return f"{column_letters(column)}{row}"
