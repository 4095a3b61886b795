"""Environmental benefits 节能减排量: reduction against a baseline, what a tonne costs, and a loan's share of it.

Reductions are positive when the project lowers the burden and keep their sign when it does not: a sewage plant lowers
COD and usually raises CO2. Missing data give None, never zero. Money is 万元, masses tonnes, rates decimals. Method:
《绿色信贷项目节能减排量测算指引》; the yearly capacity of the whole project first, then the share of the loan.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from registry.errors import Finding, InvalidInput
from registry.finance.discounting import discount_factors
from registry.finance.factors import Factor

CNY_PER_10K: Final = 10_000
KG_PER_TONNE: Final = 1_000

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reduction:
    """One indicator with and without the project, a year, and the factors both were made with."""

    indicator: str
    baseline: float | None
    project: float | None
    baseline_in_words: str | None = None
    factors: tuple[Factor, ...] = ()

    @property
    def value(self) -> float | None:
        """Return baseline minus project; None while either is unknown."""
        return None if self.baseline is None or self.project is None else self.baseline - self.project


@dataclass(frozen=True, slots=True)
class AbatementInput:
    """One rectangle of a marginal abatement cost curve 边际减排成本曲线; `reason` says why one cannot be drawn."""

    indicator: str
    tonnes: float | None
    yuan_per_tonne: float | None
    fnpv: float | None
    discount_rate: float
    reason_zh: str | None = None


def removed_tonnes(volume_10k_m3: float, inflow_mg_per_l: float, outflow_mg_per_l: float) -> float:
    """Return tonnes removed from a volume in 万 m³; negative when the outflow is the dirtier."""
    return volume_10k_m3 * (inflow_mg_per_l - outflow_mg_per_l) / 100


def yearly_amounts(first_year: float, degradation_rate: float, years: int) -> Floats:
    """Return the amount of each operation year (years,), falling by the degradation rate from the second on."""
    return np.asarray(first_year * (1 - degradation_rate) ** np.arange(years), dtype=np.float64)


def discounted_amount(amounts: Floats, rate: float, construction_years: int) -> float:
    """Return the sum of the amounts of the operation years, discounted like money: year ends, t from 1."""
    factors = discount_factors(construction_years + len(amounts), rate)[construction_years:]
    return float(amounts @ factors)


def capital_recovery_factor(rate: float, years: int) -> float:
    """Return 资金回收系数 i(1+i)^n / ((1+i)^n - 1); 1/n without interest. Raises InvalidInput unless years > 0."""
    if years <= 0 or rate <= -1:
        raise InvalidInput.of([Finding(
            "life_years", "no-life", f"年限应大于零且折现率大于 -100%，实际为 {years} 年、{rate:.4g}；请检查",
            f"the life must be above zero and the rate above -100 %, found {years} years and {rate:.4g}", str(years),
        )])  # fmt: skip
    return 1 / years if rate == 0 else rate / (1 - (1 + rate) ** -years)


def annual_cost(investment: float, operating_cost: float, rate: float, years: int, revenue: float = 0.0) -> float:
    """Return 年费用 in 万元: the investment spread over its life, plus operating cost, less revenue."""
    return investment * capital_recovery_factor(rate, years) + operating_cost - revenue


def yuan_per_tonne(cost_10k: float, tonnes: float | None) -> float | None:
    """Return the cost of a tonne in yuan; None unless something is reduced."""
    return cost_10k * CNY_PER_10K / tonnes if tonnes is not None and tonnes > 0 else None


def pollution_equivalents(tonnes: Mapping[str, float], kg_per_equivalent: Mapping[str, float]) -> dict[str, float]:
    """Return 污染当量数 of each pollutant that has a statutory value; others (total nitrogen) are left out."""
    return {
        name: amount * KG_PER_TONNE / kg_per_equivalent[name]
        for name, amount in tonnes.items()
        if name in kg_per_equivalent
    }


def allocated_yuan_per_tonne(
    cost_10k: float, tonnes: Mapping[str, float], kg_per_equivalent: Mapping[str, float]
) -> dict[str, float]:
    """Return the cost of a tonne of each pollutant when the cost is shared by pollution equivalents.

    Charging all of it to one pollutant overstates that one. Only pollutants that are reduced carry cost.
    """
    reduced = {name: amount for name, amount in tonnes.items() if amount > 0}
    equivalents = pollution_equivalents(reduced, kg_per_equivalent)
    total = sum(equivalents.values())
    return {name: cost_10k * CNY_PER_10K * part / total / reduced[name] for name, part in equivalents.items()}


def marginal_abatement_cost(fnpv_pre_tax: float, discounted_tonnes: float | None) -> float | None:
    """Return 边际减排成本 in yuan per discounted tonne; negative means that the project pays for itself."""
    return yuan_per_tonne(-fnpv_pre_tax, discounted_tonnes)


def abatement_input(
    indicator: str, fnpv_pre_tax: float | None, discounted_tonnes: float | None, discount_rate: float
) -> AbatementInput:
    """Return a project's rectangle for the curve, or the reason why it stands beside the curve."""
    reason = None
    if discounted_tonnes is None:
        reason = "减排量未知"
    elif discounted_tonnes <= 0:
        reason = "无减排量"
    elif fnpv_pre_tax is None:
        reason = "财务净现值未知"
    cost = None if fnpv_pre_tax is None else marginal_abatement_cost(fnpv_pre_tax, discounted_tonnes)
    return AbatementInput(indicator, discounted_tonnes, cost, fnpv_pre_tax, discount_rate, reason)


def loan_share(loan_balance: float | None, total_investment: float | None) -> float | None:
    """Return the part of a project's reduction that belongs to a loan: balance over total investment, at most 1."""
    if loan_balance is None or total_investment is None or total_investment <= 0:
        return None
    return min(loan_balance / total_investment, 1.0)


def avoided_co2_tonnes(electricity_mwh: float, grid: Factor) -> float:
    """Return tCO2 of electricity not taken from the grid; the factor is in kgCO2/kWh, which is tCO2/MWh."""
    return electricity_mwh * grid.value


def saved_standard_coal_tonnes(electricity_mwh: float, supply_coal: Factor) -> float:
    """Return tce of coal not burned for this electricity; the factor is the fleet's supply coal in gce/kWh."""
    return electricity_mwh * supply_coal.value / 1_000
