"""Documents that go along 附件: which uploaded files a package encloses, under which names."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import may
from registry.packages.content import Attachment
from registry.packages.verify import UNSAFE_CHARACTERS
from registry.projects.documents.operations import DamagedFile, list_documents
from registry.projects.documents.store import Store, StoreUnavailable
from registry.projects.model import Dossier

FOLDER = "attachments"
UNCODED = "其他"
"""Stands in the name where a checklist code would."""
LARGEST_ENCLOSED_BYTES = 300 * 1024 * 1024
"""All documents together; a package beyond 512 MB is checked by nobody."""
_LONGEST_STEM_BYTES = 180


def attachments_of(
    session: Session, actor: Actor, code: str, dossier: Dossier, *, reader: Actor
) -> tuple[Attachment, ...]:
    """Return the documents of a project that this reader may have, by checklist code and name.

    A document counts under the code the dossier names it for, else under the one it was uploaded for; what was
    withdrawn does not go out, whatever the dossier says. Raises NotFound.
    """
    if not (may(actor, "read_documents") and may(reader, "read_documents")):
        return ()
    named = {line.sha256: line.checklist_code for line in dossier.documents if line.sha256}
    found = {
        (named.get(file.sha256, document.checklist_code), file.sha256): (document.file_name, file.size)
        for document, file in list_documents(session, actor, code)
    }
    listed = sorted(
        (checklist_code or "~", name, sha256, size) for (checklist_code, sha256), (name, size) in found.items()
    )
    return tuple(_attachments(listed))


def _attachments(listed: Iterable[tuple[str, str, str, int]]) -> Iterator[Attachment]:
    taken: set[str] = set()
    enclosed = 0
    for sorted_code, name, sha256, size in listed:
        checklist_code = None if sorted_code == "~" else sorted_code
        path = f"{FOLDER}/{checklist_code or UNCODED}_{_safe(name)}"
        if path.casefold() in taken:
            path = f"{FOLDER}/{checklist_code or UNCODED}_{sha256[:8]}_{_safe(name)}"
        taken.add(path.casefold())
        is_enclosed = enclosed + size <= LARGEST_ENCLOSED_BYTES
        enclosed += size if is_enclosed else 0
        yield Attachment(path, name, checklist_code, sha256, size, is_enclosed)


def _safe(name: str) -> str:
    """Return a file name every system can unpack, shortened in the middle of nothing but its own words."""
    cleaned = UNSAFE_CHARACTERS.sub("_", name.replace("/", "_")).strip(" .") or "file"
    suffix = PurePosixPath(cleaned).suffix[:12]
    stem = cleaned.removesuffix(suffix).encode()[:_LONGEST_STEM_BYTES].decode(errors="ignore")
    return f"{stem.rstrip(' .')}{suffix}"


def enclosed_files(attachments: Iterable[Attachment], store: Store | None) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each enclosed document. Raises StoreUnavailable, DamagedFile naming the document."""
    for each in attachments:
        if not each.is_enclosed:
            continue
        if store is None:
            raise StoreUnavailable("没有可读取附件的文件存储", "There is no store to read the documents from")
        content = store.read(each.sha256)
        if hashlib.sha256(content).hexdigest() != each.sha256:
            raise DamagedFile(
                f"附件“{each.file_name}”与上传时不一致，材料包未生成；请重新上传该文件",
                f"The document {each.file_name} differs from what was uploaded; no package was made. Upload it again",
            )
        yield each.path, content
