"""How much two records look like one project entered twice: points with their reasons, nothing looked up.

Points are weights of evidence, set by hand on the published records with realistic variations; precision and recall at
the thresholds are printed by `tests/bench/bench_duplicates.py`. Evidence against (another phase, another city, another
approval code) takes points away, so that alike names alone are never enough.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rapidfuzz.fuzz import ratio

from registry.projects.duplicates.names import MASK, NameCore, name_core, name_similarity

CANDIDATE = 60.0
"""From here on a pair is shown to a reviewer."""

CERTAIN = 85.0
"""From here on a pair counts as one project until a reviewer says otherwise."""

_MUNICIPALITIES = ("11", "12", "31", "50")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_UNIT_SLIP = Decimal(10_000)


@dataclass(frozen=True, slots=True)
class Record:
    """What is compared of a project; money in 万元, `documents` the SHA-256 of its files."""

    name: str | None = None
    core: NameCore | None = None
    approval_code: str | None = None
    credit_code: str | None = None
    city_code: str | None = None
    total_investment: Decimal | None = None
    content: str | None = None
    construction: tuple[str | None, str | None] = (None, None)
    documents: frozenset[str] = frozenset()
    central_money: Decimal | None = None
    """What it draws or plans to draw from central sources; None when no such line is known."""

    @property
    def place(self) -> str | None:
        """Return the first digits that name the city; None when the code names a whole province or nothing."""
        return place_of(self.city_code)


@dataclass(frozen=True, slots=True)
class Reason:
    """One piece of evidence: its points, negative when it speaks against, and what to tell a person."""

    code: str
    points: float
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Score:
    """The points of a pair, from 0 to 100, and the reasons, weightiest first."""

    points: float
    reasons: tuple[Reason, ...]


def place_of(city_code: str | None) -> str | None:
    """Return what identifies the city in a division code: four digits, two of them for a municipality 直辖市."""
    if city_code is None:
        return None
    if city_code[:2] in _MUNICIPALITIES:
        return city_code[:2]
    return None if city_code.endswith("0000") else city_code[:4]


def record_of(values: Mapping[str, Any]) -> Record:
    """Return the record of a project's scalar fields, by catalogue name; what is missing stays unknown."""
    name = values.get("name")
    places = tuple(place for key in ("province_name", "city_name", "county_name") if (place := values.get(key)))
    return Record(
        name=name,
        core=name_core(name, places) if name else None,
        approval_code=values.get("approval_code"),
        credit_code=values.get("implementer_credit_code"),
        city_code=values.get("city_code"),
        total_investment=values.get("total_investment"),
        content=values.get("content_summary"),
        construction=(values.get("construction_start"), values.get("construction_end")),
    )


def score(one: Record, other: Record) -> Score:
    """Return the points of two records and why. The order of the two does not matter."""
    reasons = [reason for part in _PARTS for reason in part(one, other)]
    points = min(100.0, max(0.0, sum(reason.points for reason in reasons)))
    return Score(round(points, 1), tuple(sorted(reasons, key=lambda reason: -abs(reason.points))))


def _approval(one: Record, other: Record) -> Iterator[Reason]:
    if one.approval_code and other.approval_code:
        if one.approval_code == other.approval_code:
            yield Reason("same-approval-code", 80, "投资项目代码相同", "the investment project code is the same")
        else:
            yield Reason("other-approval-code", -15, "投资项目代码不同", "the investment project codes differ")


def _documents(one: Record, other: Record) -> Iterator[Reason]:
    shared = len(one.documents & other.documents)
    if shared:
        yield Reason("same-document", 40, f"有 {shared} 份文件完全相同", f"{shared} attached files are identical")


def _names(one: Record, other: Record) -> Iterator[Reason]:
    if one.core is None or other.core is None:
        return
    alike = name_similarity(one.core, other.core)
    points = round(max(0.0, alike - 0.6) * 100, 1)
    if points:
        zh = f"名称去除地名、期次和常用词后相似度 {alike:.0%}"
        en = f"names without place, phase and common words are {alike:.0%} alike"
        if MASK in one.core.text + other.core.text:
            zh, en = f"{zh}（有遮蔽字符）", f"{en} (masked characters)"
        yield Reason("alike-name", points, zh, en)
    else:
        yield Reason("other-name", -15 if alike < 0.4 else 0, "名称不同", "the names differ")  # noqa: PLR2004 - weight
    yield from _parts(one.core, other.core)


