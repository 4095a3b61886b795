"""The formula of a statement row, as a small tree that several readers understand.

`numpy_reader` evaluates the tree for a batch of projects, the workbook writer emits it as a live Excel formula, and
`formula_text` prints it for people. A row refers to rows of the same year (`of`), of an earlier year (`prior`), to
scalar figures (same `of`), and may condense a row over the years (`over_years`). There is nothing else: what cannot
be said with these nodes is either an input cell or an indicator.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

Operand: TypeAlias = "Expression | float"
ArithmeticSign = Literal["+", "-", "*", "/", "^"]
ComparisonSign = Literal[">", ">=", "<", "<=", "="]
Condensation = Literal["sum", "lowest", "highest", "average"]


class Expression:
    """A formula or a part of one; arithmetic and comparison operators build larger ones."""

    __slots__ = ()

    def __add__(self, other: Operand) -> Arithmetic:
        return Arithmetic("+", self, lift(other))

    def __sub__(self, other: Operand) -> Arithmetic:
        return Arithmetic("-", self, lift(other))

    def __mul__(self, other: Operand) -> Arithmetic:
        return Arithmetic("*", self, lift(other))

    def __truediv__(self, other: Operand) -> Arithmetic:
        return Arithmetic("/", self, lift(other))

    def __pow__(self, other: Operand) -> Arithmetic:
        return Arithmetic("^", self, lift(other))

    def __radd__(self, other: float) -> Arithmetic:
        return Arithmetic("+", lift(other), self)

    def __rsub__(self, other: float) -> Arithmetic:
        return Arithmetic("-", lift(other), self)

    def __neg__(self) -> Arithmetic:
        return Arithmetic("-", Constant(0.0), self)

    def __gt__(self, other: Operand) -> Comparison:
        return Comparison(">", self, lift(other))

    def __ge__(self, other: Operand) -> Comparison:
        return Comparison(">=", self, lift(other))

    def __lt__(self, other: Operand) -> Comparison:
        return Comparison("<", self, lift(other))

    def __le__(self, other: Operand) -> Comparison:
        return Comparison("<=", self, lift(other))

    def equals(self, other: Operand) -> Comparison:
        """Return the comparison "is equal to" (`==` keeps its Python meaning)."""
        return Comparison("=", self, lift(other))


@dataclass(frozen=True, slots=True)
class Ref(Expression):
    """The value of a row in this year, or `years_back` earlier (zero before year 1), or of a scalar figure."""

    key: str
    years_back: int = 0


@dataclass(frozen=True, slots=True)
class Constant(Expression):
    """A number; house rule: only 0 and 1 inside a formula, everything else is a named cell. NaN is a blank cell."""

    value: float


@dataclass(frozen=True, slots=True)
class Arithmetic(Expression):
    """Left and right joined by one arithmetic sign."""

    sign: ArithmeticSign
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Comparison(Expression):
    """A truth value."""

    sign: ComparisonSign
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Both(Expression):
    """True when both conditions are."""

    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Choice(Expression):
    """`then` where the condition holds, else `otherwise`. Excel: IF."""

    condition: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class Extreme(Expression):
    """The largest or smallest of two values."""

    which: Literal["max", "min"]
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Sum(Expression):
    """The sum of a family of rows (all debts, all streams); zero when the family is empty."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Floor(Expression):
    """The whole number not above the value. Excel: INT."""

    of: Expression


@dataclass(frozen=True, slots=True)
class RunningTotal(Expression):
    """The sum of a row from year 1 to this year: previous column plus this year's value."""

    of: Expression


@dataclass(frozen=True, slots=True)
class OverYears(Expression):
    """One figure from a row: blank years are left out; blank when every year is. Excel: SUM, MIN, MAX, AVERAGE."""

    how: Condensation
    of: Expression


@dataclass(frozen=True, slots=True)
class PresentValue(Expression):
    """Value of a row discounted at a scalar rate, year 1 discounted once. Excel: NPV."""

    rate: Expression
    of: Expression


BLANK = Constant(math.nan)
ZERO = Constant(0.0)
ONE = Constant(1.0)


def lift(value: Operand) -> Expression:
    """Return a number as a constant; an expression as it is."""
    return value if isinstance(value, Expression) else Constant(float(value))


def of(key: str) -> Ref:
    """Return the value of a row in the same year, or of a figure."""
    return Ref(key)


def prior(key: str) -> Ref:
    """Return the value of a row in the previous year; zero before year 1."""
    return Ref(key, 1)


