"""Screening 入库筛查: every rule of every pack over a table of facts, any number of projects, in polars.

The order of a verdict: a blocking rule that fails makes 不符合, else one that cannot be decided 资料不足, else one that
waits for a person 需人工判断, else 符合. Warnings and information never change a verdict.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import polars as pl

from registry.eligibility.checked import CheckedRule, Pack, Packs, PackVersion
from registry.eligibility.facts import Vocabulary
from registry.eligibility.model import Status, Verdict
from registry.eligibility.predicates import Predicate
from registry.eligibility.reasons import Sides, atoms_of, sides_of
from registry.eligibility.trees import Tree, bind, sql, to_polars

CHUNK_ROWS = 65_536
"""Rows judged at once: small enough for the answers of all rules to stay in the cache of the processor."""

VERDICTS: tuple[Verdict, ...] = ("eligible", "ineligible", "insufficient", "judgement")
VERDICT = pl.Enum(list(VERDICTS))
STATUSES: tuple[Status, ...] = ("pass", "fail", "unknown", "judgement", "not_applicable")
CITY_CODE = "city_code"
COUNTS = ("n_fail", "n_unknown", "n_judgement", "n_warn")


@dataclass(frozen=True)
class BoundRule:
    """A rule with the parameter values of one day, as trees and as polars expressions."""

    checked: CheckedRule
    jurisdiction: str
    applies: Tree | None
    requires: Tree | None
    holds: pl.Expr
    """True: met or not applicable; false: not met; NULL: cannot be decided. Of a judgement: true where it is moot."""
    applies_expr: pl.Expr

    def sides(self, vocabulary: Vocabulary) -> Mapping[str, Sides]:
        """Return what must be evaluated to explain the rule, by the text of each atom; worked out once."""
        if "_sides" not in self.__dict__:
            trees = [tree for tree in (self.applies, self.requires) if tree is not None]
            found = {sql(atom): sides_of(atom, vocabulary) for tree in trees for atom in atoms_of(tree)}
            self.__dict__["_sides"] = found
        sides: Mapping[str, Sides] = self.__dict__["_sides"]
        return sides


@dataclass(frozen=True, slots=True)
class BoundVersion:
    """A pack version with the parameter values of one day."""

    pack: Pack
    version: PackVersion
    values: Mapping[str, Any]
    rules: tuple[BoundRule, ...]
    transitions: tuple[tuple[pl.Expr, "BoundVersion"], ...]

    @property
    def facts(self) -> tuple[str, ...]:
        """Return the facts read by rules, transitions and jurisdiction."""
        names = {name for rule in self.rules for name in rule.checked.facts}
        for transition in self.version.transitions:
            names |= set(transition.when.facts)
        for _, other in self.transitions:
            names |= set(other.facts)
        return tuple(sorted(names | {CITY_CODE}))


def bound_packs(packs: Packs, *, as_of: date, libraries: Sequence[str] | None = None) -> list[BoundVersion]:
    """Return the versions in force on the governing date, of all packs or of the named ones, in order of identifier.

    A pack without a version in force that day is left out. Raises NotFound for an unknown pack.
    """
    chosen = sorted(packs.packs) if libraries is None else list(dict.fromkeys(libraries))
    found = [(packs[name], packs[name].version_on(as_of)) for name in chosen]
    return [bound(pack, version, as_of) for pack, version in found if version is not None]


def bound(pack: Pack, version: PackVersion, as_of: date) -> BoundVersion:
    """Return a version with the values of the governing date and its transition clauses followed one step."""
    own = _bound_alone(_ById(pack), _ById(version), _values_key(version, as_of))
    transitions = []
    for clause in version.transitions:
        other = pack.versions[clause.transition.use_version]
        when = to_polars(bind(clause.when.tree, own.values))
        transitions.append((when, _bound_alone(_ById(pack), _ById(other), _values_key(other, as_of))))
    return BoundVersion(pack, version, own.values, own.rules, tuple(transitions))


@dataclass(frozen=True, slots=True)
class _ById:
    """A cache key by identity: packs never change after loading."""

    value: Any

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other.value is self.value


def _values_key(version: PackVersion, as_of: date) -> tuple[date, ...]:
    """Return the day each parameter's value took effect: equal keys mean equal values."""
    return tuple(
        max((dated.from_ for dated in parameter.values if dated.from_ <= as_of), default=date.min)
        for parameter in version.parameters.values()
    )


