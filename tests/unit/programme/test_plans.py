"""Financing plans as kept: begun from the city's projects, fixed when signed, seen by whom they concern."""

from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from builders import dossier
from conftest import People
from plan_builders import TODAY, plan_document, priced_dossier
from registry.accounts.model import PUBLIC, Actor
from registry.audit import AuditEntry, verify_log
from registry.database import reading, writing
from registry.errors import InvalidInput, NotAllowed, NotFound, StaleWrite
from registry.packages.city_plan.operations import export_plan
from registry.programme.financing_plan.document import PlanDocument
from registry.programme.financing_plan.operations import begin_plan, change_projects, move_plan, save_plan
from registry.programme.financing_plan.queries import Plan, list_plans, read_plan
from registry.programme.papers.operations import SavedPaper, WrongPaperState, create_paper
from registry.projects.operations import create_project, release_project, save_project

LINE = {"source": "city", "year": 2027, "amount": "30.5", "status": "planned"}


@pytest.fixture
def codes(engine: Engine, people: People) -> list[str]:
    with writing(engine) as session:
        own = [
            create_project(session, people.city, dossier(funding_lines=[LINE]), reason="录入").code,
            create_project(session, people.city, priced_dossier("G3"), reason="录入").code,
        ]
        create_project(session, people.other_city, dossier(city_code="370402"), reason="录入")
    return own


def begun(engine: Engine, actor: Actor, *codes: str, title: str = "湖州市投融资方案") -> SavedPaper:
    with writing(engine) as session:
        return begin_plan(session, actor, title=title, document=plan_document(*codes))


def moved(engine: Engine, actor: Actor, plan: SavedPaper, action: Any, reason: str = "同意") -> SavedPaper:
    with writing(engine) as session:
        return move_plan(
            session, actor, plan.id, action=action, expected_version=plan.version, today=TODAY, reason=reason
        )


def read(engine: Engine, actor: Actor, plan: SavedPaper, number: int | None = None) -> Plan:
    with reading(engine) as session:
        return read_plan(session, actor, plan.id, today=TODAY, number=number)


def published(engine: Engine, people: People, *codes: str) -> SavedPaper:
    plan = moved(engine, people.city, begun(engine, people.city, *codes), "submit")
    return moved(engine, people.city, moved(engine, people.province, plan, "approve"), "publish")


