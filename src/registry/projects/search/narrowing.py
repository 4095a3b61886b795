"""One list from the words of all projects in question: how many, how much, which page, what else could be chosen."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from registry.errors import Finding, InvalidInput, shown
from registry.projects.search.filters import ProjectFilter, Sort
from registry.projects.search.words import KINDS, Kind, Numbers, Words, code_number, project_code
from registry.quantities import FEN_PER_CNY_10K

Facet = Literal[
    "province",
    "city",
    "field",
    "dimension",
    "task",
    "status",
    "start_year",
    "library",
    "state",
    "nature",
    "green_class",
    "transition",
]
Mask = npt.NDArray[np.bool_]
APPLICATION_FACETS: Final[tuple[Facet, ...]] = ("library", "state")
_CURSOR = re.compile(r"^(?:(-?\d{1,18})\.)?(ML-\d{7,9})$")


@dataclass(frozen=True, slots=True)
class Page:
    """Codes in the order asked for, and the cursor of the page after them; None on the last."""

    codes: list[str]
    next: str | None


class Narrowed:
    """The projects a filter leaves of those a search found; `values` names what the numbers in words stand for."""

    def __init__(self, words: Words, values: Mapping[int, tuple[str, str]], wanted: ProjectFilter) -> None:
        self._words = words
        self._values = values
        self._wanted = wanted
        self._numbers = {pair: number for number, pair in values.items()}
        self._masks = dict(self._conditions())

    def __len__(self) -> int:
        return int(np.count_nonzero(self._chosen))

    def investment(self) -> Decimal | None:
        """Return the sum of the known investments, in 万元; None when none is known."""
        return self._sum(self._words.fen)

    def _sum(self, amounts: Numbers) -> Decimal | None:
        """Return the sum of the known amounts of those chosen; `amounts` are in fen and one more, 0 is unknown."""
        fen = amounts[self._chosen]
        known = fen[fen > 0] - 1
        if not len(known):
            return None
        # In halves: a few absurd amounts may not run over the end of the numbers.
        whole = (int((known >> 30).sum()) << 30) + int((known & ((1 << 30) - 1)).sum())
        return Decimal(whole) / FEN_PER_CNY_10K

    def counts(self, facet: Facet) -> dict[str, int]:
        """Return how many projects each value would leave beside all other conditions, most first."""
        kind = _kind(facet)
        values = self._words.values(kind)
        tally = np.bincount(values if set(self._masks) <= {kind} else values[self._all_but(kind)])
        found: Counter[str] = Counter()
        for number in np.flatnonzero(tally):
            for text in self._shown(facet, int(number)):
                found[text] += int(tally[number])
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def page(self, *, sort: Sort, after: str | None, limit: int) -> Page:
        """Return the first `limit` codes behind the cursor. Raises InvalidInput when it is none of this order."""
        number, key = self._words.number, self._key(sort)
        behind = self._chosen
        if after is not None:
            last_key, last_number = _read_cursor(after, sort)
            behind = behind & ((key > last_key) | ((key == last_key) & (number > last_number)))
        places = _first(np.flatnonzero(behind), key, number, limit + 1)
        codes = [project_code(int(number[place])) for place in places[:limit]]
        if len(places) <= limit:
            return Page(codes, None)
        return Page(codes, codes[-1] if sort == "code" else f"{key[places[limit - 1]]}.{codes[-1]}")

    def codes(self, sort: Sort) -> list[str]:
        """Return all codes in the order asked for."""
        return self.page(sort=sort, after=None, limit=len(self._words)).codes

    def _key(self, sort: Sort) -> Numbers:
        """Return what the order is by, smallest first; equal ones stand in order of code."""
        if sort == "investment":
            # Largest first, and 0, the unknown, behind them all.
            return -self._words.fen
        return -self._words.saved if sort == "saved" else self._words.number

    @cached_property
    def _chosen(self) -> Mask:
        return self._all_but(None)

    def _all_but(self, kind: Kind | None) -> Mask:
        """Return the projects that meet every condition, leaving out those on one kind."""
        chosen = np.ones(len(self._words), np.bool_)
        for name, mask in self._masks.items():
            if name != kind:
                chosen &= mask
        return chosen

    def _conditions(self) -> Iterator[tuple[str, Mask]]:
        wanted = self._wanted
        for kind in KINDS:
            if kind != "applications" and (text := getattr(wanted, kind)) is not None:
                yield kind, self._words.values(kind) == self._numbers.get((kind, text), -1)
        if wanted.asks_of_applications:
            fitting = [number for number in self._values if any(self._fitting(number, wanted))]
            yield "applications", np.isin(self._words.values("applications"), fitting)
        fen = self._words.fen - 1
        if wanted.investment_min is not None:
            yield "investment_min", fen >= max(int(wanted.investment_min * FEN_PER_CNY_10K), 0)
        if wanted.investment_max is not None:
            yield "investment_max", (fen >= 0) & (fen <= int(wanted.investment_max * FEN_PER_CNY_10K))

    def _fitting(self, number: int, wanted: ProjectFilter) -> Iterator[tuple[str, str]]:
        """Yield the applications a number stands for, as library and state, that are asked for."""
        kind, text = self._values.get(number, ("", ""))
        for each in text.split() if kind == "applications" else ():
            library, _, state = each.rpartition(":")
            if wanted.library in {None, library} and wanted.state in {None, state}:
                yield library, state

    def _shown(self, facet: Facet, number: int) -> set[str]:
        """Return what a number counts for in a facet; of applications, what the other of the two conditions leaves."""
        if facet == "library":
            return {library for library, _ in self._fitting(number, replace(self._wanted, library=None))}
        if facet == "state":
            return {state for _, state in self._fitting(number, replace(self._wanted, state=None))}
        return {self._values[number][1]} if number in self._values else set()


def _kind(facet: Facet) -> Kind:
    return "applications" if facet in {"library", "state"} else facet  # type: ignore[return-value]


def _first(places: npt.NDArray[np.intp], key: Numbers, number: Numbers, limit: int) -> npt.NDArray[np.intp]:
    """Return the first places by key, then by number; only what may stand on the page is put in order."""
    if len(places) > limit:
        keys = key[places]
        last = np.partition(keys, limit - 1)[limit - 1]
        ties = places[keys == last]
        sure = places[keys < last]
        left = limit - len(sure)
        if len(ties) > left:
            ties = ties[np.argpartition(number[ties], left - 1)[:left]]
        places = np.concatenate((sure, ties))
    return places[np.lexsort((number[places], key[places]))]


def _read_cursor(after: str, sort: Sort) -> tuple[int, int]:
    found = _CURSOR.match(after)
    if found is None or (found[1] is None) != (sort == "code"):
        zh = "翻页位置无效，请从第一页重新翻起，或去掉 after 参数"
        finding = Finding("after", "bad-cursor", zh, "is no cursor of this order; begin again without it", shown(after))
        raise InvalidInput.of([finding])
    number = code_number(found[2])
    return (number if found[1] is None else int(found[1])), number
