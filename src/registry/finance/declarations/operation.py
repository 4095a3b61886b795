"""Revenue, cost, VAT and surcharges in operation: tables 5 and 6."""

from registry.finance.book import MONEY, RATE, YEARS, Book
from registry.finance.expressions import (
    ONE,
    ZERO,
    Expression,
    Floor,
    Ref,
    at_least_zero,
    both,
    choose,
    of,
    prior,
    sum_of,
)
from registry.finance.structure import Basis, Structure
from registry.projects.financials import CostCategory

CATEGORIES: dict[CostCategory, tuple[str, str]] = {
    "materials": ("外购原材料费", "Materials"),
    "fuel_and_power": ("外购燃料及动力费", "Fuel and power"),
    "wages": ("工资及福利费", "Wages and welfare"),
    "repair": ("修理费", "Repair"),
    "other": ("其他费用", "Other operating cost"),
}


def declare_operation(book: Book, structure: Structure) -> None:
    """Declare streams, costs, subsidies, replacement investment, VAT and surcharges."""
    _declare_revenue(book, structure)
    _declare_costs(book, structure)
    _declare_subsidies(book, structure)
    _declare_maintenance(book, structure)
    _declare_vat(book)


def _declare_amount(book: Book, key: str, zh: str, en: str, basis: Basis) -> Expression:
    """Declare the cells of one yearly amount; return its formula.

    Ramp, escalation and degradation count from operation year 1 even when the item starts later.
    """
    first = book.given(f"{key}.start", f"{zh}起始运营年", f"{en}: first operation year", YEARS)
    last = book.given(f"{key}.end", f"{zh}截止运营年", f"{en}: last operation year", YEARS)
    k = of("operation_year")
    is_running = both(k >= first, k <= last)
    if basis == "schedule":
        schedule = book.given(f"{key}.schedule", f"{zh}分年金额", f"{en}: schedule", MONEY, by_year=True)
        return choose(is_running, schedule, ZERO)
    if basis == "quantity":
        quantity = book.given(f"{key}.quantity", f"{zh}年数量", f"{en}: quantity", "万单位")
        base: Expression = quantity * book.given(f"{key}.price", f"{zh}单价", f"{en}: unit price", "元")
    else:
        base = book.given(f"{key}.amount", f"{zh}年金额", f"{en}: yearly amount")
    ramp = book.given(f"{key}.ramp", f"{zh}达产率", f"{en}: ramp", RATE, by_year=True)
    growth = book.given(f"{key}.escalation", f"{zh}增长率", f"{en}: escalation", RATE)
    every = book.given(f"{key}.escalation_years", f"{zh}调整间隔", f"{en}: escalation interval", YEARS)
    decay = book.given(f"{key}.degradation", f"{zh}年衰减率", f"{en}: degradation", RATE)
    price = book.line(
        f"{key}.price_index",
        f"{zh}价格指数",
        f"{en}: price index",
        (ONE + growth) ** Floor(at_least_zero(k - ONE) / every),
        RATE,
    )
    volume = book.line(
        f"{key}.volume_index", f"{zh}数量指数", f"{en}: volume index", (ONE - decay) ** at_least_zero(k - ONE), RATE
    )
    return choose(is_running, base * ramp * price * volume, ZERO)


def _declare_revenue(book: Book, structure: Structure) -> None:
    revenues: list[Ref] = []
    taxes: list[Ref] = []
    refundable: list[Expression] = []
    for i, basis in enumerate(structure.streams):
        key, zh, en = f"streams.{i}", f"收入{i + 1}", f"Stream {i + 1}"
        amount = _declare_amount(book, key, zh, en, basis)
        haircut = book.given(f"{key}.haircut", f"{zh}折减比例", f"{en}: haircut", RATE)
        vat = book.given(f"{key}.vat_rate", f"{zh}销项税率", f"{en}: VAT rate", RATE)
        refund = book.given(f"{key}.refund_rate", f"{zh}即征即退比例", f"{en}: VAT refund share", RATE)
        revenue = book.line(f"{key}.revenue", zh, en, amount * (ONE - haircut))
        revenues.append(revenue)
        taxes.append(book.line(f"{key}.output_vat", f"{zh}销项税额", f"{en}: output VAT", revenue * vat))
        refundable.append(taxes[-1] * refund)
    book.line("revenue", "营业收入", "Revenue", sum_of(revenues))
    book.line("output_vat", "销项税额", "Output VAT", sum_of(taxes))
    book.line("refundable_vat", "可退税的销项税额", "Output VAT weighted by refund share", sum_of(refundable))


