import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from builders import dossier
from conftest import People
from registry import jobs
from registry.accounts.model import PUBLIC
from registry.assessments.model import Assessment
from registry.assessments.operations import assess_project, record_judgement
from registry.assessments.screening import BATCH, assess_in_batches, registry_facts, screen_registry, verdict_counts
from registry.assessments.work import SCREEN, enqueue_screening, handlers
from registry.database import reading, writing
from registry.errors import NotAllowed
from registry.projects.banks.operations import accept_loan, read_loan_terms, record_loan_decision
from registry.projects.operations import create_project, release_project, save_project
from registry.settings import HOME

DAY = date(2026, 11, 21)
RIVER = json.loads((HOME / "tests/golden/finance/G4-river-restoration.json").read_text(encoding="utf-8"))["inputs"]
SEWAGE = json.loads((HOME / "tests/golden/finance/G1-sewage-network-plant.json").read_text(encoding="utf-8"))["inputs"]


@pytest.fixture
def codes(engine: Engine, people: People) -> list[str]:
    with writing(engine) as session:
        made = [
            dossier(financials=RIVER, implementation_mode="eod"),
            dossier(financials=SEWAGE, is_loan_approved=True, has_hidden_debt=True),
            dossier(name="空白工程", total_investment=None, funding_lines=[], city_code=None),
        ]
        return [create_project(session, people.city, each, reason="录入").code for each in made]


def found(engine: Engine, people: People, **kwargs: object) -> dict[tuple[int, str], tuple[object, ...]]:
    frame = screen_registry(engine, people.city, as_of=DAY)
    return {(row[0], row[1]): row[2:7] for row in frame.iter_rows()}


class TestScreeningTheRegistry:
    def test_agrees_with_the_assessment_of_each_project(self, engine: Engine, people: People, codes: list[str]) -> None:
        with writing(engine) as session:
            kept = [assess_project(session, people.city, code, as_of=DAY) for code in codes]
        screened = found(engine, people)
        expected = {
            (each.project_id, verdict["pack"]): (
                verdict["version"],
                verdict["verdict"],
                verdict["n_fail"],
                verdict["n_unknown"],
                verdict["n_judgement"],
            )
            for each in kept
            for verdict in json.loads(each.document)["libraries"]
        }
        assert screened == expected
        assert {row[1] for row in screened.values()} >= {"ineligible", "insufficient"}

    def test_knows_no_figure_of_a_revision_that_was_not_assessed(
        self, engine: Engine, people: People, codes: list[str]
    ) -> None:
        with writing(engine) as session:
            before = assess_project(session, people.city, codes[1], as_of=DAY).project_id
        with_figures = found(engine, people)[before, "fixed-asset-loan"]
        with writing(engine) as session:
            changed = dossier(financials=SEWAGE, is_loan_approved=True, name="改名")
            save_project(session, people.city, codes[1], changed, expected_revision=1, reason="改")
        without = found(engine, people)[before, "fixed-asset-loan"]
        assert int(str(without[3])) > int(str(with_figures[3]))

    def test_reads_the_plan_as_the_dossier_states_it_whatever_a_bank_decided(
        self, engine: Engine, people: People
    ) -> None:
        planned = [{"source": "policy_bank_loan", "year": 2026, "amount": "8000", "status": "planned"}]
        terms: dict[str, Any] = {
            "source": "policy_bank_loan",
            "is_approved": True,
            "amount": "9000",
            "decided_on": "2026-05-06",
        }
        terms |= {"rate": 0.031, "term_years": 20}
        with writing(engine) as session:
            code = create_project(session, people.city, dossier(funding_lines=planned), reason="录入").code
            release_project(session, people.city, code, organisation_id=people.bank.organisation_id)
            loan = record_loan_decision(session, people.bank, code, read_loan_terms(terms))
            accept_loan(session, people.city, code, loan.id or 0)
        assert registry_facts(engine, people.city)["funding_policy_bank_loan"].to_list() == [8000]

    def test_counts_a_decision_a_person_made(self, engine: Engine, people: People, codes: list[str]) -> None:
        with writing(engine) as session:
            document = json.loads(assess_project(session, people.city, codes[0], as_of=DAY).document)
            asked = next(
                (library["pack"], answer["rule"])
                for library in document["libraries"]
                for answer in library["answers"]
                if answer["status"] == "judgement" and answer["severity"] == "block"
            )
        project = min(key[0] for key in found(engine, people))
        before = found(engine, people)[project, asked[0]]
        with writing(engine) as session:
            record_judgement(
                session, people.province, codes[0], pack=asked[0], rule=asked[1], is_met=True, reason="已核", as_of=DAY
            )
        after = found(engine, people)[project, asked[0]]
        assert int(str(before[4])) - int(str(after[4])) == 1

    def test_shows_only_what_the_actor_may_see(self, engine: Engine, people: People, codes: list[str]) -> None:
        assert screen_registry(engine, people.other_city, as_of=DAY).is_empty()
        assert screen_registry(engine, people.ministry, as_of=DAY)["project_id"].n_unique() == len(codes)
        with pytest.raises(NotAllowed):
            screen_registry(engine, PUBLIC, as_of=DAY)

    def test_counts_every_verdict_also_those_nobody_has(self, engine: Engine, people: People, codes: list[str]) -> None:
        counts = verdict_counts(screen_registry(engine, people.city, as_of=DAY, libraries=["central-eco-fund"]))
        assert set(counts) == {"central-eco-fund"}
        assert sum(counts["central-eco-fund"].values()) == len(codes)
        assert set(counts["central-eco-fund"]) == {"eligible", "ineligible", "insufficient", "judgement"}


class TestTheScreeningJob:
    def test_assesses_every_project_and_tells_the_counts(
        self, engine: Engine, people: People, codes: list[str]
    ) -> None:
        with writing(engine) as session:
            job = enqueue_screening(session, people.city, as_of=DAY)
        assert jobs.run_next(engine, handlers(engine)) == job
        with reading(engine) as session:
            done = jobs.find_job(session, job, requested_by=people.city.user_id)
            kept = len(session.exec(select(Assessment)).all())
        assert (done.state, done.progress, done.total, kept) == ("done", 3, 3, 3)
        result = json.loads(done.result or "")
        assert result["projects"] == 3
        assert sum(result["verdicts"]["cross-library"].values()) == 3
        assert result["findings"] == []

    def test_goes_on_where_it_was_interrupted(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            for number in range(BATCH + 2):
                create_project(session, people.city, dossier(name=f"第{number}号工程"), reason="录入")
        first = next(assess_in_batches(engine, people.city, as_of=DAY))
        assert (first.done, first.total, len(first.assessments)) == (BATCH, BATCH + 2, BATCH)
        (rest,) = assess_in_batches(engine, people.city, as_of=DAY, start=first.done)
        assert (rest.done, len(rest.assessments)) == (BATCH + 2, 2)

    def test_is_refused_to_the_public(self, engine: Engine, people: People) -> None:
        with writing(engine) as session, pytest.raises(NotAllowed):
            enqueue_screening(session, PUBLIC, as_of=DAY)

    def test_is_named_as_the_interface_says(self, engine: Engine) -> None:
        assert SCREEN == "screen-registry"
        assert SCREEN in handlers(engine)
