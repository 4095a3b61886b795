"""Assessments as columns: what many projects earn, why some have no rate, and what each pack answered.

Of each visible project the newest assessment of the revision in force, now or before a past moment.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import Engine, cast, func, or_
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import col

from registry.accounts.model import Actor
from registry.assessments.model import Assessment, AssessmentVerdict
from registry.assessments.queries import newest_assessments
from registry.finance.irr import IrrReason, irr
from registry.finance.outcome import RATES_OF_RETURN
from registry.projects.columns import read_frame
from registry.projects.past import fen

RATES: Mapping[str, str] = {
    "firr_pre_tax": "project_irr_pre_tax",
    "firr_post_tax": "project_irr_post_tax",
    "capital_irr": "equity_irr",
}
"""Column of a rate of return to its place among the indicators of the evaluation."""
FLOWS: Mapping[str, str] = {name: RATES_OF_RETURN[place] for name, place in RATES.items()}
"""Column of a rate of return to the yearly flow it is the rate of, among the series of the evaluation."""

_FIGURES = (*RATES, "fnpv_post_tax", "payback_years", "dscr_min", "dscr_average", "coverage")
_FACTS = {"fnpv_pre_tax": "finance_fnpv_pre_tax", "benchmark_rate": "finance_benchmark_rate"}

ASSESSMENT_SCHEMA: Mapping[str, pl.DataType] = {
    "project_id": pl.Int64(),
    **dict.fromkeys(_FIGURES, pl.Float64()),
    **dict.fromkeys(_FACTS, pl.Float64()),
    **{f"{name}_reason": pl.String() for name in RATES},
}
"""`<rate>_reason`: why a project has no such rate (`no_rates`); NULL where it has one."""

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
    whole = frame.drop("finance_facts").with_columns(*read)
    reasons = _reasons(engine, actor, at)
    return whole.join(reasons, on="project_id", how="left", maintain_order="left").select(list(ASSESSMENT_SCHEMA))


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


def _reasons(engine: Engine, actor: Actor, at: dt.datetime | None) -> pl.DataFrame:
    """Return why projects lack a rate; only their documents are opened, and by the database itself."""
    flows = {f"{name}_flow": _document_text(engine, "finance", "result", "series", row) for name, row in FLOWS.items()}
    parts = {
        "case": _document_text(engine, "finance", "case"),
        "findings": _document_text(engine, "finance", "findings"),
    } | flows
    lacking = or_(*(getattr(Assessment, name).is_(None) for name in RATES))
    rates = (getattr(Assessment, name) for name in RATES)
    columns = (col(Assessment.project_id), *rates, *(text.label(name) for name, text in parts.items()))
    query = newest_assessments(actor, *columns, at=at).where(lacking)
    schema = {"project_id": pl.Int64(), **dict.fromkeys(RATES, pl.Float64()), **dict.fromkeys(parts, pl.String())}
    return no_rates(read_frame(engine, query, schema))


def no_rates(lacking: pl.DataFrame) -> pl.DataFrame:
    """Return `project_id` and `<rate>_reason` for projects that lack a rate.

    `lacking` has `project_id`, the rates, and as JSON text or NULL `case`, `findings` and `<rate>_flow` of each
    evaluation. Where money was evaluated the reason is what the engine finds in the flow; else why it could not be.
    """
    refused = [_refusal(row["case"], row["findings"]) for row in lacking.iter_rows(named=True)]
    unpriced = pl.Series(refused, dtype=pl.String)
    found = {"project_id": lacking.get_column("project_id")}
    for rate in RATES:
        flow = _engine_reasons(lacking.get_column(f"{rate}_flow").to_list())
        reason = pl.Series(flow, dtype=pl.String)
        wanted = pl.select(pl.when(lacking.get_column(rate).is_null()).then(pl.coalesce(reason, unpriced))).to_series()
        found[f"{rate}_reason"] = wanted
    return pl.DataFrame(found)


def _refusal(case: str | None, findings: str | None) -> str:
    """Return why a case was not evaluated."""
    if case is None:
        return "no_case"
    errors = {each["code"] for each in msgspec.json.decode(findings or "[]") if each["severity"] == "error"}
    return "over_funded" if errors == {"over-funded"} else "incomplete_case"


def _engine_reasons(texts: list[str | None]) -> list[str | None]:
    """Return what the engine says of each flow; None where there is no flow."""
    flows = {place: msgspec.json.decode(text) for place, text in enumerate(texts) if text is not None}
    answers: list[str | None] = [None] * len(texts)
    for years in sorted({len(flow) for flow in flows.values()}):
        chosen = [place for place, flow in flows.items() if len(flow) == years]
        table = np.array([[np.nan if each is None else each for each in flows[place]] for place in chosen])
        for place, row, reason in zip(chosen, table, irr(table).reason, strict=True):
            answers[place] = _worded(IrrReason(int(reason)), row)
    return answers


def _worded(reason: IrrReason, flow: NDArray[np.float64]) -> str:
    """Return a reason in lower case; a flow without a change of sign is one that never pays, or never costs."""
    if reason is IrrReason.NO_SIGN_CHANGE:
        return "never_positive" if flow.sum() < 0 else "never_negative"
    return reason.name.lower()


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
