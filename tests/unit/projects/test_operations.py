from decimal import Decimal
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, text
from sqlmodel import select

from builders import dossier
from conftest import People
from registry import audit
from registry.accounts.model import PUBLIC, Actor
from registry.database import reading, writing
from registry.errors import NotAllowed, NotFound, StaleWrite
from registry.projects.model import FundingLineRow, Project, ProjectRevision
from registry.projects.operations import (
    Draft,
    create_project,
    release_project,
    revision_hash,
    save_many,
    save_project,
)
from registry.projects.queries import find_project, list_codes, list_revisions, read_dossier
from tampering import unguarded_log


class TestSaving:
    def test_keeps_money_to_the_fen_in_an_integer(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            create_project(session, people.city, dossier(total_investment="1234567.123456"), reason="录入")
        with reading(engine) as session:
            assert session.execute(text("SELECT total_investment FROM project")).scalar_one() == 1_234_567_123_456
            assert session.exec(select(Project)).one().total_investment == Decimal("1234567.123456")

    def test_keeps_what_is_unknown_as_null(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            create_project(session, people.city, dossier(total_investment=None), reason="录入")
        with reading(engine) as session:
            row = session.execute(text("SELECT total_investment, is_in_annual_budget FROM project")).one()
            assert tuple(row) == (None, None)

    def test_makes_a_revision_that_chains_to_the_one_before(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            code = create_project(session, people.city, dossier(), reason="录入").code
        with writing(engine) as session:
            save_project(session, people.city, code, dossier(name="二期工程"), expected_revision=1, reason="更正名称")
        with reading(engine) as session:
            first, second = list_revisions(session, people.city, code)
            assert first.previous_hash == audit.GENESIS
            assert second.previous_hash == first.hash
            assert second.reason == "更正名称"
            for revision in (first, second):
                assert revision.hash == revision_hash(
                    revision.previous_hash,
                    code,
                    revision.number,
                    revision.document,
                    revision.author_id,
                    revision.reason,
                    revision.saved_at,
                )
            _, old = read_dossier(session, people.city, code, number=1)
            assert old.name == "湖州市吴兴区污水处理厂扩建工程"

    def test_replaces_the_funding_lines_of_the_current_row(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            code = create_project(session, people.city, dossier(), reason="录入").code
        with writing(engine) as session:
            line = {"source": "equity", "amount": "1", "status": "planned"}
            save_project(session, people.city, code, dossier(funding_lines=[line]), expected_revision=1, reason="改")
        with reading(engine) as session:
            lines = session.exec(select(FundingLineRow)).all()
            assert [(line.source, line.amount, line.year) for line in lines] == [("equity", Decimal(1), None)]

    def test_refuses_to_overwrite_what_its_author_never_saw(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            code = create_project(session, people.city, dossier(), reason="录入").code
        with writing(engine) as session:
            save_project(session, people.city, code, dossier(name="甲改名"), expected_revision=1, reason="甲")
        with pytest.raises(StaleWrite, match="第 2 版"), writing(engine) as session:
            save_project(session, people.city, code, dossier(name="乙改名"), expected_revision=1, reason="乙")

    def test_lets_one_of_two_writers_at_once_win(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            code = create_project(session, people.city, dossier(), reason="录入").code
        start = Barrier(2)
        outcomes: list[str] = []

        def write(name: str) -> None:
            start.wait()
            try:
                with writing(engine) as session:
                    save_project(session, people.city, code, dossier(name=name), expected_revision=1, reason="并发")
                outcomes.append("saved")
            except StaleWrite:
                outcomes.append("stale")

        threads = [Thread(target=write, args=(name,)) for name in ("甲改名", "乙改名")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["saved", "stale"]
        with reading(engine) as session:
            assert len(session.exec(select(ProjectRevision)).all()) == 2
            assert audit.verify_log(session) is None

    def test_leaves_nothing_when_the_transaction_fails(self, engine: Engine, people: People) -> None:
        def fail_half_way() -> None:
            with writing(engine) as session:
                save_many(session, people.city, [Draft(dossier()), Draft(dossier())], reason="导入")
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail_half_way()
        with reading(engine) as session:
            assert len(list_codes(session, people.ministry)) == 0
            assert session.exec(select(ProjectRevision)).all() == []


class TestSavingMany:
    def test_changes_nothing_the_second_time(self, engine: Engine, people: People) -> None:
        drafts = [Draft(dossier(name=f"第{number}号工程"), import_key=f"key-{number}") for number in range(700)]
        with writing(engine) as session:
            first = save_many(session, people.city, drafts, reason="导入")
        with writing(engine) as session:
            second = save_many(session, people.city, drafts, reason="导入")
        assert {outcome.change for outcome in first} == {"created"}
        assert {outcome.change for outcome in second} == {"unchanged"}
        assert [outcome.code for outcome in first] == [outcome.code for outcome in second]
        assert first[0].code == "ML-0000001"
        assert first[-1].code == "ML-0000700"

    def test_tells_changed_rows_from_equal_ones(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            save_many(
                session, people.city, [Draft(dossier(), import_key="a"), Draft(dossier(), import_key="b")], reason="一"
            )
        with writing(engine) as session:
            drafts = [Draft(dossier(), import_key="a"), Draft(dossier(name="改名工程"), import_key="b")]
            assert [outcome.change for outcome in save_many(session, people.city, drafts, reason="二")] == [
                "unchanged",
                "changed",
            ]

    def test_does_not_touch_another_citys_project_with_the_same_key(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            save_many(session, people.city, [Draft(dossier(), import_key="a")], reason="一")
        with writing(engine) as session:
            outcome = save_many(
                session, people.other_city, [Draft(dossier(name="他市工程"), import_key="a")], reason="二"
            )
        assert outcome[0].change == "created"

    def test_refuses_a_code_the_actor_does_not_own(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            code = create_project(session, people.city, dossier(), reason="录入").code
        with pytest.raises(NotFound), writing(engine) as session:
            save_many(session, people.other_city, [Draft(dossier(), code=code)], reason="改")


class TestVisibility:
    @pytest.fixture
    def code(self, engine: Engine, people: People) -> str:
        with writing(engine) as session:
            return create_project(session, people.city, dossier(), reason="录入").code

    def _sees(self, engine: Engine, actor: Actor) -> bool:
        with reading(engine) as session:
            return list_codes(session, actor) != []

    def test_shows_a_project_to_its_city_its_province_and_the_ministry_only(
        self, engine: Engine, people: People, code: str
    ) -> None:
        seeing = {
            name: self._sees(engine, actor)
            for name, actor in (
                ("city", people.city),
                ("other_city", people.other_city),
                ("province", people.province),
                ("ministry", people.ministry),
                ("bank", people.bank),
                ("public", PUBLIC),
            )
        }
        expected = {"city", "province", "ministry"}
        assert {name for name, sees in seeing.items() if sees} == expected

    def test_shows_a_released_project_to_that_bank_alone(self, engine: Engine, people: People, code: str) -> None:
        with writing(engine) as session:
            release_project(session, people.city, code, organisation_id=people.bank.organisation_id)
        assert self._sees(engine, people.bank)
        assert not self._sees(engine, people.other_bank)
        assert not self._sees(engine, PUBLIC)

    def test_says_not_found_rather_than_forbidden(self, engine: Engine, people: People, code: str) -> None:
        with reading(engine) as session, pytest.raises(NotFound):
            find_project(session, people.other_city, code)

    @pytest.mark.parametrize("group", ["province", "ministry", "bank"])
    def test_lets_only_cities_enter_projects(self, engine: Engine, people: People, group: str) -> None:
        with pytest.raises(NotAllowed), writing(engine) as session:
            create_project(session, getattr(people, group), dossier(), reason="录入")


class TestAuditLog:
    def test_names_the_first_entry_somebody_changed(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            create_project(session, people.city, dossier(), reason="录入")
            create_project(session, people.city, dossier(), reason="再录入")
        with reading(engine) as session:
            assert audit.verify_log(session) is None
        with engine.execution_options(is_writer=True).begin() as connection, unguarded_log(connection):
            connection.execute(
                text("UPDATE audit_entry SET details = 'null' WHERE action = 'project.save' AND subject LIKE '%0001'")
            )
        with reading(engine) as session:
            broken = audit.verify_log(session)
        assert broken is not None
        assert broken.subject == "project:ML-0000001"

    def test_notices_entries_missing_at_the_end(self, engine: Engine, people: People) -> None:
        with engine.execution_options(is_writer=True).begin() as connection, unguarded_log(connection):
            connection.execute(text("DELETE FROM audit_entry WHERE id = (SELECT max(id) FROM audit_entry)"))
        with reading(engine) as session:
            broken = audit.verify_log(session)
        assert broken is not None
        assert broken.action == "chain-head"
