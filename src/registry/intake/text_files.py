"""CSV in the encodings that offices here save: UTF-8, UTF-8 with BOM, GB 18030.

Spreadsheets run what a cell of a CSV begins with, so an apostrophe stands before such texts on the way out and is taken
away on the way in. Texts that hold one there already get a second one: nothing is lost.
"""

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

from registry.intake import refusals
from registry.intake.refusals import LONGEST_CELL, MOST_CELLS, MOST_COLUMNS, MOST_ROWS

Encoding = Literal["utf-8", "gb18030"]
_CODECS: Final[dict[Encoding, str]] = {"utf-8": "utf-8-sig", "gb18030": "gb18030"}
"""Without its mark Excel takes UTF-8 for the encoding of the machine."""
_STARTS_FORMULA: Final = re.compile(r"'*(?:\s*[=+\-@＝＋－＠]|[\t\r\n])")
_DELIMITERS = (",", "\t", ";")
_SAMPLE = 200_000


def read_csv(content: bytes, name: str) -> list[list[str | None]]:
    """Return the rows of a CSV file as text. Raises Unreadable."""
    text = _decode(content, name)
    rows: list[list[str | None]] = []
    cells = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    # The limit belongs to the process, not to the reader; every reader here wants the same one.
    csv.field_size_limit(LONGEST_CELL)
    try:
        for row in reader:
            cells += len(row)
            if len(rows) >= MOST_ROWS or len(row) > MOST_COLUMNS or cells > MOST_CELLS:
                raise refusals.out_of_bounds(name, f"第 {len(rows) + 1} 行（row {len(rows) + 1}），{len(row)} 列")
            rows.append([_unguarded(cell) if cell else None for cell in row])
    except csv.Error:
        raise refusals.broken_csv(name, len(rows) + 1) from None
    return rows


def guarded(text: str) -> str:
    """Return a text as a CSV may hold it: never the beginning of a formula."""
    return f"'{text}" if _STARTS_FORMULA.match(text) else text


def _unguarded(text: str) -> str:
    return text[1:] if text[0] == "'" and _STARTS_FORMULA.match(text) else text


def csv_lines(rows: Iterable[Sequence[str | None]], encoding: Encoding) -> Iterator[bytes]:
    """Yield a CSV in pieces: texts guarded, UTF-8 with its mark, or GB 18030, which has every character too."""
    out = io.StringIO()
    writer = csv.writer(out)
    encoder = codecs.getincrementalencoder(_CODECS[encoding])()
    for row in rows:
        writer.writerow([None if text is None else guarded(text) for text in row])
        yield encoder.encode(out.getvalue())
        out.seek(0)
        out.truncate()


def _decode(content: bytes, name: str) -> str:
    is_marked = content.startswith(codecs.BOM_UTF8)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _is_readable(text[:_SAMPLE], is_sure=is_marked):
            return text
    if b"\x00" in content[:_SAMPLE] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refusals.not_a_table(name, "binary")
    raise refusals.wrong_encoding(name)


def _is_readable(text: str, *, is_sure: bool) -> bool:
    """Say whether text reads as text: a wrongly guessed encoding shows as control and unassigned characters.

    A few private-use characters are let pass, because GB 18030 once placed rare ideographs there: one in fifty, while
    Big5 read as GB 18030 has one in six. In a file that says which encoding it is in, any number of them.
    """
    counts = Counter(unicodedata.category(character) for character in text if character not in "\r\n\t")
    return counts["Cc"] == 0 and (is_sure or (counts["Co"] + counts["Cn"]) * 50 <= len(text))


def _delimiter(text: str) -> str:
    """Return the delimiter that cuts the first line into most cells; the comma when none does."""
    line = next((line for line in text[:_SAMPLE].splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=line.count)
