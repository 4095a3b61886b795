"""The project in the Open Contracting for Infrastructure Data Standard (OC4IDS 0.9.5): the fields we hold, no more.

Amounts are CNY (the standard counts in whole currency units, the registry in 万元). What the standard has no place for,
library eligibility and returns, stands under `x_registry`, described in `reports/oc4ids-extension.md`; the standard
lets publishers add fields. Approvals and documents are listed only as far as the dossier names them.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from registry.packages import indicators
from registry.packages.content import PackageContent
from registry.projects.benefits import stated_benefits
from registry.projects.lines import FUNDING_SOURCES, FundingLine
from registry.projects.model import Dossier

VERSION = "0.9"
CNY_PER_CNY_10K = 10_000
PUBLISHER = {"name": "美丽城市项目登记 Beautiful Cities project registry"}
_WHOLE_DATE = 3

_STATUS = {"not_started": "preparation", "under_construction": "implementation", "completed": "maintenance"}
_FINANCE_TYPE = {
    "special_bond": ("bond", "debt"),
    "green_bond": ("bond", "debt"),
    "policy_bank_loan": ("loan", "debt"),
    "commercial_loan": ("loan", "debt"),
    "equity": ("shares.unlisted", "equity"),
    "private_capital": ("shares.unlisted", "equity"),
    "central_fund": ("grant", None),
    "central_budget": ("grant", None),
    "ultra_long_bond": ("grant", None),
    "provincial": ("grant", None),
    "city": ("grant", None),
}
_SECTORS = (
    ("光伏|太阳能", "energy.solar"),
    ("风电", "energy.wind"),
    ("供热|热电|能源", "energy"),
    ("污水|垃圾|固废|再生水|给水|供水|排水|管网|水环境|污泥", "waterAndWaste"),
    ("防洪|堤防", "naturalResources.floodProtection"),
    ("生态|湿地|河道|河流|湖|海湾|造林|修复", "naturalResources"),
    ("轨道|公交", "transport.urban"),
    ("公路|道路", "transport.road"),
)
_DOCUMENT_TYPES = {"D03": "feasibilityStudy", "D04": "environmentalImpact", "D12": "financialAgreement"}


def project_package(content: PackageContent) -> dict[str, Any]:
    """Return the project package with one project; unknown fields are left out, as the standard asks."""
    return {
        "version": VERSION,
        "uri": f"urn:registry:package:{content.project_code}:{content.revision.number}",
        "publishedDate": instant(content.revision.saved_at),
        "publisher": PUBLISHER,
        "projects": [project(content)],
    }


def project(content: PackageContent) -> dict[str, Any]:
    """Return the project in the standard's terms."""
    dossier = content.dossier
    name = dossier.implementer_name
    authority = {"id": dossier.implementer_credit_code or "implementer", "name": name} if name else None
    return _without_gaps(
        {
            "id": f"CN-registry-{content.project_code}",
            "updated": instant(content.revision.saved_at),
            "language": "zh",
            "title": dossier.name,
            "description": dossier.content_summary,
            "purpose": dossier.need_statement,
            "status": _STATUS.get(dossier.construction_status or ""),
            "sector": sectors(f"{dossier.name or ''} {dossier.published_field or ''}"),
            "identifiers": _identifiers(dossier),
            "locations": _locations(dossier),
            "publicAuthority": authority,
            "parties": None if authority is None else [_party(dossier, authority)],
            "period": _period(dossier.construction_start, dossier.operation_end),
            "implementationPeriod": _period(dossier.construction_start, dossier.construction_end),
            "maintenancePeriod": _period(dossier.operation_start, dossier.operation_end),
            "budget": _budget(dossier),
            "documents": list(_documents(dossier)),
            "forecasts": list(_forecasts(dossier)),
            "x_registry": _extension(content),
        }
    )


def sectors(text: str) -> list[str]:
    """Return the codes of the standard's sector list that the words of a name clearly say; none when they do not."""
    found = [code for words, code in _SECTORS if re.search(words, text)]
    return list(dict.fromkeys(part for code in found for part in (code.split(".")[0], code)))


def _without_gaps(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if value not in (None, "", [], {})}


