from datetime import date

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from applications import complete_dossier
from conftest import People
from registry.assessments.applying import open_for_library, submit_with_verdict
from registry.assessments.model import Assessment
from registry.assessments.operations import public_packs
from registry.database import reading, writing
from registry.errors import InvalidInput, NotFound
from registry.projects.lifecycle.deadlines import VALIDITY_MONTHS, WARNING_MONTHS
from registry.projects.lifecycle.queries import history
from registry.projects.operations import create_project

DAY = date(2026, 11, 21)


class TestApplying:
    def test_carries_the_verdict_of_the_library(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            code = create_project(session, people.city, complete_dossier(), reason="录入").code
            number = open_for_library(session, people.city, code, library="central-eco-fund").id or 0
            submit_with_verdict(session, people.city, number, expected_version=1, as_of=DAY)
        with reading(engine) as session:
            (event,) = history(session, people.province, code)
            assessment = session.exec(select(Assessment)).one()
        assert event.verdict == {
            "pack": "central-eco-fund",
            "version": "2021",
            "verdict": "insufficient",
            "verdict_zh": "资料不足",
            "verdict_en": "Information missing",
            "assessment": assessment.id,
        }

    def test_asks_for_a_reason_where_the_rules_say_no(self, engine: Engine, people: People) -> None:
        finished = complete_dossier(construction_status="completed")
        with writing(engine) as session:
            code = create_project(session, people.city, finished, reason="录入").code
            number = open_for_library(session, people.city, code, library="central-eco-fund").id or 0
        with pytest.raises(InvalidInput, match="不符合"), writing(engine) as session:
            submit_with_verdict(session, people.city, number, expected_version=1, as_of=DAY)
        with writing(engine) as session:
            moved = submit_with_verdict(
                session, people.city, number, expected_version=1, as_of=DAY, reason="一期已完工，本期为新建内容"
            )
            assert moved.state == "submitted"

    @pytest.mark.parametrize("library", ["project-capital", "no-such-pack"])
    def test_knows_only_libraries(self, engine: Engine, people: People, library: str) -> None:
        with writing(engine) as session:
            code = create_project(session, people.city, complete_dossier(), reason="录入").code
        with pytest.raises(NotFound), writing(engine) as session:
            open_for_library(session, people.city, code, library=library)


def test_the_months_of_validity_are_those_of_the_rule_pack() -> None:
    version = public_packs()["central-eco-fund"].version_on(DAY)
    assert version is not None
    found = version.values_on(DAY)
    assert (found["validity_months"], found["validity_warning_months"]) == (VALIDITY_MONTHS, WARNING_MONTHS)
