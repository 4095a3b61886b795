"""Section 建设内容与进度: what is built, when, and when it runs."""

from typing import Annotated

from pydantic import BeforeValidator
from sqlmodel import SQLModel

from registry.projects.codes import parse_period
from registry.quantities import Ratio, YesNo, term

SECTION = "content"

Period = Annotated[str, BeforeValidator(parse_period)]
"""A year, a month or a day as far as it is known: `2024`, `2024-09` or `2024-09-30`."""

CONSTRUCTION_STATUS = {"not_started": "未开工", "under_construction": "在建", "completed": "已完工"}


class ContentFields(SQLModel):
    """建设内容与进度."""

    content_summary: Annotated[
        str | None,
        *term(
            "主要建设内容及规模",
            "Content and scale",
            SECTION,
            needed_from="submitted",
            max_length=4000,
            is_fact=False,
            aliases=("建设内容", "项目建设内容"),
        ),
    ] = None
    need_statement: Annotated[
        str | None,
        *term("建设必要性", "Why it is needed", SECTION, needed_from="packaged", max_length=4000, is_fact=False),
    ] = None
    construction_status: Annotated[
        str | None,
        *term(
            "建设状态",
            "State of construction",
            SECTION,
            needed_from="submitted",
            max_length=20,
            choices=CONSTRUCTION_STATUS,
        ),
    ] = None
    construction_progress_ratio: Annotated[
        Ratio | None, *term("工程形象进度", "Progress of works", SECTION, unit="比例", ge=0, le=1)
    ] = None
    construction_start: Annotated[
        Period | None,
        *term("建设期起", "Construction starts", SECTION, unit="年/年月", needed_from="submitted", max_length=10),
    ] = None
    construction_end: Annotated[
        Period | None,
        *term("建设期止", "Construction ends", SECTION, unit="年/年月", needed_from="submitted", max_length=10),
    ] = None
    operation_start: Annotated[
        Period | None, *term("运营期起", "Operation starts", SECTION, unit="年/年月", max_length=10)
    ] = None
    operation_end: Annotated[
        Period | None, *term("运营期止", "Operation ends", SECTION, unit="年/年月", max_length=10)
    ] = None
    is_in_annual_budget: Annotated[YesNo | None, *term("是否列入年度预算", "In this year's budget", SECTION)] = None
