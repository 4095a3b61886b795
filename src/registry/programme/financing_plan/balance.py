"""Bundles and coverage of a plan, year by year on the calendar 组合平衡与偿债覆盖."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from registry.finance.bundles import self_balance
from registry.finance.declarations.timing import ONE_FEN
from registry.programme.financing_plan.document import PlanBundle
from registry.programme.financing_plan.pricing import Floats, Priced


@dataclass(frozen=True, slots=True)
class BundleYear:
    """One year of a bundle, 万元."""

    year: int
    net: tuple[float, ...]
    """Net cash flow of the financial plan of each member, in their order."""
    transferred: float
    uncovered: float
    closing_cash: float


@dataclass(frozen=True, slots=True)
class BundleBalance:
    """The balance test of one bundle. `is_balanced` is None when a member's money is not known."""

    name: str
    members: tuple[str, ...]
    note: str | None
    is_balanced: bool | None
    uncovered: float | None
    feeds: tuple[str, ...]
    """Members with a surplus over their life."""
    unknown: tuple[str, ...]
    years: tuple[BundleYear, ...] = ()


@dataclass(frozen=True, slots=True)
class CoverYear:
    """Money available and owed in one year by the projects that have debt, 万元."""

    year: int
    available: float
    owed: float

    @property
    def ratio(self) -> float | None:
        """Return the coverage; None in a year in which nothing is owed."""
        return self.available / self.owed if self.owed > ONE_FEN else None


@dataclass(frozen=True, slots=True)
class Coverage:
    """偿债覆盖: of all projects with debt together; one project's surplus counts for another's debt."""

    years: tuple[CoverYear, ...]
    lowest: CoverYear | None
    below_one: tuple[str, ...]
    """Projects whose own lowest DSCR is below 1."""
    unknown: tuple[str, ...]
    """Projects whose money, or its place on the calendar, is not known: not in the figures."""


def balance(bundle: PlanBundle, priced: Mapping[str, Priced]) -> BundleBalance:
    """Return the balance test of a bundle over the members still in the plan."""
    members = tuple(code for code in bundle.members if code in priced)
    unknown = tuple(code for code in members if not priced[code].is_on_calendar)
    if unknown or not members:
        return BundleBalance(bundle.name, members, bundle.note, None, None, (), unknown)
    first, nets = on_calendar([priced[code] for code in members], "financial_plan_net")
    test = self_balance(nets)
    years = tuple(
        BundleYear(
            first + place,
            tuple(float(value) for value in nets[:, place]),
            float(test.transferred[place]),
            float(test.uncovered[place]),
            float(test.closing_cash[place]),
        )
        for place in range(nets.shape[1])
    )
    feeds = tuple(code for code, flow in zip(members, nets, strict=True) if flow.sum() > ONE_FEN)
    short = float(test.uncovered.sum())
    return BundleBalance(bundle.name, members, bundle.note, test.is_balanced, short, feeds, (), years)


def coverage(priced: Mapping[str, Priced]) -> Coverage:
    """Return how far the projects with debt cover what they owe, together and each by itself."""
    unknown = tuple(code for code, each in priced.items() if not each.is_on_calendar)
    owing = {
        code: each for code, each in priced.items() if each.is_on_calendar and each.rows["debt_service"].sum() > ONE_FEN
    }
    below = tuple(code for code, each in priced.items() if each.dscr_min is not None and each.dscr_min < 1)
    if not owing:
        return Coverage((), None, below, unknown)
    first, available = on_calendar(list(owing.values()), "cfads")
    _, owed = on_calendar(list(owing.values()), "debt_service")
    totals = zip(available.sum(axis=0), owed.sum(axis=0), strict=True)
    years = tuple(CoverYear(first + place, float(got), float(due)) for place, (got, due) in enumerate(totals))
    served = [year for year in years if year.ratio is not None]
    lowest = min(served, key=lambda year: year.ratio or 0.0, default=None)
    return Coverage(years, lowest, below, unknown)


def on_calendar(priced: Sequence[Priced], row: str) -> tuple[int, Floats]:
    """Return the first calendar year and one row of each project on common years (projects, years), zero outside."""
    starts = [each.first_year or 0 for each in priced]
    first = min(starts)
    last = max(start + len(each.rows[row]) for start, each in zip(starts, priced, strict=True))
    values = np.zeros((len(priced), last - first))
    for place, (start, each) in enumerate(zip(starts, priced, strict=True)):
        values[place, start - first : start - first + len(each.rows[row])] = each.rows[row]
    return first, values
