from typing import Any

from registry.projects.differences import line_differences

FUND = {"source": "central_fund", "year": 2026, "amount": "3000", "status": "planned"}
BOND = {"source": "special_bond", "year": 2027, "amount": "5000", "status": "gap"}


def told(before: list[Any], after: list[Any]) -> list[tuple[str, int]]:
    return [(each.kind, each.number) for each in line_differences(before, after, key="source")]


class TestChildRecords:
    def test_do_not_differ_by_their_order(self) -> None:
        assert told([FUND, BOND], [BOND, FUND]) == []

    def test_are_not_changed_by_one_put_on_top(self) -> None:
        new = {"source": "equity", "year": 2025, "amount": "1", "status": "secured"}
        assert told([FUND, BOND], [new, FUND, BOND]) == [("added", 1)]

    def test_are_followed_where_they_moved(self) -> None:
        secured = {**FUND, "amount": "3200", "status": "secured"}
        similar = {**FUND, "source": "central_budget", "amount": "800"}
        (added, changed, gone) = line_differences([FUND, BOND], [similar, secured], key="source")
        assert (added.kind, added.number, added.after) == ("added", 1, similar)
        assert (changed.kind, changed.before, changed.after) == ("changed", FUND, secured)
        assert (gone.kind, gone.number, gone.before) == ("removed", 2, BOND)

    def test_are_told_apart_when_repeated(self) -> None:
        assert told([FUND, FUND], [FUND]) == [("removed", 2)]
        assert told([FUND], [FUND, FUND]) == [("added", 2)]

    def test_come_and_go_with_their_list(self) -> None:
        assert told([], [FUND]) == [("added", 1)]
        assert told([FUND], []) == [("removed", 1)]
