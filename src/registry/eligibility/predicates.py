"""SQL predicates: parsed and checked once with sqlglot, run by polars (`trees.to_polars`)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from registry.eligibility.facts import Vocabulary
from registry.eligibility.trees import Tree
from registry.eligibility.typecheck import Flaw, ParameterType, TypeChecker

LONGEST_PREDICATE = 4000
MOST_TOKENS = 600
DEEPEST_PARENTHESES = 25


@dataclass(frozen=True, slots=True)
class Predicate:
    """A checked predicate: its text, its tree, and the facts and parameters it reads (both sorted)."""

    text: str
    tree: Tree
    facts: tuple[str, ...]
    parameters: tuple[str, ...]


def parse_predicate(
    text: str, vocabulary: Vocabulary, parameters: Mapping[str, frozenset[ParameterType]]
) -> tuple[Predicate | None, list[Flaw]]:
    """Return the checked predicate, or nothing and everything that is wrong with it."""
    flaws = list(_text_flaws(text))
    if flaws:
        return None, flaws
    try:
        statements = sqlglot.parse(text)
    except (SqlglotError, RecursionError) as error:
        reason = _syntax(error)
        return None, [Flaw("syntax", f"不是有效的 SQL 条件：{reason}", f"is not a valid SQL condition: {reason}")]
    tree = statements[0]
    if len(statements) != 1 or tree is None:
        return None, [Flaw("syntax", "只能写一个条件", "should be one single condition")]
    checker = TypeChecker(vocabulary, parameters, [])
    found = checker.type_of(tree)
    if found not in ("boolean", "unknown"):
        checker.flaw("type-mismatch", f"整体应为真假值，实为 {found}", f"should be a condition, is a {found}")
    facts = tuple(sorted({column.name for column in tree.find_all(exp.Column)}))
    if not facts and not checker.flaws:
        checker.flaw("constant", "没有读取任何事实，结果恒定", "reads no fact, so its answer never changes")
    if checker.flaws:
        return None, checker.flaws
    names = tuple(sorted({str(node.this) for node in tree.find_all(exp.Placeholder)}))
    return Predicate(text, _plain(tree), facts, names), []


def _syntax(error: Exception) -> str:
    details = getattr(error, "errors", None)
    if details:
        first = details[0]
        return f"{first['description']} (col {first['col']})"
    return str(error).splitlines()[0] if not isinstance(error, RecursionError) else "too deep"


def _text_flaws(text: str) -> Iterator[Flaw]:
    if len(text) > LONGEST_PREDICATE:
        yield Flaw("too-long", f"超过 {LONGEST_PREDICATE} 字", f"is longer than {LONGEST_PREDICATE} characters")
        return
    try:
        tokens = sqlglot.tokenize(text)
    except SqlglotError as error:
        reason = str(error).splitlines()[0]
        yield Flaw("syntax", f"不是有效的 SQL 条件：{reason}", f"is not a valid SQL condition: {reason}")
        return
    if not tokens:
        yield Flaw("syntax", "条件为空", "is empty")
    if any(token.comments for token in tokens) or (not tokens and text.strip()):
        yield Flaw("comment", "条件中不得有注释", "holds a comment; comments are not allowed in a predicate")
    depth = deepest = 0
    for token in tokens:
        depth += (token.text == "(") - (token.text == ")")
        deepest = max(deepest, depth)
    if len(tokens) > MOST_TOKENS or deepest > DEEPEST_PARENTHESES:
        yield Flaw("too-long", "条件过长或嵌套过深，请拆成几条规则", "is too long or too deep; write several rules")


def _plain(tree: Tree) -> Tree:
    """Return the tree with BETWEEN as two comparisons, so that every leaf is one atom with one threshold."""

    def rewrite(node: Tree) -> Tree:
        if not isinstance(node, exp.Between):
            return node
        low = exp.GTE(this=node.this.copy(), expression=node.args["low"].copy())
        high = exp.LTE(this=node.this.copy(), expression=node.args["high"].copy())
        return exp.paren(exp.And(this=low, expression=high), copy=False)

    return tree.copy().transform(rewrite)
