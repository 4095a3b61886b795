"""The project record 项目: what it holds, and the tables that keep it.

Each field is declared once, in `fields/` and `lines.py`. The revision is the truth: a full document, never changed.
`project` and `funding_line` are projections of the latest revision, for lists, rules and analytics.
"""

from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict
from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.database import UtcDateTime
from registry.projects.fields.beautiful_city import BeautifulCityFields
from registry.projects.fields.climate import ClimateFields
from registry.projects.fields.compliance import ComplianceFields
from registry.projects.fields.content import ContentFields
from registry.projects.fields.identity import IdentityFields
from registry.projects.fields.investment import InvestmentFields
from registry.projects.fields.lending import LendingFields
from registry.projects.fields.rights import RightsFields
from registry.projects.fields.treatment import TreatmentFields
from registry.projects.financials import FinancialCase
from registry.projects.lines import (
    Approval,
    Benefit,
    BondIssuance,
    ChecklistDocument,
    Component,
    FundingLine,
    Line,
    PerformanceGoal,
)
from registry.projects.rights import INSTRUMENTS, rights_lines

SECTIONS: dict[str, tuple[str, str, type[SQLModel]]] = {
    "identity": ("基本信息", "Identity", IdentityFields),
    "content": ("建设内容与进度", "Content and progress", ContentFields),
    "investment": ("投资与收益", "Investment and income", InvestmentFields),
    "beautiful_city": ("美丽城市建设", "Beautiful City plan", BeautifulCityFields),
    "compliance": ("实施与合规", "Implementation and compliance", ComplianceFields),
    "treatment": ("污染治理与生态修复", "Treatment and restoration", TreatmentFields),
    "climate": ("气候投融资", "Climate investment", ClimateFields),
    "lending": ("融资条件", "Borrowing conditions", LendingFields),
    "rights": ("资源环境权益与转型金融", "Environmental rights and transition finance", RightsFields),
}


class ProjectFields(
    IdentityFields,
    ContentFields,
    InvestmentFields,
    BeautifulCityFields,
    ComplianceFields,
    TreatmentFields,
    ClimateFields,
    LendingFields,
    RightsFields,
):
    """All scalar fields of a project. In a draft a value may be missing (None), never wrong."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)  # type: ignore[assignment]


class Dossier(ProjectFields):
    """The whole project document 项目档案: scalar fields, child records and the inputs of the evaluation."""

    funding_lines: Annotated[list[FundingLine], Field(title="资金来源")] = []
    bond_issuances: Annotated[list[BondIssuance], Field(title="专项债券发行记录")] = []
    approvals: Annotated[list[Approval], Field(title="审批文件")] = []
    components: Annotated[list[Component], Field(title="子项目")] = []
    benefits: Annotated[list[Benefit], Field(title="年度环境效益")] = []
    performance_goals: Annotated[list[PerformanceGoal], Field(title="绩效目标")] = []
    documents: Annotated[list[ChecklistDocument], Field(title="资料清单")] = []
    financials: Annotated[FinancialCase | None, Field(title="财务测算输入")] = None

    LINES: ClassVar[dict[str, type[Line]]] = {
        "funding_lines": FundingLine,
        "bond_issuances": BondIssuance,
        "approvals": Approval,
        "components": Component,
        "benefits": Benefit,
        "performance_goals": PerformanceGoal,
        "documents": ChecklistDocument,
    }


class Project(ProjectFields, table=True):
    """项目: the latest revision's scalar fields, and what the registry itself knows."""

    __tablename__: ClassVar[str] = "project"
    __table_args__: ClassVar[Any] = (
        CheckConstraint("revision_number >= 1", name="revision_number_from_one"),
        # A city's list is in order of code: with both in one index a page reads its own rows only.
        Index("ix_project_owner_code", "owner_id", "code"),
        # All that a sum of investment by place needs, so that a nation is summed without reading its projects.
        Index("ix_project_place_sum", "city_code", "total_investment"),
        Index("ix_project_updated", "updated_at"),
        # The same by number, with whose it is: sums over applications read their projects' amounts here.
        Index("ix_project_sum", "id", "owner_id", "city_code", "total_investment"),
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=20, unique=True)
    owner_id: int = Field(foreign_key="organisation.id")
    revision_number: int
    import_key: str | None = Field(default=None, max_length=64, index=True)
    is_demo: bool = False
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    performance_goal_count: int = 0
    component_count: int = 0
    quantified_benefit_count: int = 0
    ccer_count: int = 0
    pollution_rights_count: int = 0
    ecological_compensation_count: int = 0
    ecological_product_count: int = 0


def record_counts(dossier: Dossier) -> dict[str, int]:
    """Return how many child records of each kind rules ask about, as kept on the project row."""
    return {
        "performance_goal_count": len(dossier.performance_goals),
        "component_count": len(dossier.components),
        "quantified_benefit_count": sum(benefit.value is not None for benefit in dossier.benefits),
        **_instrument_counts(dossier),
    }


def _instrument_counts(dossier: Dossier) -> dict[str, int]:
    named = [line.instrument for line in rights_lines(dossier.financials)]
    return {f"{instrument}_count": named.count(instrument) for instrument in INSTRUMENTS}


class ProjectRevision(SQLModel, table=True):
    """修订: one immutable save. `hash` covers the document, its author, time and reason, and the hash before it."""

    __tablename__: ClassVar[str] = "project_revision"
    __table_args__: ClassVar[Any] = (UniqueConstraint("project_id", "number", name="uq_project_revision_number"),)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    number: int
    document: str = Field(sa_type=Text)
    author_id: int | None = Field(default=None, foreign_key="user_account.id")
    reason: str = Field(max_length=300)
    saved_at: datetime = Field(sa_type=UtcDateTime)
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class CodeCounter(SQLModel, table=True):
    """The last project number given out: one row, locked while a writer takes codes."""

    __tablename__: ClassVar[str] = "code_counter"

    id: int = Field(default=1, primary_key=True)
    last: int = 0


class FundingLineRow(FundingLine, table=True):
    """One funding line of the latest revision."""

    __tablename__: ClassVar[str] = "funding_line"

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)


class ChecklistDocumentRow(ChecklistDocument, table=True):
    """One checklist entry of the latest revision."""

    __tablename__: ClassVar[str] = "checklist_document"

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)


PROJECTIONS: dict[str, type[FundingLineRow] | type[ChecklistDocumentRow]] = {
    "funding_lines": FundingLineRow,
    "documents": ChecklistDocumentRow,
}
"""Child records that must be summed or counted over many projects, and so have a table of their own."""


class ProjectRelease(SQLModel, table=True):
    """放行: the owner lets a bank (or, without an organisation, the public) see the project."""

    __tablename__: ClassVar[str] = "project_release"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("project_id", "organisation_id", name="uq_project_release"),
        Index("ix_project_release_organisation", "organisation_id", "project_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id")
    released_at: datetime = Field(sa_type=UtcDateTime)
