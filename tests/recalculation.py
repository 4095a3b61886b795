"""Recalculate a workbook in LibreOffice: cached values are taken out first, so only its formulas can answer."""

import io
import re
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

import openpyxl

Cells = dict[tuple[str, str], object]
"""(sheet, address) to value."""

_CELL_WITH_FORMULA = re.compile(rb"(<c [^>]*>)(<f>.*?</f>)<v>.*?</v>(</c>)", re.DOTALL)


def without_cached_values(workbook: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                content = _CELL_WITH_FORMULA.sub(rb"\1\2\3", content)
                content = re.sub(rb'(<c [^>]*?) t="(?:str|b)"([^>]*>)(<f>)', rb"\1\2\3", content)
            new.writestr(name, content)
    return target.getvalue()


def recalculated(workbooks: Mapping[str, bytes], folder: Path) -> dict[str, Cells]:
    """Return every cell of each workbook after LibreOffice has calculated it from nothing."""
    source, result = folder / "in", folder / "out"
    source.mkdir()
    for name, workbook in workbooks.items():
        (source / f"{name}.xlsx").write_bytes(without_cached_values(workbook))
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation=file://{folder / 'profile'}",
            "--headless",
            "--convert-to",
            "xlsx",
            "--outdir",
            str(result),
            *(str(source / f"{name}.xlsx") for name in workbooks),
        ],
        check=True,
        capture_output=True,
        timeout=240,
    )
    return {name: values_of((result / f"{name}.xlsx").read_bytes()) for name in workbooks}


def values_of(workbook: bytes) -> Cells:
    return _cells(workbook, data_only=True)


def formulas_of(workbook: bytes) -> Cells:
    return {at: value for at, value in _cells(workbook, data_only=False).items() if str(value).startswith("=")}


def _cells(workbook: bytes, *, data_only: bool) -> Cells:
    book = openpyxl.load_workbook(io.BytesIO(workbook), data_only=data_only, read_only=True)
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def differences(expected: Cells, found: Cells, formulas: Cells, relative: float = 1e-9) -> list[str]:
    """Return every formula cell that does not come out as expected; amounts below one count as one."""
    wrong = []
    for at in formulas:
        one, other = expected.get(at), found.get(at)
        if isinstance(one, (int, float)) and isinstance(other, (int, float)):
            if abs(one - other) > relative * max(1.0, abs(one)):
                wrong.append(f"{at}: {one!r} became {other!r} by {formulas[at]}")
        elif (one or "") != (other or ""):
            wrong.append(f"{at}: {one!r} became {other!r} by {formulas[at]}")
    return wrong
