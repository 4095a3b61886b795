"""The printed form of a package's content: plain text ready for a template, nothing left to calculate there.

Templates in `reports/` receive this as JSON data, so no text of a user ever becomes template code.
"""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from registry.finance.book import MONEY
from registry.finance.statements import Statement, StatementRow
from registry.packages import checklist, eligibility, indicators, wording
from registry.packages.analysis_view import printed_analysis
from registry.packages.content import Evaluation, PackageContent
from registry.packages.risks import APPROVALS, risks
from registry.projects.catalogue import fields, line_fields
from registry.projects.lines import FUNDING_SOURCES, FUNDING_STATUS, FundingLine
from registry.projects.model import SECTIONS, Dossier

MOST_YEARS_PER_BLOCK = 11
"""Year columns beside name and total on a landscape page; longer periods continue in further blocks."""
YEARS_WIDTH = 186.0
DIGIT_WIDTH, CELL_PADDING = 1.42, 1.8
"""Millimetres on the landscape page for all years, and those a digit and the space around a figure take there."""

CONVENTION_TITLES = {
    "timing": "现金流量时点",
    "construction_interest": "建设期利息",
    "operation_interest": "运营期利息",
    "vat": "增值税",
    "adjusted_income_tax": "调整所得税",
    "losses": "亏损弥补",
    "grants": "补助资金",
    "irr": "内部收益率",
    "payback": "投资回收期",
    "dscr": "偿债备付率",
    "llcr": "贷款期、项目期备付率",
    "coverage": "本息覆盖倍数",
    "roi_roe": "总投资收益率、资本金净利润率",
    "capital_ratio": "资本金比例",
    "dividends": "利润分配",
    "price_contingency": "价差预备费",
    "working_capital": "流动资金",
    "mirr": "修正内部收益率",
}


def view(content: PackageContent) -> dict[str, Any]:
    """Return everything the templates print."""
    dossier = content.dossier
    needed = missing_fields(dossier)
    missing_documents = checklist.gaps(dossier)
    return {
        "document": _document(content, is_draft=bool(needed or missing_documents or content.evaluation is None)),
        "fields": _fields(dossier),
        "sections": {
            key: {"title": zh, "fields": list(model.model_fields)} for key, (zh, _, model) in SECTIONS.items()
        },
        "lines": {name: _lines(dossier, name) for name in Dossier.LINES},
        "funding": _funding(dossier.funding_lines),
        "evaluation": None if content.evaluation is None else _evaluation(content.evaluation),
        "evaluation_findings": [finding.get("message", "") for finding in content.evaluation_findings],
        "analysis": None if content.analysis is None else printed_analysis(content.analysis),
        "risks": [
            {"kind": risk.kind, "found": risk.found, "origin": risk.origin, "mitigant": risk.mitigant or wording.TO_ADD}
            for risk in risks(content)
        ],
        "income": _income(content),
        "eligibility": [eligibility.statement(verdict) for verdict in content.verdicts],
        "checklist": [_checklist_line(line) for line in checklist.checklist(dossier)],
        "approval_codes": list(APPROVALS),
        "gaps": {
            "fields": needed,
            "documents": [{"title": item.title_zh, "provider": item.provider_zh} for item in missing_documents],
        },
    }


def missing_fields(dossier: Dossier) -> list[str]:
    """Return the official terms of fields a packaged project needs and nobody supplied."""
    return [
        field.term.zh
        for name, field in fields().items()
        if field.term.needed_from is not None and getattr(dossier, name) in {None, ""}
    ]


def _document(content: PackageContent, *, is_draft: bool) -> dict[str, Any]:
    return {
        "title": content.dossier.name or wording.MISSING,
        "implementer": content.dossier.implementer_name or wording.MISSING,
        "code": content.project_code,
        "version_id": content.version_id,
        "revision": content.revision.number,
        "revision_hash": content.revision.hash,
        "saved_at": f"{content.revision.saved_at:%Y-%m-%d %H:%M} UTC",
        "author": content.revision.author or wording.MISSING,
        "date": content.governing_date.isoformat(),
        "date_zh": f"{content.governing_date.year}年{content.governing_date.month}月{content.governing_date.day}日",
        "assessment_id": content.assessment_id,
        "engine_version": content.engine_version,
        "is_demo": content.is_demo,
        "is_draft": is_draft,
    }


