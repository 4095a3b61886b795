"""Rates of 100,000 flows of 30 years: this engine, a pyxirr loop and a numpy_financial loop in one run."""

from typing import Final

import numpy as np
import numpy_financial as npf
import pyxirr
from numpy.typing import NDArray

from bench.figures import Figure, best_seconds, print_figures
from registry.finance.irr import irr

COMMAND: Final = "cd tests && python -m bench.bench_irr"
_ROWS: Final = 100_000
_YEARS: Final = 30
_SLOW_SAMPLE: Final = 2_000
"""numpy_financial takes 13 s for all rows; its time per row is measured on these and scaled up."""


def project_flows(rows: int, seed: int = 20261121) -> NDArray[np.float64]:
    """Return flows (rows, years) as projects have them: two or three years of building, then growing net income."""
    rng = np.random.default_rng(seed)
    flows = rng.uniform(20, 90, (rows, 1)) * (1 + rng.uniform(-0.01, 0.04, (rows, 1))) ** np.arange(_YEARS)
    flows *= rng.uniform(0.8, 1.2, (rows, _YEARS))
    flows[:, :2] = -rng.uniform(100, 500, (rows, 2))
    third = rng.random(rows) < 0.5
    flows[third, 2] = -rng.uniform(100, 300, int(third.sum()))
    return flows


def run() -> list[Figure]:
    """Return seconds for all rows, both ratios and the largest disagreement."""
    flows = project_flows(_ROWS)
    rows = flows.tolist()
    ours = best_seconds(lambda: irr(flows))
    pyxirr_seconds = best_seconds(lambda: [pyxirr.irr(row) for row in rows], rounds=3)
    sample = best_seconds(lambda: [npf.irr(row) for row in flows[:_SLOW_SAMPLE]], rounds=1)
    npf_seconds = sample * _ROWS / _SLOW_SAMPLE
    value = irr(flows).value
    apart = float(np.abs(value - np.array([pyxirr.irr(row) for row in rows])).max())
    apart_npf = float(np.abs(value[:_SLOW_SAMPLE] - np.array([npf.irr(row) for row in flows[:_SLOW_SAMPLE]])).max())
    mixed = np.random.default_rng(7).normal(size=(20_000, _YEARS))
    several = best_seconds(lambda: irr(mixed), rounds=3)
    return [
        Figure(
            "batch IRR 100,000 x 30",
            ours,
            "s",
            ">= 3 x pyxirr loop",
            COMMAND,
            "pyxirr loop",
            pyxirr_seconds,
            pyxirr_seconds >= 3 * ours,
        ),
        Figure(
            "batch IRR 100,000 x 30",
            ours,
            "s",
            ">= 100 x numpy_financial loop",
            COMMAND,
            f"numpy_financial loop (scaled from {_SLOW_SAMPLE})",
            npf_seconds,
            npf_seconds >= 100 * ours,
        ),
        Figure("largest difference from pyxirr", apart, "", "<= 1e-9", COMMAND, is_met=apart <= 1e-9),
        Figure("largest difference from numpy_financial", apart_npf, "", "<= 1e-9", COMMAND, is_met=apart_npf <= 1e-9),
        Figure("all rates of 20,000 random flows of 30 years, up to 6 each", several, "s", "none", COMMAND),
    ]


if __name__ == "__main__":
    print_figures(run())
