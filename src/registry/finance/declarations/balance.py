"""The balance sheet 资产负债表: table 12."""

from registry.finance.book import RATE, Book
from registry.finance.expressions import RunningTotal, of, over_years, quotient


def declare_balance_sheet(book: Book) -> None:
    """Declare assets, liabilities and equity at the end of each year."""
    spent = of("construction_investment") + of("idc") - of("construction_vat") - of("grants_reducing_cost")
    book.line(
        "construction_in_progress", "在建工程", "Construction in progress", RunningTotal(spent) * of("is_construction")
    )
    current = of("cumulative_surplus") + of("working_capital") + of("vat_credit")
    book.line("current_assets", "流动资产总额", "Current assets", current)
    book.line(
        "other_net_value",
        "无形及其他资产净值",
        "Intangible and other assets, net",
        of("intangible_net_value") + of("deferred_net_value"),
    )
    assets = of("current_assets") + of("construction_in_progress") + of("fixed_net_value") + of("other_net_value")
    book.line("assets", "资产", "Assets", assets)
    book.line(
        "liabilities", "负债小计", "Liabilities", of("working_capital_loan") + of("loan_closing") + of("bond_closing")
    )
    book.line("capital_reserve", "资本公积", "Capital reserve", RunningTotal(of("grants_to_reserve")))
    equity = of("capital_paid") + of("capital_reserve") + of("reserve") + of("undistributed")
    book.line("owners_equity", "所有者权益", "Owners' equity", equity)
    book.line(
        "liabilities_and_equity", "负债及所有者权益", "Liabilities and equity", of("liabilities") + of("owners_equity")
    )
    book.line(
        "gearing",
        "资产负债率",
        "Asset-liability ratio",
        quotient(of("liabilities"), of("assets"), of("assets") > of("one_fen")),
        RATE,
    )
    book.figure(
        "gearing_max", "资产负债率（最高）", "Highest asset-liability ratio", over_years("highest", of("gearing")), RATE
    )
