"""The chart of a plan: money by year and how certain it is. Page and PDF show the same picture."""

from registry.packages.charts import COLOURS, Spec, chart_of
from registry.portfolio.table import Language
from registry.programme.financing_plan.queries import Plan
from registry.programme.financing_plan.tables import funding_by_year_table

_SHADES = {"secured_fen": COLOURS[0], "planned_fen": COLOURS[1], "gap_fen": COLOURS[3]}


def funding_chart(plan: Plan, language: Language = "zh") -> Spec | None:
    """Return secured, planned and lacking money by year as stacked bars; None where no amount is known."""
    table = funding_by_year_table(plan)
    place = 0 if language == "zh" else 1
    columns = {column.name: column for column in table.columns}
    words = {name: (columns[name].zh, columns[name].en)[place] for name in _SHADES}
    values: list[Spec] = [
        {"year": str(columns["year"].shown(row["year"], language)), "what": words[name], "amount": row[name] / 1e6}
        for row in table.frame.iter_rows(named=True)
        for name in _SHADES
        if row[name]
    ]
    if not values:
        return None
    unit = ("万元", "CNY 10,000")[place]
    scale = {"domain": list(words.values()), "range": list(_SHADES.values())}
    return chart_of(
        values,
        mark={"type": "bar", "size": 34},
        encoding={
            "x": {"field": "year", "type": "ordinal", "title": None, "axis": {"labelAngle": 0}, "sort": None},
            "y": {
                "field": "amount",
                "type": "quantitative",
                "title": unit,
                "axis": {"format": ",.0f", "titlePadding": 22},
            },
            "color": {"field": "what", "type": "nominal", "scale": scale},
            "order": {"field": "what", "sort": "descending"},
        },
    )
