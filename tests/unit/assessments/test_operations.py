import json
from datetime import date

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from builders import dossier
from conftest import People
from registry.accounts.model import PUBLIC
from registry.assessments.model import Assessment, AssessmentVerdict
from registry.assessments.operations import assess_project, record_judgement
from registry.assessments.queries import find_assessment, list_assessments
from registry.database import reading, writing
from registry.errors import NotAllowed, NotFound
from registry.projects.operations import create_project, save_project
from registry.settings import HOME

DAY = date(2026, 11, 21)
RIVER = json.loads((HOME / "tests/golden/finance/G4-river-restoration.json").read_text(encoding="utf-8"))["inputs"]


@pytest.fixture
def code(engine: Engine, people: People) -> str:
    with writing(engine) as session:
        return create_project(session, people.city, dossier(financials=RIVER), reason="录入").code


class TestAssessing:
    def test_keeps_one_record_for_one_question(self, engine: Engine, people: People, code: str) -> None:
        with writing(engine) as session:
            first = assess_project(session, people.city, code, as_of=DAY)
            second = assess_project(session, people.ministry, code, as_of=DAY)
        assert first.hash == second.hash
        with reading(engine) as session:
            assert len(session.exec(select(Assessment)).all()) == 1

    def test_gives_the_same_bytes_for_a_past_question(self, engine: Engine, people: People, code: str) -> None:
        with writing(engine) as session:
            first = assess_project(session, people.city, code, as_of=date(2024, 6, 1)).document
        with writing(engine) as session:
            assess_project(session, people.city, code, as_of=DAY)
            again = assess_project(session, people.city, code, as_of=date(2024, 6, 1)).document
        assert first == again

    def test_judges_the_three_libraries_with_clause_and_missing_facts(
        self, engine: Engine, people: People, code: str
    ) -> None:
        with writing(engine) as session:
            document = json.loads(assess_project(session, people.city, code, as_of=DAY).document)
        libraries = {each["pack"]: each for each in document["libraries"] if each["kind"] == "library"}
        assert {"central-eco-fund", "eco-finance-support", "climate-investment"} <= set(libraries)
        for verdict in libraries.values():
            assert verdict["verdict"] == "insufficient"
            assert verdict["missing"]
            assert all(answer["document"] for answer in verdict["answers"])

    def test_prices_before_it_judges(self, engine: Engine, people: People, code: str) -> None:
        with writing(engine) as session:
            assessment = assess_project(session, people.city, code, as_of=DAY)
        result = json.loads(assessment.document)["finance"]["result"]
        assert result["totals"]["total_investment"] == pytest.approx(19500, abs=0.01)
        assert result["indicators"]["project_irr_post_tax"]["status"] == "none"
        assert assessment.firr_post_tax is None

    def test_says_why_there_is_no_price(self, engine: Engine, people: People) -> None:
        broken = {**RIVER, "timeline": {"construction_years": 3, "operation_years": -1}}
        with writing(engine) as session:
            code = create_project(session, people.city, dossier(financials=broken), reason="录入").code
            money = json.loads(assess_project(session, people.city, code, as_of=DAY).document)["finance"]
        assert money["result"] is None
        assert any(finding["path"] == "timeline.operation_years" for finding in money["findings"])

    def test_is_kept_beside_the_verdict_of_each_pack(self, engine: Engine, people: People, code: str) -> None:
        with writing(engine) as session:
            assessment = assess_project(session, people.city, code, as_of=DAY)
        with reading(engine) as session:
            rows = session.exec(select(AssessmentVerdict)).all()
        assert {row.pack_id: row.verdict for row in rows} == {
            each["pack"]: each["verdict"] for each in json.loads(assessment.document)["libraries"]
        }

    def test_belongs_to_the_revision_it_judged(self, engine: Engine, people: People, code: str) -> None:
        with writing(engine) as session:
            assess_project(session, people.city, code, as_of=DAY)
            save_project(session, people.city, code, dossier(name="改名工程"), expected_revision=1, reason="改")
            assess_project(session, people.city, code, as_of=DAY)
        with reading(engine) as session:
            found = list_assessments(session, people.city, code)
            assert [each.revision_number for each in found] == [2, 1]
            assert find_assessment(session, people.city, code).revision_number == 2

    def test_is_nothing_for_other_eyes(self, engine: Engine, people: People, code: str) -> None:
        with writing(engine) as session:
            assess_project(session, people.city, code, as_of=DAY)
        with reading(engine) as session, pytest.raises(NotFound):
            list_assessments(session, people.other_city, code)
        with pytest.raises(NotFound), writing(engine) as session:
            assess_project(session, people.bank, code, as_of=DAY)
        with pytest.raises(NotAllowed), writing(engine) as session:
            assess_project(session, PUBLIC, code, as_of=DAY)


class TestJudgements:
    def _rule(self, engine: Engine, people: People, code: str) -> tuple[str, str]:
        with writing(engine) as session:
            document = json.loads(assess_project(session, people.city, code, as_of=DAY).document)
        return next(
            (verdict["pack"], answer["rule"])
            for verdict in document["libraries"]
            for answer in verdict["answers"]
            if answer["question"] is not None
        )

    def test_are_a_named_persons_with_a_reason(self, engine: Engine, people: People, code: str) -> None:
        pack, rule = self._rule(engine, people, code)
        with writing(engine) as session:
            record_judgement(
                session, people.province, code, pack=pack, rule=rule, is_met=True, reason="现场核实", as_of=DAY
            )
        with writing(engine) as session:
            document = json.loads(assess_project(session, people.city, code, as_of=DAY).document)
        (verdict,) = (each for each in document["libraries"] if each["pack"] == pack)
        (answer,) = (each for each in verdict["answers"] if each["rule"] == rule)
        assert answer["judgement"]["person"] == people.province.display_name
        assert answer["judgement"]["reason"] == "现场核实"

    def test_are_not_the_citys_to_give(self, engine: Engine, people: People, code: str) -> None:
        pack, rule = self._rule(engine, people, code)
        with pytest.raises(NotAllowed), writing(engine) as session:
            record_judgement(session, people.city, code, pack=pack, rule=rule, is_met=True, reason="自评", as_of=DAY)

    def test_answer_only_rules_that_ask_a_person(self, engine: Engine, people: People, code: str) -> None:
        with pytest.raises(NotFound), writing(engine) as session:
            record_judgement(
                session, people.ministry, code, pack="central-eco-fund", rule="none", is_met=True, reason="x", as_of=DAY
            )
