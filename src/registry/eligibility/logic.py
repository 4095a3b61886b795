"""Whether a predicate can be true, and can be false, for any facts at all: interval reasoning over its atoms.

The predicate is written as an OR of ANDs; in each AND every number keeps an interval, every text a set of values.
`a + b > 3 AND b + a < 2` is one linear form with an empty interval. What is not understood counts as free, so a
refusal is always right and an exotic contradiction may pass.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import Any

from sqlglot import exp

from registry.eligibility.facts import Vocabulary
from registry.eligibility.trees import Tree, bind, children, sql, unwrapped

MOST_TERMS = 4000
_MIRRORED = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "=": "=", "<>": "<>"}
_OPPOSITE = {">": "<=", "<": ">=", ">=": "<", "<=": ">", "=": "<>", "<>": "="}
_SYMBOLS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
}


@dataclass(frozen=True, slots=True)
class _Literal:
    atom: Tree
    holds: bool


class _TooManyTerms(Exception):
    pass


def can_be(tree: Tree, values: Mapping[str, Any], vocabulary: Vocabulary, *, wanted: bool) -> bool:
    """Say whether some facts make the predicate `wanted` under these parameter values."""
    return can_be_together([(tree, wanted)], values, vocabulary)


def can_be_together(wishes: Iterable[tuple[Tree, bool]], values: Mapping[str, Any], vocabulary: Vocabulary) -> bool:
    """Say whether some facts make every predicate come out as wished."""
    try:
        options = [_terms(bind(tree, values), wanted=wanted) for tree, wanted in wishes]
        if math.prod(map(len, options)) > MOST_TERMS:
            return True
    except _TooManyTerms:
        return True
    return any(_possible([literal for term in choice for literal in term], vocabulary) for choice in product(*options))


def _terms(node: Tree, *, wanted: bool) -> list[list[_Literal]]:
    """Return the OR of ANDs of a tree, or of its negation."""
    node = unwrapped(node)
    parts = children(node)
    if not parts:
        return [[_Literal(node, wanted)]]
    if isinstance(node, exp.Not):
        return _terms(parts[0], wanted=not wanted)
    options = [_terms(part, wanted=wanted) for part in parts]
    if isinstance(node, exp.And) != wanted:
        joined = [term for option in options for term in option]
    else:
        if math.prod(map(len, options)) > MOST_TERMS:
            raise _TooManyTerms
        joined = [[literal for term in choice for literal in term] for choice in product(*options)]
    if len(joined) > MOST_TERMS:
        raise _TooManyTerms
    return joined


@dataclass(slots=True)
class _Numbers:
    """What is left of a number: an interval with points cut out."""

    low: float = -math.inf
    low_open: bool = True
    high: float = math.inf
    high_open: bool = True
    without: set[float] = field(default_factory=set)

    def narrow(self, symbol: str, bound: float) -> None:
        if symbol == "<>":
            self.without.add(bound)
        if symbol in (">", ">=", "=") and (bound, symbol == ">") > (self.low, self.low_open):
            self.low, self.low_open = bound, symbol == ">"
        if symbol in ("<", "<=", "=") and (-bound, symbol == "<") > (-self.high, self.high_open):
            self.high, self.high_open = bound, symbol == "<"

    def is_empty(self, *, whole: bool) -> bool:
        low, high, low_open, high_open = self.low, self.high, self.low_open, self.high_open
        if whole and math.isfinite(low):
            low, low_open = (math.floor(low) + 1 if low_open else math.ceil(low)), False
        if whole and math.isfinite(high):
            high, high_open = (math.ceil(high) - 1 if high_open else math.floor(high)), False
        if low > high or (low == high and (low_open or high_open)):
            return True
        if whole and math.isfinite(high - low) and high - low < len(self.without):
            return all(point in self.without for point in range(int(low), int(high) + 1))
        return low == high and low in self.without


@dataclass(slots=True)
class _Texts:
    allowed: set[str] | None = None
    without: set[str] = field(default_factory=set)

    def is_empty(self) -> bool:
        return self.allowed is not None and not self.allowed - self.without


@dataclass(slots=True)
class _State:
    vocabulary: Vocabulary
    numbers: dict[tuple[tuple[str, float], ...], _Numbers] = field(default_factory=dict)
    texts: dict[str, _Texts] = field(default_factory=dict)
    truths: dict[str, set[bool]] = field(default_factory=dict)
    contradiction: bool = False

    def truth(self, key: str, value: bool) -> None:
        self.truths.setdefault(key, {True, False}).intersection_update({value})

    def text(self, column: str) -> _Texts:
        choices = self.vocabulary[column].choices if column in self.vocabulary else None
        return self.texts.setdefault(column, _Texts(set(choices) if choices else None))

    def possible(self) -> bool:
        if self.contradiction or any(not left for left in self.truths.values()):
            return False
        if any(texts.is_empty() for texts in self.texts.values()):
            return False
        return not any(left.is_empty(whole=self._is_whole(form)) for form, left in self.numbers.items())

    def _is_whole(self, form: tuple[tuple[str, float], ...]) -> bool:
        name, factor = form[0]
        if len(form) > 1 or factor != 1 or name not in self.vocabulary:
            return False
        fact = self.vocabulary[name]
        return fact.kind == "integer" or fact.sql_type == "date"


def _possible(literals: Sequence[_Literal], vocabulary: Vocabulary) -> bool:
    state = _State(vocabulary)
    for literal in literals:
        _apply(literal, state)
    return state.possible()


def _apply(literal: _Literal, state: _State) -> None:
    atom = literal.atom
    symbol = _SYMBOLS.get(type(atom))
    if isinstance(atom, exp.Cast):  # the NULL of a value nobody could verify: free
        return
    if isinstance(atom, exp.Boolean):
        state.contradiction |= bool(atom.this) != literal.holds
    elif isinstance(atom, exp.In):
        _apply_list(atom, state, holds=literal.holds)
    elif symbol is None:
        state.truth(sql(atom), literal.holds)
    else:
        _compare(atom, symbol if literal.holds else _OPPOSITE[symbol], state)


def _apply_list(atom: exp.In, state: _State, *, holds: bool) -> None:
    items = atom.expressions
    column = unwrapped(atom.this)
    if all(isinstance(item, exp.Literal) and item.is_string for item in items) and isinstance(column, exp.Column):
        named = {str(item.this) for item in items}
        texts = state.text(column.name)
        if holds:
            texts.allowed = named if texts.allowed is None else texts.allowed & named
        else:
            texts.without |= named
    elif not holds:
        for item in items:
            _compare(exp.EQ(this=column.copy(), expression=item.copy()), "<>", state)
    elif len(items) == 1:
        _compare(exp.EQ(this=column.copy(), expression=items[0].copy()), "=", state)


def _compare(atom: Tree, symbol: str, state: _State) -> None:
    left, right = unwrapped(atom.this), unwrapped(atom.expression)
    for one, other, seen in ((left, right, symbol), (right, left, _MIRRORED[symbol])):
        if isinstance(other, exp.Literal) and other.is_string and isinstance(one, exp.Column):
            texts = state.text(one.name)
            if seen == "=":
                named = {str(other.this)}
                texts.allowed = named if texts.allowed is None else texts.allowed & named
            else:
                texts.without.add(str(other.this))
            return
        if isinstance(other, exp.Boolean) and isinstance(one, exp.Column):
            state.truth(one.name, bool(other.this) == (seen == "="))
            return
    form = linear(left)
    for name, factor in linear(right).items():
        form[name] = form.get(name, 0.0) - factor
    _narrow(form, symbol, state)


def _narrow(form: dict[str, float], symbol: str, state: _State) -> None:
    constant = form.pop("", 0.0)
    named = sorted((name, factor) for name, factor in form.items() if factor)
    if not named:
        truths = {"=": constant == 0, "<>": constant != 0, ">": constant > 0, ">=": constant >= 0}
        truths |= {"<": constant < 0, "<=": constant <= 0}
        state.contradiction |= not truths[symbol]
        return
    scale = named[0][1]
    key = tuple((name, round(factor / scale, 12)) for name, factor in named)
    turned = symbol if scale > 0 else _MIRRORED[symbol]
    state.numbers.setdefault(key, _Numbers()).narrow(turned, round(-constant / scale, 12) + 0.0)


def linear(node: Tree) -> dict[str, float]:  # noqa: PLR0911 - one line per kind of node
    """Return the factors of each fact, the constant under the empty name; what is not linear is one opaque name."""
    node = unwrapped(node)
    if isinstance(node, exp.Literal) and not node.is_string:
        return {"": float(node.this)}
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal):
        return {"": float(date.fromisoformat(node.this.this).toordinal())}
    if isinstance(node, exp.Column):
        return {node.name: 1.0}
    if isinstance(node, exp.Neg):
        return _scaled(linear(node.this), -1.0)
    if isinstance(node, (exp.Add, exp.Sub)) and not isinstance(node.expression, exp.Interval):
        total = linear(node.this)
        for name, factor in _scaled(linear(node.expression), -1.0 if isinstance(node, exp.Sub) else 1.0).items():
            total[name] = total.get(name, 0.0) + factor
        return total
    if isinstance(node, (exp.Mul, exp.Div)):
        return _product(node)
    return {sql(node): 1.0}


def _product(node: Tree) -> dict[str, float]:
    left, right = linear(node.this), linear(node.expression)
    if set(right) == {""} and (isinstance(node, exp.Mul) or right[""]):
        return _scaled(left, right[""] if isinstance(node, exp.Mul) else 1 / right[""])
    if set(left) == {""} and isinstance(node, exp.Mul):
        return _scaled(right, left[""])
    return {sql(node): 1.0}


def _scaled(form: dict[str, float], factor: float) -> dict[str, float]:
    return {name: value * factor for name, value in form.items()}
