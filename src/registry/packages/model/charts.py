"""Native charts of the workbook: they follow when an input is changed."""

from typing import Any

from registry.packages.model import styles
from registry.packages.model.layout import Layout
from registry.packages.model.sheets import ModelBook

CHARTS = "图表"
_SECOND = "#C8862B"
_SIZE = {"width": 980, "height": 340}


def charts_sheet(model: ModelBook) -> None:
    """Draw cash flow, and debt service with its cover when there is debt."""
    sheet = model.sheet(CHARTS, "图表")
    flow = _columns(model, "项目投资现金流量（所得税后，万元）", [("净现金流量", "project_cf_post_tax", styles.ACCENT)])
    line = model.book.add_chart({"type": "line"})
    line.add_series(_series(model.layout, "累计净现金流量", "cumulative_cf_post_tax", _SECOND, width=2))
    flow.combine(line)
    sheet.insert_chart(3, 0, flow)
    if model.figures.structure.debts:
        parts = [("可用于还本付息的资金", "cfads", styles.ACCENT), ("当期还本付息", "debt_service", _SECOND)]
        sheet.insert_chart(22, 0, _columns(model, "偿债资金与还本付息（万元）", parts))
    sheet.fit_to_pages(1, 1)


def _columns(model: ModelBook, title: str, parts: list[tuple[str, str, str]]) -> Any:
    chart = model.book.add_chart({"type": "column"})
    for name, key, colour in parts:
        chart.add_series(_series(model.layout, name, key, colour))
    font = {"name": styles.FONT, "size": 10}
    chart.set_title({"name": title, "name_font": {**font, "size": 12, "bold": True}})
    chart.set_x_axis({"num_font": font, "label_position": "low", "name": "项目年", "name_font": font})
    grid = {"visible": True, "line": {"color": "#E3E7E4"}}
    chart.set_y_axis({"num_font": font, "num_format": "#,##0", "major_gridlines": grid})
    chart.set_legend({"position": "bottom", "font": font})
    chart.set_size(_SIZE)
    return chart


def _series(layout: Layout, name: str, key: str, colour: str, width: float | None = None) -> dict[str, Any]:
    look = {"fill": {"color": colour}} if width is None else {"line": {"color": colour, "width": width}}
    return {
        "name": name,
        "categories": f"={layout.span('year', '')}",
        "values": f"={layout.span(key, '')}",
        **look,
    }