def _declare_costs(book: Book, structure: Structure) -> None:
    costs: list[Ref] = []
    taxes: list[Expression] = []
    variable: list[Expression] = []
    for i, (basis, _) in enumerate(structure.costs):
        key, zh, en = f"costs.{i}", f"成本{i + 1}", f"Cost {i + 1}"
        amount = _declare_amount(book, key, zh, en, basis)
        vat = book.given(f"{key}.vat_rate", f"{zh}进项税率", f"{en}: input VAT rate", RATE)
        share = book.given(f"{key}.is_variable", f"{zh}为可变成本", f"{en}: is variable", "0/1")
        costs.append(book.line(f"{key}.cost", zh, en, amount))
        taxes.append(costs[-1] * vat)
        variable.append(costs[-1] * share)
    order = structure.costs_in_order
    for category, (zh, en) in CATEGORIES.items():
        members = [i for i, (_, found) in enumerate(structure.costs) if found == category]
        book.line(f"cost_{category}", zh, en, sum_of(costs[i] for i in members))
    total = sum_of(of(f"cost_{category}") for category in CATEGORIES)
    book.line("operating_cost", "经营成本", "Operating cost", total)
    book.line("variable_cost", "可变经营成本", "Variable operating cost", sum_of(variable[i] for i in order))
    book.line("cost_input_vat", "经营成本进项税额", "Input VAT of operating cost", sum_of(taxes[i] for i in order))


def _declare_subsidies(book: Book, structure: Structure) -> None:
    subsidies: list[Ref] = []
    free: list[Expression] = []
    for i, basis in enumerate(structure.subsidies):
        key, zh, en = f"subsidies.{i}", f"补贴{i + 1}", f"Subsidy {i + 1}"
        amount = _declare_amount(book, key, zh, en, basis)
        is_taxable = book.given(f"{key}.is_taxable", f"{zh}应税", f"{en}: is taxable", "0/1")
        subsidies.append(book.line(f"{key}.subsidy", zh, en, amount))
        free.append(subsidies[-1] * (ONE - is_taxable))
    book.line("subsidies", "运营补贴", "Operating subsidies", sum_of(subsidies))
    book.line("non_taxable_subsidies", "不征税补贴", "Non-taxable subsidies", sum_of(free))


def _declare_maintenance(book: Book, structure: Structure) -> None:
    k = of("operation_year")
    for i in range(structure.maintenance):
        key, zh, en = f"maintenance.{i}", f"维持运营投资{i + 1}", f"Replacement {i + 1}"
        year = book.given(f"{key}.year", f"{zh}运营年", f"{en}: operation year", YEARS)
        amount = book.given(f"{key}.amount", f"{zh}金额", f"{en}: amount")
        vat = book.given(f"{key}.input_vat", f"{zh}进项税额", f"{en}: input VAT")
        life = book.given(f"{key}.life", f"{zh}折旧年限", f"{en}: depreciation years", YEARS)
        book.line(f"{key}.spent", zh, en, choose(k.equals(year), amount, ZERO))
        book.line(f"{key}.vat", f"{zh}当期进项税额", f"{en}: VAT of the year", choose(k.equals(year), vat, ZERO))
        in_life = both(k > year, k <= year + life)
        book.line(f"{key}.depreciation", f"{zh}折旧", f"{en}: depreciation", choose(in_life, amount / life, ZERO))
    for part, key, zh, en in (
        ("spent", "maintenance_investment", "维持运营投资", "Maintenance investment"),
        ("vat", "maintenance_vat", "维持运营投资进项税额", "Input VAT of maintenance investment"),
        ("depreciation", "maintenance_depreciation", "维持运营投资折旧", "Depreciation of maintenance investment"),
    ):
        book.line(key, zh, en, sum_of(of(f"maintenance.{i}.{part}") for i in range(structure.maintenance)))


def _declare_vat(book: Book) -> None:
    """Declare the credit pool. Construction VAT fills it; output VAT of operation empties it before tax is due."""
    inputs = of("cost_input_vat") + of("maintenance_vat")
    book.line("input_vat", "进项税额", "Input VAT", inputs)
    book.line("vat_credit_opening", "期初留抵税额", "VAT credit brought forward", prior("vat_credit"))
    balance = of("output_vat") - of("input_vat") - of("construction_vat") - of("vat_credit_opening")
    book.line("vat_balance", "销项减进项减留抵", "Output less input less credit", balance)
    book.line("vat_payable", "应纳增值税", "VAT payable", at_least_zero(of("vat_balance")))
    book.line("vat_credit", "期末留抵税额", "VAT credit carried forward", at_least_zero(-of("vat_balance")))
    share = of("refundable_vat") / of("output_vat")
    refund = choose(of("output_vat") > ZERO, of("vat_payable") * share, ZERO)
    book.line("vat_refund", "即征即退增值税", "VAT refund", refund)
    for key, zh, en in (
        ("urban_maintenance", "城市维护建设税", "Urban maintenance tax"),
        ("education", "教育费附加", "Education surcharge"),
        ("local_education", "地方教育附加", "Local education surcharge"),
    ):
        rate = book.given(f"{key}_rate", f"{zh}率", f"{en}: rate", RATE)
        book.line(key, zh, en, of("vat_payable") * rate)
    surcharges = of("urban_maintenance") + of("education") + of("local_education")
    book.line("surcharges", "税金及附加", "Surcharges", surcharges)
    book.line("subsidy_and_refund", "补贴收入（含退税）", "Subsidies and refunds", of("subsidies") + of("vat_refund"))
