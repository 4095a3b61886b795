"""The conventions behind every figure; each output states them.

Defaults follow 《建设项目经济评价方法与参数（第三版）》.
"""

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
    "mirr": ("融资与再投资利率均取基准收益率", "financing and reinvestment at the benchmark rate"),
}
