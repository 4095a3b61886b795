"""Nearest way in 最近的入库路径: the smallest set of changes that opens each library, proven by judging again.

Candidates are all judged at once by the same screening as the registry; the best is stripped of every change it does
not need. A library that no number, document or missing fact can open is reported with the rules that close it.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any, Literal

import msgspec

from registry.eligibility.binding import BoundVersion, bound
from registry.eligibility.checked import Packs
from registry.eligibility.evaluate import screen
from registry.eligibility.explain import assess, readings_of
from registry.eligibility.levers import pulled
from registry.eligibility.model import Judgement, Verdict
from registry.eligibility.reasons import FactValue, Readings, fact_value
from registry.eligibility.rows import Value, fact_row, row_tables
from registry.eligibility.verdicts import LibraryVerdict, RuleAnswer
from registry.eligibility.wishes import Option, joined, options, targets

MOST_CANDIDATES = 128
MOST_ROUNDS = 4
OPEN: tuple[Verdict, ...] = ("eligible", "judgement")

Row = dict[str, Value]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One change to a project. `state`: a fact nobody gave, which would have to be so; it cannot be chosen freely."""

    kind: Literal["number", "document", "state"]
    before: FactValue
    after: FactValue
    difference: float | None
    allowed: tuple[str, ...]
    """Of a choice: every value that opens the library, given the other changes."""


class WayIn(msgspec.Struct, frozen=True, kw_only=True):
    """The nearest way into one library; `changes` is empty and `closed_by` says why when there is none."""

    pack: str
    name_zh: str
    name_en: str
    version: str
    verdict_now: Verdict
    verdict_then: Verdict
    is_open: bool
    changes: tuple[Change, ...]
    closed_by: tuple[str, ...]
    judgements: tuple[str, ...]
    """Rules a person still decides afterwards."""


class SharedChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change and the libraries whose way it is part of."""

    change: Change
    packs: tuple[str, ...]


class NearestWays(msgspec.Struct, frozen=True, kw_only=True):
    """All ways of a project, and the changes that open most libraries first."""

    as_of: date
    ways: tuple[WayIn, ...]
    changes: tuple[SharedChange, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


def nearest_way_in(
    packs: Packs,
    facts_row: Mapping[str, Any],
    *,
    as_of: date,
    judgements: Sequence[Judgement] = (),
    libraries: Sequence[str] | None = None,
) -> NearestWays:
    """Return, for every library the project is not yet in, the smallest set of changes that opens it.

    `verdict_then` is the verdict of judging the changed project again; a way is only reported open when that is 符合,
    or 需人工判断 where only a person's decision remains.
    """
    row = fact_row(facts_row, packs.vocabulary)
    verdicts = assess(packs, row, as_of=as_of, judgements=judgements, libraries=libraries)
    search = [_Search(packs, row, verdict, as_of, judgements) for verdict in verdicts if verdict.verdict not in OPEN]
    ways = tuple(sorted((each.way() for each in search), key=lambda way: (not way.is_open, len(way.changes), way.pack)))
    return NearestWays(as_of=as_of, ways=ways, changes=_shared(ways))


def _shared(ways: Sequence[WayIn]) -> tuple[SharedChange, ...]:
    opened: dict[Change, list[str]] = {}
    for way in ways:
        for change in way.changes:
            opened.setdefault(change, []).append(way.pack)
    ranked = sorted(opened.items(), key=lambda item: (-len(item[1]), item[0].after.name))
    return tuple(SharedChange(change=change, packs=tuple(names)) for change, names in ranked)


class _Search:
    """The search for one pack."""

    def __init__(
        self, packs: Packs, row: Row, verdict: LibraryVerdict, as_of: date, judgements: Sequence[Judgement]
    ) -> None:
        self.packs, self.row, self.now = packs, row, verdict
        self.as_of, self.judgements = as_of, judgements
        pack = packs[verdict.pack]
        self.bound: BoundVersion = bound(pack, pack.versions[verdict.version], as_of)

    def way(self) -> WayIn:
        """Return the way in, or why there is none."""
        row: Row | None = self.row
        for _ in range(MOST_ROUNDS):
            row = self._best(row) if row is not None else None
            if row is None or self._is_open(row):
                break
        if row is None or not self._is_open(row):
            return self._report(self.row, is_open=False)
        return self._report(self._stripped(row), is_open=True)

    def _best(self, row: Row) -> Row | None:
        """Return the best changed row of one round, None when nothing can be changed."""
        readings = readings_of(self.packs, row, [self.bound], as_of=self.as_of)
        candidates = list(islice(self._candidates(row, readings), MOST_CANDIDATES))
        if not candidates:
            return None
        scores = [
            (closed, len(self._changed(candidates[number])), self._effort(candidates[number]), number)
            for number, closed in self._closed_rules(candidates).items()
        ]
        return candidates[min(scores)[-1]] if scores else None

    def _closed_rules(self, rows: list[Row]) -> dict[int, int]:
        """Return how many blocking rules fail or are undecided, by position; a row the pack is not about is absent."""
        table = row_tables(list(rows), self.packs.vocabulary)
        judged = screen(self.packs, table, as_of=self.as_of, libraries=[self.now.pack])
        return dict(zip(judged["row"], judged["n_fail"] + judged["n_unknown"], strict=True))

    def _candidates(self, row: Row, readings: Readings) -> Iterator[Row]:
        """Yield rows in which every blocking rule that can be met is met."""
        found: list[list[Option]] = []
        for rule in self.bound.rules:
            if rule.checked.rule.severity != "block":
                continue
            ways = _rule_options(rule.applies, rule.requires, readings)
            if ways and ways != [()]:
                found.append(ways)
        for option in joined_across(found):
            chosen = targets(option, readings.facts, self.packs.vocabulary)
            changed = pulled(row, chosen, self.packs.vocabulary, as_of=self.as_of) if chosen else None
            if changed:
                yield changed

    def _is_open(self, row: Row) -> bool:
        judged = self._judged(row)
        return judged is not None and judged.verdict in OPEN

    def _judged(self, row: Row) -> LibraryVerdict | None:
        """Return the verdict of a changed row; None when the change takes the project out of the pack's reach."""
        found = assess(self.packs, row, as_of=self.as_of, judgements=self.judgements, libraries=[self.now.pack])
        return found[0] if found else None

    def _changed(self, row: Row) -> list[str]:
        return sorted(name for name in row if row[name] != self.row.get(name))

    def _effort(self, row: Row) -> float:
        """Return how far numbers move, relative to where they stand."""
        total = 0.0
        for name in self._changed(row):
            before, after = self.row.get(name), row[name]
            if isinstance(before, float) and isinstance(after, float):
                total += abs(after - before) / max(abs(before), 1.0)
        return total

    def _stripped(self, row: Row) -> Row:
        """Return the row without any change that is not needed, dearest first."""
        for name in self._changed(row):
            trial = {key: value for key, value in row.items() if key != name}
            if name in self.row:
                trial[name] = self.row[name]
            if self._is_open(trial):
                row = trial
        return row

    def _report(self, row: Row, *, is_open: bool) -> WayIn:
        then = self._judged(row) or self.now
        changes = tuple(self._change(name, row) for name in self._changed(row))
        return WayIn(
            pack=self.now.pack,
            name_zh=self.now.name_zh,
            name_en=self.now.name_en,
            version=self.now.version,
            verdict_now=self.now.verdict,
            verdict_then=then.verdict,
            is_open=is_open,
            changes=changes,
            closed_by=() if is_open else self._closing(),
            judgements=tuple(answer.rule for answer in then.answers if _waits(answer)),
        )

    def _closing(self) -> tuple[str, ...]:
        """Return the blocking rules nothing can open; all undecided or failing ones when only their mix fails."""
        readings = readings_of(self.packs, self.row, [self.bound], as_of=self.as_of)
        hopeless = [
            rule.checked.rule.id
            for rule in self.bound.rules
            if rule.checked.rule.severity == "block" and not _rule_options(rule.applies, rule.requires, readings)
        ]
        closed = ("fail", "unknown")
        stuck = [one.rule for one in self.now.answers if one.severity == "block" and one.status in closed]
        return tuple(hopeless or stuck)

    def _change(self, name: str, row: Row) -> Change:
        fact = self.packs.vocabulary[name]
        before, after = self.row.get(name), row[name]
        moved = isinstance(before, float) and isinstance(after, float)
        return Change(
            kind="document" if fact.origin == "document" else "number" if moved else "state",
            before=fact_value(fact, before),
            after=fact_value(fact, after),
            difference=round(after - before, 6) if isinstance(before, float) and isinstance(after, float) else None,
            allowed=self._allowed(name, row),
        )

    def _allowed(self, name: str, row: Row) -> tuple[str, ...]:
        choices = tuple(self.packs.vocabulary[name].choices or ())
        if not choices:
            return ()
        closed = self._closed_rules([{**row, name: choice} for choice in choices])
        return tuple(choice for number, choice in enumerate(choices) if closed.get(number) == 0)


def _waits(answer: RuleAnswer) -> bool:
    return answer.severity == "block" and answer.status == "judgement"


def _rule_options(applies: Any, requires: Any, readings: Readings) -> list[Option]:
    """Return the alternatives that settle a rule; a judgement is settled as soon as it is known to apply or not."""
    condition: list[Option] = options(applies, readings, wanted=True) if applies is not None else [()]
    demand: list[Option] = options(requires, readings, wanted=True) if requires is not None else [()]
    moot: list[Option] = options(applies, readings, wanted=False) if applies is not None else []
    if () in moot:
        return [()]
    both = joined([condition, demand])
    # A condition that holds is not moved away: a project without the loan is another project.
    return both if () in condition else sorted([*moot, *both], key=len)


def joined_across(found: Sequence[list[Option]]) -> Iterator[Option]:
    """Yield combinations of one option per rule, the cheapest of each first."""
    best = tuple(dict.fromkeys(wish for ways in found for wish in ways[0]))
    if not found:
        return
    yield best
    for number, ways in enumerate(found):
        for other in ways[1:]:
            rest = [each[0] for position, each in enumerate(found) if position != number]
            yield tuple(dict.fromkeys(wish for option in (other, *rest) for wish in option))
    size = math.prod(len(ways) for ways in found)
    if size <= MOST_CANDIDATES:
        yield from joined(found)
