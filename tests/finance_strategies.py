"""Random but calculable finance cases for laws that must hold whatever the figures."""

from typing import Any

from hypothesis import strategies as st

Document = dict[str, Any]
COUNTS = st.integers(0, 3)
SCHEDULED = ("equal_principal", "level_payment", "bullet", "custom", "max_capacity")


def rates(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False).map(lambda value: round(value, 4))


def money(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False).map(lambda value: round(value, 2))


@st.composite
def debts(draw: st.DrawFn, build: int, run: int, room: float) -> dict[str, Any]:
    method = draw(st.sampled_from(SCHEDULED))
    first = draw(st.integers(build + 1, build + run))
    count = draw(st.integers(1, build + run - first + 1))
    repayment: dict[str, Any] = {"method": method, "first_repayment_year": first, "repayment_years": count}
    if method == "custom":
        repayment["principal_shares"] = [1 / count] * count
    return {
        "kind": draw(st.sampled_from(["bank_loan", "special_bond", "green_bond"])),
        "draws": [round(room * draw(rates(0, 1)), 2) for _ in range(build)],
        "annual_rate": draw(rates(0, 0.09)),
        "compounding_periods_per_year": draw(st.sampled_from([1, 2, 4, 12])),
        "construction_interest": draw(st.sampled_from(["capitalised", "paid"])),
        "draw_interest_fraction": draw(rates(0, 1)),
        "repayment": repayment,
    }


@st.composite
def amounts(draw: st.DrawFn, run: int, largest: float) -> dict[str, Any]:
    item: dict[str, Any] = {
        "annual_amount": draw(money(0, largest)),
        "ramp": draw(st.lists(rates(0, 1), min_size=1, max_size=3)),
        "escalation_rate": draw(rates(-0.02, 0.05)),
        "escalation_every_years": draw(st.integers(1, 4)),
        "degradation_rate": draw(rates(0, 0.02)),
        "start_operation_year": draw(st.integers(1, run)),
    }
    if draw(st.booleans()):
        item = {"schedule": draw(st.lists(money(0, largest), max_size=run))}
    return item


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    """A whole case that may lose money, run short or never repay, but can be calculated."""
    build, run = draw(st.integers(1, 4)), draw(st.integers(1, 25))
    cost = draw(money(1000, 90000))
    share = round(1 / build, 3)
    profile = [share] * (build - 1) + [1 - share * (build - 1)]
    spent = cost * min(profile)
    return {
        "timeline": {"construction_years": build, "operation_years": run},
        "discount_rate": draw(rates(0, 0.12)),
        "normal_operation_year": draw(st.integers(1, run)),
        "investment": {
            "engineering_cost": round(cost * 0.8, 2), "other_cost": round(cost * 0.2, 2),
            "basic_contingency": 0, "price_contingency": 0,
            "intangible_assets": round(cost * draw(rates(0, 0.1)), 2),
            "deferred_assets": round(cost * draw(rates(0, 0.05)), 2),
            "deductible_input_vat": round(cost * draw(rates(0, 0.09)), 2),
            "spending_profile": profile,
        },
        "depreciation": {
            "fixed_asset_years": draw(st.integers(1, 40)), "residual_rate": draw(rates(0, 0.1)),
            "intangible_years": draw(st.integers(1, 30)), "deferred_years": draw(st.integers(1, 10)),
        },
        "working_capital": {
            "full_capacity_amount": draw(money(0, 2000)), "ramp": draw(st.lists(rates(0, 1), min_size=1, max_size=3)),
            "equity_share": draw(rates(0.3, 1)), "loan_rate": draw(rates(0, 0.06)),
        },
        "grants": [{
            "amounts": [round(spent * draw(rates(0, 0.3)), 2)] * build,
            "level": draw(st.sampled_from(["central", "city"])),
            **draw(st.sampled_from([{}, {"counts_as_equity": True}, {"reduces_asset_cost": True}])),
        }],
        "debts": [draw(debts(build, run, spent * 0.25)) for _ in range(draw(st.integers(0, 2)))],
        "revenue_streams": [
            {**draw(amounts(run, cost * 0.2)), "vat_rate": draw(rates(0, 0.13)), "vat_refund_rate": draw(rates(0, 1))}
            for _ in range(draw(st.integers(0, 2)))
        ],
        "operating_costs": [
            {**draw(amounts(run, cost * 0.1)), "type": "fixed", "input_vat_rate": draw(rates(0, 0.13))}
        ],
        "operating_subsidies": [{**draw(amounts(run, cost * 0.02)), "taxable": draw(st.booleans())}],
        "maintenance_capex": [{
            "operation_year": draw(st.integers(1, run)), "amount": draw(money(0, 500)),
            "input_vat": draw(money(0, 50)), "depreciation_years": draw(st.integers(1, 15)),
        }],
        "surcharges": {"urban_maintenance": 0.07, "education": 0.03, "local_education": 0.02},
        "income_tax": {
            "rate": 0.25, "holiday": draw(st.sampled_from(["none", "three_free_three_half", "two_free_three_half"])),
            "eligible_share": draw(rates(0, 1)), "loss_carry_forward_years": draw(st.sampled_from([0, 5, 10])),
            "vat_refund_taxable": draw(st.booleans()),
        },
    }  # fmt: skip


