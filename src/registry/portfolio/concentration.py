"""Who holds how much 集中度: the largest implementers and banks, their shares, and the Herfindahl–Hirschman index."""

import polars as pl

from registry.portfolio.table import Column, Table, count_column, money_column

TOPS = (1, 5, 10)
SHOWN = 20
"""Holders listed by name."""
KINDS = {"implementer": ("实施主体", "Implementer"), "bank": ("贷款银行", "Bank")}


def implementers(projects: pl.DataFrame) -> pl.DataFrame:
    """Return the holders of projects: `holder`, `holder_name`, `amount_fen` (total investment), one row a project.

    One implementer is one unified social credit code; where none is stated, one name.
    """
    holder = pl.coalesce("implementer_credit_code", "implementer_name")
    amount = pl.col("total_investment_fen").alias("amount_fen")
    return projects.select(holder.alias("holder"), pl.col("implementer_name").alias("holder_name"), amount)


def banks(loans: pl.DataFrame) -> pl.DataFrame:
    """Return the holders of accepted loans (`bank`, `amount_fen`), one row a loan."""
    return loans.select(pl.col("bank").alias("holder"), pl.col("bank").alias("holder_name"), "amount_fen")


def concentration(holdings: dict[str, pl.DataFrame]) -> Table:
    """Return shares of the largest holders and the index (0 to 10,000) for each kind of holder.

    Shares are of the amounts whose holder and size are known; the rest is counted beside them.
    """
    kinds = pl.Enum(list(KINDS))
    rows = [_measure(kind, rows) for kind, rows in holdings.items()]
    columns = (
        Column("kind", "choice", "类别", "Kind", labels=KINDS),
        count_column("n_holders", "主体数", "Holders"),
        count_column("n_rows", "项目或贷款数", "Projects or loans"),
        money_column("amount_fen", "金额合计", "Amount"),
        *(Column(f"top_{top}", "ratio", f"前 {top} 名占比", f"Share of the first {top}") for top in TOPS),
        Column("hhi", "number", "赫芬达尔指数（HHI）", "Herfindahl–Hirschman index"),
        count_column("n_unknown_holder", "主体未填", "Holder not stated"),
        count_column("n_unknown_amount", "金额未知", "Amount not known"),
    )
    schema = {column.name: pl.Float64 if column.kind in ("ratio", "number") else pl.Int64 for column in columns}
    frame = pl.DataFrame(rows, schema=schema | {"kind": pl.String}, orient="row").with_columns(
        pl.col("kind").cast(kinds)
    )
    return Table("concentration", "集中度", "Concentration", columns, frame)


def _measure(kind: str, rows: pl.DataFrame) -> tuple[object, ...]:
    sums = _sums(rows)
    total = int(sums["amount_fen"].sum())
    shares = (sums["amount_fen"] / total).to_list() if total else []
    return (
        kind,
        sums.height,
        rows.height,
        total,
        *(sum(shares[:top]) if shares else None for top in TOPS),
        sum((100 * share) ** 2 for share in shares) if shares else None,
        rows["holder"].null_count(),
        rows["amount_fen"].null_count(),
    )


def _sums(rows: pl.DataFrame) -> pl.DataFrame:
    known = rows.filter(pl.col("holder").is_not_null() & pl.col("amount_fen").is_not_null())
    grouped = known.group_by("holder").agg(
        pl.col("holder_name").drop_nulls().sort().first(),
        pl.len().cast(pl.Int64).alias("n"),
        pl.col("amount_fen").sum(),
    )
    return grouped.sort("amount_fen", "holder", descending=[True, False])


def top_holders(kind: str, rows: pl.DataFrame) -> Table:
    """Return the largest holders by amount, each with its share."""
    sums = _sums(rows)
    total = int(sums["amount_fen"].sum())
    share = pl.col("amount_fen") / total if total else pl.lit(None, dtype=pl.Float64)
    named = pl.coalesce("holder_name", "holder").alias("holder")
    frame = sums.head(SHOWN).with_columns(named, share.alias("share"))
    zh, en = KINDS[kind]
    columns = (
        Column("holder", "text", zh, en),
        count_column(
            "n", "项目数" if kind == "implementer" else "贷款数", "Projects" if kind == "implementer" else "Loans"
        ),
        money_column("amount_fen", "总投资" if kind == "implementer" else "贷款金额", "Amount"),
        Column("share", "ratio", "占比", "Share"),
    )
    title = (f"{zh}前 {SHOWN} 名", f"Largest {SHOWN}: {en.lower()}s")
    return Table(f"top_{kind}s", *title, columns, frame.select(column.name for column in columns))
