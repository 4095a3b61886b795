"""The kinds of projects the demo nation is made of: names, scale, task, money.

Weights of the kinds that earn income follow the 37 published records (about four of ten water mains and sewers, two of
ten water supply, then heat, waste, rivers). Kinds that live on grants do not appear there, since those records are all
of special bonds; their share is plausible, not fitted.
"""

from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from registry.demo.dice import Dice, running

Shape = Literal["utility", "bond", "solar", "upkeep"]
"""How it earns: fees for a service, many small incomes beside a bond, power sold, or nothing but a subsidy."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What one 万元 builds: `{0}` in the sentence becomes investment times `per_wan`, give or take a third."""

    sentence: str
    per_wan: float
    indicator: str
    unit: str
    per_scale: float


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of project. `facts` are the answers that follow from the kind itself."""

    weight: float
    size_factor: float
    task: str
    dimension: str
    published_field: str
    names: tuple[str, ...]
    scale: Scale
    shape: Shape
    income: tuple[str, ...]
    facts: dict[str, Any] = field(default_factory=dict)


_WATER_FUND = {"central_fund": "water", "gfl_field": "water", "main_content": "treatment_restoration"}
_SEWAGE = {
    "main_content": "urban_sewage_waste",
    "gfl_field": "water",
    "bond_capital_sector": "sewage_waste",
    "green_catalogue_class": "infrastructure_upgrade",
}
_NO_CLIMATE = {"climate_effect": "none"}

KINDS = (
    Kind(
        22,
        1.1,
        "sewer_coverage",
        "good_environment",
        "生态环保",
        ("{site}污水处理厂扩建及配套管网工程", "{site}污水管网提质增效工程", "{site}污水处理提标改造项目"),
        Scale(
            "新建和改造污水管网{0}公里，扩建污水处理设施并建设厂网一体化调度平台。",
            0.002,
            "化学需氧量削减",
            "吨/年",
            38,
        ),
        "utility",
        ("污水处理服务费", "再生水销售"),
        {**_SEWAGE, "climate_effect": "mitigation", "climate_mitigation_group": "process_emissions"},
    ),
    Kind(
        14,
        1.0,
        "climate_adaptation",
        "safe_healthy",
        "市政和产业园区基础设施",
        ("{site}雨污分流及内涝治理工程", "{site}海绵城市建设项目", "{site}排水管网改造工程"),
        Scale("改造雨水管网{0}公里，建设调蓄池、下沉绿地与停车充电设施。", 0.0018, "内涝积水点消除", "处", 0.3),
        "bond",
        ("停车费", "充电服务费", "广告与场地租赁"),
        {
            "main_content": "municipal_network",
            "gfl_field": "none",
            "bond_capital_sector": "parking",
            "climate_effect": "adaptation",
            "climate_adaptation_group": "base_capacity",
            "green_catalogue_class": "infrastructure_upgrade",
        },
    ),
    Kind(
        14,
        1.2,
        "drinking_water",
        "safe_healthy",
        "农林水利",
        ("城乡供水一体化工程", "{site}水厂及配套管网建设工程", "{site}备用水源地建设项目"),
        Scale("新建供水能力{0}万立方米/日的水厂、取水泵站与输配水管网。", 0.00012, "集中供水受益人口", "万人", 2.4),
        "utility",
        ("自来水水费", "管道租赁"),
        {
            "main_content": "other",
            "gfl_field": "water",
            "bond_capital_sector": "water_supply",
            "green_catalogue_class": "infrastructure_upgrade",
            **_NO_CLIMATE,
        },
    ),
    Kind(
        9,
        0.6,
        "waste_sorting",
        "good_environment",
        "生态环保",
        ("{site}生活垃圾分类收转运体系建设项目", "{site}餐厨垃圾资源化处理项目", "{site}建筑垃圾资源化利用中心"),
        Scale("新建日处理{0}吨的转运与资源化设施，配置分类收集点。", 0.012, "垃圾资源化利用量", "吨/年", 260),
        "utility",
        ("垃圾处理服务费", "再生产品销售"),
        {
            **_SEWAGE,
            "gfl_field": "solid_waste",
            "climate_effect": "mitigation",
            "climate_mitigation_group": "process_emissions",
            "green_catalogue_class": "resource_recycling",
        },
    ),
    Kind(
        8,
        1.0,
        "equipment_renewal",
        "smart_efficient",
        "市政和产业园区基础设施",
        ("{site}供热管网节能改造工程", "{site}老旧小区环境设施更新项目", "{site}供热设施更新工程"),
        Scale("更新供热管网{0}公里及换热站，改造室外管线与计量设施。", 0.003, "节约标准煤", "吨/年", 90),
        "bond",
        ("供热收入", "停车与充电", "场地租赁"),
        {
            "main_content": "municipal_network",
            "gfl_field": "none",
            "bond_capital_sector": "not_listed",
            "climate_effect": "mitigation",
            "climate_mitigation_group": "energy_structure",
            "green_catalogue_class": "energy_saving",
        },
    ),
    Kind(
        9,
        0.5,
        "beautiful_river_lake",
        "good_environment",
        "农林水利",
        ("{river}流域水生态修复工程", "{river}美丽河湖建设项目", "{river}河道综合整治与生态缓冲带建设工程"),
        Scale("修复河岸生态缓冲带{0}公里，治理入河排污口，恢复水生植被。", 0.0016, "恢复水生植被", "公顷", 3.2),
        "upkeep",
        (),
        {
            **_WATER_FUND,
            "water_project_type": "basin_ecology",
            "green_catalogue_class": "ecological_restoration",
            **_NO_CLIMATE,
        },
    ),
    Kind(
        6,
        0.35,
        "sewer_coverage",
        "good_environment",
        "生态环保",
        ("{site}农村生活污水治理项目", "{site}农村黑臭水体治理工程", "{site}农村环境整治项目"),
        Scale("治理{0}个行政村的生活污水，建设收集管网与分散处理设施。", 0.006, "化学需氧量削减", "吨/年", 2.1),
        "upkeep",
        (),
        {
            "central_fund": "rural",
            "gfl_field": "rural",
            "main_content": "treatment_restoration",
            "rural_project_type": "sewage_black_water",
            "green_catalogue_class": "environment_protection",
            **_NO_CLIMATE,
        },
    ),
    Kind(
        4,
        0.3,
        "polluted_land",
        "good_environment",
        "生态环保",
        ("{site}原化工地块土壤污染修复工程", "{site}历史遗留矿渣治理项目", "{site}农用地土壤安全利用项目"),
        Scale("修复污染土壤{0}万立方米，建设风险管控与长期监测设施。", 0.0009, "修复污染土壤", "万立方米", 1.0),
        "upkeep",
        (),
        {
            "central_fund": "soil",
            "gfl_field": "soil",
            "main_content": "treatment_restoration",
            "soil_project_type": "construction_land",
            "is_polluted_land": True,
            "green_catalogue_class": "environment_protection",
            **_NO_CLIMATE,
        },
    ),
    Kind(
        4,
        0.3,
        "air_quality",
        "good_environment",
        "生态环保",
        ("{site}燃煤锅炉清洁替代项目", "{site}工业炉窑综合治理项目", "{site}挥发性有机物综合治理项目"),
        Scale("改造炉窑与锅炉{0}台（套），安装收集治理与在线监测设施。", 0.004, "氮氧化物削减", "吨/年", 6),
        "upkeep",
        (),
        {
            "central_fund": "air",
            "gfl_field": "air",
            "main_content": "treatment_restoration",
            "air_project_type": "industrial_kiln",
            "climate_effect": "mitigation",
            "climate_mitigation_group": "process_emissions",
            "green_catalogue_class": "environment_protection",
        },
    ),
    Kind(
        4,
        0.25,
        "low_carbon_city",
        "green_low_carbon",
        "能源",
        ("{site}公共机构屋顶分布式光伏项目", "{site}光伏建筑一体化示范项目", "{site}分布式光伏与储能项目"),
        Scale("建设{0}兆瓦分布式光伏，自发自用、余电上网。", 0.00225, "年发电量", "万千瓦时", 105),
        "solar",
        ("自用电费", "上网电费"),
        {
            "main_content": "energy_saving_retrofit",
            "gfl_field": "none",
            "capital_sector": "power_other",
            "climate_effect": "mitigation",
            "climate_mitigation_group": "energy_structure",
            "green_catalogue_class": "energy_transition",
            "shenzhen_climate_field": "low_carbon_energy",
        },
    ),
    Kind(
        3,
        2.2,
        "urban_wetland",
        "ecological_livable",
        "生态环保",
        ("{river}流域生态环境导向的开发（EOD）项目", "{site}生态修复与文旅融合EOD项目"),
        Scale(
            "修复湿地与河岸{0}公顷，与生态农业、文旅产业一体实施，以产业收益反哺治理。",
            0.004,
            "湿地修复面积",
            "公顷",
            1.0,
        ),
        "bond",
        ("产业经营收入", "门票与场地租赁", "停车费"),
        {
            "main_content": "treatment_restoration",
            "gfl_field": "water",
            "implementation_mode": "eod",
            "eod_organiser": "city_government",
            "has_treatment_component": True,
            "bond_capital_sector": "not_listed",
            "green_catalogue_class": "ecological_restoration",
            **_NO_CLIMATE,
        },
    ),
    Kind(
        3,
        0.12,
        "monitoring_network",
        "smart_efficient",
        "生态环保",
        ("生态环境监测网络建设项目", "{site}水环境智慧监管平台建设项目", "美丽城市数据平台建设项目"),
        Scale("新建自动监测站点{0}处，建设数据汇聚与预警平台。", 0.008, "自动监测站点", "处", 1.0),
        "upkeep",
        (),
        {
            "main_content": "monitoring_capacity",
            "gfl_field": "other_environmental",
            "central_fund": "none",
            **_NO_CLIMATE,
        },
    ),
    Kind(
        4,
        0.5,
        "ecological_corridor",
        "ecological_livable",
        "社会事业",
        ("{river}生态廊道与绿道建设项目", "{site}口袋公园建设项目", "{site}城市湿地公园建设工程"),
        Scale("建设绿道{0}公里与配套湿地、驿站和充电设施。", 0.0012, "新增绿地面积", "公顷", 4.0),
        "bond",
        ("停车费", "场地租赁", "充电服务费"),
        {
            "main_content": "landscape_greening",
            "gfl_field": "ecology",
            "bond_capital_sector": "not_listed",
            "climate_effect": "adaptation",
            "climate_adaptation_group": "sector_capacity",
            "green_catalogue_class": "ecological_restoration",
        },
    ),
    Kind(
        2,
        0.8,
        "hazardous_waste",
        "safe_healthy",
        "生态环保",
        ("{site}危险废物集中处置中心", "{site}医疗废物处置能力提升项目"),
        Scale("新建年处置{0}吨危险废物的焚烧、物化与安全填埋设施。", 0.9, "危险废物处置量", "吨/年", 1.0),
        "utility",
        ("危险废物处置费", "余热利用"),
        {
            "main_content": "other",
            "gfl_field": "solid_waste",
            "bond_capital_sector": "not_listed",
            "green_catalogue_class": "environment_protection",
            **_NO_CLIMATE,
        },
    ),
)


@cache
def _running_weights() -> tuple[float, ...]:
    return running([kind.weight for kind in KINDS])


def draw_kind(dice: Dice) -> Kind:
    """Return one of the kinds, by weight."""
    return dice.weighted(KINDS, _running_weights())
