"""What the optimiser starts from 默认条件: the sources a dossier speaks of, with their terms and caps.

Each value says where it comes from: the dossier, a rule pack, or a reference value of this registry, which no document
states and which people are asked to replace.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Literal

from registry.errors import Finding
from registry.portfolio.financing.limits import BOND, CENTRAL, LOAN, Rules, bond_refusal, central_share, open_questions
from registry.portfolio.financing.model import Offer, Words
from registry.portfolio.sources import Source, SourceKind
from registry.projects.financials import Debt, DebtKind, FinancialCase, GovernmentLevel
from registry.projects.lines import CENTRAL_SOURCES, FUNDING_SOURCES, FundingLine
from registry.projects.model import Dossier

DOSSIER: Words = ("项目档案", "the dossier")
REFERENCE: Words = (
    "系统参考值，无文件依据，请按实际条件修改",
    "a reference value of this registry without a source; replace it",
)

ENGLISH = {
    "central_fund": "Central eco-environment fund",
    "central_budget": "Central budget investment",
    "ultra_long_bond": "Ultra-long special treasury bond",
    "provincial": "Provincial money",
    "city": "City and county money",
    "special_bond": "Special bond",
    "policy_bank_loan": "Policy bank loan",
    "commercial_loan": "Commercial bank loan",
    "green_bond": "Green bond",
    "equity": "Project equity",
    "private_capital": "Private capital",
}
OFFERED = tuple(ENGLISH)
"""Sources an optimiser can draw on, in the order shown; 其他资金 is of no known nature and is not among them."""

_KINDS: dict[str, SourceKind] = {
    **dict.fromkeys(("special_bond", "policy_bank_loan", "commercial_loan", "green_bond"), "debt"),
    **dict.fromkeys(("equity", "private_capital"), "equity"),
}
_LEVELS: dict[str, GovernmentLevel] = {"provincial": "provincial", "city": "city"}
_DEBT_KINDS: dict[str, DebtKind] = {
    "special_bond": "special_bond",
    "policy_bank_loan": "policy_bank_loan",
    "commercial_loan": "commercial_bank_loan",
    "green_bond": "green_bond",
}
_RATES = {"special_bond": 0.025, "policy_bank_loan": 0.032, "commercial_loan": 0.037, "green_bond": 0.03}
_TERMS = {"special_bond": 20, "policy_bank_loan": 15, "commercial_loan": 10, "green_bond": 5}
_EQUITY_RETURN = 0.06
_USUAL = ("city", "special_bond", "policy_bank_loan", "equity")
"""Sources drawn on even where the dossier does not speak of them."""
_STATED_METHODS = ("equal_principal", "level_payment", "bullet")


def offered_sources(dossier: Dossier, case: FinancialCase, rules: Rules) -> tuple[tuple[Offer, ...], list[Finding]]:
    """Return every source with its terms, caps and origins, and remarks on what is unknown."""
    remarks: list[Finding] = [*open_questions(rules.get(BOND))]
    offers = [_offer(key, dossier, case, rules, remarks) for key in OFFERED]
    if any(line.source == "other" for line in dossier.funding_lines):
        remarks.append(_remark(
            "sources", "nature-unknown", "“其他资金”性质不明，未列入可用来源",
            "“Other money” is of no known nature and not among the sources",
        ))  # fmt: skip
    return tuple(offers), remarks


def _offer(key: str, dossier: Dossier, case: FinancialCase, rules: Rules, remarks: list[Finding]) -> Offer:
    lines = [line for line in dossier.funding_lines if line.source == key and line.status != "gap"]
    values: dict[str, Any] = {
        "key": key,
        "zh": FUNDING_SOURCES[key],
        "en": ENGLISH[key],
        "kind": _KINDS.get(key, "grant"),
    }
    origins: dict[str, Words] = {}
    # Equity is what remains of each year's need: what of it is secured and not needed in a year serves the next.
    secured = {} if values["kind"] == "equity" else _secured(dossier, case, lines)
    if secured:
        values["yearly_least"] = secured
        origins["yearly_least"] = ("项目档案：已落实资金", "the dossier: money secured already")
    match values["kind"]:
        case "debt":
            _as_debt(key, case, values, origins, remarks)
            _lending_limits(key, rules, dossier, values, origins, remarks)
        case "equity":
            _as_equity(key, dossier, case, lines, values, origins, remarks)
        case _:
            _as_grant(key, dossier, rules, lines, values, origins, remarks)
    is_used = bool(lines) or key in _USUAL or _debt_of(key, case) is not None
    return Offer(Source(**values), is_used and values.get("refusal") is None, origins)


def _sum(lines: Iterable[FundingLine]) -> Decimal:
    return sum((line.amount for line in lines if line.amount is not None), Decimal(0))


def _secured(dossier: Dossier, case: FinancialCase, lines: list[FundingLine]) -> dict[int, Decimal]:
    """Return what is secured by construction year; a line of another year is said by `financial_case`, not counted."""
    first = int(dossier.construction_start[:4]) if dossier.construction_start else None
    build = (case.timeline and case.timeline.construction_years) or 0
    found: dict[int, Decimal] = {}
    for line in lines:
        if line.status == "secured" and line.amount and line.year and first and 0 <= line.year - first < build:
            year = line.year - first + 1
            found[year] = found.get(year, Decimal(0)) + line.amount
    return found


def _as_grant(
    key: str, dossier: Dossier, rules: Rules, lines: list[FundingLine], values: dict[str, Any],
    origins: dict[str, Words], remarks: list[Finding],
) -> None:  # fmt: skip
    values["level"] = _LEVELS.get(key, "central")
    if key == "city":
        origins["cap"] = ("未设年度预算；由您填写", "no yearly budget known; yours to state")
        return
    if not lines:
        origins["cap"] = ("项目档案未列此来源", "the dossier does not name this source")
    elif any(line.amount is None for line in lines):
        remarks.append(_unknown_amount(key))
    else:
        values["cap"], origins["cap"] = _sum(lines), ("项目档案：资金来源合计", "the dossier: sum of its funding lines")
    if key in CENTRAL_SOURCES and lines:
        _central_limits(key, dossier, rules, values, origins, remarks)


def _central_limits(
    key: str, dossier: Dossier, rules: Rules, values: dict[str, Any], origins: dict[str, Words], remarks: list[Finding]
) -> None:
    path, (zh, en) = f"sources[{key}].cap", (FUNDING_SOURCES[key], ENGLISH[key])
    share = central_share(dossier, rules.get(CENTRAL)) if key == "central_fund" else None
    if share is None:
        said = (
            "没有可核实的占比上限，只以申请额为限",
            "no ceiling of its share could be verified; limited by what was applied for",
        )
        remarks.append(_remark(path, "ceiling-unknown", f"{zh}：{said[0]}", f"{en}: {said[1]}"))
    elif share.cap is None:
        remarks.append(_remark(path, "ceiling-unknown", f"{zh}：{share.origin[0]}", f"{en}: {share.origin[1]}"))
    elif "cap" not in values or share.cap < values["cap"]:
        values["cap"], origins["cap"] = share.cap, share.origin


def _as_equity(
    key: str, dossier: Dossier, case: FinancialCase, lines: list[FundingLine], values: dict[str, Any],
    origins: dict[str, Words], remarks: list[Finding],
) -> None:  # fmt: skip
    asked = case.discount_rate_equity or case.discount_rate
    values["rate"] = _EQUITY_RETURN if asked is None else float(asked)
    origins["rate"] = (
        REFERENCE if asked is None else ("项目档案：资本金基准收益率", "the dossier: benchmark rate on equity")
    )
    if lines and all(line.amount is not None for line in lines):
        values["cap"], origins["cap"] = _sum(lines), ("项目档案：资金来源合计", "the dossier: sum of its funding lines")
    elif key == "equity" and dossier.project_capital is not None:
        values["cap"], origins["cap"] = (
            dossier.project_capital,
            ("项目档案：项目资本金", "the dossier: project capital"),
        )
    elif lines or key == "equity":
        remarks.append(_unknown_amount(key))


def _debt_of(key: str, case: FinancialCase) -> Debt | None:
    kinds = (_DEBT_KINDS[key], "bank_loan") if key == "commercial_loan" else (_DEBT_KINDS.get(key),)
    return next((debt for debt in case.debts or [] if (debt.kind or "bank_loan") in kinds), None)


def _as_debt(
    key: str, case: FinancialCase, values: dict[str, Any], origins: dict[str, Words], remarks: list[Finding]
) -> None:
    debt, timeline = _debt_of(key, case), case.timeline
    build = (timeline and timeline.construction_years) or 0
    run = (timeline and timeline.operation_years) or 0
    repayment = debt.repayment if debt else None
    values["debt_kind"] = _DEBT_KINDS[key]
    is_bond: bool = key in ("special_bond", "green_bond")
    handling: Literal["capitalised", "paid"] = "paid" if is_bond else "capitalised"
    values["interest_in_construction"] = (debt and debt.construction_interest) or handling
    first = build + 1 if is_bond or run < 2 else build + 2  # noqa: PLR2004 - a year of grace needs two years of operation
    stated: dict[str, Any] = {
        "rate": debt and debt.annual_rate,
        "first_repayment_year": repayment and repayment.first_repayment_year,
        "repayment_years": repayment and repayment.repayment_years,
    }
    usual = {"rate": _RATES[key], "first_repayment_year": first}
    usual["repayment_years"] = max(1, min(_TERMS[key], build + run - first + 1))
    for name, value in stated.items():
        values[name] = usual[name] if value is None else value
        origins[name] = REFERENCE if value is None else ("项目档案：债务资金", "the dossier: its debts")
    method = repayment.method if repayment else None
    values["method"] = method if method in _STATED_METHODS else "equal_principal"
    origins["method"] = ("项目档案：债务资金", "the dossier: its debts") if method == values["method"] else REFERENCE
    if method is not None and method != values["method"]:
        remarks.append(_remark(
            f"sources[{key}].method", "method-replaced",
            f"{values['zh']}：原还款方式取决于当年现金流，优化时改为等额本金",
            f"{values['en']}: repayment followed the cash flow of each year; equal principal is used instead",
        ))  # fmt: skip


def _lending_limits(
    key: str, rules: Rules, dossier: Dossier, values: dict[str, Any], origins: dict[str, Words], remarks: list[Finding]
) -> None:
    if key == "special_bond":
        values["refusal"] = bond_refusal(rules.get(BOND))
        return
    loan = rules.get(LOAN)
    if key == "green_bond" or loan is None:
        return
    share = loan.values.get("loan_share_max")
    if share is not None:
        relief = loan.values.get("loan_share_relief") or 0 if dossier.is_capital_relief_claimed else 0
        values["total_share_cap"] = float(share) + float(relief)
        origins["total_share_cap"] = loan.origin(None, "loan_share_max")
    longest = loan.values.get("loan_term_years_max")
    last = values["first_repayment_year"] + values["repayment_years"] - 1
    if longest is not None and last > longest:
        zh, en = loan.origin(None, "loan_term_years_max")
        remarks.extend(_long_term(key, last, float(longest), zh, en))


def _long_term(key: str, last: int, longest: float, zh: str, en: str) -> Iterator[Finding]:
    yield _remark(
        f"sources[{key}].repayment_years", "term-needs-approval",
        f"{FUNDING_SOURCES[key]}：期限 {last} 年，超过 {longest:g} 年须由上级行审批（{zh}）",
        f"{ENGLISH[key]}: a term of {last} years; beyond {longest:g} the bank's head office decides ({en})",
    )  # fmt: skip


def _unknown_amount(key: str) -> Finding:
    return _remark(
        f"sources[{key}].cap", "amount-unknown",
        f"{FUNDING_SOURCES[key]}：金额未填写，未设上限",
        f"{ENGLISH[key]}: its amount is not stated, so there is no cap",
    )  # fmt: skip


def _remark(path: str, code: str, zh: str, en: str) -> Finding:
    return Finding(path, code, zh, en, severity="warning")
