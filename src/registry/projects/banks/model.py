"""Banks and projects 金融机构对接: interest, questions, short list, loan decisions."""

import datetime as dt
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.database import UtcDateTime
from registry.quantities import Fen

INTEREST_STAGES: dict[str, tuple[str, str]] = {
    "interested": ("有意向", "Interested"),
    "shortlisted": ("列入备选", "Short-listed"),
    "dropped": ("不再跟进", "Dropped"),
}
LOAN_SOURCES: dict[str, str] = {"policy_bank_loan": "政策性、开发性银行贷款", "commercial_loan": "商业银行贷款"}
"""The funding sources a loan decision may secure, as in `FUNDING_SOURCES`."""


class BankInterest(SQLModel, table=True):
    """对接意向: where one bank stands with one project."""

    __tablename__: ClassVar[str] = "bank_interest"
    __table_args__: ClassVar[Any] = (UniqueConstraint("project_id", "organisation_id", name="uq_bank_interest"),)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    stage: str = Field(max_length=20)
    note: str = Field(default="", sa_type=Text)
    changed_by: int | None = Field(default=None, foreign_key="user_account.id")
    changed_at: dt.datetime = Field(sa_type=UtcDateTime)


class InformationRequest(SQLModel, table=True):
    """补充资料请求: a bank's question and the city's answer. None: not answered yet."""

    __tablename__: ClassVar[str] = "information_request"

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    question: str = Field(sa_type=Text)
    asked_by: int | None = Field(default=None, foreign_key="user_account.id")
    asked_at: dt.datetime = Field(sa_type=UtcDateTime)
    answer: str | None = Field(default=None, sa_type=Text)
    answered_by: int | None = Field(default=None, foreign_key="user_account.id")
    answered_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)


class LoanDecision(SQLModel, table=True):
    """贷款决定, written back by the bank; never changed, only replaced by the next.

    `accepted_at` is when the city agreed that this is the loan of its dossier: from then on it counts in the funding
    mix as secured (decision 0022). A refusal has no amount.
    """

    __tablename__: ClassVar[str] = "loan_decision"
    __table_args__: ClassVar[Any] = (
        CheckConstraint("NOT is_approved OR (amount > 0 AND term_years > 0)", name="approved_has_terms"),
        CheckConstraint("accepted_at IS NULL OR is_approved", name="accepted_is_approved"),
    )

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    source: str = Field(max_length=30)
    is_approved: bool
    amount: Decimal | None = Field(default=None, sa_type=Fen)
    rate: float | None = None
    term_years: float | None = None
    conditions: str = Field(default="", sa_type=Text)
    decided_on: dt.date
    decided_by: int | None = Field(default=None, foreign_key="user_account.id")
    recorded_at: dt.datetime = Field(sa_type=UtcDateTime)
    accepted_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    accepted_by: int | None = Field(default=None, foreign_key="user_account.id")
    replaced_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
