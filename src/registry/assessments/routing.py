"""Where one project can go 去向: every library with its verdict, what missing facts would settle, the nearest way in.

Reads only. The figures of the evaluation are taken from the newest assessment of the revision, and worked out where
there is none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import msgspec
from sqlmodel import Session

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.assessments.facts import facts_of
from registry.assessments.pricing import evaluate
from registry.assessments.private_packs import own_packs, visible_packs
from registry.assessments.queries import judgements_of, newest_assessment
from registry.eligibility.explain import assess
from registry.eligibility.model import Judgement
from registry.eligibility.nearest import NearestWays, nearest_way_in
from registry.eligibility.verdicts import LibraryVerdict
from registry.projects.duplicates.findings import funded_elsewhere
from registry.projects.model import Dossier
from registry.projects.queries import RevisionFacts, read_document


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """What one missing fact means to one library."""

    pack: str
    waits: int
    """Blocking rules and transition clauses that cannot be decided without it."""
    settles: int
    """Of these, the rules it would settle by itself."""
    is_last: bool
    """As far as can be told before it is known, nothing else keeps the library undecided."""


class WantedFact(msgspec.Struct, frozen=True, kw_only=True):
    """A missing fact, the fields in which a person would give it, and what it would unlock."""

    name: str
    zh: str
    en: str
    fields: tuple[str, ...]
    reach: tuple[Reach, ...]


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One page of truth of a project: each library's verdict, and the missing facts, those that unlock most first."""

    code: str
    revision: int
    as_of: date
    libraries: tuple[LibraryVerdict, ...]
    wanted: tuple[WantedFact, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON, without the explanation of each rule, which an assessment keeps."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        for library in plain["libraries"]:
            for name in ("answers", "transitions", "judgements_not_carried"):
                del library[name]
        return plain


@dataclass(frozen=True, slots=True)
class Situation:
    """What rules read of one project."""

    revision: RevisionFacts
    dossier: Dossier
    figures: Mapping[str, float | None]
    """Of the evaluation."""
    facts: dict[str, Any]
    judgements: tuple[Judgement, ...]


def situation_of(session: Session, actor: Actor, code: str) -> Situation:
    """Return facts and recorded judgements of the project's latest revision. Raises NotFound, NotAllowed."""
    require(actor, "screen_projects")
    revision, document = read_document(session, actor, code)
    dossier = Dossier.model_validate(audit.parsed_json(document))
    known = newest_assessment(session, actor, code)
    figures = _figures(document) if known is None else audit.parsed_json(known.finance_facts)
    recorded = tuple(each.as_answer() for each in judgements_of(session, revision.project_id))
    is_twice = bool(funded_elsewhere(session, revision.project_id))
    facts = facts_of(dossier, figures, is_funded_elsewhere=is_twice)
    return Situation(revision, dossier, figures, facts, recorded)


@lru_cache(maxsize=256)
def _figures(document: str) -> Mapping[str, float | None]:
    """Return the figures of a document, worked out once a process: one page asks several times."""
    return MappingProxyType(evaluate(Dossier.model_validate(audit.parsed_json(document))).facts())


def route(session: Session, actor: Actor, code: str, *, as_of: date) -> Route:
    """Return the verdict of every pack, a bank's own among them, and what each missing fact would unlock.

    Raises NotFound, NotAllowed.
    """
    found = situation_of(session, actor, code)
    packs = visible_packs(session, actor)
    verdicts = assess(packs, found.facts, as_of=as_of, judgements=found.judgements)
    return route_of(verdicts, found.revision, as_of)


def route_of(verdicts: Sequence[LibraryVerdict], revision: RevisionFacts, as_of: date) -> Route:
    """Return the route these verdicts make."""
    return Route(
        code=revision.code,
        revision=revision.number,
        as_of=as_of,
        libraries=tuple(verdicts),
        wanted=tuple(wanted_facts(verdicts)),
    )


def wanted_facts(verdicts: Iterable[LibraryVerdict]) -> list[WantedFact]:
    """Return every fact that keeps a blocking rule undecided: first those that decide most libraries, then most rules.

    A rule that waits for an unverified threshold is settled by no fact, so its library is decided by none.
    """
    wanted: dict[str, WantedFact] = {}
    for verdict in verdicts:
        undecided = [each for each in verdict.answers if each.severity == "block" and each.status == "unknown"]
        needs = [frozenset(fact.name for fact in answer.missing) for answer in undecided]
        clauses = [{each.name for each in clause.missing} for clause in verdict.transitions if clause.holds is None]
        is_doubtful = verdict.n_unknown > len(undecided)  # which version applies hangs on a transition clause
        for fact in verdict.missing:
            waits = sum(fact.name in names for names in (*needs, *clauses))
            alone = sum(names == {fact.name} for names in needs)
            is_last = bool(needs) and alone == len(needs) and verdict.n_fail == 0 and not is_doubtful
            reach = Reach(pack=verdict.pack, waits=waits, settles=alone, is_last=is_last)
            known = wanted.get(fact.name)
            already = known.reach if known else ()
            wanted[fact.name] = WantedFact(
                name=fact.name, zh=fact.zh, en=fact.en, fields=fact.fields, reach=(*already, reach)
            )
    return sorted(wanted.values(), key=_unlocks)


def _unlocks(fact: WantedFact) -> tuple[int, int, int, str]:
    decided = sum(each.is_last for each in fact.reach)
    return -decided, -sum(each.settles for each in fact.reach), -sum(each.waits for each in fact.reach), fact.name


def nearest_ways(
    session: Session, actor: Actor, code: str, *, as_of: date, libraries: Sequence[str] | None = None
) -> NearestWays:
    """Return the smallest set of changes that opens each library to the project. Raises NotFound, NotAllowed."""
    found = situation_of(session, actor, code)
    packs = visible_packs(session, actor)
    return nearest_way_in(packs, found.facts, as_of=as_of, judgements=found.judgements, libraries=libraries)


def own_verdicts(session: Session, actor: Actor, code: str, *, as_of: date) -> list[LibraryVerdict]:
    """Return the verdicts of the bank's own packs on a project it may see.

    They are worked out for the bank and kept nowhere: a shared assessment must not tell others of its policy. Raises
    NotFound, NotAllowed.
    """
    mine = [pack.id for _, pack in own_packs(session, actor)]
    found = situation_of(session, actor, code)
    return assess(visible_packs(session, actor), found.facts, as_of=as_of, libraries=mine)
