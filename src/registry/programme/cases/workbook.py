"""Cases in and out of Excel and CSV: a row a case, every field a column; every flaw comes back with its cell."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput
from registry.programme.cases.model import CaseFields
from registry.programme.cases.operations import create_case, read_case
from registry.programme.cases.queries import list_records
from registry.programme.sheet_writing import write_rows
from registry.programme.sheets import SheetColumn, SheetRow, read_rows
from registry.projects.catalogue import CatalogueField, fields_of

FIELDS: Mapping[str, CatalogueField] = fields_of(CaseFields)
_NOTES = (
    "每行是一个案例，上传后各成为一个填报中的案例，图片在案例页上传；整表要么全部接收，要么全部退回。",
    "类型填：生态社区、园区、企业、学校、街道、庭院。行政区划代码按 GB/T 2260，六位。",
    "空格表示不掌握，不会变成零。有数据的案例须填数据来源。投资以万元计，面积以平方米计，年减排量以吨二氧化碳当量计。",
)


def _columns() -> tuple[SheetColumn, ...]:
    return tuple(
        SheetColumn(name, field.term.zh, field.term.en, is_needed=field.is_required, width=24)
        for name, field in FIELDS.items()
    )


COLUMNS: Sequence[SheetColumn] = _columns()


def cases_workbook(session: Session, actor: Actor) -> bytes:
    """Return the cases the actor works with as a workbook that can be filled and taken back. Raises NotAllowed."""
    return write_rows("典型案例", COLUMNS, [_row(each) for each in list_records(session, actor)], _NOTES)


def _row(fields: CaseFields) -> dict[str, Any]:
    found = fields.model_dump(exclude_none=True)
    return {
        name: (FIELDS[name].term.choices or {}).get(value, value)
        if FIELDS[name].kind == "choice"
        else float(value)
        if FIELDS[name].kind == "money"
        else value
        for name, value in found.items()
    }


def take_cases(session: Session, actor: Actor, *, content: bytes, name: str) -> list[int]:
    """Begin a case for every row of a workbook or CSV, all or none; return their numbers.

    Raises NotAllowed, Unreadable, and InvalidInput with the cell of every flaw.
    """
    require(actor, "edit_cases")
    made, findings = [], []
    for row in read_rows(content, name, COLUMNS):
        try:
            made.append(create_case(session, actor, read_case(_document(row))).id)
        except InvalidInput as error:
            findings += list(_placed(row, error.findings))
    if findings:
        raise InvalidInput.of(findings)
    return made


def _placed(row: SheetRow, findings: Iterable[Finding]) -> Iterable[Finding]:
    return (row.placed(finding) for finding in findings)


def _document(row: SheetRow) -> dict[str, Any]:
    return {name: _value(FIELDS[name], text) for name, text in row.values.items()}


def _value(field: CatalogueField, text: str) -> Any:
    """Return the value a cell stands for, the text itself when it cannot be read, for the check to name."""
    if field.kind == "choice":
        codes = {label: code for code, label in (field.term.choices or {}).items()}
        return codes.get(text, text)
    if field.kind == "money":
        return text.replace(",", "")
    if field.kind in {"integer", "number"}:
        try:
            value = float(text.replace(",", ""))
        except ValueError:
            return text
        return int(value) if field.kind == "integer" and value.is_integer() else value
    return text
