"""Section 合规与入库条件: facts that only rules ask for."""

from typing import Annotated

from pydantic import AfterValidator
from sqlmodel import SQLModel

from registry.projects.codes import check_exact_day
from registry.projects.fields.content import Period
from registry.quantities import Ratio, YesNo, term

SECTION = "compliance"

LIBRARY_STATUSES = {
    "not_applied": "未申报",
    "under_review": "审核中",
    "in_library": "已入库",
    "implemented": "已实施",
    "expired": "到期出库",
    "withdrawn": "撤回",
    "removed": "调出",
}

PROJECT_NATURES = {
    "public_benefit": "公益性",
    "quasi_public": "准公益性",
    "operating": "经营性",
}

INVESTMENT_TYPES = {
    "government": "政府投资",
    "enterprise": "企业投资",
}

IMPLEMENTATION_MODES = {
    "enterprise_responsible": "治理责任主体为企业",
    "eod": "生态环境导向的开发（EOD）",
    "ppp": "政府和社会资本合作（PPP）",
    "market_other": "其他市场化方式",
    "government_funded": "政府投资，无市场化收益",
}

IMPLEMENTER_TYPES = {
    "government_department": "政府部门",
    "park_committee": "园区管委会",
    "public_institution": "事业单位",
    "state_owned_enterprise": "国有企业",
    "private_enterprise": "民营企业",
    "mixed_enterprise": "混合所有制企业",
    "other": "其他组织",
}

MAIN_CONTENTS = {
    "treatment_restoration": "污染治理或生态修复工程",
    "urban_sewage_waste": "城镇生活污水、垃圾处理设施",
    "monitoring_capacity": "监测监管能力建设",
    "survey_assessment": "调查评估",
    "operation_maintenance": "运行维护或日常工作",
    "landscape_greening": "景观绿化",
    "river_dredging": "单纯河道清淤",
    "flood_slope_works": "防洪堤坝、边坡维护、滑坡治理",
    "water_transfer": "调水或水资源利用为目的的水系连通",
    "roads_bridges": "道路桥梁",
    "municipal_network": "燃气、供热、电力管网及换热站、LNG 储备等市政设施",
    "dust_control": "道路、施工扬尘治理",
    "straw_use": "秸秆综合利用",
    "clean_coal": "清洁煤生产使用",
    "compliance_retrofit": "企业达标排放改造",
    "immature_technique": "不成熟技术或单一低效技术",
    "plume_whitening": "烟气脱白",
    "small_voc_sources": "餐饮、干洗、装修 VOCs 治理",
    "odour_control": "恶臭（异味）治理",
    "new_build_controls": "新改扩建“三同时”治理设施（VOCs 绿岛除外）",
    "energy_saving_retrofit": "节能改造",
    "clean_transport": "清洁运输",
    "area_development": "片区综合开发",
    "site_redevelopment": "污染场地修复并原位开发",
    "government_building": "楼堂馆所",
    "image_project": "形象工程、政绩工程",
    "real_estate": "房地产开发（保障性住房、土地储备除外）",
    "theme_park": "主题公园、仿古城（镇、村、街）等商业设施",
    "competitive_industry": "一般竞争性产业项目",
    "fossil_fuel": "化石能源利用",
    "two_high": "“两高”项目",
    "other": "其他",
}
"""One list for the exclusion lists of all libraries: each rule names the classes its text excludes."""


