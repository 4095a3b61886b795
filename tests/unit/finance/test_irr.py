"""Rates chosen first: a flow is the product of (v - 1/(1+r)) over the rates it should have, so they are known."""

import numpy as np
import numpy_financial as npf
import pytest
import pyxirr
from numpy.typing import NDArray

from registry.errors import InvalidInput
from registry.finance.irr import IrrReason, irr, sign_changes


def flow_with_rates(*rates: float) -> NDArray[np.float64]:
    return np.asarray(np.poly([1 / (1 + rate) for rate in rates])[::-1], dtype=np.float64)


class TestUniqueRate:
    def test_of_the_examination_case(self) -> None:
        answer = irr([-113500, 29878, 32824, 30052, 30052, 36394]).answer(0)
        assert answer.value == pytest.approx(0.121684262, abs=1e-9)
        assert answer.as_dict() == {"value": answer.value, "status": "unique", "all": [answer.value]}

    def test_agrees_with_two_libraries_on_ordinary_flows(self) -> None:
        rng = np.random.default_rng(3)
        flows = np.hstack([-rng.uniform(100, 500, (200, 2)), rng.uniform(5, 150, (200, 28))])
        batch = irr(flows)
        assert set(batch.status_names) == {"unique"}
        assert batch.value == pytest.approx([pyxirr.irr(row) for row in flows.tolist()], abs=1e-9)
        assert batch.value == pytest.approx([npf.irr(row) for row in flows], abs=1e-9)

    @pytest.mark.parametrize(
        ("flow", "rate"),
        [
            ([-100.0, 100.0], 0.0),
            ([-1.0, 11.0], 10.0),
            ([-1.0, 0.0100001], -0.9899999),
            ([100.0, -110.0], 0.1),
            ([0.0, 0.0, -100.0, 0.0, 121.0, 0.0], 0.1),
            ([-1e300, 1.2e300], 0.2),
            ([-1e-300, 1.2e-300], 0.2),
            ([-1e12, 1.05e12, 1e-3], 0.05),
            ([-100.0] + [0.0] * 99 + [100 * 1.03**100], 0.03),
        ],
    )
    def test_holds_at_the_edges(self, flow: list[float], rate: float) -> None:
        answer = irr(flow).answer(0)
        assert answer.status == "unique"
        assert answer.value == pytest.approx(rate, abs=1e-12)

    def test_may_be_negative(self) -> None:
        answer = irr([-100.0, 30.0, 30.0]).answer(0)
        assert answer.value == pytest.approx(npf.irr([-100.0, 30.0, 30.0]), abs=1e-12)
        assert answer.value is not None
        assert answer.value < -0.2

    def test_counts_a_double_root_once_and_says_that_it_only_touches(self) -> None:
        batch = irr([-100.0, 220.0, -121.0])
        assert batch.answer(0).value == pytest.approx(0.1, abs=1e-9)
        assert batch.status_names == ["unique"]
        assert batch.reason[0] == IrrReason.TOUCHING


class TestNoRate:
    @pytest.mark.parametrize(
        ("flow", "reason"),
        [
            ([0.0, 0.0, 0.0], IrrReason.NO_FLOW),
            ([], IrrReason.NO_FLOW),
            ([-5.0], IrrReason.NO_SIGN_CHANGE),
            ([-5.0, -1.0, 0.0], IrrReason.NO_SIGN_CHANGE),
            ([-100.0, -20.0, 1e-8], IrrReason.NO_SIGN_CHANGE),
            ([-1.0, 11.001], IrrReason.NO_ROOT),
            ([-1.0, 0.01], IrrReason.NO_ROOT),
            ([-100.0, 210.0, -112.0], IrrReason.NO_ROOT),
            ([-100.0, float("nan"), 200.0], IrrReason.NOT_FINITE),
            ([-100.0, float("inf")], IrrReason.NOT_FINITE),
        ],
    )
    def test_gives_no_value_and_the_reason(self, flow: list[float], reason: IrrReason) -> None:
        batch = irr(flow)
        answer = batch.answer(0)
        assert (answer.value, answer.status, answer.roots) == (None, "none", ())
        assert batch.reason[0] == reason
        assert answer.reason_zh.startswith("无内部收益率")

    def test_refuses_a_timeline_nobody_plans(self) -> None:
        with pytest.raises(InvalidInput) as caught:
            irr(np.ones((1, 601)))
        assert caught.value.findings[0].code == "irr-too-long"


