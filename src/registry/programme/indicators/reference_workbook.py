"""The reference set in and out of Excel: a row an indicator; the version, its day and its source are told beside it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.errors import InvalidInput
from registry.programme.indicators.catalogue import DIRECTIONS, Indicator
from registry.programme.indicators.versions import publish_version, reference_on
from registry.programme.sheet_writing import write_rows
from registry.programme.sheets import SheetColumn, SheetRow, in_cell_of, read_rows

_CHOICES = tuple(zh for zh, _ in DIRECTIONS.values())
COLUMNS = (
    SheetColumn("id", "指标编号", "Indicator", is_needed=True, width=22),
    SheetColumn("class", "类别", "Class", is_needed=True, width=14),
    SheetColumn("class_en", "类别英文", "Class in English", width=20),
    SheetColumn("zh", "指标", "Name", is_needed=True, width=36),
    SheetColumn("en", "指标英文", "Name in English", width=36),
    SheetColumn("unit", "单位", "Unit", is_needed=True, width=12),
    SheetColumn("direction", "方向", "Direction", is_needed=True, width=12, choices=_CHOICES),
    SheetColumn("definition", "定义", "Definition", width=50),
    SheetColumn("method", "方法", "Method", width=40),
    SheetColumn("moved_by", "带动它的项目效益", "Benefits that move it", width=24),
    SheetColumn("named", "绩效目标中的叫法", "Named in goals", width=30),
)
_NOTES = (
    "每行一项参考指标；版本标识、起始日期和公布文件在上传时填写。已发布的版本不能更改，新的一套是新的一版。",
    "以前用过的指标编号，单位和方向不变；口径不同请换编号。多个效益代码、叫法以顿号分开。",
)


def catalogue_workbook(session: Session, *, on: date) -> bytes:
    """Return the reference set in force on a day as a workbook, which is the template of the next version too."""
    found = reference_on(session, on).indicators.values()
    return write_rows("参考指标", COLUMNS, [_row(each) for each in found], _NOTES)


def _row(each: Indicator) -> dict[str, Any]:
    kept = {name: getattr(each, name) for name in ("id", "zh", "en", "unit", "definition", "method")}
    lists = {name: "、".join(getattr(each, name)) or None for name in ("moved_by", "named")}
    return {
        **kept, **lists, "class": each.group[0], "class_en": each.group[1], "direction": DIRECTIONS[each.direction][0]
    }  # fmt: skip


def take_catalogue(
    session: Session,
    actor: Actor,
    *,
    content: bytes,
    name: str,
    version: str,
    in_force_from: date,
    source: str,
    source_url: str | None = None,
) -> int:
    """Publish the rows of a workbook as a version, all or none; return how many. Raises as `publish_version`."""
    require(actor, "keep_indicators")
    rows = read_rows(content, name, COLUMNS)
    try:
        publish_version(
            session,
            actor,
            version=version.strip(),
            in_force_from=in_force_from,
            source=source,
            source_url=source_url,
            indicators=[_indicator(row.values) for row in rows],
            classes=_classes(rows),
        )
    except InvalidInput as error:
        raise InvalidInput.of([in_cell_of(each, rows) for each in error.findings]) from None
    return len(rows)


def _indicator(values: Mapping[str, str]) -> dict[str, Any]:
    direction = values["direction"]
    code = next((code for code, names in DIRECTIONS.items() if direction in (code, *names)), direction)
    kept = {name: values[name] for name in ("id", "class", "zh", "unit", "definition", "method") if name in values}
    lists = {name: _listed(values[name]) for name in ("moved_by", "named") if name in values}
    return {**kept, **lists, "en": values.get("en", values["zh"]), "direction": code}


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.replace("，", "、").split("、") if part.strip()]


def _classes(rows: Sequence[SheetRow]) -> dict[str, dict[str, str]]:
    """Return the classes by their Chinese names; the first English name given for one is taken."""
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        zh, en = row.values["class"], row.values.get("class_en")
        if zh not in found or (en and found[zh]["en"] == zh):
            found[zh] = {"zh": zh, "en": en or zh}
    return found
