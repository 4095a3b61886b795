"""What is missing 缺什么, by next step and section: what the catalogue, the checklist and the rules wait for.

Each value stands once, under the first step that needs it, with everything that asks for it. Rules count when they may
block: what warns or informs keeps nobody out. A library's rules count for entry, those of money and labels for the
financing package.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Literal, get_args

import msgspec
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.assessments.facts import facts_of
from registry.assessments.pricing import evaluate
from registry.assessments.private_packs import visible_packs
from registry.assessments.routing import situation_of
from registry.eligibility.derived import document_fact, project_vocabulary
from registry.eligibility.explain import assess
from registry.eligibility.verdicts import LibraryVerdict, MissingFact
from registry.projects.catalogue import fields
from registry.projects.duplicates.findings import funded_elsewhere
from registry.projects.fields.documents import CHECKLIST
from registry.projects.missing import SECTION_NAMES, STEPS, missing_for
from registry.projects.model import Dossier
from registry.projects.rights import INSTRUMENTS
from registry.quantities import Stage

_STEP_OF_KIND: dict[str, Stage] = {"library": "in_library", "cross": "in_library"}
_COLLECTION_OF_FACT = {
    "has_performance_goals": "performance_goals",
    "component_count": "components",
    "has_quantified_benefit": "benefits",
    **{f"has_{instrument}_income": "financials" for instrument in INSTRUMENTS},
}
_COLLECTION_OF_ORIGIN = {"funding": "funding_lines", "finance": "financials"}
_DOCUMENT_OF_FACT = {document_fact(code): code for code in CHECKLIST}


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks for a value, with the clause.

    The field catalogue, the checklist of lenders, a rule, or the transition clause that decides which version of a
    pack applies.
    """

    kind: Literal["catalogue", "checklist", "rule", "transition"]
    pack: str | None = None
    pack_zh: str | None = None
    pack_en: str | None = None
    rule: str | None = None
    rule_zh: str | None = None
    rule_en: str | None = None
    clause: str | None = None


class MissingValue(msgspec.Struct, frozen=True, kw_only=True):
    """One value that is not there.

    `path` is its place in the document: `name`, `funding_lines[2].amount`, a whole list or `financials`, or
    `documents[D03]` for an item of the checklist.
    """

    path: str
    title_zh: str
    title_en: str
    why: tuple[Why, ...]


class MissingSection(msgspec.Struct, frozen=True, kw_only=True):
    """What one section of the dossier lacks."""

    section: str
    title_zh: str
    title_en: str
    items: tuple[MissingValue, ...]


class MissingStep(msgspec.Struct, frozen=True, kw_only=True):
    """What one step needs that no earlier step did."""

    step: Stage
    title_zh: str
    title_en: str
    count: int
    sections: tuple[MissingSection, ...]
    """Only those that lack something, in the order of the form."""


class WhatIsMissing(msgspec.Struct, frozen=True, kw_only=True):
    """The four steps of a project in order. `code` and `revision` are null for one that was never saved."""

    code: str | None
    revision: int | None
    as_of: date
    steps: tuple[MissingStep, ...]

    @property
    def next_step(self) -> MissingStep | None:
        """Return the first step that still lacks something, None when nothing is missing."""
        return next((step for step in self.steps if step.count), None)


def what_is_missing(
    session: Session, actor: Actor, code: str, *, as_of: date, libraries: Sequence[str] | None = None
) -> WhatIsMissing:
    """Return what the latest revision lacks, for these rule packs or all that concern it.

    Raises NotFound, also for a pack nobody knows, and NotAllowed.
    """
    found = situation_of(session, actor, code)
    packs = visible_packs(session, actor)
    verdicts = assess(packs, found.facts, as_of=as_of, judgements=found.judgements, libraries=libraries)
    return WhatIsMissing(
        code=code, revision=found.revision.number, as_of=as_of, steps=missing_steps(found.dossier, verdicts)
    )


def what_form_lacks(
    session: Session, actor: Actor, code: str | None, dossier: Dossier, *, as_of: date
) -> WhatIsMissing:
    """Return what a dossier that is being typed still lacks; figures are those of the saved revision, if there is one.

    Raises NotFound, NotAllowed.
    """
    saved = None if code is None else situation_of(session, actor, code)
    figures = evaluate(dossier).facts() if saved is None else saved.figures
    is_twice = saved is not None and bool(funded_elsewhere(session, saved.revision.project_id))
    facts = facts_of(dossier, figures, is_funded_elsewhere=is_twice)
    verdicts = assess(visible_packs(session, actor), facts, as_of=as_of)
    number = None if saved is None else saved.revision.number
    return WhatIsMissing(code=code, revision=number, as_of=as_of, steps=missing_steps(dossier, verdicts))


