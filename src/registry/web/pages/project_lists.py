"""What a list of projects offers beside its rows: facets with counts, and the conditions in force."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args
from urllib.parse import urlencode

from litestar import Request

from registry.accounts.model import Actor
from registry.accounts.permissions import may
from registry.assessments.prospects.queries import libraries
from registry.projects.fields.beautiful_city import DIMENSIONS, TASKS
from registry.projects.fields.content import CONSTRUCTION_STATUS
from registry.projects.fields.lending import GREEN_CATALOGUE_CLASSES
from registry.projects.fields.rights import TRANSITION_SECTORS
from registry.projects.lifecycle.states import STATES
from registry.projects.search.filters import NATURES, ProjectFilter, Sort, read_filter, read_sort
from registry.projects.search.narrowing import APPLICATION_FACETS, Facet, Narrowed
from registry.projects.zones.catalogue import zones
from registry.web.i18n import Language, label

TITLES: Final[Mapping[str, str]] = {
    "library": "申报储备库",
    "state": "申请状态",
    "province": "省份",
    "city": "地市",
    "dimension": "美丽城市维度",
    "task": "美丽城市任务",
    "field": "项目领域",
    "status": "建设状态",
    "start_year": "开工年份",
    "nature": "数据性质",
    "green_class": "绿色目录类别",
    "transition": "转型金融标识",
    "zone": "区域或试点",
    "search": "搜索",
    "investment_min": "总投资不低于",
    "investment_max": "总投资不高于",
}
"""Conditions in the order they are offered; facets first. In Chinese, as the catalogues are keyed."""
SHOWN: Final = 6
"""Values of a facet in sight; the others unfold."""
MOST_CITIES: Final = 30
"""Without a province the cities are a list too long to choose from."""
_CHOICES: Final[Mapping[str, Mapping[str, str]]] = {
    "dimension": DIMENSIONS,
    "task": TASKS,
    "status": CONSTRUCTION_STATUS,
    "green_class": GREEN_CATALOGUE_CLASSES,
    "transition": TRANSITION_SECTORS,
}
_AMOUNTS: Final = frozenset({"investment_min", "investment_max"})


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a facet: how many projects it would leave, and where choosing (or leaving) it leads."""

    label: str
    count: int
    href: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FacetView:
    """One facet: the values in sight, and the further ones."""

    name: str
    title: str
    options: Sequence[Option]
    further: Sequence[Option]


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition in force, and the address without it."""

    title: str
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a list asks for."""

    wanted: ProjectFilter
    sort: Sort
    after: str | None

    def query(self, **changes: str | None) -> str:
        """Return the conditions and the order as in an address, with changes; None takes one away."""
        pairs = {**self.wanted.as_query(), **({} if self.sort == "code" else {"sort": self.sort}), **changes}
        return urlencode({name: value for name, value in pairs.items() if value})

    def href(self, **changes: str | None) -> str:
        """Return the address of the first page with changes."""
        query = self.query(**changes)
        return f"/projects?{query}" if query else "/projects"


def asked_list(request: Request[Any, Any, Any]) -> Asked:
    """Return what the address of a list asks for. Raises InvalidInput."""
    return read_asked(request.query_params.get)


def read_asked(given: Callable[[str], str | None]) -> Asked:
    """Return what an address or a form asks of a list, by name. Raises InvalidInput."""
    return Asked(read_filter(given), read_sort(given("sort")), given("after") or None)


def facets(found: Narrowed, asked: Asked, actor: Actor, language: Language) -> list[FacetView]:
    """Return the facets this actor may choose by; one with nothing to choose from is left out."""
    views = []
    for name in (each for each in TITLES if each in get_args(Facet)):
        if name in APPLICATION_FACETS and not may(actor, "read_applications"):
            continue
        counts = found.counts(name)  # type: ignore[arg-type]
        chosen = getattr(asked.wanted, name)
        if name == "city" and chosen is None and len(counts) > MOST_CITIES:
            continue
        if name == "start_year":
            counts = dict(sorted(counts.items(), reverse=True))
        options = [_option(asked, name, value, count, chosen, language) for value, count in counts.items()]
        in_sight = sorted(options, key=lambda option: not option.is_chosen)
        if options:
            views.append(FacetView(name, TITLES[name], in_sight[:SHOWN], in_sight[SHOWN:]))
    return views


def _option(asked: Asked, name: str, value: str, count: int, chosen: str | None, language: Language) -> Option:
    is_chosen = value == chosen
    href = asked.href(**{name: None if is_chosen else value})
    return Option(value_label(name, value, language), count, href, is_chosen)


def chips(asked: Asked, language: Language) -> list[Chip]:
    """Return the conditions in force, each with the address that takes it away."""
    given = asked.wanted.as_query()
    return [
        Chip(TITLES[name], value_label(name, given[name], language), asked.href(**{name: None}))
        for name in TITLES
        if name in given
    ]


def value_label(name: str, value: str, language: Language) -> str:
    """Return how a value of a condition is shown."""
    pairs: Mapping[str, tuple[str, str]] = {}
    if name == "library":
        pairs = libraries()
    elif name == "state":
        pairs = {str(state): titles for state, titles in STATES.items()}
    elif name == "nature":
        pairs = NATURES
    elif name == "zone":
        pairs = {each.id: (each.zh, each.en) for each in zones().values()}
    if value in pairs:
        return pairs[value][language == "en"]
    choices = _CHOICES.get(name, {})
    if value in choices:
        return label(language, value, choices[value])
    unit = " 万元" if language == "zh" else " ×10,000 CNY"
    return f"{value}{unit}" if name in _AMOUNTS else value
