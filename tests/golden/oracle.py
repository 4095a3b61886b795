"""An independent calculation of a project case, year by year in plain Python, to test the engine against.

Written from the method (《建设项目经济评价方法与参数（第三版）》 and decision 0006), not from the engine: no row
declarations, no arrays, loss vintages kept one by one, covers by bisection. Project year t = 1 … N; index 0 of the
lists inside is unused.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

FEN = 1e-6
"""万元: what counts as zero."""
FREE_AND_HALF = {"none": (0, 0), "three_free_three_half": (3, 3), "two_free_three_half": (2, 3)}


@dataclass
class Loan:
    """One debt: its terms, and what happened to it in each year."""

    terms: dict[str, Any]
    rate: Callable[[int], float]
    idc: list[float]
    interest: list[float]
    principal: list[float]
    closing: list[float]
    at_start: float = 0.0

    @property
    def method(self) -> str:
        return str(self.terms["repayment"]["method"])

    @property
    def first(self) -> int:
        return int(self.terms["repayment"]["first_repayment_year"])

    @property
    def count(self) -> int:
        return int(self.terms["repayment"].get("repayment_years") or 0)

    @property
    def is_paid(self) -> bool:
        return self.terms.get("construction_interest") == "paid"


@dataclass
class Result:
    """Totals and single indicators by their public names, yearly rows (index 0 is year 1), and each debt."""

    totals: dict[str, float] = field(default_factory=dict)
    indicators: dict[str, Any] = field(default_factory=dict)
    series: dict[str, list[Any]] = field(default_factory=dict)
    per_debt: list[dict[str, list[float]]] = field(default_factory=list)
    strict: dict[str, Any] = field(default_factory=dict)
    flows: dict[str, list[float]] = field(default_factory=dict)


def listed(values: list[Any], k: int) -> float:
    """The k-th of a list whose last value repeats."""
    return float(values[min(k, len(values)) - 1])


def amount(item: dict[str, Any], k: int) -> float:
    """What a stream, cost or subsidy comes to in operation year k."""
    if k < 1 or not item.get("start_operation_year", 1) <= k <= item.get("end_operation_year", 10**6):
        return 0.0
    if "schedule" in item:
        return float(item["schedule"][k - 1]) if k <= len(item["schedule"]) else 0.0
    base = item["annual_amount"] if "annual_amount" in item else item["quantity_10k"] * item["unit_price_yuan"]
    steps = (k - 1) // item.get("escalation_every_years", 1)
    kept = (1 - item.get("degradation_rate", 0)) ** (k - 1)
    return float(base * listed(item.get("ramp") or [1], k) * (1 + item.get("escalation_rate", 0)) ** steps * kept)


def tax_of(bases: dict[int, float], years: int, rate: Callable[[int], float]) -> dict[int, float]:
    """Tax by year on bases that may be losses; each loss serves the `years` following years, oldest first."""
    vintages: list[list[float]] = []
    tax = {}
    for t, base in bases.items():
        left = max(base, 0.0)
        for vintage in vintages:
            if t - vintage[0] <= years:
                used = min(left, vintage[1])
                vintage[1] -= used
                left -= used
        if base < 0:
            vintages.append([t, -base])
        tax[t] = left * rate(t)
    return tax


def value(flows: list[float], rate: float) -> float:
    return float(sum(flow / (1 + rate) ** t for t, flow in enumerate(flows, start=1)))


def payback(flows: list[float]) -> float | None:
    """Years from the start until the running total first comes up from below zero."""
    total = 0.0
    for t, flow in enumerate(flows, start=1):
        if total < -FEN < total + flow:
            return t - 1 - total / flow
        total += flow
    return None


def effective(debt: dict[str, Any], t: int) -> float:
    nominal = debt["annual_rate"]
    for step in sorted(debt.get("rate_steps") or [], key=lambda step: step["from_year"]):
        nominal = step["annual_rate"] if t >= step["from_year"] else nominal
    m = debt.get("compounding_periods_per_year", 1)
    return float((1 + nominal / m) ** m - 1)


def ratio(over: float, under: float) -> float | None:
    return over / under if under > FEN else None


def evaluate(case: dict[str, Any]) -> Result:
    """Evaluate one case that is sound."""
    if any(debt["repayment"]["method"] == "sculpted_dscr" for debt in case["debts"]):
        return calculate(case, sculpted_cover(case))
    return calculate(case, 1.0)


def sculpted_cover(case: dict[str, Any]) -> float:
    """Bisect for the greatest cover at which the sculpted debt ends at zero.

    Less cover, more repaid: but a debt overpaid many times over earns interest that is taxed, and may come back to
    zero. Only the first crossing from above is a schedule anybody would sign.
    """
    place = next(i for i, d in enumerate(case["debts"]) if d["repayment"]["method"] == "sculpted_dscr")

    def left(cover: float) -> float:
        return float(calculate(case, cover).per_debt[place]["closing_balance"][-1])

    high = 1e4
    while high > 1e-4 and left(high / 1.25) > 0:
        high /= 1.25
    low = middle = high / 1.25
    for _ in range(100):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if left(middle) > 0 else (middle, high)
    return middle


def calculate(case: dict[str, Any], cover: float) -> Result:  # noqa: C901, PLR0912, PLR0915 - one pass over the years, on purpose
    """Walk through the years once, doing in each what the method says in words."""
    build, run = case["timeline"]["construction_years"], case["timeline"]["operation_years"]
    last = build + run
    years = range(1, last + 1)
    inv, dep, wc, tax = case["investment"], case["depreciation"], case["working_capital"], case["income_tax"]
    items = inv["engineering_cost"] + inv["other_cost"] + inv["basic_contingency"] + inv["price_contingency"]
    spend = {t: items * inv["spending_profile"][t - 1] if t <= build else 0.0 for t in years}
    grants = {t: sum(g["amounts"][t - 1] for g in case["grants"]) if t <= build else 0.0 for t in years}

    def granted(kind: str) -> float:
        return float(sum(sum(g["amounts"]) for g in case["grants"] if g.get(kind)))

    def zeros() -> list[float]:
        return [0.0] * (last + 1)

    def loan_of(debt: dict[str, Any]) -> Loan:
        return Loan(debt, lambda t: effective(debt, t), zeros(), zeros(), zeros(), zeros())

    loans = [loan_of(debt) for debt in case["debts"]]
    for loan in loans:
        for t in range(1, build + 1):
            drawn = loan.terms["draws"][t - 1]
            share = loan.terms.get("draw_interest_fraction", 0.5)
            loan.idc[t] = (loan.closing[t - 1] + share * drawn) * loan.rate(t)
            loan.closing[t] = loan.closing[t - 1] + drawn + (0 if loan.is_paid else loan.idc[t])
        loan.at_start = loan.closing[build]
    idc = [sum(loan.idc[t] for loan in loans) for t in range(last + 1)]
    paid = [sum(loan.idc[t] for loan in loans if loan.is_paid) for t in range(last + 1)]
    drawn = {t: sum(loan.terms["draws"][t - 1] for loan in loans) if t <= build else 0.0 for t in years}

    plain = items - inv["intangible_assets"] - inv["deferred_assets"] - inv["deductible_input_vat"]
    plain -= granted("reduces_asset_cost")
    fixed = plain + sum(idc)

    def straight(total: float, life: int, k: int) -> float:
        return total / life if 1 <= k <= life else 0.0

    replaced = case.get("maintenance_capex") or []
    row: dict[str, dict[int, Any]] = {}

    def put(name: str, t: int, figure: Any) -> Any:
        row.setdefault(name, {})[t] = figure
        return figure

    free, half = FREE_AND_HALF[tax.get("holiday", "none")]
    started: int | None = None
    share_of_tax: dict[int, float] = {}
    bases: dict[str, dict[int, float]] = {"profit": {}, "ebit": {}, "strict": {}}
    credit, balance_wc, cash, spent_so_far, equity_so_far, reserves, earned = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    assets_net, intangible_net, strict_net = 0.0, 0.0, 0.0
    for t in years:
        k = t - build
        revenue = put("revenue", t, sum(amount(s, k) * (1 - s.get("haircut_rate", 0)) for s in case["revenue_streams"]))
        outputs = [(s, amount(s, k) * (1 - s.get("haircut_rate", 0)) * s.get("vat_rate", 0))
                   for s in case["revenue_streams"]]  # fmt: skip
        output = put("output_vat", t, sum(vat for _, vat in outputs))
        costs = [(c, amount(c, k)) for c in case["operating_costs"]]
        cost = put("operating_cost", t, sum(each for _, each in costs))
        variable = sum(each for c, each in costs if c.get("type") == "variable")
        now = [m for m in replaced if m["operation_year"] == k]
        renewal = put("renewal", t, sum(m["amount"] for m in now))
        on_cost = sum(each * c.get("input_vat_rate", 0) for c, each in costs)
        inputs = put("input_vat", t, on_cost + sum(m.get("input_vat", 0) for m in now))
        if t <= build:
            credit += inv["deductible_input_vat"] * inv["spending_profile"][t - 1]
        due = output - inputs - credit
        vat = put("vat_payable", t, max(0.0, due) if k > 0 else 0.0)
        credit = max(0.0, -due)
        put("credit", t, credit)
        refund = vat * sum(v * s.get("vat_refund_rate", 0) for s, v in outputs) / output if output > 0 else 0.0
        given = [(s, amount(s, k)) for s in case.get("operating_subsidies") or []]
        support = put("subsidy_and_refund", t, sum(each for _, each in given) + refund)
        surcharge = put("surcharges", t, vat * sum(case["surcharges"].values()))
        untaxed = sum(each for s, each in given if s.get("taxable", True) is False)
        untaxed += 0 if tax.get("vat_refund_taxable", True) else refund

        renewals = sum(m["amount"] / m["depreciation_years"] for m in replaced
                       if m["operation_year"] < k <= m["operation_year"] + m["depreciation_years"])  # fmt: skip
        wear = straight(fixed * (1 - dep["residual_rate"]), dep["fixed_asset_years"], k)
        strict_wear = straight(plain * (1 - dep["residual_rate"]), dep["fixed_asset_years"], k) + renewals
        depreciation = put("depreciation", t, wear + renewals)
        amortisation = put("amortisation", t, straight(inv["intangible_assets"], dep.get("intangible_years") or 1, k)
                           + straight(inv["deferred_assets"], dep.get("deferred_years") or 1, k))  # fmt: skip
        if k == 1:
            assets_net, strict_net = fixed, plain
            intangible_net = inv["intangible_assets"] + inv["deferred_assets"]
        assets_net += renewal - depreciation
        strict_net += renewal - strict_wear
        intangible_net -= amortisation

        level = wc["full_capacity_amount"] * listed(wc.get("ramp") or [1], k) if k > 0 else 0.0
        growth = put("growth", t, level - balance_wc)
        balance_wc = level
        own = wc.get("equity_share", 1.0)
        wc_interest = level * (1 - own) * wc.get("loan_rate", 0.0)
        for loan in loans:
            loan.interest[t] = loan.closing[t - 1] * loan.rate(t) if k > 0 else 0.0
        charged = put("interest_expense", t, sum(loan.interest[t] for loan in loans) + wc_interest)

        ebitda = put("ebitda", t, revenue + support - surcharge - cost)
        ebit = put("ebit", t, ebitda - depreciation - amortisation)
        profit = put("total_profit", t, ebit - charged)
        if started is None and revenue > 0:
            started = t
        j = t - started + 1 if started is not None else 0
        off = 1.0 if 1 <= j <= free else 0.5 if free < j <= free + half else 0.0
        share_of_tax[t] = tax["rate"] * (1 - tax.get("eligible_share", 1.0) * off)
        bases["profit"][t], bases["ebit"][t] = profit - untaxed, ebit - untaxed
        bases["strict"][t] = ebit + depreciation - strict_wear - untaxed
        carried = tax.get("loss_carry_forward_years", 5)
        income_tax = put("income_tax", t, tax_of(bases["profit"], carried, share_of_tax.__getitem__)[t])
        net = put("net_profit", t, profit - income_tax)
        cfads = put("cfads", t, ebitda - income_tax - renewal)

        for loan in (each for each in loans if k > 0 and each.method not in {"max_capacity", "sculpted_dscr"}):
            loan.principal[t] = scheduled(loan, t)
        for loan in (each for each in loans if k > 0 and each.method in {"max_capacity", "sculpted_dscr"}):
            others = sum(other.principal[t] for other in loans if other is not loan)
            if loan.method == "max_capacity" and t >= loan.first:
                funds = net + depreciation + amortisation - renewal - others
                loan.principal[t] = min(loan.closing[t - 1], max(0.0, funds))
            if loan.method == "sculpted_dscr" and loan.first <= t < loan.first + loan.count:
                loan.principal[t] = cfads / cover - charged - others
        for loan in loans:
            loan.closing[t] += (loan.closing[t - 1] if k > 0 else 0.0) - loan.principal[t]
        principal = put("principal", t, sum(loan.principal[t] for loan in loans))
        opening = sum(loan.closing[t - 1] for loan in loans) if k > 0 else 0.0
        counted = opening > FEN
        put("opening", t, opening)
        put("icr", t, ebit / charged if counted and charged > FEN else None)
        put("dscr", t, cfads / (principal + charged) if counted and principal + charged > FEN else None)

        equity = put("equity", t, spend[t] + paid[t] - grants[t] - drawn[t] + growth * own)
        injected = sum(g["amounts"][t - 1] for g in case["grants"] if g.get("counts_as_equity")) if t <= build else 0.0
        put("injected", t, injected)
        inflow = revenue + output + support + (assets_net + balance_wc if t == last else 0.0)
        running = cost + inputs + vat + surcharge
        pre = put("pre", t, inflow - spend[t] - growth - running - renewal)
        put("strict_pre", t, pre + (strict_net - assets_net if t == last else 0.0))
        back = balance_wc * (1 - own) if t == last else 0.0
        put("equity_cf", t, inflow - equity - injected - principal - charged - running - income_tax - renewal - back)
        raised = equity + grants[t] + drawn[t] + growth * (1 - own)
        invested = spend[t] + renewal + growth
        put("financial_plan_net", t, revenue + output + support - running - income_tax - invested + raised
            - paid[t] - charged - principal)  # fmt: skip
        cash += row["financial_plan_net"][t]
        put("cumulative_surplus", t, cash)
        equity_so_far += equity + injected
        earned += net
        spent_so_far += spend[t] + idc[t]
        if t <= build:
            reduced = sum(g["amounts"][t - 1] for g in case["grants"] if g.get("reduces_asset_cost"))
            spent_so_far -= inv["deductible_input_vat"] * inv["spending_profile"][t - 1] + reduced
            reserves += grants[t] - injected - reduced
        owed = sum(loan.closing[t] for loan in loans) + balance_wc * (1 - own)
        assets = cash + balance_wc + credit + (spent_so_far if k < 1 else assets_net + intangible_net)
        assert abs(assets - owed - equity_so_far - reserves - earned) < 1e-6 * (1 + items), "balance sheet"
        put("gearing", t, ratio(owed, assets))
        put("fixed_cost", t, cost + depreciation + amortisation + charged - variable)
        put("margin", t, revenue - variable - surcharge)

    rate_of = share_of_tax.__getitem__
    carried = tax.get("loss_carry_forward_years", 5)
    row["adjusted_income_tax"] = tax_of(bases["ebit"], carried, rate_of)
    strict_tax = tax_of(bases["strict"], carried, rate_of)
    post = [row["pre"][t] - row["adjusted_income_tax"][t] for t in years]
    strict_pre = [row["strict_pre"][t] for t in years]
    strict_post = [row["strict_pre"][t] - strict_tax[t] for t in years]
    pre_flow, equity_flow = [row["pre"][t] for t in years], [row["equity_cf"][t] for t in years]
    i, i_equity = case["discount_rate"], case.get("discount_rate_equity", case["discount_rate"])

    start_debt = sum(loan.at_start for loan in loans)
    total_investment = items + sum(idc) + balance_wc
    capital = sum(row["equity"].values()) + granted("counts_as_equity")
    serving = [t for t in years if t > build and row["opening"][t] > FEN]
    first_interest = sum(loan.interest[build + 1] for loan in loans)
    r = first_interest / start_debt if start_debt > FEN else 0.0

    def worth(until: int) -> float:
        return float(sum(row["cfads"][t] / (1 + r) ** (t - build) for t in years if build < t <= until))

    def coverage(held: list[Loan]) -> float | None:
        owing = [t for t in years if t > build and sum(loan.closing[t - 1] for loan in held) > FEN]
        if not owing:
            return None
        service = sum(sum(d.interest) + sum(d.principal) + d.closing[last] + (sum(d.idc) if d.is_paid else 0.0)
                      for d in held)  # fmt: skip
        return ratio(sum(row["cfads"][t] for t in years if build < t <= owing[-1]), service)

    discounted = {name: [flow / (1 + i) ** t for t, flow in enumerate(flows, start=1)]
                  for name, flows in (("pre", pre_flow), ("post", post))}  # fmt: skip
    covers = [c for c in row["dscr"].values() if c is not None]
    normal = build + (case.get("normal_operation_year") or -build)
    found = Result(flows={"project_irr_pre_tax": pre_flow, "project_irr_post_tax": post, "equity_irr": equity_flow})
    found.totals = {
        "construction_investment": items, "idc_total": sum(idc), "working_capital": wc["full_capacity_amount"],
        "total_investment": total_investment, "fixed_asset_value": fixed, "equity_total": sum(row["equity"].values()),
        "equity_incl_grants_as_equity": capital, "grants_total": sum(grants.values()),
        "debt_drawn": sum(drawn.values()), "debt_at_end_of_construction": start_debt,
        "debt_at_end_of_horizon": sum(loan.closing[last] for loan in loans),
        "working_capital_loan": wc["full_capacity_amount"] * (1 - wc.get("equity_share", 1.0)),
        "residual_value_recovered": assets_net, "vat_credit_unused_at_end": credit,
    }  # fmt: skip
    operated = range(build + 1, last + 1)
    icrs = [c for c in row["icr"].values() if c is not None]
    found.indicators = {
        "project_npv_pre_tax": value(pre_flow, i), "project_npv_post_tax": value(post, i),
        "equity_npv": value(equity_flow, i_equity),
        "payback_static_pre_tax": payback(pre_flow), "payback_static_post_tax": payback(post),
        "payback_dynamic_pre_tax": payback(discounted["pre"]), "payback_dynamic_post_tax": payback(discounted["post"]),
        "icr_min": min(icrs) if icrs else None, "dscr_min": min(covers) if covers else None,
        "dscr_average": sum(covers) / len(covers) if covers else None,
        "llcr": ratio(worth(serving[-1]) if serving else 0.0, start_debt), "plcr": ratio(worth(last), start_debt),
        "special_bond_coverage": coverage([d for d in loans if d.terms.get("kind") == "special_bond"]),
        "total_debt_coverage": coverage(loans),
        "roi": ratio(sum(row["ebit"][t] for t in operated) / run, total_investment),
        "roe": ratio(sum(row["net_profit"][t] for t in operated) / run, capital),
        "bep_capacity": ratio(row["fixed_cost"][normal], row["margin"][normal]) if normal else None,
        "gearing_max": max((g for g in row["gearing"].values() if g is not None), default=None),
        "cumulative_surplus_min": min(row["cumulative_surplus"].values()),
        "last_repayment_year": serving[-1] if serving else None,
    }  # fmt: skip
    row |= {"construction_investment": spend, "idc": dict(enumerate(idc)), "grants": grants, "debt_draw": drawn,
            "debt_principal_paid": row["principal"], "project_cf_pre_tax": row["pre"]}  # fmt: skip
    names = ("construction_investment", "idc", "equity", "grants", "debt_draw", "revenue", "operating_cost",
             "output_vat", "input_vat", "vat_payable", "surcharges", "subsidy_and_refund", "depreciation",
             "amortisation", "ebitda", "ebit", "interest_expense", "total_profit", "income_tax", "net_profit",
             "adjusted_income_tax", "debt_principal_paid", "project_cf_pre_tax", "equity_cf", "financial_plan_net",
             "cumulative_surplus", "icr", "dscr", "gearing")  # fmt: skip
    found.series = {name: [row[name][t] for t in years] for name in names}
    found.series |= {"project_cf_post_tax": post,
                     "debt_closing_balance": [sum(loan.closing[t] for loan in loans) for t in years]}  # fmt: skip
    found.per_debt = [{"idc": d.idc[1:], "interest": d.interest[1:], "principal": d.principal[1:],
                       "closing_balance": d.closing[1:]} for d in loans]  # fmt: skip
    found.strict = {"project_npv_pre_tax": value(strict_pre, i), "project_npv_post_tax": value(strict_post, i)}
    return found


def scheduled(loan: Loan, t: int) -> float:
    """Principal of a fixed schedule in year t; instalments past the horizon simply never come."""
    j = t - loan.first + 1
    if not 1 <= j <= loan.count:
        return 0.0
    opening, i, left = loan.closing[t - 1], loan.rate(t), loan.count - j + 1
    match loan.method:
        case "equal_principal":
            return loan.at_start / loan.count
        case "bullet":
            return opening if left == 1 else 0.0
        case "custom":
            return loan.at_start * float(loan.terms["repayment"]["principal_shares"][j - 1])
    grown = (1 + i) ** left
    return opening / left if i == 0 else opening * i * grown / (grown - 1) - opening * i
