"""Commands about money: evaluate a case, its sensitivity, its simulation."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from registry.cli.console import Json, command, err, group, out, print_json, print_table, read_json
from registry.errors import Finding, InvalidInput
from registry.finance.cases import evaluate_case
from registry.finance.draws import DrawPlan
from registry.finance.engine import Batch, evaluate_case_model
from registry.finance.listings import Listing, sensitivity_listing, stress_listing
from registry.finance.monte_carlo import MonteCarloResult, MonteCarloRun, project_row, run_project, run_projects
from registry.finance.outcome import remarks_on
from registry.finance.reading import read_document
from registry.finance.samples import Estimate, SampleSummary
from registry.finance.sensitivity import sensitivity, tornado, two_factor_grid
from registry.finance.shocks import FACTORS
from registry.finance.stress import stress_test
from registry.projects.financials import FinancialCase

finance_commands = group("finance", "财务测算 · financial evaluation")

CaseFile = Annotated[Path, typer.Argument(help="A case file: kind and inputs, see `registry schema case`.")]

DEFAULT_PLAN = {
    "factors": {
        "investment": {"kind": "triangular", "low": -0.05, "mode": 0.0, "high": 0.2},
        "revenue": {"kind": "triangular", "low": -0.2, "mode": 0.0, "high": 0.1},
        "operating_cost": {"kind": "triangular", "low": -0.1, "mode": 0.0, "high": 0.2},
    }
}
"""What is drawn when no plan is given: triangular changes that lean to the worse side, without correlation."""


@command("evaluate", of=finance_commands)
def evaluate(case: CaseFile, is_json: Json = False) -> None:
    """Evaluate a financial case file (财务测算)."""
    document = read_json(case)
    result = evaluate_case(document, find_case=lambda name: _case_beside(case, name))
    if is_json:
        print_json(result)
        return
    for part, values in result.items():
        if part == "indicators":
            rows = [(name, value["value"] if isinstance(value, dict) else value) for name, value in values.items()]
            print_table(part, ("指标", "值"), rows)
        elif isinstance(values, dict) and values and not any(isinstance(v, (dict, list)) for v in values.values()):
            print_table(part, ("指标", "值"), list(values.items()))
    for finding in result.get("findings", ()):
        err.print(f"  [{finding['severity']}] {finding['message']}", markup=False)


def _case_beside(case: Path, name: str) -> Any:
    """Return the case in the same folder whose file or `id` has this name; None when there is none."""
    beside = case.with_name(f"{Path(name).name}.json")
    if beside.is_file():
        return read_json(beside)
    documents = (read_json(path) for path in sorted(case.parent.glob("*.json")) if path != case)
    return next((each for each in documents if isinstance(each, dict) and each.get("id") == name), None)


@command("sensitivity", of=finance_commands)
def sensitivity_command(
    case: CaseFile,
    first: Annotated[str, typer.Option(help="First factor of the two-factor grid.")] = "revenue",
    second: Annotated[str, typer.Option(help="Second factor of the two-factor grid.")] = "operating_cost",
    is_json: Json = False,
) -> None:
    """Change one factor, two factors and the funding plan's stresses (敏感性分析、压力测试)."""
    for name in (first, second):
        if name not in FACTORS:
            raise typer.BadParameter(f"unknown factor {name}; known: {', '.join(FACTORS)}")
    batch = _evaluated(case)
    factors, stresses = sensitivity(batch), stress_test(batch)
    if is_json:
        print_json(
            {
                "factors": [each.as_dict() for each in factors],
                "tornado": tornado(batch).as_dict(),
                "grid": two_factor_grid(batch, first, second).as_dict(),
                "stress": [each.as_dict() for each in stresses],
            }
        )
        return
    for listing in (sensitivity_listing(factors), stress_listing(stresses)):
        _print_listing(listing)


