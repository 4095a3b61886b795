"""Everything a plan shows that is calculated: a pure function of its document and the projects it names."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from registry.errors import Finding
from registry.portfolio.scenarios.model import ScenarioIn
from registry.programme.financing_plan.balance import BundleBalance, Coverage, balance, coverage
from registry.programme.financing_plan.debt_safety import DebtFigures, debt_figures
from registry.programme.financing_plan.document import PlanDocument, PlanProject, PlanScenario
from registry.programme.financing_plan.funding import Funding, funding_of, unaccounted, with_amounts
from registry.programme.financing_plan.pricing import AS_IT_STANDS, Priced, ReturnType, price
from registry.projects.model import Dossier

ROUTES = ("library", "label")
"""Kinds of rule packs a project is routed to: libraries, and the catalogue that opens green money."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict of one pack on a project."""

    pack: str
    zh: str
    en: str
    kind: str
    verdict: str
    verdict_zh: str
    verdict_en: str


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """What the figures are made of: one revision of a project, and the verdicts on it of one day."""

    code: str
    revision: int
    is_demo: bool
    dossier: Dossier
    verdicts: tuple[Verdict, ...]
    judged_on: date
    assessment: int | None = None

    @property
    def routes(self) -> tuple[Verdict, ...]:
        """Return the verdicts of the libraries and labels, without mere requirements."""
        return tuple(verdict for verdict in self.verdicts if verdict.kind in ROUTES)

    @property
    def open_libraries(self) -> tuple[Verdict, ...]:
        """Return the libraries whose conditions are met."""
        return tuple(verdict for verdict in self.routes if verdict.verdict == "eligible")


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """One project of the plan with its figures."""

    entry: PlanProject
    facts: ProjectFacts
    priced: Priced
    funding: Funding


@dataclass(frozen=True, slots=True)
class Outlook:
    """What one scenario comes to; `name` is None for the plan as it stands."""

    name: str | None
    note: str | None
    n_projects: int
    funding: Funding
    npv: float
    npv_unknown: int
    return_types: Mapping[ReturnType, int]
    coverage: Coverage
    bundles: tuple[BundleBalance, ...]


@dataclass(frozen=True, slots=True)
class PlanFigures:
    """The calculated side of a plan. `hidden` counts projects the reader may not see: they are in no figure."""

    projects: tuple[ProjectLine, ...]
    hidden: int
    base: Outlook
    scenarios: tuple[Outlook, ...]
    debt: DebtFigures

    @property
    def is_demo(self) -> bool:
        """Say whether any of the projects is invented."""
        return any(line.facts.is_demo for line in self.projects)

    @property
    def outlooks(self) -> tuple[Outlook, ...]:
        """Return the plan as it stands and its scenarios, side by side."""
        return (self.base, *self.scenarios)


def figures_of(plan: PlanDocument, facts: Mapping[str, ProjectFacts]) -> PlanFigures:
    """Return the figures of a plan over the projects given; those it names beyond them are counted as hidden."""
    entries = [entry for entry in plan.projects if entry.code in facts]
    dossiers = {entry.code: facts[entry.code].dossier for entry in entries}
    priced = {code: price(dossier) for code, dossier in dossiers.items()}
    base = _outlook(plan, None, dossiers, priced)
    return PlanFigures(
        projects=tuple(
            ProjectLine(entry, facts[entry.code], priced[entry.code], funding_of({entry.code: dossiers[entry.code]}))
            for entry in entries
        ),
        hidden=len(plan.projects) - len(entries),
        base=base,
        scenarios=tuple(_scenario(plan, scenario, dossiers, priced) for scenario in plan.scenarios),
        debt=debt_figures(plan.debt_safety, base.funding),
    )


def _scenario(
    plan: PlanDocument, scenario: PlanScenario, dossiers: Mapping[str, Dossier], priced: Mapping[str, Priced]
) -> Outlook:
    # Under the name of the plan as it stands, a scenario that moves nothing is equal to it.
    change = ScenarioIn(
        name=AS_IT_STANDS.name,
        rate_shift=scenario.rate_shift or 0.0,
        revenue=scenario.revenue_change or 0.0,
        operating_cost=scenario.cost_change or 0.0,
    )
    changed: dict[str, Dossier] = {}
    money: dict[str, Priced] = {}
    for code, dossier in dossiers.items():
        if code in scenario.left_out:
            continue
        amounts = [each for each in plan.scenario_amounts if (each.scenario, each.code) == (scenario.name, code)]
        changed[code] = with_amounts(dossier, amounts)
        is_same = change == AS_IT_STANDS and not amounts
        money[code] = priced[code] if is_same else price(changed[code], change)
    return _outlook(plan, scenario, changed, money)


