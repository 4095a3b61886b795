"""Draw a chart specification to SVG, with the same font as the text around it and the same bytes every time."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import vl_convert

from registry.packages.fonts import CHART_FONTS, font_folders


@cache
def _register_fonts() -> None:
    for folder in (CHART_FONTS, *font_folders()):
        vl_convert.register_font_directory(str(folder))


def draw(spec: Mapping[str, Any]) -> str:
    """Return the SVG of a Vega-Lite specification."""
    _register_fonts()
    return _canonical(str(vl_convert.vegalite_to_svg(dict(spec))))


def _canonical(svg: str) -> str:
    """Renumber clip paths: the drawing library counts them over the life of the process."""
    seen: dict[str, str] = {}
    return re.sub(r"\bclip\d+\b", lambda match: seen.setdefault(match[0], f"clip{len(seen)}"), svg)
