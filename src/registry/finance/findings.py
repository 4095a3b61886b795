"""Whether a case can be calculated: what is missing, out of range or contradictory, all at once."""

import math
from collections.abc import Iterable, Sequence

from registry.errors import Finding
from registry.finance.checking import Check, Figure
from registry.projects.financials import (
    Debt,
    FinancialCase,
    Grant,
    IncomeTax,
    OperatingCost,
    Repayment,
    RevenueStream,
    Surcharges,
    Turnover,
    YearlyAmount,
)

LONGEST_CALCULATION_YEARS = 60
"""计算期上限: longer than any concession or asset life in use; keeps a typing error from filling the memory."""
LATEST_MATURITY_YEARS = 50
"""Repayment may begin this long after the calculation period: a long bond may outlive the model."""
_CUT_SCHEDULE = "计算期以后各期不计，期末余额列为未还", "later instalments are cut off, the balance is left unpaid"
_CUT_SCULPTED = "改为在计算期内还清", "it is repaid within the calculation period instead"


def findings_of(case: FinancialCase) -> list[Finding]:
    """Return every reason why this case cannot be calculated (errors) or should be looked at (warnings)."""
    check = Check()
    years = _timeline(case, check)
    if years is None:
        return check.found
    build, run = years
    _rates(case, run, check)
    _investment(case, build, check)
    _working_capital(case, check)
    _funding(case, build, run, check)
    _operation(case, run, check)
    _taxes(case, check)
    return check.found


def _timeline(case: FinancialCase, check: Check) -> tuple[int, int] | None:
    timeline = case.timeline
    if timeline is None:
        check.given("timeline", timeline)
        return None
    build, run = timeline.construction_years, timeline.operation_years
    longest = LONGEST_CALCULATION_YEARS
    sound = check.between("timeline.construction_years", build, 1, longest - 1)
    sound &= check.between("timeline.operation_years", run, 1, longest - 1)
    if not sound or build is None or run is None:
        return None
    if build + run > longest:
        check.add(
            "timeline",
            "too-long",
            f"计算期 {build + run} 年，超过上限 {longest} 年",
            f"the calculation period of {build + run} years exceeds the limit of {longest}",
            build + run,
        )
        return None
    return build, run


def _rates(case: FinancialCase, run: int, check: Check) -> None:
    check.rate("discount_rate", case.discount_rate)
    check.rate("discount_rate_equity", case.discount_rate_equity, required=False)
    needs_normal_year = case.conventions is not None and case.conventions.profitability_year == "normal"
    check.between("normal_operation_year", case.normal_operation_year, 1, run, required=needs_normal_year)


def _investment(case: FinancialCase, build: int, check: Check) -> None:
    investment, depreciation = case.investment, case.depreciation
    if investment is None or depreciation is None:
        check.given("investment", investment)
        check.given("depreciation", depreciation)
        return
    sound = True
    for name in (
        "engineering_cost",
        "other_cost",
        "basic_contingency",
        "price_contingency",
        "intangible_assets",
        "deferred_assets",
        "deductible_input_vat",
    ):
        sound &= check.amount(f"investment.{name}", getattr(investment, name))
    check.between("investment.annual_price_rise", investment.annual_price_rise, 0, 0.5, required=False)
    check.between("investment.years_to_start", investment.years_to_start, 0, 20, required=False)
    profile = investment.spending_profile
    if check.given("investment.spending_profile", profile) and profile is not None:
        if len(profile) != build:
            check.add(
                "investment.spending_profile",
                "wrong-length",
                f"应有 {build} 个比例（建设期每年一个）",
                f"should hold {build} shares, one for each construction year",
                len(profile),
            )
        check.shares("investment.spending_profile", profile)
    check.between("depreciation.fixed_asset_years", depreciation.fixed_asset_years, 1, 100)
    check.rate("depreciation.residual_rate", depreciation.residual_rate)
    check.between(
        "depreciation.intangible_years",
        depreciation.intangible_years,
        1,
        100,
        required=bool(investment.intangible_assets),
    )
    check.between(
        "depreciation.deferred_years", depreciation.deferred_years, 1, 100, required=bool(investment.deferred_assets)
    )
    if sound:
        _investment_total(case, check)


