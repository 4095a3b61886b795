"""What the pipeline is narrowed to: the conditions of every list, and those on money and verdicts beside them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal, cast
from urllib.parse import parse_qsl, urlencode

from registry.assessments.prospects.words import Figure
from registry.eligibility.evaluate import VERDICTS
from registry.errors import Finding, InvalidInput, shown
from registry.projects.banks.model import INTEREST_STAGES
from registry.projects.codes import REGION_NAMES
from registry.projects.search.filters import EVERYTHING, ProjectFilter, read_filter
from registry.quantities import money_text

ProspectSort = Literal["code", "investment", "saved", "loan", "dscr", "coverage", "firr"]
SORTS: Final[Mapping[ProspectSort, tuple[str, str]]] = {
    "code": ("编号", "Code"),
    "investment": ("总投资从大到小", "Total investment, largest first"),
    "loan": ("拟用贷款从大到小", "Bank loan, largest first"),
    "dscr": ("偿债备付率从高到低", "Debt service cover, highest first"),
    "coverage": ("本息覆盖倍数从高到低", "Cover of debt, highest first"),
    "firr": ("内部收益率从高到低", "Rate of return, highest first"),
    "saved": ("最近保存", "Latest saved"),
}
BANDS: Final[Mapping[Figure, tuple[float, ...]]] = {
    "dscr": (1.0, 1.1, 1.2, 1.3, 1.5),
    "coverage": (1.0, 1.1, 1.2, 1.5, 2.0),
    "tenor": (5.0, 10.0, 15.0, 20.0),
}
"""Lower ends of the bands, each included; the lowest band lies below the first."""
UNKNOWN: Final = "unknown"
BELOW: Final = "below"
STAGES: Final[Mapping[str, tuple[str, str]]] = {**INTEREST_STAGES, "none": ("未表态", "No word given")}
RANGES: Final[Mapping[str, tuple[str, str, str]]] = {
    "loan_min": ("loan", "拟用贷款不低于", "万元"),
    "loan_max": ("loan", "拟用贷款不高于", "万元"),
    "tenor_min": ("tenor", "贷款期限不短于", "年"),
    "tenor_max": ("tenor", "贷款期限不长于", "年"),
    "dscr_min": ("dscr", "偿债备付率不低于", "倍"),
    "coverage_min": ("coverage", "覆盖倍数不低于", "倍"),
    "firr_min": ("firr", "内部收益率不低于", "%"),
}
"""Name of a limit to the figure it binds, its term and its unit."""


@dataclass(frozen=True, slots=True)
class ProspectFilter:
    """What the pipeline is narrowed to; None is no condition. Each name is also the one in an address.

    `projects` are the conditions of any list. Bands are named by their lower end (`1.2`), `below` or `unknown`;
    verdicts are pairs of library and verdict, all of which must hold. Loans are in 万元, tenors in years, `firr_min` in
    per cent, both ends included; unknown lies in no range and in no band but its own.
    """

    projects: ProjectFilter = EVERYTHING
    region: str | None = None
    dscr: str | None = None
    coverage: str | None = None
    tenor: str | None = None
    stage: str | None = None
    verdicts: tuple[tuple[str, str], ...] = ()
    loan_min: Decimal | None = None
    loan_max: Decimal | None = None
    tenor_min: Decimal | None = None
    tenor_max: Decimal | None = None
    dscr_min: Decimal | None = None
    coverage_min: Decimal | None = None
    firr_min: Decimal | None = None

    def as_query(self) -> dict[str, str]:
        """Return the conditions as they stand in an address, without those not set."""
        own = {
            name: money_text(value) if isinstance(value, Decimal) else str(value)
            for name, value in ((field.name, getattr(self, field.name)) for field in fields(self))
            if value is not None and name not in {"projects", "verdicts"}
        }
        pairs = " ".join(f"{pack}:{verdict}" for pack, verdict in self.verdicts)
        return {**self.projects.as_query(), **own, **({"verdicts": pairs} if pairs else {})}

    def with_verdict(self, pack: str, verdict: str | None) -> "ProspectFilter":
        """Return the filter with one library's verdict asked for; None takes that condition away."""
        kept = tuple(pair for pair in self.verdicts if pair[0] != pack)
        return replace(self, verdicts=tuple(sorted((*kept, (pack, verdict)) if verdict else kept)))


_NOT_FOR_BANKS: Final = frozenset({"library", "state", "zone"})
PROSPECT_NAMES: Final = (
    *(field.name for field in fields(ProjectFilter) if field.name not in _NOT_FOR_BANKS),
    *(field.name for field in fields(ProspectFilter) if field.name != "projects"),
)
"""Every condition by its name in an address. Applications and zones are conditions of the other list alone."""
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "region": tuple(REGION_NAMES),
    "stage": tuple(STAGES),
    **{name: (BELOW, *(f"{floor:g}" for floor in floors), UNKNOWN) for name, floors in BANDS.items()},
}
_LARGEST: Final = Decimal(10) ** 9


def read_prospect_filter(asked: Callable[[str], str | None]) -> ProspectFilter:
    """Return the filter an address or a command asks for, by name. Raises InvalidInput with everything wrong in it."""
    findings: list[Finding] = []
    projects = EVERYTHING
    try:
        projects = read_filter(lambda name: None if name in _NOT_FOR_BANKS else asked(name))
    except InvalidInput as refused:
        findings += refused.findings
    given: dict[str, Any] = {}
    for name in (each for each in PROSPECT_NAMES if each not in ProjectFilter.__slots__):
        text = (asked(name) or "").replace("\x00", "").strip()[:400]
        if text:
            findings += _read(name, text, given)
    if findings:
        raise InvalidInput.of(findings)
    return ProspectFilter(projects=projects, **given)


def _read(name: str, text: str, given: dict[str, Any]) -> Iterator[Finding]:
    """Put one condition in its place, or yield what is wrong with it."""
    if name in _CHOICES:
        if text in _CHOICES[name]:
            given[name] = text
        else:
            yield _not_in(name, text, _CHOICES[name])
    elif name == "verdicts":
        pairs = [part.partition(":")[::2] for part in text.split()]
        for _, verdict in pairs:
            if verdict not in VERDICTS:
                yield _not_in(name, verdict, VERDICTS)
        given[name] = tuple(sorted(dict(pairs).items()))
    else:
        try:
            number = Decimal(text.replace(",", "").replace("，", "").rstrip("%％"))
        except InvalidOperation:
            number = Decimal("NaN")
        if number.is_finite() and abs(number) <= _LARGEST:
            given[name] = number
        else:
            yield Finding(name, "not-a-number", "应为数字", "should be a number", shown(text))


def _not_in(name: str, text: str, known: tuple[str, ...]) -> Finding:
    listed = "、".join(known)
    return Finding(name, "not-in-list", f"应为以下之一：{listed}", f"should be one of {listed}", shown(text))


def read_prospect_sort(asked: str | None) -> ProspectSort:
    """Return the order asked for, by code unless said. Raises InvalidInput."""
    if (asked or "code") in SORTS:
        return cast("ProspectSort", asked or "code")
    raise InvalidInput.of([_not_in("sort", asked or "", tuple(SORTS))])


def filter_text(wanted: ProspectFilter) -> str:
    """Return the filter as it is kept and as it stands in an address."""
    return urlencode(wanted.as_query())


def filter_of_text(text: str) -> ProspectFilter:
    """Return a kept filter. Raises InvalidInput when a later version no longer knows one of its conditions."""
    return read_prospect_filter(dict(parse_qsl(text)).get)