@lru_cache(maxsize=256)
def _bound_alone(pack: _ById, version: _ById, starts: tuple[date, ...]) -> BoundVersion:
    checked: PackVersion = version.value
    values: dict[str, Any] = {}
    for (name, parameter), start in zip(checked.parameters.items(), starts, strict=True):
        values[name] = None if start == date.min else parameter.value_on(start)
    rules = tuple(_bound_rule(pack.value, rule, values) for rule in checked.rules)
    return BoundVersion(pack.value, checked, values, rules, ())


def _bound_rule(pack: Pack, rule: CheckedRule, values: Mapping[str, Any]) -> BoundRule:
    applies_tree, applies = _bound_predicate(rule.applies, values)
    requires_tree, requires = _bound_predicate(rule.requires, values)
    jurisdiction = rule.rule.jurisdiction or pack.head.jurisdiction
    here = within(jurisdiction)
    conditions = [condition for condition in (here, applies) if condition is not None]
    both = conditions[0] & conditions[1] if len(conditions) > 1 else conditions[0] if conditions else None
    if requires is None:
        requires = pl.lit(value=False)
    # NULL AND/OR follow SQL: an unknown condition leaves the rule undecided, whatever is required.
    holds = requires if both is None else ~both | (both & requires)
    return BoundRule(
        rule, jurisdiction, applies_tree, requires_tree, holds, pl.lit(value=True) if both is None else both
    )


def _bound_predicate(predicate: Predicate | None, values: Mapping[str, Any]) -> tuple[Tree | None, pl.Expr | None]:
    if predicate is None:
        return None, None
    tree = bind(predicate.tree, {name: values[name] for name in predicate.parameters})
    return tree, to_polars(tree)


def division_prefix(jurisdiction: str) -> str:
    """Return the leading digits all codes of a place share: 370000 is 37, 440300 is 4403."""
    return (
        jurisdiction[:2]
        if jurisdiction.endswith("0000")
        else jurisdiction[:4]
        if jurisdiction.endswith("00")
        else jurisdiction
    )


def within(jurisdiction: str | None) -> pl.Expr | None:
    """Return the condition that a project lies in a jurisdiction; None where everything does."""
    if jurisdiction in (None, "CN"):
        return None
    return pl.col(CITY_CODE).cast(pl.String).str.starts_with(division_prefix(str(jurisdiction)))


def screen(
    packs: Packs, facts: pl.DataFrame, *, as_of: date, libraries: Sequence[str] | None = None, key: str | None = None
) -> pl.DataFrame:
    """Return one row per project and pack, ordered by pack, then as the facts are.

    Columns: `row` (position in `facts`) or the `key` column of the facts, `pack`, `version` (the one applied, after
    transition clauses), `verdict`, and how many rules fail, cannot be decided, wait for a person (blocking rules
    only), and warn. Packs of another place than the project's, or of a place when the project's is unknown, are left
    out, as are packs with no version in force.
    """
    bounds = bound_packs(packs, as_of=as_of, libraries=libraries)
    versions = pl.Enum(sorted({v.version.head.version for b in bounds for v in (b, *(o for _, o in b.transitions))}))
    names = pl.Enum([each.pack.id for each in bounds])
    parts: list[list[pl.DataFrame]] = [[] for _ in bounds]
    for start, table in _chunks(packs.vocabulary, facts, bounds, as_of):
        rows = pl.int_range(start, start + table.height, dtype=pl.UInt32, eager=True)
        identity = facts.get_column(key).slice(start, table.height) if key else rows.alias("row")
        for part, judged in zip(parts, _judge_chunk(table, bounds, versions), strict=True):
            part.append(judged.insert_column(0, identity))
    shaped = []
    for each, part in zip(bounds, parts, strict=True):
        whole = pl.concat(part).drop_nulls("_here").drop("_here") if part else pl.DataFrame()
        shaped.append(
            whole.insert_column(1, pl.repeat(each.pack.id, whole.height, dtype=names, eager=True).alias("pack"))
        )
    return pl.concat(shaped) if shaped else pl.DataFrame()


