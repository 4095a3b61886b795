"""Facts of the two environmental libraries: the four central funds, the eight fields, EOD."""

from typing import Annotated

from pydantic import AfterValidator
from sqlmodel import SQLModel

from registry.projects.codes import check_exact_day
from registry.projects.fields.content import Period
from registry.quantities import Integer, Money, Number, YesNo, money_term, term

SECTION = "treatment"

CENTRAL_FUNDS = {
    "air": "大气污染防治资金",
    "water": "水污染防治资金",
    "soil": "土壤污染防治资金",
    "rural": "农村环境整治资金",
    "none": "不属于四项资金",
}

LIABLE_PARTIES = {
    "none": "无责任主体或已灭失",
    "unknown": "责任主体无法认定",
    "government_land": "政府收储土地",
    "able": "责任主体明确且有能力承担",
}

AIR_PROJECT_TYPES = {
    "rural_coal": "燃煤污染控制（农村散煤治理）",
    "coal_boiler_retirement": "燃煤锅炉淘汰",
    "coal_boiler_ultra_low": "燃煤锅炉超低排放改造",
    "gas_boiler_low_nox": "燃气锅炉低氮改造",
    "biomass_boiler": "生物质锅炉深度治理",
    "industrial_kiln": "工业炉窑综合治理",
    "voc_control": "VOCs 综合治理",
    "steel_ultra_low": "钢铁超低排放改造",
    "monitoring_capacity": "大气环境监测监管能力建设",
    "clean_heating": "北方地区冬季清洁取暖",
    "assigned": "党中央、国务院交办事项",
    "other": "其他",
}

WATER_PROJECT_TYPES = {
    "basin_pollution_control": "流域水污染治理",
    "basin_ecology": "流域水生态保护修复",
    "drinking_source": "集中式饮用水水源地保护",
    "groundwater": "地下水生态环境保护",
    "monitoring_capacity": "水污染防治监管能力建设",
    "outfall_regulation": "排污口规范化建设",
    "eco_compensation": "流域横向生态保护补偿",
    "beautiful_river_lake": "美丽河湖保护与建设",
    "assigned": "交办事项",
    "other": "其他",
}

SOIL_PROJECT_TYPES = {
    "legacy_slag": "涉重金属历史遗留矿渣（固体废物）治理",
    "heavy_metal_reduction": "重点行业重金属减排与污染整治",
    "farmland_safe_use": "农用地风险管控或修复",
    "construction_land": "建设用地风险管控或修复",
    "source_prevention": "其他土壤污染源头防控",
    "other": "其他",
}

RURAL_PROJECT_TYPES = {
    "household_waste": "农村生活垃圾治理",
    "sewage_black_water": "农村生活污水、黑臭水体治理",
    "drinking_source": "农村饮用水水源地环境保护和水源涵养",
    "assigned": "其他需要支持的事项",
    "capacity_building": "农村环境整治工作自身能力建设",
    "other": "其他",
}

GFL_FIELDS = {
    "air": "大气污染防治",
    "water": "水生态环境保护",
    "sea": "重点海域综合治理",
    "soil": "土壤污染防治",
    "rural": "农业农村污染治理",
    "solid_waste": "固废处理处置及资源综合利用",
    "ecology": "生态保护修复",
    "other_environmental": "其他环境治理",
    "none": "不属于八大领域",
}

EOD_ORGANISERS = {
    "city_government": "市人民政府",
    "county_government": "县（区）人民政府",
    "park_committee": "园区管委会",
    "township_government": "乡镇人民政府（探索）",
    "other": "其他",
}