def _outlook(
    plan: PlanDocument, scenario: PlanScenario | None, dossiers: Mapping[str, Dossier], priced: Mapping[str, Priced]
) -> Outlook:
    values = [each.npv for each in priced.values()]
    return Outlook(
        name=scenario.name if scenario else None,
        note=scenario.note if scenario else None,
        n_projects=len(dossiers),
        funding=funding_of(dossiers),
        npv=sum(value for value in values if value is not None),
        npv_unknown=sum(value is None for value in values),
        return_types=Counter(each.return_type for each in priced.values()),
        coverage=coverage(priced),
        bundles=tuple(balance(bundle, priced) for bundle in plan.bundles),
    )


def figure_findings(plan: PlanDocument, figures: PlanFigures) -> list[Finding]:
    """Return what the figures say that a reader must be told: gaps, unknown amounts, bundles out of balance."""
    found = [finding for line in figures.projects for finding in _project_findings(plan, line)]
    for place, tested in enumerate(figures.base.bundles):
        found += _bundle_findings(f"bundles[{place}]", tested)
    cover = figures.base.coverage.lowest
    if cover is not None and cover.ratio is not None and cover.ratio < 1:
        zh = f"{cover.year} 年可用于还本付息的资金不足以覆盖当年还本付息（覆盖倍数 {cover.ratio:.2f}）"
        en = f"in {cover.year} the money available does not cover debt service (coverage {cover.ratio:.2f})"
        found.append(_told("projects", "coverage-below-one", zh, en))
    for code in figures.base.coverage.below_one:
        path = f"projects[{[entry.code for entry in plan.projects].index(code)}]"
        zh, en = f"{code} 最低偿债备付率低于 1", f"{code}: its lowest DSCR is below 1"
        found.append(_told(path, "dscr-below-one", zh, en))
    if figures.hidden:
        zh = f"方案中有 {figures.hidden} 个项目您无权查看，未计入本页任何数字"
        en = f"{figures.hidden} projects of the plan are not open to you and are in no figure here"
        found.append(_told("projects", "hidden-projects", zh, en))
    return found


def _project_findings(plan: PlanDocument, line: ProjectLine) -> list[Finding]:
    code, funding = line.entry.code, line.funding
    path = f"projects[{[entry.code for entry in plan.projects].index(code)}]"
    found = []
    if line.facts.dossier.total_investment is None:
        zh, en = f"{code} 总投资未填，未计入合计", f"{code}: total investment is unknown and not in the sums"
        found.append(_told(path, "investment-unknown", zh, en))
    unknown = funding.of().unknown
    if unknown:
        zh, en = f"{code} 有 {unknown} 笔资金金额未填", f"{code}: the amount of {unknown} funding lines is unknown"
        found.append(_told(path, "amount-unknown", zh, en))
    rest = unaccounted(line.facts.dossier)
    if rest is not None and rest > 0:
        zh, en = f"{code} 有 {rest:,f} 万元投资没有资金来源", f"{code}: {rest:,f} of the investment has no source"
        found.append(_told(path, "no-source", zh, en))
    if rest is not None and rest < 0:
        zh = f"{code} 资金来源比总投资多 {-rest:,f} 万元，请核对"
        en = f"{code}: sources exceed investment by {-rest:,f}"
        found.append(_told(path, "over-stated", zh, en))
    found += [_outside(path, code, year) for year in funding.years() if year is not None and not _within(plan, year)]
    found += [
        Finding(path, each.code, f"{code} {each.message_zh}", f"{code}: {each.message_en}", each.value, "warning")
        for each in line.priced.why_not
    ]
    return found


def _within(plan: PlanDocument, year: int) -> bool:
    return (plan.start_year or year) <= year <= (plan.end_year or year)


def _outside(path: str, code: str, year: int) -> Finding:
    zh, en = f"{code} 有资金安排在方案期外（{year} 年）", f"{code} has money in {year}, outside the period of the plan"
    return _told(path, "outside-period", zh, en)


def _bundle_findings(path: str, tested: BundleBalance) -> Sequence[Finding]:
    if tested.is_balanced is None:
        lacking = "、".join(tested.unknown) or "—"
        zh = f"组合“{tested.name}”无法检验平衡：缺少测算或建设期起（{lacking}）"
        en = f"bundle {tested.name} cannot be tested: no calculation or start of construction ({lacking})"
        return [_told(path, "balance-unknown", zh, en)]
    if not tested.is_balanced:
        years = "、".join(str(year.year) for year in tested.years if year.uncovered > 0)
        zh = f"组合“{tested.name}”不能自平衡：缺口合计 {tested.uncovered:,.2f} 万元（{years}）"
        en = f"bundle {tested.name} does not carry itself: {tested.uncovered:,.2f} short ({years})"
        return [_told(path, "not-balanced", zh, en)]
    return []


def _told(path: str, code: str, zh: str, en: str) -> Finding:
    return Finding(path, code, zh, en, severity="warning")
