"""Records as columns 列式数据: the only place where projects and their lines become polars frames.

Money is `<field>_fen`, Int64, so that sums are exact; `as_facts` turns it into 万元 for rules. What is unknown is NULL.
Every frame holds what the actor may see and nothing else, in order of project, then of entry. `at` asks for what stood
before a past moment; None is now.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import adbc_driver_postgresql.dbapi as adbc_postgresql
import polars as pl
from sqlalchemy import Engine, Select
from sqlalchemy.dialects import postgresql
from sqlmodel import col

from registry.accounts.model import Actor
from registry.projects import codes
from registry.projects.banks.funding import with_loans
from registry.projects.banks.queries import accepted_loans
from registry.projects.benefits import REDUCTION, stated_benefits
from registry.projects.catalogue import CatalogueField, fields
from registry.projects.model import ChecklistDocumentRow, FundingLineRow, Project
from registry.projects.past import PastCase, documents, past_lines, past_projects
from registry.projects.queries import visible_projects
from registry.projects.rights import INSTRUMENTS
from registry.quantities import FEN_PER_CNY_10K

CHUNK_ROWS = 20_000
"""Rows fetched at once from SQLite: enough to keep the overhead small, few enough to stay in the cache."""

_DTYPES: Mapping[str, pl.DataType] = {
    "money": pl.Int64(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "ratio": pl.Float64(),
    "boolean": pl.Boolean(),
}
_MOMENT = pl.Datetime("us", "UTC")
_STORED: Mapping[pl.DataType, pl.DataType] = {pl.Boolean(): pl.Int64(), _MOMENT: pl.String()}
"""How SQLite keeps what it has no type for."""

SYSTEM_COLUMNS: Mapping[str, pl.DataType] = {
    "project_id": pl.Int64(),
    "code": pl.String(),
    "owner_id": pl.Int64(),
    "revision_number": pl.Int64(),
    "is_demo": pl.Boolean(),
    "updated_at": _MOMENT,
    "performance_goal_count": pl.Int64(),
    "component_count": pl.Int64(),
    "quantified_benefit_count": pl.Int64(),
    **{f"{instrument}_count": pl.Int64() for instrument in INSTRUMENTS},
}
"""What the registry itself knows of a project."""

PLACE_COLUMNS: Mapping[str, pl.DataType] = {"province": pl.String(), "city": pl.String(), "region": pl.String()}
"""Derived from the division code: names of the code list, and `east`, `central`, `west` or `northeast`."""

LINE_SCHEMA: Mapping[str, pl.DataType] = {
    "project_id": pl.Int64(),
    "source": pl.String(),
    "year": pl.Int64(),
    "amount_fen": pl.Int64(),
    "status": pl.String(),
}
_LOAN_SCHEMA = {name: LINE_SCHEMA[name] for name in ("project_id", "source", "amount_fen")}
DOCUMENT_SCHEMA: Mapping[str, pl.DataType] = {
    "project_id": pl.Int64(),
    "checklist_code": pl.String(),
    "is_available": pl.Boolean(),
}
BENEFIT_SCHEMA: Mapping[str, pl.DataType] = {
    "project_id": pl.Int64(),
    "indicator": pl.String(),
    "value": pl.Float64(),
    "unit": pl.String(),
}
CASE_SCHEMA: Mapping[str, pl.DataType] = {
    "project_id": pl.Int64(),
    "construction_years": pl.Int64(),
    "operation_years": pl.Int64(),
}


def column_name(field: CatalogueField) -> str:
    """Return the column that holds a catalogue field: money says its unit, all else keeps its name."""
    return f"{field.name}_fen" if field.kind == "money" else field.name


@cache
def project_schema() -> Mapping[str, pl.DataType]:
    """Return all columns of `read_projects` with their types: system columns, place, then the field catalogue."""
    scalars = {column_name(field): _DTYPES.get(field.kind, pl.String()) for field in fields().values()}
    return {**SYSTEM_COLUMNS, **PLACE_COLUMNS, **scalars}


def read_projects(
    engine: Engine,
    actor: Actor,
    columns: Sequence[str] | None = None,
    *,
    at: datetime | None = None,
    codes: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Return one row per visible project, in order of `project_id`; these columns, or all of `project_schema`.

    `codes` asks for these few alone, as they stand now.

    `project_id` is always there. Naming the columns matters: a table has 150, a report reads a dozen.
    """
    schema = project_schema()
    wanted = {name: schema[name] for name in dict.fromkeys(("project_id", *(schema if columns is None else columns)))}
    places = [name for name in wanted if name in PLACE_COLUMNS]
    stored = {name: dtype for name, dtype in wanted.items() if name not in PLACE_COLUMNS}
    needed = ("city_code", "province_name", "city_name") if places else ()
    read = {**stored, **{name: schema[name] for name in needed}}
    if at is not None:
        frame = past_projects(engine, actor, at, read)
    else:
        named = (_project_column(name) for name in read)
        query = _among(actor, *named, codes=codes).order_by(col(Project.id))
        frame = read_frame(engine, query, read, is_short=codes is not None)
    return (frame.with_columns(_places(frame)) if places else frame).select(list(wanted))