def place_of(fact: str) -> tuple[str, str]:
    """Return the section and the path in the document where a person gives a base fact. Raises KeyError for others."""
    origin = project_vocabulary()[fact].origin
    if origin == "catalogue" and fact in fields():
        return fields()[fact].term.section, fact
    if origin == "document":
        return "documents", f"documents[{_DOCUMENT_OF_FACT[fact]}]"
    collection = _COLLECTION_OF_FACT[fact] if origin == "record" else _COLLECTION_OF_ORIGIN[origin]
    return collection, collection


class _Wish(msgspec.Struct, frozen=True):
    path: str
    section: str
    step: Stage
    titles: tuple[str, str]
    why: Why


def missing_steps(dossier: Dossier, verdicts: Iterable[LibraryVerdict]) -> tuple[MissingStep, ...]:
    """Return every step with what it needs and the dossier, judged like this, does not give."""
    wishes: dict[str, list[_Wish]] = {}
    for wish in (*_of_catalogue(dossier), *_of_checklist(dossier), *_of_rules(verdicts)):
        wishes.setdefault(wish.path, []).append(wish)
    order: tuple[Stage, ...] = get_args(Stage)
    placed: dict[Stage, dict[str, list[MissingValue]]] = {step: {} for step in order}
    for path, asked in wishes.items():
        first = min(asked, key=lambda wish: order.index(wish.step))
        value = MissingValue(
            path=path, title_zh=first.titles[0], title_en=first.titles[1], why=tuple(wish.why for wish in asked)
        )
        placed[first.step].setdefault(first.section, []).append(value)
    return tuple(_step(step, placed[step]) for step in order)


def _step(step: Stage, found: dict[str, list[MissingValue]]) -> MissingStep:
    sections = tuple(
        MissingSection(section=name, title_zh=zh, title_en=en, items=tuple(found[name]))
        for name, (zh, en) in SECTION_NAMES.items()
        if name in found
    )
    zh, en = STEPS[step]
    return MissingStep(step=step, title_zh=zh, title_en=en, count=sum(map(len, found.values())), sections=sections)


def _of_catalogue(dossier: Dossier) -> Iterator[_Wish]:
    for item in missing_for(dossier, "packaged"):
        yield _Wish(item.path, item.section, item.step, (item.title_zh, item.title_en), Why(kind="catalogue"))


def _of_checklist(dossier: Dossier) -> Iterator[_Wish]:
    held = {entry.checklist_code for entry in dossier.documents if entry.is_available}
    for item in CHECKLIST.values():
        if item.is_mandatory and item.code not in held:
            path = f"documents[{item.code}]"
            yield _Wish(path, "documents", "packaged", _document_titles(item.code), Why(kind="checklist"))


def _of_rules(verdicts: Iterable[LibraryVerdict]) -> Iterator[_Wish]:
    for verdict in verdicts:
        step = _STEP_OF_KIND.get(verdict.kind, "packaged")
        named: dict[str, Any] = {"pack": verdict.pack, "pack_zh": verdict.name_zh, "pack_en": verdict.name_en}
        undecided = [each for each in verdict.answers if each.severity == "block" and each.status == "unknown"]
        for answer in undecided:
            clause = _clause(answer.document, answer.article)
            titles = {"rule": answer.rule, "rule_zh": answer.title_zh, "rule_en": answer.title_en}
            yield from _wishes(answer.missing, step, Why(kind="rule", clause=clause, **named, **titles))
        if verdict.n_unknown > len(undecided):  # which version applies hangs on a transition clause
            for each in verdict.transitions:
                if each.holds is None:
                    clause = _clause(each.cite.document, each.cite.article)
                    yield from _wishes(each.missing, step, Why(kind="transition", clause=clause, **named))


def _wishes(missing: Iterable[MissingFact], step: Stage, why: Why) -> Iterator[_Wish]:
    places = dict.fromkeys(place_of(name) for fact in missing for name in fact.fields)
    for section, path in places:
        yield _Wish(path, section, step, _titles(section, path), why)


def _titles(section: str, path: str) -> tuple[str, str]:
    described = fields().get(path)
    if described is not None:
        return described.term.zh, described.term.en
    code = path.removeprefix("documents[").removesuffix("]")
    return _document_titles(code) if code in CHECKLIST else SECTION_NAMES[section]


def _document_titles(code: str) -> tuple[str, str]:
    return f"{code} {CHECKLIST[code].zh}", f"{code} {CHECKLIST[code].en}"


def _clause(document: str, article: str | None) -> str:
    return f"{document} {article}" if article else document
