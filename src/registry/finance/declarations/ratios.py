"""Indicators of debt service, coverage and profitability (tables 10, 14-1), each a row or a figure of the book."""

from registry.finance.book import RATE, YEARS, Book
from registry.finance.expressions import (
    BLANK,
    ONE,
    ZERO,
    Expression,
    RunningTotal,
    both,
    choose,
    of,
    over_years,
    quotient,
)


def declare_ratios(book: Book) -> None:
    """Declare yearly and overall indicators; a ratio over nothing is blank, never zero."""
    _declare_cover(book)
    _declare_loan_life(book)
    _declare_coverage(book)
    _declare_profitability(book)
    _declare_fiscal(book)


def _declare_cover(book: Book) -> None:
    """Declare ICR and DSCR in operation years with long-term debt outstanding at the opening."""
    owes = both(of("is_operation") > ZERO, of("debt_opening") > of("one_fen"))
    book.line("has_debt", "有长期债务的运营年", "Operation year with long-term debt", choose(owes, ONE, ZERO), "0/1")
    service = book.line("debt_service", "还本付息合计", "Debt service", of("debt_principal") + of("interest_expense"))
    pays_interest = both(of("has_debt") > ZERO, of("interest_expense") > ZERO)
    book.line("icr", "利息备付率", "ICR", quotient(of("ebit"), of("interest_expense"), pays_interest), RATE)
    pays = both(of("has_debt") > ZERO, service > ZERO)
    book.line("dscr", "偿债备付率", "DSCR", quotient(of("cfads"), service, pays), RATE)
    book.figure("icr_min", "利息备付率（最低）", "Lowest ICR", over_years("lowest", of("icr")), RATE)
    book.figure("dscr_min", "偿债备付率（最低）", "Lowest DSCR", over_years("lowest", of("dscr")), RATE)
    book.figure("dscr_average", "偿债备付率（平均）", "Average DSCR", over_years("average", of("dscr")), RATE)
    book.figure(
        "cumulative_surplus_min",
        "累计盈余资金（最低）",
        "Lowest cumulative surplus",
        over_years("lowest", of("cumulative_surplus")),
    )


def _declare_loan_life(book: Book) -> None:
    """Declare LLCR and PLCR at the end of construction, discounted at the balance-weighted loan rate."""
    last = choose(of("has_debt") > ZERO, of("year"), BLANK)
    book.figure("last_repayment_year", "最后还款年", "Last repayment year", over_years("highest", last), YEARS)
    is_handover = of("operation_year").equals(ONE)
    debt = book.figure(
        "debt_at_end_of_construction",
        "建设期末债务余额",
        "Debt at end of construction",
        over_years("sum", choose(is_handover, of("debt_opening"), ZERO)),
    )
    book.figure(
        "debt_at_end_of_horizon",
        "计算期末债务余额",
        "Debt at end of horizon",
        over_years("sum", of("debt_closing") * of("is_last_year")),
    )
    book.figure(
        "vat_credit_unused",
        "期末未抵扣进项税额",
        "VAT credit unused at the end",
        over_years("sum", of("vat_credit") * of("is_last_year")),
    )
    interest = over_years("sum", choose(is_handover, of("debt_interest"), ZERO))
    rate = book.figure(
        "loan_rate",
        "按余额加权的借款利率",
        "Balance-weighted loan rate",
        choose(debt > of("one_fen"), interest / debt, ZERO),
        RATE,
    )
    value = of("cfads") / (ONE + rate) ** of("operation_year") * of("is_operation")
    book.line("cfads_value", "折现至建设期末的偿债资金", "CFADS discounted to the end of construction", value)
    in_life = choose(of("year") <= of("last_repayment_year"), of("cfads_value"), ZERO)
    book.line("cfads_loan_life", "贷款期内偿债资金现值", "CFADS discounted, in loan life", in_life)
    for key, zh, en, row in (
        ("llcr", "贷款期备付率", "LLCR", "cfads_loan_life"),
        ("plcr", "项目期备付率", "PLCR", "cfads_value"),
    ):
        book.figure(key, zh, en, quotient(over_years("sum", of(row)), debt, debt > of("one_fen")), RATE)


