import pytest
from sqlalchemy import Engine
from sqlmodel import select

from applications import complete_dossier, enter_project
from conftest import People
from registry.database import reading, writing
from registry.errors import InvalidInput, NotAllowed, NotFound
from registry.projects.autosave.model import AutosavedDraft
from registry.projects.autosave.operations import (
    NEW,
    DraftElsewhere,
    autosave,
    drop_draft,
    drop_draft_of_form,
    find_draft,
)
from registry.projects.model import ProjectRevision
from registry.projects.operations import save_project


class TestADraft:
    def test_keeps_the_latest_even_when_it_is_wrong(self, engine: Engine, people: People) -> None:
        code = enter_project(engine, people.city)
        for value in ("12", "十二万"):
            with writing(engine) as session:
                autosave(session, people.city, code, {"total_investment": value}, base_revision=1)
        with reading(engine) as session:
            found = find_draft(session, people.city, code)
            assert found is not None
            assert (found.document, found.base_revision, found.is_stale) == ({"total_investment": "十二万"}, 1, False)
            assert len(session.exec(select(AutosavedDraft)).all()) == 1
            assert len(session.exec(select(ProjectRevision)).all()) == 1

    def test_says_when_somebody_saved_since(self, engine: Engine, people: People) -> None:
        code = enter_project(engine, people.city)
        with writing(engine) as session:
            autosave(session, people.city, code, {"name": "x"}, base_revision=1)
            changed = complete_dossier(name="改名工程")
            save_project(session, people.city, code, changed, expected_revision=1, reason="他人")
        with reading(engine) as session:
            found = find_draft(session, people.city, code)
            assert found is not None
            assert found.is_stale

    def test_is_private_and_can_be_dropped(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            autosave(session, people.city, NEW, {"name": "新项目"}, base_revision=None)
            autosave(session, people.other_city, NEW, {"name": "别的项目"}, base_revision=None)
            drop_draft(session, people.city, NEW)
            assert find_draft(session, people.city, NEW) is None
            other = find_draft(session, people.other_city, NEW)
            assert other is not None
            assert other.document == {"name": "别的项目"}

    def test_is_for_who_may_edit_the_project(self, engine: Engine, people: People) -> None:
        code = enter_project(engine, people.city)
        with pytest.raises(NotFound), writing(engine) as session:
            autosave(session, people.other_city, code, {}, base_revision=1)
        with pytest.raises(NotAllowed), writing(engine) as session:
            autosave(session, people.province, code, {}, base_revision=1)

    def test_of_one_form_is_not_written_over_by_another(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            autosave(session, people.city, NEW, {"name": "甲窗口"}, base_revision=None, form_id="a")
            autosave(session, people.city, NEW, {"name": "甲窗口续写"}, base_revision=None, form_id="a")
        for other in ("b", None):
            with pytest.raises(DraftElsewhere), writing(engine) as session:
                autosave(session, people.city, NEW, {"name": "乙窗口"}, base_revision=None, form_id=other)
        with writing(engine) as session:
            drop_draft_of_form(session, people.city, NEW, "b")
            kept = find_draft(session, people.city, NEW)
            assert kept is not None
            assert (kept.document, kept.form_id) == ({"name": "甲窗口续写"}, "a")
            drop_draft_of_form(session, people.city, NEW, "a")
            assert find_draft(session, people.city, NEW) is None

    def test_has_a_limit(self, engine: Engine, people: People) -> None:
        with pytest.raises(InvalidInput, match="1000000"), writing(engine) as session:
            autosave(session, people.city, NEW, {"x": "字" * 1_000_000}, base_revision=None)
        with pytest.raises(InvalidInput, match="JSON"), writing(engine) as session:
            autosave(session, people.city, NEW, {"x": float("nan")}, base_revision=None)
