from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine

from builders import dossier
from conftest import People
from registry.accounts.model import PUBLIC, Organisation
from registry.database import reading, writing
from registry.errors import InvalidInput, NotAllowed, NotFound, StaleWrite
from registry.projects.banks.funding import with_loans
from registry.projects.banks.model import LoanDecision
from registry.projects.banks.operations import (
    accept_loan,
    answer_request,
    ask_for_information,
    read_loan_terms,
    record_loan_decision,
    set_interest,
)
from registry.projects.banks.queries import information_requests, interests, loan_decisions, my_shortlist
from registry.projects.columns import LINE_SCHEMA, read_funding_lines
from registry.projects.notices.queries import my_notices
from registry.projects.operations import create_project, release_project
from registry.projects.queries import read_dossier

LOAN: dict[str, Any] = {
    "source": "policy_bank_loan",
    "is_approved": True,
    "amount": "6000",
    "rate": 0.031,
    "term_years": 20,
    "conditions": "资本金先到位",
    "decided_on": "2026-05-06",
}
PLANNED = [
    {"source": "policy_bank_loan", "year": 2026, "amount": "4000", "status": "planned"},
    {"source": "policy_bank_loan", "year": 2027, "amount": "4000", "status": "planned"},
    {"source": "city", "year": 2026, "amount": "3000", "status": "secured"},
]


@pytest.fixture
def code(engine: Engine, people: People) -> str:
    with writing(engine) as session:
        code = create_project(session, people.city, dossier(funding_lines=PLANNED), reason="录入").code
        for bank in (people.bank, people.other_bank):
            release_project(session, people.city, code, organisation_id=bank.organisation_id)
        return code


def _decide(engine: Engine, people: People, code: str, **changes: Any) -> LoanDecision:
    with writing(engine) as session:
        return record_loan_decision(session, people.bank, code, read_loan_terms(LOAN | changes))


class TestInterest:
    def test_is_for_banks_the_project_was_released_to(self, engine: Engine, people: People, code: str) -> None:
        for actor in (people.city, people.province, people.ministry, PUBLIC):
            with pytest.raises(NotAllowed), writing(engine) as session:
                set_interest(session, actor, code, stage="interested")
        with writing(engine) as session:
            unreleased = create_project(session, people.city, dossier(), reason="录入").code
        with pytest.raises(NotFound), writing(engine) as session:
            set_interest(session, people.bank, unreleased, stage="interested")

    def test_moves_to_the_short_list_and_is_hidden_from_other_banks(
        self, engine: Engine, people: People, code: str
    ) -> None:
        with writing(engine) as session:
            set_interest(session, people.bank, code, stage="interested", note="绿色信贷额度充足")
            set_interest(session, people.bank, code, stage="shortlisted")
        with reading(engine) as session:
            assert [each.stage for each in interests(session, people.city, code)] == ["shortlisted"]
            assert interests(session, people.other_bank, code) == []
            assert my_shortlist(session, people.bank) == [code]
            assert len(my_notices(session, people.city)) == 2

    def test_knows_its_stages(self, engine: Engine, people: People, code: str) -> None:
        with pytest.raises(InvalidInput, match="列入备选"), writing(engine) as session:
            set_interest(session, people.bank, code, stage="maybe")


class TestQuestions:
    def test_are_answered_once_and_the_bank_is_told(self, engine: Engine, people: People, code: str) -> None:
        with writing(engine) as session:
            number = ask_for_information(session, people.bank, code, question="请提供可研批复").id or 0
            answer_request(session, people.city, code, number, answer="已上传")
        with pytest.raises(StaleWrite), writing(engine) as session:
            answer_request(session, people.city, code, number, answer="再答")
        with reading(engine) as session:
            assert [each.answer for each in information_requests(session, people.bank, code)] == ["已上传"]
            assert information_requests(session, people.other_bank, code) == []
            assert "已上传" in my_notices(session, people.bank)[0].text_zh