def _chunks(
    vocabulary: Vocabulary, facts: pl.DataFrame, bounds: Sequence[BoundVersion], as_of: date
) -> Iterator[tuple[int, pl.DataFrame]]:
    names = {name for each in bounds for name in each.facts}
    for start in range(0, max(facts.height, 1), CHUNK_ROWS):
        yield start, vocabulary.table(facts.slice(start, CHUNK_ROWS), names, as_of=as_of)


def _judge_chunk(table: pl.DataFrame, bounds: Sequence[BoundVersion], versions: pl.Enum) -> Iterator[pl.DataFrame]:
    flat = [version for each in bounds for version in (each, *(other for _, other in each.transitions))]
    answers: dict[str, pl.Expr] = {}
    for number, version in enumerate(flat):
        answers |= {f"{number}.{i}": rule.holds for i, rule in enumerate(version.rules)}
        answers |= {f"{number}.t{i}": when for i, (when, _) in enumerate(version.transitions)}
    for number, each in enumerate(bounds):
        here = within(each.pack.head.jurisdiction)
        answers[f"here.{number}"] = pl.lit(value=True) if here is None else here
    known = table.with_columns(**answers)
    # `with_columns` and not `select`: counts of a pack without such rules are literals and must fill every row.
    counts = known.with_columns(
        expression for number, version in enumerate(flat) for expression in _counts(number, version)
    )
    judged = counts.with_columns(_verdict(number).alias(f"{number}.verdict") for number in range(len(flat)))
    number = 0
    for index, each in enumerate(bounds):
        columns = _columns(number, each, versions)
        for step in range(len(each.transitions), 0, -1):
            when = known.get_column(f"{number}.t{step - 1}")
            judged = judged.with_columns(when.alias("_when"))
            columns = _after_transition(columns, _columns(number + step, each.transitions[step - 1][1], versions))
            judged = judged.with_columns(**{f"_{name}": expression for name, expression in columns.items()})
            columns = {name: pl.col(f"_{name}") for name in columns}
        inside = known.get_column(f"here.{index}").replace(old=False, new=None).alias("_here")
        yield judged.with_columns(**columns).select(*columns).with_columns(inside)
        number += 1 + len(each.transitions)


def _counts(number: int, version: BoundVersion) -> Iterator[pl.Expr]:
    """Yield the counts of blocking rules that fail, stay undecided or wait for a person, and of warnings."""
    failing: list[pl.Expr] = []
    waiting: list[pl.Expr] = []
    undecided: list[pl.Expr] = []
    warning: list[pl.Expr] = []
    for i, rule in enumerate(version.rules):
        answer, written = pl.col(f"{number}.{i}"), rule.checked.rule
        if written.severity == "block":
            (failing if written.judgement is None else waiting).append(~answer)
            undecided.append(answer.is_null())
        elif written.severity == "warn" and written.judgement is None:
            warning.append(~answer)
    for name, parts in zip(COUNTS, (failing, undecided, waiting, warning), strict=True):
        total = pl.sum_horizontal([part.cast(pl.UInt8) for part in parts]) if parts else pl.lit(0)
        yield total.cast(pl.UInt16).alias(f"{number}.{name}")


