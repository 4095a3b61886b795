"""Assessing one project against every pack, with the full explanation.

The same bound rules as `evaluate.screen`, so a page and a list never disagree (a property test holds them together).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal

import polars as pl

from registry.eligibility.binding import CITY_CODE, BoundClause, BoundRule, BoundVersion, bound_packs, division_prefix
from registry.eligibility.checked import Packs
from registry.eligibility.facts import GOVERNING_DATE, Vocabulary
from registry.eligibility.model import STATUS_TERMS, VERDICT_TERMS, Judgement, Status, Verdict
from registry.eligibility.predicates import Predicate
from registry.eligibility.reasons import Outline, Readings, Reason, Truth, fold, undecided
from registry.eligibility.rows import Value, fact_row, row_table
from registry.eligibility.verdicts import LibraryVerdict, MissingFact, RuleAnswer, TransitionAnswer, UnverifiedValue

Counts = tuple[int, int, int, int]


def assess(
    packs: Packs,
    facts_row: Mapping[str, Any],
    *,
    as_of: date,
    judgements: Sequence[Judgement] = (),
    libraries: Sequence[str] | None = None,
) -> list[LibraryVerdict]:
    """Return the verdict of every pack that concerns the project, in order of identifier.

    `facts_row` maps fact names to values; names that are no facts are left out. Recorded judgements count only under
    the pack version they were given for. Packs that are not about it, or with no version in force, are left out. Raises
    `InvalidRow` for a value of the wrong type.
    """
    row = fact_row(facts_row, packs.vocabulary)
    found = bound_packs(packs, as_of=as_of, libraries=libraries)
    bounds = [each for each in found if _concerns(each, row, packs.vocabulary, as_of)]
    readings = readings_of(packs, row, bounds, as_of=as_of)
    return [_Assessor(readings, as_of, judgements).verdict(each) for each in bounds]


def readings_of(packs: Packs, row: Mapping[str, Value], bounds: Sequence[BoundVersion], *, as_of: date) -> Readings:
    """Return every fact and atom of these versions, evaluated for one typed row."""
    names = {name for each in bounds for name in each.facts}
    table = packs.vocabulary.table(_row_of(row, names, packs.vocabulary), names, as_of=as_of)
    return Readings(packs.vocabulary, table, _outlines(bounds, packs.vocabulary))


def _row_of(row: Mapping[str, Value], names: Iterable[str], vocabulary: Vocabulary) -> pl.DataFrame:
    """Return the table of what these facts are made of: a condition reads a few facts of two hundred."""
    return row_table({name: row[name] for name in vocabulary.closure(names) if name in row}, vocabulary)


def _concerns(each: BoundVersion, row: Mapping[str, Value], vocabulary: Vocabulary, as_of: date) -> bool:
    condition = each.pack.concerns
    if condition is None:
        return bool(_inside(each.pack.head.jurisdiction, row.get(CITY_CODE)))
    table = vocabulary.table(_row_of(row, condition.facts, vocabulary), condition.facts, as_of=as_of)
    return bool(table.select(each.here).item())


def _inside(jurisdiction: str | None, city_code: Any) -> Truth:
    if jurisdiction in (None, "CN"):
        return True
    return None if city_code is None else str(city_code).startswith(division_prefix(str(jurisdiction)))


def _outlines(bounds: Iterable[BoundVersion], vocabulary: Vocabulary) -> Iterator[Outline]:
    for each in bounds:
        for version in (each, *(clause.other for clause in each.clauses)):
            for rule in version.rules:
                yield from (one for one in rule.outlines(vocabulary) if one is not None)
        yield from (clause.outline(vocabulary) for clause in each.clauses)


class _Assessor:
    def __init__(self, readings: Readings, as_of: date, judgements: Sequence[Judgement]) -> None:
        self.readings, self.as_of, self.judgements = readings, as_of, judgements

    def verdict(self, each: BoundVersion) -> LibraryVerdict:
        """Return the verdict of a pack, transition clauses followed in order: the first that holds decides."""
        chosen, answers = each, self.answers(each)
        clauses: list[TransitionAnswer] = []
        doubt = False
        for clause in each.clauses:
            answer = self._transition(clause)
            clauses.append(answer)
            if answer.holds:
                chosen, answers = clause.other, self.answers(clause.other)
                break
        else:
            own = _folded(_counts(answers))
            for answer, clause in zip(clauses, each.clauses, strict=True):
                doubt |= answer.holds is None and _folded(_counts(self.answers(clause.other))) != own
        return self._verdict(chosen, answers, tuple(clauses), doubt=doubt)

    def _verdict(
        self, chosen: BoundVersion, answers: list[RuleAnswer], clauses: tuple[TransitionAnswer, ...], *, doubt: bool
    ) -> LibraryVerdict:
        n_fail, n_unknown, n_judgement, n_warn = _counts(answers)
        verdict: Verdict = "insufficient" if doubt else _folded((n_fail, n_unknown, n_judgement, n_warn))
        head, version = chosen.pack.head, chosen.version.head
        zh, en = VERDICT_TERMS[verdict]
        return LibraryVerdict(
            pack=head.id,
            name_zh=head.name_zh,
            name_en=head.name_en,
            kind=head.kind,
            jurisdiction=head.jurisdiction,
            owner=chosen.pack.owner,
            version=version.version,
            document=version.document,
            as_of=self.as_of,
            verdict=verdict,
            verdict_zh=zh,
            verdict_en=en,
            n_fail=n_fail,
            n_unknown=n_unknown + doubt,
            n_judgement=n_judgement,
            n_warn=n_warn,
            missing=_most_wanted(answers, clauses if doubt else ()),
            transitions=clauses,
            answers=tuple(answers),
            judgements_not_carried=tuple(
                given for given in self.judgements if given.pack == head.id and given.version != version.version
            ),
        )

    def _transition(self, clause: BoundClause) -> TransitionAnswer:
        reason = self.readings.reason(clause.outline(self.readings.vocabulary))
        written = clause.checked.transition
        return TransitionAnswer(
            use_version=written.use_version,
            holds=reason.holds,
            say_zh=written.say_zh,
            say_en=written.say_en,
            cite=written.cite,
            reason=reason,
            missing=self._missing([reason]),
        )

    def answers(self, version: BoundVersion) -> list[RuleAnswer]:
        """Return the answer of every rule of a version, in the order they are written."""
        return [self._answer(version, rule) for rule in version.rules]

    def _answer(self, version: BoundVersion, rule: BoundRule) -> RuleAnswer:
        written, cite = rule.checked.rule, rule.checked.rule.cite
        condition, demand = rule.outlines(self.readings.vocabulary)
        applies = self.readings.reason(condition) if condition else None
        reason = self.readings.reason(demand) if demand else None
        judgement = self._judgement(version, rule)
        status, unsettled = self._status(rule, applies, reason, judgement)
        zh, en = STATUS_TERMS[status]
        return RuleAnswer(
            rule=written.id,
            title_zh=written.title_zh,
            title_en=written.title_en,
            part=written.part,
            severity=written.severity,
            status=status,
            status_zh=zh,
            status_en=en,
            document=cite.document,
            article=cite.article,
            confidence=cite.confidence,
            is_unverified=cite.confidence == "unverified",
            note=cite.note,
            why_block_zh=written.why_block_zh,
            why_block_en=written.why_block_en,
            say_zh=written.say_zh,
            say_en=written.say_en,
            remedy_zh=written.remedy_zh,
            remedy_en=written.remedy_en,
            documents=tuple(written.documents),
            applies=applies,
            reason=reason,
            missing=self._missing(unsettled, place=status == "unknown" and not unsettled),
            unverified_values=_unverified(version, rule) if status == "unknown" else (),
            question=written.judgement,
            shown=tuple(self.readings.fact(name) for name in written.judgement.facts) if written.judgement else (),
            judgement=judgement,
        )

    def _status(
        self, rule: BoundRule, applies: Reason | None, reason: Reason | None, judgement: Judgement | None
    ) -> tuple[Status, list[Reason]]:
        """Return the status, and the reasons that keep it undecided."""
        place = _inside(rule.checked.rule.jurisdiction, self.readings.facts.get(CITY_CODE))
        condition = fold("all", [place, True if applies is None else applies.holds])
        if condition is False:
            return "not_applicable", []
        if condition is None:
            return "unknown", [applies] if applies is not None else []
        if reason is None:
            return ("judgement" if judgement is None else "pass" if judgement.answer else "fail"), []
        if reason.holds is None:
            return "unknown", [reason]
        return ("pass" if reason.holds else "fail"), []

    def _judgement(self, version: BoundVersion, rule: BoundRule) -> Judgement | None:
        """Return the latest decision recorded for this rule under this very version."""
        wanted = (version.pack.id, version.version.head.version, rule.checked.rule.id)
        given = [one for one in self.judgements if (one.pack, one.version, one.rule) == wanted]
        return max(given, key=lambda one: one.decided_on) if given and rule.requires is None else None

    def _missing(self, reasons: Sequence[Reason], *, place: bool = False) -> tuple[MissingFact, ...]:
        names = dict.fromkeys(name for reason in reasons for name in undecided(reason))
        if place:
            names[CITY_CODE] = None
        return tuple(self._missing_fact(name) for name in names)

    def _missing_fact(self, name: str) -> MissingFact:
        fact, known = self.readings.vocabulary[name], self.readings.facts
        bases = self.readings.vocabulary.bases(name)
        absent = tuple(base for base in bases if known.get(base) is None and base != GOVERNING_DATE)
        # All parts known and still NULL: the whole is zero, or a date is not written to the day.
        return MissingFact(name, fact.zh, fact.en, absent or bases)


def _unverified(version: BoundVersion, rule: BoundRule) -> tuple[UnverifiedValue, ...]:
    predicates: list[Predicate] = [one for one in (rule.checked.applies, rule.checked.requires) if one]
    names = dict.fromkeys(name for predicate in predicates for name in predicate.parameters)
    written = version.version.parameters
    return tuple(
        UnverifiedValue(name, written[name].title_zh, written[name].title_en)
        for name in names
        if version.values[name] is None
    )


def _counts(answers: Iterable[RuleAnswer]) -> Counts:
    found = Counter((answer.severity, answer.status) for answer in answers)
    blocking: tuple[Literal["fail", "unknown", "judgement"], ...] = ("fail", "unknown", "judgement")
    n_fail, n_unknown, n_judgement = (found["block", status] for status in blocking)
    return n_fail, n_unknown, n_judgement, found["warn", "fail"]


def _folded(counts: Counts) -> Verdict:
    n_fail, n_unknown, n_judgement, _ = counts
    return "ineligible" if n_fail else "insufficient" if n_unknown else "judgement" if n_judgement else "eligible"


def _most_wanted(answers: Iterable[RuleAnswer], clauses: Sequence[TransitionAnswer]) -> tuple[MissingFact, ...]:
    wanted: dict[str, MissingFact] = {}
    settles: Counter[str] = Counter()
    blocking = [answer.missing for answer in answers if answer.severity == "block"]
    for missing in (*(clause.missing for clause in clauses), *blocking):
        for fact in missing:
            wanted.setdefault(fact.name, fact)
            settles[fact.name] += 1
    return tuple(sorted(wanted.values(), key=lambda fact: (-settles[fact.name], fact.name)))
