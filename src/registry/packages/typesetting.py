"""Set documents in a process of its own: `python -m registry.packages.typesetting` reads a job, writes PDF.

Typst keeps what it has laid out for as long as its process lives, about 100 MB for each dossier, and offers no way to
let go. A process that ends with its documents keeps the server small, and a failure inside stays there.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from registry.errors import RegistryError
from registry.packages.fonts import font_folders, printable
from registry.settings import HOME

TEMPLATES = HOME / "reports"
LONGEST_SECONDS = 120
STANDARDS: tuple[Literal["a-2b"], Literal["ua-1"]] = ("a-2b", "ua-1")
"""For archives (PDF/A-2b) and for screen readers (PDF/UA-1: tags, titles, texts for pictures)."""


class TypesettingFailed(RegistryError):
    """A template could not be set; the message carries what the typesetter said."""

    code = "typesetting-failed"


def typeset(templates: Sequence[str], data: Mapping[str, Any], drawings: Mapping[str, str]) -> list[bytes]:
    """Return a PDF/A-2b, PDF/UA-1 for each template below `reports/`; `drawings` are charts as SVG, by name.

    Fonts are embedded, text is selectable, and no clock is read: the same job gives the same bytes. Raises
    TypesettingFailed.
    """
    job = json.dumps({"templates": list(templates), "data": _printable(data), "drawings": drawings}, ensure_ascii=False)
    named = "、".join(templates)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "registry.packages.typesetting"],
            input=job.encode(),
            capture_output=True,
            check=False,
            timeout=LONGEST_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise TypesettingFailed(
            f"排版超过 {LONGEST_SECONDS} 秒未完成：{named}", f"{named} was not set within {LONGEST_SECONDS} s"
        ) from None
    if done.returncode != 0:
        said = "".join(done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:])
        raise TypesettingFailed(f"排版失败：{named}：{said}", f"{named} could not be set: {said}")
    return _divided(done.stdout)


def _printable(value: Any) -> Any:
    """Return data in which every text can be set with the font at hand."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {key: _printable(item) for key, item in value.items()}
    return [_printable(item) for item in value] if isinstance(value, (list, tuple)) else value


def _divided(answer: bytes) -> list[bytes]:
    """Return the documents of an answer: a line with their lengths, then one after the other."""
    head, _, rest = answer.partition(b"\n")
    documents = []
    for length in map(int, head.split()):
        documents.append(rest[:length])
        rest = rest[length:]
    return documents


def main() -> None:
    """Read a job from standard input and write its documents to standard output."""
    import typst  # noqa: PLC0415 - only the process that sets the document pays for it

    job = json.loads(sys.stdin.buffer.read())
    inputs = {key: json.dumps(job[key], ensure_ascii=False) for key in ("data", "drawings")}
    compiler = typst.Compiler(
        root=str(TEMPLATES), font_paths=[str(folder) for folder in font_folders()], ignore_system_fonts=True
    )
    documents = []
    for template in job["templates"]:
        produced = compiler.compile(
            input=str(TEMPLATES / template), format="pdf", sys_inputs=inputs, pdf_standards=list(STANDARDS)
        )
        if not isinstance(produced, bytes):
            raise TypeError(f"a PDF is one file of bytes, not {type(produced).__name__}")
        documents.append(produced)
    sys.stdout.buffer.write(" ".join(str(len(document)) for document in documents).encode() + b"\n")
    for document in documents:
        sys.stdout.buffer.write(document)


if __name__ == "__main__":
    main()
