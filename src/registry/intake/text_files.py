"""CSV in the encodings that offices here save: UTF-8, UTF-8 with BOM, GB 18030."""

import csv
import io
import unicodedata
from collections import Counter

from registry.intake import refusals
from registry.intake.refusals import LONGEST_CELL, MOST_CELLS, MOST_COLUMNS, MOST_ROWS

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
            rows.append([cell or None for cell in row])
    except csv.Error:
        raise refusals.broken_csv(name, len(rows) + 1) from None
    return rows


def _decode(content: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _is_readable(text[:_SAMPLE]):
            return text
    if b"\x00" in content[:_SAMPLE] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refusals.not_a_table(name, "binary")
    raise refusals.wrong_encoding(name)


def _is_readable(text: str) -> bool:
    """Say whether text reads as text: a wrongly guessed encoding shows as control and unassigned characters.

    A few private-use characters are let pass, because GB 18030 once placed rare ideographs there.
    """
    counts = Counter(unicodedata.category(character) for character in text if character not in "\r\n\t")
    return counts["Cc"] == 0 and (counts["Co"] + counts["Cn"]) * 200 <= len(text)


def _delimiter(text: str) -> str:
    """Return the delimiter that cuts the first line into most cells; the comma when none does."""
    line = next((line for line in text[:_SAMPLE].splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=line.count)