def _parts(one: NameCore, other: NameCore) -> Iterator[Reason]:
    """Tell phases and yearly batches apart: a programme is built in parts alike in everything else."""
    if one.phase != other.phase:
        if one.phase and other.phase:
            yield Reason("other-phase", -45, "期次不同", "they are different phases")
        else:
            yield Reason("phase-on-one-side", -10, "只有一方注明期次", "only one of them names a phase")
    if one.year != other.year:
        if one.year and other.year:
            yield Reason("other-year", -30, "名称中的年度不同", "their names give different years")
        else:
            yield Reason("year-on-one-side", -10, "只有一方名称注明年度", "only one name gives a year")
    elif one.phase == other.phase and one.text == other.text and len(one.letters) >= 6:  # noqa: PLR2004 - weight
        yield Reason("same-name", 10, "名称实质相同", "the names are the same in substance")


def _places(one: Record, other: Record) -> Iterator[Reason]:
    if one.place is None or other.place is None:
        return
    if one.place != other.place:
        yield Reason("other-city", -35, "所在城市不同", "they lie in different cities")
    elif one.city_code == other.city_code:
        yield Reason("same-place", 10, "所在地行政区划代码相同", "the division code is the same")
    else:
        yield Reason("same-city", 6, "在同一城市", "they lie in the same city")


def _money(one: Record, other: Record) -> Iterator[Reason]:
    if not one.total_investment or not other.total_investment:
        return
    low, high = sorted((one.total_investment, other.total_investment))
    if low == high:
        is_round = low % 1000 == 0
        yield Reason("same-total", 15 if is_round else 28, "总投资完全相同", "the total investment is the same")
    elif high == low * _UNIT_SLIP:
        yield Reason("unit-slip", 15, "总投资相差一万倍，疑似单位有误", "totals differ by 10,000: a slip of the unit")
    elif high <= low * Decimal("1.02"):
        yield Reason("close-total", 12, "总投资相差不到 2%", "the totals are within 2 %")
    elif low * Decimal("1.1") < high <= low * 2:
        yield Reason("unlike-total", -6, "总投资相差超过 10%", "the totals differ by more than 10 %")
    elif high > low * 2:
        yield Reason("other-total", -12, "总投资相差一倍以上", "one total is more than twice the other")


def _implementers(one: Record, other: Record) -> Iterator[Reason]:
    if one.credit_code and one.credit_code == other.credit_code:
        yield Reason("same-implementer", 8, "实施主体相同", "the implementing body is the same")


def _contents(one: Record, other: Record) -> Iterator[Reason]:
    if not one.content or not other.content:
        return
    mine, theirs = set(_NUMBER.findall(one.content)), set(_NUMBER.findall(other.content))
    shared = len(mine & theirs) / max(len(mine | theirs), 1)
    alike = ratio(one.content, other.content) / 100
    if alike >= 0.8 and not (mine or theirs):  # noqa: PLR2004 - weights of evidence
        zh = f"建设内容相似度 {alike:.0%}，均无规模数字"
        yield Reason("alike-content", 12, zh, f"the content is {alike:.0%} alike, without figures")
    elif alike >= 0.8 and shared >= 0.5:  # noqa: PLR2004 - weights of evidence
        zh = f"建设内容相似度 {alike:.0%}，规模数字一致"
        yield Reason("same-content", 22, zh, f"the content is {alike:.0%} alike, with the same figures")
    elif mine and theirs and not mine & theirs:
        yield Reason("other-figures", -8, "建设规模数字不同", "the figures of the content differ")
    elif shared >= 0.5 and len(mine & theirs) > 1:  # noqa: PLR2004 - weights of evidence
        yield Reason("same-figures", 12, "建设规模数字一致", "the figures of the content agree")


def _periods(one: Record, other: Record) -> Iterator[Reason]:
    (start, end), (other_start, other_end) = one.construction, other.construction
    if start and end and other_start and other_end and (start[:4], end[:4]) == (other_start[:4], other_end[:4]):
        yield Reason("same-period", 4, "建设期相同", "the construction period is the same")
    elif start and other_start and abs(int(start[:4]) - int(other_start[:4])) > 1:
        yield Reason("other-period", -8, "开工年份相差一年以上", "the years of start are more than one apart")


_PARTS = (_approval, _documents, _names, _places, _money, _implementers, _contents, _periods)
