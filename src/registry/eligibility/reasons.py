"""Reasons 判断依据: the tree under an answer, down to each comparison with the value found and the value required."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import msgspec
import polars as pl
from sqlglot import exp

from registry.eligibility.facts import Fact, Vocabulary
from registry.eligibility.trees import COMPARISONS, Tree, children, sql, to_polars, unwrapped, value_to_polars
from registry.quantities import money_text

DISTANCE_DIGITS = 7
Truth = bool | None
_GROUPS: dict[type[exp.Expr], Literal["all", "any", "not"]] = {exp.And: "all", exp.Or: "any", exp.Not: "not"}


class FactValue(msgspec.Struct, frozen=True):
    """A fact as it was found: money in 万元 as decimal text, a date as ISO text, None for not known."""

    name: str
    zh: str
    en: str
    value: float | str | bool | None
    unit: str | None
    value_zh: str | None
    """What a person reads: the term of a choice, 是 or 否; None while not known."""


class Atom(msgspec.Struct, frozen=True, tag="atom", tag_field="kind"):
    """One comparison: what was found, what is required, whether it holds, and how far it is off.

    `distance` is the left side minus the right side in `unit` (days for dates); None where there is nothing to
    subtract or a value is not known.
    """

    text: str
    holds: Truth
    found: tuple[FactValue, ...]
    operator: str
    required: Any
    distance: float | None
    unit: str | None


class Group(msgspec.Struct, frozen=True, tag="group", tag_field="kind"):
    """`all`, `any` or `not` of its children."""

    operator: Literal["all", "any", "not"]
    holds: Truth
    children: tuple["Atom | Group", ...]


Reason = Atom | Group


@dataclass(frozen=True, slots=True)
class Sides:
    """Expressions of one atom: its truth, and both sides where it compares numbers or dates."""

    truth: pl.Expr
    left: pl.Expr | None
    right: pl.Expr | None


def sides_of(atom: Tree, vocabulary: Vocabulary) -> Sides:
    """Return what must be evaluated to explain an atom."""
    if type(atom) in COMPARISONS and _is_measured(atom, vocabulary):
        return Sides(to_polars(atom), value_to_polars(atom.this), value_to_polars(atom.expression))
    return Sides(to_polars(atom), None, None)


def _is_measured(atom: Tree, vocabulary: Vocabulary) -> bool:
    columns = {column.name for column in atom.find_all(exp.Column)}
    kinds = {vocabulary[name].sql_type for name in columns}
    return kinds <= {"number", "date"} or atom.find(exp.Extract, exp.Length) is not None


def atoms_of(tree: Tree) -> Iterable[Tree]:
    """Yield the leaves of a bound tree, left to right."""
    tree = unwrapped(tree)
    parts = children(tree)
    if not parts:
        yield tree
    for part in parts:
        yield from atoms_of(part)


class Readings:
    """The values of every fact and every atom for one project, evaluated in one pass."""

    def __init__(self, vocabulary: Vocabulary, table: pl.DataFrame, sides: Mapping[str, Sides]) -> None:
        self.vocabulary = vocabulary
        self.facts: dict[str, Any] = table.row(0, named=True) if table.width else {}
        wanted: dict[str, pl.Expr] = {}
        for number, side in enumerate(sides.values()):
            wanted[f"t{number}"] = side.truth
            if side.left is not None and side.right is not None:
                wanted[f"l{number}"], wanted[f"r{number}"] = side.left, side.right
        row = table.select(**wanted).row(0, named=True) if wanted else {}
        self.atoms: dict[str, tuple[Truth, Any, Any]] = {
            text: (row[f"t{number}"], _plain(row.get(f"l{number}")), _plain(row.get(f"r{number}")))
            for number, text in enumerate(sides)
        }

    def fact(self, name: str) -> FactValue:
        """Return one fact as found."""
        return fact_value(self.vocabulary[name], self.facts.get(name))

    def reason(self, tree: Tree) -> Reason:
        """Return the explained tree; truths are folded as SQL folds them."""
        tree = unwrapped(tree)
        parts = children(tree)
        if not parts:
            return self._atom(tree)
        inner = tuple(self.reason(part) for part in parts)
        operator = _GROUPS[type(tree)]
        return Group(operator, fold(operator, [part.holds for part in inner]), inner)

    def _atom(self, atom: Tree) -> Atom:
        text = sql(atom)
        holds, left, right = self.atoms[text]
        names = dict.fromkeys(column.name for column in atom.find_all(exp.Column))
        found = tuple(self.fact(name) for name in names)
        operator, required = _requirement(atom, right)
        units = {self.vocabulary[name].unit for name in names}
        is_date = isinstance(right, date) or isinstance(left, date)
        unit = "天" if is_date else units.pop() if len(units) == 1 else None
        return Atom(text, holds, found, operator, required, _distance(left, right), unit)


def _plain(value: Any) -> Any:
    """Return polars' decimal literals as the floats they are compared as."""
    return float(value) if isinstance(value, (Decimal, int)) and not isinstance(value, bool) else value


def _requirement(atom: Tree, right: Any) -> tuple[str, Any]:
    if type(atom) in COMPARISONS:
        other = unwrapped(atom.expression)
        if isinstance(other, exp.Literal) and other.is_string:
            return COMPARISONS[type(atom)], str(other.this)
        if isinstance(other, exp.Boolean):
            return COMPARISONS[type(atom)], bool(other.this)
        return COMPARISONS[type(atom)], right.isoformat() if isinstance(right, date) else right
    if isinstance(atom, exp.In):
        return "in", [item.this if isinstance(item, exp.Literal) else sql(item) for item in atom.expressions]
    if isinstance(atom, exp.Like):
        return "like", str(atom.expression.this)
    return "is", True


def _distance(left: Any, right: Any) -> float | None:
    if isinstance(left, date) and isinstance(right, date):
        return float((left - right).days)
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return round(left - right, DISTANCE_DIGITS) + 0.0
    return None


def fold(operator: str, truths: Sequence[Truth]) -> Truth:
    """Return the three-valued AND, OR or NOT of SQL."""
    if operator == "not":
        return None if truths[0] is None else not truths[0]
    decisive = operator == "any"
    if decisive in truths:
        return decisive
    return None if None in truths else not decisive


def fact_value(fact: Fact, value: Any) -> FactValue:
    """Return a fact with a value, as it is shown."""
    shown = presented(fact, value)
    return FactValue(fact.name, fact.zh, fact.en, shown, fact.unit, _read_aloud(fact, shown))


def presented(fact: Fact, value: Any) -> float | str | bool | None:
    """Return the wire form of a fact's value."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if fact.kind == "money":
        return money_text(Decimal(repr(round(float(value), 6))))
    return float(value)


def _read_aloud(fact: Fact, value: float | str | bool | None) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "是" if value else "否"
    if fact.choices and isinstance(value, str):
        return fact.choices.get(value, value)
    return f"{value:g}" if isinstance(value, float) else value


def undecided(reason: Reason) -> Iterable[str]:
    """Yield the facts not known that keep a reason undecided; parts already settled are passed over."""
    if reason.holds is not None:
        return
    if isinstance(reason, Atom):
        yield from (fact.name for fact in reason.found if fact.value is None)
    else:
        for child in reason.children:
            yield from undecided(child)