class TestAPlan:
    def test_begins_with_the_projects_of_its_city_and_no_others(
        self, engine: Engine, people: People, codes: list[str]
    ) -> None:
        with writing(engine) as session:
            plan = begin_plan(session, people.city, title="方案", start_year=2027)
        found = read(engine, people.city, plan)
        assert [entry.code for entry in found.document.projects] == codes
        assert (found.document.start_year, found.document.end_year) == (2027, 2031)
        assert found.figures.base.funding.in_year(2027).amount == pytest.approx(30.5)

    def test_follows_its_projects_while_it_is_a_draft_and_no_longer_once_signed(
        self, engine: Engine, people: People, codes: list[str]
    ) -> None:
        plan = begun(engine, people.city, *codes)
        self._spend(engine, people, codes[0], "40.25", revision=1)
        assert read(engine, people.city, plan).figures.base.funding.of().amount == pytest.approx(40.25)
        plan = moved(engine, people.city, plan, "submit")
        self._spend(engine, people, codes[0], "99", revision=2)
        for actor in (people.city, people.province, people.ministry):
            signed = read(engine, actor, plan)
            assert signed.is_signed
            assert signed.as_of == TODAY
            assert signed.figures.base.funding.of().amount == pytest.approx(40.25)
            assert [line.facts.revision for line in signed.figures.projects] == [2, 1]
        plan = moved(engine, people.province, plan, "return")
        assert read(engine, people.city, plan).figures.base.funding.of().amount == 99
        assert read(engine, people.province, plan, number=2).figures.base.funding.of().amount == pytest.approx(40.25)

    def _spend(self, engine: Engine, people: People, code: str, amount: str, *, revision: int) -> None:
        changed = dossier(funding_lines=[{**LINE, "amount": amount}])
        with writing(engine) as session:
            save_project(session, people.city, code, changed, expected_revision=revision, reason="调整")

    def test_is_not_signed_without_period_projects_and_a_word_on_hidden_debt(
        self, engine: Engine, people: People, codes: list[str]
    ) -> None:
        with writing(engine) as session:
            plan = begin_plan(session, people.city, title="空", document=PlanDocument())
        with pytest.raises(InvalidInput) as caught:
            moved(engine, people.city, plan, "submit")
        paths = [finding.path for finding in caught.value.findings]
        assert paths == ["projects", "start_year", "end_year", "debt_safety.adds_hidden_debt"]
        assert read(engine, people.city, plan).paper.state == "draft"

    def test_is_seen_by_its_city_and_those_above_alone_until_published(
        self, engine: Engine, people: People, codes: list[str]
    ) -> None:
        plan = begun(engine, people.city, *codes)
        seen = {}
        for name in ("city", "province", "ministry", "other_city", "bank"):
            with reading(engine) as session:
                seen[name] = [each.id for each in list_plans(session, getattr(people, name))]
        assert seen == {name: [plan.id] * (name not in ("other_city", "bank")) for name in seen}
        for outsider in (people.other_city, people.bank, PUBLIC):
            with pytest.raises(NotFound):
                read(engine, outsider, plan)

    def test_shows_a_bank_and_the_public_only_the_projects_open_to_them(
        self, engine: Engine, people: People, codes: list[str]
    ) -> None:
        with writing(engine) as session:
            release_project(session, people.city, codes[0], organisation_id=people.bank.organisation_id)
        plan = published(engine, people, *codes)
        bank, public = read(engine, people.bank, plan), read(engine, PUBLIC, plan)
        assert ([line.entry.code for line in bank.figures.projects], bank.figures.hidden) == ([codes[0]], 1)
        assert bank.figures.base.funding.of().amount == pytest.approx(30.5)
        assert (public.figures.projects, public.figures.hidden) == ((), 2)
        for shown in (bank, public):
            assert codes[1] not in shown.document.model_dump_json()

    def test_is_written_by_its_city_and_decided_by_those_above(
        self, engine: Engine, people: People, codes: list[str]
    ) -> None:
        plan = begun(engine, people.city, *codes)
        for actor, refusal in (
            (people.other_city, NotFound),
            (people.province, NotAllowed),
            (people.bank, NotAllowed),
            (PUBLIC, NotAllowed),
        ):
            with writing(engine) as session, pytest.raises(refusal):
                save_plan(session, actor, plan.id, document=PlanDocument(), expected_version=plan.version)
        plan = moved(engine, people.city, plan, "submit")
        with pytest.raises(NotAllowed):
            moved(engine, people.city, plan, "approve")
        with pytest.raises(WrongPaperState):
            moved(engine, people.city, plan, "submit")
        assert moved(engine, people.ministry, plan, "approve").state == "approved"

    def test_refuses_a_save_on_what_somebody_else_changed(
        self, engine: Engine, people: People, codes: list[str]
    ) -> None:
        plan = begun(engine, people.city, *codes)
        with writing(engine) as session:
            change_projects(session, people.city, plan.id, expected_version=plan.version, remove=(codes[1],))
        with writing(engine) as session, pytest.raises(StaleWrite):
            change_projects(session, people.city, plan.id, expected_version=plan.version, add=(codes[1],))

    def test_lets_go_of_a_project_wherever_it_names_it(self, engine: Engine, people: People, codes: list[str]) -> None:
        parts = {
            "bundles": [{"name": "组合", "members": codes}],
            "scenarios": [{"name": "缓建", "left_out": [codes[0]]}],
            "scenario_amounts": [{"scenario": "缓建", "code": codes[0], "source": "city"}],
            "bank_matches": [{"bank": "行", "code": codes[0]}],
        }
        with writing(engine) as session:
            document = plan_document(*codes, **parts)
            plan = begin_plan(session, people.city, title="方案", document=document)
        with writing(engine) as session:
            plan = change_projects(session, people.city, plan.id, expected_version=plan.version, remove=(codes[0],))
        kept = read(engine, people.city, plan).document
        assert codes[0] not in kept.model_dump_json()
        assert kept.bundles[0].members == [codes[1]]

    def test_is_no_other_kind_of_paper(self, engine: Engine, people: People, codes: list[str]) -> None:
        with writing(engine) as session:
            other = create_paper(session, people.city, kind="city_plan", title="实施方案", document=plan_document())
        with pytest.raises(NotFound):
            read(engine, people.city, other)

    def test_leaves_an_entry_of_every_export_and_gives_the_same_bytes_again(
        self, engine: Engine, people: People, codes: list[str]
    ) -> None:
        plan = moved(engine, people.city, begun(engine, people.city, *codes), "submit")
        made = []
        for actor in (people.city, people.province):
            with writing(engine) as session:
                made.append(export_plan(session, actor, plan.id, form="xlsx", today=TODAY).content)
        assert made[0] == made[1]
        with reading(engine) as session:
            told = select(AuditEntry.actor_id).where(AuditEntry.action == "plan.export").order_by(col(AuditEntry.id))
            assert list(session.exec(told)) == [people.city.user_id, people.province.user_id]
            assert verify_log(session) is None