def _declare_coverage(book: Book) -> None:
    """Declare net income over principal and interest, for special bonds alone and for all debt (table 14-1)."""
    book.line(
        "special_bond_service",
        "专项债券本息",
        "Special bond principal and interest",
        of("special_bond_principal") + of("special_bond_interest") + of("special_bond_idc_paid"),
    )
    interest = of("debt_interest") + of("idc_paid")
    book.line(
        "all_debt_service", "全部长期债务本息", "All long-term principal and interest", of("debt_principal") + interest
    )
    book.line(
        "other_debt_service",
        "其他融资本息",
        "Other principal and interest",
        of("all_debt_service") - of("special_bond_service"),
    )
    book.line("tax_and_surcharges", "税费", "Taxes and surcharges", of("surcharges") + of("income_tax"))
    book.line("project_income", "项目收入", "Project income", of("revenue") + of("subsidy_and_refund"))
    book.line("year_surplus", "当年结余", "Surplus of the year", of("cfads") - of("all_debt_service"))
    book.line("surplus_to_date", "累计结余", "Surplus to date", RunningTotal(of("year_surplus")))
    for key, zh, en, owed, service, left in (
        (
            "special_bond_coverage",
            "专项债券本息覆盖倍数",
            "Special bond coverage",
            "special_bond_opening",
            "special_bond_service",
            "special_bond_closing",
        ),
        (
            "total_debt_coverage",
            "全部债务本息覆盖倍数",
            "Coverage of all debt",
            "debt_opening",
            "all_debt_service",
            "debt_closing",
        ),
    ):
        is_owed = choose(both(of("is_operation") > ZERO, of(owed) > of("one_fen")), of("year"), BLANK)
        maturity = book.figure(
            f"{key}_maturity", f"{zh}：到期年", f"{en}: maturity year", over_years("highest", is_owed), YEARS
        )
        counted = choose(of("year") <= maturity, of("cfads") * of("is_operation"), ZERO)
        book.line(f"{key}_income", f"{zh}：到期前净收益", f"{en}: net income to maturity", counted)
        due = over_years("sum", choose(of("year") <= maturity, of(service), ZERO) + of(left) * of("is_last_year"))
        total = book.figure(f"{key}_due", f"{zh}：应付本息", f"{en}: principal and interest due", due)
        book.figure(key, zh, en, quotient(over_years("sum", of(f"{key}_income")), total, total > of("one_fen")), RATE)


def _declare_profitability(book: Book) -> None:
    """Declare ROI and ROE on the average operation year, and the break-even point of the normal year."""
    normal = book.given("normal_operation_year", "正常年（运营年）", "Normal operation year", YEARS)
    is_normal = both(of("operation_year").equals(normal), of("is_operation") > ZERO)

    def in_normal_year(value: Expression) -> Expression:
        return over_years("sum", choose(is_normal, value, ZERO))

    for key, zh, en in (("ebit", "息税前利润", "EBIT"), ("net_profit", "净利润", "net profit")):
        average = over_years("sum", of(key) * of("is_operation")) / of("operation_years")
        book.figure(f"average_{key}", f"年平均{zh}", f"Average {en}", average)
        book.figure(f"normal_{key}", f"正常年{zh}", f"{en} of the normal year", in_normal_year(of(key)))
        chosen = choose(of("is_normal_year_profit") > ZERO, of(f"normal_{key}"), of(f"average_{key}"))
        book.figure(f"return_{key}", f"收益率所取{zh}", f"{en} taken for the return", chosen)
    invested, capital = of("total_investment"), of("capital_total")
    book.figure("roi", "总投资收益率", "ROI", quotient(of("return_ebit"), invested, invested > of("one_fen")), RATE)
    book.figure(
        "roe", "资本金净利润率", "ROE", quotient(of("return_net_profit"), capital, capital > of("one_fen")), RATE
    )
    fixed = book.figure(
        "normal_fixed_cost", "正常年固定成本", "Fixed cost of the normal year", in_normal_year(of("fixed_cost"))
    )
    margin = of("revenue") - of("variable_cost") - of("surcharges")
    earned = book.figure(
        "normal_margin", "正常年收入减可变成本与附加", "Margin of the normal year", in_normal_year(margin)
    )
    book.figure(
        "bep_capacity",
        "盈亏平衡点（生产能力利用率）",
        "Break-even point",
        quotient(fixed, earned, earned > of("one_fen")),
        RATE,
    )


def _declare_fiscal(book: Book) -> None:
    """Declare what the project costs public budgets: grants, government equity and operating subsidies."""
    share = book.given("government_equity_share", "政府出资占资本金比例", "Government share of equity", RATE)
    equity = book.line("government_equity", "政府资本金出资", "Government equity", of("equity") * share)
    outlay = of("grants") + equity + of("subsidies")
    book.line("fiscal_outlay", "财政支出", "Fiscal outlay", outlay)
    book.figure("fiscal_outlay_total", "财政支出合计", "Fiscal outlay, total", over_years("sum", of("fiscal_outlay")))
    value = over_years("sum", of("fiscal_outlay") * of("discount_factor"))
    book.figure("fiscal_cost", "财政成本（现值）", "Fiscal cost, present value", value)
    central = of("central_grants_total")
    book.figure(
        "central_leverage",
        "中央资金撬动倍数",
        "Other money per yuan of central money",
        quotient(of("total_investment") - central, central, central > of("one_fen")),
        RATE,
    )
