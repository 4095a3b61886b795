"""Accepted loan decisions in the funding mix 贷款决定计入资金结构: they replace what the dossier planned."""

import polars as pl

_RANK = {"secured": 0, "planned": 1, "gap": 2}


def with_loans(lines: pl.DataFrame, loans: pl.DataFrame) -> pl.DataFrame:
    """Return the funding lines with each accepted loan as a secured line, and what the loan stands for taken off.

    `lines` are funding lines in order (project_id, source, year, amount_fen, status), `loans` rows of (project_id,
    source, amount_fen). A dossier already plans the loans a bank then decides: its lines of the same project and
    source are reduced by the decided amount, those called secured first, then planned, then gap, so that no yuan
    counts twice. What is left of a line stays; a line covered whole goes. Unknown amounts stay unknown.
    """
    if loans.is_empty():
        return lines
    decided = loans.group_by("project_id", "source").agg(pl.col("amount_fen").sum().alias("decided"))
    order = pl.col("status").replace_strict(_RANK, default=len(_RANK), return_dtype=pl.Int64)
    before = pl.col("amount_fen").fill_null(0).cum_sum().over("project_id", "source") - pl.col("amount_fen").fill_null(
        0
    )
    taken = (pl.col("decided").fill_null(0) - before).clip(0, None)
    reduced = (
        lines.with_row_index("entry")
        .join(decided, on=["project_id", "source"], how="left", maintain_order="left")
        .sort("project_id", "source", order, "entry", maintain_order=True)
        .with_columns(left=pl.col("amount_fen") - pl.min_horizontal("amount_fen", taken))
        .filter(pl.col("amount_fen").is_null() | (pl.col("left") > 0) | (pl.col("amount_fen") == 0))
        .with_columns(amount_fen=pl.when(pl.col("amount_fen").is_not_null()).then(pl.col("left")))
    )
    added = loans.select(
        "project_id", "source", pl.lit(None, pl.Int64).alias("year"), "amount_fen", pl.lit("secured").alias("status")
    ).with_columns(entry=pl.lit(lines.height, pl.UInt32) + pl.int_range(loans.height, dtype=pl.UInt32))
    columns = ["project_id", "source", "year", "amount_fen", "status", "entry"]
    merged = pl.concat([reduced.select(columns), added.select(columns)])
    return merged.sort("project_id", "entry").drop("entry")
