"""Open data 开放数据 of the public display: what was released, in OC4IDS and as tables. Nothing else is looked at.

A project leaves by the same code as in a financing package, from the released fields alone; which fields those are is
said beside them, so that "not released" can be told from "not known".
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl

from registry.packages import oc4ids
from registry.packages.content import PackageContent, RevisionFacts
from registry.portfolio.download import Provenance
from registry.portfolio.table import Column, Table
from registry.programme.cases.model import CaseFields
from registry.programme.cases.queries import CaseRecord
from registry.programme.display.choosing import ALWAYS, SHOWABLE
from registry.programme.display.queries import Displayed
from registry.projects.catalogue import CatalogueField, fields, fields_of
from registry.projects.codes import city_name, province_name
from registry.projects.model import Dossier

NOT_RELEASED = "未公开"
_PUBLIC = ("公众；只含放行公开的内容，“未公开”表示未放行，空白表示尚不掌握", "public; released content only")


def open_package(found: Sequence[Displayed], *, published: datetime) -> dict[str, Any]:
    """Return everything on display as one OC4IDS project package; `published` is when it last changed."""
    return {
        "version": oc4ids.VERSION,
        "uri": "urn:registry:display",
        "publishedDate": oc4ids.instant(published),
        "publisher": oc4ids.PUBLISHER,
        "projects": [open_project(each) for each in found],
    }


def open_project(displayed: Displayed) -> dict[str, Any]:
    """Return one displayed project in OC4IDS, from its released fields alone."""
    summary = displayed.summary
    content = PackageContent(
        project_code=summary.code,
        dossier=Dossier.model_validate(displayed.document),
        revision=RevisionFacts(summary.revision_number, displayed.revision_hash, summary.revision_saved_at),
        assessment_id="",
        governing_date=summary.revision_saved_at.date(),
        engine_version="",
        is_demo=summary.is_demo,
    )
    released = {
        "isDemo": summary.is_demo,
        "revision": {"number": summary.revision_number, "hash": displayed.revision_hash},
        "releasedAt": oc4ids.instant(summary.released_at),
        "releasedFields": displayed.fields,
        "evidence": [
            {
                "title": each.file_name,
                "part": each.section,
                "sha256": each.sha256,
                "path": evidence_path(summary.code, each.id),
            }
            for each in displayed.evidence
        ],
    }
    return {**oc4ids.project(content), "x_registry": released}


def evidence_path(code: str, number: int) -> str:
    """Return the address of a released document on this site."""
    return f"/display/projects/{code}/evidence/{number}"


def projects_table(found: Sequence[Displayed]) -> Table:
    """Return what is on display as a table: a row a project, every scalar field that any of them released."""
    shown = {name for each in found for name in each.fields}
    known = fields()
    chosen = [known[name] for name in SHOWABLE if name in shown and name in known and name not in ALWAYS]
    head = [
        Column("code", "text", "项目编号", "Code"),
        *(Column(name, "text", known[name].term.zh, known[name].term.en) for name in ALWAYS),
    ]
    columns = (*head, *(_column(each) for each in chosen), *_origin())
    rows = [_project_row(each, chosen) for each in found]
    return Table("display", "公开展示的项目", "Projects on public display", columns, _frame(columns, rows))


def _column(field: CatalogueField) -> Column:
    return Column(field.name, "text", field.term.zh, field.term.en, field.term.unit)


def _origin() -> tuple[Column, ...]:
    return (
        Column("revision_number", "text", "来源版次", "Source revision"),
        Column("revision_saved_on", "text", "来源日期", "Source date"),
        Column("released_on", "text", "公开日期", "Released"),
        Column("nature", "text", "数据性质", "Nature"),
    )


def _project_row(displayed: Displayed, chosen: Sequence[CatalogueField]) -> dict[str, str | None]:
    summary = displayed.summary
    row = {name: _text(displayed.document.get(name)) for name in ALWAYS} | {"code": summary.code}
    for field in chosen:
        is_released = field.name in displayed.fields
        row[field.name] = _cell(field, displayed.document.get(field.name)) if is_released else NOT_RELEASED
    return row | {
        "revision_number": str(summary.revision_number),
        "revision_saved_on": summary.revision_saved_at.date().isoformat(),
        "released_on": summary.released_at.date().isoformat(),
        "nature": _nature(is_demo=summary.is_demo),
    }


def cases_table(found: Sequence[CaseRecord]) -> Table:
    """Return the cases on display as a table: a row a case."""
    described = [each for each in fields_of(CaseFields).values() if each.name != "project_code"]
    columns = (
        Column("id", "text", "案例编号", "Number"),
        Column("province", "text", "省份", "Province"),
        Column("city", "text", "城市", "City"),
        *(_column(each) for each in described),
        Column("owner", "text", "填报单位", "Entered by"),
        Column("released_on", "text", "公开日期", "Released"),
        Column("nature", "text", "数据性质", "Nature"),
    )
    rows = [_case_row(each, described) for each in found]
    return Table("cases", "公开展示的典型案例", "Model cases on public display", columns, _frame(columns, rows))


def _case_row(record: CaseRecord, described: Sequence[CatalogueField]) -> dict[str, str | None]:
    summary = record.summary
    return {each.name: _cell(each, record.fields.get(each.name)) for each in described} | {
        "id": str(summary.id),
        "province": province_name(summary.city_code),
        "city": city_name(summary.city_code),
        "owner": summary.owner,
        "released_on": summary.state_since.date().isoformat(),
        "nature": _nature(is_demo=summary.is_demo),
    }


def provenance(query: str, moment: datetime, *, has_demo_data: bool) -> Provenance:
    """Return what an open-data file says of itself; `moment` is when its content last changed."""
    return Provenance(query, moment, _PUBLIC[0], has_demo_data, _PUBLIC[1])


def _nature(*, is_demo: bool) -> str:
    return "示例数据" if is_demo else "登记数据"


def _cell(field: CatalogueField, value: Any) -> str | None:
    return (field.term.choices or {}).get(value, _text(value)) if field.kind == "choice" else _text(value)


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return ("是" if value else "否") if isinstance(value, bool) else str(value)


def _frame(columns: Sequence[Column], rows: Sequence[dict[str, str | None]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={column.name: pl.String for column in columns})
