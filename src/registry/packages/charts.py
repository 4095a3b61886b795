"""Charts 图 of a package as Vega-Lite specifications; a page can show the very same ones.

Text asks for weight 500: the variable font comes out thin at any weight the SVG leaves to its default.
"""

from collections.abc import Callable, Mapping
from typing import Any

from registry.packages import indicators
from registry.packages.analysis import Analysis, Uncertainty
from registry.packages.content import Evaluation
from registry.packages.fonts import FAMILY

Spec = dict[str, Any]
INK = "#2b3a3a"
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


_YEAR = {"field": "year", "type": "ordinal", "title": "项目年", "axis": {"labelAngle": 0, "labelOverlap": True}}


def cash_flow(evaluation: Evaluation) -> Spec | None:
    """Project flow after tax by year as bars, its running total as a line; None without the series."""
    flow = evaluation.series.get("project_cf_post_tax")
    if not flow or not any(flow):
        return None
    total = 0.0
    values: list[Spec] = []
    for year, amount in enumerate(flow, start=1):
        total += amount or 0.0
        values += [
            {"year": year, "what": "净现金流量（税后）", "amount": amount},
            {"year": year, "what": "累计净现金流量", "amount": total},
        ]
    scale = {"domain": ["净现金流量（税后）", "累计净现金流量"], "range": [COLOURS[0], COLOURS[1]]}
    money = {"field": "amount", "type": "quantitative", "title": "万元", "axis": {"format": ",.0f"}}
    colour = {"field": "what", "type": "nominal", "scale": scale}
    bars = {"filter": "datum.what == '净现金流量（税后）'"}
    line = {"filter": "datum.what == '累计净现金流量'"}
    encoding = {"x": _YEAR, "y": money, "color": colour}
    return chart_of(
        values,
        layer=[
            {"transform": [bars], "mark": {"type": "bar"}, "encoding": encoding},
            {"transform": [line], "mark": {"type": "line", "point": True}, "encoding": encoding},
        ],
    )


def debt_service(evaluation: Evaluation) -> Spec | None:
    """Cash available beside debt service by year; None when there is no debt."""
    available, service = evaluation.series.get("cfads"), evaluation.series.get("debt_service")
    if not available or not service or not any(service):
        return None
    values = [
        {"year": year, "what": what, "amount": amount}
        for what, series in (("可用于还本付息的资金", available), ("当期还本付息", service))
        for year, amount in enumerate(series, start=1)
        if year > evaluation.construction_years and amount is not None
    ]
    return chart_of(
        values,
        mark={"type": "bar"},
        encoding={
            "x": _YEAR,
            "xOffset": {"field": "what", "sort": None},
            "y": {"field": "amount", "type": "quantitative", "title": "万元", "axis": {"format": ",.0f"}},
            "color": {"field": "what", "type": "nominal", "sort": None},
        },
    )


def funding_mix(evaluation: Evaluation) -> Spec | None:
    """Shares of equity, grants and debt in the funding of construction; None when nothing is known."""
    parts = (("项目资本金", "equity_total"), ("财政补助资金", "grants_total"), ("债务资金", "debt_drawn"))
    values = [
        {"what": name, "amount": float(evaluation.totals[key]), "place": place}
        for place, (name, key) in enumerate(parts)
        if evaluation.totals.get(key)
    ]
    if not values:
        return None
    return chart_of(
        values,
        height=46,
        mark={"type": "bar", "height": 26},
        encoding={
            "x": {
                "field": "amount",
                "type": "quantitative",
                "stack": "normalize",
                "title": "占筹资比例",
                "axis": {"format": ".0%"},
            },
            "color": {"field": "what", "type": "nominal", "sort": None},
            "order": {"field": "place"},
        },
    )


def sensitivity(evaluation: Evaluation) -> Spec | None:
    """Net present value after tax against the change of each factor; None when it was not calculated."""
    base = indicators.number_of(evaluation.indicators.get("project_npv_post_tax"))
    values: list[Spec] = [
        {"what": indicators.FACTORS.get(factor, factor), "change": row["change"], "npv": row["npv"]}
        for factor, table in evaluation.sensitivity.items()
        for row in [*table["rows"], {"change": 0.0, "npv": base}]
        if row["npv"] is not None
    ]
    if not values:
        return None
    axis = {"format": "+.0%", "values": [-0.2, -0.1, 0, 0.1, 0.2]}
    return chart_of(
        values,
        mark={"type": "line", "point": True},
        encoding={
            "x": {"field": "change", "type": "quantitative", "title": "因素变化", "axis": axis},
            "y": {"field": "npv", "type": "quantitative", "title": "财务净现值（万元）", "axis": {"format": ",.0f"}},
            "color": {"field": "what", "type": "nominal", "sort": None},
        },
    )


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


CHARTS: Mapping[str, Callable[[Evaluation], Spec | None]] = {
    "cash_flow": cash_flow,
    "debt_service": debt_service,
    "funding_mix": funding_mix,
    "sensitivity": sensitivity,
}


def npv_distribution(analysis: Analysis) -> Spec | None:
    """Return the histogram of the net present value of a package's draws; None without."""
    return distribution(analysis.uncertainty)


def distribution(uncertainty: Uncertainty) -> Spec | None:
    """Return the histogram of the net present value over the draws, its losses in another colour; None without."""
    bins = uncertainty.npv_bins
    if not bins:
        return None
    values: list[Spec] = [
        {
            "low": bar.low,
            "high": bar.high,
            "share": bar.share,
            "what": "净现值为负" if bar.high <= 0 else "净现值不为负",
        }
        for bar in bins
    ]
    scale = {"domain": [GAIN, LOSS], "range": [COLOURS[0], COLOURS[3]]}
    axis = {"title": "税后财务净现值（万元）", "axis": {"format": ",.0f", "tickCount": 8}, "scale": {"zero": False}}
    return chart_of(
        values,
        mark={"type": "bar", "binSpacing": 1},
        encoding={
            "x": {"field": "low", "type": "quantitative", "bin": "binned", **axis},
            "x2": {"field": "high"},
            "y": {"field": "share", "type": "quantitative", "title": "占抽样次数", "axis": {"format": ".0%"}},
            "color": {"field": "what", "type": "nominal", "scale": scale},
        },
    )


def charts_of(evaluation: Evaluation | None, analysis: Analysis | None = None) -> dict[str, Spec]:
    """Return every chart there are figures for, by name."""
    if evaluation is None:
        return {}
    specs = {name: chart(evaluation) for name, chart in CHARTS.items()}
    if analysis is not None:
        specs["npv_distribution"] = npv_distribution(analysis)
    return {name: spec for name, spec in specs.items() if spec is not None}
