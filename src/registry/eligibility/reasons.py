"""Reasons 判断依据: the tree under an answer, down to each comparison with the value found and the value required."""

from collections.abc import Iterable, Iterator, Sequence
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
class Outline:
    """What explaining a bound tree needs, worked out once: groups down to atoms, atoms with their expressions.

    `left` and `right` are the sides of an atom that compares numbers or dates.
    """

    operator: Literal["all", "any", "not", "atom"]
    parts: tuple["Outline", ...] = ()
    text: str = ""
    facts: tuple[str, ...] = ()
    relation: str = ""
    required: Any = None
    unit: str | None = None
    truth: pl.Expr | None = None
    left: pl.Expr | None = None
    right: pl.Expr | None = None

    def atoms(self) -> Iterator["Outline"]:
        """Yield the leaves, left to right."""
        if self.operator == "atom":
            yield self
        for part in self.parts:
            yield from part.atoms()


def outline(tree: Tree, vocabulary: Vocabulary) -> Outline:
    """Return the outline of a bound tree."""
    tree = unwrapped(tree)
    parts = children(tree)
    if parts:
        return Outline(_GROUPS[type(tree)], tuple(outline(part, vocabulary) for part in parts))
    facts = tuple(dict.fromkeys(column.name for column in tree.find_all(exp.Column)))
    units = {vocabulary[name].unit for name in facts}
    relation, required = _requirement(tree)
    is_measured = type(tree) in COMPARISONS and _is_measured(tree, facts, vocabulary)
    return Outline(
        "atom",
        text=sql(tree),
        facts=facts,
        relation=relation,
        required=required,
        unit=units.pop() if len(units) == 1 else None,
        truth=to_polars(tree),
        left=value_to_polars(tree.this) if is_measured else None,
        right=value_to_polars(tree.expression) if is_measured else None,
    )


def _is_measured(atom: Tree, facts: Sequence[str], vocabulary: Vocabulary) -> bool:
    kinds = {vocabulary[name].sql_type for name in facts}
    return kinds <= {"number", "date"} or atom.find(exp.Extract, exp.Length) is not None


def _requirement(atom: Tree) -> tuple[str, Any]:
    """Return the relation and what stands on its other side; None where that must be evaluated."""
    if type(atom) in COMPARISONS:
        other = unwrapped(atom.expression)
        if isinstance(other, exp.Literal) and other.is_string:
            return COMPARISONS[type(atom)], str(other.this)
        return COMPARISONS[type(atom)], bool(other.this) if isinstance(other, exp.Boolean) else None
    if isinstance(atom, exp.In):
        return "in", [item.this if isinstance(item, exp.Literal) else sql(item) for item in atom.expressions]
    if isinstance(atom, exp.Like):
        return "like", str(atom.expression.this)
    return "is", True


class Readings:
    """The values of every fact and every atom for one project, evaluated in one pass."""

    def __init__(self, vocabulary: Vocabulary, table: pl.DataFrame, outlines: Iterable[Outline]) -> None:
        self.vocabulary = vocabulary
        self.facts: dict[str, Any] = table.row(0, named=True) if table.width else {}
        self._values: dict[str, FactValue] = {}
        atoms = {atom.text: atom for whole in outlines for atom in whole.atoms()}
        wanted: dict[str, pl.Expr] = {}
        for number, atom in enumerate(atoms.values()):
            sides = {f"t{number}": atom.truth, f"l{number}": atom.left, f"r{number}": atom.right}
            wanted |= {name: side for name, side in sides.items() if side is not None}
        row = table.select(**wanted).row(0, named=True) if wanted else {}
        self.atoms: dict[str, tuple[Truth, Any, Any]] = {
            text: (row[f"t{number}"], _plain(row.get(f"l{number}")), _plain(row.get(f"r{number}")))
            for number, text in enumerate(atoms)
        }

    def fact(self, name: str) -> FactValue:
        """Return one fact as found."""
        if name not in self._values:
            self._values[name] = fact_value(self.vocabulary[name], self.facts.get(name))
        return self._values[name]

    def reason(self, whole: Outline) -> Reason:
        """Return the explained tree; truths are folded as SQL folds them."""
        if whole.operator == "atom":
            return self._atom(whole)
        inner = tuple(self.reason(part) for part in whole.parts)
        return Group(whole.operator, fold(whole.operator, [part.holds for part in inner]), inner)

    def _atom(self, atom: Outline) -> Atom:
        holds, left, right = self.atoms[atom.text]
        is_date = isinstance(right, date) or isinstance(left, date)
        required = (right.isoformat() if isinstance(right, date) else right) if atom.required is None else atom.required
        found = tuple(self.fact(name) for name in atom.facts)
        unit = "天" if is_date else atom.unit
        return Atom(atom.text, holds, found, atom.relation, required, _distance(left, right), unit)


def _plain(value: Any) -> Any:
    """Return polars' decimal literals as the floats they are compared as."""
    return float(value) if isinstance(value, (Decimal, int)) and not isinstance(value, bool) else value


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
