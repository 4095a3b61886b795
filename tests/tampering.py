"""The audit log without its guard, as whoever owns the database can have it: to tamper with it, and to empty it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text


@contextmanager
def unguarded_log(connection: Connection) -> Iterator[None]:
    """Let this transaction change and remove entries of the audit log; the guard stands again afterwards."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield
        connection.execute(text("SET LOCAL session_replication_role = DEFAULT"))
        return
    of_the_log = "FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('audit_entry', 'audit_head')"
    triggers = connection.execute(text(f"SELECT name, sql {of_the_log} ORDER BY name")).all()
    for trigger in triggers:
        connection.execute(text(f"DROP TRIGGER {trigger.name}"))
    yield
    for trigger in triggers:
        connection.exec_driver_sql(trigger.sql)
