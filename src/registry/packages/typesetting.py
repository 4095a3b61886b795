"""Set one document in a process of its own: `python -m registry.packages.typesetting` reads a job, writes a PDF.

Typst keeps what it has laid out for as long as its process lives, about 100 MB for each dossier, and offers no way to
let go. A process that ends with its document keeps the server small, and a failure inside stays there.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from registry.errors import RegistryError
from registry.packages.fonts import font_folders
from registry.settings import HOME

TEMPLATES = HOME / "reports"
LONGEST_SECONDS = 120


class TypesettingFailed(RegistryError):
    """A template could not be set; the message carries what the typesetter said."""

    code = "typesetting-failed"


def typeset(template: str, data: Mapping[str, Any], drawings: Mapping[str, str]) -> bytes:
    """Return the PDF/A-2b of a template below `reports/`; `drawings` are charts as SVG, by name.

    Fonts are embedded, text is selectable, and no clock is read: the same job gives the same bytes. Raises
    TypesettingFailed.
    """
    job = json.dumps({"template": template, "data": data, "drawings": drawings}, ensure_ascii=False)
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module, the job goes in as data
            [sys.executable, "-m", __name__],
            input=job.encode(),
            capture_output=True,
            check=False,
            timeout=LONGEST_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise TypesettingFailed(
            f"排版超过 {LONGEST_SECONDS} 秒未完成：{template}", f"{template} was not set within {LONGEST_SECONDS} s"
        ) from None
    if done.returncode != 0 or not done.stdout.startswith(b"%PDF-"):
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise TypesettingFailed(
            f"排版失败：{template}：{''.join(said)}", f"{template} could not be set: {''.join(said)}"
        )
    return done.stdout


def main() -> None:
    """Read a job from standard input and write the PDF to standard output."""
    import typst  # noqa: PLC0415 - only the process that sets the document pays for it

    job = json.loads(sys.stdin.buffer.read())
    produced = typst.compile(
        str(TEMPLATES / job["template"]),
        root=str(TEMPLATES),
        font_paths=[str(folder) for folder in font_folders()],
        ignore_system_fonts=True,
        sys_inputs={key: json.dumps(job[key], ensure_ascii=False) for key in ("data", "drawings")},
        pdf_standards=["a-2b"],
    )
    if not isinstance(produced, bytes):
        raise TypeError(f"a PDF is one file of bytes, not {type(produced).__name__}")
    sys.stdout.buffer.write(produced)


if __name__ == "__main__":
    main()
