"""Draw a chart to SVG, with the same font as the text around it and the same bytes every time."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from registry.packages.fonts import CHART_FONTS, font_folders
from registry.packages.plots import Plot
from registry.packages.plotting import plotted


@cache
def _library() -> Any:
    """Return the drawing library, which holds a browser's engine: a process that draws plots alone never loads it."""
    import vl_convert  # noqa: PLC0415 - a hundred megabytes for those who need it

    for folder in (CHART_FONTS, *font_folders()):
        vl_convert.register_font_directory(str(folder))
    return vl_convert


def draw(chart: Plot | Mapping[str, Any]) -> str:
    """Return the SVG of a plot or of a Vega-Lite specification."""
    if isinstance(chart, Mapping):
        return _canonical(str(_library().vegalite_to_svg(dict(chart))))
    return plotted(chart)


def _canonical(svg: str) -> str:
    """Renumber clip paths: the drawing library counts them over the life of the process."""
    seen: dict[str, str] = {}
    return re.sub(r"\bclip\d+\b", lambda match: seen.setdefault(match[0], f"clip{len(seen)}"), svg)
