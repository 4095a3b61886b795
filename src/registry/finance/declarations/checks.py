"""The cross-checks 校核: rows that must be zero in every year, whatever the inputs."""

from collections.abc import Sequence

from registry.finance.book import Book
from registry.finance.expressions import ONE, Expression, RunningTotal, of, over_years, prior, sum_of
from registry.finance.structure import Structure

Tie = tuple[str, str, str, Expression]
"""Key, Chinese, English, and the difference that must be zero."""


def declare_checks(book: Book, structure: Structure) -> None:
    """Declare one row per tie between tables; each recomputes one side on another way."""
    for key, zh, en, formula in (*_of_financing(structure.debts_in_order), *_of_the_balance(), *_of_profit()):
        book.line(f"check_{key}", zh, en, formula)


def _of_financing(debts: Sequence[int]) -> tuple[Tie, ...]:
    return (
        ("sources_uses", "资金来源＝资金运用", "Sources = uses", of("total_sources") - of("total_uses")),
        (
            "handover",
            "表2期末＝表10期初",
            "Table 2 closing = table 10 opening",
            (of("debt_closing") - sum_of(of(f"debts.{i}.built") for i in debts)) * of("is_construction"),
        ),
        (
            "interest",
            "利息支出一致",
            "Interest ties",
            of("total_cost")
            - of("operating_cost")
            - of("depreciation")
            - of("amortisation")
            - sum_of(of(f"debts.{i}.interest") for i in debts)
            - of("working_capital_interest"),
        ),
        (
            "principal",
            "还本一致",
            "Principal ties",
            of("equity_principal")
            - of("working_capital_loan_repaid")
            - (of("financing_outflow") - of("interest_paid")),
        ),
    )


def _of_the_balance() -> tuple[Tie, ...]:
    return (
        (
            "balance_sheet",
            "资产＝负债＋权益",
            "Assets = liabilities + equity",
            of("assets") - of("liabilities_and_equity"),
        ),
        (
            "cash",
            "累计盈余资金＝货币资金",
            "Cash ties",
            of("current_assets") - of("working_capital") - of("vat_credit") - RunningTotal(of("financial_plan_net")),
        ),
        (
            "fixed_assets",
            "固定资产净值滚动",
            "Fixed assets roll forward",
            (of("fixed_net_value") - prior("fixed_net_value") - of("maintenance_investment") + of("depreciation"))
            * of("is_operation")
            - of("fixed_asset_value") * _first_operation_year(),
        ),
        (
            "vat",
            "增值税滚动",
            "VAT roll forward",
            RunningTotal(of("output_vat") - of("input_vat") - of("construction_vat") - of("vat_payable"))
            + of("vat_credit"),
        ),
    )


def _of_profit() -> tuple[Tie, ...]:
    return (
        (
            "profit",
            "净利润＝权益变动",
            "Net profit = change of reserves",
            of("net_profit") - (of("undistributed") - prior("undistributed")) - (of("reserve") - prior("reserve")),
        ),
        (
            "tax",
            "所得税一致",
            "Income tax ties",
            (of("total_profit") - of("net_profit"))
            - (of("operating_outflow") - of("operating_cost") - of("input_vat") - of("surcharges") - of("vat_payable")),
        ),
        (
            "working_capital",
            "回收流动资金＝增加额合计",
            "Working capital recovered",
            over_years("sum", of("working_capital_recovered")) - over_years("sum", of("working_capital_increase")),
        ),
        ("equity", "资本金出资一致", "Equity ties", RunningTotal(of("capital")) - of("capital_paid")),
    )


def _first_operation_year() -> Expression:
    return of("is_operation") * (ONE - prior("is_operation"))


CHECKS = (
    "sources_uses",
    "handover",
    "interest",
    "principal",
    "balance_sheet",
    "cash",
    "fixed_assets",
    "vat",
    "profit",
    "tax",
    "working_capital",
    "equity",
)
"""Keys of the check rows, without the prefix `check_`."""