@st.composite
def any_repayment(draw: st.DrawFn, build: int, run: int, methods: tuple[str, ...]) -> Document:
    """Any terms the schema takes, instalments past the calculation period included."""
    method = draw(st.sampled_from(methods))
    latest = build + run if method == "sculpted_dscr" else build + run + 3
    terms: Document = {"method": method, "first_repayment_year": draw(st.integers(build + 1, latest))}
    if method != "max_capacity" or draw(st.booleans()):
        terms["repayment_years"] = draw(st.integers(1, run + 5))
    if method == "custom":
        parts = draw(st.lists(st.integers(0, 9), min_size=terms["repayment_years"], max_size=terms["repayment_years"]))
        parts[0] += 1
        terms["principal_shares"] = [part / sum(parts) for part in parts]
    return terms


@st.composite
def any_debt(draw: st.DrawFn, build: int, run: int, room: float, methods: tuple[str, ...]) -> Document:
    debt: Document = {
        "draws": [round(room * draw(rates(0, 1)), 2) for _ in range(build)],
        "annual_rate": draw(st.one_of(st.just(0), rates(0, 0.09))),
        "repayment": draw(any_repayment(build, run, methods)),
    }
    steps = st.lists(
        st.fixed_dictionaries({"from_year": st.integers(1, build + run), "annual_rate": rates(0, 0.08)}),
        max_size=2, unique_by=lambda step: step["from_year"],
    )  # fmt: skip
    return debt | draw(
        some_of({
            "kind": st.sampled_from(
                ["bank_loan", "special_bond", "green_bond", "policy_bank_loan", "commercial_bank_loan"]
            ),
            "compounding_periods_per_year": st.sampled_from([1, 2, 4, 12]),
            "construction_interest": st.sampled_from(["capitalised", "paid"]),
            "draw_interest_fraction": rates(0, 1),
            "rate_steps": steps,
        })
    )  # fmt: skip


def some_of(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Document]:
    """Any choice of optional fields: what is left out takes its documented default."""
    return st.fixed_dictionaries({}, optional=fields)