def _investment_total(case: FinancialCase, check: Check) -> None:
    investment = case.investment
    if investment is None:
        return
    total = _total(
        [investment.engineering_cost, investment.other_cost, investment.basic_contingency, investment.price_contingency]
    )
    parts = _total([investment.intangible_assets, investment.deferred_assets, investment.deductible_input_vat])
    if total == 0:
        check.add(
            "investment",
            "zero-investment",
            "建设投资合计为零，没有可评价的项目；请填写投资估算",
            "construction investment is zero: there is no project to evaluate",
            0,
        )
    elif parts > total:
        check.add(
            "investment",
            "parts-exceed-total",
            f"无形资产、其他资产与可抵扣进项税之和 {parts:g} 超过建设投资 {total:g}",
            f"intangible, deferred and deductible VAT add up to {parts:g}, more than the investment {total:g}",
            parts,
        )


def _total(values: Iterable[Figure]) -> float:
    return math.fsum(float(value) for value in values if value is not None)


def _working_capital(case: FinancialCase, check: Check) -> None:
    working = case.working_capital
    if working is None:
        check.given("working_capital.full_capacity_amount", None)
        return
    check.amount("working_capital.full_capacity_amount", working.full_capacity_amount)
    _ramp("working_capital.ramp", working.ramp, check)
    check.rate("working_capital.equity_share", working.equity_share, required=False)
    for name in Turnover.model_fields:
        turns = getattr(working.turnover, name, None)
        check.between(f"working_capital.turnover.{name}", turns, 0.1, 366, required=False)
    borrows = working.equity_share is not None and working.equity_share < 1
    check.rate("working_capital.loan_rate", working.loan_rate, required=borrows)


def _ramp(path: str, ramp: Sequence[float] | None, check: Check) -> None:
    if ramp is not None and not ramp:
        check.add(path, "wrong-length", "至少要有一个数", "should hold at least one value", 0)
    for i, value in enumerate(ramp or []):
        check.between(f"{path}[{i}]", value, 0, 2)


def _funding(case: FinancialCase, build: int, run: int, check: Check) -> None:
    if check.given("grants", case.grants):
        for i, grant in enumerate(case.grants or []):
            _grant(f"grants[{i}]", grant, build, check)
    if check.given("debts", case.debts):
        for i, debt in enumerate(case.debts or []):
            check_debt(f"debts[{i}]", debt, build, run, check)
    _cash_driven(case, check)
    for i, sponsor in enumerate(case.sponsors or []):
        check.given(f"sponsors[{i}].kind", sponsor.kind)
        check.rate(f"sponsors[{i}].share", sponsor.share)
    if case.sponsors and all(sponsor.share is not None for sponsor in case.sponsors):
        check.shares("sponsors", [float(sponsor.share or 0) for sponsor in case.sponsors])


def _grant(path: str, grant: Grant, build: int, check: Check) -> None:
    check.amounts(f"{path}.amounts", grant.amounts, build)
    if grant.counts_as_equity and grant.reduces_asset_cost:
        check.add(
            path,
            "contradiction",
            "补助不能既作资本金注入又冲减资产成本",
            "a grant cannot both count as equity and reduce the asset cost",
        )


