"""Timing 计算期: flags that switch rows on and off by year, and the named numbers of the method."""

from registry.finance.book import FLAG, MONEY, RATE, YEARS, Book
from registry.finance.expressions import (
    ONE,
    ZERO,
    Expression,
    PresentValue,
    Ref,
    RunningTotal,
    at_least_zero,
    choose,
    of,
)

ONE_FEN = 1e-6
"""万元: amounts below a fen count as zero."""


def declare_timing(book: Book) -> None:
    """Declare year numbers and flags; project year 1 is the first construction year."""
    construction = book.given("construction_years", "建设期", "Construction years", YEARS)
    operation = book.given("operation_years", "运营期", "Operation years", YEARS)
    book.given("discount_rate", "基准收益率", "Benchmark rate", RATE)
    book.given("discount_rate_equity", "资本金基准收益率", "Benchmark rate of equity", RATE)
    early = book.given("years_not_discounted", "折现时点提前（年末0，年中0.5，零年1）", "Flows fall earlier by", YEARS)
    book.given("is_payback_from_operation", "投资回收期自投产起算", "Payback counts from operation", FLAG)
    book.given("is_normal_year_profit", "ROI、ROE取正常年", "ROI and ROE of the normal year", FLAG)
    book.given("is_vat_explicit", "现金流量表列示增值税", "Cash flows show VAT", FLAG)
    book.constant("one_fen", "一分钱（零的容差）", "One fen, the tolerance of zero", ONE_FEN, MONEY)
    horizon = book.figure("calculation_years", "计算期", "Calculation period", construction + operation, YEARS)
    year = book.line("year", "项目年", "Project year", RunningTotal(ONE), YEARS)
    book.line("operation_year", "运营年", "Operation year", at_least_zero(year - construction), YEARS)
    book.line("is_construction", "建设期标志", "Construction flag", choose(year <= construction, ONE, ZERO), FLAG)
    book.line("is_operation", "运营期标志", "Operation flag", choose(year > construction, ONE, ZERO), FLAG)
    book.line("is_last_year", "计算期末标志", "Last year flag", choose(year.equals(horizon), ONE, ZERO), FLAG)
    factor = ONE / (ONE + of("discount_rate")) ** (year - early)
    book.line("discount_factor", "折现系数", "Discount factor", factor, RATE)


def present_value_of(flow: Expression, rate: Ref) -> Expression:
    """Return the value of a row of flows at the timing the case asks for; year end is discounted once in year 1."""
    return PresentValue(rate, flow) * (ONE + rate) ** of("years_not_discounted")
