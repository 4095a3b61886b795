"""Factors for environmental benefits: data files with value, unit, year, region, source and confidence each.

No factor lives in code. A result names the factors it was made with, so that it can be checked after they change.
"""

from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from registry.errors import NotFound

Confidence = Literal["text", "secondary", "unverified"]
"""The text was seen; seen in a secondary source; professional knowledge still to be confirmed (待核实)."""


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    id: str
    unit: str
    document: str
    note: str | None = None


class Factor(_Row):
    """One factor 因子 with its source; `low` and `high` bound it where published values differ."""

    value: float
    year: int
    region: str
    confidence: Confidence
    low: float | None = None
    high: float | None = None


class Magnitude(_Row):
    """Limits of what one project can claim: `indicator`, or its ratio to another figure `per`, in standard units."""

    indicator: str
    per: str | None
    lowest: float
    highest: float
    typical: float


def factor(factor_id: str) -> Factor:
    """Return one factor; raises NotFound, naming it."""
    found = factors().get(factor_id)
    if found is None:
        raise NotFound(f"没有编号为 {factor_id} 的排放因子", f"there is no factor with the id {factor_id}")
    return found


def grid_factor(region: str, year: int = 2023) -> Factor | None:
    """Return the average grid factor of a province or region (浙江, 华东, 全国) and year; None where none is published.

    A missing value is not replaced by the national one: whoever wants that asks for 全国 and says so.
    """
    name = region.removesuffix("省").removesuffix("市")
    matches = (row for row in factors().values() if row.id.startswith("grid-") and row.region == name)
    return next((row for row in matches if row.year == year), None)


@cache
def factors() -> dict[str, Factor]:
    """Return every factor by its id."""
    found: dict[str, Factor] = {}
    for name in ("electricity", "fuels", "pollution_equivalents"):
        for row in _rows(name, "factors"):
            found[row["id"]] = Factor.model_validate(row)
    return found


@cache
def magnitudes() -> tuple[Magnitude, ...]:
    """Return the limits of what one project can claim."""
    return tuple(Magnitude.model_validate(row) for row in _rows("magnitudes", "limits"))


def _rows(name: str, key: str) -> list[dict[str, Any]]:
    """Return the rows of one data file, the document and unit of the file filled in where a row has none."""
    data = yaml.safe_load((files(__name__) / f"{name}.yaml").read_text(encoding="utf-8"))
    shared = {field: data[field] for field in ("document", "unit") if data.get(field)}
    return [shared | row for row in data[key]]
