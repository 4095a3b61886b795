"""Facts of the Beautiful City side 美丽城市建设: dimension, task, the city's plans."""

from typing import Annotated

from sqlmodel import SQLModel

from registry.quantities import YesNo, term

SECTION = "beautiful_city"

DIMENSIONS = {
    "green_low_carbon": "绿色低碳",
    "good_environment": "环境优美",
    "ecological_livable": "生态宜居",
    "safe_healthy": "安全健康",
    "smart_efficient": "智慧高效",
    "none": "不对应",
}

TASKS = {
    "territorial_space": "国土空间优化",
    "green_industry": "绿色产业与绿色服务业",
    "park_facilities": "园区环境基础设施",
    "green_transport": "交通能源融合、公交与慢行",
    "building_efficiency": "建筑节能改造",
    "green_advertising": "绿色广告材料",
    "low_carbon_city": "低碳城市试点",
    "zoning_control": "生态环境分区管控",
    "air_quality": "空气达标、移动源与扬尘管控",
    "fumes_odour": "餐饮油烟与恶臭异味",
    "lighting": "室外照明管理",
    "sewer_coverage": "污水管网全覆盖样板区",
    "beautiful_river_lake": "美丽河湖",
    "beautiful_bay": "美丽海湾与海洋垃圾",
    "waste_sorting": "垃圾分类与建筑垃圾",
    "polluted_land": "污染地块再利用与修复",
    "ecological_corridor": "生态廊道、通风廊道与绿道",
    "community_park": "社区公园与口袋公园",
    "urban_wetland": "城市湿地与水环境修复",
    "biodiversity": "生物多样性保护",
    "quiet_neighbourhood": "噪声防治与宁静小区",
    "zero_waste_city": "“无废城市”",
    "green_tourism": "绿色旅游与生态文化",
    "drinking_water": "饮用水水源地与备用水源",
    "hazardous_waste": "危险废物",
    "new_pollutants": "特征污染物与新污染物",
    "plastics": "塑料全链条治理",
    "electromagnetic": "电磁辐射",
    "invasive_species": "外来入侵物种",
    "climate_adaptation": "气候适应型城市、海绵城市与内涝",
    "environmental_health": "生态环境健康素养",
    "data_platform": "数据平台与城市智能中枢",
    "cross_department": "跨部门业务集成",
    "energy_monitoring": "用能在线监测",
    "space_monitoring": "国土空间监测与实景三维",
    "monitoring_network": "天空地海一体化监测网",
    "monitoring_city": "生态环境监测现代化城市",
    "equipment_renewal": "建筑和市政基础设施设备更新",
    "public_participation": "公众参与",
}
"""Sub-tasks of 美丽城市建设实施方案 二: seven, nine, seven, eight and eight, in the order of the text."""


class BeautifulCityFields(SQLModel):
    """与美丽城市建设方案的衔接."""

    beautiful_city_dimension: Annotated[
        str | None,
        *term(
            "对应美丽城市建设维度",
            "Dimension of Beautiful City building",
            SECTION,
            source="美丽城市建设实施方案 二（一）至（五）",
            max_length=40,
            choices=DIMENSIONS,
        ),
    ] = None
    beautiful_city_task: Annotated[
        str | None,
        *term(
            "对应美丽城市建设任务",
            "Task of Beautiful City building",
            SECTION,
            source="美丽城市建设实施方案 二（一）至（五）",
            max_length=40,
            choices=TASKS,
        ),
    ] = None
    has_city_plan: Annotated[
        YesNo | None,
        *term("所在城市是否已印发美丽城市建设实施方案、规划或行动计划", "The city has issued its plan", SECTION),
    ] = None
    is_in_city_plan: Annotated[
        YesNo | None, *term("是否列入城市方案的工程项目清单", "Named in the project list of the city's plan", SECTION)
    ] = None
    has_city_financing_plan: Annotated[
        YesNo | None,
        *term("所在城市是否编制重大项目投融资方案", "The city has a financing plan for major projects", SECTION),
    ] = None
    is_in_city_financing_plan: Annotated[
        YesNo | None, *term("是否列入城市重大项目投融资方案", "Named in the city's financing plan", SECTION)
    ] = None
    is_county_unit_allowed: Annotated[
        YesNo | None, *term("县级单元是否经省级同意开展", "County-level unit allowed by the province", SECTION)
    ] = None
    is_polluted_land: Annotated[
        YesNo | None, *term("是否使用受污染建设用地", "Uses polluted construction land", SECTION)
    ] = None
    is_ecological_reuse_considered: Annotated[
        YesNo | None,
        *term("受污染地块是否优先论证拓展生态空间", "Ecological reuse of the land was considered first", SECTION),
    ] = None
