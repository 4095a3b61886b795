"""Further runs of the model for a package: scenarios, two factors at once, drawn inputs 概率分析, stress of the bonds.

All of them are the engine itself on changed inputs. The distributions are assumptions of this program, stated wherever
a figure of theirs is printed; the draws are seeded by the project's code, so the same project gives the same figures.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from registry.finance.draws import DrawPlan, Triangular, draw
from registry.finance.engine import Batch, evaluate_case_model
from registry.finance.samples import Estimate, SampleSummary, probability_of, summary_of
from registry.finance.scenarios import ScenarioResult, run_scenarios
from registry.finance.sensitivity import FactorSensitivity, sensitivity, two_factor_grid
from registry.finance.simulation import simulate
from registry.finance.stress import StressResult, stress_test
from registry.projects.financials import FinancialCase

GRID_CHANGES = (-0.2, -0.1, 0.0, 0.1, 0.2)
DRAWS = 2_000
RUN_SEED = 20_260_101
DEFAULT_DISTRIBUTIONS: Mapping[str, Triangular] = MappingProxyType(
    {
        "investment": Triangular(low=-0.05, mode=0.0, high=0.15),
        "revenue": Triangular(low=-0.15, mode=0.0, high=0.05),
        "operating_cost": Triangular(low=-0.05, mode=0.0, high=0.10),
    }
)
"""Relative change of each factor. Ours: more is lost than gained, as appraisals assume; nobody has measured them."""
DSCR_FLOORS: Mapping[float, str] = MappingProxyType(
    {1.0: "当年资金不足以还本付息", 1.2: "低于常见贷款条件，以贷款人要求为准"}
)
"""A floor of the debt service cover and why it is looked at."""
BINS = 24


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar of a histogram: from, to, and the share of the draws in it."""

    low: float
    high: float
    share: float


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """What seeded draws say of the indicators after tax; None where no draw has the indicator."""

    draws: int
    seed: tuple[int, int]
    npv: SampleSummary | None
    irr: SampleSummary | None
    dscr_min: SampleSummary | None
    npv_negative: Estimate
    dscr_below: Mapping[float, Estimate]
    """By floor; empty without debt service."""
    npv_bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything beside the base case. Grids are [revenue][operating cost] in the order of GRID_CHANGES."""

    scenarios: tuple[ScenarioResult, ...]
    grid_npv: tuple[tuple[float | None, ...], ...]
    grid_irr: tuple[tuple[float | None, ...], ...]
    grid_dscr: tuple[tuple[float | None, ...], ...]
    uncertainty: Uncertainty
    stress: tuple[StressResult, ...]
    sensitivity: tuple[FactorSensitivity, ...]
    """Table 13: one factor at a time."""


def analysis_of(case: FinancialCase, project_code: str) -> Analysis:
    """Return the further runs of a calculable case."""
    batch = evaluate_case_model(case)
    grid = two_factor_grid(batch, "revenue", "operating_cost", GRID_CHANGES)
    return Analysis(
        scenarios=tuple(run_scenarios(case)),
        grid_npv=grid.npv,
        grid_irr=grid.irr,
        grid_dscr=grid.dscr_min,
        uncertainty=uncertainty_of(batch, project_code),
        stress=tuple(stress_test(batch)),
        sensitivity=tuple(sensitivity(batch)),
    )


def project_number(project_code: str) -> int:
    """Return the project's part of the seed."""
    return int.from_bytes(hashlib.sha256(project_code.encode()).digest()[:4])


def uncertainty_of(batch: Batch, project_code: str) -> Uncertainty:
    """Return the outcome of the draws from the default distributions."""
    number = project_number(project_code)
    plan = DrawPlan(factors=dict(DEFAULT_DISTRIBUTIONS))
    found = simulate(batch, draw(plan, DRAWS, run_seed=RUN_SEED, project_number=number))
    covered = found.dscr_min[~np.isnan(found.dscr_min)]
    return Uncertainty(
        DRAWS,
        (RUN_SEED, number),
        npv=summary_of(found.npv),
        irr=summary_of(found.irr),
        dscr_min=summary_of(found.dscr_min),
        npv_negative=probability_of(found.npv < 0),
        dscr_below={floor: probability_of(covered < floor) for floor in DSCR_FLOORS} if len(covered) else {},
        npv_bins=_bins(found.npv),
    )


def _bins(values: NDArray[np.float64]) -> tuple[Bin, ...]:
    """Return bars of even width with an edge at zero, so that no bar holds both gain and loss."""
    there = values[~np.isnan(values)]
    if len(there) == 0 or float(np.ptp(there)) == 0:
        return ()
    width = float(np.ptp(there)) / BINS
    edges = np.arange(np.floor(there.min() / width), np.floor(there.max() / width) + 2) * width
    # Compared with the edges themselves, so that a value just below zero never counts as a gain.
    counts = np.bincount(np.searchsorted(edges, there, side="right") - 1, minlength=len(edges) - 1)[: len(edges) - 1]
    shares = (counts / len(there)).tolist()
    return tuple(Bin(*bar) for bar in zip(edges[:-1].tolist(), edges[1:].tolist(), shares, strict=True))
