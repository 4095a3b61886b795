"""Income from environmental rights 资源环境权益收入: which lines of a case name an instrument, and how certain.

Four steps of certainty, from a signed contract to a mere idea. A line that names an instrument under a word of plain
revenue is read as the nearest step.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from registry.projects.financials import FinancialCase, Instrument, YearlyAmount

Step = Literal["contracted", "approved", "expected", "hoped"]
LineKind = Literal["revenue", "support"]

INSTRUMENTS: Mapping[Instrument, tuple[str, str]] = {
    "ccer": ("温室气体自愿减排（CCER）", "Voluntary emission reductions (CCER)"),
    "pollution_rights": ("排污权交易", "Pollution-rights trading"),
    "ecological_compensation": ("生态保护补偿", "Ecological compensation"),
    "ecological_product": ("生态产品价值实现", "Ecological product value"),
}
STEPS: Mapping[Step, tuple[str, str]] = {
    "contracted": ("合同约定", "Contracted"),
    "approved": ("已获批复或登记", "Approved or registered"),
    "expected": ("预期可得", "Expected"),
    "hoped": ("意向设想", "Hoped for"),
}
LINE_KINDS: Mapping[LineKind, tuple[str, str]] = {
    "revenue": ("营业收入", "Revenue"),
    "support": ("补贴收入", "Support"),
}
_NEAREST: Mapping[str, Step] = {"regulated": "approved", "market": "expected", "uncontracted": "hoped"}


@dataclass(frozen=True, slots=True)
class RightsLine:
    """One line that names an instrument. `place` is its position among streams or subsidies; money in 万元 a year."""

    kind: LineKind
    place: int
    name: str | None
    instrument: Instrument
    certainty: Step | None
    amount: Decimal | None


def rights_lines(case: FinancialCase | None) -> list[RightsLine]:
    """Return the lines of a case that name an instrument, revenue first."""
    return [] if case is None else list(_lines(case))


def _lines(case: FinancialCase) -> Iterator[RightsLine]:
    for place, stream in enumerate(case.revenue_streams or []):
        if stream.instrument is not None:
            yield _line("revenue", place, stream, stream.instrument, stream.certainty)
    for place, subsidy in enumerate(case.operating_subsidies or []):
        if subsidy.instrument is not None:
            yield _line("support", place, subsidy, subsidy.instrument, subsidy.certainty)


def _line(kind: LineKind, place: int, item: YearlyAmount, instrument: Instrument, certainty: str | None) -> RightsLine:
    step = next((each for each in STEPS if each == certainty), _NEAREST.get(certainty or ""))
    return RightsLine(kind, place, item.name, instrument, step, yearly_amount(item))


def yearly_amount(item: YearlyAmount) -> Decimal | None:
    """Return the amount of a full year before growth: as stated, quantity x price, or the highest of a schedule."""
    if item.annual_amount is not None:
        return item.annual_amount
    if item.quantity_10k is not None and item.unit_price_yuan is not None:
        return Decimal(str(item.quantity_10k)) * Decimal(str(item.unit_price_yuan))
    return max(item.schedule, default=None) if item.schedule else None


def weaker(one: Step | None, other: Step) -> Step | None:
    """Return the less certain of two steps; what nobody stated stays unknown."""
    order = list(STEPS)
    return None if one is None else max(one, other, key=order.index)
