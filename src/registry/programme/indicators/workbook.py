"""Targets and actual values in and out of Excel: a row an indicator and year, with the unit the author means."""

from datetime import date

from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput
from registry.programme.indicators.operations import Stated, ValueChange, state_values
from registry.programme.indicators.queries import find_city, indicators_of, values_of
from registry.programme.indicators.versions import day_for
from registry.programme.sheet_writing import write_rows
from registry.programme.sheets import SheetColumn, SheetRow, in_cell_of, read_rows

COLUMNS = (
    SheetColumn("indicator", "指标编号", "Indicator", is_needed=True, width=22),
    SheetColumn("name", "指标", "Name", width=36),
    SheetColumn("unit", "单位", "Unit", is_needed=True, width=12),
    SheetColumn("year", "年度", "Year", is_needed=True, width=10),
    SheetColumn("target", "目标值", "Target", width=12),
    SheetColumn("actual", "实际值", "Actual", width=12),
    SheetColumn("evidence", "依据", "Evidence", width=40),
    SheetColumn("document_id", "资料编号", "Document", width=12),
)
_NOTES = (
    "每行是一个指标在一个年度的目标值和实际值；空格表示不掌握，上传后该值不变，不会变成零。",
    "单位须与指标目录一致；单位不同的数不能比较，整表会退回并指出单元格。",
    "“指标”一列不读取，仅供核对。资料编号是项目资料清单中的编号。",
)
_LONGEST_NUMBER = 9


def values_workbook(session: Session, actor: Actor, *, city_id: int | None, year: int | None, today: date) -> bytes:
    """Return a city's values as a workbook, with a row for every indicator of the year asked for. Raises NotFound."""
    city = find_city(session, actor, city_id)
    known = indicators_of(session, city, on=day_for(year, today))
    stated = values_of(session, city, year=year)
    rows = [
        {name: getattr(each, name) for name in ("indicator", "year", "target", "actual", "evidence", "document_id")}
        | {"name": known[each.indicator].zh, "unit": known[each.indicator].unit}
        for each in stated
        if each.indicator in known
    ]
    there = {each.indicator for each in stated}
    rows += [
        {"indicator": each.id, "name": each.zh, "unit": each.unit, "year": year or today.year}
        for each in known.values()
        if each.id not in there
    ]
    return write_rows("指标", COLUMNS, rows, _NOTES)


def take_values(session: Session, actor: Actor, *, content: bytes, name: str, today: date) -> list[ValueChange]:
    """Take the values of a workbook, all or none, and return what changed. Raises NotAllowed, InvalidInput."""
    require(actor, "edit_indicators")
    rows = [row for row in read_rows(content, name, COLUMNS) if {"target", "actual"} & set(row.values)]
    findings: list[Finding] = []
    stated = [each for row in rows if (each := _stated(row, findings)) is not None]
    if findings:
        raise InvalidInput.of(findings)
    try:
        return state_values(session, actor, stated, today=today)
    except InvalidInput as error:
        raise InvalidInput.of([in_cell_of(each, rows) for each in error.findings]) from None


def _stated(row: SheetRow, findings: list[Finding]) -> Stated | None:
    fields: dict[str, object] = {}
    for field in ("target", "actual", "year", "document_id"):
        text = row.values.get(field)
        if text is None:
            continue
        try:
            fields[field] = _number(text, is_whole=field in ("year", "document_id"))
        except ValueError:
            zh, en = f"“{text[:20]}”不是数字，请填数字", f"{text[:20]} is no number"
            findings.append(row.finding(field, "not-a-number", zh, en))
            return None
    if "evidence" in row.values:
        fields["evidence"] = row.values["evidence"][:300]
    year = fields.pop("year")
    return Stated(row.values["indicator"], int(str(year)), row.values["unit"], fields)


def _number(text: str, *, is_whole: bool) -> int | float:
    value = float(text.replace(",", "").removesuffix("%"))
    if not is_whole:
        return value
    if not value.is_integer() or len(f"{value:.0f}") > _LONGEST_NUMBER:
        raise ValueError(text)
    return int(value)
