"""Packs bound to a governing date 适用日期: the version in force, with that day's parameter values in its rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import polars as pl

from registry.eligibility.checked import CheckedRule, CheckedTransition, Pack, Packs, PackVersion
from registry.eligibility.facts import Vocabulary
from registry.eligibility.predicates import Predicate
from registry.eligibility.reasons import Outline, outline
from registry.eligibility.trees import Tree, bind, to_polars

CITY_CODE = "city_code"


@dataclass(frozen=True)
class BoundRule:
    """A rule with the parameter values of one day, as trees and as polars expressions."""

    checked: CheckedRule
    applies: Tree | None
    requires: Tree | None
    holds: pl.Expr
    """True: met or not applicable; false: not met; NULL: cannot be decided. Of a judgement: true where it is moot."""
    applies_expr: pl.Expr

    def outlines(self, vocabulary: Vocabulary) -> tuple[Outline | None, Outline | None]:
        """Return what explains the condition and the demand; worked out once."""
        if "_outlines" not in self.__dict__:
            trees = (self.applies, self.requires)
            self.__dict__["_outlines"] = tuple(None if tree is None else outline(tree, vocabulary) for tree in trees)
        found: tuple[Outline | None, Outline | None] = self.__dict__["_outlines"]
        return found


@dataclass(frozen=True)
class BoundClause:
    """A transition clause, and the version it keeps for projects it covers."""

    checked: CheckedTransition
    tree: Tree
    when: pl.Expr
    other: "BoundVersion"

    def outline(self, vocabulary: Vocabulary) -> Outline:
        """Return what explains the clause; worked out once."""
        if "_outline" not in self.__dict__:
            self.__dict__["_outline"] = outline(self.tree, vocabulary)
        found: Outline = self.__dict__["_outline"]
        return found


@dataclass(frozen=True, slots=True)
class BoundVersion:
    """A pack version with the parameter values of one day."""

    pack: Pack
    version: PackVersion
    values: Mapping[str, Any]
    rules: tuple[BoundRule, ...]
    clauses: tuple["BoundClause", ...]

    @property
    def here(self) -> pl.Expr | None:
        """Return the condition that the pack is about a project; None where it is about every one."""
        concerns = self.pack.concerns
        return within(self.pack.head.jurisdiction) if concerns is None else to_polars(concerns.tree)

    @property
    def facts(self) -> tuple[str, ...]:
        """Return the facts read by rules, transitions and the condition of whom the pack is about."""
        names = {name for rule in self.rules for name in rule.checked.facts}
        names |= set(self.pack.concerns.facts if self.pack.concerns else ())
        for clause in self.clauses:
            names |= {*clause.checked.when.facts, *clause.other.facts}
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
    others = [pack.versions[clause.transition.use_version] for clause in version.transitions]
    keys = tuple(_values_key(one, as_of) for one in (version, *others))
    return _bound_with_clauses(_ById(pack), _ById(version), keys)


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
def _bound_with_clauses(pack: _ById, version: _ById, keys: tuple[tuple[date, ...], ...]) -> BoundVersion:
    written: PackVersion = version.value
    own = _bound_alone(pack, version, keys[0])
    clauses = []
    for clause, key in zip(written.transitions, keys[1:], strict=True):
        other = _ById(pack.value.versions[clause.transition.use_version])
        tree = bind(clause.when.tree, {name: own.values[name] for name in clause.when.parameters})
        clauses.append(BoundClause(clause, tree, to_polars(tree), _bound_alone(pack, other, key)))
    return BoundVersion(pack.value, written, own.values, own.rules, tuple(clauses))


@lru_cache(maxsize=256)
def _bound_alone(pack: _ById, version: _ById, starts: tuple[date, ...]) -> BoundVersion:
    checked: PackVersion = version.value
    values: dict[str, Any] = {}
    for (name, parameter), start in zip(checked.parameters.items(), starts, strict=True):
        values[name] = None if start == date.min else parameter.value_on(start)
    rules = tuple(_bound_rule(rule, values) for rule in checked.rules)
    return BoundVersion(pack.value, checked, values, rules, ())


def _bound_rule(rule: CheckedRule, values: Mapping[str, Any]) -> BoundRule:
    applies_tree, applies = _bound_predicate(rule.applies, values)
    requires_tree, requires = _bound_predicate(rule.requires, values)
    here = within(rule.rule.jurisdiction)
    conditions = [condition for condition in (here, applies) if condition is not None]
    both = conditions[0] & conditions[1] if len(conditions) > 1 else conditions[0] if conditions else None
    if requires is None:
        requires = pl.lit(value=False)
    # NULL AND/OR follow SQL: an unknown condition leaves the rule undecided, whatever is required.
    holds = requires if both is None else ~both | (both & requires)
    return BoundRule(rule, applies_tree, requires_tree, holds, pl.lit(value=True) if both is None else both)


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
