"""How much a demo project costs, over which years, and who pays.

Fitted to the 37 published records (`published_projects.csv`), where they speak:

- total investment: log-normal, mean of the logarithm 10.53, deviation 1.19 (35 records; a median of 3.7 亿元)
- rounding: four of five totals are whole 万元, a third of those whole hundreds
- share of special bonds in the total, where there are any: mean 0.59, deviation 0.22, between 0.13 and 0.95
- construction 1 to 6 years and operation 10 to 30 years: the published frequencies (36 and 35 records)
- bond rates: those of the newer issues, 2.0 to 2.7 %; terms 10, 15, 20 and 30 years
- bonds used as capital in one record of twelve

Loans, grants and equity are not in those records: their shares are plausible ones.
"""

from dataclasses import dataclass
from decimal import Decimal
from math import exp
from typing import Any, Literal

from registry.demo.dice import Dice, running
from registry.demo.kinds import Kind
from registry.demo.places import City

THIS_YEAR = 2026
"""The year in which the nation was written down; fixed, because the same seed must give the same bytes any day."""

_LOG_TOTAL, _LOG_SPREAD = 10.53, 1.19
_BUILD_YEARS, _BUILD_WEIGHTS = (1, 2, 3, 4, 5, 6), running((1, 9, 11, 9, 3, 3))
_RUN_YEARS, _RUN_WEIGHTS = (10, 14, 16, 20, 25, 28, 29, 30), running((1, 3, 5, 9, 2, 4, 6, 5))
_BOND_TERMS, _BOND_TERM_WEIGHTS = (10, 15, 20, 30), running((2, 4, 7, 8))
_PLANS = ("bond", "loan", "both", "equity")
_PLAN_WEIGHTS = {
    "utility": running((40, 35, 10, 15)),
    "bond": running((70, 12, 8, 10)),
    "solar": running((5, 60, 0, 35)),
}
_SPENDING = {
    1: (1.0,),
    2: (0.45, 0.55),
    3: (0.3, 0.4, 0.3),
    4: (0.2, 0.3, 0.3, 0.2),
    5: (0.2,) * 5,
    6: (0.1, 0.2, 0.2, 0.2, 0.2, 0.1),
}
_CENT = Decimal("0.01")

DebtSource = Literal["special_bond", "policy_bank_loan", "commercial_loan"]


@dataclass(frozen=True, slots=True)
class PlannedDebt:
    """One debt of the plan: its name, draws by construction year and terms."""

    source: DebtSource
    name: str
    draws: tuple[Decimal, ...]
    rate: float
    term_years: int

    @property
    def amount(self) -> Decimal:
        """Return what is borrowed in all."""
        return sum(self.draws, Decimal(0))


@dataclass(frozen=True, slots=True)
class MoneyPlan:
    """投资与资金筹措 of one project, in 万元; `lines` add up to `total`."""

    total: Decimal
    start_year: int
    build_years: int
    run_years: int
    spending: tuple[float, ...]
    debts: tuple[PlannedDebt, ...]
    bond_as_capital: Decimal
    lines: tuple[dict[str, Any], ...]

    def of(self, *sources: str) -> Decimal:
        """Return the sum of the lines of these sources."""
        return sum((line["amount"] for line in self.lines if line["source"] in sources), Decimal(0))


def cents(amount: float) -> Decimal:
    """Return 万元 with two decimals."""
    return Decimal(f"{amount:.2f}")


def draw_plan(dice: Dice, kind: Kind, city: City) -> MoneyPlan:
    """Return the money of one project."""
    total = _draw_total(dice, kind, city)
    build = dice.weighted(_BUILD_YEARS, _BUILD_WEIGHTS)
    build = min(build, 2) if total < 3000 else build  # noqa: PLR2004 - what costs less than 3,000 万元 is built within two years
    run = dice.weighted(_RUN_YEARS, _RUN_WEIGHTS)
    start = dice.integer(THIS_YEAR - 2, THIS_YEAR + 2)
    spending = _SPENDING[build]
    debts = _draw_debts(dice, kind, total, spending, build + run)
    grants = _draw_grants(dice, kind, total, sum((debt.amount for debt in debts), Decimal(0)))
    bond = sum((debt.amount for debt in debts if debt.source == "special_bond"), Decimal(0))
    as_capital = _rounded(bond * Decimal("0.3")) if bond and dice.chance(1 / 12) else Decimal(0)
    lines = _lines(dice, total, start, spending, debts, grants, is_upkeep=kind.shape == "upkeep")
    return MoneyPlan(total, start, build, run, spending, debts, as_capital, lines)


def _draw_total(dice: Dice, kind: Kind, city: City) -> Decimal:
    size = exp(dice.normal(_LOG_TOTAL, _LOG_SPREAD)) * kind.size_factor * city.size_factor
    size = max(size, 180.0)
    kind_of_rounding = dice.uniform()
    if kind_of_rounding < 0.3 and size > 1000:  # noqa: PLR2004 - shares of the published totals, see the docstring
        return Decimal(round(size / 100) * 100)
    return cents(round(size)) if kind_of_rounding < 0.8 else cents(size)  # noqa: PLR2004 - as above


