"""The process documents are set in: reads a job from standard input, writes its PDFs to standard output.

A line with their lengths comes first, then one after the other. Standard library and the typesetter only: each package
starts this anew.
"""

import json
import os
import sys
from pathlib import Path

import typst


def main() -> None:
    """Set each template of the job."""
    job = json.loads(sys.stdin.buffer.read())
    compiler = typst.Compiler(root=job["root"], font_paths=job["fonts"], ignore_system_fonts=True)
    documents = []
    for template in job["templates"]:
        path = str(Path(job["root"]) / template)
        produced = compiler.compile(input=path, format="pdf", sys_inputs=job["inputs"], pdf_standards=job["standards"])
        if not isinstance(produced, bytes):
            raise TypeError(f"a PDF is one file of bytes, not {type(produced).__name__}")
        documents.append(produced)
    sys.stdout.buffer.write(" ".join(str(len(document)) for document in documents).encode() + b"\n")
    for document in documents:
        sys.stdout.buffer.write(document)
    sys.stdout.flush()
    # Letting go of what was laid out, piece by piece, takes a tenth of the time setting it took.
    os._exit(0)


if __name__ == "__main__":
    main()
