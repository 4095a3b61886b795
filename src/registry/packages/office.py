"""Office archives (XLSX, DOCX) that are the same bytes on every machine."""

import io
import zipfile
from typing import Any

from xlsxwriter.worksheet import Worksheet

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
    """A worksheet whose formulas use no function newer than the file format.

    The library would look for 29 newer functions in every formula, a third of the time a workbook takes.
    """

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> Any:
        return formula.removeprefix("=")
