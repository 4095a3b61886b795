"""The pipeline narrowed: the conditions of every list, and bands, limits and verdicts read off the glances."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Final, Literal

import numpy as np

from registry.assessments.prospects.filters import BANDS, BELOW, RANGES, UNKNOWN, ProspectFilter, ProspectSort
from registry.assessments.prospects.keys import VERDICTS
from registry.assessments.prospects.words import Figure, ProspectWords
from registry.projects.codes import REGION_NAMES, REGION_OF_PROVINCE, division_names
from registry.projects.search.narrowing import Mask, Narrowed
from registry.projects.search.words import Numbers, code_number
from registry.quantities import FEN_PER_CNY_10K

Band = Literal["dscr", "coverage", "tenor"]
RANKED: Final[Mapping[str, Figure]] = {"dscr": "dscr", "coverage": "coverage", "firr": "firr"}
_CLOSE: Final = 5e-7
"""Half of what figures are kept to."""


class Prospects(Narrowed):
    """The projects a filter leaves of those a bank (or an office) may see.

    `stages` maps a stage to the codes of the projects that stand at it with the bank that asks.
    """

    def __init__(
        self,
        words: ProspectWords,
        values: Mapping[int, tuple[str, str]],
        wanted: ProspectFilter,
        stages: Mapping[str, Iterable[str]],
    ) -> None:
        self._glances = words
        self._asked = wanted
        self._stages = {name: [code_number(code) for code in codes] for name, codes in stages.items()}
        super().__init__(words, values, wanted.projects)
        self._masks |= dict(self._own_conditions())

    def band_counts(self, name: Band) -> dict[str, int]:
        """Return how many projects each band would leave beside all other conditions, lowest first, unknown last."""
        places = self._bands(name)[self._all_but(name)]  # type: ignore[arg-type]
        tally = np.bincount(places, minlength=len(BANDS[name]) + 2)
        return {label: int(tally[place]) for place, label in enumerate(_labels(name))}

    def verdict_counts(self, pack: str) -> dict[str, int]:
        """Return how many projects have each verdict of a library, beside all other conditions."""
        tally = np.bincount(self._glances.verdicts[self._all_but(f"verdict:{pack}")])  # type: ignore[arg-type]
        found: Counter[str] = Counter()
        for number in np.flatnonzero(tally):
            verdict = self._verdicts_of(int(number)).get(pack)
            if verdict:
                found[verdict] += int(tally[number])
        return dict(found)

    def region_counts(self) -> dict[str, int]:
        """Return how many projects each region would leave beside all other conditions."""
        tally = np.bincount(self._words.values("province")[self._all_but("region")])  # type: ignore[arg-type]
        found: Counter[str] = Counter()
        for number in np.flatnonzero(tally):
            region = _region_of(self._values[int(number)][1]) if number else None
            if region:
                found[region] += int(tally[number])
        return {name: found[name] for name in REGION_NAMES if found[name]}

    def stage_counts(self) -> dict[str, int]:
        """Return how many projects stand at each stage with the bank, beside all other conditions."""
        others = self._all_but("stage")  # type: ignore[arg-type]
        found = {name: int(np.count_nonzero(others & self._at_stage(name))) for name in (*self._stages, "none")}
        return {name: count for name, count in found.items() if count}

    def n_judged(self) -> int:
        """Return how many of the projects left have an assessment of their latest revision."""
        return int(np.count_nonzero(self._chosen & self._glances.is_judged))

    def loans(self) -> Decimal | None:
        """Return the sum of the known bank loans planned, in 万元; None when none is known."""
        return self._sum(self._glances.loan_fen)

    def _key(self, sort: ProspectSort) -> Numbers:
        # Largest first, and 0, the unknown, behind them all.
        if sort == "loan":
            return -self._glances.loan_fen
        return -self._glances.ranked(RANKED[sort]) if sort in RANKED else super()._key(sort)  # type: ignore[arg-type]

    def _own_conditions(self) -> Iterator[tuple[str, Mask]]:
        wanted = self._asked
        if wanted.region is not None:
            fitting = [number for number, (kind, text) in self._values.items() if kind == "province"
                       and _region_of(text) == wanted.region]  # fmt: skip
            yield "region", np.isin(self._words.values("province"), fitting)
        for name in BANDS:
            if (label := getattr(wanted, name)) is not None:
                yield name, self._bands(name) == _labels(name).index(label)
        if wanted.stage is not None:
            yield "stage", self._at_stage(wanted.stage)
        for pack, verdict in wanted.verdicts:
            fitting = [number for number in self._values if self._verdicts_of(number).get(pack) == verdict]
            yield f"verdict:{pack}", np.isin(self._glances.verdicts, fitting)
        yield from self._limits()

    def _limits(self) -> Iterator[tuple[str, Mask]]:
        for name, (figure, *_) in RANGES.items():
            limit = getattr(self._asked, name)
            if limit is None:
                continue
            if figure == "loan":
                fen, bound = self._glances.loan_fen - 1, int(limit * FEN_PER_CNY_10K)
                yield name, (fen >= max(bound, 0)) if name.endswith("_min") else (fen >= 0) & (fen <= bound)
                continue
            values, bound_of = self._glances.figure(figure), float(limit) / (100 if figure == "firr" else 1)  # type: ignore[arg-type]
            # Comparing with NaN, the unknown, is false.
            yield name, values >= bound_of - _CLOSE if name.endswith("_min") else values <= bound_of + _CLOSE

    def _bands(self, name: Figure) -> Numbers:
        """Return the place of each project's band among its labels."""
        values = self._glances.figure(name)
        floors = np.array(BANDS[name]) - _CLOSE
        return np.where(np.isnan(values), len(floors) + 1, np.searchsorted(floors, values, side="right"))

    def _at_stage(self, name: str) -> Mask:
        if name == "none":
            return ~np.isin(self._words.number, [number for numbers in self._stages.values() for number in numbers])
        return np.isin(self._words.number, self._stages.get(name, []))

    def _verdicts_of(self, number: int) -> dict[str, str]:
        return self._verdict_texts.get(number, {})

    @cached_property
    def _verdict_texts(self) -> dict[int, dict[str, str]]:
        return {
            number: dict(part.split(":", 1) for part in text.split())
            for number, (kind, text) in self._values.items()
            if kind == VERDICTS
        }


def _labels(name: Figure) -> list[str]:
    return [BELOW, *(f"{floor:g}" for floor in BANDS[name]), UNKNOWN]


def _region_of(province: str) -> str | None:
    """Return the region of a province as printed, with or without its ending."""
    return _REGION_OF_NAME.get(province) or _REGION_OF_NAME.get(province[:2])


_REGION_OF_NAME: Final[Mapping[str, str]] = {
    spelled: REGION_OF_PROVINCE[code[:2]]
    for code, name in division_names().items()
    if code.endswith("0000") and code[:2] in REGION_OF_PROVINCE
    for spelled in (name, name[:2])
}
"""By the full name and by its first two characters, which no two provinces share."""
