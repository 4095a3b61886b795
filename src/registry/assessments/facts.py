"""From records to the facts rules read 事实: one path for one project and for the whole registry.

A fact nobody stated stays NULL. Two statements are read together: the amount from a source without any funding line
is zero once the stated lines add up to the whole investment, and unknown before that.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import polars as pl

from registry.eligibility.derived import document_fact
from registry.projects.catalogue import CatalogueField, fields
from registry.projects.columns import DOCUMENT_SCHEMA, LINE_SCHEMA
from registry.projects.fields.documents import CHECKLIST
from registry.projects.lines import FUNDING_SOURCES
from registry.projects.model import Dossier, record_counts
from registry.projects.rights import INSTRUMENTS
from registry.quantities import FEN_PER_CNY_10K

COMPLETE_WITHIN_FEN = FEN_PER_CNY_10K // 2
"""Half a 万元, by which funding lines may miss the total investment and still count as the whole plan."""

_DTYPES: dict[str, type[pl.DataType]] = {
    "money": pl.Float64,
    "number": pl.Float64,
    "ratio": pl.Float64,
    "integer": pl.Float64,
    "boolean": pl.Boolean,
}

INSTRUMENT_COUNTS = tuple(f"{instrument}_count" for instrument in INSTRUMENTS)
COUNTS = ("performance_goal_count", "component_count", "quantified_benefit_count", *INSTRUMENT_COUNTS)


FUNDED_TWICE = "has_other_central_funding"
"""The one fact that the registry itself may know better than the dossier: a reviewer found the content again."""


def facts_of(
    dossier: Dossier, finance: Mapping[str, float | None], *, is_funded_elsewhere: bool = False
) -> dict[str, Any]:
    """Return the base facts of one dossier, with the figures of its evaluation.

    `is_funded_elsewhere` says that the same content draws central money in another project (`funded_elsewhere`); it
    outweighs what the dossier states.
    """
    scalars = {name: _plain(getattr(dossier, name), field) for name, field in fact_fields().items()}
    project = {"project_id": 0, **scalars, **record_counts(dossier)}
    lines = [
        {
            "project_id": 0,
            "source": line.source,
            "year": line.year,
            "amount_fen": _fen(line.amount),
            "status": line.status,
        }
        for line in dossier.funding_lines
    ]
    documents = [
        {"project_id": 0, "checklist_code": entry.checklist_code, "is_available": entry.is_available}
        for entry in dossier.documents
    ]
    table = fact_table(
        pl.DataFrame([project], schema=project_schema()),
        pl.DataFrame(lines, schema=LINE_SCHEMA),
        pl.DataFrame(documents, schema=DOCUMENT_SCHEMA),
    )
    known = {FUNDED_TWICE: True} if is_funded_elsewhere else {}
    return {**table.row(0, named=True), **finance, **known}


def fact_table(projects: pl.DataFrame, lines: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Return one row of base facts per project, in the order of `projects`.

    `projects` has `project_id`, the scalar facts in 万元 (`columns.as_facts`) and the counts of `record_counts`;
    `lines` is `columns.LINE_SCHEMA`, `documents` `columns.DOCUMENT_SCHEMA`.
    """
    counted = projects.with_columns(
        pl.when(pl.col("performance_goal_count") > 0).then(pl.lit(value=True)).alias("has_performance_goals"),
        pl.when(pl.col("component_count") > 0).then(pl.col("component_count")).alias("component_count"),
        pl.when(pl.col("quantified_benefit_count") > 0).then(pl.lit(value=True)).alias("has_quantified_benefit"),
        *(
            pl.when(pl.col(f"{instrument}_count") > 0).then(pl.lit(value=True)).alias(f"has_{instrument}_income")
            for instrument in INSTRUMENTS
        ),
    )
    return (
        counted.join(_funding(projects, lines), on="project_id", how="left", maintain_order="left")
        .join(_documents(documents), on="project_id", how="left", maintain_order="left")
        .drop("performance_goal_count", "quantified_benefit_count", *INSTRUMENT_COUNTS)
    )


def fact_fields() -> dict[str, CatalogueField]:
    """Return the scalar fields rules may read."""
    return {name: field for name, field in fields().items() if field.term.is_fact}


def project_schema() -> dict[str, type[pl.DataType]]:
    """Return the columns `fact_table` expects of projects."""
    scalars = {name: _DTYPES.get(field.kind, pl.String) for name, field in fact_fields().items()}
    return {"project_id": pl.Int64, **scalars, **dict.fromkeys(COUNTS, pl.Int64)}


def _funding(projects: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Return `funding_<source>` per project: the sum, NULL when a line has no amount or the plan is not whole."""
    named = {source: f"funding_{source}" for source in FUNDING_SOURCES}
    sums = lines.group_by("project_id").agg(
        *(
            pl.when((pl.col("source") == source).any())
            .then(
                pl.when(pl.col("amount_fen").filter(pl.col("source") == source).null_count() == 0).then(
                    pl.col("amount_fen").filter(pl.col("source") == source).sum()
                )
            )
            .alias(name)
            for source, name in named.items()
        ),
        pl.when(pl.col("amount_fen").null_count() == 0).then(pl.col("amount_fen").sum()).alias("stated"),
        *((pl.col("source") == source).any().alias(f"has_{source}") for source in named),
    )
    total = pl.col("total_investment") * FEN_PER_CNY_10K
    whole = (pl.col("stated") - total).abs() <= COMPLETE_WITHIN_FEN
    return (
        projects.select("project_id", "total_investment")
        .join(sums, on="project_id", how="left", maintain_order="left")
        .select(
            "project_id",
            *(
                pl.when(whole & ~pl.col(f"has_{source}"))
                .then(0.0)
                .otherwise(pl.col(name) / FEN_PER_CNY_10K)
                .alias(name)
                for source, name in named.items()
            ),
        )
    )


def _documents(documents: pl.DataFrame) -> pl.DataFrame:
    """Return `document_<code>` per project: true when any entry says it is there, false when one says it is not."""
    return documents.group_by("project_id").agg(
        pl.col("is_available").filter(pl.col("checklist_code") == code).max().alias(document_fact(code))
        for code in CHECKLIST
    )


def _plain(value: Any, field: CatalogueField) -> Any:
    return _number(value) if field.kind in ("money", "integer") else value


def _fen(value: Decimal | None) -> int | None:
    return None if value is None else int(value * FEN_PER_CNY_10K)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
