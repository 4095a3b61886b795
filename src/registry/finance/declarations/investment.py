"""Investment, grants, working capital and their funding: tables 1, 3 and 4."""

from registry.finance.book import MONEY, RATE, YEARS, Book
from registry.finance.expressions import ONE, ZERO, Ref, choose, of, over_years, prior, quotient, sum_of
from registry.finance.structure import GrantTreatment, Structure


def declare_investment(book: Book, structure: Structure) -> None:
    """Declare uses of money in construction and the sponsors' equity that balances them."""
    _declare_estimate(book)
    _declare_grants(book, structure)
    _declare_working_capital(book)
    _declare_funding(book)


def _declare_estimate(book: Book) -> None:
    items = [
        book.given("engineering_cost", "工程费用", "Engineering cost"),
        book.given("other_cost", "工程建设其他费用", "Other cost of construction"),
        book.given("basic_contingency", "基本预备费", "Basic contingency"),
        book.given("price_contingency", "价差预备费", "Price contingency"),
    ]
    book.given("intangible_assets", "其中：无形资产", "of which intangible assets")
    book.given("deferred_assets", "其中：其他资产", "of which deferred assets")
    vat = book.given("deductible_input_vat", "其中：可抵扣进项税额", "of which deductible input VAT")
    profile = book.given("spending_profile", "分年投资比例", "Share spent in the year", RATE, by_year=True)
    rise = _declare_price_contingency(book, profile)
    contingency = of("basic_contingency") + of("price_contingency_total")
    book.figure("contingency", "预备费", "Contingency", contingency)
    stated = book.figure("investment_stated", "建设投资（不含按涨价率计算部分）", "Investment as stated", sum_of(items))
    total = stated + over_years("sum", rise)
    book.figure("construction_investment_total", "建设投资合计", "Construction investment, total", total)
    book.line("construction_investment", "建设投资", "Construction investment", stated * profile + rise)
    book.line("construction_vat", "建设投资可抵扣进项税额", "Deductible VAT of construction", vat * profile)


def _declare_price_contingency(book: Book, profile: Ref) -> Ref:
    """Declare 价差预备费 by formula: what prices of mid-year add to the engineering cost of each year."""
    rise = book.given("annual_price_rise", "年涨价率", "Annual price rise", RATE)
    wait = book.given("years_to_start", "建设前期年限", "Years from estimate to start", YEARS)
    half = book.constant("half_year", "半年（年内均匀支出）", "Half a year, spending spread evenly", 0.5, YEARS)
    prices = (ONE + rise) ** (wait + half + of("year") - ONE) - ONE
    by_year = book.line(
        "price_contingency_computed",
        "按涨价率计算的价差预备费",
        "Price contingency by formula",
        of("engineering_cost") * profile * prices,
    )
    total = of("price_contingency") + over_years("sum", by_year)
    book.figure("price_contingency_total", "价差预备费合计", "Price contingency, total", total)
    return by_year


def _declare_grants(book: Book, structure: Structure) -> None:
    amounts = []
    central = []
    for i in range(len(structure.grants)):
        amount = book.given(f"grants.{i}.amount", f"补助资金{i + 1}", f"Grant {i + 1}", MONEY, by_year=True)
        share = book.given(
            f"grants.{i}.is_central", f"补助资金{i + 1}为中央资金", f"Grant {i + 1} is central money", "0/1"
        )
        amounts.append(amount)
        central.append(amount * share)

    def with_treatment(treatment: GrantTreatment) -> list[int]:
        return [i for i, found in enumerate(structure.grants) if found == treatment]

    order = structure.grants_in_order
    book.line("grants", "补助资金", "Grants", sum_of(amounts[i] for i in order))
    book.line("central_grants", "其中：中央资金", "of which central money", sum_of(central[i] for i in order))
    for key, treatment, zh, en in (
        ("grants_as_equity", "equity", "作为资本金注入的补助", "Grants injected as capital"),
        ("grants_reducing_cost", "reduces_asset_cost", "冲减资产成本的补助", "Grants that reduce asset cost"),
        ("grants_to_reserve", "capital_reserve", "计入资本公积的补助", "Grants to capital reserve"),
    ):
        book.line(key, zh, en, sum_of(of(f"grants.{i}.amount") for i in with_treatment(treatment)))  # type: ignore[arg-type]


