"""The result of one project under the names of the public result schema, and what a reader must be told about it."""

import math
from typing import Any

import numpy as np

from registry.errors import Finding
from registry.finance.conventions import conventions_of
from registry.finance.declarations.checks import CHECKS
from registry.finance.declarations.timing import ONE_FEN
from registry.finance.discounting import mirr, payback
from registry.finance.engine import Batch

TOTALS = {
    "construction_investment": "construction_investment_total",
    "idc_total": "idc_total",
    "working_capital": "working_capital_full",
    "total_investment": "total_investment",
    "fixed_asset_value": "fixed_asset_value",
    "equity_total": "equity_total",
    "equity_incl_grants_as_equity": "capital_total",
    "grants_total": "grants_total",
    "debt_drawn": "debt_drawn",
    "debt_at_end_of_construction": "debt_at_end_of_construction",
    "debt_at_end_of_horizon": "debt_at_end_of_horizon",
    "working_capital_loan": "working_capital_loan_full",
    "residual_value_recovered": "residual_total",
    "vat_credit_unused_at_end": "vat_credit_unused",
}
"""Result name to the figure of the book."""

RATES_OF_RETURN = {
    "project_irr_pre_tax": "project_cf_pre_tax",
    "project_irr_post_tax": "project_cf_post_tax",
    "equity_irr": "equity_cf",
}
"""Result name to the row whose internal rate of return it is."""

INDICATORS = (
    "project_npv_pre_tax", "project_npv_post_tax", "equity_npv",
    "payback_static_pre_tax", "payback_static_post_tax", "payback_dynamic_pre_tax", "payback_dynamic_post_tax",
    "icr_min", "dscr_min", "dscr_average", "llcr", "plcr", "special_bond_coverage", "total_debt_coverage",
    "roi", "roe", "bep_capacity", "gearing_max", "cumulative_surplus_min", "last_repayment_year",
)  # fmt: skip
FISCAL = (
    "fiscal_cost",
    "fiscal_outlay_total",
    "central_grants_total",
    "central_leverage",
    "capital_ratio",
    "capital_ratio_with_bonds",
    "grant_ratio",
)
SERIES = {
    name: name
    for name in (
        "construction_investment", "idc", "equity", "grants", "debt_draw", "revenue", "operating_cost",
        "output_vat", "input_vat", "vat_payable", "surcharges", "subsidy_and_refund", "depreciation",
        "amortisation", "ebitda", "ebit", "interest_expense", "total_profit", "income_tax", "net_profit",
        "adjusted_income_tax", "project_cf_pre_tax", "project_cf_post_tax", "equity_cf", "financial_plan_net",
        "cumulative_surplus", "icr", "dscr", "gearing",
    )
} | {"debt_principal_paid": "debt_principal", "debt_closing_balance": "debt_closing"}  # fmt: skip
"""Result name to the row of the book."""