def _fields(dossier: Dossier) -> dict[str, Any]:
    return {
        name: {
            "label": field.term.zh,
            "unit": "" if field.kind == "ratio" else field.term.unit or "",
            "value": wording.field_value(field, getattr(dossier, name)),
            "is_missing": getattr(dossier, name) in {None, ""},
        }
        for name, field in fields().items()
    }


def _lines(dossier: Dossier, collection: str) -> dict[str, Any]:
    described = line_fields(collection)
    return {
        "labels": {name: field.term.zh for name, field in described.items()},
        "rows": [
            {name: wording.field_value(field, getattr(line, name)) for name, field in described.items()}
            for line in getattr(dossier, collection)
        ],
    }


def _funding(lines: Sequence[FundingLine]) -> dict[str, Any]:
    """Funding by source and year: sums of the known amounts, and how many amounts are unknown."""
    years = sorted({line.year for line in lines if line.year is not None})
    sources = [source for source in FUNDING_SOURCES if any(line.source == source for line in lines)]
    columns: list[int | None] = [*years, *([None] if any(line.year is None for line in lines) else [])]
    return {
        "years": [str(year) if year is not None else "年度未定" for year in columns],
        "rows": [
            {
                "source": FUNDING_SOURCES[source],
                "total": _known_sum([line for line in lines if line.source == source]),
                "cells": [
                    _known_sum([line for line in lines if line.source == source and line.year == year], none="")
                    for year in columns
                ],
            }
            for source in sources
        ],
        "total": {
            "total": _known_sum(lines),
            "cells": [_known_sum([line for line in lines if line.year == year], none="") for year in columns],
        },
        "by_status": [
            {"status": label, "total": _known_sum([line for line in lines if line.status == status], none="无")}
            for status, label in FUNDING_STATUS.items()
        ],
        "unknown_amounts": sum(line.amount is None for line in lines),
    }


def _known_sum(lines: Sequence[FundingLine], none: str = wording.MISSING) -> str:
    amounts = [line.amount for line in lines if line.amount is not None]
    if not lines:
        return none
    return wording.money(sum(amounts, Decimal(0))) if amounts else wording.MISSING


def _evaluation(evaluation: Evaluation) -> dict[str, Any]:
    groups = list(dict.fromkeys(indicator.group for indicator in indicators.INDICATORS))
    return {
        "construction_years": evaluation.construction_years,
        "operation_years": evaluation.operation_years,
        "years": evaluation.years,
        "discount_rate": wording.percent(evaluation.discount_rate),
        "totals": [
            {"name": zh, "value": wording.money(evaluation.totals.get(key))}
            for key, zh, _ in indicators.TOTALS
            if key in evaluation.totals
        ],
        "headlines": [_indicator(item, evaluation) for item in indicators.INDICATORS if item.is_headline],
        "groups": [
            {
                "name": group,
                "rows": [
                    _indicator(item, evaluation)
                    for item in indicators.INDICATORS
                    if item.group == group and indicators.is_shown(item, evaluation.indicators)
                ],
            }
            for group in groups
            if any(
                item.group == group and indicators.is_shown(item, evaluation.indicators)
                for item in indicators.INDICATORS
            )
        ],
        "sensitivity": [_sensitivity(factor, table) for factor, table in evaluation.sensitivity.items()],
        "conventions": [
            {"name": CONVENTION_TITLES.get(name, name), "text": words["zh"]}
            for name, words in evaluation.conventions.items()
        ],
        "warnings": [str(warning.get("message", "")) for warning in evaluation.warnings],
        "statements": [_statement(statement, evaluation) for statement in evaluation.statements],
    }


def _indicator(item: indicators.Indicator, evaluation: Evaluation) -> dict[str, Any]:
    value = evaluation.indicators.get(item.key)
    printed = indicators.printed(item, value)
    return {"name": item.zh, "name_en": item.en, "value": printed, "short": printed.split("（", maxsplit=1)[0]}


def _sensitivity(factor: str, table: Mapping[str, Any]) -> dict[str, Any]:
    """One factor of table 13: the indicators at each change, and the change at which the value turns to zero."""
    switching = table["switching_point"]
    return {
        "factor": indicators.FACTORS.get(factor, factor),
        "switching_point": "不存在" if switching is None else f"{switching * 100:+.2f}%",
        "rows": [
            {
                "change": f"{row['change'] * 100:+.0f}%",
                "irr": wording.percent(row["irr"], wording.NOT_DEFINED),
                "npv": wording.money(row["npv"], wording.NOT_DEFINED),
                "coefficient": wording.plain(row["coefficient_irr"], wording.NOT_DEFINED),
                "coefficient_npv": wording.plain(row["coefficient_npv"], wording.NOT_DEFINED),
            }
            for row in table["rows"]
        ],
    }


