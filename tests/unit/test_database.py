"""Who waits for whom on the database."""

from sqlalchemy import Engine

from registry.database import migrate, writing
from registry.jobs import run_next


class TestWhileSomebodyWrites:
    """On SQLite there is one lock to write; who only looks must not ask for it, or a long import stops everybody."""

    def test_a_command_finds_the_newest_database_without_waiting(self, engine: Engine) -> None:
        with writing(engine) as session:
            session.connection()
            migrate(engine)

    def test_a_worker_finds_nothing_to_do_without_waiting(self, engine: Engine) -> None:
        with writing(engine) as session:
            session.connection()
            assert run_next(engine, {"some-work": lambda _: None}) is None