def outcome_of(batch: Batch, row: int = 0, debt_names: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the result of one project: money in 万元, lists by project year, None where nothing exists."""
    rates = {name: batch.rates_of_return[key].answer(row) for name, key in RATES_OF_RETURN.items()}
    sculpted = _number(batch, "sculpted_dscr", row) if batch.structure.sculpted is not None else None
    last = _number(batch, "last_repayment_year", row)
    single = {key: float(cell[row]) for key, cell in batch.cells.items() if cell.ndim == 1}
    return {
        "totals": {name: _number(batch, key, row) for name, key in TOTALS.items()},
        "indicators": {name: answer.as_dict() for name, answer in rates.items()}
        | {name: _number(batch, name, row) for name in INDICATORS}
        | {"last_repayment_year": None if last is None else int(last), "sculpted_dscr": sculpted},
        "series": {name: _years(batch, key, row) for name, key in SERIES.items()},
        "strict": _strict(batch, row),
        "per_debt": [_debt(batch, i, row, debt_names) for i in range(len(batch.structure.debts))],
        "checks": checks_of(batch, row),
        "mirr": _mirr(batch, row),
        "fiscal": {name: _number(batch, name, row) for name in FISCAL}
        | {"outlay": _years(batch, "fiscal_outlay", row)},
        "conventions": {name: {"zh": zh, "en": en} for name, (zh, en) in conventions_of(single).items()},
    }


def checks_of(batch: Batch, row: int = 0) -> dict[str, float]:
    """Return the largest difference of each cross-check over the years, in 万元; all are zero in a sound result."""
    largest = {name: float(np.abs(batch.by_year(f"check_{name}")[row]).max()) for name in CHECKS}
    return {
        "balance_sheet_max_abs_error": largest.pop("balance_sheet"),
        "sources_minus_uses": largest.pop("sources_uses"),
    } | largest


def remarks_on(batch: Batch, row: int = 0) -> list[Finding]:
    """Return what must stand beside the result: unpaid debt, cash shortages, rates that do not exist."""
    makers = (_impossible, _unpaid, _short_of_cash, _rates, _paid_back_twice)
    return [finding for maker in makers for finding in maker(batch, row)]


def _impossible(batch: Batch, row: int) -> list[Finding]:
    found = []
    for year, value in enumerate(batch.by_year("equity_for_construction")[row], start=1):
        if value < -ONE_FEN:
            found.append(Finding(
                f"funding.year[{year}]", "over-funded",
                f"第 {year} 年资金来源超过建设支出 {-value:,.2f} 万元（资本金为负）；请减少该年的补助或提款",
                f"in year {year} grants and draws exceed the spending by {-value:,.2f} (negative equity); reduce them",
                f"{value:.6f}",
            ))  # fmt: skip
    if batch.structure.sculpted is not None and np.isnan(batch.figure("sculpted_dscr")[row]):
        path = f"debts[{batch.structure.sculpted}].repayment.method"
        found.append(Finding(
            path, "no-sculpting", f"{path}：偿债资金不足，任何偿债备付率都不能还清该债务",
            f"{path}: no constant DSCR repays this debt out of the cash flow", "sculpted_dscr",
        ))  # fmt: skip
    return found


def _unpaid(batch: Batch, row: int) -> list[Finding]:
    found = []
    left = float(batch.figure("debt_at_end_of_horizon")[row])
    if left > ONE_FEN:
        found.append(Finding(
            "debts", "unpaid-debt",
            f"计算期末尚有未还债务 {left:,.2f} 万元，未从资本金现金流量中扣除，资本金内部收益率因此偏高",
            f"debt of {left:,.2f} is unpaid at the end and not deducted from the equity flow: its IRR is overstated",
            f"{left:.6f}", "warning",
        ))  # fmt: skip
    for i in range(len(batch.structure.debts)):
        principal = batch.by_year(f"debts.{i}.principal")[row]
        negative = np.flatnonzero(principal < -ONE_FEN)
        if len(negative):
            year = int(negative[0]) + 1
            found.append(Finding(
                f"debts[{i}].repayment", "negative-principal",
                f"第 {year} 年按偿债备付率倒推的还本额为负（{principal[year - 1]:,.2f} 万元），该还款安排不可行",
                f"sculpted principal of year {year} is negative ({principal[year - 1]:,.2f}): not a workable schedule",
                f"{principal[year - 1]:.6f}", "warning",
            ))  # fmt: skip
    return found


def _short_of_cash(batch: Batch, row: int) -> list[Finding]:
    surplus = batch.by_year("cumulative_surplus")[row]
    short = np.flatnonzero(surplus < -ONE_FEN)
    if len(short) == 0:
        return []
    year = int(short[0]) + 1
    return [Finding(
        "cumulative_surplus", "cash-shortage",
        f"财务生存能力不足：第 {year} 年累计盈余资金首次为负，最低 {surplus.min():,.2f} 万元",
        f"the plan runs out of money: cumulative surplus first negative in year {year}, lowest {surplus.min():,.2f}",
        f"{surplus.min():.6f}", "warning",
    )]  # fmt: skip


def _rates(batch: Batch, row: int) -> list[Finding]:
    found = []
    for name, key in RATES_OF_RETURN.items():
        answer = batch.rates_of_return[key].answer(row)
        if answer.status != "unique":
            found.append(Finding(
                f"indicators.{name}", f"irr-{answer.status}", f"{name}：{answer.reason_zh}",
                f"{name}: {answer.reason_en}", severity="info",
            ))  # fmt: skip
    return found


def _paid_back_twice(batch: Batch, row: int) -> list[Finding]:
    back = payback(batch.by_year("project_cf_post_tax")[row])
    if not back.lost_again[0]:
        return []
    return [Finding(
        "indicators.payback_static_post_tax", "payback-lost-again",
        f"投资在第 {back.years[0]:.2f} 年首次收回，之后累计净现金流量再次为负；投资回收期取首次",
        f"paid back first after {back.years[0]:.2f} years, then the cumulative flow turns negative again",
        severity="warning",
    )]  # fmt: skip


def _strict(batch: Batch, row: int) -> dict[str, Any]:
    answers = {key: batch.rates_of_return[f"strict_cf_{key}"].answer(row).as_dict() for key in ("pre_tax", "post_tax")}
    return {f"project_irr_{key}": answer for key, answer in answers.items()} | {
        f"project_npv_{key}": _number(batch, f"strict_npv_{key}", row) for key in answers
    }


def _mirr(batch: Batch, row: int) -> dict[str, float | None]:
    """Return MIRR beside each IRR, financing and reinvesting at the benchmark rate of its flow."""
    found = {}
    for name, key in RATES_OF_RETURN.items():
        benchmark = batch.figure("discount_rate_equity" if key == "equity_cf" else "discount_rate")[row]
        value = float(mirr(batch.by_year(key)[row], float(benchmark), float(benchmark))[0])
        found[name] = None if np.isnan(value) else value
    return found


def _debt(batch: Batch, i: int, row: int, names: tuple[str, ...]) -> dict[str, Any]:
    parts = {"idc": "idc", "interest": "interest", "principal": "principal", "closing_balance": "closing"}
    lists = {name: _years(batch, f"debts.{i}.{part}", row) for name, part in parts.items()}
    return {"name": names[i] if i < len(names) else f"债务{i + 1}", **lists}


def _number(batch: Batch, key: str, row: int) -> float | None:
    value = float(batch.figure(key)[row])
    return None if math.isnan(value) else value


def _years(batch: Batch, key: str, row: int) -> list[float | None]:
    years: list[float] = batch.by_year(key)[row].tolist()
    return [None if math.isnan(value) else value for value in years] if math.isnan(sum(years)) else [*years]
