"""Set documents in a process of its own, `typesetting_process`.

Typst keeps what it has laid out while its process lives, about 70 MB for each dossier, and takes as long to let go of
it as a new process takes to start. One that ends with its documents keeps the server small, and a failure stays there.
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
    job = _job(templates, data, drawings)
    named = "、".join(templates)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "registry.packages.typesetting_process"],
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


def _job(templates: Sequence[str], data: Mapping[str, Any], drawings: Mapping[str, str]) -> str:
    """Return all the process needs to know: it imports nothing of the registry, so that it starts at once."""
    inputs = {
        name: json.dumps(value, ensure_ascii=False)
        for name, value in (("data", _printable(data)), ("drawings", drawings))
    }
    job = {
        "root": str(TEMPLATES),
        "fonts": [str(folder) for folder in font_folders()],
        "standards": list(STANDARDS),
        "templates": list(templates),
        "inputs": inputs,
    }
    return json.dumps(job, ensure_ascii=False)


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
