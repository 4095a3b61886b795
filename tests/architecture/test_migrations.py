"""The migrations make exactly the tables the models describe, and they are one line without forks."""

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlmodel import SQLModel

from registry.settings import HOME


def test_migrations_make_the_tables_of_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_migrations_are_one_line() -> None:
    config = Config()
    config.set_main_option("script_location", str(HOME / "migrations"))
    numbers = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[-1] == "0001"
