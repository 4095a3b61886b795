"""The bank's view of uncertain income 银行口径: the same case with a haircut on instruments that are not yet sure.

The haircuts are a convention of the registry (系统口径), shown wherever the figure is; no regulation sets them. Lines
that name no instrument are left as they are, and so are investment, draws and terms.
"""

from collections.abc import Mapping
from decimal import Decimal

from registry.finance.engine import evaluate_cases
from registry.projects.financials import FinancialCase, OperatingSubsidy
from registry.projects.rights import LineKind, Step

HAIRCUTS: Mapping[Step | None, float] = {"contracted": 0.0, "approved": 0.0, "expected": 1.0, "hoped": 1.0, None: 1.0}
"""Share of a line left out, by its certainty; None is a certainty nobody stated."""
CONVENTION = (
    (
        "银行口径（系统约定，监管未规定）：合同约定、已获批复或登记的权益收入全额计入；"
        "预期、设想和未说明确定性的全部剔除；其余不变，整体重算。"
    ),
    (
        "Bank view (a convention of this registry, set by no regulation): income from rights that is contracted, "
        "approved or registered counts in full; what is expected, hoped for or of no stated certainty is left out; "
        "all else is recalculated."
    ),
)
FIGURES = ("dscr_min", "dscr_average", "total_debt_coverage")

Certainties = Mapping[tuple[LineKind, int], Step | None]


def bank_case(case: FinancialCase, certainties: Certainties) -> FinancialCase:
    """Return the case as the bank counts it; `certainties` is that of each line by kind and place."""
    streams = [
        stream.model_copy(
            update={"haircut_rate": 1 - (1 - (stream.haircut_rate or 0.0)) * _kept(certainties, "revenue", place)}
        )
        if ("revenue", place) in certainties
        else stream
        for place, stream in enumerate(case.revenue_streams or [])
    ]
    subsidies = [
        _reduced(subsidy, _kept(certainties, "support", place)) if ("support", place) in certainties else subsidy
        for place, subsidy in enumerate(case.operating_subsidies or [])
    ]
    return case.model_copy(update={"revenue_streams": streams, "operating_subsidies": subsidies})


def _kept(certainties: Certainties, kind: LineKind, place: int) -> float:
    return 1.0 - HAIRCUTS[certainties[kind, place]]


def _reduced(subsidy: OperatingSubsidy, kept: float) -> OperatingSubsidy:
    share = Decimal(str(kept))
    changes: dict[str, object] = {}
    if subsidy.annual_amount is not None:
        changes["annual_amount"] = subsidy.annual_amount * share
    if subsidy.schedule is not None:
        changes["schedule"] = [amount * share for amount in subsidy.schedule]
    if subsidy.unit_price_yuan is not None:
        changes["unit_price_yuan"] = subsidy.unit_price_yuan * kept
    return subsidy.model_copy(update=changes)


def bank_figures(case: FinancialCase, certainties: Certainties) -> dict[str, float | None]:
    """Return FIGURES of a calculable case as the bank counts it; None where one does not exist."""
    (batch,) = evaluate_cases([bank_case(case, certainties)], FIGURES)
    found = {name: float(batch.figure(name)[0]) for name in FIGURES}
    return {name: None if value != value else value for name, value in found.items()}  # noqa: PLR0124 - NaN test
