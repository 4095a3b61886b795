from dataclasses import replace
from itertools import product
from typing import Any, get_args

import pytest

from applications import EXPECTED
from registry.accounts.model import Actor, Group
from registry.projects.lifecycle.states import (
    ACTIONS,
    NEEDS,
    OPEN_STATES,
    STATES,
    TABLE,
    State,
    actions_for,
    diagram,
    pending_states,
)

GROUPS: tuple[Group, ...] = get_args(Group)


def _actor(group: Any) -> Actor:
    return Actor(1, 1, group, None, "某人", "reviewer")


class TestTheTable:
    @pytest.mark.parametrize(("state", "group"), list(product(EXPECTED, GROUPS)))
    def test_lets_each_group_do_this_in_each_state(self, state: State, group: str) -> None:
        found = {row.action: row.new_state for row in actions_for(state, _actor(group))}
        assert found == EXPECTED[state].get(group, {})

    def test_leaves_signing_to_the_second_pair_of_eyes(self) -> None:
        clerk = replace(_actor("province"), role="clerk")
        reader = replace(_actor("province"), scopes=frozenset())
        assert actions_for("submitted", clerk) == actions_for("submitted", reader) == []

    def test_knows_no_other_state(self) -> None:
        assert set(STATES) == set(EXPECTED) == set(get_args(State))

    def test_reopens_only_an_entry_and_only_by_a_major_edit(self) -> None:
        rows = [(row.state, row.new_state, row.needs) for row in TABLE if row.action == "reopen"]
        assert rows == [("in_library", "submitted", ("major_edit",))]

    def test_closes_what_nobody_can_move(self) -> None:
        assert frozenset({"draft", "submitted", "recommended", "returned", "in_library"}) == OPEN_STATES

    def test_asks_for_a_reason_wherever_somebody_else_is_affected(self) -> None:
        without = {(row.state, row.action) for row in TABLE if "reason" not in row.needs}
        assert without == {
            ("draft", "submit"),
            ("draft", "withdraw"),
            ("returned", "submit"),
            ("in_library", "reopen"),
            ("in_library", "expire"),
        }

    def test_asks_for_sections_in_every_return(self) -> None:
        assert [("sections" in row.needs) for row in TABLE if row.action == "return"] == [True, True]

    def test_words_everything_in_both_languages(self) -> None:
        assert all(zh and en for words in (STATES, ACTIONS, NEEDS) for zh, en in words.values())

    def test_waits_for_one_group_at_a_time(self) -> None:
        waiting = {group: pending_states(_actor(group)) for group in GROUPS}
        assert waiting == {
            "city": {"draft", "returned"},
            "province": {"submitted"},
            "ministry": {"recommended"},
            "bank": frozenset(),
            "public": frozenset(),
            "operator": frozenset(),
        }


class TestTheDiagram:
    def test_shows_every_state_and_every_move(self) -> None:
        lines = diagram().splitlines()
        assert lines[0] == "stateDiagram-v2"
        assert '    state "已入库" as in_library' in lines
        assert "    recommended --> in_library: 同意入库（国家审核部门）" in lines
        assert "    in_library --> implemented: 确认实施（省级审核部门、国家审核部门）" in lines
        assert sum("-->" in line for line in lines) == 17 + 1 + 5
