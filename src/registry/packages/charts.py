"""Charts 图 of a package, which pages show as well, and the look of charts that are Vega-Lite specifications.

A package holds plots, drawn from their numbers in a few milliseconds; the reports of the portfolio, whose charts are of
many kinds, are left to a drawing library. Text asks for weight 500: the variable font comes out thin at any weight the
SVG leaves to its default.
"""

from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import Any

from registry.packages import indicators
from registry.packages.analysis import Analysis, Uncertainty
from registry.packages.content import Evaluation
from registry.packages.fonts import FAMILY
from registry.packages.plots import Histogram, LinePlot, Plot, Series, ShareBar, YearPlot

Spec = dict[str, Any]
INK = "#2b3a3a"
_YEAR, _MONEY = "项目年", "万元"
GAIN, LOSS = "净现值不为负", "净现值为负"
COLOURS = ("#0f5f5c", "#c8862b", "#6f8f3f", "#8c4a3c", "#4a6d8c", "#9a8fb0", "#b5b08a")


def _text(size: int) -> Spec:
    return {
        "labelFont": FAMILY,
        "labelFontWeight": 500,
        "labelFontSize": size,
        "labelColor": INK,
        "titleFont": FAMILY,
        "titleFontWeight": 500,
        "titleFontSize": size,
        "titleColor": INK,
    }


_CONFIG: Spec = {
    "font": FAMILY,
    "view": {"stroke": None},
    "axis": {**_text(11), "gridColor": "#e3e7e4", "domainColor": "#8b9795", "tickColor": "#8b9795"},
    "legend": {**_text(11), "orient": "top", "title": None, "symbolType": "square", "labelLimit": 400},
    "range": {"category": list(COLOURS)},
}


def chart_of(values: list[Spec], width: int = 640, height: int = 240, **rest: Any) -> Spec:
    """Return a chart of these values in the registry's own look."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": width,
        "height": height,
        "background": None,
        "config": _CONFIG,
        "data": {"values": values},
        **rest,
    }


def cash_flow(evaluation: Evaluation) -> Plot | None:
    """Project flow after tax by year as bars, its running total as a line; None without the series."""
    flow = evaluation.series.get("project_cf_post_tax")
    if not flow or not any(flow):
        return None
    running = list(accumulate(amount or 0.0 for amount in flow))
    bars = [Series("净现金流量（税后）", COLOURS[0], flow)]
    return YearPlot(bars, [Series("累计净现金流量", COLOURS[1], running)], _YEAR, _MONEY)


def debt_service(evaluation: Evaluation) -> Plot | None:
    """Cash available beside debt service by year of operation; None when there is no debt."""
    available, service = evaluation.series.get("cfads"), evaluation.series.get("debt_service")
    if not available or not service or not any(service):
        return None
    built = evaluation.construction_years
    bars = [
        Series("可用于还本付息的资金", COLOURS[0], available[built:]),
        Series("当期还本付息", COLOURS[1], service[built:]),
    ]
    return YearPlot(bars, [], _YEAR, _MONEY, first=built + 1)


def funding_mix(evaluation: Evaluation) -> Plot | None:
    """Shares of equity, grants and debt in the funding of construction; None when nothing is known."""
    parts = (("项目资本金", "equity_total"), ("财政补助资金", "grants_total"), ("债务资金", "debt_drawn"))
    found = [
        Series(name, COLOURS[place], (float(evaluation.totals[key]),))
        for place, (name, key) in enumerate(parts)
        if evaluation.totals.get(key)
    ]
    return ShareBar(found, "占筹资比例") if found else None


def sensitivity(evaluation: Evaluation) -> Plot | None:
    """Net present value after tax against the change of each factor; None when it was not calculated."""
    base = indicators.number_of(evaluation.indicators.get("project_npv_post_tax"))
    tables = {
        factor: {0.0: base, **{row["change"]: row["npv"] for row in table["rows"]}}
        for factor, table in evaluation.sensitivity.items()
    }
    changes = sorted({change for found in tables.values() for change in found})
    lines = [
        Series(indicators.FACTORS.get(factor, factor), COLOURS[place % len(COLOURS)], [*map(found.get, changes)])
        for place, (factor, found) in enumerate(tables.items())
        if any(value is not None for value in found.values())
    ]
    if not lines or len(changes) == 1:
        return None
    return LinePlot(changes, lines, "因素变化", "财务净现值（万元）", across_format="change")


def curve(points: list[tuple[float, float]], *, x: str, y: str, y_format: str = ",.0f") -> Spec:
    """Return points joined by a line, with the titles of both axes."""
    scale = {"zero": False}
    return chart_of(
        [{"x": across, "y": up} for across, up in points],
        height=220,
        mark={"type": "line", "point": True, "interpolate": "linear", "color": COLOURS[0]},
        encoding={
            "x": {"field": "x", "type": "quantitative", "title": x, "scale": scale},
            "y": {"field": "y", "type": "quantitative", "title": y, "axis": {"format": y_format}, "scale": scale},
        },
    )


CHARTS: Mapping[str, Callable[[Evaluation], Plot | None]] = {
    "cash_flow": cash_flow,
    "debt_service": debt_service,
    "funding_mix": funding_mix,
    "sensitivity": sensitivity,
}


def npv_distribution(analysis: Analysis) -> Plot | None:
    """Return the histogram of the net present value of a package's draws; None without."""
    return distribution(analysis.uncertainty)


def distribution(uncertainty: Uncertainty) -> Plot | None:
    """Return the histogram of the net present value over the draws, its losses in another colour; None without."""
    bins = uncertainty.npv_bins
    if not bins:
        return None
    bars = [
        Series(GAIN, COLOURS[0], [bar.share if bar.high > 0 else None for bar in bins]),
        Series(LOSS, COLOURS[3], [bar.share if bar.high <= 0 else None for bar in bins]),
    ]
    edges = [bins[0].low, *(bar.high for bar in bins)]
    return Histogram(edges, bars, "税后财务净现值（万元）", "占抽样次数")


def charts_of(evaluation: Evaluation | None, analysis: Analysis | None = None) -> dict[str, Plot]:
    """Return every chart there are figures for, by name."""
    if evaluation is None:
        return {}
    plots = {name: chart(evaluation) for name, chart in CHARTS.items()}
    if analysis is not None:
        plots["npv_distribution"] = npv_distribution(analysis)
    return {name: plot for name, plot in plots.items() if plot is not None}
