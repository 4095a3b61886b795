"""典型案例: model cases of ecological communities 生态社区 and of 美丽细胞, and what is recorded of each.

A field is declared once, on `CaseFields`; table, form, workbook and API read it from there.
"""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field, SQLModel

from registry.database import UtcDateTime
from registry.projects.lines import Line
from registry.quantities import Integer, Money, Number, money_term, term

KINDS: dict[str, str] = {
    "community": "生态社区",
    "park": "园区",
    "enterprise": "企业",
    "school": "学校",
    "street": "街道",
    "courtyard": "庭院",
}
"""生态社区 of article (七), and the five 美丽细胞 of article (八) of the plan."""

COMMUNITY_GOAL = 100
GOAL_SOURCE = (
    "《美丽城市建设实施方案》（2025-01-14）（七）：到2027年，公开展示100个左右生态社区典型案例",
    "Plan for Beautiful City building (2025-01-14), article 7: about 100 model cases of communities shown by 2027",
)

_SECTION = "model_case"


def _part(zh: str, en: str, **more: Any) -> tuple[Any, ...]:
    return term(zh, en, _SECTION, is_fact=False, **more)


class CaseFields(Line):
    """What a case tells. A figure left out is unknown, never zero."""

    kind: Annotated[str, *_part("类型", "Kind", choices=KINDS, max_length=20)]
    title: Annotated[str, *_part("案例名称", "Title", max_length=100)]
    city_code: Annotated[str, *_part("行政区划代码", "Division code", max_length=6)]
    place: Annotated[str | None, *_part("地点", "Place", max_length=200)] = None
    year: Annotated[Integer | None, *_part("建成年份", "Year completed", unit="年", ge=1990, le=2100)] = None
    summary: Annotated[str | None, *_part("案例简介", "Summary", max_length=500)] = None
    practice: Annotated[str | None, *_part("主要做法", "Practice", max_length=4000)] = None
    results: Annotated[str | None, *_part("成效", "Results", max_length=4000)] = None
    site_area_m2: Annotated[Number | None, *_part("面积", "Area", unit="m²", ge=0, le=1e10)] = None
    people_served: Annotated[Integer | None, *_part("受益人数", "People served", unit="人", ge=0, le=1e9)] = None
    investment: Annotated[Money | None, *money_term("投资", "Investment", _SECTION, is_fact=False)] = None
    emission_reduction_tco2e: Annotated[
        Number | None, *_part("年减排量", "Emission reduction a year", unit="tCO₂e", ge=0, le=1e9)
    ] = None
    figures_source: Annotated[str | None, *_part("数据来源", "Source of the figures", max_length=300)] = None
    project_code: Annotated[str | None, *_part("关联项目编号", "Project", max_length=20)] = None


FIGURES = ("site_area_m2", "people_served", "investment", "emission_reduction_tco2e")
"""Numbers of a case: to be shown they need a source."""


class ModelCase(SQLModel, table=True):
    """案例: its record as a document, beside what lists need of it. `version` counts saves and moves."""

    __tablename__: ClassVar[str] = "model_case"
    __table_args__: ClassVar[Any] = (
        CheckConstraint("version >= 1", name="version_from_one"),
        Index("ix_model_case_owner", "owner_id"),
        Index("ix_model_case_state", "state", "kind"),
    )

    id: int | None = Field(default=None, primary_key=True)
    owner_id: int = Field(foreign_key="organisation.id")
    kind: str = Field(max_length=20)
    title: str = Field(max_length=100)
    city_code: str = Field(max_length=6)
    project_id: int | None = Field(default=None, foreign_key="project.id")
    document: str = Field(sa_type=Text)
    state: str = Field(max_length=20)
    state_since: datetime = Field(sa_type=UtcDateTime)
    version: int = 1
    embargo_until: date | None = None
    was_shown: bool = False
    """Once shown to the public, so that a withdrawn case may say so; one that never was is not spoken of."""
    is_demo: bool = False
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class ModelCaseEvent(SQLModel, table=True):
    """One move of a case, with the reason given: only ever added."""

    __tablename__: ClassVar[str] = "model_case_event"

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="model_case.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor_id: int | None = Field(default=None, foreign_key="user_account.id")
    action: str = Field(max_length=20)
    from_state: str = Field(max_length=20)
    to_state: str = Field(max_length=20)
    reason: str = Field(sa_type=Text)


class CasePicture(SQLModel, table=True):
    """A picture of a case. Its file lies in the document store; it is shown with the case, and only then."""

    __tablename__: ClassVar[str] = "case_picture"

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="model_case.id", index=True)
    sha256: str = Field(foreign_key="stored_file.sha256", max_length=64)
    media_type: str = Field(max_length=100)
    size: int
    caption: str = Field(max_length=200)
    uploaded_by: int | None = Field(default=None, foreign_key="user_account.id")
    uploaded_at: datetime = Field(sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
