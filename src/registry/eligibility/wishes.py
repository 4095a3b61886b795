"""What would have to be different for a condition to hold: alternatives of wishes on single facts.

Numbers may move, documents may be added, facts nobody gave may be stated. What a project is known to be (a choice, a
yes/no fact, a date) is not wished away.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice, product
from typing import Any

from sqlglot import exp

from registry.eligibility.facts import GOVERNING_DATE, Fact, Vocabulary
from registry.eligibility.logic import linear
from registry.eligibility.reasons import Readings, Truth, fold
from registry.eligibility.trees import COMPARISONS, Tree, children, sql, unwrapped

MOST_OPTIONS = 64
_OPPOSITE = {">": "<=", "<": ">=", ">=": "<", "<=": ">", "=": "<>", "<>": "="}
_MIRRORED = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "=": "=", "<>": "<>"}


@dataclass(frozen=True, slots=True)
class Wish:
    """One fact should stand in this relation to a value; `values` for one of several."""

    fact: str
    operator: str
    values: tuple[Any, ...]


Option = tuple[Wish, ...]


def truth(tree: Tree, readings: Readings) -> Truth:
    """Return the truth of a bound tree under the readings."""
    tree = unwrapped(tree)
    parts = children(tree)
    if not parts:
        return readings.atoms[sql(tree)][0]
    operator = "not" if isinstance(tree, exp.Not) else "all" if isinstance(tree, exp.And) else "any"
    return fold(operator, [truth(part, readings) for part in parts])


def options(tree: Tree, readings: Readings, *, wanted: bool) -> list[Option]:
    """Return the alternatives that make a bound tree come out as wanted, fewest wishes first; none if nothing can."""
    tree = unwrapped(tree)
    if truth(tree, readings) is wanted:
        return [()]
    parts = children(tree)
    if not parts:
        return list(_atom_options(tree, readings, wanted=wanted))
    if isinstance(tree, exp.Not):
        return options(parts[0], readings, wanted=not wanted)
    found = [options(part, readings, wanted=wanted) for part in parts]
    if isinstance(tree, exp.And) == wanted:
        return joined(found)
    return _fewest([option for each in found for option in each])


def joined(found: Sequence[list[Option]]) -> list[Option]:
    """Return every combination of one option each."""
    return _fewest(
        [
            tuple(dict.fromkeys(wish for option in choice for wish in option))
            for choice in islice(product(*found), MOST_OPTIONS * 4)
        ]
    )


def _fewest(found: list[Option]) -> list[Option]:
    return sorted(dict.fromkeys(found), key=len)[:MOST_OPTIONS]


def _atom_options(atom: Tree, readings: Readings, *, wanted: bool) -> Iterator[Option]:
    if isinstance(atom, exp.Column):
        yield from _yes_no(atom.name, readings, wanted=wanted)
    elif isinstance(atom, exp.In) and isinstance(unwrapped(atom.this), exp.Column):
        items = tuple(item.this for item in atom.expressions if isinstance(item, exp.Literal))
        yield from _stated(unwrapped(atom.this).name, items, readings, wanted=wanted)
    elif type(atom) in COMPARISONS:
        yield from _comparison(atom, readings, wanted=wanted)


def _yes_no(name: str, readings: Readings, *, wanted: bool) -> Iterator[Option]:
    fact = readings.vocabulary[name]
    is_added = fact.origin == "document" and wanted
    if readings.facts.get(name) is None or is_added:
        yield (Wish(name, "=", (wanted,)),)


def _stated(name: str, items: tuple[Any, ...], readings: Readings, *, wanted: bool) -> Iterator[Option]:
    if readings.facts.get(name) is not None:
        return
    choices = readings.vocabulary[name].choices
    if wanted:
        yield (Wish(name, "in", items),)
    elif choices:
        others = tuple(choice for choice in choices if choice not in items)
        if others:
            yield (Wish(name, "in", others),)


def _comparison(atom: Tree, readings: Readings, *, wanted: bool) -> Iterator[Option]:
    operator = COMPARISONS[type(atom)]
    operator = operator if wanted else _OPPOSITE[operator]
    column, other = unwrapped(atom.this), unwrapped(atom.expression)
    if isinstance(column, exp.Column) and isinstance(other, exp.Boolean):
        yield from _yes_no(column.name, readings, wanted=bool(other.this) == (operator == "="))
    elif isinstance(column, exp.Column) and isinstance(other, exp.Literal) and other.is_string:
        yield from _stated(column.name, (other.this,), readings, wanted=operator == "=")
    else:
        yield from _moved(atom, operator, readings)


def _moved(atom: Tree, operator: str, readings: Readings) -> Iterator[Option]:
    """Yield, for each number of the comparison, where it would have to stand while the others stay."""
    form = linear(atom.this)
    for name, factor in linear(atom.expression).items():
        form[name] = form.get(name, 0.0) - factor
    constant = form.pop("", 0.0)
    names = [name for name, factor in form.items() if factor]
    if not all(name in readings.vocabulary for name in names):
        return
    for name in names:
        fact = readings.vocabulary[name]
        rest = [_number(readings.facts.get(other)) for other in names if other != name]
        if not _may_move(fact, readings) or None in rest:
            continue
        fixed = constant + sum(
            form[other] * (_number(readings.facts[other]) or 0.0) for other in names if other != name
        )
        bound = -fixed / form[name]
        turned = operator if form[name] > 0 else _MIRRORED[operator]
        if fact.sql_type == "date":
            yield (Wish(name, turned, (date.fromordinal(round(bound)),)),)
        elif bound > 0 or turned in (">", ">=") or (bound == 0 and turned in ("<=", "=")):
            yield (Wish(name, turned, (bound,)),)


def _number(value: Any) -> float | None:
    return None if value is None else float(value.toordinal()) if isinstance(value, date) else float(value)


def _may_move(fact: Fact, readings: Readings) -> bool:
    """Say whether a fact may move: a known date is history, and so is a number that comes of known dates."""
    if fact.name == GOVERNING_DATE:
        return False
    known = readings.facts.get(fact.name) is not None
    if fact.sql_type == "date":
        return not known
    return fact.build is None or fact.lever is not None or not known


@dataclass(slots=True)
class Target:
    """Where a number should stand: wishes on it taken together."""

    low: float = -math.inf
    low_open: bool = False
    high: float = math.inf
    high_open: bool = False
    avoid: tuple[float, ...] = ()

    def take(self, wish: Wish) -> None:
        """Narrow by one wish."""
        bound = float(wish.values[0])
        if wish.operator == "<>":
            self.avoid = (*self.avoid, bound)
        if wish.operator in (">", ">=", "=") and (bound, wish.operator == ">") > (self.low, self.low_open):
            self.low, self.low_open = bound, wish.operator == ">"
        if wish.operator in ("<", "<=", "=") and (-bound, wish.operator == "<") > (-self.high, self.high_open):
            self.high, self.high_open = bound, wish.operator == "<"

    def nearest(self, current: float | None, step: float) -> float | None:
        """Return the nearest value to the current one (or to zero); None when the wishes contradict each other."""
        low = self.low + step if self.low_open else self.low
        high = self.high - step if self.high_open else self.high
        if low > high:
            return None
        start = current if current is not None else low if math.isfinite(low) else high if math.isfinite(high) else 0.0
        value = min(max(start, low), high)
        return value + step if value in self.avoid else value


def targets(option: Option, facts: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, Any] | None:
    """Return one value for each wished fact; None when the wishes contradict each other."""
    chosen: dict[str, Any] = {}
    numbers: dict[str, Target] = {}
    for wish in option:
        fact = vocabulary[wish.fact]
        if fact.sql_type == "number":
            numbers.setdefault(wish.fact, Target()).take(wish)
        elif fact.sql_type == "date":
            chosen[wish.fact] = _day(wish)
        elif wish.fact not in chosen or chosen[wish.fact] in wish.values:
            chosen.setdefault(wish.fact, wish.values[0])
        else:
            return None
    for name, target in numbers.items():
        value = target.nearest(facts.get(name), step_of(vocabulary[name]))
        if value is None:
            return None
        chosen[name] = value
    return chosen


def _day(wish: Wish) -> date:
    day: date = wish.values[0]
    shift = {">": 1, "<": -1}.get(wish.operator, 0)
    return date.fromordinal(day.toordinal() + shift)


def step_of(fact: Fact) -> float:
    """Return the smallest change worth making: 1 元 in 万元, one basis point, one whole."""
    return {"money": 0.0001, "ratio": 0.0001, "integer": 1.0}.get(fact.kind, 0.01)
