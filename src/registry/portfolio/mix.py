"""The best funding mix of one project 资金组合优化, proved by running the financial model on it.

The program is linear; income tax is not, because interest lowers it. So the program is solved for a given tax, the
engine computes the tax of that answer, and so on until both agree. What is promised is then what the model finds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal
from typing import Any

import numpy as np

from registry.errors import Finding, InvalidInput, has_errors
from registry.finance.engine import Batch, evaluate_case_model
from registry.finance.outcome import outcome_of
from registry.portfolio.mix_program import (
    MixProgram,
    Terms,
    build_program,
    costs_of,
    debt_of,
    needs_of,
    owners_cost,
    terms_of,
)
from registry.portfolio.program import Binding, Relaxation, Vector, bindings, cheapest, ways_out
from registry.portfolio.sources import OBJECTIVES, MixRequest, findings_on
from registry.projects.financials import Debt, FinancialCase, Grant

MOST_ROUNDS = 40
AGREEMENT = 1e-10
"""Share of the cash flow by which program and model may still differ."""
_FEN = Decimal("0.000001")
_CRUMB = 1e-4
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class MixLine:
    """What one source gives, 万元 by construction year, and its share of all money raised."""

    key: str
    zh: str
    en: str
    amounts: tuple[Decimal, ...]
    share: float

    @property
    def total(self) -> Decimal:
        """Return the sum over the years."""
        return sum(self.amounts, Decimal(0))


@dataclass(frozen=True, slots=True)
class Mix:
    """The best mix. Money in 万元; coverage is None without debt. `verified` is the financial model's whole result."""

    lines: tuple[MixLine, ...]
    fiscal_cost: Decimal
    cost_of_capital: Decimal
    total_investment: Decimal
    dscr_promised: float | None
    dscr_verified: float | None
    bindings: tuple[Binding, ...]
    case: FinancialCase
    verified: dict[str, Any]
    remarks: tuple[Finding, ...] = ()

    @property
    def capital_ratio(self) -> float:
        """Return capital, injected grants included, as share of total investment, as the model finds it."""
        totals = self.verified["totals"]
        return float(totals["equity_incl_grants_as_equity"] / totals["total_investment"])


@dataclass(frozen=True, slots=True)
class NoMix:
    """No mix meets every limit; each way out is a smallest set of limits to ease.

    What the negative list forbids is no limit to ease; `refusals` says so beside the ways out.
    """

    ways: tuple[tuple[Relaxation, ...], ...]
    refusals: tuple[tuple[str, str], ...] = ()

    def messages(self) -> list[tuple[str, str]]:
        """Return one sentence per way out, in Chinese and English."""
        found = [
            ("；".join(each.message_zh for each in way), "; ".join(each.message_en for each in way))
            for way in self.ways
        ]
        if not found:
            found.append(
                ("放宽任何限制都无法筹足资金：请增加资金来源", "No easing of limits raises enough money: add a source")
            )
        return [*found, *self.refusals]


def optimise_mix(request: MixRequest) -> Mix | NoMix:
    """Return the mix that costs least by the request's objective, the other objective deciding between equals.

    Raises InvalidInput when the request makes no sense.
    """
    found = findings_on(request)
    if has_errors(found):
        raise InvalidInput.of([each for each in found if each.severity == "error"])
    return _optimise(request, tuple(found))


def _optimise(request: MixRequest, remarks: tuple[Finding, ...]) -> Mix | NoMix:
    bare = evaluate_case_model(request.case.model_copy(update={"grants": [], "debts": []}))
    timeline = request.case.timeline
    years = (timeline and timeline.construction_years) or 0
    cfads, tax = (np.asarray(bare.by_year(key)[0][years:]) for key in ("cfads", "income_tax"))
    terms = terms_of(request, years, len(cfads))
    # Before any tax the cash flow is at its highest: when even that is not enough, nothing is.
    cash, rate = cfads + tax, request.case.discount_rate or 0.0
    for turn in range(MOST_ROUNDS):
        linear = build_program(request, needs_of(bare, years, cash), terms)
        costs = _costs(request, terms, years, rate)
        best = cheapest(linear.program, costs)
        if best is None:
            return NoMix(tuple(tuple(way) for way in ways_out(linear.program)), _refusals(request))
        amounts = _whole_fen(linear, best.point)
        case = _funded(request, amounts)
        batch = evaluate_case_model(case)
        after, earned = np.asarray(batch.by_year("cfads")[0][years:]), _capital_irr(batch, rate)
        is_agreed = np.abs(after - cash).max() <= AGREEMENT * max(1.0, float(np.abs(after).max()))
        if is_agreed and (request.objective != "capital_irr" or abs(earned - rate) <= AGREEMENT):
            break
        # Late in the day the lower cash flow is kept: coverage can then only be better than promised.
        cash = after if turn < MOST_ROUNDS // 2 else np.minimum(after, cash)
        rate = earned
    assert best is not None  # noqa: S101 - the loop runs at least once and leaves when there is none
    zh, en = OBJECTIVES[request.objective]
    held = bindings(
        linear.program,
        best,
        lambda worth: (f"{zh}约减少 {worth} 万元", f"saves about {worth} (10 000 yuan) of {en}"),
        cost=costs[0],
    )
    return _answer(linear, amounts, case, batch, tuple(held), remarks)


