"""Case documents: a whole project, a single loan, a bare cash flow, a ratio or a simulation, by their `kind`."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from registry.errors import Finding, InvalidInput, has_errors, shown
from registry.finance.benefit_cases import evaluate_benefit
from registry.finance.bundles import evaluate_bundle
from registry.finance.declarations.timing import ONE_FEN
from registry.finance.discounting import dynamic_payback, npv, payback
from registry.finance.engine import evaluate_cases
from registry.finance.findings import LONGEST_CALCULATION_YEARS, findings_of
from registry.finance.irr import MOST_YEARS, irr
from registry.finance.loans import evaluate_loan
from registry.finance.outcome import outcome_of, remarks_on
from registry.finance.reading import read_document
from registry.finance.samples import Estimate, probability_of, summary_of
from registry.finance.sensitivity import coefficient, sensitivity
from registry.finance.simulation import simulate
from registry.projects.financials import Debt, FinancialCase
from registry.quantities import Integer, Number, Ratio

Money = Annotated[Number, Field(ge=-1e15, le=1e15)]
"""万元 or any other unit, large enough for a nation and small enough to add up."""


class CashFlows(BaseModel):
    """A bare cash flow: one amount a year, the first in project year 1, inflow positive."""

    model_config = ConfigDict(extra="forbid")

    cash_flows: Annotated[list[Money], Field(min_length=1, max_length=MOST_YEARS)]
    discount_rate: Annotated[Ratio | None, Field(gt=-1, le=1)] = None


class DscrOfYear(BaseModel):
    """偿债备付率 of one year."""

    model_config = ConfigDict(extra="forbid")

    ebit: Money
    depreciation_and_amortisation: Money = 0.0
    income_tax: Money = 0.0
    maintenance_investment: Money = 0.0
    principal: Money
    interest: Money


class Coefficients(BaseModel):
    """敏感度系数 from a base value and the values at one relative change of each factor."""

    model_config = ConfigDict(extra="forbid")

    base_npv: Money
    npv_at_plus_10_percent: dict[str, Money]
    change: Annotated[Ratio, Field(ge=-1, le=10)] = 0.1


def evaluate_case(
    document: Mapping[str, Any], find_case: Callable[[str], Any] | None = None, *, is_brief: bool = False
) -> dict[str, Any]:
    """Return the result of a case document, named and nested as the public result schema.

    `is_brief` leaves the sensitivity of a project out, which is three quarters of the work.

    The document holds `kind` and `inputs`; titles, sources and expected values beside them are not read. A benefit
    case may name its `project`: `find_case` returns that project's document, or None when there is none. Raises
    InvalidInput with every finding when the case cannot be calculated.
    """
    if not isinstance(document, Mapping):
        raise InvalidInput.of([_wrong_kind(document)])
    kind = document.get("kind")
    evaluator = EVALUATORS.get(kind) if isinstance(kind, str) else None
    if evaluator is None:
        raise InvalidInput.of([_wrong_kind(kind)])
    inputs = document.get("inputs")
    if kind == "project" and is_brief:
        result = evaluate_project(inputs, with_sensitivity=False)
    elif kind == "benefit" and find_case is not None:
        result = _benefit_of_project(inputs, find_case)
    else:
        result = evaluator(inputs)
    if not _is_finite(result):
        raise InvalidInput.of([_out_of_range()])
    return result


def _is_finite(value: Any) -> bool:
    """Say whether every number of a result can be written down: a division by almost nothing gives infinity."""
    if isinstance(value, Mapping):
        return all(map(_is_finite, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(_is_finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def _out_of_range() -> Finding:
    return Finding(
        "inputs",
        "result-out-of-range",
        "计算结果超出可表示的范围；请核对数量与单位是否差了若干个数量级",
        "a result is too large to be written down; check quantities and units for wrong orders of magnitude",
    )


def _benefit_of_project(inputs: Any, find_case: Callable[[str], Any]) -> dict[str, Any]:
    """Return a benefit case with value and investment taken from the evaluation of the project it names."""
    named = inputs.get("project") if isinstance(inputs, Mapping) else None
    document = find_case(named) if isinstance(named, str) else None
    if not isinstance(document, Mapping) or document.get("kind") != "project":
        found = evaluate_benefit(inputs)
        return found | {"findings": [_no_project(named).as_dict()]} if isinstance(named, str) else found
    project = evaluate_case(document)
    return evaluate_benefit(
        inputs,
        fnpv_pre_tax=project["indicators"]["project_npv_pre_tax"],
        total_investment=project["totals"]["total_investment"],
    )


def _no_project(name: str) -> Finding:
    return Finding(
        "inputs.project", "project-not-found",
        f"inputs.project：找不到项目算例“{name}”，缺少其净现值与总投资，减排成本与贷款占比为空；请把该算例放在同一目录",
        f'inputs.project: no project case "{name}" in the same folder: cost per tonne and loan share stay empty',
        name, "warning",
    )  # fmt: skip


def evaluate_project(inputs: Any, *, with_sensitivity: bool = True) -> dict[str, Any]:
    """Return the full result of a project case, with its findings and, unless that is not wanted, its sensitivity."""
    case = read_document(FinancialCase, inputs)
    findings = findings_of(case)
    if has_errors(findings):
        raise InvalidInput.of([finding for finding in findings if finding.severity == "error"])
    (batch,) = evaluate_cases([case])
    findings += remarks_on(batch)
    if has_errors(findings):
        raise InvalidInput.of([finding for finding in findings if finding.severity == "error"])
    names = tuple(debt.name or f"债务{i + 1}" for i, debt in enumerate(case.debts or []))
    shown_rows = ("change", "irr", "npv", "coefficient_irr", "coefficient_npv")
    tables = {
        table.factor: {
            "rows": [{name: asdict(row)[name] for name in shown_rows} for row in table.rows],
            "switching_point": table.switching_point,
        }
        for table in (sensitivity(batch) if with_sensitivity else ())
    }
    return outcome_of(batch, 0, names) | {
        "sensitivity_post_tax": tables,
        "findings": [finding.as_dict() for finding in findings],
    }


def evaluate_cash_flow(inputs: Any) -> dict[str, Any]:
    """Return rate of return, payback and, with a discount rate, present value of a bare cash flow."""
    case = read_document(CashFlows, inputs)
    flows = np.array([case.cash_flows])
    found = {
        "irr": irr(flows).answer(0).as_dict(),
        "payback_static": _optional(payback(flows).years[0]),
        "cumulative": np.add.accumulate(flows[0]).tolist(),
    }
    if case.discount_rate is None:
        return found
    return found | {
        "npv": float(npv(flows, case.discount_rate)[0]),
        "payback_dynamic": _optional(dynamic_payback(flows, case.discount_rate).years[0]),
    }


class LinearSimulation(BaseModel):
    """A project without tax or debt whose three amounts are each multiplied by an own factor ~ Normal(1, sd)."""

    model_config = ConfigDict(extra="forbid")

    investment: Annotated[Money, Field(gt=0)]
    annual_revenue: Annotated[Money, Field(ge=0)]
    annual_cost: Annotated[Money, Field(ge=0)]
    operation_years: Annotated[Integer, Field(ge=1, le=LONGEST_CALCULATION_YEARS - 1)]
    discount_rate: Annotated[Ratio, Field(ge=0, le=1)]
    sd: dict[Literal["investment", "revenue", "cost"], Annotated[Ratio, Field(ge=0, le=1)]]
    draws: Annotated[Integer, Field(ge=2, le=1_000_000)] = 200_000
    seed: Annotated[Integer, Field(ge=0)] = 20260101
    note: str | None = None


def evaluate_linear_simulation(inputs: Any) -> dict[str, Any]:
    """Return mean, spread, percentiles and the probability of a negative FNPV, simulated on the full model."""
    given = read_document(LinearSimulation, inputs)
    (batch,) = evaluate_cases([_plain_project(given)])
    generator = np.random.default_rng(given.seed)
    factors = {"investment": "investment", "revenue": "revenue", "cost": "operating_cost"}
    changes = {
        factor: generator.normal(0.0, given.sd.get(name, 0.0), given.draws)  # type: ignore[call-overload]
        for name, factor in factors.items()
    }
    drawn = simulate(batch, changes).npv
    estimates: dict[str, Estimate] = {"probability_npv_negative": probability_of(drawn < 0)}
    summary = summary_of(drawn)
    if summary is not None:
        names = ("mean", "standard_deviation", "p10", "p50", "p90")
        estimates |= {name: getattr(summary, name) for name in names}
    return {
        **{name: estimate.value for name, estimate in estimates.items()},
        "draws": given.draws,
        "seed": given.seed,
        "standard_error": {name: estimate.standard_error for name, estimate in estimates.items()},
    }


def _plain_project(given: LinearSimulation) -> FinancialCase:
    """Return the project as a case of the full model: one construction year, no tax, no debt, no VAT."""
    zero = {"engineering_cost": given.investment} | dict.fromkeys(
        ("other_cost", "basic_contingency", "price_contingency", "intangible_assets", "deferred_assets",
         "deductible_input_vat"), 0,
    )  # fmt: skip
    return FinancialCase.model_validate(
        {
            "timeline": {"construction_years": 1, "operation_years": given.operation_years},
            "discount_rate": given.discount_rate,
            "investment": zero | {"spending_profile": [1.0]},
            "depreciation": {"fixed_asset_years": given.operation_years, "residual_rate": 0},
            "revenue_streams": [{"annual_amount": given.annual_revenue}],
            "operating_costs": [{"annual_amount": given.annual_cost, "type": "variable"}],
        }
    )


def evaluate_ratio(inputs: Any) -> dict[str, Any]:
    """Return a single ratio; which one follows from the inputs."""
    if isinstance(inputs, Mapping) and "base_npv" in inputs:
        given = read_document(Coefficients, inputs)
        values = given.npv_at_plus_10_percent.items()
        return {"coefficient": {name: coefficient(given.base_npv, value, given.change) for name, value in values}}
    year = read_document(DscrOfYear, inputs)
    service = year.principal + year.interest
    available = year.ebit + year.depreciation_and_amortisation - year.income_tax - year.maintenance_investment
    return {"dscr": available / service if abs(service) > ONE_FEN else None}


def _loan(inputs: Any) -> dict[str, Any]:
    return evaluate_loan(read_document(Debt, inputs))


def _optional(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _wrong_kind(kind: object) -> Finding:
    known = "、".join(EVALUATORS)
    return Finding(
        "kind", "unknown-kind", f"kind：不支持的算例类型，可用的有 {known}（输入值：{shown(kind)}）",
        f"kind: unknown kind of case, known are {', '.join(EVALUATORS)} (found {shown(kind)})", shown(kind),
    )  # fmt: skip


EVALUATORS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "project": evaluate_project,
    "loan": _loan,
    "cash_flow": evaluate_cash_flow,
    "ratio": evaluate_ratio,
    "monte_carlo_linear": evaluate_linear_simulation,
    "benefit": evaluate_benefit,
    "bundle": evaluate_bundle,
}
