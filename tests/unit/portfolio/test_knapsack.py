"""The gap of a choice is proven: against a search of everything, with a core far smaller than the choice."""

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from registry.portfolio import knapsack
from registry.portfolio.knapsack import Answer, Knapsack, scaled, solve


def sack_of(seed: int, count: int = 120) -> Knapsack:
    """A few large projects among many small ones, five budgets and a floor: the relaxed program takes some in part."""
    rng = np.random.default_rng(seed)
    size = rng.lognormal(0, 1.5, count)
    rows = size * rng.uniform(0.5, 1.5, (5, count))
    floor = -(np.arange(count) % 3 == 0).astype(float)
    whole = sparse.csr_array(np.vstack([rows, floor]))
    return scaled(size * rng.lognormal(0, 0.3, count), whole, np.append(0.3 * rows.sum(axis=1), -10.0))


def best_of_all(sack: Knapsack) -> float:
    found = milp(
        -sack.worth,
        integrality=np.ones(len(sack.worth), dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(sack.rows, -np.inf, sack.bounds),
        options={"mip_rel_gap": 1e-9},
    )
    assert found.fun is not None
    return -float(found.fun)


@pytest.mark.parametrize("seed", range(6))
def test_the_bound_holds_and_the_gap_is_met_though_the_core_is_small(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knapsack, "CORE", 25)
    sack = sack_of(seed)
    best = best_of_all(sack)
    answer = solve(sack, gap=1e-3, seconds=60)
    assert answer is not None
    assert answer.point is not None
    value = float(sack.worth @ answer.point)
    assert (sack.rows @ answer.point <= sack.bounds + 1e-6).all()
    assert set(np.unique(answer.point)) <= {0.0, 1.0}
    assert answer.gap(sack.worth) <= 1e-3
    assert value <= best * (1 + 1e-9)
    assert answer.bound >= best * (1 - 1e-9)


def test_nothing_is_found_where_nothing_is_allowed() -> None:
    sack = sack_of(1)
    impossible = Knapsack(sack.worth, sack.rows, np.append(sack.bounds[:-1], -1000.0))
    assert solve(impossible, gap=1e-3, seconds=5) is None


def test_time_that_is_up_leaves_the_best_so_far_with_its_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knapsack, "CORE", 25)
    sack = sack_of(2)
    heard: list[Answer] = []
    answer = solve(sack, gap=0.0, seconds=0.0, told=heard.append)
    assert answer is not None
    assert answer.point is not None
    assert 0 <= answer.gap(sack.worth) < 0.2
    assert [each.bound for each in heard] == [answer.bound]
    assert answer.bound >= best_of_all(sack) * (1 - 1e-9)
