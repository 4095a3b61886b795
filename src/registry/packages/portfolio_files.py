"""A report of the portfolio as a file: as data (CSV, XLSX, Parquet), or set for reading, its chart with it (PDF)."""

from collections.abc import Mapping
from typing import Any, Literal

from registry.packages.drawing import draw
from registry.packages.portfolio_charts import portfolio_chart
from registry.packages.typesetting import typeset
from registry.portfolio.download import MEDIA_TYPES as DATA_TYPES
from registry.portfolio.download import Format, Provenance, download
from registry.portfolio.printing import printed_rows
from registry.portfolio.reports import Ask, find_report
from registry.portfolio.table import Language, Table

TEMPLATE = "report/report.typ"
Form = Literal["csv", "xlsx", "parquet", "pdf"]
MEDIA_TYPES: dict[Form, str] = {
    "csv": DATA_TYPES["csv"],
    "xlsx": DATA_TYPES["xlsx"],
    "parquet": DATA_TYPES["parquet"],
    "pdf": "application/pdf",
}

MOST_PRINTED = 1_000
"""Rows a PDF prints, from the top; it says how many there are, and that the data files have all."""
_WIDE = 7
"""Columns from which on the page lies on its side."""

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "zh": {
        "kind": "项目组合分析报表",
        "demo": "示例数据，非真实项目",
        "findings": "读数前请注意",
        "empty": "没有符合的记录。",
        "chart": "图（数据见下表）",
        "disclaimer": "依据登记数据生成，不构成任何机构的审批、评级或授信承诺。",
    },
    "en": {
        "kind": "Portfolio report",
        "demo": "Sample data (示例数据), not real projects",
        "findings": "Before you read the figures",
        "empty": "There are no such records.",
        "chart": "Chart; the data are in the table below",
        "disclaimer": "Made from what was registered; no approval, rating or promise of credit by anybody.",
    },
}


def report_file(table: Table, ask: Ask, told: Provenance, form: Form, language: Language = "zh") -> bytes:
    """Return a report as a file; equal table, question, provenance and language give equal bytes.

    Raises TypesettingFailed.
    """
    return report_pdf(table, ask, told, language) if form == "pdf" else download(table, told, _data(form), language)


def _data(form: Form) -> Format:
    return "csv" if form == "csv" else "xlsx" if form == "xlsx" else "parquet"


def report_pdf(table: Table, ask: Ask, told: Provenance, language: Language = "zh") -> bytes:
    """Return a report as PDF/A with query, day and permission printed on its head. Raises TypesettingFailed."""
    spec = portfolio_chart(find_report(ask.report), table, ask, language)
    drawings = {} if spec is None else {"chart": draw(spec)}
    return typeset([TEMPLATE], _view(table, told, language), drawings)[0]


def _view(table: Table, told: Provenance, language: Language) -> dict[str, Any]:
    """Return a report as plain texts for the template."""
    remarks = [each.message_zh if language == "zh" else each.message_en for each in table.remarks]
    rows = [[cell or "–" for cell in row] for row in printed_rows(table, language)]
    if len(rows) > MOST_PRINTED:
        zh = f"只印前 {MOST_PRINTED:,} 行，共 {len(rows):,} 行；全部见 CSV、XLSX 或 Parquet 文件"
        en = f"The first {MOST_PRINTED:,} of {len(rows):,} rows are printed; the CSV, XLSX and Parquet files hold all"
        remarks.insert(0, zh if language == "zh" else en)
    return {
        "document": {
            "title": table.title(language),
            "implementer": told.permission,
            "date": told.moment.date().isoformat(),
            "language": language,
            "version_id": told.query,
            "is_demo": told.has_demo_data,
            "is_draft": False,
        },
        "words": _WORDS[language],
        "facts": told.lines(language),
        "remarks": remarks,
        "head": table.headings(language),
        "rows": rows[:MOST_PRINTED],
        "numeric": [column.is_number for column in table.columns],
        "is_wide": len(table.columns) >= _WIDE,
    }
