"""Loading a nation, on both databases: whose it is, who sees it, and that doing it twice does no harm."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import Session, SQLModel, col

from registry import audit
from registry.accounts.operations import check_password
from registry.accounts.queries import actor_by_login
from registry.assessments.model import Assessment
from registry.database import migrate, open_engine, reading
from registry.demo.happenings import Save
from registry.demo.life import draw_life
from registry.demo.nation import make_nation
from registry.demo.nation_loading import load_nation
from registry.demo.people import DEMO_PASSWORD
from registry.projects.documents.model import UploadedDocument
from registry.projects.documents.operations import download_document
from registry.projects.documents.store import FolderStore
from registry.projects.model import Project, ProjectRevision
from registry.projects.operations import document_text, revision_hash
from registry.projects.queries import list_codes

COUNT, SEED = 40, 3


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "documents")


@pytest.fixture
def loaded(engine: Engine, store: FolderStore) -> Iterator[Session]:
    reported: list[int] = []
    assert load_nation(engine, COUNT, SEED, store=store, report=reported.append, batch=15) == COUNT
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
        made = {}
        for project in make_nation(COUNT, SEED):
            saves = [what for what in draw_life(SEED, project) if isinstance(what, Save)]
            made[f"demo:{SEED}:{project.number}"] = document_text(saves[-1].dossier)
        assert _documents(loaded) == made

    def test_marks_every_project_as_a_demo(self, loaded: Session) -> None:
        marks = list(loaded.execute(select(col(Project.is_demo), func.count()).group_by(col(Project.is_demo))))
        assert marks == [(True, COUNT)]

    def test_changes_nothing_when_repeated_and_goes_on_where_it_stopped(
        self, engine: Engine, loaded: Session, store: FolderStore
    ) -> None:
        before = _documents(loaded)
        loaded.rollback()
        assert load_nation(engine, COUNT, SEED, store=store, batch=25) == 0
        assert load_nation(engine, COUNT + 2, SEED, store=store) == 2
        after = _documents(loaded)
        assert len(after) == COUNT + 2
        assert {key: after[key] for key in before} == before

    def test_lets_each_office_see_its_own(self, loaded: Session) -> None:
        projects = list(make_nation(COUNT, SEED))
        city = projects[1].city_code
        assert len(list_codes(loaded, actor_by_login(loaded, "ministry"))) == COUNT
        own = sum(project.city_code == city for project in projects)
        assert len(list_codes(loaded, actor_by_login(loaded, f"city-{city}"))) == own
        bank = actor_by_login(loaded, "bank")
        shown = sum("示例银行" in project.banks for project in projects)
        assert shown > 0
        assert len(list_codes(loaded, bank)) == shown

    def test_gives_each_office_a_login_that_works(self, loaded: Session) -> None:
        city = next(make_nation(1, SEED, first=2)).city_code
        assert check_password(loaded, login=f"city-{city}", password=DEMO_PASSWORD) is not None
        assert check_password(loaded, login=f"city-{city}", password="another") is None

    def test_leaves_a_whole_audit_chain(self, loaded: Session) -> None:
        assert loaded.execute(select(func.count()).select_from(audit.AuditEntry)).scalar_one() > COUNT * 3
        assert audit.verify_log(loaded) is None

    def test_chains_the_revisions_of_every_project(self, loaded: Session) -> None:
        codes = {row[0]: row[1] for row in loaded.execute(select(col(Project.id), col(Project.code)))}
        revisions = select(ProjectRevision).order_by(col(ProjectRevision.project_id), col(ProjectRevision.number))
        previous: dict[int, str] = {}
        for each in loaded.execute(revisions).scalars():
            before = previous.get(each.project_id, audit.GENESIS)
            parts = each.document, each.author_id, each.reason, each.saved_at
            assert each.previous_hash == before
            assert each.hash == revision_hash(before, codes[each.project_id], each.number, *parts)
            previous[each.project_id] = each.hash
        assert len(previous) == COUNT

    def test_keeps_the_papers_it_names(self, loaded: Session, store: FolderStore) -> None:
        query = select(UploadedDocument, col(Project.code)).join(
            Project, col(Project.id) == col(UploadedDocument.project_id)
        )
        papers = loaded.execute(query).all()
        assert papers
        ministry = actor_by_login(loaded, "ministry")
        for document, code in papers:
            found = download_document(loaded, ministry, code, document.id, store=store)
            assert found.content.startswith(b"%PDF-1.4")

    def test_assesses_what_a_bank_sees_and_can_price(self, loaded: Session) -> None:
        ratios = list(loaded.execute(select(col(Assessment.dscr_average), col(Assessment.document))))
        assert ratios
        assert any(ratio is not None and ratio > 1 for ratio, _ in ratios)
        assert all('"libraries":[{' in document for _, document in ratios)


def _tables(path: Path, store: FolderStore, *, count: int) -> dict[str, str]:
    """Load a nation into a new database and return a digest of every table but the queue, all columns of it."""
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    load_nation(engine, count, SEED, store=store)
    found = {}
    with reading(engine) as session:
        for table in SQLModel.metadata.sorted_tables:
            # What waits to be worked on is no part of the nation: it says when this machine asked for it.
            if table.name == "job":
                continue
            rows = session.execute(select(table).order_by(*table.primary_key.columns)).all()
            found[table.name] = hashlib.sha256(repr(rows).encode()).hexdigest() if rows else ""
    engine.dispose()
    return found


class TestTheSameSeed:
    def test_gives_the_same_bytes_in_every_table_whatever_the_clock_says(
        self, tmp_path: Path, store: FolderStore
    ) -> None:
        first = _tables(tmp_path / "first.db", store, count=30)
        assert sum(bool(digest) for digest in first.values()) >= 18
        assert _tables(tmp_path / "second.db", store, count=30) == first
