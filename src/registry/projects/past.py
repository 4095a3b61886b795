"""Records as they stood at a moment 历史时点: read off the revision in force then, in the shape of today's columns.

Who may see a project is asked today; what it says is what stood in it. A project entered later is not there.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
import polars as pl
from sqlalchemy import Engine, and_, func, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from registry.accounts.model import Actor
from registry.projects.catalogue import fields
from registry.projects.model import Project, ProjectRevision
from registry.projects.queries import visible_projects
from registry.projects.rights import INSTRUMENTS
from registry.quantities import FEN_PER_CNY_10K

_CHINA = timezone(timedelta(hours=8))
_CHUNK = 2_000
"""Documents held at once: a few kilobytes each, so the memory stays small whatever the size of the registry."""

_TYPES: Mapping[str, Any] = {"money": str, "integer": int, "number": float, "ratio": float, "boolean": bool}
_COUNTED = ("performance_goals", "components")


def end_of_day(day: date) -> datetime:
    """Return the first moment after a day in China: what was saved before it counts as of that day."""
    return datetime.combine(day + timedelta(days=1), time(), _CHINA)


def revision_in_force(at: datetime | None) -> Any:
    """Return the number of the revision in force before a moment, of the project of the enclosing query; None is now.

    NULL where the project was not there yet.
    """
    if at is None:
        return col(Project.revision_number)
    other: Any = aliased(ProjectRevision)
    newest = select(func.max(other.number)).where(other.project_id == Project.id, other.saved_at < at)
    return newest.correlate(Project).scalar_subquery()


class PastLine(msgspec.Struct, gc=False):
    """A child record as a document holds it; what a collection does not have stays None."""

    source: str | None = None
    year: int | None = None
    amount: str | None = None
    status: str | None = None
    checklist_code: str | None = None
    is_available: bool | None = None
    indicator: str | None = None
    value: float | None = None
    unit: str | None = None


class PastTimeline(msgspec.Struct, gc=False):
    """计算期 of the financial case."""

    construction_years: int | None = None
    operation_years: int | None = None


class PastIncome(msgspec.Struct, gc=False):
    """A revenue stream or subsidy: the right it comes from."""

    instrument: str | None = None


class PastCase(msgspec.Struct, gc=False):
    """What is read of the financial case."""

    timeline: PastTimeline | None = None
    revenue_streams: list[PastIncome] | None = None
    operating_subsidies: list[PastIncome] | None = None


@cache
def _shape(names: tuple[str, ...], collections: tuple[str, ...]) -> msgspec.json.Decoder[Any]:
    """Return a decoder that reads only these parts of a document and skips the rest."""
    scalars = [(name, _TYPES.get(fields()[name].kind, str) | None, None) for name in names]
    lists: list[Any] = [(name, list[PastLine], msgspec.field(default_factory=list)) for name in collections]
    case = [("financials", PastCase | None, None)]
    return msgspec.json.Decoder(msgspec.defstruct("PastDocument", [*scalars, *lists, *case], gc=False))


def documents(
    engine: Engine,
    actor: Actor,
    at: datetime | None,
    *,
    names: Sequence[str] = (),
    collections: Sequence[str] = (),
) -> Iterator[tuple[Any, Any]]:
    """Yield each visible project's row (system columns) and the parts of the document in force, in order of project.

    `names` are scalar fields of the catalogue, `collections` lists of child records.
    """
    decoder = _shape(tuple(names), tuple(collections))
    is_wanted = and_(
        col(ProjectRevision.project_id) == col(Project.id), col(ProjectRevision.number) == revision_in_force(at)
    )
    columns: tuple[Any, ...] = (
        col(Project.id).label("project_id"),
        col(Project.code),
        col(Project.owner_id),
        col(Project.is_demo),
        col(ProjectRevision.number).label("revision_number"),
        col(ProjectRevision.saved_at).label("updated_at"),
        col(ProjectRevision.document),
    )
    query = visible_projects(actor, *columns).join(ProjectRevision, is_wanted).order_by(col(Project.id))
    with engine.connect() as connection:
        found = connection.execution_options(stream_results=True, yield_per=_CHUNK).execute(query)
        for rows in found.partitions(_CHUNK):
            for row in rows:
                yield row, decoder.decode(row.document)


def past_projects(engine: Engine, actor: Actor, at: datetime, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Return the stored columns of `schema` (as `columns.read_projects` names them) at a moment."""
    scalars = {name: name.removesuffix("_fen") for name in schema if name.removesuffix("_fen") in fields()}
    counted = [*_COUNTED, "benefits"] if any(name.endswith("_count") for name in schema) else []
    values: dict[str, list[Any]] = {name: [] for name in schema}
    found = documents(engine, actor, at, names=tuple(scalars.values()), collections=counted)
    for row, document in found:
        for name, column in values.items():
            if name in scalars:
                value = getattr(document, scalars[name])
                column.append(fen(value) if name.endswith("_fen") else value)
            elif name.endswith("_count"):
                column.append(_count(document, name))
            else:
                column.append(getattr(row, name))
    return pl.DataFrame([pl.Series(name, column, dtype=schema[name]) for name, column in values.items()])


def _count(document: Any, name: str) -> int:
    if name == "quantified_benefit_count":
        return sum(line.value is not None for line in document.benefits)
    instrument = name.removesuffix("_count")
    if instrument in INSTRUMENTS:
        case = document.financials or PastCase()
        lines = [*(case.revenue_streams or []), *(case.operating_subsidies or [])]
        return sum(line.instrument == instrument for line in lines)
    return len(getattr(document, f"{name.removesuffix('_count')}s"))


def past_lines(
    engine: Engine, actor: Actor, at: datetime | None, collection: str, schema: Mapping[str, pl.DataType]
) -> pl.DataFrame:
    """Return child records in order of project, then of entry; `schema` is `project_id` and fields of `PastLine`."""
    names = [name for name in schema if name != "project_id"]
    values: dict[str, list[Any]] = {name: [] for name in schema}
    for row, document in documents(engine, actor, at, collections=(collection,)):
        for line in getattr(document, collection):
            values["project_id"].append(row.project_id)
            for name in names:
                values[name].append(fen(line.amount) if name == "amount_fen" else getattr(line, name))
    return pl.DataFrame([pl.Series(name, column, dtype=schema[name]) for name, column in values.items()])


def fen(text: str | None) -> int | None:
    """Return the fen of an amount as documents write it, 万元 in decimals."""
    return None if text is None else int(Decimal(text) * FEN_PER_CNY_10K)
