"""Seeded draws 随机抽样 of uncertain inputs; `samples` says what came of them.

Every project has a generator of its own, `default_rng([run_seed, project_number])`, so its draws do not depend on
which other projects run, in which order, in how many chunks or on how many workers. All distributions are drawn by
inverting their distribution function at correlated uniforms (Gaussian copula), so correlation changes how factors move
together and never how each of them is spread.
"""

import math
from collections.abc import Sequence
from typing import Annotated, Final, Literal

import numpy as np
import scipy
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from registry.errors import Finding, InvalidInput, shown
from registry.quantities import Number, Ratio

Floats = NDArray[np.float64]

MOST_DRAWS: Final = 10_000_000
_SEMI_DEFINITE: Final = -1e-10
"""Eigenvalues above this are zero but for rounding."""
_SUM_ROUNDING: Final = 1e-9
_COUNT_EN: Final = f"the number of draws should be 1 to {MOST_DRAWS}"


class _Spec(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Triangular(_Spec):
    """三角分布: lowest, most likely, highest."""

    kind: Literal["triangular"] = "triangular"
    low: Number
    mode: Number
    high: Number


class Normal(_Spec):
    """正态分布, truncated where `low` or `high` is given."""

    kind: Literal["normal"] = "normal"
    mean: Number
    sd: Annotated[Number, Field(ge=0)]
    low: Number | None = None
    high: Number | None = None


class Lognormal(_Spec):
    """对数正态分布 with this mean and standard deviation of the value itself, less `shift` (a change: shift 1)."""

    kind: Literal["lognormal"] = "lognormal"
    mean: Annotated[Number, Field(gt=0)]
    sd: Annotated[Number, Field(ge=0)]
    shift: Number = 0.0


class Uniform(_Spec):
    """均匀分布."""

    kind: Literal["uniform"] = "uniform"
    low: Number
    high: Number


class Discrete(_Spec):
    """离散分布: values with probabilities that sum to one."""

    kind: Literal["discrete"] = "discrete"
    values: Annotated[list[Number], Field(min_length=1, max_length=1000)]
    probabilities: Annotated[list[Ratio], Field(min_length=1, max_length=1000)]


Distribution = Annotated[Triangular | Normal | Lognormal | Uniform | Discrete, Field(discriminator="kind")]


class Correlation(_Spec):
    """相关系数 of the normal scores of two factors."""

    first: str
    second: str
    value: Annotated[Number, Field(ge=-1, le=1)]


class DrawPlan(_Spec):
    """What is uncertain: a distribution per factor, and correlations (none by default)."""

    factors: Annotated[dict[str, Distribution], Field(min_length=1, max_length=50)]
    correlations: list[Correlation] = []


def generator_of(run_seed: int, project_number: int) -> np.random.Generator:
    """Return the generator of one project in one run; both numbers are at least zero."""
    return np.random.default_rng([run_seed, project_number])


def draw(plan: DrawPlan, draws: int, *, run_seed: int, project_number: int = 0) -> dict[str, Floats]:
    """Return `draws` values (draws,) of every factor of the plan.

    The order of the factors in the plan does not matter. Raises InvalidInput with every finding of `findings_of_plan`.
    """
    findings = findings_of_plan(plan)
    if not 1 <= draws <= MOST_DRAWS:
        findings.append(_finding("draws", "draw-count", f"抽样次数应为 1 至 {MOST_DRAWS}", _COUNT_EN, draws))
    if findings:
        raise InvalidInput.of(findings)
    names = sorted(plan.factors)
    normals = generator_of(run_seed, project_number).standard_normal((draws, len(names)))
    if plan.correlations:
        normals = _times(normals, _root_of(_matrix(plan, names)))
    return {name: _inverse(plan.factors[name], normals[:, i]) for i, name in enumerate(names)}


def findings_of_plan(plan: DrawPlan, path: str = "plan") -> list[Finding]:
    """Return every reason why a plan cannot be drawn."""
    found = [finding for name, spec in plan.factors.items() for finding in _flaws(spec, f"{path}.factors.{name}")]
    pairs = set()
    for i, pair in enumerate(plan.correlations):
        place = f"{path}.correlations[{i}]"
        unknown = [name for name in (pair.first, pair.second) if name not in plan.factors]
        key = frozenset((pair.first, pair.second))
        if unknown:
            found.append(_finding(
                place, "unknown-factor", f"相关系数引用了未给出分布的因素：{'、'.join(unknown)}",
                f"the correlation names factors without a distribution: {', '.join(unknown)}", unknown,
            ))  # fmt: skip
        elif len(key) == 1 or key in pairs:
            found.append(_finding(
                place, "correlation-pair", "每对不同因素只能给出一个相关系数",
                "each pair of two different factors takes one correlation", f"{pair.first}, {pair.second}",
            ))  # fmt: skip
        pairs.add(key)
    if not found and plan.correlations:
        found += _not_semi_definite(_matrix(plan, sorted(plan.factors)), f"{path}.correlations")
    return found


def _flaws(spec: Distribution, path: str) -> list[Finding]:
    message: tuple[str, str] | None = None
    if isinstance(spec, Triangular) and not spec.low <= spec.mode <= spec.high:
        message = "三角分布应满足 最低 ≤ 最可能 ≤ 最高", "a triangular distribution needs low <= mode <= high"
    elif isinstance(spec, Uniform) and not spec.low <= spec.high:
        message = "均匀分布应满足 下限 ≤ 上限", "a uniform distribution needs low <= high"
    elif isinstance(spec, Normal) and _empty_truncation(spec):
        message = (
            "截断正态分布应满足 下限 < 上限，且区间距均值不超过 8 个标准差",
            "a truncated normal needs low < high, no farther than 8 standard deviations from the mean",
        )
    elif isinstance(spec, Discrete):
        apart = len(spec.values) != len(spec.probabilities)
        total = math.fsum(spec.probabilities)
        if apart or min(spec.probabilities) < 0 or abs(total - 1) > _SUM_ROUNDING:
            message = (
                f"离散分布的取值与概率应一一对应，概率不为负且合计为 1（实际合计 {total:g}）",
                f"a discrete distribution needs one probability per value, none negative, sum 1 (found {total:g})",
            )
    return [] if message is None else [_finding(path, "bad-distribution", *message, spec.kind)]


def _finding(path: str, code: str, message_zh: str, message_en: str, value: object) -> Finding:
    return Finding(path, code, f"{path}：{message_zh}", f"{path}: {message_en}", shown(value))


def _empty_truncation(spec: Normal) -> bool:
    low = -math.inf if spec.low is None else spec.low
    high = math.inf if spec.high is None else spec.high
    if spec.sd == 0:
        return not low <= spec.mean <= high
    farthest = 8 * spec.sd
    return not (low < high and low <= spec.mean + farthest and high >= spec.mean - farthest)


def _matrix(plan: DrawPlan, names: Sequence[str]) -> Floats:
    matrix = np.eye(len(names))
    for pair in plan.correlations:
        i, j = names.index(pair.first), names.index(pair.second)
        matrix[i, j] = matrix[j, i] = pair.value
    return matrix


def _not_semi_definite(matrix: Floats, path: str) -> list[Finding]:
    lowest = float(np.linalg.eigvalsh(matrix)[0])
    if lowest >= _SEMI_DEFINITE * len(matrix):
        return []
    return [_finding(
        path, "not-semi-definite",
        f"相关系数矩阵不是半正定（最小特征值 {lowest:.4g}），这些相关系数不可能同时成立；请减小其绝对值",
        f"the correlations cannot hold together: the matrix is not positive semi-definite (lowest eigenvalue "
        f"{lowest:.4g}); make them smaller in size",
        f"{lowest:.6g}",
    )]  # fmt: skip


def _root_of(matrix: Floats) -> Floats:
    """Return the symmetric square root: unlike a Cholesky factor it also exists on the edge of definiteness."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)


def _times(normals: Floats, root: Floats) -> Floats:
    """Return normals @ root summed in a fixed order: a matrix product may round differently for other row counts."""
    product = np.zeros_like(normals)
    for k, row in enumerate(root):
        product += normals[:, k : k + 1] * row
    return product


def _inverse(spec: Distribution, normals: Floats) -> Floats:
    """Return the value of a factor at standard normal scores."""
    if isinstance(spec, Normal):
        return _normal(spec, normals)
    if isinstance(spec, Lognormal):
        spread = math.log1p((spec.sd / spec.mean) ** 2)
        centre = math.log(spec.mean) - spread / 2
        return np.asarray(np.exp(centre + math.sqrt(spread) * normals) - spec.shift)
    shares = scipy.special.ndtr(normals)
    if isinstance(spec, Uniform):
        return np.asarray(spec.low + (spec.high - spec.low) * shares)
    if isinstance(spec, Triangular):
        return _triangular(spec, shares)
    steps = np.cumsum(spec.probabilities)[:-1]
    return np.asarray(spec.values, dtype=np.float64)[np.searchsorted(steps, shares, side="right")]


def _normal(spec: Normal, normals: Floats) -> Floats:
    if spec.sd == 0 or (spec.low is None and spec.high is None):
        return np.asarray(spec.mean + spec.sd * normals)
    below = 0.0 if spec.low is None else float(scipy.special.ndtr((spec.low - spec.mean) / spec.sd))
    above = 1.0 if spec.high is None else float(scipy.special.ndtr((spec.high - spec.mean) / spec.sd))
    scores = scipy.special.ndtri(below + (above - below) * scipy.special.ndtr(normals))
    return np.asarray(np.clip(spec.mean + spec.sd * scores, spec.low, spec.high))


def _triangular(spec: Triangular, shares: Floats) -> Floats:
    width = spec.high - spec.low
    if width == 0:
        return np.full_like(shares, spec.low)
    rising = spec.low + np.sqrt(shares * width * (spec.mode - spec.low))
    falling = spec.high - np.sqrt((1 - shares) * width * (spec.high - spec.mode))
    return np.asarray(np.where(shares <= (spec.mode - spec.low) / width, rising, falling))
