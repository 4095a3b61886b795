"""Debt service: construction interest (table 2) and the repayment schedule (table 10)."""

from collections.abc import Iterable

from registry.finance.book import FLAG, MONEY, RATE, YEARS, Book
from registry.finance.expressions import (
    ONE,
    ZERO,
    Expression,
    at_least_zero,
    both,
    choose,
    of,
    over_years,
    prior,
    smaller,
    sum_of,
)
from registry.finance.structure import Structure

SUMMED = {
    "draw": ("debt_draw", "借款与债券提款", "Debt drawn"),
    "idc": ("idc", "建设期利息", "Construction interest"),
    "idc_paid": ("idc_paid", "建设期付现利息", "Construction interest paid in cash"),
    "idc_capitalised": ("idc_capitalised", "资本化的建设期利息", "Capitalised construction interest"),
    "opening": ("debt_opening", "期初借款余额", "Debt, opening balance"),
    "interest": ("debt_interest", "运营期付息", "Interest in operation"),
    "principal": ("debt_principal", "当期还本", "Principal repaid"),
    "closing": ("debt_closing", "期末借款余额", "Debt, closing balance"),
}


def declare_debts(book: Book, structure: Structure) -> None:
    """Declare each debt's balance, interest and principal, and their sums over all debts and over bonds."""
    book.given("sculpted_dscr", "等额偿债备付率（求解值）", "Sculpted DSCR (solved)", RATE)
    for i, debt in enumerate(structure.debts):
        _declare_construction_balance(book, i)
        _declare_service(book, i, _principal(structure, i), debt.method == "level_payment")
    every = structure.debts_in_order
    bonds = [i for i in every if structure.debts[i].is_bond]
    special = [i for i in every if structure.debts[i].is_special_bond]
    for part, (key, zh, en) in SUMMED.items():
        book.line(key, zh, en, _family(every, part))
    book.line("loan_closing", "建设投资借款余额", "Loans, closing balance", of("debt_closing") - of("bond_closing"))
    book.line("bond_closing", "债券余额", "Bonds, closing balance", _family(bonds, "closing"))
    for part in ("draw", "idc_paid", "opening", "interest", "principal", "closing"):
        _, zh, en = SUMMED[part]
        book.line(f"special_bond_{part}", f"专项债券{zh}", f"Special bonds: {en.lower()}", _family(special, part))
    book.line(
        "bond_as_capital", "其中：专项债券用作资本金", "Special bonds used as capital", _family(special, "as_capital")
    )
    expense = of("debt_interest") + of("working_capital_interest")
    book.line("interest_expense", "利息支出", "Interest charged to cost", expense)
    book.figure("idc_total", "建设期利息合计", "Construction interest, total", over_years("sum", of("idc")))
    book.figure("debt_drawn", "债务提款合计", "Debt drawn, total", over_years("sum", of("debt_draw")))


def _family(numbers: Iterable[int], part: str) -> Expression:
    return sum_of(of(f"debts.{i}.{part}") for i in numbers)


def _declare_construction_balance(book: Book, i: int) -> None:
    """Declare table 2. The balance is kept apart from repayment: one row for both would depend on itself."""
    name, en = f"债务{i + 1}", f"Debt {i + 1}"
    key = f"debts.{i}."
    draw = book.given(key + "draw", f"{name}当期借款", f"{en}: draw", MONEY, by_year=True)
    nominal = book.given(key + "nominal_rate", f"{name}名义年利率", f"{en}: nominal rate", RATE, by_year=True)
    periods = book.given(key + "periods", f"{name}每年计息次数", f"{en}: compounding periods", "次")
    is_capitalised = book.given(key + "is_capitalised", f"{name}建设期利息资本化", f"{en}: interest capitalised", FLAG)
    fraction = book.given(key + "draw_interest_fraction", f"{name}当年提款计息比例", f"{en}: interest on draw", RATE)
    as_capital = book.given(key + "share_as_capital", f"{name}用作资本金比例", f"{en}: share used as capital", RATE)
    book.line(key + "as_capital", f"{name}用作资本金", f"{en}: used as capital", draw * as_capital)
    effective = choose(periods.equals(ONE), nominal, (ONE + nominal / periods) ** periods - ONE)
    rate = book.line(key + "rate", f"{name}实际年利率", f"{en}: effective rate", effective, RATE)
    interest = (prior(key + "built") + fraction * draw) * rate * of("is_construction")
    book.line(key + "idc", f"{name}当期应计利息", f"{en}: construction interest", interest)
    capitalised = of(key + "idc") * is_capitalised
    book.line(key + "idc_capitalised", f"{name}资本化利息", f"{en}: capitalised", capitalised)
    book.line(key + "idc_paid", f"{name}付现利息", f"{en}: paid in cash", of(key + "idc") - of(key + "idc_capitalised"))
    built = prior(key + "built") + draw + of(key + "idc_capitalised")
    book.line(key + "built", f"{name}建设期借款余额", f"{en}: balance built up in construction", built)


