"""The printed form of a package's content: plain text ready for a template, nothing left to calculate there.

Templates in `reports/` receive this as JSON data, so no text of a user ever becomes template code.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from registry.packages import checklist, eligibility, indicators, wording
from registry.packages.analysis_view import printed_analysis
from registry.packages.annex import annex, result_lines
from registry.packages.content import Evaluation, PackageContent
from registry.packages.rights import rights_view
from registry.packages.risks import APPROVALS, risks
from registry.projects.catalogue import fields, line_fields
from registry.projects.lines import FUNDING_SOURCES, FUNDING_STATUS, FundingLine
from registry.projects.model import SECTIONS, Dossier

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


def view(content: PackageContent, *, with_annex: bool = True) -> dict[str, Any]:
    """Return everything the templates print; the annex, thousands of figures, only for those who print it."""
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
        "rights": rights_view(content.rights),
        "annex": annex(content) if with_annex else [],
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
        "sensitivity": _sensitivity(evaluation),
        "conventions": [
            {"name": CONVENTION_TITLES.get(name, name), "text": words["zh"]}
            for name, words in evaluation.conventions.items()
        ],
        "warnings": [str(warning.get("message", "")) for warning in evaluation.warnings],
        "result_lines": result_lines(evaluation),
    }


def _indicator(item: indicators.Indicator, evaluation: Evaluation) -> dict[str, Any]:
    value = evaluation.indicators.get(item.key)
    printed = indicators.printed(item, value)
    return {"name": item.zh, "name_en": item.en, "value": printed, "short": printed.split("（", maxsplit=1)[0]}


def _sensitivity(evaluation: Evaluation) -> dict[str, Any]:
    """Table 13 at a glance: for each indicator a line per factor, a column per change, and the switching point."""
    tables = evaluation.sensitivity
    changes = sorted({row["change"] for table in tables.values() for row in table["rows"]} | {0.0})
    shown: tuple[tuple[str, str, str, Callable[[float | None, str], str]], ...] = (
        ("财务净现值（税后，万元）", "npv", "project_npv_post_tax", wording.money),
        ("财务内部收益率（税后）", "irr", "project_irr_post_tax", wording.percent),
    )
    grids = []
    for title, key, indicator, printed in shown:
        base = indicators.number_of(evaluation.indicators.get(indicator))
        found = [{0.0: base, **{row["change"]: row[key] for row in table["rows"]}} for table in tables.values()]
        if any(value is not None for values in found for value in values.values()):
            lines = [[printed(values.get(change), wording.NOT_DEFINED) for change in changes] for values in found]
            grids.append({"title": title, "rows": _with_ends(tables, lines)})
    return {"changes": [f"{change * 100:+.0f}%" if change else "不变" for change in changes], "grids": grids}


def _with_ends(tables: Mapping[str, Any], lines: list[list[str]]) -> list[list[str]]:
    """Put the factor before each line and its switching point behind."""
    points = (
        "不存在" if (at := table["switching_point"]) is None else f"{at * 100:+.2f}%" for table in tables.values()
    )
    factors = (indicators.FACTORS.get(factor, factor) for factor in tables)
    return [[factor, *line, point] for factor, line, point in zip(factors, lines, points, strict=True)]


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
    "approved": "已获批复或登记",
    "expected": "预期可得",
    "hoped": "意向设想",
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
