from typing import Any

import pytest

from packaged import evaluated, golden_case
from registry.packages.drawing import draw
from registry.packages.pictures import PICTURES, Money, Picture

PLANT = "G1"


@pytest.fixture(scope="module")
def money() -> Money:
    case = golden_case(PLANT)
    return Money("ML-0000001", case, evaluated(case))


def picture(money: Money, name: str) -> Picture:
    found = PICTURES[name](money)
    assert found is not None
    return found


@pytest.mark.parametrize("name", PICTURES)
class TestEachPicture:
    def test_is_drawn_and_has_a_sentence_in_both_languages(self, money: Money, name: str) -> None:
        found = picture(money, name)
        assert draw(found.spec).startswith("<svg")
        assert all(found.title)
        assert all(found.says)

    def test_has_a_table_as_wide_as_its_headings(self, money: Money, name: str) -> None:
        found = picture(money, name)
        assert found.rows
        assert {len(row) for row in found.rows} == {len(found.columns)}


def test_the_tables_hold_the_figures_of_the_evaluation(money: Money) -> None:
    flow = money.evaluation.series["project_cf_post_tax"]
    rows = picture(money, "cash-flow").rows
    assert [row[1] for row in rows] == list(flow)
    assert rows[-1][2] == pytest.approx(sum(value or 0 for value in flow))
    profile = picture(money, "debt-profile").rows
    assert [row[1] for row in profile] == list(money.evaluation.series["revenue"])
    assert [row[3] for row in profile] == list(money.evaluation.series["debt_closing_balance"])


def test_the_tornado_begins_with_what_matters_most_and_stands_on_the_base_case(money: Money) -> None:
    rows: tuple[Any, ...] = picture(money, "tornado").rows
    swings = [abs(row[3] - row[1]) for row in rows]
    assert swings == sorted(swings, reverse=True)
    base = money.evaluation.indicators["dscr_min"]
    assert all(row[2] == pytest.approx(base) for row in rows)


def test_the_draws_are_those_of_the_package(money: Money) -> None:
    again = Money("ML-0000001", golden_case(PLANT), money.evaluation)
    assert picture(again, "monte-carlo").rows == picture(money, "monte-carlo").rows
    other = Money("ML-0000002", golden_case(PLANT), money.evaluation)
    assert picture(other, "monte-carlo").rows != picture(money, "monte-carlo").rows
