"""How the tables of a plan are put together: columns with their terms, sums as fen."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from registry.portfolio.table import Column, Table
from registry.programme.financing_plan.funding import Sum
from registry.quantities import FEN_PER_CNY_10K

Row = dict[str, Any]


def fen(amount: Decimal | None) -> int | None:
    """Return 万元 as whole fen."""
    return None if amount is None else int(amount * FEN_PER_CNY_10K)


def sum_fen(total: Sum) -> int | None:
    """Return a sum as fen; unknown where nothing in it is known."""
    return None if total.unknown and not total.amount else fen(total.amount)


def labels_of(zh: dict[str, str], en: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Return the words of codes in both languages; where English has none, the code serves."""
    return {code: (label, en.get(code, code.replace("_", " "))) for code, label in zh.items()}


def text_column(name: str, zh: str, en: str) -> Column:
    """Return a column of text."""
    return Column(name, "text", zh, en)


def choice_column(name: str, zh: str, en: str, labels: Mapping[str, tuple[str, str]]) -> Column:
    """Return a column of codes, shown in words."""
    return Column(name, "choice", zh, en, labels=labels)


def model_column(name: str, zh: str, en: str) -> Column:
    """Return a column of calculated 万元: a model's figure, not an account entry."""
    return Column(name, "number", zh, en, "万元")


def table_of(name: str, zh: str, en: str, columns: Sequence[Column], rows: Sequence[Row]) -> Table:
    """Return rows as a table, typed by its columns."""
    kinds: dict[str, Any] = {"money": pl.Int64, "count": pl.Int64, "year": pl.Int64, "ratio": pl.Float64}
    schema = {column.name: kinds.get(column.kind, pl.String) for column in columns}
    schema |= {column.name: pl.Float64 for column in columns if column.kind == "number"}
    return Table(name, zh, en, tuple(columns), pl.DataFrame(list(rows), schema=schema, orient="row"))
