"""The nearest way in: smallest, within the rules, proven by judging again."""

from datetime import date
from typing import Any

import pytest

from registry.eligibility.checked import Packs
from registry.eligibility.explain import assess
from registry.eligibility.model import Judgement
from registry.eligibility.nearest import WayIn, nearest_way_in

OLD, NEW = date(2024, 6, 1), date(2026, 1, 1)
GOOD: dict[str, Any] = {
    "total_investment": "10000",
    "project_capital": "3000",
    "special_bond_total": 0,
    "construction_status": "not_started",
    "document_d02": True,
    "has_implementation_plan": False,
    "city_code": "330500",
}


def way(sample: Packs, *, as_of: date = OLD, given: tuple[Judgement, ...] = (), **change: Any) -> WayIn:
    row = {name: value for name, value in {**GOOD, **change}.items() if value is not None}
    (found,) = nearest_way_in(sample, row, as_of=as_of, judgements=given).ways
    return found


def moves(found: WayIn) -> list[tuple[Any, ...]]:
    return [(change.kind, change.after.name, change.before.value, change.after.value) for change in found.changes]


class TestTheWayIn:
    def test_moves_the_lever_of_a_share_to_the_threshold_and_no_further(self, sample: Packs) -> None:
        found = way(sample, project_capital="1500")
        assert moves(found) == [("number", "project_capital", "1500", "2000")]
        assert (found.is_open, found.verdict_then, found.changes[0].difference) == (True, "eligible", 500.0)

    def test_lands_on_whole_yuan_on_the_right_side(self, sample: Packs) -> None:
        # A fifth of 9 999.9999 is 1 999.99998 万元: not a whole 元, so the next one above.
        found = way(sample, total_investment="9999.9999", project_capital="1500")
        assert moves(found) == [("number", "project_capital", "1500", "2000")]

    def test_adds_a_document_said_not_to_exist(self, sample: Packs) -> None:
        assert moves(way(sample, document_d02=False)) == [("document", "document_d02", False, True)]

    def test_takes_the_document_rather_than_shrinking_the_project(self, sample: Packs) -> None:
        found = way(sample, document_d02=False, project_capital="1500")
        assert sorted(change.after.name for change in found.changes) == ["document_d02", "project_capital"]

    def test_lowers_a_number_above_its_ceiling(self, sample: Packs) -> None:
        found = way(sample, construction_status="under_construction", construction_progress_ratio=0.62)
        assert moves(found) == [("number", "construction_progress_ratio", 0.62, 0.5)]

    def test_states_what_nobody_gave(self, sample: Packs) -> None:
        found = way(sample, construction_status=None)
        assert [(change.kind, change.after.name) for change in found.changes] == [("state", "construction_status")]
        assert set(found.changes[0].allowed) == {"not_started", "completed"}

    def test_leaves_what_a_person_must_decide_to_the_person(self, sample: Packs) -> None:
        found = way(sample, has_implementation_plan=True, project_capital="1999")
        assert (found.verdict_then, found.judgements) == ("judgement", ("depth-of-plan",))

    def test_is_proven_by_judging_the_changed_project_again(self, sample: Packs) -> None:
        change: dict[str, Any] = {"project_capital": "700", "document_d02": None, "construction_status": None}
        found = way(sample, **change)
        after = {one.after.name: one.after.value for one in found.changes}
        row = {name: value for name, value in {**GOOD, **change, **after}.items() if value is not None}
        (verdict,) = assess(sample, row, as_of=OLD)
        assert verdict.verdict == "eligible"
        for dropped in after:
            less = {name: value for name, value in row.items() if name != dropped}
            if GOOD.get(dropped) is not None and dropped in change and change[dropped] is not None:
                less[dropped] = change[dropped]
            (without,) = assess(sample, less, as_of=OLD)
            assert without.verdict != "eligible", f"{dropped} was not needed"


class TestAClosedLibrary:
    def test_names_the_rules_that_no_number_or_document_opens(self, sample: Packs) -> None:
        found = way(sample, as_of=NEW, implementation_mode="eod", loan_approval_date="2025-06-01")
        assert (found.is_open, found.changes, found.closed_by) == (False, (), ("eod-closed",))
        assert found.verdict_then == found.verdict_now == "ineligible"

    def test_stays_closed_by_a_person(self, sample: Packs) -> None:
        no = Judgement(
            pack="sample", version="v1", rule="depth-of-plan", answer=False, person="王工", reason="浅", decided_on=OLD
        )
        assert not way(sample, has_implementation_plan=True, given=(no,)).is_open


def test_a_project_that_is_in_needs_no_way(sample: Packs) -> None:
    assert nearest_way_in(sample, GOOD, as_of=OLD).ways == ()


@pytest.mark.parametrize("capital", ["0", "1", "1999.9999"])
def test_changes_rank_by_how_many_libraries_they_open(sample: Packs, capital: str) -> None:
    ways = nearest_way_in(sample, {**GOOD, "project_capital": capital}, as_of=OLD)
    assert [(shared.change.after.value, shared.packs) for shared in ways.changes] == [("2000", ("sample",))]
