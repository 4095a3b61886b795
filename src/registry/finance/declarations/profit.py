"""Total cost, profit and income tax: tables 6 and 9."""

from registry.finance.book import FLAG, RATE, YEARS, Book
from registry.finance.expressions import (
    ONE,
    ZERO,
    Expression,
    Ref,
    RunningTotal,
    at_least_zero,
    both,
    choose,
    larger,
    of,
    prior,
    smaller,
    sum_of,
)
from registry.finance.structure import Structure


def declare_profit(book: Book, structure: Structure) -> None:
    """Declare the income statement, its tax, and the tax on EBIT that the project cash flow uses."""
    _declare_income_statement(book)
    _declare_tax_terms(book)
    declare_tax(book, "", of("total_profit"), "所得税", "Income tax", structure.loss_years)
    declare_tax(book, "adjusted_", of("ebit"), "调整所得税", "Adjusted income tax", structure.loss_years)
    book.line("net_profit", "净利润", "Net profit", of("total_profit") - of("income_tax"))
    _declare_distribution(book, structure)
    cash = of("ebitda") - of("income_tax") - of("maintenance_investment")
    book.line("cfads", "可用于还本付息的资金", "Cash flow available for debt service", cash)


def _declare_income_statement(book: Book) -> None:
    earned = of("revenue") + of("subsidy_and_refund") - of("surcharges")
    book.line("ebitda", "息税折旧摊销前利润", "EBITDA", earned - of("operating_cost"))
    cost = of("operating_cost") + of("depreciation") + of("amortisation") + of("interest_expense")
    book.line("total_cost", "总成本费用", "Total cost", cost)
    book.line("fixed_cost", "固定成本", "Fixed cost", of("total_cost") - of("variable_cost"))
    profit = of("revenue") - of("surcharges") - of("total_cost") + of("subsidy_and_refund")
    book.line("total_profit", "利润总额", "Total profit", profit)
    book.line("ebit", "息税前利润", "EBIT", of("total_profit") + of("interest_expense"))


def _declare_tax_terms(book: Book) -> None:
    """Declare the exemption: counted from the first year with revenue, running on even without profit."""
    book.given("tax_rate", "所得税率", "Income tax rate", RATE)
    free = book.given("tax_free_years", "免税年数", "Years exempt", YEARS)
    half = book.given("tax_half_years", "减半年数", "Years at half rate", YEARS)
    book.given("eligible_share", "享受减免的所得比例", "Share of income eligible", RATE)
    is_taxable = book.given("is_refund_taxable", "退税是否应税", "VAT refund is taxable", FLAG)
    half_rate = book.constant("half_exemption", "减半征收的减免比例", "Exemption at half rate", 0.5, RATE)
    has_begun = choose(prior("holiday_year") + of("revenue") > ZERO, prior("holiday_year") + ONE, ZERO)
    j = book.line("holiday_year", "优惠期第几年", "Year of the tax holiday", has_begun, YEARS)
    in_half = both(j > free, j <= free + half)
    exemption = choose(both(j >= ONE, j <= free), ONE, choose(in_half, half_rate, ZERO))
    book.line("exemption", "减免比例", "Exemption", exemption, RATE)
    free_income = of("non_taxable_subsidies") + of("vat_refund") * (ONE - is_taxable)
    book.line("non_taxable_income", "不征税收入", "Non-taxable income", free_income)


def declare_tax(book: Book, prefix: str, profit: Ref, zh: str, en: str, loss_years: int) -> None:
    """Declare a tax with its own loss pool: first in, first out, usable in the `loss_years` following years.

    All losses stand in one queue, measured from its beginning: `lost` is its end, `settled` is how far it has been
    used up or has expired. A loss of year t is gone when year t + loss_years is over.
    """
    name = f"{zh}："
    base = book.line(
        f"{prefix}tax_base", f"{name}弥补亏损前所得", f"{en}: income before losses", profit - of("non_taxable_income")
    )
    book.line(f"{prefix}lost", f"{name}累计亏损", f"{en}: losses to date", RunningTotal(at_least_zero(-base)))
    settled = larger(prior(f"{prefix}settled"), Ref(f"{prefix}lost", loss_years + 1))
    book.line(f"{prefix}settled_opening", f"{name}期初已弥补或过期", f"{en}: used or expired at opening", settled)
    available = at_least_zero(prior(f"{prefix}lost") - of(f"{prefix}settled_opening"))
    used = smaller(at_least_zero(base), available)
    book.line(f"{prefix}loss_used", f"{name}弥补以前年度亏损", f"{en}: losses used", used)
    book.line(
        f"{prefix}settled",
        f"{name}期末已弥补或过期",
        f"{en}: used or expired",
        of(f"{prefix}settled_opening") + of(f"{prefix}loss_used"),
    )
    taxed = book.line(
        f"{prefix}taxable_income",
        f"{name}应纳税所得额",
        f"{en}: taxable income",
        at_least_zero(base) - of(f"{prefix}loss_used"),
    )
    due = taxed * of("tax_rate") * (ONE - of("eligible_share") * of("exemption"))
    book.line(f"{prefix}income_tax", zh, en, due)


def _declare_distribution(book: Book, structure: Structure) -> None:
    """Declare table 9 below net profit. No dividend is modelled; no reserve while a max-capacity loan is open."""
    rate = book.constant("reserve_rate", "法定盈余公积金提取比例", "Statutory reserve rate", 0.1, RATE)
    cap = book.constant(
        "reserve_cap", "法定盈余公积金上限（占资本金）", "Cap of the reserve, share of capital", 0.5, RATE
    )
    opening = book.line(
        "undistributed_opening", "期初未分配利润", "Undistributed profit, opening", prior("undistributed")
    )
    distributable = book.line("distributable", "可供分配的利润", "Distributable profit", of("net_profit") + opening)
    open_loans = sum_of(of(f"debts.{i}.closing") for i in structure.debts_by("max_capacity"))
    room = cap * of("capital_paid") - prior("reserve")
    earned: Expression = larger(ZERO, smaller(of("net_profit"), distributable))
    allotted = choose(open_loans > of("one_fen"), ZERO, larger(ZERO, smaller(rate * earned, room)))
    book.line("capital_paid", "累计资本金", "Capital paid in", RunningTotal(of("capital")))
    book.line("reserve_allotted", "提取法定盈余公积金", "Transfer to statutory reserve", allotted)
    book.line("reserve", "累计盈余公积金", "Statutory reserve", prior("reserve") + of("reserve_allotted"))
    book.line("undistributed", "未分配利润", "Undistributed profit", distributable - of("reserve_allotted"))
