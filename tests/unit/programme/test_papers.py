"""Papers of cities: who sees them, how they move, and that what was signed stays as it was."""

from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread

import pytest
from pydantic import BaseModel
from sqlalchemy import Engine
from sqlmodel import select

from conftest import People
from registry.accounts.model import PUBLIC, Actor
from registry.audit import GENESIS, AuditEntry, canonical_json, verify_log
from registry.database import reading, writing
from registry.errors import InvalidInput, NotAllowed, NotFound, RegistryError, StaleWrite
from registry.programme.papers.model import CityPaperRevision
from registry.programme.papers.operations import (
    SavedPaper,
    WrongPaperState,
    create_paper,
    move_paper,
    paper_revision_hash,
    save_paper,
)
from registry.programme.papers.queries import list_paper_revisions, list_papers, paper_history, read_paper
from registry.programme.papers.states import STATES, TABLE


class Words(BaseModel):
    text: str
    note: str | None = None


def begun(engine: Engine, actor: Actor, title: str = "湖州市方案", **details: object) -> SavedPaper:
    with writing(engine) as session:
        return create_paper(session, actor, kind="financing_plan", title=title, document=Words(text="一"), **details)  # type: ignore[arg-type]


def moved(engine: Engine, actor: Actor, paper: SavedPaper, *actions: str, **details: object) -> SavedPaper:
    for action in actions:
        with writing(engine) as session:
            paper = move_paper(
                session, actor, paper.id, action=action, expected_version=paper.version, reason="同意", **details  # type: ignore[arg-type]
            )  # fmt: skip
    return paper


def approved(engine: Engine, people: People) -> SavedPaper:
    return moved(engine, people.province, moved(engine, people.city, begun(engine, people.city), "submit"), "approve")


def titles(engine: Engine, actor: Actor) -> list[str]:
    with reading(engine) as session:
        return [paper.title for paper in list_papers(session, actor)]


# Written by hand from the description of the life cycle, not read off the code.
EXPECTED = {
    "draft": {"city": {"submit": "submitted"}, "province": {}, "ministry": {}},
    "returned": {"city": {"submit": "submitted"}, "province": {}, "ministry": {}},
    "submitted": {
        "city": {"take_back": "draft"},
        "province": {"approve": "approved", "return": "returned"},
        "ministry": {"approve": "approved", "return": "returned"},
    },
    "approved": {"city": {"revise": "draft", "publish": "published"}, "province": {}, "ministry": {}},
    "published": {"city": {"unpublish": "approved"}, "province": {}, "ministry": {}},
}
WAYS = {
    "draft": (),
    "returned": (("city", "submit"), ("province", "return")),
    "submitted": (("city", "submit"),),
    "approved": (("city", "submit"), ("province", "approve")),
    "published": (("city", "submit"), ("province", "approve"), ("city", "publish")),
}


