"""Draw a chart of a package as SVG, straight from its numbers: no drawing library, the same bytes everywhere."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import singledispatch
from xml.sax.saxutils import escape, quoteattr

from registry.packages.fonts import FAMILY
from registry.packages.plots import Format, Histogram, LinePlot, Plot, Series, ShareBar, YearPlot

INK, GRID, DOMAIN = "#2b3a3a", "#e3e7e4", "#8b9795"
WIDTH, HEIGHT, STRIP = 640.0, 230.0, 30.0
"""Room for what is drawn, without the words around it; `STRIP` is the height of a bar of shares. In pixels."""
SIZE = 11.0
LEGEND, TITLE, TICK_LABEL, EDGE = 24.0, 18.0, 18.0, 20.0
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MOST_TICKS = 7
_NARROWEST_YEAR = 18.0
"""A number of a year needs this much room; where years are narrower, not every one is named."""
_WIDE = 0x2E80
"""From this code point on, characters are as wide as they are high."""
_MARKS: Sequence[Callable[[float, float], str]] = (
    lambda x, y: f"M{x - 3:.1f} {y:.1f}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0Z",
    lambda x, y: f"M{x - 2.8:.1f} {y - 2.8:.1f}h5.6v5.6h-5.6Z",
    lambda x, y: f"M{x:.1f} {y - 3.8:.1f}l3.6 6.4h-7.2Z",
    lambda x, y: f"M{x:.1f} {y - 4:.1f}l4 4l-4 4l-4 -4Z",
)
"""Points of lines differ in shape as well as in colour."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Values from `low` to `high` onto pixels from `start` to `stop`, with a tick at each multiple of `step`."""

    low: float
    high: float
    step: float
    start: float
    stop: float

    def place(self, value: float) -> float:
        """Return the pixel of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.stop - self.start)

    @property
    def ticks(self) -> list[float]:
        """Return the values with a tick; one that is zero but for rounding is zero."""
        first, last = math.ceil(self.low / self.step - 1e-9), math.floor(self.high / self.step + 1e-9)
        return [position * self.step for position in range(first, last + 1)]

    def label(self, value: float, form: Format) -> str:
        """Return what stands at a tick, with the decimals its step needs."""
        scale = 1.0 if form == "number" else 100.0
        step = self.step * scale
        decimals = max(0, -math.floor(math.log10(step) + 1e-9))
        decimals += not math.isclose(step * 10**decimals, round(step * 10**decimals))
        sign = "+" if form == "change" and value > 0 else ""
        return f"{sign}{value * scale:,.{decimals}f}" + ("" if form == "number" else "%")


def _step(low: float, high: float, most: int) -> float:
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in _STEPS if step * power >= rough * (1 - 1e-9))


def _up(values: Sequence[float]) -> Axis:
    """Return the upright axis: always with zero, ending at a tick on both sides."""
    low, high = min(0.0, *values), max(0.0, *values)
    if low == high:
        high = 1.0
    step = _step(low, high, _MOST_TICKS - 1)
    return Axis(math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step, step, HEIGHT, 0.0)


def _text(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _line(points: tuple[float, float, float, float], colour: str) -> str:
    x1, y1, x2, y2 = points
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{colour}" fill="none"/>'


def _bar(left: float, right: float, ends: tuple[float, float], colour: str) -> str:
    top, bottom = min(ends), max(ends)
    size = f'width="{right - left:.2f}" height="{bottom - top:.2f}"'
    return f'<rect x="{left:.2f}" y="{top:.2f}" {size} fill={quoteattr(colour)}/>'


def _wide(words: str) -> float:
    return sum(SIZE if ord(character) >= _WIDE else SIZE * 0.58 for character in words)


def _legend(shown: Sequence[tuple[Series, int | None]]) -> Iterator[str]:
    """Name each series in a row on top: a square for bars, a line with its point for lines."""
    x = 0.0
    for series, mark in shown:
        if mark is None:
            yield _bar(x, x + 10, (-17.0, -7.0), series.colour)
        else:
            yield f'<path d="M{x:.1f} -12h14" stroke="{series.colour}" stroke-width="2"/>'
            yield f'<path d="{_MARKS[mark % len(_MARKS)](x + 7, -12)}" fill="{series.colour}"/>'
        yield _text(x + (14 if mark is None else 18), -8, series.name, "start")
        x += 34 + _wide(series.name)


def _grid(axis: Axis, form: Format = "number") -> Iterator[str]:
    for tick in axis.ticks:
        y = axis.place(tick)
        yield _line((0, y, WIDTH, y), GRID)
        yield _text(-6, y + 4, axis.label(tick, form), "end")


def _curve(series: Series, places: Sequence[float], axis: Axis, mark: int) -> Iterator[str]:
    """Draw a line through the values that are there, broken where one is not, and a point at each."""
    steps, points, is_drawn = [], [], False
    for x, value in zip(places, series.values, strict=True):
        if value is not None:
            y = axis.place(value)
            steps.append(f"{'L' if is_drawn else 'M'}{x:.1f} {y:.1f}")
            points.append(_MARKS[mark % len(_MARKS)](x, y))
        is_drawn = value is not None
    yield f'<path d="{"".join(steps)}" stroke="{series.colour}" stroke-width="2" fill="none"/>'
    yield f'<path d="{"".join(points)}" fill="{series.colour}"/>'


def _framed(parts: Sequence[str], left: float, height: float) -> str:
    """Return the drawing with room for the words on its left, on top and below."""
    width, high = left + WIDTH + EDGE, LEGEND + height
    style = f'font-family={quoteattr(FAMILY)} font-size="{SIZE:g}" font-weight="500" fill="{INK}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{high:.0f}" '
        f'viewBox="0 0 {width:.0f} {high:.0f}"><g transform="translate({left:.1f} {LEGEND:g})" {style}>'
        f"{''.join(parts)}</g></svg>"
    )


def _plotted(axis: Axis, form: Format, titles: tuple[str, str], parts: Sequence[str]) -> str:
    """Return a drawing with an upright axis: its title stands on end on the left, the other below the middle."""
    across, up = titles
    left = max(_wide(axis.label(tick, form)) for tick in axis.ticks) + 12 + TITLE
    zero = axis.place(0.0)
    words = [
        f'<g transform="translate({-left + SIZE:.1f} {HEIGHT / 2:g}) rotate(-90)">{_text(0, 0, up)}</g>',
        _text(WIDTH / 2, HEIGHT + TICK_LABEL + TITLE, across),
    ]
    return _framed(
        [*_grid(axis, form), *parts, _line((0, zero, WIDTH, zero), DOMAIN), *words],
        left,
        HEIGHT + TICK_LABEL + TITLE + 6,
    )


def _known(series: Sequence[Series]) -> list[float]:
    return [value for each in series for value in each.values if value is not None]


@singledispatch
def plotted(plot: Plot) -> str:
    """Return the SVG of a chart."""
    raise TypeError(type(plot).__name__)


@plotted.register
def _years(plot: YearPlot) -> str:
    count = max(len(series.values) for series in (*plot.bars, *plot.lines))
    axis = _up(_known([*plot.bars, *plot.lines]))
    band = WIDTH / count
    wide = band * 0.8 / max(1, len(plot.bars))
    parts: list[str] = []
    for place, series in enumerate(plot.bars):
        for year, value in enumerate(series.values):
            if value is not None:
                left = year * band + band * 0.1 + place * wide
                parts.append(_bar(left, left + wide, (axis.place(0.0), axis.place(value)), series.colour))
    middles = [(year + 0.5) * band for year in range(count)]
    for mark, series in enumerate(plot.lines):
        parts += _curve(series, middles, axis, mark)
    every = next(step for step in (1, 2, 5, 10, count) if step * band >= _NARROWEST_YEAR or step >= count)
    years = (year for year in range(count) if every == 1 or (year + plot.first) % every == 0)
    parts += [_text(middles[year], HEIGHT + TICK_LABEL, str(year + plot.first)) for year in years]
    shown: list[tuple[Series, int | None]] = [(series, None) for series in plot.bars]
    parts += _legend([*shown, *((series, mark) for mark, series in enumerate(plot.lines))])
    return _plotted(axis, "number", (plot.across, plot.up), parts)


@plotted.register
def _lines(plot: LinePlot) -> str:
    axis, across = _up(_known(plot.lines)), _across(plot.at)
    parts = list(_ticks_across(across, plot.across_format))
    for mark, series in enumerate(plot.lines):
        parts += _curve(series, [across.place(at) for at in plot.at], axis, mark)
    parts += _legend([(series, mark) for mark, series in enumerate(plot.lines)])
    return _plotted(axis, "number", (plot.across, plot.up), parts)


@plotted.register
def _histogram(plot: Histogram) -> str:
    axis, across = _up(_known(plot.bars)), _across(plot.edges)
    parts = [
        _bar(across.place(low) + 0.5, across.place(high) - 0.5, (axis.place(0.0), axis.place(value)), series.colour)
        for series in plot.bars
        for low, high, value in zip(plot.edges[:-1], plot.edges[1:], series.values, strict=True)
        if value
    ]
    parts += [*_ticks_across(across, "number"), *_legend([(series, None) for series in plot.bars])]
    return _plotted(axis, plot.up_format, (plot.across, plot.up), parts)


@plotted.register
def _shares(plot: ShareBar) -> str:
    whole = sum(_known(plot.parts))
    across = Axis(0.0, 1.0, 0.2, 0.0, WIDTH)
    parts, before = list(_legend([(series, None) for series in plot.parts])), 0.0
    for series in plot.parts:
        value = sum(_known([series]))
        left, right = across.place(before / whole), across.place((before + value) / whole)
        parts.append(_bar(left, right, (0.0, STRIP), series.colour))
        share = f"{value / whole:.1%}"
        if right - left > _wide(share) + 8:
            parts.append(f'<g fill="#ffffff">{_text((left + right) / 2, STRIP / 2 + 4, share)}</g>')
        before += value
    parts += [_text(across.place(tick), STRIP + TICK_LABEL, across.label(tick, "percent")) for tick in across.ticks]
    parts.append(_text(WIDTH / 2, STRIP + TICK_LABEL + TITLE, plot.across))
    return _framed(parts, EDGE, STRIP + TICK_LABEL + TITLE + 6)


def _across(at: Sequence[float]) -> Axis:
    """Return the level axis from the first value to the last."""
    low, high = min(at), max(at)
    return Axis(low, high, _step(low, high, _MOST_TICKS), 0.0, WIDTH)


def _ticks_across(axis: Axis, form: Format) -> Iterator[str]:
    for tick in axis.ticks:
        x = axis.place(tick)
        yield _line((x, HEIGHT, x, HEIGHT + 4), DOMAIN)
        yield _text(x, HEIGHT + TICK_LABEL, axis.label(tick, form))