def _refusals(request: MixRequest) -> tuple[tuple[str, str], ...]:
    return tuple(
        (f"{source.zh}不得使用：{source.refusal[0]}", f"{source.en} may not be used: {source.refusal[1]}")
        for source in request.sources
        if source.refusal is not None
    )


def _costs(request: MixRequest, terms: Terms, years: int, rate: float) -> list[Vector]:
    """Return the costs in order of rank: the objective asked for, then what decides between equals."""
    plain = costs_of(request, years)
    if request.objective == "capital_irr":
        return [owners_cost(request, terms, years, rate), *plain.values()]
    return [plain[request.objective], *(cost for name, cost in plain.items() if name != request.objective)]


def _capital_irr(batch: Batch, otherwise: float) -> float:
    """Return the owners' rate of return; where there is none, the rate at hand."""
    found = float(batch.rates_of_return["equity_cf"].value[0])
    return found if np.isfinite(found) and found > -1 else otherwise


def _whole_fen(linear: MixProgram, point: Vector) -> list[list[Decimal]]:
    """Return the amounts in whole fen, rounded down, crumbs under a yuan left out: equity makes up for both."""

    def whole(value: float) -> Decimal:
        return Decimal(f"{value + 1e-9:.9f}").quantize(_FEN, rounding=ROUND_DOWN) if value > _CRUMB else _NOTHING

    return [[whole(value) for value in row] for row in linear.amounts(point).tolist()]


def _funded(request: MixRequest, amounts: list[list[Decimal]]) -> FinancialCase:
    """Return the case with this mix: grants and debts as given, equity balances."""
    grants: list[Grant] = []
    debts: list[Debt] = []
    for source, given in zip(request.sources, amounts, strict=True):
        if not any(given):
            continue
        if source.kind == "grant":
            injected = source.counts_as_capital or None
            grants.append(Grant(name=source.zh, level=source.level, amounts=given, counts_as_equity=injected))
        elif source.kind == "debt":
            debts.append(debt_of(source, given))
    return request.case.model_copy(update={"grants": grants, "debts": debts})


def _answer(
    linear: MixProgram,
    amounts: list[list[Decimal]],
    case: FinancialCase,
    batch: Batch,
    held: tuple[Binding, ...],
    remarks: tuple[Finding, ...],
) -> Mix:
    raised = sum((sum(row, Decimal(0)) for row in amounts), Decimal(0))
    lines = tuple(
        MixLine(source.key, source.zh, source.en, tuple(row), float(sum(row, Decimal(0)) / raised) if raised else 0.0)
        for source, row in zip(linear.request.sources, amounts, strict=True)
    )
    # What is promised is promised of the amounts given: the program's crumbs of debt would have a coverage too.
    point = np.array(amounts, dtype=np.float64).ravel()
    verified = outcome_of(batch, 0, tuple(debt.name or "" for debt in case.debts or []))
    costs = costs_of(linear.request, linear.needs.years)
    return Mix(
        lines,
        _to_fen(float(costs["fiscal_cost"] @ point)),
        _to_fen(float(costs["cost_of_capital"] @ point)),
        _to_fen(linear.total_investment(point)),
        linear.dscr_min(point),
        verified["indicators"]["dscr_min"],
        held,
        case,
        verified,
        remarks,
    )


def _to_fen(value: float) -> Decimal:
    return Decimal(f"{value:.6f}")


@dataclass(frozen=True, slots=True)
class FrontierPoint:
    """The cheapest mix at one floor of debt service coverage."""

    dscr_floor: float
    mix: Mix


def frontier(request: MixRequest, floors: Sequence[float]) -> list[FrontierPoint]:
    """Return the cheapest mix at each floor of DSCR, lowest floor first, up to the first that no mix can meet."""
    found = []
    for floor in sorted(floors):
        mix = optimise_mix(replace(request, dscr_floor=floor))
        if isinstance(mix, NoMix):
            break
        found.append(FrontierPoint(floor, mix))
    return found
