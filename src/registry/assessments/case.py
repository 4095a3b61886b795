"""From the dossier to the case that is evaluated: each yuan is entered once.

Where the case leaves out grants or the draws of a debt, they are read off the funding lines: fiscal lines are grants,
lines of a debt's own name (or, for the only debt of its kind, of its source) are its draws. Equity is never read: it
is what remains of each year's need.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal

from registry.errors import Finding
from registry.projects.financials import Debt, FinancialCase, Grant
from registry.projects.lines import DEBT_SOURCES, FISCAL_SOURCES, FUNDING_SOURCES, FundingLine
from registry.projects.model import Dossier

_SOURCES_OF_DEBT = {
    "special_bond": ("special_bond",),
    "green_bond": ("green_bond",),
    "policy_bank_loan": ("policy_bank_loan",),
    "commercial_bank_loan": ("commercial_loan",),
    "bank_loan": ("policy_bank_loan", "commercial_loan"),
}
_LEVELS = {"provincial": "provincial", "city": "city"}


def financial_case(dossier: Dossier) -> tuple[FinancialCase | None, list[Finding]]:
    """Return the case with grants and draws filled in from the funding lines, and what kept a line from being used.

    None when the dossier holds no case; an incomplete case is returned as it is and refused by the evaluation itself.
    """
    case = dossier.financials
    if case is None:
        return None, []
    findings: list[Finding] = []
    lines = [line for line in dossier.funding_lines if line.amount is not None and line.status != "gap"]
    build = (case.timeline.construction_years if case.timeline else None) or 0
    place = _placing(dossier, build, findings)
    changes: dict[str, object] = {}
    if case.grants is None:
        changes["grants"] = _grants([line for line in lines if line.source in FISCAL_SOURCES], build, place)
    debts = case.debts or []
    if any(debt.draws is None for debt in debts):
        changes["debts"] = [
            debt
            if debt.draws is not None
            else debt.model_copy(update={"draws": _draws(debt, debts, lines, build, place)})
            for debt in debts
        ]
    return case.model_copy(update=changes), findings


Place = Callable[[FundingLine], int | None]


def _placing(dossier: Dossier, build: int, findings: list[Finding]) -> Place:
    """Return the function from a line to its construction year (0 is the first); a line outside is a finding."""
    first = int(dossier.construction_start[:4]) if dossier.construction_start else None
    seen: set[int] = set()

    def place(line: FundingLine) -> int | None:
        if line.year is not None and first is not None and 0 <= line.year - first < build:
            return line.year - first
        if id(line) not in seen:
            seen.add(id(line))
            findings.append(_unplaced(dossier, line, first, build))
        return None

    return place


def _unplaced(dossier: Dossier, line: FundingLine, first: int | None, build: int) -> Finding:
    path = f"funding_lines[{next(i for i, each in enumerate(dossier.funding_lines) if each is line)}].year"
    source = FUNDING_SOURCES[line.source]
    if first is None:
        return Finding(
            "construction_start",
            "construction-start-missing",
            f"未填写建设期起，无法把“{source}”放入测算年度；请填写建设期起",
            "construction_start is missing, so funding lines cannot be placed in project years; fill it in",
        )
    span = f"{first}–{first + build - 1}"
    return Finding(
        path,
        "funding-outside-construction",
        f"“{source}”的年度（{line.year or '未填写'}）不在建设期 {span} 内，未计入测算；请核对年度",
        f"the year of this line is {line.year or 'missing'}, outside construction {span}; it is not in the calculation",
        None if line.year is None else str(line.year),
        "warning",
    )


def _grants(lines: Iterable[FundingLine], build: int, place: Place) -> list[Grant]:
    amounts: dict[str, list[Decimal]] = {}
    for line in lines:
        year = place(line)
        if year is not None and line.amount is not None:
            amounts.setdefault(line.source, [Decimal(0)] * build)[year] += line.amount
    return [
        Grant(name=FUNDING_SOURCES[source], level=_LEVELS.get(source, "central"), amounts=by_year)  # type: ignore[arg-type]
        for source, by_year in amounts.items()
    ]


def _draws(debt: Debt, debts: list[Debt], lines: list[FundingLine], build: int, place: Place) -> list[Decimal]:
    sources = _SOURCES_OF_DEBT[debt.kind or "bank_loan"]
    named = {other.name for other in debts}
    is_only_one = sum((other.kind or "bank_loan") == (debt.kind or "bank_loan") for other in debts) == 1
    draws = [Decimal(0)] * build
    for line in lines:
        is_own = line.instrument == debt.name if line.instrument in named else is_only_one and line.source in sources
        if not is_own or line.source not in DEBT_SOURCES:
            continue
        year = place(line)
        if year is not None and line.amount is not None:
            draws[year] += line.amount
    return draws
