"""Which projects to fund, and how 项目遴选: a city's or the nation's choice under budgets, quotas and dependencies.

Each candidate is one project with one mix of sources. At most one mix a project is chosen, so that benefit, or the
number of projects, is greatest. HiGHS proves how far from the best the answer can be at most: the gap.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import polars as pl
import scipy
from numpy.typing import NDArray

from registry.errors import Finding, InvalidInput, has_errors
from registry.portfolio.choices import SelectionRequest, drawn_from, findings_on, known_candidates
from registry.portfolio.knapsack import Answer, Told, scaled, solve
from registry.portfolio.program import Binding, Limit, Program, Relaxation, Vector, bindings, minimise, ways_out
from registry.projects.lines import FUNDING_SOURCES
from registry.quantities import FEN_PER_CNY_10K

_TOLERANCE = 2e-6
"""By how much of its largest entry the solver may break a row, twice over."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The choice. `chosen` are rows of the candidates with `amount_fen`; `value` is their benefit or number.

    No choice can reach more than `bound`; `gap` is (bound − value) / value. `is_proven`: the gap asked for was reached
    in time. `bindings` come from the relaxed program: what one more unit of a limit would buy, about.
    """

    chosen: pl.DataFrame
    value: float
    bound: float
    gap: float
    is_proven: bool
    bindings: tuple[Binding, ...]
    remarks: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class NoSelection:
    """No choice was found: the limits contradict each other (`ways` to ease them), or time was up (no ways)."""

    is_time_up: bool
    ways: tuple[tuple[Relaxation, ...], ...] = field(default=())
    remarks: tuple[Finding, ...] = ()

    def messages(self) -> list[tuple[str, str]]:
        """Return one sentence per way out, in Chinese and English."""
        if self.is_time_up:
            return [("时限内没有找到可行方案：请延长时限", "No choice was found in time: allow more time")]
        if not self.ways:
            return [
                (
                    "放宽任何限制都没有可行方案：请检查项目之间的依赖与互斥",
                    "No easing of limits helps: check the dependencies and either-or groups",
                )
            ]
        return [("；".join(e.message_zh for e in way), "; ".join(e.message_en for e in way)) for way in self.ways]


def select_projects(request: SelectionRequest, told: Told = lambda _: None) -> Selection | NoSelection:
    """Return the best choice within the gap and time asked for; `told` hears of the best so far.

    Raises InvalidInput when the request makes no sense.
    """
    found = findings_on(request)
    if has_errors(found):
        raise InvalidInput.of([each for each in found if each.severity == "error"])
    candidates, needs = known_candidates(request)
    if candidates.is_empty():
        return _none_to_choose(request, candidates, found)
    program = _program(request, candidates, needs)
    worth = _worth(request, candidates)
    answer = _within_limits(program, worth, request, told)
    if answer is None:
        return _nothing(program, tuple(found))
    if answer.point is None:
        return NoSelection(is_time_up=True, remarks=tuple(found))
    point, bound = answer.point, answer.bound
    value, gap = float(worth @ point), answer.gap(worth)
    relaxed = minimise(program, -worth, "highs-ds")
    held = () if relaxed is None else tuple(bindings(program, relaxed, _bought(request), answer=point))
    chosen = _with_amounts(candidates, needs).filter(pl.Series(point > 0))
    return Selection(chosen, value, max(bound, value), gap, gap <= request.gap, held, tuple(found))


def _none_to_choose(
    request: SelectionRequest, candidates: pl.DataFrame, found: list[Finding]
) -> Selection | NoSelection:
    """Return the empty choice; where something must be chosen there is none."""
    if any(quota.least for quota in request.quotas) or request.required:
        return NoSelection(is_time_up=False, remarks=tuple(found))
    chosen = candidates.with_columns(pl.lit(None, dtype=pl.Int64).alias("amount_fen"))
    return Selection(chosen, 0.0, 0.0, 0.0, is_proven=True, bindings=(), remarks=tuple(found))


def _worth(request: SelectionRequest, candidates: pl.DataFrame) -> Vector:
    if request.objective == "projects":
        return np.ones(candidates.height)
    return candidates.get_column("benefit").cast(pl.Float64).to_numpy()


def _program(request: SelectionRequest, candidates: pl.DataFrame, needs: pl.DataFrame) -> Program:
    count = candidates.height
    projects = candidates.get_column("project_id").to_numpy()
    firm, firm_bounds = _logic(request, projects)
    limits = (*_budgets(request, needs, count), *_quotas(request, candidates, needs), *_required(request, projects))
    return Program(
        np.zeros(count),
        np.ones(count),
        scipy.sparse.csr_array((0, count)),
        np.zeros(0),
        limits,
        firm,
        firm_bounds,
        np.ones(count, dtype=bool),
    )


def _logic(request: SelectionRequest, projects: NDArray[np.int64]) -> tuple[scipy.sparse.csr_array, Vector]:
    """Return the firm rows: one mix a project, what depends on what, either-or."""
    count = len(projects)
    _, place = np.unique(projects, return_inverse=True)
    one_mix = scipy.sparse.csr_array((np.ones(count), (place, np.arange(count))))
    blocks, bounds = [one_mix], [np.ones(one_mix.shape[0])]
    rows = [_of(projects, (a,)) - _of(projects, (b,)) for a, b in request.depends_on]
    rows += [_of(projects, group) for group in request.either_or]
    if rows:
        blocks.append(scipy.sparse.csr_array(np.vstack(rows)))
        bounds.append(np.concatenate([np.zeros(len(request.depends_on)), np.ones(len(request.either_or))]))
    return scipy.sparse.csr_array(scipy.sparse.vstack(blocks, format="csr")), np.concatenate(bounds)


def _of(projects: NDArray[np.int64], chosen: tuple[int, ...]) -> Vector:
    return np.isin(projects, chosen).astype(np.float64)


def _budgets(request: SelectionRequest, needs: pl.DataFrame, count: int) -> Iterator[Limit]:
    for (source, year), amount in request.budgets.items():
        row = _money(needs.filter(drawn_from(source, year)), count)
        when_zh, when_en = ("", "") if year is None else (f" {year} 年", f", {year}")
        zh, en = f"{FUNDING_SOURCES.get(source, source)}{when_zh}预算", f"budget of {source}{when_en}"
        yield _limit(f"budget.{source}.{year or 'all'}", zh, en, row, float(amount), "money")


def _quotas(request: SelectionRequest, candidates: pl.DataFrame, needs: pl.DataFrame) -> Iterator[Limit]:
    for quota in request.quotas:
        inside = (candidates.get_column(quota.column).cast(pl.String) == quota.value).fill_null(value=False).to_numpy()
        weight = _money(needs, candidates.height) if quota.measure == "money" else np.ones(candidates.height)
        row, unit = inside * weight, "money" if quota.measure == "money" else "count"
        for kind, value in (("most", quota.most), ("least", quota.least)):
            if value is not None:
                word_zh, word_en = ("至多", "at most") if kind == "most" else ("至少", "at least")
                key = f"quota.{quota.column}.{quota.value}.{kind}"
                zh, en = f"{quota.named[0]}{word_zh}", f"{quota.named[1]}, {word_en}"
                yield _limit(key, zh, en, row, float(value), unit, is_floor=kind == "least")  # type: ignore[arg-type]


def _required(request: SelectionRequest, projects: NDArray[np.int64]) -> Iterator[Limit]:
    for project in request.required:
        name = request.codes.get(project, str(project))
        zh, en = f"项目 {name} 必须入选", f"project {name} must be chosen"
        yield _limit(f"required.{project}", zh, en, _of(projects, (project,)), 1.0, "count", is_floor=True)


def _limit(
    key: str, zh: str, en: str, row: Vector, value: float, unit: Literal["money", "count"], *, is_floor: bool = False
) -> Limit:
    sign = -1.0 if is_floor else 1.0
    rows = scipy.sparse.csr_array(sign * row[np.newaxis, :])
    return Limit(
        key, zh, en, value, unit, rows, np.array([sign * value]),
        lambda x: float(row @ x), lambda _: np.ones(1), is_floor=is_floor,
    )  # fmt: skip


def _money(needs: pl.DataFrame, count: int) -> Vector:
    """Return 万元 by candidate."""
    sums = needs.group_by("row").agg(pl.col("amount_fen").sum())
    amounts = np.zeros(count)
    amounts[sums.get_column("row").to_numpy()] = sums.get_column("amount_fen").to_numpy() / FEN_PER_CNY_10K
    return amounts


def _solve(program: Program, worth: Vector, gap: float, seconds: float, told: Told) -> Answer | None:
    """Return the solver's answer; None when no point meets the limits."""
    rows = scipy.sparse.vstack([program.firm, *(limit.rows for limit in program.limits)], format="csr")
    bounds = np.concatenate([program.firm_bounds, *(limit.bounds for limit in program.limits)])
    return solve(scaled(worth, rows, bounds), gap=gap, seconds=seconds, told=told)


