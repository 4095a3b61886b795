"""Small choices between projects."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from registry.portfolio.choices import SelectionRequest

CANDIDATES = {
    "project_id": pl.Int64,
    "mix": pl.String,
    "benefit": pl.Float64,
    "region": pl.String,
    "beautiful_city_task": pl.String,
}
NEEDS = {"project_id": pl.Int64, "mix": pl.String, "source": pl.String, "year": pl.Int64, "amount_fen": pl.Int64}
FEN = 1_000_000


def request(
    candidates: Sequence[tuple[int, str, float | None, str]], needs: Sequence[tuple[int, str, str, int, float | None]],
    **changes: Any,
) -> SelectionRequest:  # fmt: skip
    """Return a request over candidates (project, mix, benefit, region) with needs in 万元."""
    rows = [(*each, "sewer_coverage") for each in candidates]
    in_fen = [(*each[:4], None if each[4] is None else round(each[4] * FEN)) for each in needs]
    return SelectionRequest(
        pl.DataFrame(rows, schema=CANDIDATES, orient="row"),
        pl.DataFrame(in_fen, schema=NEEDS, orient="row"),
        **{"budgets": {}, "gap": 1e-6, **changes},
    )
