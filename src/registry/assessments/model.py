"""One project judged and priced 预审结论: an unchanging record, and what is read off it for lists."""

import datetime as dt
from typing import Any, ClassVar

from sqlalchemy import Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.database import UtcDateTime
from registry.eligibility.model import Judgement


class Assessment(SQLModel, table=True):
    """One project revision judged on one governing date.

    `document` is the whole answer: pack versions, verdicts with their explanation, finance inputs and results. The
    same revision, date, packs, judgements and engine give the same bytes, so `hash` is unique. The columns after it
    repeat what lists and analytics ask for; None is unknown or does not exist.
    """

    __tablename__: ClassVar[str] = "assessment"
    __table_args__: ClassVar[Any] = (Index("ix_assessment_latest", "project_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    revision_number: int
    governing_date: dt.date
    engine_version: str = Field(max_length=40)
    document: str = Field(sa_type=Text)
    hash: str = Field(max_length=64, unique=True)
    author_id: int | None = Field(default=None, foreign_key="user_account.id")
    created_at: dt.datetime = Field(sa_type=UtcDateTime)

    firr_pre_tax: float | None = None
    firr_post_tax: float | None = None
    capital_irr: float | None = None
    fnpv_post_tax: float | None = None
    payback_years: float | None = None
    dscr_min: float | None = None
    dscr_average: float | None = None
    coverage: float | None = None
    finance_facts: str = Field(default="{}", sa_type=Text)
    """The figures rules read of the evaluation, as JSON: screening joins them without opening every document."""
    rights: str = Field(default="[]", sa_type=Text)
    """Income from environmental rights as JSON, a line each: what reports add up without opening every document."""


class AssessmentVerdict(SQLModel, table=True):
    """The verdict of one pack in one assessment."""

    __tablename__: ClassVar[str] = "assessment_verdict"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("assessment_id", "pack_id", name="uq_assessment_verdict"),
        Index("ix_assessment_verdict_pack", "pack_id", "verdict"),
    )

    id: int | None = Field(default=None, primary_key=True)
    assessment_id: int = Field(foreign_key="assessment.id")
    pack_id: str = Field(max_length=60)
    pack_version: str = Field(max_length=40)
    verdict: str = Field(max_length=20)
    fail_count: int
    unknown_count: int
    judgement_count: int


class PrivatePack(SQLModel, table=True):
    """内部规则包: a bank's own credit policy, seen and used by that bank alone. In force while `ended_at` is empty."""

    __tablename__: ClassVar[str] = "private_pack"
    __table_args__: ClassVar[Any] = (Index("ix_private_pack_organisation", "organisation_id", "pack_id"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    pack_id: str = Field(max_length=80)
    files: str = Field(sa_type=Text)
    """JSON: path within the pack to the text of the file."""
    uploaded_by: int = Field(foreign_key="user_account.id")
    uploaded_at: dt.datetime = Field(sa_type=UtcDateTime)
    ended_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)


class RecordedJudgement(SQLModel, table=True):
    """人工判断: a named person's answer to a rule only a person can decide, valid for that pack version alone."""

    __tablename__: ClassVar[str] = "recorded_judgement"
    __table_args__: ClassVar[Any] = (
        Index("ix_recorded_judgement_rule", "project_id", "pack_id", "pack_version", "rule_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    pack_id: str = Field(max_length=60)
    pack_version: str = Field(max_length=40)
    rule_id: str = Field(max_length=80)
    is_met: bool
    reason: str = Field(max_length=1000)
    person_id: int = Field(foreign_key="user_account.id")
    person_name: str = Field(max_length=60)
    decided_at: dt.datetime = Field(sa_type=UtcDateTime)

    def as_answer(self) -> Judgement:
        """Return what the rule engine reads of it."""
        return Judgement(
            pack=self.pack_id,
            version=self.pack_version,
            rule=self.rule_id,
            answer=self.is_met,
            person=self.person_name,
            reason=self.reason,
            decided_on=self.decided_at.date(),
        )