def choose(condition: Expression, then: Operand, otherwise: Operand) -> Choice:
    """Return `then` where the condition holds, else `otherwise`."""
    return Choice(condition, lift(then), lift(otherwise))


def both(left: Expression, right: Expression) -> Both:
    """Return the condition that both hold."""
    return Both(left, right)


def larger(left: Operand, right: Operand) -> Extreme:
    """Return the larger of two values."""
    return Extreme("max", lift(left), lift(right))


def smaller(left: Operand, right: Operand) -> Extreme:
    """Return the smaller of two values."""
    return Extreme("min", lift(left), lift(right))


def at_least_zero(value: Expression) -> Extreme:
    """Return the value, or zero when it is negative."""
    return Extreme("max", ZERO, value)


def sum_of(items: Iterable[Expression]) -> Sum:
    """Return the sum of a family."""
    return Sum(tuple(items))


def over_years(how: Condensation, value: Expression) -> OverYears:
    """Return one figure from a row."""
    return OverYears(how, value)


def quotient(numerator: Expression, denominator: Expression, when: Expression) -> Choice:
    """Return the quotient where `when` holds, else blank: no ratio is shown over nothing."""
    return choose(when, numerator / denominator, BLANK)


def children(expression: Expression) -> tuple[Expression, ...]:
    """Return the direct parts of an expression."""
    match expression:
        case Ref() | Constant():
            return ()
        case Arithmetic() | Comparison() | Both() | Extreme():
            return (expression.left, expression.right)
        case Choice():
            return (expression.condition, expression.then, expression.otherwise)
        case Sum():
            return expression.items
        case PresentValue():
            return (expression.rate, expression.of)
        case Floor() | RunningTotal() | OverYears():
            return (expression.of,)
    raise TypeError(f"not a formula: {expression!r}")


def references(expression: Expression) -> Iterator[Ref]:
    """Yield every reference in an expression, left to right."""
    if isinstance(expression, Ref):
        yield expression
    for child in children(expression):
        yield from references(child)


_RANK = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3}
_SHOWN = {"*": "×", "/": "÷", "-": "−"}


def _wrapped(expression: Expression, rank: int, name: Callable[[str], str]) -> str:
    """Return the text of an operand, in brackets where it binds less tightly than its sign."""
    text = formula_text(expression, name)
    is_sum = isinstance(expression, Sum) and len(expression.items) > 1
    looser = isinstance(expression, Arithmetic) and _RANK[expression.sign] < rank
    return f"({text})" if looser or (is_sum and rank > 1) else text


_CONDENSED = {"sum": "合计", "lowest": "最小值", "highest": "最大值", "average": "平均值"}


def formula_text(expression: Expression, name: Callable[[str], str]) -> str:  # noqa: C901, PLR0911, PLR0912 - one line per node
    """Return the formula in words a person can check, with row names from `name(key)`."""

    def text(part: Expression) -> str:
        return formula_text(part, name)

    match expression:
        case Ref(key, 0):
            return name(key)
        case Ref(key, years):
            return f"{name(key)}[上年]" if years == 1 else f"{name(key)}[前{years}年]"
        case Constant(value):
            return "空" if math.isnan(value) else f"{value:g}"
        case Arithmetic("-", Constant(0.0), right):
            return f"−{_wrapped(right, 2, name)}"
        case Arithmetic(sign, left, right):
            rank = _RANK[sign]
            tighter = rank + (sign in {"-", "/", "^"})
            return f"{_wrapped(left, rank, name)} {_SHOWN.get(sign, sign)} {_wrapped(right, tighter, name)}"
        case Comparison(sign, left, right):
            return f"{text(left)} {sign} {text(right)}"
        case Both(left, right):
            return f"{text(left)} 且 {text(right)}"
        case Choice(condition, then, otherwise):
            return f"若({text(condition)}；{text(then)}；否则 {text(otherwise)})"
        case Extreme(which, left, right):
            return f"{'较大' if which == 'max' else '较小'}({text(left)}，{text(right)})"
        case Sum(items):
            return " + ".join(map(text, items)) or "0"
        case Floor(inner):
            return f"取整({text(inner)})"
        case RunningTotal(inner):
            return f"累计({text(inner)})"
        case OverYears(how, inner):
            return f"各年{_CONDENSED[how]}({text(inner)})"
        case PresentValue(rate, inner):
            return f"现值({text(inner)}；折现率 {text(rate)})"
    raise TypeError(f"not a formula: {expression!r}")