class TestSeveralRates:
    def test_of_two_positive_rates_are_listed_and_none_is_shown(self) -> None:
        answer = irr([-100.0, 230.0, -132.0]).answer(0)
        assert answer.value is None
        assert answer.status == "multiple"
        assert answer.roots == pytest.approx([0.1, 0.2], abs=1e-12)

    def test_of_a_bullet_bond_show_the_positive_one_beside_the_deeply_negative_one(self) -> None:
        flow = np.array([-100.0] + [8.0] * 19 + [-1.0])
        answer = irr(flow).answer(0)
        assert answer.status == "multiple"
        assert [rate > 0 for rate in answer.roots] == [False, True]
        assert answer.roots[0] < -0.2
        assert answer.value == answer.roots[1]
        discounted = flow[:, None] / (1 + np.array(answer.roots)) ** np.arange(21)[:, None]
        assert discounted.sum(axis=0) / np.abs(discounted).sum(axis=0) == pytest.approx([0.0, 0.0], abs=1e-14)

    @pytest.mark.parametrize(
        "rates",
        [
            (-0.98, 0.05),
            (-0.5, -0.1, 0.2, 3.0),
            (0.0, 0.07),
            (0.1, 0.1001),
            (0.0, 0.1, 0.2, 0.3, 0.4),
            (1 / 1.0371 - 1, 0.3),
        ],
    )
    def test_are_all_found(self, rates: tuple[float, ...]) -> None:
        assert irr(flow_with_rates(*rates)).answer(0).roots == pytest.approx(sorted(rates), abs=1e-7)

    def test_include_a_root_that_touches_beside_one_that_crosses(self) -> None:
        batch = irr(flow_with_rates(0.1, 0.1, 0.5))
        assert batch.answer(0).roots == pytest.approx([0.1, 0.5], abs=1e-7)
        assert batch.reason[0] == IrrReason.TOUCHING

    def test_leave_out_rates_beyond_the_search(self) -> None:
        answer = irr(flow_with_rates(0.08, 12.0)).answer(0)
        assert answer.status == "unique"
        assert answer.value == pytest.approx(0.08, abs=1e-10)


class TestBatch:
    def test_gives_each_row_what_it_gets_alone_bit_for_bit(self) -> None:
        rng = np.random.default_rng(11)
        flows = np.vstack([rng.normal(size=(300, 12)), np.zeros((1, 12)), np.full((1, 12), np.nan)])
        batch = irr(flows)
        for row, flow in enumerate(flows):
            alone = irr(flow)
            assert alone.answer(0) == batch.answer(row)

    def test_leaves_the_flows_of_the_caller_alone(self) -> None:
        for flows in (np.array([-100.0, 230.0, -132.0, 1e-9]), np.array([[-3.0, np.nan, 5.0]]), np.eye(3) * 7.0):
            before = flows.copy()
            irr(flows)
            sign_changes(flows)
            assert np.array_equal(flows, before, equal_nan=True)

    def test_crosses_the_chunk_border(self) -> None:
        flows = np.tile([-100.0, 230.0, -132.0], (8193, 1))
        flows[8192] = [-100.0, 50.0, 60.5]
        batch = irr(flows)
        assert batch.roots.shape == (8193, 2)
        assert batch.status_names[8191:] == ["multiple", "unique"]
        assert len(irr(np.empty((0, 5))).value) == 0

    def test_counts_sign_changes_over_zeros(self) -> None:
        assert sign_changes(
            [[-1.0, 0.0, 2.0, 0.0, -3.0], [0.0, 0.0, 1.0, 1.0, 0.0], [-1.0, 0.0, 0.0, 0.0, 1e-12]]
        ).tolist() == [2, 0, 0]
