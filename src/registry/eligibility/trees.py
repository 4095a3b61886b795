"""Trees of SQL conditions: parameters bound, leaves found, and written out again for polars.

What polars runs is always written from a checked tree, never taken from the text of a pack.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
from sqlglot import exp

COMPARISON_DIGITS = 7
"""Sums of 万元 are compared to one digit below the fen, so binary noise never decides a rule."""

Tree = exp.Expr

COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<=",
}  # fmt: skip


def bind(tree: Tree, values: Mapping[str, Any]) -> Tree:
    """Return the tree with parameters replaced; an atom over a value nobody could verify becomes NULL."""

    def replace(node: Tree) -> Tree:
        names = [str(found.this) for found in node.find_all(exp.Placeholder)] if is_atom(node) else []
        if any(values[name] is None for name in names):
            return exp.cast(exp.null(), "BOOLEAN")
        if isinstance(node, exp.In):
            node.set("expressions", [literal for item in node.expressions for literal in _literals(item, values)])
        elif isinstance(node, exp.Placeholder):
            return _literals(node, values)[0]
        return node

    return tree.copy().transform(replace)


def _literals(item: Tree, values: Mapping[str, Any]) -> list[Tree]:
    if not isinstance(item, exp.Placeholder):
        return [item]
    value = values[str(item.this)]
    return [_literal(one) for one in (value if isinstance(value, list) else [value])]


def _literal(value: object) -> Tree:
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), "DATE")
    if isinstance(value, str):
        return exp.Literal.string(value)
    number: Tree = exp.Literal.number(repr(abs(value)))  # type: ignore[arg-type]  # numbers by the parameter's type
    return exp.Neg(this=number) if value < 0 else number  # type: ignore[operator]


def is_atom(node: Tree) -> bool:
    """Say whether the node is a leaf of the logic: a comparison, a list, a pattern, a yes/no fact."""
    if isinstance(node, (exp.And, exp.Or, exp.Not, exp.Paren)):
        return False
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    return parent is None or isinstance(parent, (exp.And, exp.Or, exp.Not))


def children(node: Tree) -> list[Tree]:
    """Return the operands of AND, OR and NOT, chains of one operator flattened; nothing for an atom."""
    node = unwrapped(node)
    if isinstance(node, exp.Not):
        return [unwrapped(node.this)]
    if isinstance(node, (exp.And, exp.Or)):
        return [unwrapped(part) for part in node.flatten(unnest=True)]
    return []


def unwrapped(node: Tree) -> Tree:
    """Return what stands inside the parentheses."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def sql(node: Tree) -> str:
    """Return the canonical text polars reads."""
    return node.sql(dialect="postgres")


def to_polars(tree: Tree) -> pl.Expr:
    """Return the boolean expression of a bound tree: true, false or NULL per row."""
    return pl.sql_expr(sql(tree.copy().transform(_widened).transform(_steady)))


def value_to_polars(tree: Tree) -> pl.Expr:
    """Return the expression of one side of a comparison."""
    return pl.sql_expr(sql(tree.copy().transform(_widened)))


def _widened(node: Tree) -> Tree:
    """Polars counts months in 8 bits and lengths without a sign: make both plain numbers before adding to them."""
    if isinstance(node, (exp.Extract, exp.Length)):
        return exp.cast(node.copy(), "DOUBLE")
    return node


def _steady(node: Tree) -> Tree:
    """Compare sums by their rounded difference, so that binary noise below the fen never decides."""
    if type(node) not in COMPARISONS or not _is_arithmetic(node):
        return node
    gap = exp.Sub(this=exp.paren(node.this.copy()), expression=exp.paren(node.expression.copy()))
    rounded = exp.Round(this=gap, decimals=exp.Literal.number(COMPARISON_DIGITS))
    return type(node)(this=rounded, expression=exp.Literal.number(0))


def _is_arithmetic(node: Tree) -> bool:
    """Say whether numbers are added or multiplied in the comparison (dates with intervals are not)."""
    sums = node.find(exp.Add, exp.Sub, exp.Mul, exp.Div)
    return sums is not None and node.find(exp.Interval) is None
