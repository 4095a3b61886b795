"""The course of one application through the life cycle: which moves, on which days, up to the state it stands in.

Rates are plausible ones: of what was decided about one application in four failed (declined, withdrawn, removed);
what waits is mostly within its days, and some of it is late.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from registry.demo.dice import Dice, running
from registry.demo.moments import LAST_DAY, working_moment
from registry.projects.lifecycle.states import Action, State, transition

_SHARES: dict[State, float] = {
    "draft": 12,
    "submitted": 14,
    "recommended": 9,
    "returned": 12,
    "in_library": 27,
    "declined": 8,
    "withdrawn": 3,
    "expired": 3,
    "removed": 2,
    "implemented": 10,
}
_STATES, _RUNNING = tuple(_SHARES), running(tuple(_SHARES.values()))
_ENTRY: tuple[Action, ...] = ("submit", "recommend", "admit")
_WAYS: dict[State, tuple[tuple[Action, ...], ...]] = {
    "draft": ((),),
    "submitted": (("submit",),),
    "recommended": (("submit", "recommend"),),
    "returned": (("submit", "return"), ("submit", "return"), ("submit", "recommend", "return")),
    "in_library": (_ENTRY,),
    "declined": (("submit", "decline"), ("submit", "recommend", "decline")),
    "withdrawn": (("withdraw",), ("submit", "withdraw"), ("submit", "return", "withdraw"), (*_ENTRY, "withdraw")),
    "expired": ((*_ENTRY, "expire"),),
    "removed": ((*_ENTRY, "remove"),),
    "implemented": ((*_ENTRY, "implement"),),
}
_AGES: dict[State, tuple[int, int]] = {
    "draft": (1, 120),
    "submitted": (1, 26),
    "recommended": (1, 26),
    "returned": (1, 40),
    "in_library": (5, 900),
    "declined": (5, 600),
    "withdrawn": (5, 600),
    "expired": (3, 200),
    "removed": (5, 300),
    "implemented": (5, 400),
}
"""Days a state has lasted on the last day."""

_ENDING_AGES = (925, 1085)
"""Days since an entry whose three years end within half a year."""

_GAPS: dict[Action, tuple[int, int]] = {
    "submit": (4, 40),
    "recommend": (4, 24),
    "return": (4, 24),
    "decline": (5, 25),
    "admit": (5, 28),
    "reopen": (60, 300),
    "withdraw": (6, 60),
    "expire": (1102, 1125),
    "remove": (90, 500),
    "implement": (120, 700),
}
"""Days from the move before. Four at least: a move that fell on a weekend is dated the Friday before."""

_RETURNED, _REOPENED, _ENDING = 0.22, 0.12, 0.14


@dataclass(frozen=True, slots=True)
class Course:
    """One application to one library: when it was begun, and its moves in order."""

    library: str
    opened_at: datetime
    moves: tuple[tuple[Action, datetime], ...]
    end: State

    @property
    def submitted_at(self) -> datetime | None:
        """Return when it was first submitted, None if never."""
        return next((at for action, at in self.moves if action == "submit"), None)

    def state_after(self, at: datetime) -> State:
        """Return the state in which the move of this moment leaves the application."""
        state: State = "draft"
        for action, moment in self.moves:
            row = transition(state, action)
            if row is None or moment > at:
                break
            state = row.new_state
        return state

    def before(self, at: datetime) -> datetime:
        """Return the moment of the move before this one, or that of the opening."""
        return max((moment for _, moment in self.moves if moment < at), default=self.opened_at)

    def state_before(self, at: datetime) -> State:
        """Return the state in which the move of this moment finds the application."""
        earlier = self.before(at)
        return "draft" if earlier == self.opened_at else self.state_after(earlier)

    @property
    def last_at(self) -> datetime:
        """Return when it last moved."""
        return self.moves[-1][1] if self.moves else self.opened_at


def draw_course(dice: Dice, library: str, *, may_reopen: bool) -> Course:
    """Return an application to this library. `may_reopen`: a major edit may have sent it back to the first review."""
    end = dice.weighted(_STATES, _RUNNING)
    path = _with_returns(dice, dice.pick(_WAYS[end]))
    is_ending = end == "in_library" and dice.chance(_ENDING)
    if may_reopen and end in {"in_library", "submitted"} and not is_ending and dice.chance(_REOPENED):
        path = [*path, "reopen", "recommend", "admit"] if end == "in_library" else [*_ENTRY, "reopen"]
    age = dice.integer(*(_ENDING_AGES if is_ending else _AGES[end]))
    if "reopen" in path:
        # The entry of before must still be good: its validity runs on through the second review.
        age = min(age, 500)
    return _dated(dice, library, path, age, end)


def draw_second_try(dice: Dice, before: Course) -> Course | None:
    """Return the draft with which a city tries again what failed or ran out, if it does and there was time for it."""
    days = (LAST_DAY - before.last_at.date()).days
    if before.end not in {"declined", "withdrawn", "expired"} or days < 30 or not dice.chance(0.4):  # noqa: PLR2004 - a month
        return None
    return _dated(dice, before.library, [], dice.integer(1, days - 10), "draft")


def _with_returns(dice: Dice, path: Sequence[Action]) -> list[Action]:
    """Return the moves with returns and resubmissions put in, always such as the table of states allows."""
    state: State = "draft"
    found: list[Action] = []
    for action in path:
        if action != "return" and state in {"submitted", "recommended"} and dice.chance(_RETURNED):
            found += ["return", "submit"] if state == "submitted" else ["return", "submit", "recommend"]
        found.append(action)
        row = transition(state, action)
        if row is None:
            raise ValueError(f"{action} does not exist in state {state}")
        state = row.new_state
    return found


def _dated(dice: Dice, library: str, path: Sequence[Action], age: int, end: State) -> Course:
    gaps = [dice.integer(*_GAPS[action]) for action in path]
    day = LAST_DAY - timedelta(days=age + sum(gaps))
    opened_at = working_moment(dice, day)
    moves = []
    for action, gap in zip(path, gaps, strict=True):
        day += timedelta(days=gap)
        moves.append((action, working_moment(dice, day)))
    return Course(library, opened_at, tuple(moves), end)
