"""Benefit cases: the inputs of a document, the results under the names of the public result schema."""

from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from registry.finance import benefits as b
from registry.finance.reading import read_document
from registry.quantities import Integer, Number, Ratio

LARGEST = 1e15
"""No figure of a project is larger in any unit; keeps products of typing errors finite."""

Positive = Annotated[Number, Field(gt=0, le=LARGEST)]
NotNegative = Annotated[Number, Field(ge=0, le=LARGEST)]
AnyAmount = Annotated[Number, Field(ge=-LARGEST, le=LARGEST)]
Share = Annotated[Ratio, Field(ge=0, lt=1)]
YearCount = Annotated[Integer, Field(ge=1, le=100)]


class PowerCase(BaseModel):
    """A plant that displaces grid electricity; the two project figures come from its financial evaluation, 万元."""

    model_config = ConfigDict(extra="forbid")

    project: str | None = None
    generation_first_year_10k_kwh: Positive
    degradation_rate: Share = 0.0
    operation_years: YearCount
    construction_years: YearCount
    discount_rate: Annotated[Ratio, Field(gt=-1, le=1)]
    grid_factor_kgco2_per_kwh: NotNegative
    thermal_supply_coal_gce_per_kwh: NotNegative
    loan_balance: NotNegative | None = None
    fnpv_pre_tax: AnyAmount | None = None
    total_investment: Positive | None = None


class SewageCase(BaseModel):
    """A plant that removes pollutants from a yearly volume of water."""

    model_config = ConfigDict(extra="forbid")

    volume_10k_m3_per_year: Positive
    influent_mg_per_l: dict[str, NotNegative]
    effluent_mg_per_l: dict[str, NotNegative]
    pollution_equivalent_kg: dict[str, Positive]
    construction_investment: NotNegative
    operating_cost_per_year: AnyAmount
    discount_rate: Annotated[Ratio, Field(gt=-1, le=1)]
    life_years: YearCount


def evaluate_benefit(
    inputs: Any, *, fnpv_pre_tax: float | None = None, total_investment: float | None = None
) -> dict[str, Any]:
    """Return the benefit results of a power or a sewage case; which one follows from the inputs.

    A power case needs two figures of its project, in the inputs or as arguments; without them the cost of a tonne and
    the share of the loan are None. Raises InvalidInput with every finding.
    """
    if isinstance(inputs, dict) and "volume_10k_m3_per_year" in inputs:
        return _sewage(read_document(SewageCase, inputs))
    case = read_document(PowerCase, inputs)
    known = {"fnpv_pre_tax": fnpv_pre_tax, "total_investment": total_investment}
    return _power(case.model_copy(update={name: value for name, value in known.items() if value is not None}))


def _power(case: PowerCase) -> dict[str, Any]:
    mwh = b.yearly_amounts(case.generation_first_year_10k_kwh * 10, case.degradation_rate, case.operation_years)
    tonnes = mwh * case.grid_factor_kgco2_per_kwh
    discounted = b.discounted_amount(tonnes, case.discount_rate, case.construction_years)
    share = b.loan_share(case.loan_balance, case.total_investment)
    fnpv = case.fnpv_pre_tax
    return {
        "co2_first_year_t": float(tonnes[0]),
        "co2_life_t": float(np.add.accumulate(tonnes)[-1]),
        "co2_discounted_t": discounted,
        "standard_coal_first_year_tce": float(mwh[0] * case.thermal_supply_coal_gce_per_kwh / 1_000),
        "marginal_abatement_cost_yuan_per_t": None if fnpv is None else b.marginal_abatement_cost(fnpv, discounted),
        "loan_share": share,
        "attributed_co2_first_year_t": None if share is None else share * float(tonnes[0]),
    }


def _sewage(case: SewageCase) -> dict[str, Any]:
    both = [name for name in case.influent_mg_per_l if name in case.effluent_mg_per_l]
    volume = case.volume_10k_m3_per_year
    tonnes = {
        name: b.removed_tonnes(volume, case.influent_mg_per_l[name], case.effluent_mg_per_l[name]) for name in both
    }
    cost = b.annual_cost(
        case.construction_investment, case.operating_cost_per_year, case.discount_rate, case.life_years
    )
    equivalents = b.pollution_equivalents(tonnes, case.pollution_equivalent_kg)
    all_to_cod = b.yuan_per_tonne(cost, tonnes.get("COD"))
    total = sum(equivalents.values())
    return {
        "reduction_t": tonnes,
        "capital_recovery_factor": b.capital_recovery_factor(case.discount_rate, case.life_years),
        "annual_cost": cost,
        "yuan_per_m3": cost / volume,
        "yuan_per_kg_cod_if_all_cost": None if all_to_cod is None else all_to_cod / b.KG_PER_TONNE,
        "pollution_equivalents": equivalents,
        "yuan_per_equivalent": cost * b.CNY_PER_10K / total if total > 0 else None,
        "yuan_per_t_allocated": b.allocated_yuan_per_tonne(cost, tonnes, case.pollution_equivalent_kg),
    }
