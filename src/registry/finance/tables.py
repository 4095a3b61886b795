"""The standard tables 财务分析附表: which declared rows stand in which table, under which 序号.

A table only arranges rows; no figure is calculated here. Lines are flows (their total is the sum over the years),
stocks (balances, ratios and flags, without a total) or figures (one value in the total column).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from registry.finance.declarations.checks import CHECKS
from registry.finance.declarations.operation import CATEGORIES
from registry.finance.structure import Structure

LineKind = Literal["flow", "stock", "figure"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table; `zh` and `en` replace the declared name where the table calls the row otherwise."""

    code: str
    key: str
    kind: LineKind = "flow"
    zh: str | None = None
    en: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its number, titles and lines in order."""

    number: str
    zh: str
    en: str
    lines: tuple[Line, ...]


def flow(code: str, key: str, zh: str | None = None, en: str | None = None) -> Line:
    """Return a line whose total is the sum over the years."""
    return Line(code, key, "flow", zh, en)


def stock(code: str, key: str, zh: str | None = None, en: str | None = None) -> Line:
    """Return a line without a total."""
    return Line(code, key, "stock", zh, en)


def figure(code: str, key: str, zh: str | None = None, en: str | None = None) -> Line:
    """Return a line with a single value."""
    return Line(code, key, "figure", zh, en)


@lru_cache(maxsize=512)
def tables_of(structure: Structure) -> tuple[Table, ...]:
    """Return every table of a structure, in the order a feasibility report attaches them."""
    return (
        Table("1", "建设投资估算表", "Construction investment", tuple(_investment())),
        Table("2", "建设期利息估算表", "Construction interest", tuple(_construction_interest(structure))),
        Table("3", "流动资金估算表", "Working capital", tuple(_working_capital())),
        Table("4", "项目总投资使用计划与资金筹措表", "Uses and sources of funds", tuple(_funding(structure))),
        Table("5", "营业收入、税金及附加和增值税估算表", "Revenue, surcharges and VAT", tuple(_revenue(structure))),
        Table("6", "总成本费用估算表", "Total cost", tuple(_cost(structure))),
        Table("6-1", "固定资产折旧费估算表", "Depreciation", tuple(_depreciation())),
        Table("6-2", "无形资产和其他资产摊销估算表", "Amortisation", tuple(_amortisation())),
        Table("7", "项目投资现金流量表", "Project cash flow", tuple(_project_cash())),
        Table("8", "项目资本金现金流量表", "Equity cash flow", tuple(_equity_cash())),
        Table("9", "利润与利润分配表", "Profit and its distribution", tuple(_profit())),
        Table("10", "借款还本付息计划表", "Debt service", tuple(_debt_service(structure))),
        Table("11", "财务计划现金流量表", "Financial plan", tuple(_plan())),
        Table("12", "资产负债表", "Balance sheet", tuple(_balance())),
        Table("14-1", "项目收益与融资自求平衡测算表", "Special-bond self-balance", tuple(_self_balance())),
        Table("14-2", "资金筹措计划表", "Funding by source", tuple(_funding_plan())),
        Table("校核", "勾稽关系校核表", "Cross-checks", tuple(_checks())),
    )


def _investment() -> Iterator[Line]:
    yield figure("1", "engineering_cost")
    yield figure("2", "other_cost")
    yield figure("2.1", "intangible_assets")
    yield figure("2.2", "deferred_assets")
    yield figure("3", "contingency")
    yield figure("3.1", "basic_contingency")
    yield figure("3.2", "price_contingency_total", "价差预备费", "Price contingency")
    yield figure("4", "construction_investment_total")
    yield figure("", "deductible_input_vat")


def _construction_interest(structure: Structure) -> Iterator[Line]:
    for i in range(len(structure.debts)):
        yield stock(f"{i + 1}.1", f"debts.{i}.opening")
        yield flow(f"{i + 1}.2", f"debts.{i}.draw")
        yield flow(f"{i + 1}.3", f"debts.{i}.idc")
        yield flow(f"{i + 1}.3.1", f"debts.{i}.idc_capitalised")
        yield flow(f"{i + 1}.3.2", f"debts.{i}.idc_paid")
        # The closing balance of the debt: in construction what is built up, then what is left, as the opening one says.
        yield stock(f"{i + 1}.4", f"debts.{i}.closing")
    number = len(structure.debts) + 1
    yield flow(f"{number}", "idc", "建设期利息合计", "Construction interest, total")
    yield flow(f"{number}.1", "idc_capitalised")
    yield flow(f"{number}.2", "idc_paid")


def _working_capital() -> Iterator[Line]:
    yield stock("1", "wc_current_assets", "流动资产", "Current assets")
    for number, name in enumerate(("receivables", "inventories", "cash", "prepayments"), start=1):
        yield stock(f"1.{number}", f"wc_{name}")
    yield stock("2", "wc_current_liabilities", "流动负债", "Current liabilities")
    for number, name in enumerate(("payables", "advances"), start=1):
        yield stock(f"2.{number}", f"wc_{name}")
    yield stock("3", "working_capital")
    yield flow("4", "working_capital_increase")
    yield stock("5", "working_capital_loan")
    yield flow("6", "working_capital_interest")
    yield flow("7", "working_capital_recovered")


def _funding(structure: Structure) -> Iterator[Line]:
    yield flow("1", "total_uses")
    yield flow("1.1", "construction_investment")
    yield flow("1.2", "idc")
    yield flow("1.3", "working_capital_increase", "流动资金", "Working capital")
    yield flow("2", "total_sources")
    yield flow("2.1", "equity")
    yield flow("2.1.1", "equity_for_construction", "用于建设投资和付现利息", "for construction and interest paid")
    yield flow("2.1.2", "working_capital_equity", "用于流动资金", "for working capital")
    yield flow("2.2", "debt_funding")
    for i in range(len(structure.debts)):
        yield flow(f"2.2.1.{i + 1}", f"debts.{i}.draw")
    yield flow("2.2.2", "idc_capitalised", "用于建设期利息", "for construction interest")
    yield flow("2.2.3", "working_capital_loan_draw", "用于流动资金", "for working capital")
    yield flow("2.3", "grants", "其他资金（补助）", "Other funds (grants)")
    for i in range(len(structure.grants)):
        yield flow(f"2.3.{i + 1}", f"grants.{i}.amount")
    yield figure("", "capital_ratio")
    yield figure("", "grant_ratio")


def _revenue(structure: Structure) -> Iterator[Line]:
    yield flow("1", "revenue")
    for i in range(len(structure.streams)):
        yield flow(f"1.{i + 1}", f"streams.{i}.revenue")
    yield flow("2", "surcharges")
    yield flow("2.1", "urban_maintenance")
    yield flow("2.2", "education")
    yield flow("2.3", "local_education")
    yield flow("3.1", "output_vat")
    yield flow("3.2", "input_vat")
    yield stock("3.3", "vat_credit_opening")
    yield stock("3.4", "vat_credit")
    yield flow("3.5", "vat_payable")
    yield flow("3.6", "vat_refund")
    yield flow("4", "subsidies", "补贴收入", "Subsidies")
    for i in range(len(structure.subsidies)):
        yield flow(f"4.{i + 1}", f"subsidies.{i}.subsidy")


def _cost(structure: Structure) -> Iterator[Line]:
    for number, category in enumerate(CATEGORIES, start=1):
        yield flow(f"{number}", f"cost_{category}")
        members = [i for i, (_, found) in enumerate(structure.costs) if found == category]
        for place, i in enumerate(members, start=1):
            yield flow(f"{number}.{place}", f"costs.{i}.cost")
    yield flow("6", "operating_cost")
    yield flow("7", "depreciation")
    yield flow("8", "amortisation")
    yield flow("9", "interest_expense")
    yield flow("10", "total_cost")
    yield flow("", "variable_cost", "其中：可变成本", "of which variable")
    yield flow("", "fixed_cost", "其中：固定成本", "of which fixed")


def _depreciation() -> Iterator[Line]:
    yield figure("1", "fixed_asset_value")
    yield flow("2", "main_depreciation")
    yield flow("3", "maintenance_investment")
    yield flow("4", "maintenance_depreciation")
    yield flow("5", "depreciation", "当期折旧合计", "Depreciation, total")
    yield stock("6", "fixed_net_value")


def _amortisation() -> Iterator[Line]:
    for number, name in enumerate(("intangible", "deferred"), start=1):
        yield figure(f"{number}.1", f"{name}_assets")
        yield flow(f"{number}.2", f"{name}_amortisation")
        yield stock(f"{number}.3", f"{name}_net_value")
    yield flow("3", "amortisation")


def _inflows() -> Iterator[Line]:
    yield flow("1", "cash_inflow")
    yield flow("1.1", "revenue", "营业收入（不含税）", "Revenue excluding VAT")
    yield flow("1.2", "cash_output_vat")
    yield flow("1.3", "subsidy_and_refund")
    yield flow("1.4", "residual_recovered")
    yield flow("1.5", "working_capital_recovered")


def _project_cash() -> Iterator[Line]:
    yield from _inflows()
    yield flow("2", "project_outflow")
    yield flow("2.1", "construction_investment")
    yield flow("2.2", "working_capital_increase", "流动资金", "Working capital")
    yield flow("2.3", "operating_cost")
    yield flow("2.4", "cash_input_vat")
    yield flow("2.5", "cash_vat_payable")
    yield flow("2.6", "surcharges")
    yield flow("2.7", "maintenance_investment")
    yield flow("3", "project_cf_pre_tax")
    yield stock("4", "cumulative_cf_pre_tax")
    yield flow("5", "adjusted_income_tax")
    yield flow("6", "project_cf_post_tax")
    yield stock("7", "cumulative_cf_post_tax")
    for key in ("pre_tax", "post_tax"):
        yield flow("", f"discounted_cf_{key}")
        yield stock("", f"cumulative_discounted_cf_{key}")
    for key in ("project_npv", "payback_static", "payback_dynamic"):
        yield figure("", f"{key}_pre_tax")
        yield figure("", f"{key}_post_tax")


def _equity_cash() -> Iterator[Line]:
    yield from _inflows()
    yield flow("2", "equity_outflow")
    yield flow("2.1", "capital", "项目资本金", "Capital")
    yield flow("2.2", "equity_principal")
    yield flow("2.3", "interest_expense", "借款利息支付", "Interest paid")
    yield flow("2.4", "operating_cost")
    yield flow("2.5", "cash_input_vat")
    yield flow("2.6", "cash_vat_payable")
    yield flow("2.7", "surcharges")
    yield flow("2.8", "income_tax")
    yield flow("2.9", "maintenance_investment")
    yield flow("3", "equity_cf")
    yield stock("4", "cumulative_equity_cf")
    yield figure("", "equity_npv")


def _profit() -> Iterator[Line]:
    yield flow("1", "revenue")
    yield flow("2", "surcharges")
    yield flow("3", "total_cost")
    yield flow("4", "subsidy_and_refund")
    yield flow("5", "total_profit")
    yield flow("6", "loss_used", "弥补以前年度亏损", "Losses of earlier years used")
    yield flow("7", "taxable_income", "应纳税所得额", "Taxable income")
    yield flow("8", "income_tax")
    yield flow("9", "net_profit")
    yield stock("10", "undistributed_opening")
    yield stock("11", "distributable")
    yield flow("12", "reserve_allotted")
    yield stock("18", "undistributed")
    yield flow("19", "ebit")
    yield flow("20", "ebitda")


def _debt_service(structure: Structure) -> Iterator[Line]:
    for i in range(len(structure.debts)):
        yield stock(f"{i + 1}.1", f"debts.{i}.opening")
        yield flow(f"{i + 1}.2", f"debts.{i}.service")
        yield flow(f"{i + 1}.2.1", f"debts.{i}.principal")
        yield flow(f"{i + 1}.2.2", f"debts.{i}.interest")
        yield stock(f"{i + 1}.3", f"debts.{i}.closing")
    number = len(structure.debts) + 1
    yield stock(f"{number}.1", "debt_opening")
    yield flow(f"{number}.2", "debt_service", "还本付息合计（含流动资金借款利息）", "Debt service with working capital")
    yield flow(f"{number}.2.1", "debt_principal")
    yield flow(f"{number}.2.2", "interest_expense")
    yield stock(f"{number}.3", "debt_closing")
    yield flow("", "cfads")
    yield stock("", "icr")
    yield stock("", "dscr")
    for key in ("icr_min", "dscr_min", "dscr_average", "llcr", "plcr"):
        yield figure("", key)


def _plan() -> Iterator[Line]:
    yield flow("1", "operating_net")
    yield flow("1.1", "operating_inflow")
    yield flow("1.1.1", "revenue")
    yield flow("1.1.2", "output_vat")
    yield flow("1.1.3", "subsidy_and_refund")
    yield flow("1.2", "operating_outflow")
    yield flow("1.2.1", "operating_cost")
    yield flow("1.2.2", "input_vat")
    yield flow("1.2.3", "surcharges")
    yield flow("1.2.4", "vat_payable")
    yield flow("1.2.5", "income_tax")
    yield flow("2", "investing_net")
    yield flow("2.2.1", "construction_investment")
    yield flow("2.2.2", "maintenance_investment")
    yield flow("2.2.3", "working_capital_increase", "流动资金", "Working capital")
    yield flow("3", "financing_net")
    yield flow("3.1", "financing_inflow")
    yield flow("3.1.1", "equity")
    yield flow("3.1.2", "grants")
    yield flow("3.1.3", "debt_draw")
    yield flow("3.1.4", "working_capital_loan_draw")
    yield flow("3.2", "financing_outflow")
    yield flow("3.2.1", "interest_paid")
    yield flow("3.2.2", "debt_principal", "偿还债务本金", "Debt principal repaid")
    yield flow("4", "financial_plan_net")
    yield stock("5", "cumulative_surplus")


def _balance() -> Iterator[Line]:
    yield stock("1", "assets")
    yield stock("1.1", "current_assets")
    yield stock("1.1.1", "cumulative_surplus", "货币资金", "Cash")
    yield stock("1.1.2", "working_capital", "流动资金占用", "Working capital in use")
    yield stock("1.1.3", "vat_credit", "待抵扣进项税", "Input VAT to be credited")
    yield stock("1.2", "construction_in_progress")
    yield stock("1.3", "fixed_net_value")
    yield stock("1.4", "other_net_value")
    yield stock("2", "liabilities_and_equity")
    yield stock("2.1", "working_capital_loan")
    yield stock("2.2", "loan_closing")
    yield stock("2.3", "bond_closing")
    yield stock("2.4", "liabilities")
    yield stock("2.5", "owners_equity")
    yield stock("2.5.1", "capital_paid", "资本金", "Capital")
    yield stock("2.5.2", "capital_reserve")
    yield stock("2.5.3", "reserve")
    yield stock("2.5.4", "undistributed", "累计未分配利润", "Undistributed profit")
    yield stock("", "gearing")


def _self_balance() -> Iterator[Line]:
    yield flow("1", "project_income")
    yield flow("2", "operating_cost", "运营支出", "Operating cost")
    yield flow("3", "tax_and_surcharges")
    yield flow("4", "maintenance_investment")
    yield flow("5", "cfads", "项目净收益", "Net project income")
    yield flow("6.1", "special_bond_principal", "债券本金", "Bond principal")
    yield flow("6.2", "special_bond_interest", "债券利息（运营期）", "Bond interest in operation")
    yield flow("6.3", "special_bond_idc_paid", "债券利息（建设期）", "Bond interest in construction")
    yield flow("6.4", "other_debt_service")
    yield flow("6", "all_debt_service", "本息合计", "Principal and interest")
    yield flow("7", "year_surplus")
    yield stock("8", "surplus_to_date")
    yield figure("", "special_bond_coverage")
    yield figure("", "total_debt_coverage")


def _funding_plan() -> Iterator[Line]:
    yield flow("1", "total_sources", "资金筹措合计", "Funding, total")
    yield flow("1.1", "capital_with_bonds", "项目资本金", "Project capital")
    yield flow("1.1.1", "bond_as_capital")
    yield flow("1.2", "bonds_not_capital", "专项债券（资本金以外）", "Special bonds beside capital")
    yield flow("1.3", "market_funding")
    yield flow("1.4", "other_grants", "其他补助资金", "Other grants")
    yield figure("", "capital_ratio_with_bonds")


def _checks() -> Iterator[Line]:
    for number, name in enumerate(CHECKS, start=1):
        yield stock(f"{number}", f"check_{name}")
