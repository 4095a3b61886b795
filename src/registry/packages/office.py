"""Office archives (XLSX, DOCX) that are the same bytes on every machine."""

import io
import zipfile
from typing import Any
from xml.sax.saxutils import escape

from xlsxwriter.utility import xl_rowcol_to_cell_fast
from xlsxwriter.worksheet import CellFormulaTuple, Worksheet

_EARLIEST = (1980, 1, 1, 0, 0, 0)
_UNIX = 3


def stored(archive: bytes) -> bytes:
    """Return an office archive without compression and without the time it was written at.

    What a compressor makes of the same text depends on the version of zlib a machine happens to have; stored text is
    the text. A package grows by about one megabyte, and opens faster.
    """
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.create_system = _UNIX
            new.writestr(entry, old.read(name))
    return target.getvalue()


class PlainSheet(Worksheet):  # type: ignore[misc]
    """A worksheet of formulas that use no function newer than the file format, each cell with a format of its own.

    The library would look for newer functions in every formula and ask four times what a cell is; there are ten
    thousand of them, and half of the time a workbook takes.
    """

    def _write_formula(self, row: int, col: int, formula: str, cell_format: Any = None, value: Any = 0) -> Any:
        refused = self._check_dimensions(row, col)
        if not refused:
            self.table[row][col] = CellFormulaTuple(formula.removeprefix("="), cell_format, value)
        return refused

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        if cell.__class__ is not CellFormulaTuple or cell.format is None or isinstance(cell.value, bool):
            super()._write_cell(row, col, cell)
            return
        value, kind = cell.value, ""
        if isinstance(value, str):
            value, kind = escape(value), ' t="str"' if value else ""
        place = f'r="{xl_rowcol_to_cell_fast(row, col)}" s="{cell.format._get_xf_index()}"'  # noqa: SLF001
        self.fh.write(f"<c {place}{kind}><f>{escape(cell.formula)}</f><v>{value}</v></c>")