class TreatmentFields(SQLModel):
    """中央生态环境资金与金融支持库的入库条件."""

    central_fund: Annotated[
        str | None,
        *term(
            "拟申请的中央生态环境资金",
            "Central fund applied for",
            SECTION,
            source="财资环〔2021〕91号",
            max_length=40,
            choices=CENTRAL_FUNDS,
        ),
    ] = None
    pollution_control_investment: Annotated[
        Money | None,
        *money_term(
            "其中污染治理投资", "Investment in pollution control", SECTION, help_zh="大气项目中央资金占比的分母"
        ),
    ] = None
    has_implementation_plan: Annotated[
        YesNo | None, *term("是否有经批准的实施方案", "Approved implementation plan", SECTION)
    ] = None
    is_competitive_allocation: Annotated[
        YesNo | None, *term("该资金方向是否竞争性分配", "The line is allocated by competition", SECTION)
    ] = None
    is_competition_selected: Annotated[
        YesNo | None, *term("是否已通过竞争性评审入选", "Selected in the competition", SECTION)
    ] = None
    has_received_central_funds: Annotated[
        YesNo | None, *term("是否已收到中央生态环境资金", "Central fund money was received", SECTION)
    ] = None
    central_funds_received_date: Annotated[
        Period | None,
        AfterValidator(check_exact_day),
        *term(
            "省级收到中央资金日期",
            "Date the province received the money",
            SECTION,
            help_zh="精确到日",
            max_length=10,
        ),
    ] = None
    central_funds_filing_date: Annotated[
        Period | None,
        AfterValidator(check_exact_day),
        *term(
            "向生态环境部备案日期",
            "Date of filing with the ministry",
            SECTION,
            help_zh="精确到日",
            max_length=10,
        ),
    ] = None
    liable_party: Annotated[
        str | None, *term("污染责任主体", "Liable party", SECTION, max_length=40, choices=LIABLE_PARTIES)
    ] = None
    air_project_type: Annotated[
        str | None, *term("大气项目类型", "Kind of air project", SECTION, max_length=40, choices=AIR_PROJECT_TYPES)
    ] = None
    has_equipment_list: Annotated[
        YesNo | None, *term("是否附锅炉、炉窑明细清单", "Detailed list of boilers and kilns", SECTION)
    ] = None
    has_reduction_targets: Annotated[
        YesNo | None, *term("是否明确治理技术与减排目标", "Technology and reduction target stated", SECTION)
    ] = None
    boiler_capacity_tph: Annotated[
        Number | None, *term("单台锅炉蒸发量", "Capacity of one boiler", SECTION, unit="蒸吨/小时", ge=0)
    ] = None
    water_project_type: Annotated[
        str | None, *term("水项目类型", "Kind of water project", SECTION, max_length=40, choices=WATER_PROJECT_TYPES)
    ] = None
    soil_project_type: Annotated[
        str | None, *term("土壤项目类型", "Kind of soil project", SECTION, max_length=40, choices=SOIL_PROJECT_TYPES)
    ] = None
    has_soil_survey: Annotated[
        YesNo | None, *term("是否完成土壤污染状况调查和风险评估", "Soil survey and risk assessment done", SECTION)
    ] = None
    is_on_contaminated_site_list: Annotated[
        YesNo | None,
        *term("地块是否列入建设用地土壤污染风险管控和修复名录", "Site is on the contaminated land list", SECTION),
    ] = None
    rural_project_type: Annotated[
        str | None, *term("农村项目类型", "Kind of rural project", SECTION, max_length=40, choices=RURAL_PROJECT_TYPES)
    ] = None
    is_rural_fund_merged: Annotated[
        YesNo | None, *term("该资金是否纳入涉农资金统筹整合", "Money merged into pooled agricultural funds", SECTION)
    ] = None
    gfl_field: Annotated[
        str | None,
        *term(
            "金融支持库领域",
            "Field of the eco-finance library",
            SECTION,
            source="环办科财〔2022〕6号 二",
            max_length=40,
            choices=GFL_FIELDS,
        ),
    ] = None
    province_eod_entries: Annotated[
        Integer | None,
        *term("本省当年已入库 EOD 项目数", "EOD entries of the province this year", SECTION, unit="个", ge=0),
    ] = None
    eod_organiser: Annotated[
        str | None,
        *term(
            "EOD 组织实施主体",
            "Organiser of the EOD project",
            SECTION,
            source="环办科财〔2023〕22号",
            max_length=40,
            choices=EOD_ORGANISERS,
        ),
    ] = None
    has_treatment_component: Annotated[
        YesNo | None, *term("是否含公益性生态环境治理内容", "Holds public-good environmental treatment", SECTION)
    ] = None
    has_industry_link: Annotated[
        YesNo | None,
        *term("治理与产业是否融合并以产业增值收益反哺治理", "Treatment and industry linked, gains fed back", SECTION),
    ] = None
    has_land_transfer_income: Annotated[
        YesNo | None, *term("收入是否依赖土地出让", "Income depends on land transfer", SECTION)
    ] = None
    has_ministry_authorisation_claim: Annotated[
        YesNo | None,
        *term("材料是否宣称机构获生态环境部授权", "Papers claim an agent authorised by the ministry", SECTION),
    ] = None
    implementer_established_date: Annotated[
        Period | None,
        AfterValidator(check_exact_day),
        *term(
            "实施主体成立日期",
            "Date the implementing body was established",
            SECTION,
            help_zh="精确到日",
            max_length=10,
        ),
    ] = None
    is_implementer_registered_in_china: Annotated[
        YesNo | None, *term("实施主体是否在中国境内注册", "Implementing body registered in China", SECTION)
    ] = None
    has_inspection_case: Annotated[
        YesNo | None,
        *term(
            "近三年是否被中央或省级督察列为典型案例", "Typical case of an inspection in the last three years", SECTION
        ),
    ] = None
    has_major_environmental_accident: Annotated[
        YesNo | None,
        *term("近三年是否发生重特大突发环境事件", "Major environmental accident in the last three years", SECTION),
    ] = None
