"""Charts of portfolio reports, drawn from the very rows of their table."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from registry.packages.charts import COLOURS, INK, Spec, chart_of
from registry.packages.fonts import FAMILY
from registry.portfolio.abatement import carbon_price
from registry.portfolio.reports import Ask, Chart, Report
from registry.portfolio.table import Column, Language, Table

MOST_BARS = 30
"""Bars or rows a chart shows, the largest first; the table beside it has all of them."""
_WAN_PER_YI = 10_000
_ROOM = {"left": 28, "right": 36, "top": 6, "bottom": 6}
"""A browser without our font draws wider letters than were measured; this keeps them inside."""
_LONG_LABEL = 24
"""Bytes of a legend entry from which two stand in a row."""


def portfolio_chart(report: Report, table: Table, ask: Ask, language: Language) -> Spec | None:
    """Return the chart of a report; None where it has none or no rows, and for tiles, which a page draws with links."""
    if report.chart is None or report.chart.kind == "tiles" or table.frame.is_empty():
        return None
    drawers: dict[str, Callable[[Chart, Table, Ask, Language], Spec | None]] = {
        "bars": _bars,
        "heat": _heat,
        "rectangles": _rectangles,
    }
    return drawers[report.chart.kind](report.chart, table, ask, language)


def shown_rows(report: Report, table: Table) -> int | None:
    """Return how many bars the chart leaves out of the table, None where it draws all."""
    if report.chart is None or report.chart.kind in ("rectangles", "tiles"):
        return None
    names = _across(report.chart, table)
    left = table.frame.select(names).n_unique() - MOST_BARS
    return left if left > 0 else None


def _across(chart: Chart, table: Table) -> list[str]:
    """Return the columns whose words stand under a bar: the one the chart names, else the keys of the table."""
    if chart.across:
        return [chart.across]
    first = next(place for place, column in enumerate(table.columns) if column.kind in ("money", "count"))
    return [column.name for column in table.columns[:first]]


def _records(table: Table, language: Language) -> list[dict[str, Any]]:
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows(language)]


def _bars(chart: Chart, table: Table, _ask: Ask, language: Language) -> Spec | None:
    columns = {column.name: column for column in table.columns}
    values = [columns[name] for name in chart.values]
    is_money = values[0].kind == "money"
    coloured = _colour(chart, table)
    rows: list[Spec] = []
    for record in _records(table, language):
        label = " ".join(str(record[name]) for name in _across(chart, table))
        colour = None if coloured is None else str(record[coloured])
        for column in values:
            amount = _amount(record[column.name], is_money=is_money)
            if amount is not None:
                rows.append({"label": label, "what": colour or _name(column, language), "amount": amount})
    places = {name: place for place, name in enumerate(dict.fromkeys(row["what"] for row in rows))}
    rows = [row | {"place": places[row["what"]]} for row in rows]
    is_ranked = not any(columns[name].kind in ("year", "count") or name == "band" for name in _across(chart, table))
    labels = _kept([row["label"] for row in rows], rows, is_ranked=is_ranked)
    rows = [row for row in rows if row["label"] in labels]
    if not any(row["amount"] for row in rows):
        return None
    unit = ("亿元" if language == "zh" else "CNY 100 million") if is_money else values[0].unit_in(language)
    axis = {"format": ",.4~r", "tickCount": 6}
    is_single = len(values) == 1 and coloured is None
    encoding: Spec = {
        "y": {"field": "label", "type": "nominal", "sort": labels, "title": None, "axis": {"labelLimit": 220}},
        "x": {"field": "amount", "type": "quantitative", "title": _title(values, unit, language), "axis": axis},
    }
    if not is_single:
        longest = max(len(row["what"].encode()) for row in rows)
        legend = {"columns": 2} if longest > _LONG_LABEL else {}
        encoding["color"] = {"field": "what", "type": "nominal", "sort": None, "legend": legend}
        # Parts of a bar stand in the order of the legend, not of their names.
        encoding["order"] = {"field": "place", "type": "quantitative"}
    mark = {"type": "bar", "color": COLOURS[0]} if is_single else {"type": "bar"}
    return chart_of(rows, height=max(90, 22 * len(labels)), mark=mark, encoding=encoding, padding=_ROOM)


def _colour(chart: Chart, table: Table) -> str | None:
    """Return the column whose values are told apart by colour: the chart's own, else a first key of few values."""
    if chart.colour is not None or len(chart.values) > 1 or not chart.across:
        return chart.colour
    key = table.columns[0].name
    return key if key != chart.across and table.frame.get_column(key).n_unique() <= len(COLOURS) else None


