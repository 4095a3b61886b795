from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Engine

from applications import application_in, complete_dossier, enter_project, move
from conftest import People
from registry.accounts.model import Actor
from registry.database import reading, writing
from registry.errors import InvalidInput
from registry.projects.catalogue import fields, line_fields
from registry.projects.lifecycle.freeze import MAJOR_FIELDS, MAJOR_LINE_FIELDS, FrozenDossier, major_changes
from registry.projects.lifecycle.model import Application
from registry.projects.lifecycle.queries import changes_since_last_submission, history
from registry.projects.operations import Draft, save_many, save_project

LINES = [
    {"source": "city", "year": 2026, "amount": "3000", "status": "secured", "evidence": "预算批复"},
    {"source": "special_bond", "year": 2026, "amount": "5000", "status": "planned"},
]


def _save(engine: Engine, city: Actor, code: str, number: int, *, reopens_entry: bool = False, **changes: Any) -> str:
    with writing(engine) as session:
        return save_project(
            session,
            city,
            code,
            complete_dossier(**changes),
            expected_revision=number,
            reason="修改",
            reopens_entry=reopens_entry,
        ).change


class TestTheRule:
    def test_names_only_fields_that_exist(self) -> None:
        assert set(fields()) >= MAJOR_FIELDS
        assert all(set(names) <= set(line_fields(lines)) for lines, names in MAJOR_LINE_FIELDS.items())

    @pytest.mark.parametrize(
        ("before", "after", "expected"),
        [
            ({"total_investment": "1"}, {"total_investment": "2"}, ["total_investment"]),
            ({}, {"approval_code": "x"}, ["approval_code"]),
            ({"contact_name": "甲"}, {"contact_name": "乙"}, []),
            ({"funding_lines": LINES}, {"funding_lines": LINES[::-1]}, []),
            ({"funding_lines": LINES}, {"funding_lines": [LINES[0], {**LINES[1], "status": "secured"}]}, []),
            ({"funding_lines": LINES}, {"funding_lines": [LINES[0], {**LINES[1], "amount": "1"}]}, ["funding_lines"]),
            ({"funding_lines": LINES}, {"funding_lines": LINES[:1]}, ["funding_lines"]),
            ({"documents": []}, {"documents": [{"checklist_code": "D02"}]}, []),
        ],
    )
    def test_grades_by_content_not_by_order(self, before: Any, after: Any, expected: list[str]) -> None:
        assert major_changes(before, after) == expected


class TestAnEntry:
    def test_keeps_a_minor_edit_with_a_note(self, engine: Engine, people: People) -> None:
        code = enter_project(engine, people.city)
        number = application_in(engine, people, "in_library", code=code).id
        assert _save(engine, people.city, code, 1, contact_name="王工") == "changed"
        with reading(engine) as session:
            assert session.get_one(Application, number).state == "in_library"
            last = history(session, people.city, code)[-1]
            assert (last.action, last.revision_number, last.reason, last.sections) == ("note", 2, "修改", {})

    def test_refuses_a_major_edit_nobody_agreed_to(self, engine: Engine, people: People) -> None:
        code = enter_project(engine, people.city)
        application_in(engine, people, "in_library", code=code)
        with pytest.raises(FrozenDossier) as refused:
            _save(engine, people.city, code, 1, total_investment="99999", contact_name="王工")
        assert [finding.path for finding in refused.value.findings] == ["total_investment"]
        assert "重新审核" in refused.value.message_zh
        with reading(engine) as session:
            assert history(session, people.city, code)[-1].action == "admit"

    def test_is_reopened_by_a_major_edit_and_reviewed_anew(self, engine: Engine, people: People) -> None:
        code = enter_project(engine, people.city)
        number = application_in(engine, people, "in_library", code=code).id or 0
        _save(engine, people.city, code, 1, reopens_entry=True, total_investment="20000")
        with reading(engine) as session:
            application = session.get_one(Application, number)
            assert (application.state, application.revision_number, application.round) == ("submitted", 2, 2)
            assert history(session, people.city, code)[-1].sections == {"total_investment": "总投资"}
            assert list(changes_since_last_submission(session, people.province, number)) == ["investment"]
        for actor, action in ((people.province, "recommend"), (people.ministry, "admit")):
            application = move(engine, actor, application, action)
        assert (application.state, str(application.entered_on)) == ("in_library", "2026-03-01")

    def test_is_guarded_against_an_import_too(self, engine: Engine, people: People) -> None:
        code = enter_project(engine, people.city)
        application_in(engine, people, "in_library", code=code)
        drafts = [Draft(complete_dossier(name="另一工程")), Draft(complete_dossier(name="改名工程"), code=code)]
        with pytest.raises(FrozenDossier, match=code), writing(engine) as session:
            save_many(session, people.city, drafts, reason="导入")

    def test_is_free_again_once_it_left_the_library(self, engine: Engine, people: People) -> None:
        code = enter_project(engine, people.city)
        application_in(engine, people, "removed", code=code)
        assert _save(engine, people.city, code, 1, total_investment="20000") == "changed"


class TestAdmission:
    def test_is_refused_when_the_dossier_changed_after_submission(self, engine: Engine, people: People) -> None:
        code = enter_project(engine, people.city)
        application = application_in(engine, people, "recommended", code=code)
        _save(engine, people.city, code, 1, contact_name="王工")
        _save(engine, people.city, code, 2, contact_name="王工", total_investment="20000")
        with pytest.raises(InvalidInput) as refused:
            move(engine, people.ministry, application, "admit")
        assert [(each.path, each.code) for each in refused.value.findings] == [
            ("total_investment", "changed-since-submission")
        ]
        _save(engine, people.city, code, 3, contact_name="王工")
        assert move(engine, people.ministry, application, "admit").state == "in_library"

    def test_and_a_major_edit_at_once_never_both_succeed(self, engine: Engine, people: People) -> None:
        code = enter_project(engine, people.city)
        application = application_in(engine, people, "recommended", code=code)
        start = Barrier(2)
        refused: list[str] = []

        def attempt(work: Callable[[], object]) -> None:
            start.wait()
            try:
                work()
            except InvalidInput as error:
                refused.append(error.findings[0].code)

        works: tuple[Callable[[], object], ...] = (
            lambda: move(engine, people.ministry, application, "admit"),
            lambda: _save(engine, people.city, code, 1, total_investment="20000"),
        )
        threads = [Thread(target=attempt, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert refused in (["major-edit"], ["changed-since-submission"])