def _within_limits(program: Program, worth: Vector, request: SelectionRequest, told: Told) -> Answer | None:
    """Return an answer that keeps every limit to the fen; the solver alone keeps them to its tolerance.

    The bound stays that of the limits as given: drawn in, they would prove too little.
    """
    end = time.monotonic() + request.time_limit_seconds
    # Part of the time is kept for the limits the solver breaks by its tolerance.
    first = answer = _solve(program, worth, request.gap, 0.8 * request.time_limit_seconds, told)
    tightened = program
    for _ in range(3):
        if first is None or answer is None or answer.point is None:
            break
        broken = _broken(program, answer.point)
        if not broken.any():
            return replace(answer, bound=first.bound)
        tightened = _tighter(tightened, broken)
        answer = _solve(tightened, worth, request.gap, max(end - time.monotonic(), 1.0), told)
    return first and replace(first, point=None)


def _broken(program: Program, point: Vector) -> Vector:
    """Return by how much the rounded point breaks each limit, beyond half a fen or half a project."""
    over = [float((limit.rows @ point - limit.bounds)[0]) for limit in program.limits]
    return np.array([each if each > 0.5 / FEN_PER_CNY_10K else 0.0 for each in over])


def _tighter(program: Program, broken: Vector) -> Program:
    """Return the program with the broken limits drawn in: by what they were broken by, and the solver's tolerance."""
    limits = [
        replace(limit, bounds=limit.bounds - over - _TOLERANCE * abs(limit.rows).max()) if over else limit
        for limit, over in zip(program.limits, broken.tolist(), strict=True)
    ]
    return replace(program, limits=tuple(limits))


def _nothing(program: Program, remarks: tuple[Finding, ...]) -> NoSelection:
    """Return the ways out; of the relaxed program where that suffices, as it is much quicker."""
    ways = ways_out(replace(program, is_whole=None)) or ways_out(program)
    return NoSelection(is_time_up=False, ways=tuple(tuple(way) for way in ways), remarks=remarks)


def _bought(request: SelectionRequest) -> Callable[[str], tuple[str, str]]:
    def said(worth: str) -> tuple[str, str]:
        if request.objective == "projects":
            return f"约多选 {worth} 个项目", f"brings about {worth} more projects"
        return f"效益约增加 {worth}", f"brings about {worth} more benefit"

    return said


def _with_amounts(candidates: pl.DataFrame, needs: pl.DataFrame) -> pl.DataFrame:
    sums = needs.group_by("project_id", "mix").agg(pl.col("amount_fen").sum())
    return candidates.join(sums, on=["project_id", "mix"], how="left", maintain_order="left")
