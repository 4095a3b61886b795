"""The ministry's summary table 项目汇总表: many projects, one row each, straight from columns."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl
import xlsxwriter
from sqlalchemy import Engine

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.packages.checklist_workbook import FONT, SAFE
from registry.packages.office import stored
from registry.projects.catalogue import CatalogueField, fields
from registry.projects.columns import column_name, read_funding_lines, read_projects
from registry.projects.lines import FUNDING_SOURCES
from registry.quantities import FEN_PER_CNY_10K

SHEET = "项目汇总表"
FIELDS = (
    "name", "approval_code", "implementer_name", "implementer_credit_code", "city_code", "province_name", "city_name",
    "county_name", "published_field", "beautiful_city_dimension", "beautiful_city_task", "content_summary",
    "construction_status", "construction_progress_ratio", "construction_start", "construction_end",
    "total_investment", "project_capital", "special_bond_total", "bond_as_capital", "other_debt", "expected_revenue",
    "revenue_source", "is_in_annual_budget", "green_catalogue_class", "transition_finance_sector",
    "contact_name", "contact_phone",
)  # fmt: skip
"""Columns in the order of the field catalogue, which follows the order of the official forms."""
_PAGES_ACROSS = 4
_HEAD_ROW = 3
_WIDE = {"name": 40, "content_summary": 60, "implementer_name": 30, "revenue_source": 26, "beautiful_city_task": 30}
_FORMATS = {"money": "#,##0.00", "ratio": "0.00%", "number": "#,##0.####", "integer": "0"}


def summary_table_xlsx(engine: Engine, actor: Actor, *, codes: Sequence[str] | None = None) -> bytes:
    """Return the table of every project the actor may see, or of these; what is unknown is an empty cell.

    The last columns are the funding of each source: the sum of its lines, empty where a line has no amount. The foot
    adds the known amounts and says how many are known. Raises NotAllowed.
    """
    chosen = [fields()[name] for name in FIELDS]
    require(actor, "build_packages")
    frame = read_projects(engine, actor, ["code", "is_demo", "updated_at", *(column_name(field) for field in chosen)])
    if codes is not None:
        frame = frame.filter(pl.col("code").is_in(list(codes)))
    frame = frame.sort("code").join(_funding(engine, actor), on="project_id", how="left", maintain_order="left")
    return _written(frame, chosen)


def _funding(engine: Engine, actor: Actor) -> pl.DataFrame:
    """Return the known sum of each source per project in fen; NULL without a line, and where an amount is missing."""
    lines = read_funding_lines(engine, actor)
    return lines.group_by("project_id").agg(
        *(
            pl.when(
                (pl.col("source") == source).any()
                & (pl.col("amount_fen").filter(pl.col("source") == source).null_count() == 0)
            )
            .then(pl.col("amount_fen").filter(pl.col("source") == source).sum())
            .alias(source)
            for source in FUNDING_SOURCES
        )
    )


def _written(frame: pl.DataFrame, chosen: Sequence[CatalogueField]) -> bytes:
    newest: Any = frame["updated_at"].max()
    created = (newest or datetime(1980, 1, 1, tzinfo=UTC)).replace(tzinfo=None, microsecond=0)
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, SAFE) as book:
        book.set_properties({"created": created, "title": SHEET})
        sheet = book.add_worksheet(SHEET)
        base = {"font_name": FONT, "valign": "top", "font_size": 10}
        head = book.add_format({**base, "bold": True, "bg_color": "#EEF3F1", "bottom": 1, "text_wrap": True})
        plain = book.add_format(base)
        titles = _titles(chosen)
        sheet.write_string(0, 0, SHEET, book.add_format({**base, "bold": True, "font_size": 14}))
        demo = int(frame["is_demo"].sum())
        note = f"共 {frame.height} 个项目" + (f"，其中示例数据 {demo} 个（非真实项目）" if demo else "")
        sheet.write_string(1, 0, f"{note}；金额单位：万元；空格为未提供", plain)
        for place, (title, width) in enumerate(titles):
            sheet.set_column(place, place, width)
            sheet.write_string(_HEAD_ROW, place, title, head)
        columns = _columns(frame, chosen)
        for place, (kind, values) in enumerate(columns):
            style = book.add_format({**base, "num_format": _FORMATS.get(kind, "@")})
            for row, value in enumerate(values, start=_HEAD_ROW + 1):
                if isinstance(value, str):
                    sheet.write_string(row, place, value, style)
                elif value is not None:
                    sheet.write_number(row, place, value / FEN_PER_CNY_10K if kind == "money" else value, style)
        _foot(book, sheet, columns, _HEAD_ROW + 1 + frame.height)
        sheet.freeze_panes(_HEAD_ROW + 1, 3)
        sheet.autofilter(_HEAD_ROW, 0, _HEAD_ROW + frame.height, len(titles) - 1)
        sheet.set_landscape()
        sheet.set_paper(8)
        # Some fifty columns on one sheet could not be read: as many sheets beside each other as they need.
        sheet.fit_to_pages(_PAGES_ACROSS, 0)
        sheet.repeat_rows(_HEAD_ROW)
        sheet.repeat_columns(0, 2)
        sheet.set_footer("&C— &P / &N —")
    return stored(target.getvalue())


def _titles(chosen: Sequence[CatalogueField]) -> list[tuple[str, int]]:
    named = [(_title(field.term.zh, field), _WIDE.get(field.name, 16)) for field in chosen]
    sources = [(f"{zh}（万元）", 16) for zh in FUNDING_SOURCES.values()]
    return [("序号", 6), ("登记编号", 14), *named, *sources, ("数据性质", 12)]


def _title(zh: str, field: CatalogueField) -> str:
    return f"{zh}（{field.term.unit}）" if field.term.unit and field.kind != "ratio" else zh


def _columns(frame: pl.DataFrame, chosen: Sequence[CatalogueField]) -> list[tuple[str, list[Any]]]:
    """Return the kind and the values of each column, in order; money still in fen, so that sums are exact."""
    numbers: tuple[str, list[Any]] = ("integer", list(range(1, frame.height + 1)))
    named = [(field.kind, _values(frame[column_name(field)], field)) for field in chosen]
    sources = [("money", frame[source].to_list()) for source in FUNDING_SOURCES]
    nature = ["示例数据" if is_demo else "填报或公开数据" for is_demo in frame["is_demo"]]
    return [numbers, ("text", frame["code"].to_list()), *named, *sources, ("text", nature)]


def _values(column: pl.Series, field: CatalogueField) -> list[Any]:
    if field.kind == "boolean":
        return [None if value is None else "是" if value else "否" for value in column]
    if field.term.choices is not None:
        return [None if value is None else field.term.choices.get(value, value) for value in column]
    return column.to_list()


def _foot(book: Any, sheet: Any, columns: Sequence[tuple[str, list[Any]]], row: int) -> None:
    total = book.add_format({"font_name": FONT, "bold": True, "top": 1, "num_format": _FORMATS["money"]})
    known = book.add_format({"font_name": FONT, "font_size": 8, "font_color": "#66716F"})
    sheet.write_string(row, 1, "已知合计", total)
    sheet.write_string(row + 1, 1, "有数的项目数", known)
    for place, (kind, values) in enumerate(columns):
        if kind == "money":
            stated = [value for value in values if value is not None]
            if stated:
                sheet.write_number(row, place, sum(stated) / FEN_PER_CNY_10K, total)
            sheet.write_string(row + 1, place, f"{len(stated)} 个", known)
