"""The PDF documents of a package, set by Typst from the templates in `reports/`.

PDF/A-2b, fonts embedded, text selectable, dated by the content and not by the clock: same content, same bytes.
"""

import json
import threading
from functools import cache
from typing import Any

import typst

from registry.packages import charts
from registry.packages.content import PackageContent
from registry.packages.fonts import font_folders
from registry.packages.view import view
from registry.settings import HOME

TEMPLATES = HOME / "reports"
_one_at_a_time = threading.Lock()


@cache
def _compiler() -> typst.Compiler:
    """Fonts are read once per process; the compiler is not made for two threads at a time."""
    return typst.Compiler(
        root=str(TEMPLATES), font_paths=[str(folder) for folder in font_folders()], ignore_system_fonts=True
    )


def dossier_pdf(content: PackageContent) -> bytes:
    """Return the main dossier 融资方案."""
    return typeset("dossier/dossier.typ", view(content), charts.drawings(content.evaluation))


def typeset(template: str, data: dict[str, Any], drawings: dict[str, str]) -> bytes:
    """Return the PDF of a template; it reads `data` and `drawings` (SVG by name) as JSON inputs."""
    inputs = {"data": json.dumps(data, ensure_ascii=False), "drawings": json.dumps(drawings, ensure_ascii=False)}
    with _one_at_a_time:
        produced = _compiler().compile(
            input=str(TEMPLATES / template), format="pdf", sys_inputs=inputs, pdf_standards=["a-2b"]
        )
    if not isinstance(produced, bytes):
        raise TypeError(f"{template}: a PDF is one file of bytes, not {type(produced).__name__}")
    return produced
