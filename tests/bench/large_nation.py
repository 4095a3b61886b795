"""The demo nation with all that belongs to it, copied until it is as large as the country, on PostgreSQL.

For benches of pages: a copy keeps the facts, money, applications and releases of the project it was made of and lies in
another city; each is judged. Copies have no revisions of their own, so only the projects of the demo can be opened.
"""

from typing import Any, Final

from sqlalchemy import Connection, Engine, text
from sqlmodel import SQLModel

from bench.bench_screening import judge
from bench.filled_nation import take_stock
from registry.projects.search.keys import rebuild

_STEP: Final = {"project": 1_000, "application": 1_000}
"""How far the numbers of one copy of the demo lie from those of the next."""
_FRESH: Final = "nextval(pg_get_serial_sequence('{table}', 'id'))"


def grow(engine: Engine, count: int) -> int:
    """Copy the demo in a PostgreSQL database until it holds about `count` projects; return how many it holds."""
    with engine.execution_options(is_writer=True).begin() as connection:
        loaded: int = connection.execute(text("SELECT count(*) FROM project")).scalar_one()
        highest = {name: _highest(connection, name) for name in _STEP}
        if any(highest[name] > step for name, step in _STEP.items()):
            raise ValueError(f"the demo has more rows than the step between copies allows: {highest}")
        copies = round(count / loaded) - 1
        _copy_projects(connection, copies)
        of_project = {"project_id": f"t.project_id + k * {_STEP['project']}"}
        own = {"id": f"t.id + k * {_STEP['application']}"}
        _copy(connection, "application", copies, own | of_project)
        fresh = _FRESH.format(table="application_event")
        event = {"id": fresh, "application_id": f"t.application_id + k * {_STEP['application']}"}
        _copy(connection, "application_event", copies, event)
        for name in ("funding_line", "project_release", "display_release"):
            more = (
                {"code": "'ML-' || lpad((t.project_id + k * 1000)::text, 7, '0')"} if name == "display_release" else {}
            )
            _copy(connection, name, copies, {"id": _FRESH.format(table=name)} | of_project | more)
        _advance(connection)
        total: int = connection.execute(text("SELECT count(*) FROM project")).scalar_one()
    take_stock(engine)
    with engine.execution_options(is_writer=True).begin() as connection:
        rebuild(connection)
    judge(engine, above=highest["project"])
    take_stock(engine)
    return total


def _highest(connection: Connection, table: str) -> int:
    found: int = connection.execute(text(f"SELECT max(id) FROM {table}")).scalar_one()  # noqa: S608 - our own tables
    return found


def _copy_projects(connection: Connection, copies: int) -> None:
    """Copy the projects, each copy to the next city: its bureau owns it."""
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE place AS SELECT row_number() OVER (ORDER BY o.id) - 1 AS n, o.id AS owner_id, "
            "o.division_code, p.province_name, p.city_name FROM organisation o "
            "JOIN LATERAL (SELECT province_name, city_name FROM project WHERE owner_id = o.id "
            "AND city_name IS NOT NULL AND city_code IS NOT NULL LIMIT 1) p ON true WHERE o.group = 'city'"
        )
    )
    number = f"(t.id + k * {_STEP['project']})"
    changed = {
        "id": number,
        "code": f"'ML-' || lpad({number}::text, 7, '0')",
        "import_key": "NULL",
        "owner_id": "place.owner_id",
        "city_code": "place.division_code",
        "province_name": "place.province_name",
        "city_name": "place.city_name",
        "county_name": "NULL",
        "is_demo": "true",
    }
    at = " JOIN place ON place.n = (t.id * 7 + k) % (SELECT count(*) FROM place)"
    _copy(connection, "project", copies, changed, at)


def _copy(connection: Connection, table: str, copies: int, changed: dict[str, str], joined: str = "") -> None:
    names = [column.name for column in SQLModel.metadata.tables[table].columns]
    values = ", ".join(changed.get(name, f't."{name}"') for name in names)
    into = ", ".join(f'"{name}"' for name in names)
    every = f"{table} t CROSS JOIN generate_series(1, {copies}) k{joined}"
    connection.execute(text(f"INSERT INTO {table} ({into}) SELECT {values} FROM {every}"))  # noqa: S608 - our own tables


def _advance(connection: Connection) -> None:
    """Let what is added next go on behind the rows copied."""
    for table in ("project", "application"):
        counter: Any = f"pg_get_serial_sequence('{table}', 'id')"
        connection.execute(text(f"SELECT setval({counter}, (SELECT max(id) FROM {table}))"))  # noqa: S608 - our own
    connection.execute(text("UPDATE code_counter SET last = (SELECT max(substr(code, 4)::int) FROM project)"))