def _draw_debts(
    dice: Dice, kind: Kind, total: Decimal, spending: tuple[float, ...], years: int
) -> tuple[PlannedDebt, ...]:
    if kind.shape == "upkeep":
        return ()
    plan = dice.weighted(_PLANS, _PLAN_WEIGHTS[kind.shape])
    found = []
    if plan in ("bond", "both"):
        share = min(max(dice.normal(0.59, 0.22), 0.13), 0.95) * (0.5 if plan == "both" else 1)
        term = min(dice.weighted(_BOND_TERMS, _BOND_TERM_WEIGHTS), years)
        rate = round(dice.uniform(0.020, 0.027), 4)
        found.append(_debt("special_bond", "地方政府专项债券", float(total) * share, spending, rate, term))
    if plan in ("loan", "both"):
        share = dice.uniform(0.35, 0.7) * (0.45 if plan == "both" else 1)
        is_policy = dice.chance(0.55)
        rate = round(dice.uniform(0.028, 0.035) if is_policy else dice.uniform(0.030, 0.042), 4)
        source: DebtSource = "policy_bank_loan" if is_policy else "commercial_loan"
        name = "政策性银行贷款" if is_policy else "商业银行贷款"
        term = min(dice.integer(15, 25), years)
        found.append(_debt(source, name, float(total) * share, spending, rate, term))
    return tuple(found)


def _debt(
    source: DebtSource, name: str, amount: float, spending: tuple[float, ...], rate: float, term: int
) -> PlannedDebt:
    draws = tuple(_rounded(Decimal(str(amount * share))) for share in spending)
    return PlannedDebt(source, name, draws, rate, term)


def _rounded(amount: Decimal) -> Decimal:
    """Return the amount as plans write it: whole hundreds, below a million yuan whole 万元."""
    step = 100 if amount >= 500 else 1  # noqa: PLR2004 - 500 万元
    return Decimal(int(amount / step) * step)


def _draw_grants(dice: Dice, kind: Kind, total: Decimal, borrowed: Decimal) -> dict[str, Decimal]:
    """Return grants by source, within what is not borrowed."""
    left = float(total - borrowed)
    if kind.shape == "upkeep":
        central = "central_fund" if kind.facts.get("central_fund", "none") != "none" else "central_budget"
        shares = {central: dice.uniform(0.3, 0.75) if dice.chance(0.75) else 0.0, "provincial": dice.uniform(0, 0.2)}
    elif dice.chance(0.3):
        shares = {dice.pick(("central_budget", "ultra_long_bond", "provincial")): dice.uniform(0.1, 0.4)}
    else:
        shares = {}
    found = {source: _rounded(Decimal(str(left * share))) for source, share in shares.items()}
    return {source: amount for source, amount in found.items() if amount}


def _lines(
    dice: Dice,
    total: Decimal,
    start: int,
    spending: tuple[float, ...],
    debts: tuple[PlannedDebt, ...],
    grants: dict[str, Decimal],
    *,
    is_upkeep: bool,
) -> tuple[dict[str, Any], ...]:
    """Return the funding lines by source and year; what nobody else pays is equity or the city's own money."""
    lines = [
        _line(dice, debt.source, start + year, draw, debt.name)
        for debt in debts
        for year, draw in enumerate(debt.draws)
        if draw
    ]
    for source, amount in grants.items():
        lines += [_line(dice, source, start + y, part) for y, part in enumerate(_split(amount, spending)) if part]
    rest = total - sum((line["amount"] for line in lines), Decimal(0))
    own = "city" if is_upkeep else "equity"
    if dice.chance(0.12) and rest > 1000:  # noqa: PLR2004 - 1,000 万元
        missing = _rounded(rest * Decimal("0.3"))
        lines.append({"source": "other", "year": start + len(spending) - 1, "amount": missing, "status": "gap"})
        rest -= missing
    lines += [_line(dice, own, start + y, part) for y, part in enumerate(_split(rest, spending)) if part]
    return tuple(lines)


def _line(dice: Dice, source: str, year: int, amount: Decimal, instrument: str | None = None) -> dict[str, Any]:
    is_secured = dice.chance(0.9 if year < THIS_YEAR else 0.55 if year == THIS_YEAR else 0.1)
    line: dict[str, Any] = {"source": source, "year": year, "amount": amount, "status": "planned"}
    if instrument:
        line["instrument"] = instrument
    if is_secured:
        line["status"] = "secured"
        line["evidence"] = f"{year}年资金下达或承诺文件（示例）"
    return line


def _split(amount: Decimal, shares: tuple[float, ...]) -> tuple[Decimal, ...]:
    """Return the amount by year; the last year takes the rest, so that nothing is lost."""
    parts = [(amount * Decimal(str(share))).quantize(_CENT) for share in shares[:-1]]
    return (*parts, amount - sum(parts, Decimal(0)))
