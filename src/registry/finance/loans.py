"""A single loan, served by the rules of the full model: the same rows, only fewer of them."""

from typing import Any

from registry.errors import Finding, InvalidInput, has_errors
from registry.finance.cells import cells_of, stack
from registry.finance.checking import Check
from registry.finance.declarations import book_of
from registry.finance.engine import evaluate_cells
from registry.finance.findings import LONGEST_CALCULATION_YEARS, check_debt
from registry.finance.structure import structure_of
from registry.projects.financials import Debt, FinancialCase, Repayment, Timeline

_ROWS = ("idc", "interest", "principal", "closing", "service")


def evaluate_loan(debt: Debt) -> dict[str, Any]:
    """Return construction interest by year and, with a repayment, interest and principal from the first operation year.

    Construction lasts as long as the list of draws. Raises InvalidInput when the terms are incomplete or depend on a
    project's cash flow.
    """
    case = _case_around(debt)
    structure = structure_of(case)
    cells = stack(book_of(structure), [cells_of(case)])
    batch = evaluate_cells(structure, cells, [f"debts.0.{row}" for row in _ROWS])
    build = len(debt.draws or [])
    rows = {row: batch.by_year(f"debts.0.{row}")[0].tolist() for row in _ROWS}
    result = {
        "construction_interest": rows["idc"][:build],
        "construction_interest_total": sum(rows["idc"][:build]),
        "debt_at_end_of_construction": rows["closing"][build - 1],
    }
    if debt.repayment is None:
        return result
    return result | {
        "interest": rows["interest"][build:],
        "principal": rows["principal"][build:],
        "debt_service": rows["service"][build:],
    }


def _case_around(debt: Debt) -> FinancialCase:
    """Return the smallest case that holds the loan: its years and nothing else."""
    build = len(debt.draws or [])
    repayment = debt.repayment
    first = (repayment and repayment.first_repayment_year) or build + 1
    count = (repayment and repayment.repayment_years) or 1
    check = Check()
    if repayment is not None and repayment.method in {"max_capacity", "sculpted_dscr"}:
        check.add(
            "repayment.method",
            "needs-project",
            "该还款方式取决于项目现金流量，不能单独计算；请用 project 算例",
            "this method depends on a project's cash flow; use a case of kind project",
            repayment.method,
        )
    horizon = max(first + count - 1, build + 1)
    check.between("draws", build, 1, LONGEST_CALCULATION_YEARS // 2)
    check.between("repayment.first_repayment_year", first, 1, LONGEST_CALCULATION_YEARS)
    stand_in = Repayment(method="bullet", first_repayment_year=build + 1, repayment_years=1)
    whole = debt if repayment is not None else debt.model_copy(update={"repayment": stand_in})
    check_debt("", whole, build, horizon - build, check)
    if has_errors(check.found):
        raise InvalidInput.of(_without_leading_dot(check.found))
    return FinancialCase(timeline=Timeline(construction_years=build, operation_years=horizon - build), debts=[whole])


def _without_leading_dot(findings: list[Finding]) -> list[Finding]:
    return [
        Finding(f.path.lstrip("."), f.code, f.message_zh.lstrip("."), f.message_en.lstrip("."), f.value, f.severity)
        for f in findings
    ]
