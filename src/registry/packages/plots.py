"""The few kinds of chart 图 a package holds, as data: what stands on each axis, what is drawn, in which unit.

One declaration serves page and paper; `plotting` draws it. A value that is None is unknown or does not exist, and is
left out of the drawing, never drawn as zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Format = Literal["number", "percent", "change"]
"""How an axis prints: thousands separators and the decimals its steps need; per cent of a share; per cent with sign."""


@dataclass(frozen=True, slots=True)
class Series:
    """One thing drawn: its name in the legend, its colour, and a value for each place across."""

    name: str
    colour: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class YearPlot:
    """Bars beside each other in each year, and lines over them. `first` is the number of the first year."""

    bars: Sequence[Series]
    lines: Sequence[Series]
    across: str
    up: str
    first: int = 1


@dataclass(frozen=True, slots=True)
class LinePlot:
    """Lines over a measured axis; `at` are the places across that every series has a value for."""

    at: Sequence[float]
    lines: Sequence[Series]
    across: str
    up: str
    across_format: Format = "number"


@dataclass(frozen=True, slots=True)
class Histogram:
    """Touching bars from edge to edge, one more edge than bars; each bar is in one series only, None in the others."""

    edges: Sequence[float]
    bars: Sequence[Series]
    across: str
    up: str
    up_format: Format = "percent"


@dataclass(frozen=True, slots=True)
class ShareBar:
    """One bar of the whole, divided by its parts; each series has one value, not negative."""

    parts: Sequence[Series]
    across: str


Plot = YearPlot | LinePlot | Histogram | ShareBar
