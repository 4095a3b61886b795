"""Loading a nation, on both databases: whose it is, who sees it, and that doing it twice does no harm."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from registry import audit
from registry.accounts.operations import check_password
from registry.accounts.queries import actor_by_login
from registry.database import reading
from registry.demo.nation import make_nation
from registry.demo.nation_loading import load_nation
from registry.demo.people import DEMO_PASSWORD
from registry.projects.model import Project, ProjectRevision
from registry.projects.operations import document_text
from registry.projects.queries import list_codes

COUNT, SEED = 40, 3


@pytest.fixture
def loaded(engine: Engine) -> Iterator[Session]:
    reported: list[int] = []
    assert load_nation(engine, COUNT, SEED, report=reported.append, batch=15) == COUNT
    assert reported == [15, 30, 40]
    with reading(engine) as session:
        yield session


def _documents(session: Session) -> dict[str | None, str]:
    query = select(col(Project.import_key), col(ProjectRevision.document)).where(
        col(ProjectRevision.project_id) == col(Project.id), col(ProjectRevision.number) == col(Project.revision_number)
    )
    return {row[0]: row[1] for row in session.execute(query)}


class TestLoading:
    def test_keeps_every_project_as_it_was_made(self, loaded: Session) -> None:
        made = {f"demo:{SEED}:{project.number}": document_text(project.dossier) for project in make_nation(COUNT, SEED)}
        assert _documents(loaded) == made

    def test_marks_every_project_as_a_demo(self, loaded: Session) -> None:
        marks = list(loaded.execute(select(col(Project.is_demo), func.count()).group_by(col(Project.is_demo))))
        assert marks == [(True, COUNT)]

    def test_changes_nothing_when_repeated_and_goes_on_where_it_stopped(self, engine: Engine, loaded: Session) -> None:
        before = _documents(loaded)
        loaded.rollback()
        assert load_nation(engine, COUNT, SEED, batch=25) == 0
        assert load_nation(engine, COUNT + 2, SEED) == 2
        after = _documents(loaded)
        assert len(after) == COUNT + 2
        assert {key: after[key] for key in before} == before

    def test_lets_each_office_see_its_own(self, loaded: Session) -> None:
        projects = list(make_nation(COUNT, SEED))
        city = projects[0].city_code
        assert len(list_codes(loaded, actor_by_login(loaded, "ministry"))) == COUNT
        own = sum(project.city_code == city for project in projects)
        assert len(list_codes(loaded, actor_by_login(loaded, f"city-{city}"))) == own
        bank = actor_by_login(loaded, "bank")
        shown = sum("示例银行" in project.banks for project in projects)
        assert shown > 0
        assert len(list_codes(loaded, bank)) == shown

    def test_gives_each_office_a_login_that_works(self, loaded: Session) -> None:
        city = next(make_nation(1, SEED)).city_code
        assert check_password(loaded, login=f"city-{city}", password=DEMO_PASSWORD) is not None
        assert check_password(loaded, login=f"city-{city}", password="another") is None

    def test_leaves_a_whole_audit_chain(self, loaded: Session) -> None:
        assert audit.verify_log(loaded) is None
