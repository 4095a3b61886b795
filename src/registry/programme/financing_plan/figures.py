"""Everything a plan shows that is calculated: a pure function of its document and the projects it names."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from registry.portfolio.scenarios.model import ScenarioIn
from registry.programme.financing_plan.balance import BundleBalance, Coverage, balance, coverage
from registry.programme.financing_plan.debt_safety import DebtFigures, debt_figures
from registry.programme.financing_plan.document import PlanDocument, PlanProject, PlanScenario
from registry.programme.financing_plan.funding import Funding, funding_of, with_amounts
from registry.programme.financing_plan.pricing import AS_IT_STANDS, Priced, ReturnType, price_all
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
    priced = price_all(dossiers)
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
    kept = {code: dossier for code, dossier in dossiers.items() if code not in scenario.left_out}
    amounts = [each for each in plan.scenario_amounts if each.scenario == scenario.name]
    by_code = {code: [each for each in amounts if each.code == code] for code in {each.code for each in amounts}}
    changed = {code: with_amounts(dossier, by_code.get(code, [])) for code, dossier in kept.items()}
    moved = {code: dossier for code, dossier in changed.items() if change != AS_IT_STANDS or code in by_code}
    money = {code: priced[code] for code in changed} | price_all(moved, change)
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