class ComplianceFields(SQLModel):
    """合规与入库条件: what several libraries ask; the sections after this one hold what one library asks."""

    project_nature: Annotated[
        str | None,
        *term(
            "项目性质",
            "Public or commercial nature",
            SECTION,
            source="国发〔2019〕26号",
            max_length=40,
            choices=PROJECT_NATURES,
        ),
    ] = None
    investment_type: Annotated[
        str | None,
        *term(
            "投资类型",
            "Government or enterprise investment",
            SECTION,
            source="国发〔2019〕26号",
            max_length=40,
            choices=INVESTMENT_TYPES,
        ),
    ] = None
    implementation_mode: Annotated[
        str | None,
        *term(
            "实施模式",
            "Mode of implementation",
            SECTION,
            source="环办科财〔2022〕6号",
            max_length=40,
            choices=IMPLEMENTATION_MODES,
        ),
    ] = None
    implementer_type: Annotated[
        str | None,
        *term("实施主体类型", "Kind of implementing body", SECTION, max_length=40, choices=IMPLEMENTER_TYPES),
    ] = None
    main_content: Annotated[
        str | None,
        *term(
            "主要建设内容类别",
            "Class of the main content",
            SECTION,
            help_zh="按投资占比最大的内容选一项；各库的不予支持清单据此判断",
            max_length=40,
            choices=MAIN_CONTENTS,
        ),
    ] = None
    landscape_cost_ratio: Annotated[
        Ratio | None, *term("景观绿化投资占比", "Share of landscaping in the cost", SECTION, unit="比例", ge=0, le=1)
    ] = None
    has_recurrent_spending: Annotated[
        YesNo | None, *term("资金用途是否含运行维护、人员等经常性支出", "Money used for recurrent spending", SECTION)
    ] = None
    has_hidden_debt: Annotated[
        YesNo | None, *term("是否新增地方政府隐性债务", "Adds hidden local government debt", SECTION)
    ] = None
    has_other_central_funding: Annotated[
        YesNo | None, *term("同一建设内容是否已获其他中央资金", "Same content already has other central money", SECTION)
    ] = None
    has_component_in_two_libraries: Annotated[
        YesNo | None, *term("同一子项目是否同时申报资金库和金融支持库", "Same component put to both libraries", SECTION)
    ] = None
    has_environment_plan_link: Annotated[
        YesNo | None, *term("是否对应生态环境保护规划重点任务", "Serves a key task of an environmental plan", SECTION)
    ] = None
    is_on_dishonesty_list: Annotated[
        YesNo | None,
        *term("实施主体是否被列入失信联合惩戒或严重失信名单", "Implementing body on a dishonesty list", SECTION),
    ] = None
    is_environmental_credit_lowest: Annotated[
        YesNo | None, *term("环境信用评价是否为最低等级", "Environmental credit at the lowest grade", SECTION)
    ] = None
    has_unresolved_environmental_breach: Annotated[
        YesNo | None, *term("是否有未整改的重大环境违法", "Unresolved serious environmental breach", SECTION)
    ] = None
    has_provincial_recommendation: Annotated[
        YesNo | None, *term("省级生态环境部门是否已审核推荐", "Recommended by the province", SECTION)
    ] = None
    planned_application_date: Annotated[
        Period | None,
        AfterValidator(check_exact_day),
        *term("拟申报日期", "Planned date of application", SECTION, help_zh="精确到日", max_length=10),
    ] = None
    cef_status: Annotated[
        str | None,
        *term(
            "中央生态环境资金项目储备库状态",
            "Status in the central eco-environment fund library",
            SECTION,
            max_length=40,
            choices=LIBRARY_STATUSES,
        ),
    ] = None
    cef_entry_date: Annotated[
        Period | None,
        AfterValidator(check_exact_day),
        *term(
            "资金库入库日期",
            "Date of entry into the fund library",
            SECTION,
            help_zh="精确到日",
            max_length=10,
        ),
    ] = None
    gfl_status: Annotated[
        str | None,
        *term(
            "生态环保金融支持项目储备库状态",
            "Status in the eco-finance support library",
            SECTION,
            max_length=40,
            choices=LIBRARY_STATUSES,
        ),
    ] = None
    cif_status: Annotated[
        str | None,
        *term(
            "气候投融资项目库状态",
            "Status in the climate investment library",
            SECTION,
            max_length=40,
            choices=LIBRARY_STATUSES,
        ),
    ] = None
    is_content_changed_after_entry: Annotated[
        YesNo | None,
        *term(
            "入库后支出方向、建设内容或申请中央资金额是否调整",
            "Direction, content or requested amount changed after entry",
            SECTION,
        ),
    ] = None
    has_change_approval: Annotated[
        YesNo | None, *term("调整是否已履行报批程序", "The change was approved", SECTION)
    ] = None
