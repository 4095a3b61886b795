"""What kind of file was uploaded, by its first bytes, whatever its name says. Nothing is opened or run."""

import io
import zipfile
from collections.abc import Iterator
from typing import cast

import puremagic

from registry.errors import Finding, shown

_OFFICE = "application/vnd.openxmlformats-officedocument"
EXTENSIONS: dict[str, tuple[str, ...]] = {
    "application/pdf": ("pdf",),
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/tiff": ("tif", "tiff"),
    f"{_OFFICE}.wordprocessingml.document": ("docx",),
    f"{_OFFICE}.spreadsheetml.sheet": ("xlsx",),
    f"{_OFFICE}.presentationml.presentation": ("pptx",),
    "application/msword": ("doc", "wps"),
    "application/vnd.ms-excel": ("xls", "et"),
    "application/vnd.ms-powerpoint": ("ppt", "dps"),
}
"""Media types that are taken, with the endings their names may have."""

_ZIP_PARTS = {"word/": "wordprocessingml.document", "xl/": "spreadsheetml.sheet", "ppt/": "presentationml.presentation"}
_OLE_MAGIC = bytes.fromhex("D0CF11E0A1B11AE1")
_OLE_STREAMS = {
    "WordDocument": "application/msword",
    "Workbook": "application/vnd.ms-excel",
    "PowerPoint Document": "application/vnd.ms-powerpoint",
}


def media_type(content: bytes) -> str | None:
    """Return the media type of a content that is taken, None for any other."""
    if content.startswith(b"PK\x03\x04"):
        return _of_zip(content)
    if content.startswith(_OLE_MAGIC):
        return next((kind for name, kind in _OLE_STREAMS.items() if name.encode("utf-16-le") in content), None)
    try:
        guesses = puremagic.magic_string(content[:4096])
    except (puremagic.PureError, ValueError):
        return None
    # The likeliest guess decides: a page with a picture's marks further in is a page.
    best = cast("str", guesses[0].mime_type) if guesses else None
    return best if best in EXTENSIONS else None


def flaws(content: bytes, file_name: str, *, limit_mb: int) -> Iterator[Finding]:
    """Yield everything that stops a file from being taken."""
    if not content:
        yield Finding("file", "empty-file", "文件为空", "The file is empty", shown(file_name))
        return
    if len(content) > limit_mb * 1024 * 1024:
        size = len(content) / 1024 / 1024
        yield Finding(
            "file",
            "file-too-large",
            f"文件 {size:.1f} MB，上限 {limit_mb} MB",
            f"{size:.1f} MB; at most {limit_mb} MB",
            shown(file_name),
        )
        return
    kind = media_type(content)
    if kind is None:
        yield Finding(
            "file",
            "file-type",
            "只接收 PDF、不含宏的 Office 文档和图片（PNG、JPEG、TIFF），按内容识别",
            "Only PDF, Office documents without macros, and PNG, JPEG or TIFF pictures are taken, by their content",
            shown(file_name),
        )
    elif file_name.rpartition(".")[2].lower() not in EXTENSIONS[kind]:
        expected = "、".join(EXTENSIONS[kind])
        yield Finding(
            "file",
            "file-name",
            f"文件名与内容不符：内容为 {kind}，扩展名应为 {expected}",
            f"The name does not fit the content, which is {kind}",
            shown(file_name),
        )


def _of_zip(content: bytes) -> str | None:
    try:
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    except zipfile.BadZipFile:
        return None
    if "[Content_Types].xml" not in names or any(name.lower().endswith("vbaproject.bin") for name in names):
        return None
    parts = [kind for folder, kind in _ZIP_PARTS.items() if any(name.startswith(folder) for name in names)]
    return f"{_OFFICE}.{parts[0]}" if len(parts) == 1 else None
