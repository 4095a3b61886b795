"""What an optimiser may draw on 可用资金来源, and whether the request makes sense."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from registry.errors import Finding
from registry.finance.findings import findings_of
from registry.projects.financials import DebtKind, FinancialCase, GovernmentLevel, RepaymentMethod

SourceKind = Literal["grant", "debt", "equity"]
Objective = Literal["fiscal_cost", "cost_of_capital", "capital_irr"]

OBJECTIVES: dict[Objective, tuple[str, str]] = {
    "fiscal_cost": ("财政成本", "fiscal cost"),
    "cost_of_capital": ("年资金成本", "yearly cost of capital"),
    "capital_irr": ("出资与还本付息现值", "the present value of capital and debt service"),
}
_STATED_METHODS = ("equal_principal", "level_payment", "bullet", "custom")


@dataclass(frozen=True, slots=True)
class Source:
    """One source of money with its caps 上限 and terms. Amounts in 万元, rates and shares of one.

    `fiscal_weight`: yuan of fiscal cost for one yuan of this money (a city's own grant 1, a loan 0; whether central
    money counts is the question asked). `rate`: yearly price, of equity the return its owner asks. `yearly_caps` and
    `yearly_least` are by construction year; the latter is what is secured already. `total_share_cap`: at most this
    share of total investment; `capital_share_cap`: of capital (an equity instrument, 权益型金融工具). `refusal`: why it
    may not be used at all (negative list), None if it may.
    """

    key: str
    zh: str
    en: str
    kind: SourceKind
    fiscal_weight: float = 0.0
    rate: float = 0.0
    cap: Decimal | None = None
    yearly_caps: Mapping[int, Decimal] = field(default_factory=dict)
    yearly_least: Mapping[int, Decimal] = field(default_factory=dict)
    total_share_cap: float | None = None
    capital_share_cap: float | None = None
    least: Decimal | None = None
    budget: str | None = None
    counts_as_capital: bool = False
    refusal: tuple[str, str] | None = None
    level: GovernmentLevel | None = None
    debt_kind: DebtKind | None = None
    method: RepaymentMethod = "equal_principal"
    first_repayment_year: int | None = None
    repayment_years: int | None = None
    interest_in_construction: Literal["capitalised", "paid"] = "capitalised"

    @property
    def is_capital(self) -> bool:
        """Say whether the money counts as project capital 项目资本金."""
        return self.kind == "equity" or self.counts_as_capital


@dataclass(frozen=True, slots=True)
class MixRequest:
    """What is to be financed and within which limits.

    `case` gives investment, income and costs; its grants and debts are replaced by the sources. `budgets`: by name,
    万元 by construction year, for all sources that name the budget. Floors are None where nobody asks for them.
    """

    case: FinancialCase
    sources: tuple[Source, ...]
    capital_floor: float | None = None
    dscr_floor: float | None = None
    bond_coverage_floor: float | None = None
    budgets: Mapping[str, Mapping[int, Decimal]] = field(default_factory=dict)
    objective: Objective = "fiscal_cost"


def findings_on(request: MixRequest) -> list[Finding]:
    """Return what makes the request impossible to state (errors) or is probably not meant (warnings)."""
    bare = request.case.model_copy(update={"grants": [], "debts": []})
    found = findings_of(bare)
    if not request.sources:
        found.append(_finding("sources", "no-sources", "没有可用的资金来源", "there is no source of money"))
    keys = [source.key for source in request.sources]
    found += [
        _finding(f"sources[{key}]", "repeated-source", f"资金来源 {key} 出现多次", f"source {key} is there twice")
        for key in sorted({key for key in keys if keys.count(key) > 1})
    ]
    timeline = request.case.timeline
    years = timeline.construction_years if timeline else None
    for source in request.sources:
        found += _source_findings(source, years)
    found += _budget_findings(request, years)
    for name, low, high in (("capital_floor", 0.0, 1.0), ("dscr_floor", 0.0, 10.0), ("bond_coverage_floor", 0.0, 10.0)):
        value = getattr(request, name)
        if value is not None and not low <= value <= high:
            found.append(_out_of_range(name, value, low, high))
    return found


def _source_findings(source: Source, years: int | None) -> Iterator[Finding]:
    path = f"sources[{source.key}]"
    amounts = {
        "cap": source.cap,
        "least": source.least,
        **{f"yearly_caps[{y}]": a for y, a in source.yearly_caps.items()},
        **{f"yearly_least[{y}]": a for y, a in source.yearly_least.items()},
    }
    for name, amount in amounts.items():
        if amount is not None and (not amount.is_finite() or amount < 0):
            yield _finding(
                f"{path}.{name}",
                "negative-amount",
                f"{source.zh}：金额不能为负",
                f"{source.en}: an amount cannot be negative",
                amount,
            )
    if source.cap is not None and source.least is not None and source.least > source.cap:
        yield _finding(
            f"{path}.least",
            "conflicting-caps",
            f"{source.zh}：下限 {source.least} 万元高于上限 {source.cap} 万元，请修改其一",
            f"{source.en}: the least amount {source.least} is above the cap {source.cap}; change one of them",
            source.least,
        )
    for name in ("rate", "total_share_cap", "capital_share_cap"):
        value = getattr(source, name)
        if value is not None and not 0 <= value <= 1:
            yield _out_of_range(f"{path}.{name}", value, 0, 1)
    if source.fiscal_weight < 0:
        yield _out_of_range(f"{path}.fiscal_weight", source.fiscal_weight, 0, 1)
    yield from _outside(f"{path}.yearly_caps", source.yearly_caps, years)
    yield from _outside(f"{path}.yearly_least", source.yearly_least, years)
    if source.kind == "debt":
        yield from _debt_findings(path, source)


def _debt_findings(path: str, source: Source) -> Iterator[Finding]:
    if source.method not in _STATED_METHODS:
        yield _finding(
            f"{path}.method",
            "unsupported-method",
            f"{source.zh}：优化时还款方式须事先确定（{'、'.join(_STATED_METHODS)}）",
            f"{source.en}: repayment must be fixed beforehand ({', '.join(_STATED_METHODS)})",
            source.method,
        )
    for name in ("first_repayment_year", "repayment_years"):
        if getattr(source, name) is None:
            yield _finding(
                f"{path}.{name}",
                "missing",
                f"{source.zh}：缺少还款条件",
                f"{source.en}: terms of repayment are missing",
            )


def _budget_findings(request: MixRequest, years: int | None) -> Iterator[Finding]:
    used = {source.budget for source in request.sources}
    for name, amounts in request.budgets.items():
        path = f"budgets[{name}]"
        if name not in used:
            yield _finding(
                path,
                "unused-budget",
                f"没有资金来源使用预算“{name}”",
                f"no source draws on budget '{name}'",
                name,
                is_error=False,
            )
        if any(amount < 0 for amount in amounts.values()):
            yield _finding(path, "negative-amount", f"预算“{name}”含负数", f"budget '{name}' has a negative amount")
        yield from _outside(path, amounts, years)
    for source in request.sources:
        if source.budget is not None and source.budget not in request.budgets:
            yield _finding(
                f"sources[{source.key}].budget",
                "unknown-budget",
                f"{source.zh}：没有名为“{source.budget}”的预算",
                f"{source.en}: there is no budget '{source.budget}'",
                source.budget,
            )


def _outside(path: str, amounts: Mapping[int, Decimal], years: int | None) -> Iterator[Finding]:
    for year in amounts:
        if years is not None and not 1 <= year <= years:
            yield _finding(
                f"{path}[{year}]",
                "year-out-of-range",
                f"第 {year} 年不在建设期（第 1 至 {years} 年）内",
                f"year {year} lies outside construction (years 1 to {years})",
                year,
            )


def _out_of_range(path: str, value: float, low: float, high: float) -> Finding:
    zh, en = f"应在 {low:g} 与 {high:g} 之间，现为 {value:g}", f"should be between {low:g} and {high:g}, is {value:g}"
    return _finding(path, "out-of-range", zh, en, value)


def _finding(path: str, code: str, zh: str, en: str, value: object = None, *, is_error: bool = True) -> Finding:
    shown = None if value is None else str(value)
    return Finding(path, code, zh, en, value=shown, severity="error" if is_error else "warning")
