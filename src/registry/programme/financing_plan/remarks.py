"""What the figures of a plan say that a reader must be told: gaps, unknown amounts, bundles out of balance."""

from collections.abc import Iterable, Iterator, Sequence

from registry.errors import Finding
from registry.programme.financing_plan.balance import BundleBalance
from registry.programme.financing_plan.document import PlanDocument
from registry.programme.financing_plan.figures import PlanFigures, ProjectLine
from registry.programme.financing_plan.funding import unaccounted

MOST_NAMED = 8
"""Projects named in one sentence; the tables show every one."""

_KINDS = {
    "role-missing": ("未填写定位", "role is not stated"),
    "investment-unknown": ("总投资未填，未计入合计", "total investment is unknown and not in the sums"),
    "amount-unknown": ("有资金金额未填，未计入合计", "some amounts are unknown and not in the sums"),
    "no-source": ("有投资没有资金来源", "some of the investment has no source"),
    "over-stated": ("资金来源多于总投资，请核对", "sources exceed the investment; check them"),
    "outside-period": ("有资金安排在方案期外", "money falls outside the period of the plan"),
    "no-case": ("未填写财务测算输入，无法判断回报", "no financial case, so the return cannot be told"),
    "not-calculable": ("财务测算输入有误，无法测算", "the financial case cannot be calculated"),
    "no-start": ("未填建设期起，未计入分年覆盖和组合", "start of construction unknown; not in yearly coverage"),
    "dscr-below-one": ("最低偿债备付率低于 1", "lowest DSCR is below 1"),
}
"""Code of what is said of projects to its words; one sentence names all of them."""


def figure_findings(plan: PlanDocument, figures: PlanFigures) -> list[Finding]:
    """Return the remarks, those of many projects in one sentence each."""
    kinds: dict[str, list[str]] = {}
    for line in figures.projects:
        for kind in _kinds_of(plan, line):
            kinds.setdefault(kind, []).append(line.entry.code)
    found = [_said(kind, kinds[kind]) for kind in _KINDS if kind in kinds]
    for place, tested in enumerate(figures.base.bundles):
        found += _bundle_findings(f"bundles[{place}]", tested)
    cover = figures.base.coverage.lowest
    if cover is not None and cover.ratio is not None and cover.ratio < 1:
        zh = f"{cover.year} 年可用于还本付息的资金不足以覆盖当年还本付息（覆盖倍数 {cover.ratio:.2f}）"
        en = f"in {cover.year} the money available does not cover debt service (coverage {cover.ratio:.2f})"
        found.append(_told("projects", "coverage-below-one", zh, en))
    if figures.hidden:
        zh = f"方案中有 {figures.hidden} 个项目您无权查看，未计入任何数字"
        en = f"{figures.hidden} projects of the plan are not open to you and are in no figure"
        found.append(_told("projects", "hidden-projects", zh, en))
    return found


def _kinds_of(plan: PlanDocument, line: ProjectLine) -> Iterator[str]:
    dossier, priced = line.facts.dossier, line.priced
    rest = unaccounted(dossier)
    if line.entry.role is None:
        yield "role-missing"
    if dossier.total_investment is None:
        yield "investment-unknown"
    if line.funding.of().unknown:
        yield "amount-unknown"
    if rest is not None and rest != 0:
        yield "no-source" if rest > 0 else "over-stated"
    if any(year is not None and not _within(plan, year) for year in line.funding.years()):
        yield "outside-period"
    if priced.why_not:
        yield "no-case" if priced.why_not[0].code == "no-case" else "not-calculable"
    elif priced.first_year is None:
        yield "no-start"
    if priced.dscr_min is not None and priced.dscr_min < 1:
        yield "dscr-below-one"


def _within(plan: PlanDocument, year: int) -> bool:
    return (plan.start_year or year) <= year <= (plan.end_year or year)


def _said(kind: str, codes: Sequence[str]) -> Finding:
    zh, en = _KINDS[kind]
    named, more = "、".join(codes[:MOST_NAMED]), len(codes) > MOST_NAMED
    zh = f"{len(codes)} 个项目{zh}：{named}{' 等' if more else ''}"
    en = f"{len(codes)} projects, {en}: {', '.join(codes[:MOST_NAMED])}{' and more' if more else ''}"
    return Finding("projects", kind, zh, en, " ".join(codes), "warning")


def _bundle_findings(path: str, tested: BundleBalance) -> Iterable[Finding]:
    if tested.is_balanced is None:
        lacking = "、".join(tested.unknown) or "—"
        zh = f"组合“{tested.name}”无法检验平衡：缺少测算或建设期起（{lacking}）"
        en = f"bundle {tested.name} cannot be tested: no calculation or start of construction ({lacking})"
        yield _told(path, "balance-unknown", zh, en)
    elif not tested.is_balanced:
        years = "、".join(str(year.year) for year in tested.years if year.uncovered > 0)
        zh = f"组合“{tested.name}”不能自平衡：缺口合计 {tested.uncovered:,.2f} 万元（{years}）"
        en = f"bundle {tested.name} does not carry itself: {tested.uncovered:,.2f} short ({years})"
        yield _told(path, "not-balanced", zh, en)


def _told(path: str, code: str, zh: str, en: str) -> Finding:
    return Finding(path, code, zh, en, severity="warning")