class TestAPaper:
    @pytest.mark.parametrize("state", list(STATES))
    @pytest.mark.parametrize("group", ["city", "province", "ministry", "other_city", "bank"])
    def test_moves_as_the_table_says_in_every_state_for_every_group(
        self, engine: Engine, people: People, state: str, group: str
    ) -> None:
        paper = begun(engine, people.city)
        for who, action in WAYS[state]:
            paper = moved(engine, getattr(people, who), paper, action)
        assert paper.state == state
        for action in sorted({row.action for row in TABLE}):
            wanted = EXPECTED[state].get(group, {}).get(action)
            try:
                with writing(engine) as session:
                    done = move_paper(
                        session,
                        getattr(people, group),
                        paper.id,
                        action=action,
                        expected_version=paper.version,
                        reason="理由",
                    )
                    assert done.state == wanted
                    session.rollback()
            except (NotAllowed, NotFound, WrongPaperState):
                assert wanted is None, (state, group, action)

    def test_is_seen_by_its_city_and_those_above_and_by_others_once_published(
        self, engine: Engine, people: People
    ) -> None:
        paper = approved(engine, people)
        inside = {name: titles(engine, getattr(people, name)) for name in ("city", "province", "ministry")}
        outside = {name: titles(engine, getattr(people, name)) for name in ("other_city", "bank")}
        assert inside == {"city": ["湖州市方案"], "province": ["湖州市方案"], "ministry": ["湖州市方案"]}
        assert outside == {"other_city": [], "bank": []}
        moved(engine, people.city, paper, "publish")
        assert titles(engine, people.bank) == titles(engine, PUBLIC) == ["湖州市方案"]

    def test_is_held_back_until_its_embargo_ends(self, engine: Engine, people: People) -> None:
        today = datetime.now(UTC).date()
        paper = moved(engine, people.city, approved(engine, people), "publish", embargo_until=today + timedelta(days=2))
        assert titles(engine, PUBLIC) == []
        paper = moved(engine, people.city, paper, "unpublish")
        moved(engine, people.city, paper, "publish", embargo_until=date(2026, 1, 1))
        assert titles(engine, PUBLIC) == ["湖州市方案"]

    def test_shows_outsiders_the_published_revision_and_no_other(self, engine: Engine, people: People) -> None:
        paper = moved(engine, people.city, approved(engine, people), "publish")
        with writing(engine) as session, pytest.raises(WrongPaperState):
            save_paper(session, people.city, paper.id, document=Words(text="二"), expected_version=paper.version)
        with reading(engine) as session:
            assert read_paper(session, PUBLIC, paper.id).document == {"text": "一"}
            with pytest.raises(NotFound):
                read_paper(session, PUBLIC, paper.id, number=2)
            for refused in (paper_history, list_paper_revisions):
                with pytest.raises(NotFound):
                    refused(session, people.bank, paper.id)

    def test_keeps_what_was_approved_while_a_newer_text_is_written(self, engine: Engine, people: People) -> None:
        paper = moved(engine, people.city, approved(engine, people), "revise")
        with writing(engine) as session:
            save_paper(session, people.city, paper.id, document=Words(text="二"), expected_version=paper.version)
        with reading(engine) as session:
            (found,) = list_papers(session, people.city)
            assert (found.revision_number, found.approved_revision) == (2, 1)
            assert read_paper(session, people.city, paper.id, number=1).document == {"text": "一"}
            assert read_paper(session, people.city, paper.id).document == {"text": "二"}
            steps = [step.action for step in paper_history(session, people.province, paper.id)]
        assert steps == ["submit", "approve", "revise"]

    def test_refuses_a_write_on_what_somebody_else_changed(self, engine: Engine, people: People) -> None:
        paper = begun(engine, people.city)
        with writing(engine) as session:
            save_paper(session, people.city, paper.id, document=Words(text="二"), expected_version=paper.version)
        with writing(engine) as session, pytest.raises(StaleWrite, match="第 2 版"):
            save_paper(session, people.city, paper.id, document=Words(text="三"), expected_version=paper.version)

    def test_is_unchanged_by_the_same_text_again(self, engine: Engine, people: People) -> None:
        paper = begun(engine, people.city)
        with writing(engine) as session:
            again = save_paper(
                session, people.city, paper.id, document=Words(text="一"), expected_version=paper.version
            )
        assert again == paper

    def test_is_the_only_one_of_its_year(self, engine: Engine, people: People) -> None:
        begun(engine, people.city, "二〇二五年", year=2025)
        begun(engine, people.city, "二〇二六年", year=2026)
        with pytest.raises(InvalidInput, match="已经存在"):
            begun(engine, people.city, "又一份", year=2025)

    def test_is_the_only_one_when_two_begin_at_once(self, engine: Engine, people: People) -> None:
        start, refused = Barrier(2), []

        def begin(number: int) -> None:
            start.wait()
            try:
                begun(engine, people.city, f"自评估{number}", year=2025)
            except RegistryError as error:
                refused.append(error)

        threads = [Thread(target=begin, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(titles(engine, people.city)) == len(refused) == 1

    def test_asks_for_a_reason_where_one_is_owed(self, engine: Engine, people: People) -> None:
        paper = moved(engine, people.city, begun(engine, people.city), "submit")
        with writing(engine) as session, pytest.raises(InvalidInput, match="请说明理由"):
            move_paper(session, people.province, paper.id, action="return", expected_version=paper.version)

    def test_is_not_begun_by_reviewers_or_banks(self, engine: Engine, people: People) -> None:
        for actor in (people.province, people.ministry, people.bank, PUBLIC):
            with pytest.raises(NotAllowed):
                begun(engine, actor)

    def test_chains_its_revisions_and_leaves_audit_entries(self, engine: Engine, people: People) -> None:
        paper = begun(engine, people.city)
        with writing(engine) as session:
            paper = save_paper(
                session, people.city, paper.id, document=Words(text="二", note="注"), expected_version=paper.version
            )
        moved(engine, people.city, paper, "submit")
        with reading(engine) as session:
            previous = GENESIS
            for row in session.exec(select(CityPaperRevision).order_by(CityPaperRevision.number)):  # type: ignore[arg-type]
                told = (row.number, row.document, row.author_id, row.reason, row.saved_at)
                assert row.hash == paper_revision_hash(previous, paper.id, *told)
                previous = row.hash
            assert row.document == canonical_json({"text": "二", "note": "注"})
            actions = session.exec(
                select(AuditEntry.action).where(AuditEntry.subject == f"paper:{paper.id}").order_by(AuditEntry.id)
            ).all()  # type: ignore[arg-type]
            assert actions == ["paper.create", "paper.save", "paper.submit"]
            assert verify_log(session) is None