def read_funding_lines(engine: Engine, actor: Actor, *, at: datetime | None = None) -> pl.DataFrame:
    """Return every funding line of the visible projects (LINE_SCHEMA), in order of project, then of entry.

    Loan decisions a city accepted are among them as secured, in place of what its dossier planned (decision 0022).
    """
    lines = read_stated_lines(engine, actor, at=at)
    loans = read_frame(engine, accepted_loans(actor, at=at), _LOAN_SCHEMA)
    return with_loans(lines, loans if at is None else loans.join(lines, on="project_id", how="semi"))


def _among(actor: Actor, *named: Any, codes: Sequence[str] | None) -> Select[Any]:
    """Return these columns of the visible projects, of all or of these few."""
    query = visible_projects(actor, *named, by_key=codes is not None)
    return query if codes is None else query.where(col(Project.code).in_(codes))


def read_stated_lines(
    engine: Engine, actor: Actor, *, at: datetime | None = None, codes: Sequence[str] | None = None
) -> pl.DataFrame:
    """Return the funding lines as the dossiers state them, which is what rules read (LINE_SCHEMA, the same order)."""
    if at is not None:
        return past_lines(engine, actor, at, "funding_lines", LINE_SCHEMA)
    row = FundingLineRow
    named: tuple[Any, ...] = (row.project_id, row.source, row.year, col(row.amount).label("amount_fen"), row.status)
    query = _among(actor, *named, codes=codes).join(row, col(row.project_id) == col(Project.id))
    return read_frame(engine, query.order_by(col(row.project_id), col(row.id)), LINE_SCHEMA, is_short=codes is not None)


def read_documents(
    engine: Engine, actor: Actor, *, at: datetime | None = None, codes: Sequence[str] | None = None
) -> pl.DataFrame:
    """Return every checklist entry of the visible projects (DOCUMENT_SCHEMA), in order of project, then of entry."""
    if at is not None:
        return past_lines(engine, actor, at, "documents", DOCUMENT_SCHEMA)
    row = ChecklistDocumentRow
    query = _among(actor, row.project_id, row.checklist_code, row.is_available, codes=codes)
    query = query.join(row, col(row.project_id) == col(Project.id))
    return read_frame(
        engine, query.order_by(col(row.project_id), col(row.id)), DOCUMENT_SCHEMA, is_short=codes is not None
    )


