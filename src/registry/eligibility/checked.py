"""Rule packs after checking 规则包: what evaluation, explanation and the rule book work with."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from registry.eligibility.facts import Vocabulary
from registry.eligibility.model import Case, PackHead, Parameter, Rule, Transition, VersionHead
from registry.eligibility.predicates import Predicate
from registry.errors import InvalidInput, NotFound


class PackError(InvalidInput):
    """A pack that cannot be loaded; `findings` name file and line. Nothing of the folder was loaded."""

    code = "invalid-pack"


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """A rule with its predicates checked, and where it stands."""

    rule: Rule
    applies: Predicate | None
    requires: Predicate | None
    place: str
    """File and line."""

    @property
    def facts(self) -> tuple[str, ...]:
        """Return the facts the rule reads, sorted."""
        read = [predicate.facts for predicate in (self.applies, self.requires) if predicate]
        shown = tuple(self.rule.judgement.facts) if self.rule.judgement else ()
        return tuple(sorted({*shown, *(name for names in read for name in names)}))


@dataclass(frozen=True, slots=True)
class CheckedTransition:
    """A transition clause with its predicate checked."""

    transition: Transition
    when: Predicate


@dataclass(frozen=True)
class PackVersion:
    """One version of a pack: rules, dated parameters, transition clauses, cases and how the text was read."""

    head: VersionHead
    rules: tuple[CheckedRule, ...]
    parameters: Mapping[str, Parameter]
    transitions: tuple[CheckedTransition, ...]
    cases: tuple[tuple[str, Case], ...]
    """Place (file and line) and case."""
    reading: str

    def values_on(self, day: date) -> dict[str, Any]:
        """Return the parameter values of a day; None for what nobody could verify, or is not yet in force."""
        return {
            name: parameter.value_on(day) if parameter.starts <= day else None
            for name, parameter in self.parameters.items()
        }


@dataclass(frozen=True)
class Pack:
    """A rule pack; `owner` names the bank a private one belongs to (None: public). Callers enforce who may see it."""

    head: PackHead
    versions: Mapping[str, PackVersion]
    owner: str | None = None
    concerns: Predicate | None = None
    """Whom the pack is about; None: every project in its jurisdiction."""

    @property
    def id(self) -> str:
        """Return the identifier, such as `central-eco-fund`."""
        return self.head.id

    def version_on(self, day: date) -> PackVersion | None:
        """Return the version in force on the governing date, None when none is."""
        return next((version for version in self.versions.values() if version.head.in_force_on(day)), None)

    def find_version(self, version: str) -> PackVersion:
        """Return a version by name. Raises NotFound."""
        if version not in self.versions:
            known = "、".join(self.versions)
            raise NotFound(
                f"规则包 {self.id} 没有版本 {version}；有 {known}",
                f"Pack {self.id} has no version {version}; it has {known}",
            )
        return self.versions[version]

    @cached_property
    def facts(self) -> tuple[str, ...]:
        """Return every fact any version reads, sorted."""
        names = {name for version in self.versions.values() for rule in version.rules for name in rule.facts}
        whens = {name for version in self.versions.values() for t in version.transitions for name in t.when.facts}
        return tuple(sorted(names | whens))


@dataclass(frozen=True)
class Packs:
    """Packs loaded together, by identifier, with the vocabulary they were checked against."""

    packs: Mapping[str, Pack]
    vocabulary: Vocabulary

    def __iter__(self) -> Iterator[Pack]:
        return iter(self.packs.values())

    def __getitem__(self, pack: str) -> Pack:
        """Return a pack. Raises NotFound."""
        if pack not in self.packs:
            raise NotFound(f"没有规则包 {pack}", f"there is no rule pack {pack}")
        return self.packs[pack]

    def joined_with(self, others: "Packs") -> "Packs":
        """Return these packs and others, such as a bank's private ones; identifiers of both must differ."""
        both = sorted(set(self.packs) & set(others.packs))
        if both:
            raise PackError(f"规则包标识重复：{both[0]}", f"pack identifier used twice: {both[0]}")
        return Packs({**self.packs, **others.packs}, self.vocabulary)
