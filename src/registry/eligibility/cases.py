"""The worked cases 用例 of a pack: run through the same evaluation as every project, and what they leave uncovered."""

from collections.abc import Iterator
from dataclasses import dataclass

from registry.eligibility.binding import CITY_CODE, bound
from registry.eligibility.checked import Pack, Packs, PackVersion
from registry.eligibility.evaluate import screen, status
from registry.eligibility.facts import Vocabulary
from registry.eligibility.model import Case
from registry.eligibility.rows import fact_row, row_table


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What a case expects and what the rules say."""

    place: str
    pack: str
    case: Case
    found: str

    @property
    def is_met(self) -> bool:
        """Say whether the rules answer as the case expects."""
        return self.found == self.case.expect


def run_cases(packs: Packs) -> Iterator[CaseResult]:
    """Run every case of every version of every pack."""
    for pack in packs:
        for version in pack.versions.values():
            for place, case in version.cases:
                yield CaseResult(place, pack.id, case, _answer(packs, pack, version, case))


def _answer(packs: Packs, pack: Pack, version: PackVersion, case: Case) -> str:
    """Return what the rules say: a rule in the version its case stands in, a verdict by the governing date."""
    table = row_table(fact_row(case.facts, packs.vocabulary), packs.vocabulary)
    if case.rule is None:
        judged = screen(packs, table, as_of=case.as_of, libraries=[pack.id])
        return str(judged["verdict"][0]) if judged.height else "not_applicable"
    rule = next(each for each in bound(pack, version, case.as_of).rules if each.checked.rule.id == case.rule)
    names = [*rule.checked.facts, *_place(packs.vocabulary)]
    answer = packs.vocabulary.table(table, names, as_of=case.as_of).select(status(rule)).item()
    return str(answer)


def _place(vocabulary: Vocabulary) -> tuple[str, ...]:
    return (CITY_CODE,) if CITY_CODE in vocabulary else ()


def uncovered(packs: Packs) -> Iterator[tuple[str, str]]:
    """Yield place and answer of every rule that lacks a case it could have: pass, fail and, facts missing, unknown.

    A rule over an unverified (empty) parameter answers unknown and needs that case only; a judgement needs a case of
    `judgement`, and of `not_applicable` where it has a condition.
    """
    for pack in packs:
        for version in pack.versions.values():
            for checked in version.rules:
                found = {case.expect for _, case in version.cases if case.rule == checked.rule.id}
                reads = {
                    name
                    for predicate in (checked.applies, checked.requires)
                    if predicate
                    for name in predicate.parameters
                }
                empty = any(version.parameters[name].values[-1].value is None for name in reads)
                wanted = {"pass", "fail", "unknown"} if checked.requires else {"judgement"}
                if empty:
                    wanted = {"unknown"}
                if checked.requires and set(checked.facts) <= {"governing_date"}:
                    wanted.discard("unknown")  # the governing date is never missing
                if checked.applies and not empty and checked.rule.judgement:
                    wanted.add("not_applicable")
                for answer in sorted(wanted - found):
                    yield checked.place, answer