def instant(moment: datetime) -> str:
    """Return a moment as the standard writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _identifiers(dossier: Dossier) -> list[dict[str, str]]:
    return [{"id": dossier.approval_code, "scheme": "CN-GB/T 40058"}] if dossier.approval_code else []


def _locations(dossier: Dossier) -> list[dict[str, Any]]:
    address = _without_gaps(
        {"region": dossier.province_name, "locality": dossier.city_name or dossier.county_name, "countryName": "中国"}
    )
    place: dict[str, Any] = {"id": "site", "address": address}
    if dossier.city_code:
        place["gazetteer"] = {"scheme": "CN-GB/T 2260", "identifiers": [dossier.city_code]}
    return [place] if dossier.city_code or len(address) > 1 else []


def _party(dossier: Dossier, authority: dict[str, Any]) -> dict[str, Any]:
    code = dossier.implementer_credit_code
    identifier = {"scheme": "CN-USCC", "id": code, "legalName": authority["name"]} if code else None
    return _without_gaps({**authority, "identifier": identifier, "roles": ["publicAuthority"]})


def _period(start: str | None, end: str | None) -> dict[str, str] | None:
    """Return the period as wide as what is known: a year alone begins on 1 January and ends on 31 December."""
    found: dict[str, str] = {}
    if start is not None:
        found["startDate"] = f"{_first_day(start).isoformat()}T00:00:00Z"
    if end is not None:
        found["endDate"] = f"{_last_day(end).isoformat()}T23:59:59Z"
    return found or None


def _first_day(period: str) -> date:
    year, month, day = ([int(part) for part in period.split("-")] + [1, 1])[:3]
    return date(year, month, day)


def _last_day(period: str) -> date:
    parts = [int(part) for part in period.split("-")]
    if len(parts) == _WHOLE_DATE:
        return date(*parts)
    year, month = (*parts, 12)[:2]
    return date(year, month, monthrange(year, month)[1])


def _value(amount: Decimal) -> dict[str, Any]:
    yuan = amount * CNY_PER_CNY_10K
    return {"amount": int(yuan) if yuan == yuan.to_integral_value() else float(yuan), "currency": "CNY"}


def _budget(dossier: Dossier) -> dict[str, Any] | None:
    lines = [(number, line) for number, line in enumerate(dossier.funding_lines, start=1) if line.amount is not None]
    breakdown = [_breakdown(number, line) for number, line in lines]
    finance = [_finance(number, line) for number, line in lines if line.source in _FINANCE_TYPE]
    found = _without_gaps(
        {
            "amount": _value(dossier.total_investment) if dossier.total_investment is not None else None,
            "budgetBreakdowns": [{"id": "funding", "description": "资金来源与年度", "budgetBreakdown": breakdown}]
            if breakdown
            else None,
            "finance": finance,
        }
    )
    return found or None


def _breakdown(number: int, line: FundingLine) -> dict[str, Any]:
    return _without_gaps(
        {
            "id": f"line-{number}",
            "description": FUNDING_SOURCES[line.source],
            "amount": _value(line.amount or Decimal(0)),
            "period": _period(str(line.year), str(line.year)) if line.year else None,
        }
    )


def _finance(number: int, line: FundingLine) -> dict[str, Any]:
    kind, asset_class = _FINANCE_TYPE[line.source]
    return _without_gaps(
        {
            "id": f"finance-{number}",
            "title": FUNDING_SOURCES[line.source],
            "value": _value(line.amount or Decimal(0)),
            "type": kind,
            "assetClass": [asset_class] if asset_class else None,
            "source": line.source,
        }
    )


def _documents(dossier: Dossier) -> Iterator[dict[str, Any]]:
    for number, approval in enumerate(dossier.approvals, start=1):
        yield _without_gaps(
            {
                "id": f"approval-{number}",
                "documentType": "projectPlan",
                "title": " ".join(part for part in (approval.kind, approval.number) if part),
                "author": approval.authority,
                "datePublished": _published(approval.date),
                "language": "zh",
            }
        )
    for document in dossier.documents:
        if document.is_available:
            yield _without_gaps(
                {
                    "id": f"checklist-{document.checklist_code}",
                    "documentType": _DOCUMENT_TYPES.get(document.checklist_code),
                    "title": document.title or document.number or document.checklist_code,
                    "language": "zh",
                }
            )


def _published(period: str | None) -> str | None:
    """Return the day of publication; the standard has no month, so a date known less exactly is left out."""
    whole = period is not None and period.count("-") == _WHOLE_DATE - 1
    return f"{period}T00:00:00Z" if whole else None


def _forecasts(dossier: Dossier) -> Iterator[dict[str, Any]]:
    for number, benefit in enumerate(stated_benefits(dossier.benefits, dossier.emission_reduction_tco2e), start=1):
        if benefit.value is None:
            continue
        observation = _without_gaps(
            {
                "id": "annual",
                "measure": benefit.value,
                "unit": {"name": benefit.unit} if benefit.unit else None,
                "notes": "；".join(part for part in (benefit.baseline, benefit.method) if part),
            }
        )
        yield {"id": f"benefit-{number}", "title": benefit.indicator, "observations": [observation]}


def _extension(content: PackageContent) -> dict[str, Any]:
    evaluation = content.evaluation
    returns = None
    if evaluation is not None:
        returns = {
            item.key: indicators.number_of(evaluation.indicators.get(item.key)) for item in indicators.INDICATORS
        }
    return {
        "isDemo": content.is_demo,
        "revision": {"number": content.revision.number, "hash": content.revision.hash},
        "assessment": content.assessment_id,
        "governingDate": content.governing_date.isoformat(),
        "eligibility": [
            {key: verdict[key] for key in ("pack", "name_zh", "version", "as_of", "verdict")}
            for verdict in content.verdicts
        ],
        "returns": returns,
    }
