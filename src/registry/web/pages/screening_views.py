"""What the page of the pipeline offers beside its rows: facets with counts, conditions in force, limits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Request

from registry.assessments.prospects.filters import (
    BANDS,
    BELOW,
    RANGES,
    STAGES,
    UNKNOWN,
    ProspectFilter,
    ProspectSort,
    read_prospect_filter,
    read_prospect_sort,
)
from registry.assessments.prospects.narrowing import Prospects
from registry.assessments.prospects.queries import libraries
from registry.eligibility.model import VERDICT_TERMS
from registry.projects.codes import REGION_NAMES
from registry.web.i18n import Language, label
from registry.web.pages.project_lists import MOST_CITIES, SHOWN, Chip, FacetView, Option, value_label
from registry.web.pages.project_lists import TITLES as LIST_TITLES

TITLES: Final[Mapping[str, str]] = {
    **LIST_TITLES,
    "dscr": "偿债备付率（最低年）",
    "coverage": "本息覆盖倍数",
    "tenor": "贷款期限",
    "region": "区域",
    "stage": "本机构意向",
    **{name: title for name, (_, title, _) in RANGES.items()},
}
"""Conditions by name. In Chinese, as the catalogues are keyed."""
_LISTED: Final = ("green_class", "province", "city", "dimension", "task", "field", "status", "start_year", "nature")
_UNITS: Final[Mapping[str, tuple[str, str]]] = {
    "dscr": ("倍", ""),
    "coverage": ("倍", ""),
    "tenor": ("年", " years"),
    "万元": (" 万元", " ×10,000 CNY"),
    "年": (" 年", " years"),
    "倍": (" 倍", ""),
    "%": ("%", "%"),
}


@dataclass(frozen=True, slots=True)
class AskedProspects:
    """What the address of the pipeline asks for."""

    wanted: ProspectFilter
    sort: ProspectSort
    after: str | None

    def query(self, **changes: str | None) -> str:
        """Return the conditions and the order as in an address, with changes; None takes one away."""
        pairs = {**self.wanted.as_query(), **({} if self.sort == "code" else {"sort": self.sort}), **changes}
        return urlencode({name: value for name, value in pairs.items() if value})

    def href(self, **changes: str | None) -> str:
        """Return the address of the first page with changes."""
        query = self.query(**changes)
        return f"/screening?{query}" if query else "/screening"

    def with_verdict(self, pack: str, verdict: str | None) -> str:
        """Return the address with one library's verdict asked for, or no longer."""
        changed = AskedProspects(self.wanted.with_verdict(pack, verdict), self.sort, None)
        return changed.href()


def asked_prospects(request: Request[Any, Any, Any]) -> AskedProspects:
    """Return what the address of the pipeline asks for. Raises InvalidInput."""
    parameters = request.query_params
    wanted = read_prospect_filter(parameters.get)
    return AskedProspects(wanted, read_prospect_sort(parameters.get("sort")), parameters.get("after") or None)


def prospect_facets(found: Prospects, asked: AskedProspects, language: Language) -> list[FacetView]:
    """Return the facets of the pipeline: money first, then verdicts, places and the rest."""
    return [view for view in _facets(found, asked, language) if view.options]


def _facets(found: Prospects, asked: AskedProspects, language: Language) -> Iterator[FacetView]:
    for band in BANDS:
        yield _facet(band, found.band_counts(band), asked, language, shown=SHOWN + 1)  # type: ignore[arg-type]
    yield _facet("green_class", found.counts("green_class"), asked, language)
    for pack, names in libraries().items():
        yield _verdict_facet(pack, names, found.verdict_counts(pack), asked, language)
    yield _facet("stage", found.stage_counts(), asked, language)
    yield _facet("region", found.region_counts(), asked, language)
    for name in _LISTED[1:]:
        counts = found.counts(name)
        if name == "city" and asked.wanted.projects.city is None and len(counts) > MOST_CITIES:
            continue
        yield _facet(name, counts, asked, language)


def _facet(
    name: str, counts: Mapping[str, int], asked: AskedProspects, language: Language, shown: int = SHOWN
) -> FacetView:
    chosen = asked.wanted.as_query().get(name)
    options = [
        Option(
            shown_value(name, value, language), count, asked.href(**{name: None if value == chosen else value}),
            value == chosen,
        )
        for value, count in counts.items()
        if count or value == chosen
    ]  # fmt: skip
    in_sight = options if name in BANDS else sorted(options, key=lambda option: not option.is_chosen)
    return FacetView(name, TITLES[name], in_sight[:shown], in_sight[shown:])


def _verdict_facet(
    pack: str, names: tuple[str, str], counts: Mapping[str, int], asked: AskedProspects, language: Language
) -> FacetView:
    chosen = dict(asked.wanted.verdicts).get(pack)
    options = [
        Option(
            titles[language == "en"],
            counts.get(verdict, 0),
            asked.with_verdict(pack, None if verdict == chosen else verdict),
            verdict == chosen,
        )
        for verdict, titles in VERDICT_TERMS.items()
        if counts.get(verdict) or verdict == chosen
    ]
    return FacetView(f"verdict-{pack}", names[language == "en"], options, [])


def prospect_chips(asked: AskedProspects, language: Language) -> list[Chip]:
    """Return the conditions in force, each with the address that takes it away."""
    given = asked.wanted.as_query()
    chips = [
        Chip(TITLES[name], shown_value(name, value, language), asked.href(**{name: None}))
        for name, value in given.items()
        if name != "verdicts"
    ]
    named = libraries()
    for pack, verdict in asked.wanted.verdicts:
        title = named.get(pack, (pack, pack))[language == "en"]
        term = VERDICT_TERMS[verdict][language == "en"]  # type: ignore[index]
        chips.append(Chip(title, term, asked.with_verdict(pack, None)))
    return chips


def shown_value(name: str, value: str, language: Language) -> str:
    """Return how a value of a condition is shown."""
    if name in BANDS:
        return _band(name, value, language)
    if name == "stage":
        return STAGES[value][language == "en"]
    if name == "region":
        return label(language, value, REGION_NAMES[value])
    if name in RANGES:
        return value + _UNITS[RANGES[name][2]][language == "en"]
    return value_label(name, value, language)


def _band(name: str, value: str, language: Language) -> str:
    floors: Sequence[float] = BANDS[name]  # type: ignore[index]
    unit = _UNITS[name][language == "en"]
    if value == UNKNOWN:
        return ("未知或不存在", "Unknown or none")[language == "en"]
    if value == BELOW:
        return (f"低于 {floors[0]:g} {unit}", f"Below {floors[0]:g}{unit}")[language == "en"]
    place = floors.index(float(value))
    if place + 1 == len(floors):
        return (f"{value} {unit}及以上", f"{value}{unit} or more")[language == "en"]
    return f"{value}–{floors[place + 1]:g} {unit}".rstrip()
