"""What reviewers do on the way of an application: assignments, opinions of departments, remarks, and the moves."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

from registry.demo import words
from registry.demo.courses import Course
from registry.demo.dice import Dice
from registry.demo.happenings import Assignment, Happening, Move, OpinionGiven, OpinionsAsked, Remark
from registry.demo.moments import LAST_MOMENT, between
from registry.projects.lifecycle.model import DEPARTMENTS
from registry.projects.lifecycle.states import Action
from registry.projects.model import Dossier

Level = Literal["province", "ministry"]
_LEVEL_OF_STATE: Mapping[str, Level] = {"submitted": "province", "recommended": "ministry"}
_REASONS: Mapping[Action, tuple[str, ...]] = {
    "recommend": words.RECOMMENDED,
    "return": words.RETURN_REASONS,
    "decline": words.DECLINED,
    "admit": words.ADMITTED,
    "withdraw": words.WITHDRAWN,
    "expire": words.EXPIRED,
    "remove": words.REMOVED,
    "implement": words.IMPLEMENTED,
}
_ALWAYS_ASKED = ("investment", "compliance", "funding_lines", "documents", "content")
_ASSIGNED, _ASKED, _REMARKED, _NOTED = 0.3, 0.3, 0.4, 0.1

Sections = Mapping[datetime, tuple[str, ...]]
"""Parts of the dossier asked for, by the moment of the return."""


def returned_sections(dice: Dice, course: Course, dossier: Dossier) -> Sections:
    """Return what each return of this course asks for: parts with gaps first of all."""
    empty = [name for name in ("approvals", "benefits", "performance_goals") if not getattr(dossier, name)]
    found = {}
    for action, at in course.moves:
        if action == "return":
            wanted = [dice.pick([*empty, *_ALWAYS_ASKED, *words.RETURNED]) for _ in range(dice.integer(1, 3))]
            found[at] = tuple(dict.fromkeys(wanted))
    return found


def moves_of(dice: Dice, number: int, course: Course, asked: Sections) -> Iterator[Happening]:
    """Yield the moves of one application and what reviewers do in between; `reopen` is left to the save it comes of."""
    reviewers, assigned = _reviewers(dice), _assigned(dice)
    following: list[tuple[Action | None, datetime]] = [*course.moves[1:], (None, LAST_MOMENT)]
    for (action, at), (after, end) in zip(course.moves, following, strict=False):
        if action != "reopen":
            yield _move(dice, number, action, at, reviewers, asked.get(at, ()), course.state_before(at))
        level = _LEVEL_OF_STATE.get(course.state_after(at))
        if level is None:
            continue
        if level in assigned:
            assigned.discard(level)
            moment = between(dice, at, end, within=3)
            yield Assignment(at=moment, by=level, course=number, reviewer=reviewers[level])
        if dice.chance(_ASKED):
            yield from _opinions(dice, number, at, end, reviewers[level], after)
        if after == "return":
            yield from _remarks(dice, course, end, reviewers[level], asked[end])
        elif dice.chance(_NOTED):
            yield Remark(
                at=between(dice, at, end, within=5),
                by=reviewers[level],
                section="investment",
                audience="reviewers",
                text=dice.pick(words.REVIEWER_NOTES),
            )
    if dice.chance(_NOTED):
        section, text = "content", dice.pick(words.CITY_NOTES)
        yield Remark(
            at=between(dice, course.opened_at, LAST_MOMENT, within=9),
            by="clerk",
            section=section,
            audience="city",
            text=text,
        )


def _reviewers(dice: Dice) -> dict[Level, str]:
    return {
        "province": "province" if dice.chance(0.65) else "province2",
        "ministry": "ministry" if dice.chance(0.65) else "ministry2",
    }


def _assigned(dice: Dice) -> set[Level]:
    levels: tuple[Level, ...] = ("province", "ministry")
    return {level for level in levels if dice.chance(_ASSIGNED)}


def _move(
    dice: Dice,
    number: int,
    action: Action,
    at: datetime,
    reviewers: Mapping[Level, str],
    sections: tuple[str, ...],
    state: str,
) -> Move:
    by = {"submit": "city", "withdraw": "city", "implement": reviewers["province"]}.get(action)
    by = by or reviewers[_LEVEL_OF_STATE.get(state, "ministry")]
    if action == "submit":
        reason = dice.pick(words.SUBMISSIONS if state == "draft" else words.RESUBMISSIONS)
    else:
        reason = dice.pick(_REASONS[action])
    asked = {section: dice.pick(words.RETURNED[section]) for section in sections}
    return Move(at=at, by=by, course=number, action=action, reason=reason, sections=asked)


def _opinions(
    dice: Dice, number: int, start: datetime, end: datetime, by: str, after: Action | None
) -> Iterator[Happening]:
    """Yield one or two departments asked; before an application goes on all have answered."""
    first = dice.pick(tuple(DEPARTMENTS))
    asked = tuple(dict.fromkeys((first, dice.pick(tuple(DEPARTMENTS)))))
    # A week after the start at most, and always after an assignment, which comes within three days.
    at = between(dice, between(dice, start, end, within=3), end, within=5)
    yield OpinionsAsked(at=at, by=by, course=number, departments=asked)
    for department in asked:
        if after in {"recommend", "admit"} or dice.chance(0.4):
            is_favourable = dice.chance(0.95 if after in {"recommend", "admit"} else 0.6)
            yield OpinionGiven(
                at=between(dice, at, end, within=9),
                by=by,
                course=number,
                department=department,
                is_favourable=is_favourable,
                opinion=dice.pick(words.FAVOURABLE if is_favourable else words.UNFAVOURABLE),
            )


def _remarks(dice: Dice, course: Course, returned_at: datetime, by: str, sections: tuple[str, ...]) -> Iterator[Remark]:
    again = next((at for action, at in course.moves if action == "submit" and at > returned_at), None)
    for section in sections:
        if dice.chance(_REMARKED):
            at = between(dice, course.before(returned_at), returned_at)
            is_settled = again is not None and dice.chance(0.8)
            settled_at = between(dice, returned_at, again) if again is not None and is_settled else None
            text = dice.pick(words.RETURNED[section])
            yield Remark(at=at, by=by, section=section, audience="both", text=text, settled_at=settled_at)
