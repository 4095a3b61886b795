"""From the financial result an assessment keeps to what a package prints."""

from collections.abc import Mapping, Sequence
from typing import Any

from registry.errors import Finding
from registry.finance.statements import Statement
from registry.packages.content import Evaluation
from registry.packages.model.figures import model_figures
from registry.projects.financials import FinancialCase

CHART_ROWS = ("cfads", "debt_service")
"""Rows of the model that charts draw beside the series of the result."""


def evaluation_of(
    case: FinancialCase,
    outcome: Mapping[str, Any],
    statements: Sequence[Statement] = (),
    remarks: Sequence[Finding] = (),
) -> Evaluation:
    """Return the evaluation of a calculable case.

    `outcome` is the document `finance.outcome_of` made, with `sensitivity_post_tax` when it was calculated; rows for
    charts are read from the same declarations.
    """
    figures = model_figures(case)
    building = int(float(figures.figure("construction_years")))
    drawn = {key: [value if isinstance(value, float) else None for value in figures.by_year(key)] for key in CHART_ROWS}
    return Evaluation(
        construction_years=building,
        operation_years=figures.years - building,
        statements=tuple(statements),
        totals=outcome["totals"],
        indicators=outcome["indicators"],
        series={**outcome["series"], **drawn},
        checks=outcome["checks"],
        conventions=outcome["conventions"],
        strict=outcome["strict"],
        per_debt=tuple(outcome["per_debt"]),
        mirr=outcome["mirr"],
        fiscal=outcome["fiscal"],
        sensitivity=outcome.get("sensitivity_post_tax", {}),
        discount_rate=case.discount_rate,
        warnings=tuple(remark.as_dict() for remark in remarks),
    )
