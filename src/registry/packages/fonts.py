"""The font 思源黑体 (Noto Sans SC, SIL OFL) that text and charts are set in; it travels as a Python package."""

import importlib.util
from functools import cache
from pathlib import Path

from registry.errors import RegistryError

FAMILY = "Noto Sans SC"
_PACKAGE = "justmytype_intl_cjk"


class FontMissing(RegistryError):
    """The font package is not installed, so no document can be set."""

    code = "font-missing"


@cache
def font_folders() -> tuple[Path, ...]:
    """Return the folders to search for fonts. Raises FontMissing."""
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise FontMissing(
            "未安装中文字体包 justmytype-intl-cjk", "the font package justmytype-intl-cjk is not installed"
        )
    folder = Path(found.origin).parent / "fonts" / "ofl"
    return (folder / "notosanssc", folder / "notosanstc")
