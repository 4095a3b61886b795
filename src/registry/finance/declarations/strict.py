"""The strict variant: a project cash flow that does not see financing, not even through construction interest."""

from registry.finance.book import Book
from registry.finance.declarations.assets import straight_line
from registry.finance.declarations.profit import declare_tax
from registry.finance.declarations.timing import present_value_of
from registry.finance.expressions import ONE, RunningTotal, of
from registry.finance.structure import Structure


def declare_strict(book: Book, structure: Structure) -> None:
    """Declare the project cash flow with depreciation on the asset value without construction interest."""
    share = of("idc_total") * (ONE - of("residual_rate"))
    extra = book.line(
        "interest_depreciation",
        "建设期利息形成的折旧",
        "Depreciation of construction interest",
        straight_line(share, of("fixed_asset_years")),
    )
    net = of("idc_total") * of("is_operation") - RunningTotal(extra)
    book.line("interest_net_value", "建设期利息形成的净值", "Net value of construction interest", net)
    ebit = book.line(
        "strict_ebit", "息税前利润（不含建设期利息折旧）", "EBIT without construction interest", of("ebit") + extra
    )
    declare_tax(book, "strict_", ebit, "调整所得税（严格口径）", "Adjusted income tax, strict", structure.loss_years)
    pre = of("project_cf_pre_tax") - of("interest_net_value") * of("is_last_year")
    book.line("strict_cf_pre_tax", "所得税前净现金流量（严格口径）", "Net cash flow before tax, strict", pre)
    book.line(
        "strict_cf_post_tax",
        "所得税后净现金流量（严格口径）",
        "Net cash flow after tax, strict",
        of("strict_cf_pre_tax") - of("strict_income_tax"),
    )
    for key, zh, en in (("pre_tax", "所得税前", "before tax"), ("post_tax", "所得税后", "after tax")):
        book.figure(
            f"strict_npv_{key}",
            f"财务净现值（{zh}，严格口径）",
            f"FNPV {en}, strict",
            present_value_of(of(f"strict_cf_{key}"), of("discount_rate")),
        )