def _name(column: Column, language: Language) -> str:
    return column.zh if language == "zh" else column.en


def _title(values: list[Column], unit: str, language: Language) -> str:
    if len(values) > 1:
        return unit
    name = _name(values[0], language)
    return f"{name}（{unit}）" if unit and language == "zh" else f"{name} ({unit})" if unit else name


def _amount(value: Any, *, is_money: bool) -> float | None:
    if value is None:
        return None
    return float(Decimal(value) / _WAN_PER_YI) if is_money else float(value)


def _kept(labels: list[str], rows: list[Spec], *, is_ranked: bool) -> list[str]:
    """Return the labels to draw, in order: the largest where order means nothing, else as the table has them."""
    found = list(dict.fromkeys(labels))
    if is_ranked:
        sums = dict.fromkeys(found, 0.0)
        for row in rows:
            sums[row["label"]] += row["amount"]
        found.sort(key=lambda label: -sums[label])
    return found[:MOST_BARS]


def _heat(chart: Chart, table: Table, _ask: Ask, language: Language) -> Spec | None:
    records = _records(table, language)
    name, colour = chart.values[0], chart.colour or ""
    sums: dict[str, int] = {}
    for record in records:
        sums[record[colour]] = sums.get(record[colour], 0) + record[name]
    order = sorted(sums, key=lambda label: -sums[label])[:MOST_BARS]
    rows: list[Spec] = [
        {"across": str(record[chart.across]), "what": record[colour], "amount": record[name]}
        for record in records
        if record[colour] in order
    ]
    column = next(each for each in table.columns if each.name == name)
    encoding = {
        "y": {"field": "what", "type": "nominal", "sort": order, "title": None, "axis": {"labelLimit": 230}},
        "x": {"field": "across", "type": "nominal", "title": None, "axis": {"labelAngle": -45}},
        "color": {
            "field": "amount",
            "type": "quantitative",
            "title": column.heading(language),
            "scale": {"range": ["#e4efec", COLOURS[0]]},
            "legend": {"orient": "right"},
        },
    }
    return chart_of(
        rows, width=460, height=max(90, 20 * len(order)), mark={"type": "rect"}, encoding=encoding, padding=_ROOM
    )


def _rectangles(_chart: Chart, table: Table, ask: Ask, language: Language) -> Spec | None:
    drawn = [record for record in table.frame.iter_rows(named=True) if record["reason"] == "drawn"]
    if not drawn:
        return None
    columns = {column.name: column for column in table.columns}
    rows: list[Spec] = [
        {"start": row["start"], "end": row["end"], "cost": row["cost"], "zero": 0, "gains": row["cost"] < 0}
        for row in drawn
    ]
    scale = {"domain": [True, False], "range": [COLOURS[2], COLOURS[1]]}
    across = {"field": "start", "type": "quantitative", "title": columns["end"].heading(language), "axis": _PLAIN}
    bars: Spec = {
        "mark": {"type": "rect", "stroke": "#ffffff"},
        "encoding": {
            "x": across,
            "x2": {"field": "end"},
            "y": {"field": "cost", "type": "quantitative", "title": columns["cost"].heading(language), "axis": _PLAIN},
            "y2": {"field": "zero"},
            "color": {"field": "gains", "type": "nominal", "scale": scale, "legend": None},
        },
    }
    price = carbon_price(ask.indicator)
    layers = [bars] if price is None else [bars, *_price_line(price, language)]
    return chart_of(rows, layer=layers)


_PLAIN = {"format": ",.4~r", "tickCount": 6}


def _price_line(price: float, language: Language) -> list[Spec]:
    said = f"参考碳价 {price:g} 元/吨" if language == "zh" else f"Reference carbon price {price:g} yuan/t"
    data = {"values": [{"price": price, "said": said}]}
    y = {"field": "price", "type": "quantitative"}
    font = {"font": FAMILY, "fontWeight": 500, "color": INK}
    return [
        {"data": data, "mark": {"type": "rule", "strokeDash": [5, 4], "color": INK}, "encoding": {"y": y}},
        {
            "data": data,
            "mark": {"type": "text", "align": "left", "dx": 4, "dy": -6, "x": 0, **font},
            "encoding": {"y": y, "text": {"field": "said"}},
        },
    ]
