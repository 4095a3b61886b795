"""Depreciation and amortisation: tables 6-1 and 6-2."""

from registry.finance.book import RATE, YEARS, Book
from registry.finance.expressions import ONE, ZERO, Expression, Ref, RunningTotal, both, choose, of, over_years


def declare_assets(book: Book) -> None:
    """Declare asset values, straight-line charges from the first operation year, and what is left at the end."""
    life = book.given("fixed_asset_years", "固定资产折旧年限", "Life of fixed assets", YEARS)
    residual = book.given("residual_rate", "残值率", "Residual rate", RATE)
    before_interest = (
        of("construction_investment_total")
        - of("intangible_assets")
        - of("deferred_assets")
        - of("deductible_input_vat")
    ) - over_years("sum", of("grants_reducing_cost"))
    without = book.figure(
        "fixed_asset_value_strict", "固定资产原值（不含建设期利息）", "Fixed assets without interest", before_interest
    )
    value = book.figure("fixed_asset_value", "固定资产原值", "Fixed assets, original value", without + of("idc_total"))
    charge = straight_line(value * (ONE - residual), life)
    book.line("main_depreciation", "固定资产折旧", "Depreciation of fixed assets", charge)
    depreciation = of("main_depreciation") + of("maintenance_depreciation")
    book.line("depreciation", "折旧费", "Depreciation", depreciation)
    _declare_amortisation(book)
    net = value * of("is_operation") + RunningTotal(of("maintenance_investment")) - RunningTotal(of("depreciation"))
    book.line("fixed_net_value", "固定资产净值", "Fixed assets, net value", net)
    book.line(
        "residual_recovered", "回收固定资产余值", "Residual value recovered", of("fixed_net_value") * of("is_last_year")
    )
    book.figure(
        "residual_total", "回收固定资产余值合计", "Residual value, total", over_years("sum", of("residual_recovered"))
    )


def straight_line(amount: Expression, life: Ref) -> Expression:
    """Return the yearly charge from operation year 1 for `life` years, as far as the operation lasts."""
    k = of("operation_year")
    return choose(both(k >= ONE, k <= life), amount / life, ZERO)


def _declare_amortisation(book: Book) -> None:
    for key, zh, en in (
        ("intangible", "无形资产", "Intangible assets"),
        ("deferred", "其他资产", "Deferred assets"),
    ):
        life = book.given(f"{key}_years", f"{zh}摊销年限", f"{en}: years", YEARS)
        amount = of(f"{key}_assets")
        book.line(f"{key}_amortisation", f"{zh}摊销", f"{en}: amortisation", straight_line(amount, life))
        net = amount * of("is_operation") - RunningTotal(of(f"{key}_amortisation"))
        book.line(f"{key}_net_value", f"{zh}净值", f"{en}: net value", net)
    book.line("amortisation", "摊销费", "Amortisation", of("intangible_amortisation") + of("deferred_amortisation"))