def check_debt(path: str, debt: Debt, build: int, run: int, check: Check) -> None:
    """Check the terms of one debt drawn over `build` years and served over `run`."""
    check.amounts(f"{path}.draws", debt.draws, build)
    check.rate(f"{path}.annual_rate", debt.annual_rate)
    check.between(f"{path}.compounding_periods_per_year", debt.compounding_periods_per_year, 1, 366, required=False)
    check.rate(f"{path}.draw_interest_fraction", debt.draw_interest_fraction, required=False)
    check.rate(f"{path}.share_as_capital", debt.share_as_capital, required=False)
    if debt.share_as_capital and debt.kind != "special_bond":
        check.add(
            f"{path}.share_as_capital",
            "contradiction",
            "只有专项债券可按规定用作项目资本金",
            "only a special bond may count as project capital",
            debt.share_as_capital,
        )
    for i, step in enumerate(debt.rate_steps or []):
        check.between(f"{path}.rate_steps[{i}].from_year", step.from_year, 1, build + run)
        check.rate(f"{path}.rate_steps[{i}].annual_rate", step.annual_rate)
    if check.given(f"{path}.repayment", debt.repayment) and debt.repayment is not None:
        _repayment(f"{path}.repayment", debt.repayment, build, run, check)


def _repayment(path: str, repayment: Repayment, build: int, run: int, check: Check) -> None:
    method, first, count = repayment.method, repayment.first_repayment_year, repayment.repayment_years
    check.given(f"{path}.method", method)
    latest = build + run if method == "sculpted_dscr" else build + run + LATEST_MATURITY_YEARS
    sound = check.between(f"{path}.first_repayment_year", first, build + 1, latest)
    sound &= check.between(f"{path}.repayment_years", count, 1, 100, required=method != "max_capacity")
    shares = repayment.principal_shares
    if method == "custom":
        if check.given(f"{path}.principal_shares", shares) and shares is not None:
            check.shares(f"{path}.principal_shares", shares)
            if count is not None and len(shares) != count:
                check.add(
                    f"{path}.principal_shares",
                    "wrong-length",
                    f"应有 {count} 个比例（还本年数）",
                    f"should hold {count} shares, one for each repayment year",
                    len(shares),
                )
    elif shares:
        check.add(
            f"{path}.principal_shares",
            "not-used",
            "只有 custom 还款方式使用还本比例；请改用 custom 或删除",
            "only the method custom uses shares; choose custom or remove them",
            shares,
        )
    if not sound or first is None:
        return
    final = first + (count or 1) - 1
    if final > build + run:
        left_zh, left_en = _CUT_SCULPTED if method == "sculpted_dscr" else _CUT_SCHEDULE
        check.add(
            f"{path}.repayment_years",
            "longer-than-operation",
            f"还本到第 {final} 年，超过计算期 {build + run} 年，{left_zh}",
            f"repayment runs to year {final}, past the last year {build + run}: {left_en}",
            count,
            warning=True,
        )


def _cash_driven(case: FinancialCase, check: Check) -> None:
    """Refuse what has no defined order: a sculpted debt beside another debt that also lives on what is left."""
    methods = [debt.repayment.method if debt.repayment else None for debt in case.debts or []]
    sculpted = [i for i, method in enumerate(methods) if method == "sculpted_dscr"]
    if len(sculpted) > 1 or (sculpted and "max_capacity" in methods):
        check.add(
            f"debts[{sculpted[-1]}].repayment.method",
            "unsupported-combination",
            "至多一笔债务可按偿债备付率倒推还本，且不能与最大能力偿还并用",
            "at most one debt may be sculpted, and not beside a max_capacity debt",
            "sculpted_dscr",
        )


def _operation(case: FinancialCase, run: int, check: Check) -> None:
    for name in ("revenue_streams", "operating_costs"):
        check.given(name, getattr(case, name))
    for i, stream in enumerate(case.revenue_streams or []):
        _stream(f"revenue_streams[{i}]", stream, run, check)
    for i, cost in enumerate(case.operating_costs or []):
        _cost(f"operating_costs[{i}]", cost, run, check)
    for i, subsidy in enumerate(case.operating_subsidies or []):
        _yearly(f"operating_subsidies[{i}]", subsidy, run, check)
    for i, renewal in enumerate(case.maintenance_capex or []):
        path = f"maintenance_capex[{i}]"
        check.between(f"{path}.operation_year", renewal.operation_year, 1, run)
        check.amount(f"{path}.amount", renewal.amount)
        check.amount(f"{path}.input_vat", renewal.input_vat, required=False)
        check.between(f"{path}.depreciation_years", renewal.depreciation_years, 1, 100)