def _verdict(number: int) -> pl.Expr:
    return folded(*(pl.col(f"{number}.{name}") for name in ("n_fail", "n_unknown", "n_judgement")))


def folded(n_fail: pl.Expr, n_unknown: pl.Expr, n_judgement: pl.Expr) -> pl.Expr:
    """Return the verdict from the counts of blocking rules."""
    return (
        pl.when(n_fail > 0)
        .then(pl.lit("ineligible", dtype=VERDICT))
        .when(n_unknown > 0)
        .then(pl.lit("insufficient", dtype=VERDICT))
        .when(n_judgement > 0)
        .then(pl.lit("judgement", dtype=VERDICT))
        .otherwise(pl.lit("eligible", dtype=VERDICT))
    )


def _columns(number: int, version: BoundVersion, versions: pl.Enum) -> dict[str, pl.Expr]:
    columns = {"version": pl.lit(version.version.head.version, dtype=versions)}
    return columns | {name: pl.col(f"{number}.{name}") for name in ("verdict", *COUNTS)}


def _after_transition(own: Mapping[str, pl.Expr], other: Mapping[str, pl.Expr]) -> dict[str, pl.Expr]:
    """Return the columns after a clause: the other version where it holds; undecided where nobody knows.

    Where the clause itself is unknown and the two versions disagree, the answer is 资料不足 under the version in force.
    """
    when = pl.col("_when")
    columns = {name: pl.when(when).then(other[name]).otherwise(own[name]) for name in own}
    agreed = own["verdict"].cast(pl.String) == other["verdict"].cast(pl.String)
    doubt = when.is_null() & ~agreed
    columns["verdict"] = pl.when(doubt).then(pl.lit("insufficient", dtype=VERDICT)).otherwise(columns["verdict"])
    columns["n_unknown"] = columns["n_unknown"] + doubt.cast(pl.UInt16)
    return columns


def answers(bound: BoundVersion, table: pl.DataFrame) -> pl.DataFrame:
    """Return one column per rule, named by its identifier, with its status on every row."""
    statuses = {rule.checked.rule.id: status(rule) for rule in bound.rules}
    return table.with_columns(**statuses).select(list(statuses))


def status(rule: BoundRule) -> pl.Expr:
    """Return the status of a rule: the same fold that counts and explanations use."""
    otherwise = "fail" if rule.checked.rule.judgement is None else "judgement"
    kind = pl.Enum(list(STATUSES))
    return (
        pl.when(~rule.applies_expr)
        .then(pl.lit("not_applicable", dtype=kind))
        .when(rule.holds.is_null())
        .then(pl.lit("unknown", dtype=kind))
        .when(rule.holds)
        .then(pl.lit("pass", dtype=kind))
        .otherwise(pl.lit(otherwise, dtype=kind))
    )


def rule_counts(
    packs: Packs, facts: pl.DataFrame, *, as_of: date, libraries: Sequence[str] | None = None
) -> pl.DataFrame:
    """Return how many projects meet, fail, miss facts for … each rule: columns pack, version, rule and one per status.

    Under the version in force; projects outside a pack's jurisdiction are not counted.
    """
    bounds = bound_packs(packs, as_of=as_of, libraries=libraries)
    rows: list[dict[str, Any]] = []
    for each in bounds:
        totals: dict[str, dict[str, int]] = {rule.checked.rule.id: dict.fromkeys(STATUSES, 0) for rule in each.rules}
        for _, table in _chunks(packs.vocabulary, facts, [each], as_of):
            here = within(each.pack.head.jurisdiction)
            for column in answers(each, table if here is None else table.filter(here)):
                for answer, count in column.value_counts().iter_rows():
                    totals[column.name][answer] += count
        rows += [
            {"pack": each.pack.id, "version": each.version.head.version, "rule": rule, **total}
            for rule, total in totals.items()
        ]
    return pl.DataFrame(rows)
