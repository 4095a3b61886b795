"""The second process that reads one workbook: `python -m registry.intake.workbook_worker FILE`, JSON on stdout.

It limits its own memory before it opens anything. The sheet XML is streamed first: the largest row and column come
from real cells, because the size a sheet states for itself may be anything, and one cell far out makes every reader
lay out millions. Only then the fast reader fills the table.
"""

import gc
import re
import resource
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from xml.parsers import expat

import fastexcel
import msgspec

from registry.intake.refusals import MOST_CELLS, MOST_COLUMNS, MOST_ROWS

_MEMORY = 2 * 1024**3
_CHUNK = 1 << 18
_MOST_NOTED = 2000
_MOST_MERGED = 2000
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})"')
"""Formulas and errors named one by one; beyond that the sheet is not data."""
_LONGEST_NOTE = 200
_LETTERS = re.compile(r"[A-Z]{1,3}\Z")
_DIGITS = "0123456789"
_MOST_DIGITS = 7
_READ_TAGS = frozenset({"c", "v", "t", "f", "row"})
_SHEET_KINDS = ("/worksheet",)
_SWEPT = 1 << 20
_ROW_END = b"</row>"
_PLAIN_SHEET = re.compile(rb'(?:\xef\xbb\xbf)?(?:<\?xml [^<>]*encoding="(?i:utf-8)"[^<>]*\?>)?\s*<worksheet[\s>]')
_MARKS = (b"<!", b"<f", b":c", b":f", b":row", b'"e"', b"'", b"<c>", b"<c/", b"<c\n", b"<c\t", b"<c\r")
"""One of these stands in whatever is odd; looking for them is quicker than for the odd itself."""
_ODD = re.compile(rb"""<!|<f[\s/>]|["']e["']|<[^<>\s/]*:(?:c|f|row)[\s/>]|<c(?! )[\s/>]""")
_NAMED_CELL = re.compile(rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"')
_FILLED_CELL = re.compile(
    rb'<c r="([A-Z]{1,3})[0-9]+"[^<>]*>(?:<v[^<>]*>|<is>(?:<r>(?:<rPr>.*?</rPr>)?)?<t[^<>]*>)[^<]'
)


class _OutOfBounds(Exception):
    """A cell beyond the limits; the message names it."""


class _Damaged(Exception):
    """XML that is not what the format says."""


class _Scan:
    """What the XML of one sheet says of its cells, without keeping their values.

    A sheet has millions of elements, and a call for each costs as much as all the rest. So ends and texts are listened
    to only within cells where they matter: formulas, errors, and values further left than any seen before.
    """

    def __init__(self, parser: expat.XMLParserType) -> None:
        self.cells = 0
        self.first_column = 0
        self.last_row = self.last_column = 0
        self.formulas: list[tuple[int, int, str]] = []
        self.errors: list[tuple[int, int, str]] = []
        self.merged: list[str] = []
        self._parser = parser
        self._prefix = ""
        self._place = (0, 0)
        self._is_error = self._has_value = False
        self._text: list[str] | None = None
        self._row, self._next_column = 0, 1
        parser.StartElementHandler = self.start

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        prefix = ""
        if tag not in _READ_TAGS:
            prefix, _, tag = tag.rpartition(":")
        if tag == "c":
            self._prefix = prefix
            self._begin_cell(attributes)
        elif tag == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._next_column = 1
        elif tag == "f" and prefix == self._prefix:
            # Excel writes the lists of drop-downs as elements of this name too, in another namespace, after the cells.
            self._text = []
            self._listen()
        elif tag in {"v", "t"} and self._parser.EndElementHandler is not None:
            self._text = []
        elif tag == "mergeCell" and len(self.merged) < _MOST_MERGED:
            self.merged.append(attributes.get("ref", ""))

    def end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "f" and self._text is not None:
            self._note(self.formulas, "=" + self._taken())
        elif tag in {"v", "t"}:
            text = self._taken()
            self._has_value = self._has_value or bool(text)
            if self._is_error:
                self._note(self.errors, text)
        elif tag == "c":
            if self._has_value:
                column = self._place[1]
                self.first_column = min(self.first_column or column, column)
            self._parser.EndElementHandler = self._parser.CharacterDataHandler = None

    def text(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data[:_LONGEST_NOTE])

    def _listen(self) -> None:
        self._parser.EndElementHandler, self._parser.CharacterDataHandler = self.end, self.text

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        name = attributes.get("r")
        row, column = (self._row, self._next_column) if name is None else _place(name)
        self.cells += 1
        self._place, self._next_column = (row, column), column + 1
        if row > self.last_row or column > self.last_column or self.cells > MOST_CELLS:
            self._grow(row, column, name or f"{row}:{column}")
        self._is_error = attributes.get("t") == "e"
        if self._is_error or not self.first_column or column < self.first_column:
            self._has_value = False
            self._listen()

    def _grow(self, row: int, column: int, name: str) -> None:
        """Move the far corner, as far as the limits allow."""
        self.last_row, self.last_column = max(self.last_row, row), max(self.last_column, column)
        if row > MOST_ROWS or column > MOST_COLUMNS or self.last_row * self.last_column > MOST_CELLS * 2:
            raise _OutOfBounds(name)
        if self.cells > MOST_CELLS:
            raise _OutOfBounds(name)

    def _note(self, notes: list[tuple[int, int, str]], text: str) -> None:
        if len(notes) >= _MOST_NOTED:
            raise _OutOfBounds(f"{_MOST_NOTED} formulas or errors")
        notes.append((*self._place, text[:_LONGEST_NOTE]))

    def _taken(self) -> str:
        taken, self._text = "".join(self._text or ()), None
        return taken


def _place(name: str) -> tuple[int, int]:
    """Return row and column of a cell such as `C7`. Raises _Damaged."""
    letters = name.rstrip(_DIGITS)
    column, digits = _column(letters), name[len(letters) :]
    if column is None or not digits or digits[0] == "0" or len(digits) > _MOST_DIGITS:
        raise _Damaged
    return int(digits), column


@cache
def _column(letters: str) -> int | None:
    """Return the number of a column, None when these are no letters of one."""
    if not _LETTERS.match(letters):
        return None
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _refuse_doctype(*_: Any) -> None:
    raise _Damaged


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    # No office program writes a document type; it is only ever used to blow up or to reach out.
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.buffer_text = True
    return parser


def _scan(archive: zipfile.ZipFile, part: str) -> "_Scan | _Extent":
    return _extent(archive, part) or _parsed(archive, part)


@dataclass
class _Extent:
    """What is known of a sheet that holds neither formulas nor errors: how far its cells reach."""

    cells: int = 0
    first_column: int = 0
    last_row: int = 0
    last_column: int = 0
    formulas: tuple[()] = ()
    errors: tuple[()] = ()
    merged: list[str] = field(default_factory=list)

    def take(self, xml: bytes) -> bool:
        """Add some whole rows; False when they hold what only the parser tells."""
        if any(mark in xml for mark in _MARKS) and _ODD.search(xml):
            return False
        named = _NAMED_CELL.findall(xml)
        if len(named) != xml.count(b"<c "):
            return False
        self.cells += len(named)
        if b"<mergeCell " in xml:
            self.merged += (each.decode() for each in _MERGED.findall(xml)[:_MOST_MERGED])
        if named:
            letters, rows = zip(*named, strict=True)
            self.last_column = max(self.last_column, *_columns(set(letters)))
            self.last_row = max(self.last_row, *map(int, rows))
        if self.first_column != 1:
            filled = _columns(set(_FILLED_CELL.findall(xml)))
            self.first_column = min(filled | ({self.first_column} if self.first_column else set()), default=0)
        return not (
            self.last_row > MOST_ROWS
            or self.last_column > MOST_COLUMNS
            or self.cells > MOST_CELLS
            or self.last_row * self.last_column > MOST_CELLS * 2
        )


def _columns(letters: set[bytes]) -> set[int]:
    return {_column(each.decode()) or 0 for each in letters}


def _extent(archive: zipfile.ZipFile, part: str) -> _Extent | None:
    """Return how far a sheet reaches, found without a call for each cell; None when the parser must look.

    It must at anything but plain cells in the order every office program writes them: formulas, errors, prefixes,
    comments, unnamed cells, cells out of bounds.
    """
    found, rest, is_first = _Extent(), b"", True
    with archive.open(part) as stream:
        while chunk := stream.read(_SWEPT):
            rest += chunk
            if is_first and not _PLAIN_SHEET.match(rest):
                return None
            is_first = False
            end = rest.rfind(_ROW_END) + len(_ROW_END)
            if end < len(_ROW_END) or not found.take(rest[:end]):
                return None
            rest = rest[end:]
    return found if found.take(rest) else None


def _parsed(archive: zipfile.ZipFile, part: str) -> _Scan:
    parser = _parser()
    scan = _Scan(parser)
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    return scan


def _attributes(archive: zipfile.ZipFile, part: str, element: str) -> Iterator[dict[str, str]]:
    """Yield the attributes of each element of one name in a small part."""
    found: list[dict[str, str]] = []
    parser = _parser()

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == element:
            found.append(
                {key.rpartition(":")[2] if key.endswith(":id") else key: attributes[key] for key in attributes}
            )

    parser.StartElementHandler = start
    parser.Parse(archive.read(part), True)
    yield from found


def _sheet_parts(archive: zipfile.ZipFile) -> list[tuple[str, str, bool]]:
    """Return name and part of each worksheet and whether it is hidden, in the order of the workbook."""
    targets = {
        relation["Id"]: relation["Target"]
        for relation in _attributes(archive, "xl/_rels/workbook.xml.rels", "Relationship")
        if relation.get("Type", "").endswith(_SHEET_KINDS)
    }
    sheets = []
    for sheet in _attributes(archive, "xl/workbook.xml", "sheet"):
        target = targets.get(sheet.get("id", ""))
        if target is not None:
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            sheets.append((sheet["name"], part, sheet.get("state", "visible") != "visible"))
    return sheets


def _rows(reader: fastexcel.ExcelReader, name: str, scan: _Scan | _Extent) -> Sequence[Sequence[str | None]]:
    if not scan.first_column:
        return []
    loaded = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    # The reader begins with the first column that holds a value; the names of cells count from A.
    margin: list[str | None] = [None] * (scan.first_column - 1)
    found = loaded.to_polars().rows()
    if not margin and not scan.formulas and not scan.errors:
        return found
    rows = [[*margin, *row] for row in found]
    for row, column, _ in (*scan.formulas, *scan.errors):
        if row <= len(rows) and column <= len(rows[row - 1]):
            rows[row - 1][column - 1] = None
    return rows


def _read(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        scans = [(name, is_hidden, _scan(archive, part)) for name, part, is_hidden in _sheet_parts(archive)]
    reader = fastexcel.read_excel(path)
    sheets = []
    for name, is_hidden, scan in scans:
        # Written out sheet by sheet: the lists of one are gone before those of the next are made.
        rows = msgspec.Raw(msgspec.json.encode(_rows(reader, name, scan)))
        found = {"formulas": scan.formulas, "errors": scan.errors, "merged": scan.merged, "is_hidden": is_hidden}
        sheets.append({"name": name, "rows": rows, **found})
    return {"sheets": sheets}


def main(path: Path) -> None:
    """Print what the workbook holds, or in which way it is refused."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    # It lives for one file: the collector would only walk the growing lists again and again.
    gc.disable()
    try:
        answer = _read(path)
    except _OutOfBounds as refused:
        answer = {"out_of_bounds": str(refused)}
    except (_Damaged, expat.ExpatError, KeyError, ValueError, zipfile.BadZipFile, fastexcel.FastExcelError):
        answer = {"damaged": True}
    sys.stdout.buffer.write(msgspec.json.encode(answer))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
