"""The font 思源黑体 (Noto Sans SC, SIL OFL) that text and charts are set in; it travels as a Python package."""

import importlib.util
import re
import unicodedata
from functools import cache
from pathlib import Path

from registry.errors import RegistryError
from registry.settings import HOME

FAMILY = "Noto Sans SC"
CHART_FONTS = HOME / "reports" / "fonts"
"""Where the small font is that charts are measured with."""
_PACKAGE = "justmytype_intl_cjk"
_INVISIBLE = {"Cc", "Cf", "Mn"}
"""Control characters, joiners, direction marks, variation selectors: left out without a trace."""


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
    return (Path(found.origin).parent / "fonts" / "ofl" / "notosanssc",)


@cache
def _unprintable() -> re.Pattern[str]:
    """Match every character the font has no glyph for."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - the process that sets documents starts without it

    (file,) = font_folders()[0].glob("*.ttf")
    with TTFont(file, lazy=True) as font:
        known = sorted(font.getBestCmap())
    ranges: list[tuple[int, int]] = []
    for point in known:
        if ranges and point == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], point)
        else:
            ranges.append((point, point))
    covered = "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in ranges)
    return re.compile(f"[^{covered}\n\t]")


def printable(text: str) -> str:
    """Return the text with each character the font lacks replaced by its code, such as 〔U+20BB7〕.

    A document that must hold all its glyphs (PDF/A) cannot be set otherwise, and a box would hide which one it was.
    """
    return _unprintable().sub(lambda match: _stand_in(match[0]), text)


def _stand_in(character: str) -> str:
    return "" if unicodedata.category(character) in _INVISIBLE else f"〔U+{ord(character):04X}〕"
