"""Files on their way in, as a browser sends them."""

from pathlib import PurePosixPath
from typing import Any, Final

from litestar import Request
from litestar.datastructures import UploadFile

from registry.errors import Finding, InvalidInput

LARGEST_UPLOAD: Final = 52 * 1024 * 1024
"""Bytes of a request that carries a file: the 50 MB a file may have, and the form around it."""
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def uploaded_file(request: Request[Any, Any, Any]) -> tuple[str, bytes]:
    """Return the name and content of the form's `file`. Raises InvalidInput when none was chosen."""
    sent = (await request.form()).get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        raise InvalidInput.of(
            [Finding("file", "missing", "请先选择文件，再上传", "Choose a file first, then upload it")]
        )
    return file_name(sent.filename), await sent.read()


def file_name(sent: str) -> str:
    """Return the last part of a name as a browser sent it, without control characters."""
    name = PurePosixPath(sent.replace("\\", "/")).name
    return "".join(each for each in name if each.isprintable())[:200] or "upload"