@command("simulate", of=finance_commands)
def simulate_command(
    case: CaseFile,
    draws: Annotated[int, typer.Option(min=2, max=1_000_000, help="How many draws.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same figures.")] = 1,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes; more pay off with many projects.")] = 1,
    plan: Annotated[Path | None, typer.Option(help="JSON: factors with distributions, correlations.")] = None,
    floor: Annotated[float, typer.Option(min=0, help="The least DSCR a bank accepts.")] = 1.0,
    others: Annotated[list[Path] | None, typer.Option("--also", help="A further case; may be repeated.")] = None,
    is_json: Json = False,
) -> None:
    """Simulate one case, or several, with seeded draws (蒙特卡洛模拟)."""
    chosen = read_document(DrawPlan, DEFAULT_PLAN if plan is None else read_json(plan), "plan")
    run = MonteCarloRun(chosen, seed, draws, floor)
    files = [case, *(others or ())]
    projects = [project_row(_evaluated(path), 0, number) for number, path in enumerate(files)]
    with Progress(console=err, transient=True, disable=is_json) as progress:
        alone = len(projects) == 1
        bar = progress.add_task("模拟", total=draws if alone else len(projects))

        def advance(done: int) -> None:
            progress.advance(bar, done)

        if alone:
            results = [run_project(projects[0], run, advance)]
        else:
            limit = min(workers, os.cpu_count() or 1, len(projects))
            results = list(run_projects(projects, run, workers=limit, progress=advance))
    documents = [{"case": path.stem, **result.as_dict()} for path, result in zip(files, results, strict=True)]
    if is_json:
        print_json(documents[0] if alone else documents)
        return
    for path, result in zip(files, results, strict=True):
        _print_simulation(path.stem, result)


def _evaluated(path: Path) -> Batch:
    """Return the evaluation of a project case file; raises InvalidInput when it is none or cannot be calculated."""
    document = read_json(path)
    if not isinstance(document, dict) or document.get("kind") != "project":
        raise InvalidInput.of([Finding(
            "kind", "not-a-project", f"{path.name}：只有 project 算例可做敏感性分析和模拟",
            f"{path.name}: only a case of kind project can be analysed or simulated",
        )])  # fmt: skip
    batch = evaluate_case_model(read_document(FinancialCase, document.get("inputs")))
    if errors := [finding for finding in remarks_on(batch) if finding.severity == "error"]:
        raise InvalidInput.of(errors)
    return batch


def _print_listing(listing: Listing) -> None:
    kinds = [column.kind for column in listing.columns]
    rows = [[_shown(cell, kind) for cell, kind in zip(row, kinds, strict=True)] for row in listing.rows]
    print_table(f"表{listing.number} {listing.title_zh}", [column.zh for column in listing.columns], rows)


def _shown(cell: str | float | None, kind: str) -> str | None:
    if not isinstance(cell, (int, float)):
        return cell
    forms = {"rate": "{:.2%}", "change": "{:+.2%}", "money": "{:,.2f}", "years": "{:.2f}", "ratio": "{:.4f}"}
    return forms.get(kind, "{:g}").format(cell)


def _print_simulation(name: str, result: MonteCarloResult) -> None:
    samples: dict[str, SampleSummary | None] = {
        "财务净现值（税后，万元）": result.npv,
        "内部收益率（税后）": result.irr,
        "最低偿债备付率": result.dscr_min,
    }
    rows = [
        (zh, *(_estimate(getattr(sample, part)) for part in ("mean", "standard_deviation", "p10", "p50", "p90")))
        for zh, sample in samples.items()
        if sample is not None
    ]
    print_table(
        f"{name}：{result.run.draws} 次，种子 {result.run.run_seed}",
        ("指标", "均值", "标准差", "P10", "P50", "P90"),
        rows,
    )
    out.print(f"  净现值为负的概率 {_estimate(result.npv_negative)}")
    below = result.dscr_below_floor
    chance = "—（无还本付息）" if below is None else _estimate(below)
    out.print(f"  最低偿债备付率低于 {result.run.dscr_floor:g} 的概率 {chance}")


def _estimate(estimate: Estimate) -> str:
    return f"{estimate.value:,.4f} ± {estimate.standard_error:.4f}"
