"""The tables without years as a package prints them: sensitivity (13), stress (14-3), benefits and their cost (15)."""

from collections.abc import Callable, Iterator
from typing import Any

from registry.finance.benefit_units import INDICATORS, STOCKS, yearly_benefit
from registry.finance.benefits import AbatementInput, abatement_input, discounted_amount, yearly_amounts
from registry.finance.listings import (
    Cell,
    Column,
    Kind,
    Listing,
    cost_per_tonne_listing,
    sensitivity_listing,
    stress_listing,
)
from registry.packages import wording
from registry.packages.content import Evaluation, PackageContent
from registry.projects.benefits import FieldBenefit, stated_benefits
from registry.projects.lines import Benefit
from registry.projects.model import Dossier

BENEFIT_COLUMNS = (
    Column("指标", "Indicator", "text"),
    Column("年效益", "Value a year", "amount"),
    Column("单位", "Unit", "text"),
    Column("基准情景", "Baseline", "text"),
    Column("测算方法与因子", "Method and factors", "text"),
)


def listings_of(content: PackageContent) -> tuple[Listing, ...]:
    """Return every such table there are figures for, in the official order."""
    return tuple(_listings(content))


def _listings(content: PackageContent) -> Iterator[Listing]:
    if content.analysis is not None:
        yield sensitivity_listing(content.analysis.sensitivity)
        yield stress_listing(content.analysis.stress)
    if _stated(content.dossier):
        yield _benefits(content.dossier)
        costs = () if content.evaluation is None else tuple(_costs(content.dossier, content.evaluation))
        if costs:
            yield cost_per_tonne_listing(costs)


def _stated(dossier: Dossier) -> list[Benefit | FieldBenefit]:
    return stated_benefits(dossier.benefits, dossier.emission_reduction_tco2e)


def _benefits(dossier: Dossier) -> Listing:
    """Table 15-1 as supplied: the dossier gives the difference a year and its method, not both of its sides."""
    rows = tuple(
        (line.indicator, line.value, *(text or wording.MISSING for text in (line.unit, line.baseline, line.method)))
        for line in _stated(dossier)
    )
    return Listing("15-1", "节能减排量测算表", "Environmental benefits", BENEFIT_COLUMNS, rows)


def _costs(dossier: Dossier, evaluation: Evaluation) -> Iterator[AbatementInput]:
    """Yield the cost of a tonne of each indicator that is an amount a year and can be read."""
    rate, fnpv = evaluation.discount_rate, evaluation.indicators.get("project_npv_pre_tax")
    for line in _stated(dossier):
        found = yearly_benefit(line.indicator, line.value, line.unit)
        if rate is None or found.indicator is None or found.indicator in STOCKS:
            continue
        if INDICATORS[found.indicator].dimension != "mass":
            continue
        tonnes = None
        if found.value is not None:
            amounts = yearly_amounts(found.value, 0.0, evaluation.operation_years)
            tonnes = discounted_amount(amounts, rate, evaluation.construction_years)
        yield abatement_input(found.indicator, fnpv, tonnes, rate)


def printed(listing: Listing) -> dict[str, Any]:
    """Return a table as text for a template."""
    return {
        "number": listing.number,
        "title": f"表{listing.number} {listing.title_zh}",
        "head": [column.zh for column in listing.columns],
        "is_text": [column.kind == "text" for column in listing.columns],
        "rows": [
            [printed_cell(column.kind, cell) for column, cell in zip(listing.columns, row, strict=True)]
            for row in listing.rows
        ],
    }


def printed_cell(kind: Kind, cell: Cell) -> str:
    """Return one cell; a dash where a figure does not exist."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return "" if kind == "text" else wording.NOT_DEFINED
    return _PRINTERS.get(kind, wording.plain)(cell)


def _change(value: float) -> str:
    return "不变" if value == 0 else f"{value * 100:+.2f}%".replace(".00%", "%")


def _amount(value: float) -> str:
    return wording.number(value) if float(value).is_integer() else wording.plain(value)


_PRINTERS: dict[Kind, Callable[[float], str]] = {
    "rate": wording.percent,
    "change": _change,
    "money": wording.money,
    "amount": _amount,
}
