"""Small files, good and hostile, as bytes."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import openpyxl

TITLES = ("项目名称", "总投资", "省份", "地市", "区县")


def workbook(*rows: Sequence[Any], sheet: str = "项目") -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for row in rows:
        page.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(content: bytes, **changed: bytes) -> bytes:
    """Return the workbook with parts replaced or added; `__` stands for `/` and `_DOT_` for `.` in a part's name."""
    parts = {name.replace("__", "/").replace("_DOT_", "."): data for name, data in changed.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, parts.pop(entry.filename, old.read(entry.filename)))
        for name, data in parts.items():
            new.writestr(name, data)
    return out.getvalue()


def sheet_xml(cells: str, dimension: str = "A1") -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    text = (
        f'<?xml version="1.0"?><worksheet xmlns="{main}"><dimension ref="{dimension}"/>'
        f"<sheetData>{cells}</sheetData></worksheet>"
    )
    return text.encode()


def csv_text(*rows: Sequence[str]) -> str:
    return "".join(",".join(f'"{cell}"' for cell in row) + "\r\n" for row in rows)
