"""National choices of 10,000 projects with three mixes each, of several kinds of difficulty."""

from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import polars as pl

from registry.portfolio.choices import Quota, SelectionRequest

COUNT = 10_000
KINDS = ("base", "noisy", "correlated", "tight", "many quotas", "number")
_MIXES = (
    ("grant", (0.3, 0.2, 0.5), 1.0),
    ("bond", (0.1, 0.6, 0.3), 0.95),
    ("loan", (0.05, 0.05, 0.9), 0.9),
)
"""Name, shares of central money, bond and loan, and what is left of the benefit."""
_YEARS = ((2026, 0.4), (2027, 0.35), (2028, 0.25))
_SOURCES = (("central_fund", 0.04), ("special_bond", 0.12), ("policy_bank_loan", 0.2))


def instance(kind: str, seed: int) -> SelectionRequest:
    """Return a choice under 9 budgets, 39 to 156 quotas, 200 dependencies and 200 either-or pairs.

    `noisy`: needs differ by year. `correlated`: benefit is nearly proportional to size, the hardest for a knapsack.
    `tight`: every region between 95 and 105 projects. `many quotas`: numbers and money by region and task, all of
    them narrow, with noisy needs. `number`: as many projects as possible.
    """
    rng = np.random.default_rng(seed)
    size = rng.lognormal(9, 1, COUNT)
    worth = rng.normal(1, 0.02, COUNT) if kind == "correlated" else rng.lognormal(0, 0.5, COUNT)
    place = {
        "region": [f"R{i}" for i in rng.integers(0, 31, COUNT)],
        "task": [f"T{i}" for i in rng.integers(0, 8, COUNT)],
    }
    candidates, needs = [], []
    for mix, shares, factor in _MIXES:
        own = {"project_id": np.arange(COUNT), "mix": [mix] * COUNT}
        candidates.append(pl.DataFrame({**own, "benefit": size * worth * factor, **place}))
        for (source, _), share in zip(_SOURCES, shares, strict=True):
            for year, part in _YEARS:
                noise = rng.uniform(0.8, 1.2, COUNT) if kind in ("noisy", "many quotas") else 1.0
                amount = (size * share * part * noise * 1e6).astype(np.int64)
                where = {"source": [source] * COUNT, "year": [year] * COUNT}
                needs.append(pl.DataFrame({**own, **where, "amount_fen": amount}))
    total = float(size.sum())
    pairs = [(int(a), int(b)) for a, b in rng.integers(0, COUNT, (400, 2)) if a != b]
    return SelectionRequest(
        pl.concat(candidates),
        pl.concat(needs),
        {
            (source, year): Decimal(int(total * share * part))
            for source, share in _SOURCES
            for year, part in ((2026, 0.38), (2027, 0.35), (2028, 0.27))
        },
        tuple(_quotas(kind, total)),
        depends_on=tuple(pairs[:200]),
        either_or=tuple(pairs[200:]),
        objective="projects" if kind == "number" else "benefit",
    )


def _quotas(kind: str, total: float) -> Iterator[Quota]:
    regions, tasks = [f"R{i}" for i in range(31)], [f"T{i}" for i in range(8)]
    if kind == "many quotas":
        yield from (Quota("region", each, least=Decimal(100), most=Decimal(130)) for each in regions)
        yield from (Quota("task", each, least=Decimal(350), most=Decimal(500)) for each in tasks)
        most, low, high = (Decimal(int(total * share)) for share in (0.4 / 31, 0.2 / 8, 0.5 / 8))
        yield from (Quota("region", each, most=most, measure="money") for each in regions)
        yield from (Quota("task", each, least=low, most=high, measure="money") for each in tasks)
        return
    least, most_projects, per_task = (95, 105, 340) if kind == "tight" else (60, 400, 150)
    yield from (Quota("region", each, least=Decimal(least), most=Decimal(most_projects)) for each in regions)
    yield from (Quota("task", each, least=Decimal(per_task)) for each in tasks)
