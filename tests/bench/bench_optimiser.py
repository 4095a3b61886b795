"""The optimisers: funding-mix programs, choices of 10,000 projects, and scenarios over many projects."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from bench.figures import Figure, best_seconds, print_figures
from bench.selection_instances import KINDS, instance
from mix_builders import plain_request
from registry.demo.nation import make_nation
from registry.portfolio import selection
from registry.portfolio.choices import SelectionRequest, known_candidates
from registry.portfolio.knapsack import scaled
from registry.portfolio.mix import optimise_mix
from registry.portfolio.scenarios.executors import run_chunks
from registry.portfolio.scenarios.model import EXAMPLES
from registry.portfolio.scenarios.pricing import price_chunk
from registry.portfolio.selection import Selection, select_projects
from registry.projects.operations import document_text

COMMAND = "registry bench optimiser"
SELECT_SECONDS, GAP = 30.0, 1e-3
SEEDS = (1, 2, 3, 4, 5)
PROJECTS, CHUNK = 1_000, 200


def run() -> list[Figure]:
    """Return the figures; takes about ten minutes on an idle machine."""
    return [_one_mix(), _mix_program(), *_choices(), *_scenarios()]


def _one_mix() -> Figure:
    seconds = best_seconds(lambda: optimise_mix(plain_request()), rounds=3)
    return Figure("funding mix of one project, verified by the model", seconds, "s", "none stated", COMMAND)


def _mix_program() -> Figure:
    """10,000 projects x 5 sources in one program: needs met, caps kept, 31 regional budgets, least fiscal cost."""
    rng = np.random.default_rng(1)
    count, sources = 10_000, 5
    need = rng.lognormal(9, 1, count)
    weights = np.tile([1.0, 0.6, 0.2, 0.1, 0.0], count) * rng.uniform(0.8, 1.2, count * sources)
    meets = sparse.kron(sparse.identity(count), np.ones((1, sources)), format="csr")
    caps = np.kron(need, [1.0, 0.3, 0.4, 0.5, 0.25])
    region = rng.integers(0, 31, count)
    place = region, np.arange(count) * sources + 1
    regional = sparse.csr_array((np.ones(count), place), shape=(31, count * sources))
    budgets = 0.15 * np.bincount(region, need, 31)

    def by(method: str) -> float:
        solver: Any = linprog
        start = time.perf_counter()
        found = solver(
            weights, A_ub=regional, b_ub=budgets, A_eq=meets, b_eq=need,
            bounds=np.column_stack([np.zeros(len(caps)), caps]), method=method,
        )  # fmt: skip
        if not found.success:
            raise ArithmeticError(found.message)
        return time.perf_counter() - start

    peer = "the same by dual simplex", by("highs-ds")
    return Figure(
        "funding-mix program, 10,000 x 5, interior point", by("highs-ipm"), "s", "none stated", COMMAND, *peer
    )


def _choices() -> list[Figure]:
    """Return for each kind the slowest of its seeds, beside SciPy's `milp` given the same program, gap and time."""
    figures = []
    for kind in KINDS:
        tried = [(*_timed(partial(select_projects, instance(kind, seed))), seed) for seed in SEEDS]
        seconds, answer, seed = max(tried, key=lambda each: each[0])
        gaps = [each.gap if isinstance(each, Selection) else float("inf") for _, each, _ in tried]
        plain_seconds, plain_gap = _plain(instance(kind, seed))
        title = f"choice, {kind}, seed {seed} of {SEEDS}: worst proven gap {max(gaps):.3%} (milp {plain_gap:.3%})"
        is_met = seconds < SELECT_SECONDS and max(gaps) <= GAP
        target = f"< {SELECT_SECONDS:g} s at {GAP:.1%}"
        figures.append(Figure(title, seconds, "s", target, COMMAND, "scipy milp", plain_seconds, is_met))
        del answer
    return figures


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    found = work()
    return time.perf_counter() - start, found


def _plain(request: SelectionRequest) -> tuple[float, float]:
    """Return the seconds and the gap of one call of `milp`, as one would write it."""
    candidates, needs = known_candidates(request)
    program, worth = selection._program(request, candidates, needs), selection._worth(request, candidates)
    rows = sparse.vstack([program.firm, *(limit.rows for limit in program.limits)], format="csr")
    bounds = np.concatenate([program.firm_bounds, *(limit.bounds for limit in program.limits)])
    sack = scaled(worth, sparse.csr_array(rows), bounds)
    start = time.perf_counter()
    found = milp(
        -sack.worth,
        integrality=np.ones(len(worth), dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(sack.rows, -np.inf, sack.bounds),
        options={"mip_rel_gap": GAP, "time_limit": SELECT_SECONDS, "presolve": False},
    )
    gap = float("inf") if found.x is None else (-found.mip_dual_bound + found.fun) / abs(found.fun)
    return time.perf_counter() - start, float(gap)


def _scenarios() -> list[Figure]:
    """Price projects under three scenarios: one thread after the other, threads, and a cluster of two processes."""
    import distributed  # noqa: PLC0415 - an optional part

    local_cluster: Any = distributed.LocalCluster

    stored = [(each.number, document_text(each.dossier)) for each in _with_cases(PROJECTS)]
    chunks = [stored[start : start + CHUNK] for start in range(0, len(stored), CHUNK)]
    work = partial(price_chunk, scenarios=EXAMPLES)
    work(chunks[0])
    serial = best_seconds(lambda: [work(chunk) for chunk in chunks], rounds=2)
    threads = best_seconds(lambda: list(run_chunks(work, chunks, scheduler=None)), rounds=2)
    with local_cluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", host="127.0.0.1") as cluster:
        at_cluster = partial(run_chunks, work, chunks, scheduler=cluster.scheduler_address)
        dask = best_seconds(lambda: list(at_cluster()), rounds=2)
    peer = "serial", len(stored) / serial
    return [
        Figure(f"{PROJECTS:,} priced projects x {len(EXAMPLES) + 1}, {name}", len(stored) / seconds, "projects/s",
               "none stated", COMMAND, *peer)
        for name, seconds in (("threads", threads), ("Dask, two processes", dask))
    ]  # fmt: skip


def _with_cases(count: int) -> list[Any]:
    found = (each for each in make_nation(10 * count, 1) if each.dossier.financials is not None)
    return [each for each, _ in zip(found, range(count), strict=False)]


if __name__ == "__main__":
    print_figures(run())
