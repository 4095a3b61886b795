"""The database: one code path for SQLite and PostgreSQL, one transaction per request."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Integer,
    Select,
    Table,
    TypeDecorator,
    create_engine,
    event,
    insert,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import NullType
from sqlmodel import Session, SQLModel

from registry.settings import HOME, settings

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=15000", "foreign_keys=ON", "cache_size=-65536")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite forgets the zone of a datetime; this gives it back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without a zone, store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def open_engine(url: str) -> Engine:
    """Return an engine on SQLite or PostgreSQL with the settings the registry relies on."""
    if not url.startswith("sqlite"):
        return create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), pool_size=10, max_overflow=20)
    path = url.removeprefix("sqlite:///")
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_size=10, max_overflow=20)
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: Any, _record: Any) -> None:
    # Without this the driver begins transactions by itself, too late for a snapshot and too early for a write lock.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # A deferred transaction that reads and then writes fails at once when another wrote in between; a writer
    # therefore takes the lock first and waits for it.
    is_writer = connection.get_execution_options().get("is_writer", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writer else "BEGIN")


@cache
def engine() -> Engine:
    """Return this process's engine."""
    return open_engine(settings().database_url)


@contextmanager
def reading(source: Engine | None = None) -> Iterator[Session]:
    """Open a session for reads; whatever it changed is forgotten."""
    with Session(source or engine(), expire_on_commit=False) as session:
        yield session


@contextmanager
def rehearsing(source: Engine | None = None) -> Iterator[Session]:
    """Open a session that may write, and forget at its end what it wrote: what a change would do, without doing it."""
    rehearsal = (source or engine()).execution_options(is_writer=True)
    with Session(rehearsal, expire_on_commit=False) as session:
        yield session


@contextmanager
def writing(source: Engine | None = None) -> Iterator[Session]:
    """Open a session whose transaction commits at the end, or leaves nothing at all."""
    writer = (source or engine()).execution_options(is_writer=True)
    with Session(writer, expire_on_commit=False) as session, session.begin():
        yield session


class Prepared:
    """A query compiled once and run on the bare driver: for the few reads whose speed people wait for.

    SQLAlchemy writes the SQL and converts the values, as always; what is saved is finding out anew each time how.
    """

    def __init__(self, statement: Select[Any], source: Engine) -> None:
        compiled = statement.compile(dialect=source.dialect)
        self._sql = compiled.string
        self._fixed = dict(compiled.params)
        self._order: Sequence[str] | None = getattr(compiled, "positiontup", None)
        kinds = [column.type.dialect_impl(source.dialect) for column in statement.selected_columns]
        found = [kind.result_processor(source.dialect, None) for kind in kinds]
        self._converters = [(place, convert) for place, convert in enumerate(found) if convert is not None]

    def rows(self, source: Engine, **values: Any) -> list[list[Any]]:
        """Run the query with these values bound, and return every row."""
        bound = {**self._fixed, **values}
        connection = source.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(self._sql, bound if self._order is None else tuple(bound[name] for name in self._order))
            rows = [list(row) for row in cursor.fetchall()]
            cursor.close()
        finally:
            connection.close()
        for row in rows:
            for place, convert in self._converters:
                row[place] = convert(row[place])
        return rows


def insert_rows(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns, on the bare driver: for the many rows of an import.

    As with `Prepared`, SQLAlchemy writes the SQL and converts the values; what is saved is asking how for each row.
    """
    if not rows:
        return
    connection = session.connection()
    compiled: Any = insert(table).compile(dialect=connection.dialect, column_keys=list(rows[0]))
    order: Sequence[str] | None = getattr(compiled, "positiontup", None)
    fixed = {column.key: column.default.arg for column in compiled.insert_prefetch}
    names = order or [*rows[0], *fixed]
    columns = [(name, _binding(table.c[name], connection.dialect)) for name in names]
    values = [
        tuple([convert(row[name]) if convert else row[name] for name, convert in columns])
        for row in ([{**fixed, **row} for row in rows] if fixed else rows)
    ]
    bound: Any = values if order else [dict(zip(names, each, strict=True)) for each in values]
    connection.exec_driver_sql(compiled.string, bound)


def _binding(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    # Both drivers take a boolean as it is; SQLAlchemy would look at each of dozens in every row.
    return None if isinstance(column.type, Boolean) else column.type.dialect_impl(dialect).bind_processor(dialect)


class is_among(GenericFunction[Any]):  # noqa: N801 - named as SQL functions are
    """Whether a column is among the values of a scalar subquery that takes nothing from the query around it.

    PostgreSQL takes the values first and then looks each up in an index. Of plain IN it makes a join, and where the
    subquery is recursive it guesses wrong how many values there are and reads the whole table.
    """

    # Of a function that says it is a boolean, SQLite would be asked whether it equals 1, and use no index.
    type = NullType()
    inherit_cache = True


@compiles(is_among)
def _in(element: Any, compiler: Any, **how: Any) -> str:
    column, values = (compiler.process(clause, **how) for clause in element.clauses)
    return f"{column} IN {values}"


@compiles(is_among, "postgresql")
def _any(element: Any, compiler: Any, **how: Any) -> str:
    column, values = (compiler.process(clause, **how) for clause in element.clauses)
    return f"{column} = ANY (ARRAY{values})"


class position_of(GenericFunction[int]):  # noqa: N801 - named as SQL functions are
    """Where a text begins in another, 0 when it does not: taken literally, letter by letter, faster than LIKE."""

    type = Integer()
    inherit_cache = True


@compiles(position_of, "sqlite")
def _instr(element: Any, compiler: Any, **how: Any) -> str:
    return f"instr({compiler.process(element.clauses, **how)})"


@compiles(position_of, "postgresql")
def _strpos(element: Any, compiler: Any, **how: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **how)})"


def migrate(source: Engine | None = None) -> None:
    """Bring the database to the newest migration; one that is there already is only read.

    Every command comes through here: the write lock, and loading every table there is, are for a database behind.
    """
    config = Config()
    config.set_main_option("script_location", str(HOME / "migrations"))
    newest = ScriptDirectory.from_config(config).get_current_head()
    with (source or engine()).connect() as connection:
        if MigrationContext.configure(connection).get_current_revision() == newest:
            return
    with (source or engine()).execution_options(is_writer=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
