"""What a list is narrowed to and in which order it comes: one concept for pages, API, downloads and commands."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Final, Literal

from pydantic_core import PydanticCustomError

from registry.errors import Finding, InvalidInput, shown
from registry.projects.fields.beautiful_city import DIMENSIONS, TASKS
from registry.projects.fields.content import CONSTRUCTION_STATUS
from registry.projects.fields.lending import GREEN_CATALOGUE_CLASSES
from registry.projects.fields.rights import TRANSITION_SECTORS
from registry.projects.lifecycle.states import STATES
from registry.projects.zones.catalogue import zones
from registry.quantities import money_text, parse_money

Sort = Literal["code", "investment", "saved"]
SORTS: Final[Mapping[Sort, tuple[str, str]]] = {
    "code": ("编号", "Code"),
    "investment": ("总投资从大到小", "Total investment, largest first"),
    "saved": ("最近保存", "Latest saved"),
}
NATURES: Final[Mapping[str, tuple[str, str]]] = {
    "real": ("公开或填报数据", "Published or entered"),
    "demo": ("示例数据", "Sample data"),
}
LONGEST: Final = 100


@dataclass(frozen=True, slots=True)
class ProjectFilter:
    """What a list is narrowed to; None is no condition. Each name is also the one in an address.

    `search` is words, all of which must be found in name, code, approval code, implementer or place, or in the pinyin
    of those. `status` is the state of construction, `state` that of an application (in `library`, when both are
    given), `nature` real or demo, `green_class` of the green catalogue and `transition` the tag of transition finance,
    two things apart, `zone` a region, leading zone or
    pilot the project lies in today. Investments are in 万元, both ends included; unknown lies in no range.
    """

    search: str | None = None
    province: str | None = None
    city: str | None = None
    field: str | None = None
    dimension: str | None = None
    task: str | None = None
    status: str | None = None
    start_year: str | None = None
    library: str | None = None
    state: str | None = None
    nature: str | None = None
    green_class: str | None = None
    transition: str | None = None
    zone: str | None = None
    investment_min: Decimal | None = None
    investment_max: Decimal | None = None

    def as_query(self) -> dict[str, str]:
        """Return the conditions as they stand in an address, without those not set."""
        return {
            name: money_text(value) if isinstance(value, Decimal) else str(value)
            for name, value in ((field.name, getattr(self, field.name)) for field in fields(self))
            if value is not None
        }

    @property
    def asks_of_applications(self) -> bool:
        """Say whether the filter reads what became of applications, which is not for everybody."""
        return self.library is not None or self.state is not None


EVERYTHING = ProjectFilter()
FILTER_NAMES: Final = tuple(field.name for field in fields(ProjectFilter))
_CHOICES: Final[Mapping[str, Mapping[str, Any]]] = {
    "dimension": DIMENSIONS,
    "task": TASKS,
    "status": CONSTRUCTION_STATUS,
    "state": {str(state): titles for state, titles in STATES.items()},
    "nature": NATURES,
    "green_class": GREEN_CATALOGUE_CLASSES,
    "transition": TRANSITION_SECTORS,
    "zone": zones(),
}


def read_filter(asked: Callable[[str], str | None]) -> ProjectFilter:
    """Return the filter an address or a command asks for, by name. Raises InvalidInput with everything wrong in it."""
    texts = {name: (asked(name) or "").replace("\x00", "").strip()[:LONGEST] for name in FILTER_NAMES}
    given: dict[str, Any] = {name: text for name, text in texts.items() if text}
    findings = [finding for name in given for finding in _flaws(name, given)]
    if findings:
        raise InvalidInput.of(findings)
    return ProjectFilter(**given)


def _flaws(name: str, given: dict[str, Any]) -> Iterator[Finding]:
    """Yield what is wrong with one condition; an amount is put in its place as a number."""
    text = given[name]
    if name in _CHOICES and text not in _CHOICES[name]:
        known = "、".join(_CHOICES[name])
        yield Finding(name, "not-in-list", f"应为以下之一：{known}", f"should be one of {known}", shown(text))
    elif name in {"investment_min", "investment_max"}:
        try:
            given[name] = parse_money(text.replace(",", "").replace("，", ""))
        except PydanticCustomError as flaw:
            english = str((flaw.context or {}).get("en", flaw.message()))
            yield Finding(name, flaw.type, flaw.message(), english, shown(text))


def read_sort(asked: str | None) -> Sort:
    """Return the order asked for, by code unless said. Raises InvalidInput."""
    for sort in SORTS:
        if (asked or "code") == sort:
            return sort
    known = "、".join(SORTS)
    finding = Finding("sort", "not-in-list", f"应为以下之一：{known}", f"should be one of {known}", shown(asked))
    raise InvalidInput.of([finding])
