"""Assessments as columns: what many projects earn, why some have no rate, and what each pack answered.

Of each visible project the newest assessment of the revision in force, now or before a past moment.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec
import polars as pl
from sqlalchemy import Engine, cast, func, or_
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import col

from registry.accounts.model import Actor
from registry.assessments.model import Assessment, AssessmentVerdict
from registry.assessments.queries import newest_assessments
from registry.projects.columns import read_frame
from registry.projects.past import fen

RATES: Mapping[str, str] = {
    "firr_pre_tax": "project_irr_pre_tax",
    "firr_post_tax": "project_irr_post_tax",
    "capital_irr": "equity_irr",
}
"""Column of a rate of return to its place among the indicators of the evaluation."""

_FIGURES = (*RATES, "fnpv_post_tax", "payback_years", "dscr_min", "dscr_average", "coverage")
_FACTS = {"fnpv_pre_tax": "finance_fnpv_pre_tax", "benchmark_rate": "finance_benchmark_rate"}
_ONLY_PRICED = "finance_operating_income_total"
"""A fact that is there whenever the money was evaluated, and never otherwise."""

ASSESSMENT_SCHEMA: Mapping[str, pl.DataType] = {
    "project_id": pl.Int64(),
    **dict.fromkeys(_FIGURES, pl.Float64()),
    **dict.fromkeys(_FACTS, pl.Float64()),
    "is_priced": pl.Boolean(),
    **{f"{name}_status": pl.String() for name in RATES},
}
"""`is_priced`: the money was evaluated. `<rate>_status`: `none` or `multiple` where that rate has no single value."""

RIGHTS_SCHEMA: Mapping[str, pl.DataType] = {
    "project_id": pl.Int64(),
    **dict.fromkeys(("kind", "instrument", "stated", "counted"), pl.String()),
    "amount_fen": pl.Int64(),
}

VERDICT_SCHEMA: Mapping[str, pl.DataType] = {
    "project_id": pl.Int64(),
    "pack_id": pl.String(),
    "verdict": pl.String(),
}


def read_assessments(engine: Engine, actor: Actor, *, at: dt.datetime | None = None) -> pl.DataFrame:
    """Return one row (ASSESSMENT_SCHEMA) per visible project with an assessment of its revision in force."""
    stored: tuple[Any, ...] = (col(Assessment.project_id), *(getattr(Assessment, name) for name in _FIGURES))
    schema = {name: ASSESSMENT_SCHEMA[name] for name in ("project_id", *_FIGURES)} | {"finance_facts": pl.String()}
    query = newest_assessments(actor, *stored, col(Assessment.finance_facts), at=at)
    frame = read_frame(engine, query.order_by(col(Assessment.project_id)), schema)
    texts = frame.get_column("finance_facts").to_list()
    facts = [msgspec.json.decode(text) for text in texts]
    read = [
        pl.Series(name, [each.get(fact) for each in facts], dtype=pl.Float64, strict=False)
        for name, fact in _FACTS.items()
    ]
    priced = pl.Series("is_priced", [each.get(_ONLY_PRICED) is not None for each in facts], dtype=pl.Boolean)
    whole = frame.drop("finance_facts").with_columns(*read, priced)
    statuses = _statuses(engine, actor, at)
    return whole.join(statuses, on="project_id", how="left", maintain_order="left").select(list(ASSESSMENT_SCHEMA))


def read_rights(engine: Engine, actor: Actor, *, at: dt.datetime | None = None) -> pl.DataFrame:
    """Return every line of income from rights of the newest assessments (RIGHTS_SCHEMA), in order of project."""
    query = newest_assessments(actor, col(Assessment.project_id), col(Assessment.rights), at=at)
    query = query.where(col(Assessment.rights) != "[]").order_by(col(Assessment.project_id))
    found = read_frame(engine, query, {"project_id": pl.Int64(), "rights": pl.String()})
    lines = [
        {**line, "project_id": project_id, "amount_fen": fen(line["amount"])}
        for project_id, text in found.iter_rows()
        for line in msgspec.json.decode(text)
    ]
    return pl.DataFrame(lines, schema=dict(RIGHTS_SCHEMA))


def _statuses(engine: Engine, actor: Actor, at: dt.datetime | None) -> pl.DataFrame:
    """Return why evaluated projects lack a rate; only their documents are opened, and by the database itself."""
    names = {f"{name}_status": place for name, place in RATES.items()}
    columns = [
        _document_text(engine, "finance", "result", "indicators", place, "status").label(name)
        for name, place in names.items()
    ]
    lacking = or_(*(getattr(Assessment, name).is_(None) for name in RATES))
    is_priced = col(Assessment.finance_facts).contains(f'"{_ONLY_PRICED}":')
    query = newest_assessments(actor, col(Assessment.project_id), *columns, at=at).where(lacking, is_priced)
    return read_frame(engine, query, {"project_id": pl.Int64(), **dict.fromkeys(names, pl.String())})


def _document_text(engine: Engine, *path: str) -> Any:
    """Return one text of the document as an expression of either database."""
    if engine.dialect.name == "postgresql":
        return func.jsonb_extract_path_text(cast(col(Assessment.document), JSONB), *path)
    return func.json_extract(col(Assessment.document), "$." + ".".join(path))


def read_verdicts(engine: Engine, actor: Actor, *, at: dt.datetime | None = None) -> pl.DataFrame:
    """Return the verdict of each pack on each visible project (VERDICT_SCHEMA)."""
    columns: tuple[Any, ...] = (Assessment.project_id, AssessmentVerdict.pack_id, AssessmentVerdict.verdict)
    query = newest_assessments(actor, *columns, at=at)
    query = query.join(AssessmentVerdict, col(AssessmentVerdict.assessment_id) == col(Assessment.id))
    return read_frame(engine, query.order_by(col(AssessmentVerdict.id)), VERDICT_SCHEMA)
