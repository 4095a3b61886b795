"""Files on their way in, as a browser sends them."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, Any, Final, Generic, Self, TypeVar

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.params import QueryParameter

from registry.errors import Finding, InvalidInput

LARGEST_UPLOAD: Final = 52 * 1024 * 1024
"""Bytes of a request that carries a file: the 50 MB a file may have, and the form around it."""
LARGEST_CARRIED: Final = 2 * LARGEST_UPLOAD
"""Bytes of a form that carries a file as text."""
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


Changes = TypeVar("Changes")
IsPreview = Annotated[bool, QueryParameter(name="preview", description="Say what would change, and change nothing")]


@dataclass(frozen=True, slots=True)
class Preview(Generic[Changes]):
    """A file that was not taken yet, and what taking it would do."""

    name: str
    content: str
    """In base 64, as the form of the preview carries it."""
    changes: Changes

    @classmethod
    def of(cls, name: str, content: bytes, changes: Changes) -> Self:
        """Return the preview of a file."""
        return cls(name, base64.b64encode(content).decode(), changes)


async def uploaded_file(request: Request[Any, Any, Any]) -> tuple[str, bytes]:
    """Return the name and content of the form's `file`. Raises InvalidInput when none was chosen."""
    sent = (await request.form()).get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        raise InvalidInput.of(
            [Finding("file", "missing", "请先选择文件，再上传", "Choose a file first, then upload it")]
        )
    return file_name(sent.filename), await sent.read()


def carried_file(form: Mapping[str, str]) -> tuple[str, bytes]:
    """Return the file a preview carries in its form, to be taken now. Raises InvalidInput when it came back broken.

    What was previewed is kept nowhere else: who leaves the page has changed nothing and left nothing behind.
    """
    try:
        content = base64.b64decode(form.get("content", ""), validate=True)
    except ValueError:
        content = b""
    if not content:
        zh, en = "预览的文件没有完整送回，请重新上传", "The previewed file did not come back whole; upload it again"
        raise InvalidInput.of([Finding("file", "missing", zh, en)])
    return file_name(form.get("name", "")), content


def file_name(sent: str) -> str:
    """Return the last part of a name as a browser sent it, without control characters."""
    name = PurePosixPath(sent.replace("\\", "/")).name
    return "".join(each for each in name if each.isprintable())[:200] or "upload"
