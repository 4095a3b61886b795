"""The further runs of the model as printed: scenarios, grids and drawn inputs, ready for a template."""

from collections.abc import Callable, Sequence
from typing import Any

from registry.finance.samples import Estimate, SampleSummary
from registry.finance.scenarios import ScenarioResult
from registry.finance.shocks import FACTORS
from registry.finance.stress import StressResult
from registry.packages import wording
from registry.packages.analysis import (
    DEFAULT_DISTRIBUTIONS,
    DSCR_FLOORS,
    GRID_CHANGES,
    Analysis,
    Uncertainty,
)


def printed_analysis(analysis: Analysis) -> dict[str, Any]:
    """Return all of it as text."""
    changes = [f"{change * 100:+.0f}%" if change else "不变" for change in GRID_CHANGES]
    grids = (
        (
            "税后财务净现值（万元）",
            [[wording.money(value, wording.NOT_DEFINED) for value in row] for row in analysis.grid_npv],
        ),
        (
            "最低年偿债备付率",
            [[wording.plain(value, wording.NOT_DEFINED) for value in row] for row in analysis.grid_dscr],
        ),
    )
    return {
        "scenarios": [_scenario(result) for result in analysis.scenarios],
        "changes": changes,
        "grids": [
            {"title": title, "rows": [[change, *row] for change, row in zip(changes, cells, strict=True)]}
            for title, cells in grids
            if any(cell != wording.NOT_DEFINED for row in cells for cell in row)
        ],
        "uncertainty": _uncertainty(analysis.uncertainty),
        "stress": [_stress(line) for line in analysis.stress],
    }


def _change(change: float) -> str:
    return f"{change * 100:+.0f}%" if change else "不变"


def _cells(grid: Sequence[Sequence[float | None]], printed: Callable[[float | None, str], str]) -> list[list[str]]:
    return [[printed(value, wording.NOT_DEFINED) for value in row] for row in grid]


def _scenario(result: ScenarioResult) -> dict[str, str]:
    irr, equity = result.irr.value, result.equity_irr.value
    return {
        "name": result.scenario.zh,
        "irr": wording.percent(irr, wording.NOT_DEFINED),
        "equity_irr": wording.percent(equity, wording.NOT_DEFINED),
        "npv": wording.money(result.npv),
        "payback": wording.plain(result.payback, wording.NOT_DEFINED),
        "dscr_min": wording.plain(result.dscr_min, wording.NOT_DEFINED),
        "surplus": wording.money(result.cumulative_surplus_min),
    }


def _uncertainty(found: Uncertainty) -> dict[str, Any]:
    return {
        "draws": f"{found.draws:,}",
        "seed": "、".join(map(str, found.seed)),
        "distributions": [
            {
                "factor": FACTORS[name][0],
                "values": [f"{value * 100:+.0f}%" if value else "0%" for value in (spec.low, spec.mode, spec.high)],
            }
            for name, spec in DEFAULT_DISTRIBUTIONS.items()
        ],
        "samples": [
            *_sample("税后财务净现值（万元）", found.npv, 1),
            *_sample("税后内部收益率（%）", found.irr, 100),
            *_sample("最低年偿债备付率", found.dscr_min, 1),
        ],
        "chances": [
            _chance("税后财务净现值小于零", "", found.npv_negative),
            *(
                _chance(f"最低年偿债备付率低于 {floor:.2f}", DSCR_FLOORS[floor], chance)
                for floor, chance in found.dscr_below.items()
            ),
        ],
    }


def _sample(name: str, summary: SampleSummary | None, scale: float) -> Sequence[dict[str, str]]:
    if summary is None:
        return []
    figures = (summary.p10, summary.p50, summary.p90, summary.mean)
    return [
        {
            "name": name,
            **{
                key: wording.plain(figure.value * scale)
                for key, figure in zip(("p10", "p50", "p90", "mean"), figures, strict=True)
            },
            "error": wording.plain(summary.mean.standard_error * scale),
            "without": f"{summary.without_value}" if summary.without_value else "无",
        }
    ]


def _chance(event: str, why: str, chance: Estimate) -> dict[str, str]:
    error = f"±{wording.percent(chance.standard_error)}"
    return {"event": event, "why": why, "value": wording.percent(chance.value), "error": error}


def _stress(line: StressResult) -> dict[str, str]:
    return {
        "name": line.stress.zh,
        "bond": wording.plain(line.special_bond_coverage, wording.NOT_DEFINED),
        "all": wording.plain(line.total_debt_coverage, wording.NOT_DEFINED),
        "dscr_min": wording.plain(line.dscr_min, wording.NOT_DEFINED),
    }