def read_benefits(engine: Engine, actor: Actor, *, at: datetime | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return every yearly benefit as printed (BENEFIT_SCHEMA), and the years of each financial case (CASE_SCHEMA).

    Both from one pass over the documents: benefits have no table of their own.
    """
    lines: dict[str, list[Any]] = {name: [] for name in BENEFIT_SCHEMA}
    cases: dict[str, list[Any]] = {name: [] for name in CASE_SCHEMA}
    for row, document in documents(engine, actor, at, names=(REDUCTION,), collections=("benefits",)):
        for line in stated_benefits(document.benefits, getattr(document, REDUCTION)):
            for name, column in lines.items():
                column.append(row.project_id if name == "project_id" else getattr(line, name))
        timeline = (document.financials or PastCase()).timeline
        if timeline is not None:
            for name, column in cases.items():
                column.append(row.project_id if name == "project_id" else getattr(timeline, name))
    return pl.DataFrame(lines, schema=BENEFIT_SCHEMA), pl.DataFrame(cases, schema=CASE_SCHEMA)


def as_facts(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame as rules read it: each `<name>_fen` becomes `<name>` in 万元 (Float64), all else stays."""
    money = [name for name, dtype in frame.schema.items() if name.endswith("_fen") and dtype == pl.Int64]
    return frame.with_columns(in_cny_10k(name) for name in money).rename(
        {name: name.removesuffix("_fen") for name in money}
    )


def in_cny_10k(name: str) -> pl.Expr:
    """Return a fen column as 万元 (Float64); exact to the fen below 90 万亿元."""
    return pl.col(name).cast(pl.Float64) / FEN_PER_CNY_10K


def _project_column(name: str) -> Any:
    table: Any = Project.__table__  # type: ignore[attr-defined]
    stored = "id" if name == "project_id" else name.removesuffix("_fen")
    return table.c[stored].label(name)


def read_frame(
    engine: Engine, query: Select[Any], schema: Mapping[str, pl.DataType], *, is_short: bool = False
) -> pl.DataFrame:
    """Return a query's rows as typed columns; it starts from `visible_projects`, and `schema` names what it selects.

    `is_short` expects few rows: they are not worth a connection of their own.
    """
    if engine.dialect.name != "postgresql":
        return _read_sqlite(engine, query, schema)
    return _read_short(engine, query, schema) if is_short else _read_postgresql(engine, query, schema)


def _read_short(engine: Engine, query: Select[Any], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    with engine.connect() as connection:
        # Past the column types of SQLAlchemy: money stays in fen.
        cursor: Any = connection.execute(query).cursor
        return pl.DataFrame(cursor.fetchall(), schema=dict(schema), orient="row")


def _read_postgresql(engine: Engine, query: Select[Any], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    # The values are written into the text because ADBC streams by COPY, which takes no parameters.
    dialect: Any = postgresql.dialect
    sql = str(query.compile(dialect=dialect(paramstyle="named"), compile_kwargs={"literal_binds": True}))
    uri = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with adbc_postgresql.connect(uri) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return pl.DataFrame(cursor.fetch_polars()).cast(pl.Schema(schema))


def _read_sqlite(engine: Engine, query: Select[Any], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    # Not through ADBC: a second SQLite library in one process releases the locks of the first when it closes the
    # file, and a commit made afterwards can be lost (decision 0004).
    parts = []
    with engine.connect() as connection:
        cursor: Any = connection.execute(query).cursor
        while rows := cursor.fetchmany(CHUNK_ROWS):
            parts.append(_frame_of(rows, schema))
    return pl.concat(parts, rechunk=True) if parts else pl.DataFrame(schema=dict(schema))


def _frame_of(rows: Sequence[Sequence[Any]], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Return typed columns of what SQLite gives: 0 and 1 for booleans, text for moments.

    By rows: turning them into columns in Python first takes three times as long.
    """
    stored = {name: _STORED.get(dtype, dtype) for name, dtype in schema.items()}
    frame = pl.DataFrame(rows, schema=stored, orient="row")
    moments = [name for name, dtype in schema.items() if dtype == _MOMENT]
    return frame.with_columns(
        pl.col(moments).str.to_datetime(time_unit="us").dt.replace_time_zone("UTC"),
        *(pl.col(name).cast(pl.Boolean) for name, dtype in schema.items() if dtype == pl.Boolean),
    )


def _places(frame: pl.DataFrame) -> list[pl.Expr]:
    """Return the place of each project: by its division code, else as printed; a masked name is unknown."""
    found = frame.get_column("city_code").drop_nulls().unique().to_list()

    def named(name: Callable[[str], str | None]) -> pl.Expr:
        return pl.col("city_code").replace_strict({code: name(code) for code in found}, return_dtype=pl.String)

    def printed(name: str) -> pl.Expr:
        return pl.when(~pl.col(name).str.contains("*", literal=True)).then(pl.col(name))

    return [
        pl.coalesce(named(codes.province_name), printed("province_name")).alias("province"),
        pl.coalesce(named(_city), printed("city_name")).alias("city"),
        named(codes.region).alias("region"),
    ]


def _city(division_code: str) -> str | None:
    """Return the city a code lies in; a municipality 直辖市 is its own city, a code of a whole province has none."""
    if division_code[:2] in ("11", "12", "31", "50"):
        return codes.province_name(division_code)
    return None if division_code.endswith("0000") else codes.city_name(division_code)
