"""Laws of internal rates of return, on flows nobody chose by hand."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from registry.finance.irr import HIGHEST_RATE, LOWEST_RATE, irr, sign_changes

amounts = st.one_of(st.just(0), st.integers(-10_000, 10_000))
flows = st.lists(amounts, min_size=2, max_size=14).map(lambda values: np.array(values, dtype=np.float64))
rates = st.lists(st.integers(-60, 300), min_size=1, max_size=5, unique=True).map(
    lambda percents: sorted(percent / 100 for percent in percents)
)


def listed(flow: NDArray[np.float64]) -> tuple[float, ...]:
    return irr(flow).answer(0).roots


@settings(deadline=None, max_examples=300)
@given(flows)
def test_npv_at_every_rate_is_zero(flow: NDArray[np.float64]) -> None:
    for rate in listed(flow):
        assert LOWEST_RATE < rate <= HIGHEST_RATE
        discounted = flow / (1 + rate) ** np.arange(len(flow))
        assert abs(discounted.sum()) <= 1e-9 * np.abs(discounted).sum()


@settings(deadline=None, max_examples=300)
@given(flows)
def test_npv_changes_sign_nowhere_but_at_a_listed_rate(flow: NDArray[np.float64]) -> None:
    grid = np.expm1(np.linspace(np.log(0.0101), np.log(11.0), 1500))
    discounted = flow[:, None] / (1 + grid) ** np.arange(len(flow))[:, None]
    ratio = discounted.sum(axis=0) / np.maximum(np.abs(discounted).sum(axis=0), 1e-300)
    known = np.abs(ratio) > 1e-9
    signs, at = np.sign(ratio[known]), grid[known]
    crossings = np.flatnonzero(signs[1:] != signs[:-1])
    found = np.array(listed(flow))
    for crossing in crossings:
        assert ((found >= at[crossing]) & (found <= at[crossing + 1])).any()


@settings(deadline=None, max_examples=200)
@given(rates)
def test_every_rate_a_flow_was_built_from_is_found(chosen: list[float]) -> None:
    flow = np.asarray(np.poly([1 / (1 + rate) for rate in chosen])[::-1], dtype=np.float64)
    found = listed(flow)
    assert len(found) == len(chosen)
    assert np.allclose(found, chosen, atol=2e-6)


@settings(deadline=None, max_examples=150)
@given(flows, st.floats(1e-6, 1e9))
def test_neither_scale_nor_sign_nor_idle_years_move_the_rates(flow: NDArray[np.float64], scale: float) -> None:
    expected = listed(flow)
    for other in (flow * scale, -flow, np.concatenate([[0.0, 0.0], flow, [0.0]])):
        assert np.allclose(listed(other), expected, rtol=0, atol=1e-6) if expected else not listed(other)


@settings(deadline=None, max_examples=150)
@given(flows)
def test_reversing_time_turns_each_growth_factor_into_its_reciprocal(flow: NDArray[np.float64]) -> None:
    mirrored = sorted(1 / (1 + rate) - 1 for rate in listed(flow[::-1]))
    inside = [rate for rate in listed(flow) if rate > -0.9]
    assert np.allclose(inside, [rate for rate in mirrored if rate > -0.9 and rate <= HIGHEST_RATE], atol=1e-6)


@settings(deadline=None, max_examples=150)
@given(flows)
def test_there_are_never_more_rates_than_sign_changes(flow: NDArray[np.float64]) -> None:
    assert len(listed(flow)) <= sign_changes(flow)[0]
