"""Section 基本信息: what the project is called, where it is and who carries it."""

from typing import Annotated

from pydantic import AfterValidator
from sqlmodel import SQLModel

from registry.projects.codes import check_approval_code, check_credit_code, check_division_code
from registry.quantities import term

SECTION = "identity"

ApprovalCode = Annotated[str, AfterValidator(check_approval_code)]
CreditCode = Annotated[str, AfterValidator(check_credit_code)]
DivisionCode = Annotated[str, AfterValidator(check_division_code)]


class IdentityFields(SQLModel):
    """基本信息."""

    name: Annotated[
        str | None,
        *term(
            "项目名称",
            "Project name",
            SECTION,
            needed_from="draft",
            max_length=200,
            min_length=2,
            index=True,
            is_fact=False,
            aliases=("project_name", "项目统一名称"),
        ),
    ] = None
    approval_code: Annotated[
        ApprovalCode | None,
        *term(
            "投资项目代码",
            "Investment project code",
            SECTION,
            help_zh="全国投资项目在线审批监管平台赋码，含连字符 24 位",
            source="发改投资〔2020〕1439号；GB/T 40058-2021",
            needed_from="submitted",
            max_length=24,
            index=True,
            aliases=("项目代码",),
        ),
    ] = None
    implementer_name: Annotated[
        str | None,
        *term(
            "实施主体",
            "Implementing body",
            SECTION,
            needed_from="submitted",
            max_length=200,
            is_fact=False,
            aliases=("项目单位", "建设单位", "项目实施主体"),
        ),
    ] = None
    implementer_credit_code: Annotated[
        CreditCode | None,
        *term(
            "实施主体统一社会信用代码",
            "Unified social credit code of the implementing body",
            SECTION,
            source="GB 32100-2015",
            needed_from="submitted",
            max_length=18,
            aliases=("统一社会信用代码",),
        ),
    ] = None
    city_code: Annotated[
        DivisionCode | None,
        *term(
            "所在地行政区划代码",
            "Division code of the place",
            SECTION,
            help_zh="六位，填到项目所在的最低一级",
            source="GB/T 2260",
            needed_from="submitted",
            max_length=6,
            index=True,
            aliases=("行政区划代码",),
        ),
    ] = None
    province_name: Annotated[
        str | None,
        *term("省份", "Province as printed", SECTION, max_length=50, is_fact=False, aliases=("province", "区划", "省")),
    ] = None
    city_name: Annotated[
        str | None,
        *term("地市", "City as printed", SECTION, max_length=50, is_fact=False, aliases=("city", "城市", "市")),
    ] = None
    county_name: Annotated[
        str | None,
        *term("区县", "County as printed", SECTION, max_length=50, is_fact=False, aliases=("county", "县")),
    ] = None
    published_field: Annotated[
        str | None,
        *term(
            "项目领域",
            "Field as published",
            SECTION,
            help_zh="公开文件所列领域，按原文保留；不等于生态环保类别",
            max_length=100,
            aliases=("field",),
        ),
    ] = None
    contact_name: Annotated[str | None, *term("联系人", "Contact person", SECTION, max_length=60, is_fact=False)] = None
    contact_phone: Annotated[
        str | None, *term("联系电话", "Contact telephone", SECTION, max_length=40, is_fact=False)
    ] = None
    source_url: Annotated[
        str | None,
        *term("公开来源地址", "Address of the publication", SECTION, max_length=500, is_fact=False),
    ] = None
    source_title: Annotated[
        str | None,
        *term(
            "公开来源标题",
            "Title of the publication",
            SECTION,
            max_length=300,
            is_fact=False,
            aliases=("retrieved_title",),
        ),
    ] = None
