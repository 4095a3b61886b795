"""Monte Carlo 概率分析 of one project or many: seeded draws, the full model on each, every figure with its error.

The draws of a project depend on the run's seed and the project's number only. The full model runs on them as rows of a
batch (`simulation.simulate`), in chunks of fixed memory, so the same seed gives the same figures whatever the chunk
size, the order of the projects or the number of workers.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from registry.errors import Finding, InvalidInput
from registry.finance.cells import Cells
from registry.finance.draws import DrawPlan, draw
from registry.finance.engine import Batch
from registry.finance.samples import Estimate, SampleSummary, probability_of, summary_of
from registry.finance.shocks import FACTORS
from registry.finance.simulation import simulate
from registry.finance.structure import Structure

DEFAULT_DRAWS: Final = 1_000

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MonteCarloRun:
    """What a run is made of: the same plan, draws and seed give the same figures."""

    plan: DrawPlan
    """Relative changes of the factors of `shocks.FACTORS`: 0.1 is ten per cent more."""
    run_seed: int
    draws: int = DEFAULT_DRAWS
    dscr_floor: float = 1.0
    """The least debt service coverage a bank accepts."""


@dataclass(frozen=True, slots=True)
class MonteCarloResult:
    """The outcome for one project, after tax; None where no draw has the indicator. Money in 万元."""

    run: MonteCarloRun
    project_number: int
    npv: SampleSummary | None
    irr: SampleSummary | None
    dscr_min: SampleSummary | None
    npv_negative: Estimate
    """Probability that the FNPV is below zero."""
    dscr_below_floor: Estimate | None
    """Probability that the lowest yearly DSCR is below the floor; None without debt service."""

    def as_dict(self) -> dict[str, Any]:
        """Return the outcome and what was run, for JSON."""
        return {
            "project_number": self.project_number,
            "seed": self.run.run_seed,
            "draws": self.run.draws,
            "plan": self.run.plan.model_dump(mode="json"),
            "dscr_floor": self.run.dscr_floor,
            **{
                name: None if sample is None else sample.as_dict()
                for name, sample in (("npv", self.npv), ("irr", self.irr), ("dscr_min", self.dscr_min))
            },
            "probability_npv_negative": asdict(self.npv_negative),
            "probability_dscr_below_floor": None if self.dscr_below_floor is None else asdict(self.dscr_below_floor),
        }


class ProjectRow(NamedTuple):
    """One project to be run: its own number (part of the seed) and its input cells, a batch of one row."""

    project_number: int
    structure: Structure
    cells: Cells


def project_row(batch: Batch, row: int, project_number: int) -> ProjectRow:
    """Return one row of an evaluated batch as a project to be run."""
    return ProjectRow(
        project_number, batch.structure, {key: cell[..., row : row + 1] for key, cell in batch.cells.items()}
    )


def run_project(
    project: ProjectRow, run: MonteCarloRun, progress: Callable[[int], None] | None = None
) -> MonteCarloResult:
    """Return the outcome of a run for one project; `progress` is told how many draws were just done.

    Raises InvalidInput when the plan names a factor the model does not have or cannot be drawn.
    """
    findings = findings_of_factors(run.plan)
    if findings:
        raise InvalidInput.of(findings)
    changes = draw(run.plan, run.draws, run_seed=run.run_seed, project_number=project.project_number)
    batch = Batch(project.structure, (0,), project.cells, {})
    found = simulate(batch, changes, progress=progress)
    covered = found.dscr_min[~np.isnan(found.dscr_min)]
    return MonteCarloResult(
        run,
        project.project_number,
        npv=summary_of(found.npv),
        irr=summary_of(found.irr),
        dscr_min=summary_of(found.dscr_min),
        npv_negative=probability_of(found.npv < 0),
        dscr_below_floor=probability_of(covered < run.dscr_floor) if len(covered) else None,
    )


def run_projects(
    projects: Sequence[ProjectRow],
    run: MonteCarloRun,
    *,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Iterator[MonteCarloResult]:
    """Yield the outcome of each project, in order; `progress` is told one project at a time.

    With more than one worker the projects are shared among processes. No more than the summaries is kept.
    """
    findings = findings_of_factors(run.plan)
    if findings:
        raise InvalidInput.of(findings)
    if workers == 1:
        yield from _told((run_project(project, run) for project in projects), progress)
        return
    share = max(1, min(16, len(projects) // (4 * workers)))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from _told(pool.map(partial(run_project, run=run), projects, chunksize=share), progress)


def findings_of_factors(plan: DrawPlan) -> list[Finding]:
    """Return a finding for each factor of a plan that the model cannot change."""
    known_zh = "、".join(f"{name}（{terms[0]}）" for name, terms in FACTORS.items())
    return [
        Finding(
            f"plan.factors.{name}", "unknown-factor",
            f"模型中没有因素“{name}”；可用的有：{known_zh}",
            f'the model has no factor "{name}"; known: {", ".join(FACTORS)}',
            name,
        )
        for name in plan.factors
        if name not in FACTORS
    ]  # fmt: skip


def _told(results: Iterator[MonteCarloResult], progress: Callable[[int], None] | None) -> Iterator[MonteCarloResult]:
    for result in results:
        if progress is not None:
            progress(1)
        yield result
