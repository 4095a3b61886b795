"""Who waits for whom on the database."""

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from registry.database import migrate, writing
from registry.jobs import run_next
from registry.settings import HOME

VERSION = text("SELECT version_num FROM alembic_version")


def newest() -> str | None:
    config = Config()
    config.set_main_option("script_location", str(HOME / "migrations"))
    return ScriptDirectory.from_config(config).get_current_head()


class TestWhileSomebodyWrites:
    """On SQLite there is one lock to write; who only looks must not ask for it, or a long import stops everybody."""

    def test_a_command_finds_the_newest_database_without_waiting(self, engine: Engine) -> None:
        with writing(engine) as session:
            before = session.connection().execute(VERSION).scalar_one()
            migrate(engine)
            assert session.connection().execute(VERSION).scalar_one() == before == newest()

    def test_a_worker_finds_nothing_to_do_without_waiting(self, engine: Engine) -> None:
        with writing(engine) as session:
            session.connection()
            assert run_next(engine, {"some-work": lambda _: None}) is None
