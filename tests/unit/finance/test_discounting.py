"""P04 is a worked answer of the consulting-engineer examination; the other figures were worked out by hand."""

import numpy as np
import numpy_financial as npf
import pytest

from registry.finance.discounting import discount_factors, dynamic_payback, mirr, npv, payback

P04 = [-113500.0, 29878.0, 32824.0, 30052.0, 30052.0, 36394.0]


class TestNpv:
    def test_discounts_the_first_construction_year_once_as_the_examination_does(self) -> None:
        assert npv(P04, 0.1)[0] == pytest.approx(5901.212998028, abs=1e-6)

    def test_is_larger_by_one_year_of_interest_when_the_first_year_is_year_zero(self) -> None:
        assert npv(P04, 0.1, "year_zero")[0] == pytest.approx(5901.212998028 * 1.1, abs=1e-6)
        assert npv(P04, 0.1, "mid_year")[0] == pytest.approx(5901.212998028 * 1.1**0.5, abs=1e-6)

    def test_takes_one_rate_per_row(self) -> None:
        values = npv([[0.0, 121.0], [0.0, 144.0]], np.array([0.1, 0.2]))
        assert values == pytest.approx([100.0, 100.0])

    def test_of_no_discount_is_the_plain_sum(self) -> None:
        assert npv([[-3.0, 1.0, 5.0]], 0.0)[0] == 3.0
        assert discount_factors(2, 0.25) == pytest.approx([0.8, 0.64])


class TestMirr:
    def test_agrees_with_numpy_financial(self) -> None:
        flows = np.random.default_rng(5).normal(size=(40, 12))
        expected = [npf.mirr(row, 0.06, 0.09) for row in flows]
        assert mirr(flows, 0.06, 0.09) == pytest.approx(expected, abs=1e-12)

    def test_of_one_outlay_and_one_return_is_the_plain_rate(self) -> None:
        assert mirr([-100.0, 0.0, 144.0], 0.05, 0.07)[0] == pytest.approx(0.2)

    @pytest.mark.parametrize("flow", [[-1.0, -2.0], [1.0, 2.0], [0.0, 0.0]])
    def test_does_not_exist_without_both_an_outflow_and_an_inflow(self, flow: list[float]) -> None:
        assert np.isnan(mirr(flow, 0.05, 0.05)[0])


class TestPayback:
    def test_is_interpolated_in_the_year_of_crossing(self) -> None:
        assert payback(P04).years[0] == pytest.approx(4.69033675, abs=1e-8)
        assert dynamic_payback(P04, 0.1).years[0] == pytest.approx(5.712744991, abs=1e-8)

    def test_is_a_whole_number_when_the_cumulative_is_exactly_zero_at_a_year_end(self) -> None:
        assert payback([-100.0, 60.0, 40.0, 5.0]).years[0] == 3.0

    def test_does_not_miss_a_zero_that_binary_fractions_leave_just_below(self) -> None:
        flow = [-0.8, 0.1, 0.7]
        assert sum(flow) < 0
        assert payback(flow).years[0] == pytest.approx(3.0)

    def test_is_empty_when_the_flow_never_pays_back_or_has_nothing_to_pay_back(self) -> None:
        years = payback([[-100.0, 50.0, 49.0], [10.0, 5.0, 5.0], [0.0, 0.0, 0.0]]).years
        assert np.isnan(years).all()

    def test_waits_for_an_investment_that_starts_late(self) -> None:
        assert payback([0.0, -100.0, 50.0, 100.0]).years[0] == pytest.approx(3.5)

    def test_keeps_the_first_crossing_and_says_when_it_is_lost_again(self) -> None:
        result = payback([[-100.0, 120.0, -50.0, 60.0], [-100.0, 120.0, -10.0, 60.0]])
        assert result.years == pytest.approx([1 + 100 / 120, 1 + 100 / 120])
        assert result.lost_again.tolist() == [True, False]