def _stream(path: str, stream: RevenueStream, run: int, check: Check) -> None:
    _yearly(path, stream, run, check)
    check.rate(f"{path}.vat_rate", stream.vat_rate, required=False)
    check.rate(f"{path}.vat_refund_rate", stream.vat_refund_rate, required=False)
    check.rate(f"{path}.haircut_rate", stream.haircut_rate, required=False)


def _cost(path: str, cost: OperatingCost, run: int, check: Check) -> None:
    _yearly(path, cost, run, check)
    check.rate(f"{path}.input_vat_rate", cost.input_vat_rate, required=False)
    if cost.type is None:
        check.add(
            f"{path}.type",
            "assumed",
            "未注明可变或固定，盈亏平衡点按固定成本计算",
            "is not stated; the break-even point takes the cost as fixed",
            warning=True,
        )


def _yearly(path: str, item: YearlyAmount, run: int, check: Check) -> None:
    _basis(path, item, run, check)
    _ramp(f"{path}.ramp", item.ramp, check)
    check.between(f"{path}.escalation_rate", item.escalation_rate, -0.5, 1, required=False)
    check.between(f"{path}.escalation_every_years", item.escalation_every_years, 1, 100, required=False)
    check.between(f"{path}.degradation_rate", item.degradation_rate, 0, 0.99, required=False)
    check.between(f"{path}.start_operation_year", item.start_operation_year, 1, run, required=False)
    check.between(
        f"{path}.end_operation_year", item.end_operation_year, item.start_operation_year or 1, 100, required=False
    )


def _basis(path: str, item: YearlyAmount, run: int, check: Check) -> None:
    has_quantity = item.quantity_10k is not None or item.unit_price_yuan is not None
    stated = has_quantity + (item.annual_amount is not None) + (item.schedule is not None)
    if stated != 1:
        check.add(
            path,
            "amount-basis",
            "金额应且只应用一种方式给出：数量×单价、年金额或分年金额",
            "state the amount in exactly one way: quantity_10k x unit_price_yuan, annual_amount or schedule",
            stated,
        )
        return
    if has_quantity:
        check.between(f"{path}.quantity_10k", item.quantity_10k, 0, 1e12)
        check.between(f"{path}.unit_price_yuan", item.unit_price_yuan, 0, 1e12)
    check.amount(f"{path}.annual_amount", item.annual_amount, required=False)
    for i, value in enumerate(item.schedule or []):
        check.amount(f"{path}.schedule[{i}]", value)
    if item.schedule is None:
        return
    if len(item.schedule) > run:
        check.add(
            f"{path}.schedule",
            "wrong-length",
            f"运营期只有 {run} 年",
            f"operation lasts {run} years only",
            len(item.schedule),
        )
    for name in ("ramp", "escalation_rate", "degradation_rate"):
        if getattr(item, name) not in (None, 0, [1.0]):
            check.add(
                f"{path}.{name}",
                "not-used",
                "分年金额是最终金额，不再乘该系数；请删除该项",
                "a schedule states final amounts: this factor is not applied; remove it",
                getattr(item, name),
                warning=True,
            )


def _taxes(case: FinancialCase, check: Check) -> None:
    surcharges, tax = case.surcharges or Surcharges(), case.income_tax or IncomeTax()
    for name in ("urban_maintenance", "education", "local_education"):
        check.rate(f"surcharges.{name}", getattr(surcharges, name))
    check.rate("income_tax.rate", tax.rate)
    check.rate("income_tax.eligible_share", tax.eligible_share, required=False)
    check.between("income_tax.loss_carry_forward_years", tax.loss_carry_forward_years, 0, 60, required=False)
