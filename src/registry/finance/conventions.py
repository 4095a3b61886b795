"""The conventions behind every figure; each output states them, the standard ones or those the case chose.

Defaults follow 《建设项目经济评价方法与参数（第三版）》.
"""

from collections.abc import Mapping

Words = tuple[str, str]

CONVENTIONS: dict[str, tuple[str, str]] = {
    "timing": (
        "各年现金流量按年末发生；第 1 年为建设期第一年，折现一次",
        "flows fall at year end; year 1 is the first construction year and is discounted once",
    ),
    "construction_interest": (
        "（期初余额＋当年提款×计息比例）×实际年利率；计息比例默认 0.5",
        "(opening balance + draw x interest fraction) x effective rate; the fraction is 0.5 unless stated",
    ),
    "operation_interest": (
        "期初余额×实际年利率，年末支付",
        "opening balance x effective rate, paid at year end",
    ),
    "vat": (
        "增值税显式列示；建设投资含税，收入成本不含税；可抵扣进项税留抵至运营期",
        "VAT is shown explicitly; investment includes it, revenue and cost exclude it; the credit is carried forward",
    ),
    "adjusted_income_tax": (
        "以利润表息税前利润为基数，独立的亏损弥补；strict 为折旧不含建设期利息的严格口径",
        "on the EBIT of the income statement with its own loss pool; `strict` leaves construction interest out",
    ),
    "losses": (
        "先亏先补，可在其后约定年限内弥补；免税年度的利润同样先补亏",
        "first in, first out within the stated years; losses also absorb profit of exempt years",
    ),
    "grants": (
        "补助不作现金流入；作资本金注入的计入资本金流出；默认计入资本公积",
        "grants are no inflow; injected as capital they are an equity outflow; otherwise they enter capital reserve",
    ),
    "irr": (
        "列出 (-99%, 1000%] 内全部实根；多根且仅一个为正时取该值，否则为空",
        "all real roots in (-0.99, 10]; with several, the only positive one is shown, else none",
    ),
    "payback": ("自建设开始年起算，首次转正", "from the start of construction, first crossing from below"),
    "dscr": (
        "（息税折旧摊销前利润－所得税－维持运营投资）÷（还本＋全部付息），仅计期初有长期债务的运营年；平均为算术平均",
        "(EBITDA - income tax - maintenance investment) / principal and interest, years owing at opening; plain mean",
    ),
    "llcr": (
        "偿债资金按余额加权利率折现至建设期末，除以当时债务余额",
        "CFADS discounted at the balance-weighted rate to the end of construction, over the debt then",
    ),
    "coverage": (
        "债务到期前净收益合计÷本息合计（含建设期付现利息与期末未还余额）；专项债券口径与全部长期债务口径分列；无全国统一下限",
        "net income to maturity over principal and interest; special bonds, all long debt; no national minimum",
    ),
    "roi_roe": ("运营期平均值", "averages over the operation years"),
    "capital_ratio": (
        "分母为含全部流动资金的项目总投资",
        "the denominator is total investment with full working capital",
    ),
    "dividends": (
        "未计分红；期末回收只计入项目与资本金现金流量",
        "no dividend; recovery only in project and equity flows",
    ),
    "price_contingency": (
        "按填报值计列",
        "as stated",
    ),
    "working_capital": (
        "扩大指标法：达产年流动资金×达产率；增加额为当年流出，计算期末全部回收",
        "enlarged index: full amount x ramp; increases are outflows of the year, all is recovered at the end",
    ),
    "mirr": ("融资与再投资利率均取基准收益率", "financing and reinvestment at the benchmark rate"),
}

CHOICES: dict[tuple[str, float], tuple[str, Words]] = {
    ("years_not_discounted", 0.5): (
        "timing",
        (
            "各年现金流量按年中发生；第 1 年为建设期第一年，折现半年",
            "flows fall at mid-year; year 1 is the first construction year and is discounted half a year",
        ),
    ),
    ("years_not_discounted", 1.0): (
        "timing",
        (
            "以建设期第一年为零年，该年不折现，其后逐年折现",
            "the first construction year is year 0 and is not discounted, later years once more each",
        ),
    ),
    ("is_payback_from_operation", 1.0): (
        "payback",
        (
            "自投产年初起算（不含建设期），首次转正",
            "from the start of operation, first crossing",
        ),
    ),
    ("is_normal_year_profit", 1.0): ("roi_roe", ("取正常年数值", "figures of the normal operation year")),
    ("is_vat_explicit", 0.0): (
        "vat",
        (
            "项目与资本金现金流量表不计增值税（净额口径，不反映留抵的收益）；财务计划与资产负债表仍按实际收付列示",
            "tables 7 and 8 leave VAT and the benefit of its credit out; the financial plan and balance sheet keep it",
        ),
    ),
}
"""Input cell and its value to the convention it replaces and the words that then hold."""


def conventions_of(cells: Mapping[str, float]) -> dict[str, Words]:
    """Return the conventions of one case in words; `cells` holds its single input cells."""
    found = CONVENTIONS | dict(words for (key, value), words in CHOICES.items() if cells[key] == value)
    if cells["annual_price_rise"] > 0:
        rise, wait = cells["annual_price_rise"], cells["years_to_start"]
        found["price_contingency"] = (
            f"填报值加按公式计算部分：分年工程费用×[(1+{rise:g})^({wait:g}+0.5+t−1)−1]",
            f"as stated, plus engineering cost of year t x ((1 + {rise:g})^({wait:g} + 0.5 + t - 1) - 1)",
        )
    if any(cells[key] > 0 for key in cells if key.startswith("turnover_")):
        zh, en = CONVENTIONS["working_capital"]
        found["working_capital"] = (
            f"分项详细估算：各项＝年成本（或收入）÷年周转次数；另有填报额的按{zh}",
            f"itemised: each item is a yearly cost or revenue over its turnovers a year; an amount stated: {en}",
        )
    return found
