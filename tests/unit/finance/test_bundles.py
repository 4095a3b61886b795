"""A bundle adds its components up and says whether it carries itself."""

import numpy as np
import pytest

from finance_builders import case
from registry.errors import InvalidInput
from registry.finance.bundles import evaluate_bundle, self_balance

RIVER = case(revenue_streams=[], operating_costs=[{"annual_amount": 40, "type": "fixed"}])


class TestSelfBalance:
    def test_savings_of_good_years_cover_bad_years_and_the_rest_is_named(self) -> None:
        nets = np.array([[10.0, 10.0, 0.0, 5.0], [-4.0, -4.0, -15.0, -2.0]])
        found = self_balance(nets)
        assert found.transferred.tolist() == [4, 4, 0, 2]
        assert found.closing_cash.tolist() == [6, 12, 0, 3]
        assert found.uncovered.tolist() == [0, 0, 3, 0]
        assert not found.is_balanced


class TestBundle:
    def test_a_plant_carries_a_river_that_earns_nothing(self) -> None:
        parts = [{"name": "污水厂", "case": case()}, {"name": "河道", "case": RIVER}]
        found = evaluate_bundle({"discount_rate": 0.05, "components": parts})
        assert found["self_balance"]["is_balanced"]
        assert found["self_balance"]["transferred"][2] == 40
        assert [part["feeds_others"] for part in found["components"]] == [True, False]
        assert found["series"]["project_cf_pre_tax"][:3] == pytest.approx([-1000, -1000, 160])
        assert found["indicators"]["project_irr_post_tax"]["status"] == "unique"

    def test_a_river_alone_does_not(self) -> None:
        found = evaluate_bundle({"discount_rate": 0.05, "components": [{"name": "河道", "case": RIVER}]})
        assert not found["self_balance"]["is_balanced"]
        assert found["self_balance"]["uncovered"][2:] == [40] * 10

    def test_a_flaw_in_a_component_has_the_whole_path(self) -> None:
        parts = [{"name": "a", "case": case()}, {"name": "b", "case": case(discount_rate=7)}]
        with pytest.raises(InvalidInput) as caught:
            evaluate_bundle({"discount_rate": 0.05, "components": parts})
        assert [finding.path for finding in caught.value.findings] == ["components[1].case.discount_rate"]