def _statement(statement: Statement, evaluation: Evaluation) -> dict[str, Any]:
    """One table, its years cut into blocks that fit a page; each block repeats code, name and total.

    Rows of a table without years (an estimate of investment) make one block of name and amount.
    """
    has_years = any(row.values for row in statement.rows)
    width = years_per_block(statement, evaluation.years)
    blocks = []
    for start in range(0, evaluation.years, width) if has_years else (0,):
        stop = min(start + width, evaluation.years) if has_years else start
        built = max(0, min(stop, evaluation.construction_years) - start)
        blocks.append(
            {
                "years": [str(year + 1) for year in range(start, stop)],
                "construction": built,
                "operation": stop - start - built,
                "rows": [_statement_row(row, start, stop) for row in statement.rows if row.values or start == 0],
            }
        )
    return {
        "number": statement.number,
        "title": f"表{statement.number} {statement.title_zh}" if statement.number[0].isdigit() else statement.title_zh,
        "title_en": statement.title_en,
        "blocks": blocks,
    }


def years_per_block(statement: Statement, years: int) -> int:
    """Return how many years stand side by side: as many as the longest figure allows, in blocks of even length."""
    figures = (figure for row in statement.rows for figure in (row.total, *row.values))
    longest = max((len(wording.cell(figure)) for figure in figures), default=1)
    most = min(MOST_YEARS_PER_BLOCK, max(1, int(YEARS_WIDTH / (longest * DIGIT_WIDTH + CELL_PADDING))))
    return math.ceil(years / math.ceil(years / most))


def _statement_row(row: StatementRow, start: int, stop: int) -> dict[str, Any]:
    cells = [_row_figure(row, value) for value in row.values[start:stop]] or [""] * (stop - start)
    unit = "" if row.unit == MONEY else f"（{row.unit}）"
    return {
        "code": row.code,
        "name": f"{row.name_zh}{unit}",
        "total": _row_figure(row, row.total),
        "is_total": row.code.isdigit(),
        "cells": cells,
    }


def _row_figure(row: StatementRow, value: float | None) -> str:
    """Money with two decimals; shares and covers with four, as the tables mix both."""
    return wording.cell(value) if value is None or row.unit == MONEY else f"{value:,.4f}".rstrip("0").rstrip(".")


def _income(content: PackageContent) -> list[dict[str, str]]:
    """Revenue streams with the basis of their amount, from the inputs of the evaluation."""
    case = content.dossier.financials
    document: Mapping[str, Any] = {} if case is None else case.model_dump(mode="json")
    return [_stream(stream) for stream in document.get("revenue_streams") or ()]


_CERTAINTY = {
    "contracted": "已签合同",
    "regulated": "政府定价",
    "market": "市场价格",
    "uncontracted": "未签约",
}


def _stream(stream: Mapping[str, Any]) -> dict[str, str]:
    quantity, price, amount = (stream.get(key) for key in ("quantity_10k", "unit_price_yuan", "annual_amount"))
    if quantity is not None and price is not None:
        basis = f"{wording.number(quantity)} 万单位 × {wording.number(price)} 元"
    elif amount is not None:
        basis = f"年金额 {wording.money(Decimal(str(amount)))} 万元"
    else:
        basis = "分年金额" if stream.get("schedule") else wording.MISSING
    return {
        "name": stream.get("name") or wording.MISSING,
        "basis": basis,
        "escalation": wording.percent(stream.get("escalation_rate"), "无"),
        "vat": wording.percent(stream.get("vat_rate")),
        "certainty": _CERTAINTY.get(str(stream.get("certainty")), wording.MISSING),
    }


def _checklist_line(line: checklist.ChecklistLine) -> dict[str, Any]:
    document = line.document
    return {
        "code": line.item.code,
        "title": line.item.title_zh,
        "stage": line.item.stage_zh,
        "provider": line.item.provider_zh,
        "mandatory": line.item.mandatory,
        "status": line.status_zh,
        "is_available": line.is_available,
        "number": "" if document is None else document.number or "",
        "date": "" if document is None else document.date or "",
    }
