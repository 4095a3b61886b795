"""Facts of the climate investment and finance libraries 气候投融资项目库."""

from typing import Annotated

from sqlmodel import SQLModel

from registry.quantities import Number, YesNo, term

SECTION = "climate"

CLIMATE_EFFECTS = {
    "mitigation": "减缓",
    "adaptation": "适应",
    "both": "减缓和适应",
    "none": "无气候效益",
}

MITIGATION_GROUPS = {
    "industry_structure": "调整产业结构、发展战略性新兴产业",
    "energy_structure": "优化能源结构、发展非化石能源",
    "ccus": "碳捕集、利用与封存试点",
    "process_emissions": "控制工业、农业、废弃物处理等非能源活动排放",
    "carbon_sinks": "增加森林、草原等碳汇",
    "none": "不属于以上类别",
}

ADAPTATION_GROUPS = {
    "sector_capacity": "提高农业、水资源、林业和生态系统、海洋、气象、防灾减灾等领域适应能力",
    "base_capacity": "加强适应基础能力、基础设施和科技能力",
    "none": "不属于以上类别",
}

STATE_NEW_AREAS = {
    "jinpu": "金普新区（大连）",
    "pudong": "浦东新区（上海）",
    "west_coast": "西海岸新区（青岛）",
    "nansha": "南沙新区（广州）",
    "liangjiang": "两江新区（重庆）",
    "tianfu": "天府新区（四川）",
    "xixian": "西咸新区（陕西）",
    "other": "其他国家级新区",
    "none": "不在国家级新区",
}

SHENZHEN_FIELDS = {
    "low_carbon_energy": "低碳能源",
    "low_carbon_industry": "低碳工业",
    "low_carbon_transport": "低碳交通",
    "low_carbon_building": "低碳建筑",
    "waste_wastewater": "废弃物和废水",
    "ecosystem_sinks": "生态系统增汇",
    "technology_services": "低碳技术和服务",
    "none": "不属于以上领域",
}


class ClimateFields(SQLModel):
    """气候投融资项目库的入库条件."""

    climate_effect: Annotated[
        str | None,
        *term(
            "气候效益类型",
            "Climate effect",
            SECTION,
            source="T/CSTE 0061-2021 4.2",
            max_length=40,
            choices=CLIMATE_EFFECTS,
        ),
    ] = None
    climate_mitigation_group: Annotated[
        str | None,
        *term(
            "减缓类别",
            "Group of mitigation",
            SECTION,
            source="T/CSTE 0061-2021 4.3 a)",
            max_length=40,
            choices=MITIGATION_GROUPS,
        ),
    ] = None
    climate_adaptation_group: Annotated[
        str | None,
        *term(
            "适应类别",
            "Group of adaptation",
            SECTION,
            source="T/CSTE 0061-2021 4.3 b)",
            max_length=40,
            choices=ADAPTATION_GROUPS,
        ),
    ] = None
    emission_reduction_tco2e: Annotated[
        Number | None,
        *term("年温室气体减排量", "Greenhouse gas reduction a year", SECTION, unit="吨二氧化碳当量/年", ge=0),
    ] = None
    has_adaptation_benefit: Annotated[
        YesNo | None, *term("是否有可计算的适应效益", "Calculable adaptation benefit stated", SECTION)
    ] = None
    has_benefit_method: Annotated[
        YesNo | None, *term("气候效益是否说明测算方法", "Method of the climate benefit stated", SECTION)
    ] = None
    has_benefit_baseline: Annotated[
        YesNo | None, *term("气候效益是否说明基准情景", "Baseline of the climate benefit stated", SECTION)
    ] = None
    has_benefit_boundary: Annotated[
        YesNo | None,
        *term("气候效益是否说明核算边界和期限", "Boundary and period of the climate benefit stated", SECTION),
    ] = None
    has_monitoring_plan: Annotated[
        YesNo | None, *term("是否有运行数据监测核算计划", "Plan to monitor with operating data", SECTION)
    ] = None
    has_third_party_verification: Annotated[
        YesNo | None, *term("气候效益是否经第三方认证", "Climate benefit verified by a third party", SECTION)
    ] = None
    state_new_area: Annotated[
        str | None,
        *term(
            "所在国家级新区",
            "State-level new area",
            SECTION,
            help_zh="新区无独立行政区划代码，按名称选择",
            max_length=40,
            choices=STATE_NEW_AREAS,
        ),
    ] = None
    shenzhen_climate_field: Annotated[
        str | None,
        *term(
            "深圳气候投融资领域",
            "Field of the Shenzhen climate library",
            SECTION,
            max_length=40,
            choices=SHENZHEN_FIELDS,
        ),
    ] = None
    has_expert_review: Annotated[
        YesNo | None, *term("是否通过技术机构和专家评审", "Passed the technical body and expert review", SECTION)
    ] = None