def _declare_working_capital(book: Book) -> None:
    amount = book.given("working_capital_amount", "达产年流动资金（扩大指标）", "Working capital by enlarged index")
    ramp = book.given("working_capital_ramp", "流动资金达产率", "Working capital ramp", RATE, by_year=True)
    equity_share = book.given(
        "working_capital_equity_share", "自有流动资金比例", "Equity share of working capital", RATE
    )
    rate = book.given("working_capital_loan_rate", "流动资金借款利率", "Working capital loan rate", RATE)
    items = _declare_turnover(book)
    balance = book.line("working_capital", "流动资金", "Working capital", amount * ramp + items)
    full = book.figure(
        "working_capital_full",
        "达产年流动资金",
        "Working capital at full capacity",
        amount + over_years("highest", items),
    )
    increase = book.line(
        "working_capital_increase",
        "流动资金当期增加额",
        "Increase of working capital",
        balance - prior("working_capital"),
    )
    loan = book.line("working_capital_loan", "流动资金借款余额", "Working capital loan", balance * (ONE - equity_share))
    book.line(
        "working_capital_loan_draw", "流动资金借款", "Working capital loan drawn", loan - prior("working_capital_loan")
    )
    book.line("working_capital_equity", "用于流动资金的资本金", "Equity for working capital", increase * equity_share)
    book.line("working_capital_interest", "流动资金借款利息", "Interest on the working capital loan", loan * rate)
    recovered = over_years("sum", increase) * of("is_last_year")
    book.line("working_capital_recovered", "回收流动资金", "Recovery of working capital", recovered)
    book.figure(
        "working_capital_loan_full",
        "达产年流动资金借款",
        "Working capital loan at full capacity",
        full * (ONE - equity_share),
    )
    repaid = over_years("sum", of("working_capital_loan_draw")) * of("is_last_year")
    book.line("working_capital_loan_repaid", "偿还流动资金借款", "Repayment of the working capital loan", repaid)


def _declare_turnover(book: Book) -> Ref:
    """Declare 分项详细估算: each item is a yearly cost over its turnovers a year; no turnover, no item."""
    bought = of("cost_materials") + of("cost_fuel_and_power")
    bases = {
        "receivables": ("应收账款", "Receivables", of("operating_cost")),
        "inventories": ("存货", "Inventories", of("operating_cost")),
        "cash": ("现金", "Cash", of("cost_wages") + of("cost_other")),
        "prepayments": ("预付账款", "Prepayments", bought),
        "payables": ("应付账款", "Payables", bought),
        "advances": ("预收账款", "Advances received", of("revenue")),
    }
    for name, (zh, en, base) in bases.items():
        turns = book.given(f"turnover_{name}", f"{zh}周转次数", f"{en}: turnovers a year", "次")
        book.line(f"wc_{name}", zh, en, choose(turns > ZERO, base / turns, ZERO))
    current = of("wc_receivables") + of("wc_inventories") + of("wc_cash") + of("wc_prepayments")
    book.line("wc_current_assets", "流动资产（分项）", "Current assets, itemised", current)
    book.line(
        "wc_current_liabilities",
        "流动负债（分项）",
        "Current liabilities, itemised",
        of("wc_payables") + of("wc_advances"),
    )
    return book.line(
        "working_capital_items",
        "分项估算的流动资金",
        "Working capital, itemised",
        of("wc_current_assets") - of("wc_current_liabilities"),
    )


def _declare_funding(book: Book) -> None:
    investment = of("construction_investment") + of("idc_paid")
    construction = book.line(
        "equity_for_construction",
        "用于建设的项目资本金",
        "Sponsors' equity for construction",
        investment - of("grants") - of("debt_draw"),
    )
    equity = book.line("equity", "项目资本金", "Sponsors' equity", construction + of("working_capital_equity"))
    book.line("capital", "资本金（含注入的补助）", "Capital including injected grants", equity + of("grants_as_equity"))
    uses = of("construction_investment") + of("idc") + of("working_capital_increase")
    book.line("total_uses", "总投资", "Total investment of the year", uses)
    debt = of("debt_draw") + of("idc_capitalised") + of("working_capital_loan_draw")
    book.line("debt_funding", "债务资金", "Debt funding", debt)
    book.line("total_sources", "资金筹措", "Sources of the year", equity + of("debt_funding") + of("grants"))
    market = of("debt_funding") - of("special_bond_draw")
    book.line("market_funding", "市场化融资", "Market funding", market)
    book.line(
        "capital_with_bonds",
        "资本金（含专项债券用作资本金）",
        "Capital with bonds",
        of("capital") + of("bond_as_capital"),
    )
    bonds = of("special_bond_draw") - of("bond_as_capital")
    book.line("bonds_not_capital", "专项债券（不含用作资本金）", "Special bonds beside capital", bonds)
    book.line("other_grants", "其他补助资金", "Other grants", of("grants") - of("grants_as_equity"))
    total = book.figure("total_investment", "项目总投资", "Total investment", over_years("sum", of("total_uses")))
    book.figure("equity_total", "项目资本金合计", "Equity, total", over_years("sum", equity))
    book.figure("capital_total", "资本金合计（含注入的补助）", "Capital, total", over_years("sum", of("capital")))
    book.figure("grants_total", "补助资金合计", "Grants, total", over_years("sum", of("grants")))
    book.figure("central_grants_total", "中央资金合计", "Central money, total", over_years("sum", of("central_grants")))
    book.figure(
        "capital_ratio",
        "资本金比例（占项目总投资）",
        "Capital share of total investment",
        quotient(of("capital_total"), total, total > of("one_fen")),
        RATE,
    )
    with_bonds = over_years("sum", of("capital_with_bonds"))
    book.figure(
        "capital_ratio_with_bonds",
        "资本金比例（含专项债券用作资本金）",
        "Capital share with bonds used as capital",
        quotient(with_bonds, total, total > of("one_fen")),
        RATE,
    )
    book.figure(
        "grant_ratio",
        "补助资金比例（占项目总投资）",
        "Grant share of total investment",
        quotient(of("grants_total"), total, total > of("one_fen")),
        RATE,
    )
