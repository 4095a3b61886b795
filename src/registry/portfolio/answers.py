"""What the optimisers found, as tables and as JSON: one wording for command line, API, page and downloads."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from registry.portfolio.mix import FrontierPoint, Mix, NoMix
from registry.portfolio.program import Binding, Relaxation
from registry.portfolio.selection import NoSelection, Selection
from registry.portfolio.table import Column, Table, count_column, money_column
from registry.quantities import FEN_PER_CNY_10K, money_text


def mix_table(mix: Mix) -> Table:
    """Return the mix: one row per source, one column per construction year."""
    years = len(mix.lines[0].amounts)
    labels = {line.key: (line.zh, line.en) for line in mix.lines}
    columns = (
        Column("source", "choice", "资金来源", "Source", labels=labels),
        *(money_column(f"year_{year}_fen", f"第 {year} 年", f"Year {year}") for year in range(1, years + 1)),
        money_column("total_fen", "合计", "Total"),
        Column("share", "ratio", "占比", "Share"),
    )
    rows = [(line.key, *map(_fen, line.amounts), _fen(line.total), line.share) for line in mix.lines]
    return Table("mix", "资金组合方案", "Funding mix", columns, _frame(rows, columns), mix.remarks)


def frontier_table(points: Sequence[FrontierPoint]) -> Table:
    """Return the frontier: what each floor of debt service coverage costs."""
    columns = (
        Column("dscr_floor", "number", "偿债备付率下限", "Least debt service coverage"),
        Column("dscr", "number", "偿债备付率（模型复核）", "Coverage found by the model"),
        money_column("fiscal_cost_fen", "财政成本", "Fiscal cost"),
        money_column("cost_of_capital_fen", "年资金成本", "Yearly cost of capital"),
        Column("capital_ratio", "ratio", "资本金比例", "Capital ratio"),
    )
    rows = [
        (
            point.dscr_floor,
            point.mix.dscr_verified,
            _fen(point.mix.fiscal_cost),
            _fen(point.mix.cost_of_capital),
            point.mix.capital_ratio,
        )
        for point in points
    ]
    zh, en = "财政成本与偿债备付率前沿", "Frontier of fiscal cost and debt service coverage"
    return Table("frontier", zh, en, columns, _frame(rows, columns))


def selection_table(selection: Selection) -> Table:
    """Return the chosen projects with their mix, benefit and money, in order of project."""
    columns = (
        count_column("project_id", "项目", "Project", ""),
        Column("mix", "text", "方案", "Mix"),
        Column("benefit", "number", "效益", "Benefit"),
        money_column("amount_fen", "资金需求", "Money needed"),
    )
    frame = selection.chosen.select(column.name for column in columns)
    return Table("selection", "入选项目", "Chosen projects", columns, frame, selection.remarks)


def mix_as_dict(answer: Mix | NoMix) -> dict[str, Any]:
    """Return the wire form of a mix, or of the ways out where there is none. Money is decimal text in 万元."""
    if isinstance(answer, NoMix):
        return {
            "status": "infeasible",
            "ways": [_ways(way) for way in answer.ways],
            "messages": _both(answer.messages()),
        }
    return {
        "status": "optimal",
        "sources": [
            {
                "source": line.key,
                "title": line.zh,
                "title_en": line.en,
                "amounts": [money_text(amount) for amount in line.amounts],
                "total": money_text(line.total),
                "share": line.share,
            }
            for line in answer.lines
        ],
        "fiscal_cost": money_text(answer.fiscal_cost),
        "cost_of_capital": money_text(answer.cost_of_capital),
        "total_investment": money_text(answer.total_investment),
        "capital_ratio": answer.capital_ratio,
        "dscr_promised": answer.dscr_promised,
        "dscr_verified": answer.dscr_verified,
        "bindings": [_binding(each) for each in answer.bindings],
        "verified": answer.verified,
        "remarks": [remark.as_dict() for remark in answer.remarks],
    }


def selection_as_dict(answer: Selection | NoSelection) -> dict[str, Any]:
    """Return the wire form of a choice, or of the ways out where there is none."""
    if isinstance(answer, NoSelection):
        status = "time_is_up" if answer.is_time_up else "infeasible"
        return {
            "status": status,
            "ways": [_ways(way) for way in answer.ways],
            "messages": _both(answer.messages()),
            "remarks": [remark.as_dict() for remark in answer.remarks],
        }
    return {
        "status": "optimal" if answer.is_proven else "best_so_far",
        "chosen": selection_table(answer).as_dict()["rows"],
        "value": answer.value,
        "bound": answer.bound,
        "gap": answer.gap,
        "bindings": [_binding(each) for each in answer.bindings],
        "remarks": [remark.as_dict() for remark in answer.remarks],
    }


def _binding(binding: Binding) -> dict[str, Any]:
    said = {"message": binding.message_zh, "message_en": binding.message_en}
    return {"limit": binding.limit.key, "value": binding.limit.value, "worth": binding.worth, **said}


def _ways(way: Sequence[Relaxation]) -> list[dict[str, Any]]:
    return [
        {
            "limit": each.limit.key,
            "value": each.limit.value,
            "needed": each.needed,
            "message": each.message_zh,
            "message_en": each.message_en,
        }
        for each in way
    ]


def _both(messages: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"message": zh, "message_en": en} for zh, en in messages]


def _frame(rows: Sequence[tuple[Any, ...]], columns: Sequence[Column]) -> pl.DataFrame:
    kinds = {"money": pl.Int64, "ratio": pl.Float64, "number": pl.Float64, "choice": pl.String}
    return pl.DataFrame(rows, schema={column.name: kinds[column.kind] for column in columns}, orient="row")


def _fen(amount: Decimal) -> int:
    return int(amount * FEN_PER_CNY_10K)