def _declare_service(book: Book, i: int, principal: Expression, is_level: bool) -> None:
    """Declare table 10 of one debt."""
    name, en = f"债务{i + 1}", f"Debt {i + 1}"
    key = f"debts.{i}."
    first = book.given(key + "first_year", f"{name}首次还本年", f"{en}: first repayment year", YEARS)
    count = book.given(key + "instalments", f"{name}还本年数", f"{en}: instalments", YEARS)
    book.given(key + "share", f"{name}约定还本比例", f"{en}: agreed principal share", RATE, by_year=True)
    year = of("year")
    left = choose(both(year >= first, year < first + count), first + count - year, ZERO)
    book.line(key + "left", f"{name}剩余还本次数", f"{en}: instalments left", left, "次")
    book.line(key + "opening", f"{name}期初余额", f"{en}: opening balance", prior(key + "closing"))
    interest = of(key + "opening") * of(key + "rate") * of("is_operation")
    book.line(key + "interest", f"{name}付息", f"{en}: interest", interest)
    if is_level:
        growth = (ONE + of(key + "rate")) ** of(key + "left")
        book.line(key + "annuity_growth", f"{name}复利终值系数", f"{en}: compound factor to the end", growth, RATE)
    book.line(key + "principal", f"{name}还本", f"{en}: principal", principal)
    closing = prior(key + "closing") + of(key + "draw") + of(key + "idc_capitalised") - of(key + "principal")
    book.line(key + "closing", f"{name}期末余额", f"{en}: closing balance", closing)
    book.line(
        key + "service", f"{name}当期还本付息", f"{en}: debt service", of(key + "principal") + of(key + "interest")
    )


def _principal(structure: Structure, i: int) -> Expression:
    """Return the principal of the year; the last instalment takes the whole balance, so that exactly zero is left."""
    key = f"debts.{i}."
    opening, left, rate = of(key + "opening"), of(key + "left"), of(key + "rate")
    is_last = left.equals(ONE)
    is_due = left > ZERO
    match structure.debts[i].method:
        case "equal_principal":
            return choose(is_due, opening / left, ZERO)
        case "level_payment":
            level = choose(rate.equals(ZERO), opening / left, opening * rate / (of(key + "annuity_growth") - ONE))
            return choose(is_last, opening, choose(is_due, level, ZERO))
        case "bullet":
            return choose(is_last, opening, ZERO)
        case "custom":
            return choose(is_last, opening, of(key + "built") * of(key + "share"))
        case "max_capacity":
            funds = of("net_profit") + of("depreciation") + of("amortisation") - of("maintenance_investment")
            available = at_least_zero(funds - _served_before(structure, i))
            return choose(of("year") >= of(key + "first_year"), smaller(opening, available), ZERO)
        case "sculpted_dscr":
            service = of("cfads") / of("sculpted_dscr")
            rest = service - of("interest_expense") - _served_before(structure, i)
            return choose(is_due, rest, ZERO)


def _served_before(structure: Structure, i: int) -> Expression:
    """Return the principal served before a cash-driven debt: every scheduled debt, then cash-driven ones in order."""
    driven = structure.debts_by("max_capacity", "sculpted_dscr")
    before = [j for j in structure.debts_in_order if j not in driven or j < i]
    return _family(before, "principal")