@st.composite
def any_amount(draw: st.DrawFn, run: int, largest: float) -> Document:
    basis = draw(st.sampled_from(["annual_amount", "quantity", "schedule"]))
    window = {"start_operation_year": st.integers(1, run)}
    if basis == "schedule":
        return {"schedule": draw(st.lists(money(0, largest), max_size=run)), **draw(some_of(window))}
    item: Document = {"annual_amount": draw(money(0, largest))}
    if basis == "quantity":
        item = {"quantity_10k": draw(money(0, largest)), "unit_price_yuan": draw(rates(0, 1))}
    factors = {
        "ramp": st.lists(rates(0, 1), min_size=1, max_size=4), "escalation_rate": rates(-0.02, 0.05),
        "escalation_every_years": st.integers(1, 4), "degradation_rate": rates(0, 0.02),
    }  # fmt: skip
    item |= draw(some_of(factors | window))
    if draw(st.booleans()):
        item["end_operation_year"] = draw(st.integers(item.get("start_operation_year", 1), run + 3))
    return item


@st.composite
def any_cases(draw: st.DrawFn, years: int | None = None) -> Document:
    """A case over the whole input schema, optional fields present or absent; debts may outlive the horizon.

    `years` fixes the calculation period.
    """
    build = draw(st.integers(1, 4))
    run = draw(st.integers(1, 20)) if years is None else years - build
    document: Document = draw(cases())
    cost = document["investment"]["engineering_cost"] * 1.25
    weights = draw(st.lists(st.integers(1, 5), min_size=build, max_size=build))
    profile = [weight / sum(weights) for weight in weights]
    spent = cost * min(profile)
    lead = draw(st.sampled_from([("sculpted_dscr",), (*SCHEDULED,)]))
    rest = SCHEDULED[:4] if lead == ("sculpted_dscr",) else SCHEDULED
    debts_drawn = [draw(any_debt(build, run, spent * 0.2, lead if i == 0 else rest)) for i in range(draw(COUNTS))]
    treatments = [{}, {"counts_as_equity": True}, {"reduces_asset_cost": True}, {"counts_as_equity": False}]
    taxes = {"holiday": st.sampled_from(["none", "three_free_three_half", "two_free_three_half"]),
             "eligible_share": rates(0, 1), "loss_carry_forward_years": st.sampled_from([0, 1, 5, 10]),
             "vat_refund_taxable": st.booleans()}  # fmt: skip
    stream = {"vat_rate": rates(0, 0.13), "vat_refund_rate": rates(0, 1), "haircut_rate": rates(0, 1)}

    def several(extra: dict[str, st.SearchStrategy[Any]], share: float) -> list[Document]:
        return [{**draw(any_amount(run, cost * share)), **draw(some_of(extra))} for _ in range(draw(COUNTS))]

    return document | {
        "timeline": {"construction_years": build, "operation_years": run},
        "normal_operation_year": draw(st.integers(1, run)),
        "investment": document["investment"] | {"spending_profile": profile},
        "working_capital": {"full_capacity_amount": draw(money(0, 500))}
        | draw(st.sampled_from([{}, {"equity_share": 0.3, "loan_rate": 0.04}, {"equity_share": 1, "ramp": [0.5, 1]}])),
        "grants": [
            {"amounts": [round(spent * draw(rates(0, 0.1)), 2) for _ in range(build)], **treatment}
            for treatment in draw(st.lists(st.sampled_from(treatments), max_size=3))
        ],
        "debts": debts_drawn,
        "revenue_streams": several(stream, 0.2),
        "operating_costs": [
            *several({"input_vat_rate": rates(0, 0.13), "category": st.sampled_from(["materials", "wages"])}, 0.05),
            {"annual_amount": 1, "type": "fixed"},
        ],
        "operating_subsidies": several({"taxable": st.booleans()}, 0.05),
        "maintenance_capex": [
            {"operation_year": draw(st.integers(1, run)), "amount": draw(money(0, 300)),
             "depreciation_years": draw(st.integers(1, 12)), **draw(some_of({"input_vat": money(0, 30)}))}
            for _ in range(draw(COUNTS))
        ],
        "income_tax": {"rate": 0.25} | draw(some_of(taxes)),
        **draw(some_of({"discount_rate_equity": rates(0, 0.15)})),
    }  # fmt: skip
