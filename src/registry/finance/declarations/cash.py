"""The cash flow statements: project (table 7), equity (table 8) and the financial plan (table 11)."""

from registry.finance.book import YEARS, Book
from registry.finance.declarations.timing import present_value_of
from registry.finance.expressions import (
    BLANK,
    Expression,
    Ref,
    RunningTotal,
    both,
    choose,
    of,
    over_years,
    prior,
)


def declare_cash_flows(book: Book) -> None:
    """Declare the three statements, their discounted rows and payback periods."""
    _declare_project(book)
    _declare_equity(book)
    _declare_plan(book)
    for key, zh, en in (
        ("pre_tax", "所得税前", "before tax"),
        ("post_tax", "所得税后", "after tax"),
    ):
        flow = of(f"project_cf_{key}")
        book.line(f"cumulative_cf_{key}", f"累计{zh}净现金流量", f"Cumulative net cash flow {en}", RunningTotal(flow))
        discounted = book.line(
            f"discounted_cf_{key}",
            f"{zh}折现净现金流量",
            f"Discounted net cash flow {en}",
            flow * of("discount_factor"),
        )
        book.line(
            f"cumulative_discounted_cf_{key}",
            f"累计{zh}折现净现金流量",
            f"Cumulative discounted net cash flow {en}",
            RunningTotal(discounted),
        )
        value = present_value_of(flow, of("discount_rate"))
        book.figure(f"project_npv_{key}", f"财务净现值（{zh}）", f"FNPV {en}", value)
        _declare_payback(
            book, f"static_{key}", flow, f"cumulative_cf_{key}", f"静态投资回收期（{zh}）", f"Static payback {en}"
        )
        _declare_payback(
            book,
            f"dynamic_{key}",
            discounted,
            f"cumulative_discounted_cf_{key}",
            f"动态投资回收期（{zh}）",
            f"Dynamic payback {en}",
        )
    value = present_value_of(of("equity_cf"), of("discount_rate_equity"))
    book.figure("equity_npv", "资本金财务净现值", "FNPV of equity", value)


def _declare_project(book: Book) -> None:
    for key, zh, en in (
        ("output_vat", "销项税额", "Output VAT"),
        ("input_vat", "进项税额", "Input VAT"),
        ("vat_payable", "应纳增值税", "VAT payable"),
    ):
        book.line(f"cash_{key}", zh, en, of(key) * of("is_vat_explicit"))
    inflow = of("revenue") + of("cash_output_vat") + of("subsidy_and_refund")
    inflow = inflow + of("residual_recovered") + of("working_capital_recovered")
    book.line("cash_inflow", "现金流入", "Cash inflow", inflow)
    running = of("operating_cost") + of("cash_input_vat") + of("cash_vat_payable") + of("surcharges")
    outflow = of("construction_investment") + of("working_capital_increase") + running + of("maintenance_investment")
    book.line("project_outflow", "现金流出", "Cash outflow", outflow)
    book.line(
        "project_cf_pre_tax",
        "所得税前净现金流量",
        "Net cash flow before tax",
        of("cash_inflow") - of("project_outflow"),
    )
    book.line(
        "project_cf_post_tax",
        "所得税后净现金流量",
        "Net cash flow after tax",
        of("project_cf_pre_tax") - of("adjusted_income_tax"),
    )


def _declare_equity(book: Book) -> None:
    service = of("debt_principal") + of("interest_expense") + of("working_capital_loan_repaid")
    running = of("operating_cost") + of("cash_input_vat") + of("cash_vat_payable") + of("surcharges")
    outflow = of("capital") + service + running + of("income_tax") + of("maintenance_investment")
    book.line(
        "equity_principal",
        "借款本金偿还",
        "Loan principal repaid",
        of("debt_principal") + of("working_capital_loan_repaid"),
    )
    book.line("equity_outflow", "现金流出", "Cash outflow", outflow)
    book.line("equity_cf", "净现金流量", "Net cash flow of equity", of("cash_inflow") - of("equity_outflow"))
    book.line(
        "cumulative_equity_cf", "累计净现金流量", "Cumulative net cash flow of equity", RunningTotal(of("equity_cf"))
    )


def _declare_plan(book: Book) -> None:
    """Declare table 11, a going concern: nothing is recovered at the end."""
    book.line(
        "operating_inflow",
        "经营活动现金流入",
        "Operating inflow",
        of("revenue") + of("output_vat") + of("subsidy_and_refund"),
    )
    paid = of("operating_cost") + of("input_vat") + of("surcharges") + of("vat_payable") + of("income_tax")
    book.line("operating_outflow", "经营活动现金流出", "Operating outflow", paid)
    book.line(
        "operating_net",
        "经营活动净现金流量",
        "Net operating cash flow",
        of("operating_inflow") - of("operating_outflow"),
    )
    spent = of("construction_investment") + of("maintenance_investment") + of("working_capital_increase")
    book.line("investing_outflow", "投资活动现金流出", "Investing outflow", spent)
    raised = of("equity") + of("grants") + of("debt_draw") + of("working_capital_loan_draw")
    book.line("financing_inflow", "筹资活动现金流入", "Financing inflow", raised)
    book.line("interest_paid", "各种利息支出", "Interest paid", of("idc_paid") + of("interest_expense"))
    book.line("financing_outflow", "筹资活动现金流出", "Financing outflow", of("interest_paid") + of("debt_principal"))
    book.line(
        "financing_net",
        "筹资活动净现金流量",
        "Net financing cash flow",
        of("financing_inflow") - of("financing_outflow"),
    )
    book.line("investing_net", "投资活动净现金流量", "Net investing cash flow", -of("investing_outflow"))
    book.line(
        "financial_plan_net",
        "净现金流量",
        "Net cash flow of the plan",
        of("operating_net") + of("investing_net") + of("financing_net"),
    )
    book.line("cumulative_surplus", "累计盈余资金", "Cumulative surplus", RunningTotal(of("financial_plan_net")))


def _declare_payback(book: Book, key: str, flow: Ref, cumulative: str, zh: str, en: str) -> None:
    """Declare the first crossing of zero from below, in years from the start of construction (or operation)."""
    is_crossing = both(of(cumulative) > -of("one_fen"), prior(cumulative) <= -of("one_fen"))
    start = of("construction_years") * of("is_payback_from_operation")
    at: Expression = prior("year") - prior(cumulative) / flow - start
    book.line(f"crossing_{key}", f"{zh}：转正点", f"{en}: crossing", choose(is_crossing, at, BLANK), YEARS)
    book.figure(f"payback_{key}", zh, en, over_years("lowest", of(f"crossing_{key}")), YEARS)