class TestALoanDecision:
    def test_counts_only_once_the_city_accepts_it(self, engine: Engine, people: People, code: str) -> None:
        number = _decide(engine, people, code).id or 0
        assert read_funding_lines(engine, people.city)["status"].to_list() == ["planned", "planned", "secured"]
        with writing(engine) as session:
            accept_loan(session, people.city, code, number)
        lines = read_funding_lines(engine, people.city)
        assert lines.select("source", "year", "amount_fen", "status").rows() == [
            ("policy_bank_loan", 2027, 2_000_000_000, "planned"),
            ("city", 2026, 3_000_000_000, "secured"),
            ("policy_bank_loan", None, 6_000_000_000, "secured"),
        ]
        with reading(engine) as session:
            _, document = read_dossier(session, people.city, code)
            assert [line.amount for line in document.funding_lines] == [Decimal(4000), Decimal(4000), Decimal(3000)]

    def test_is_hidden_from_other_banks_and_the_public(self, engine: Engine, people: People, code: str) -> None:
        number = _decide(engine, people, code).id or 0
        with writing(engine) as session:
            accept_loan(session, people.city, code, number)
            release_project(session, people.city, code, organisation_id=None)
        for actor in (people.other_bank, PUBLIC):
            assert "secured" not in read_funding_lines(engine, actor).filter(pl.col("source") != "city")["status"]
            with reading(engine) as session:
                assert loan_decisions(session, actor, code) == []
        assert read_funding_lines(engine, people.ministry).filter(pl.col("year").is_null()).height == 1
        assert read_funding_lines(engine, people.bank).filter(pl.col("year").is_null()).height == 1

    def test_of_a_branch_is_seen_by_its_head_office(self, engine: Engine, people: People, code: str) -> None:
        number = _decide(engine, people, code).id or 0
        with writing(engine) as session:
            accept_loan(session, people.city, code, number)
            branch = session.get_one(Organisation, people.bank.organisation_id)
            branch.parent_id = people.other_bank.organisation_id
            session.add(branch)
        with reading(engine) as session:
            assert [each.id for each in loan_decisions(session, people.other_bank, code)] == [number]
        assert read_funding_lines(engine, people.other_bank).filter(pl.col("year").is_null()).height == 1

    def test_stops_counting_when_the_bank_replaces_it(self, engine: Engine, people: People, code: str) -> None:
        number = _decide(engine, people, code).id or 0
        with writing(engine) as session:
            accept_loan(session, people.city, code, number)
        refusal = {"is_approved": False, "amount": None, "rate": None, "term_years": None, "conditions": "担保不足"}
        second = _decide(engine, people, code, **refusal).id or 0
        assert read_funding_lines(engine, people.city).height == 3
        for stale in (number, second):
            with pytest.raises(StaleWrite), writing(engine) as session:
                accept_loan(session, people.city, code, stale)

    @pytest.mark.parametrize(
        ("changes", "paths"),
        [
            ({"amount": None, "rate": None}, ["amount", "rate"]),
            ({"amount": "0"}, ["amount"]),
            ({"amount": "0.0000001"}, ["amount"]),
            ({"rate": 3.1}, ["rate"]),
            ({"rate": True}, ["rate"]),
            ({"source": "special_bond"}, ["source"]),
            ({"is_approved": False}, ["amount", "rate", "term_years"]),
            ({"surprise": 1}, ["surprise"]),
        ],
    )
    def test_is_refused_with_every_flaw(self, changes: dict[str, Any], paths: list[str]) -> None:
        with pytest.raises(InvalidInput) as refused:
            read_loan_terms(LOAN | changes)
        assert [finding.path for finding in refused.value.findings] == paths

    def test_cannot_be_accepted_by_another_city(self, engine: Engine, people: People, code: str) -> None:
        number = _decide(engine, people, code).id or 0
        with pytest.raises(NotFound), writing(engine) as session:
            accept_loan(session, people.other_city, code, number)


class TestTheMix:
    @staticmethod
    def _lines(*rows: tuple[Any, ...]) -> pl.DataFrame:
        return pl.DataFrame(list(rows), schema=dict(LINE_SCHEMA), orient="row")

    @staticmethod
    def _loans(*rows: tuple[Any, ...]) -> pl.DataFrame:
        schema = {name: LINE_SCHEMA[name] for name in ("project_id", "source", "amount_fen")}
        return pl.DataFrame(list(rows), schema=schema, orient="row")

    def test_takes_what_is_called_secured_first(self) -> None:
        lines = self._lines((1, "commercial_loan", 2026, 70, "planned"), (1, "commercial_loan", 2026, 30, "secured"))
        merged = with_loans(lines, self._loans((1, "commercial_loan", 50)))
        assert merged.rows() == [
            (1, "commercial_loan", 2026, 50, "planned"),
            (1, "commercial_loan", None, 50, "secured"),
        ]

    def test_keeps_unknown_amounts_and_other_projects(self) -> None:
        lines = self._lines(
            (1, "commercial_loan", 2026, None, "planned"),
            (2, "commercial_loan", 2026, 40, "planned"),
            (3, "city", 1, 0, "gap"),
        )
        merged = with_loans(lines, self._loans((1, "commercial_loan", 50)))
        assert merged.rows() == [
            (1, "commercial_loan", 2026, None, "planned"),
            (1, "commercial_loan", None, 50, "secured"),
            (2, "commercial_loan", 2026, 40, "planned"),
            (3, "city", 1, 0, "gap"),
        ]

    def test_counts_a_loan_beyond_the_plan_in_full(self) -> None:
        lines = self._lines((1, "commercial_loan", 2026, 40, "planned"))
        merged = with_loans(lines, self._loans((1, "commercial_loan", 50), (1, "commercial_loan", 25)))
        assert merged["amount_fen"].to_list() == [50, 25]
