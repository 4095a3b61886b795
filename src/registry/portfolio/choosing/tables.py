"""A stored choice as tables: what page and downloads show."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from registry.portfolio.choosing.model import MIXES
from registry.portfolio.frame import PROJECT_DIMENSIONS
from registry.portfolio.table import Column, Table, money_column
from registry.projects.lines import FUNDING_SOURCES

_SOURCES = {code: (name, code.replace("_", " ")) for code, name in FUNDING_SOURCES.items()}
_KINDS = {"money": pl.Int64, "year": pl.Int64, "number": pl.Float64}


def tables_of(result: Mapping[str, Any]) -> dict[str, Table]:
    """Return the tables of a choice, by name; none where none was found."""
    if "budgets" not in result:
        return {}
    return {"chosen": _chosen(result["chosen"]), "budgets": _budgets(result["budgets"])}


def _chosen(rows: Sequence[Mapping[str, Any]]) -> Table:
    drawn = [source for source in FUNDING_SOURCES if any(source in row["draws"] for row in rows)]
    columns = (
        Column("code", "text", "项目编号", "Project"),
        Column("name", "text", "项目名称", "Name", missing=("（未命名项目）", "(unnamed)")),
        *PROJECT_DIMENSIONS["city"].columns,
        *PROJECT_DIMENSIONS["beautiful_city_task"].columns,
        Column("mix", "choice", "资金组合", "Mix", labels=dict(MIXES)),
        Column("benefit", "number", "效益", "Benefit", missing=("未填", "Not stated")),
        money_column("amount_fen", "资金需求", "Money needed"),
        *(money_column(f"{source}_fen", *_SOURCES[source]) for source in drawn),
    )
    flat = [{**row, **{f"{source}_fen": row["draws"].get(source, 0) for source in drawn}} for row in rows]
    return _table("chosen", "入选项目", "Chosen projects", columns, flat)


def _budgets(rows: Sequence[Mapping[str, Any]]) -> Table:
    columns = (
        Column("source", "choice", "资金来源", "Source", labels=_SOURCES),
        Column("year", "year", "年度", "Year", missing=("各年合计", "all years")),
        money_column("budget_fen", "预算", "Budget"),
        money_column("used_fen", "使用", "Used"),
        money_column("left_fen", "剩余", "Left"),
    )
    return _table("budgets", "预算使用", "Budgets used", columns, rows)


def _table(name: str, zh: str, en: str, columns: tuple[Column, ...], rows: Sequence[Mapping[str, Any]]) -> Table:
    schema = {column.name: _KINDS.get(column.kind, pl.String) for column in columns}
    named = [{key: row[key] for key in schema} for row in rows]
    return Table(name, zh, en, columns, pl.DataFrame(named, schema=schema, orient="row"))
