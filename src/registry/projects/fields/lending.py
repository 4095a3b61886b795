"""Facts of money that must be repaid: capital, special bonds, bank loans, the green label."""

from typing import Annotated

from pydantic import AfterValidator
from sqlmodel import SQLModel

from registry.projects.codes import check_exact_day
from registry.projects.fields.content import Period
from registry.quantities import Number, Ratio, YesNo, term

SECTION = "lending"

CAPITAL_SECTORS = {
    "urban_rail": "城市轨道交通",
    "port": "港口、沿海及内河航运",
    "airport": "机场",
    "rail_road": "铁路、公路",
    "other_infrastructure": "其他基础设施（污水、垃圾、管网、水环境等）",
    "housing_social": "保障性住房、普通商品住房",
    "housing_other": "其他房地产开发",
    "steel_aluminium": "钢铁、电解铝",
    "cement": "水泥",
    "coal_chemicals": "煤炭、电石、铁合金、烧碱、焦炭、黄磷、多晶硅",
    "corn_processing": "玉米深加工",
    "fertiliser": "化肥（钾肥除外）",
    "power_other": "电力等其他项目",
    "pipe_gallery_parking": "城市地下综合管廊、急需停车场",
}

BOND_CAPITAL_SECTORS = {
    "emerging_infrastructure": "新兴产业基础设施",
    "computing": "算力设备及辅助设备",
    "transport_upgrade": "高速公路、机场等安全性、智能化改造",
    "parking": "城市停车场",
    "health": "卫生健康",
    "care": "养老托育",
    "provincial_park": "省级产业园区基础设施",
    "railway": "铁路",
    "toll_road": "收费公路",
    "airport": "机场",
    "water_conservancy": "水利",
    "sewage_waste": "城镇污水垃圾收集处理",
    "water_supply": "供水",
    "not_listed": "不在清单内",
}

BORROWER_TYPES = {
    "enterprise_legal_person": "企业法人",
    "public_institution": "事业单位法人",
    "other_legal_organisation": "其他法人组织",
    "government_department": "政府部门",
    "natural_person": "自然人",
}

LOAN_USES = {
    "construction": "建造",
    "purchase": "购置",
    "renovation": "改造",
    "other": "其他用途",
}

GREEN_CATALOGUE_CLASSES = {
    "energy_saving": "节能降碳产业",
    "environment_protection": "环境保护产业",
    "resource_recycling": "资源循环利用产业",
    "energy_transition": "能源绿色低碳转型",
    "ecological_restoration": "生态保护修复和利用",
    "infrastructure_upgrade": "基础设施绿色升级",
    "green_service": "绿色服务",
    "green_trade": "绿色贸易",
    "green_consumption": "绿色消费",
    "none": "不属于目录",
}


class LendingFields(SQLModel):
    """资本金、专项债券、贷款与绿色认定条件."""

    capital_sector: Annotated[
        str | None,
        *term(
            "资本金行业类别",
            "Sector of the capital table",
            SECTION,
            source="国发〔2015〕51号、国发〔2019〕26号",
            max_length=40,
            choices=CAPITAL_SECTORS,
        ),
    ] = None
    is_capital_relief_claimed: Annotated[
        YesNo | None, *term("是否申请下调最低资本金比例", "Lower capital ratio claimed", SECTION)
    ] = None
    has_debt_in_capital: Annotated[
        YesNo | None, *term("资本金是否含债务性资金", "Capital contains debt money", SECTION)
    ] = None
    has_capital_withdrawal: Annotated[YesNo | None, *term("资本金是否被抽回", "Capital was withdrawn", SECTION)] = None
    is_separate_legal_entity: Annotated[
        YesNo | None, *term("项目是否由独立法人实施", "Separate legal entity carries the project", SECTION)
    ] = None
    has_capital_account: Annotated[
        YesNo | None, *term("资本金是否专户管理、单独核算", "Special account and separate books for capital", SECTION)
    ] = None
    is_capital_stated_in_approval: Annotated[
        YesNo | None,
        *term("可研批复是否载明资本金比例和筹措方式", "Feasibility approval states capital ratio and method", SECTION),
    ] = None
    equity_instrument_ratio: Annotated[
        Ratio | None,
        *term(
            "权益类工具占资本金比例", "Share of equity-classed instruments in capital", SECTION, unit="比例", ge=0, le=1
        ),
    ] = None
    has_debt_like_terms: Annotated[
        YesNo | None,
        *term("资本金是否附回购、保本、优先分红等条款", "Capital carries buy-back or guaranteed-return terms", SECTION),
    ] = None
    bond_capital_sector: Annotated[
        str | None,
        *term(
            "专项债作资本金的领域",
            "Field for bonds used as capital",
            SECTION,
            source="国办发〔2024〕52号",
            max_length=40,
            choices=BOND_CAPITAL_SECTORS,
        ),
    ] = None
    province_bond_capital_ratio: Annotated[
        Ratio | None,
        *term(
            "本省专项债用作资本金比例",
            "Share of the province's bonds used as capital",
            SECTION,
            unit="比例",
            ge=0,
            le=1,
        ),
    ] = None
    has_bond_repayment_arrangement: Annotated[
        YesNo | None,
        *term(
            "收益不足时是否已安排财政补助等偿还来源",
            "Other repayment sources arranged where income falls short",
            SECTION,
        ),
    ] = None
    project_life_years: Annotated[
        Number | None, *term("项目经营期（使用年限）", "Life of the project", SECTION, unit="年", ge=0)
    ] = None
    has_bond_plan: Annotated[
        YesNo | None, *term("是否有专项债券实施方案", "Implementation plan for the bond", SECTION)
    ] = None
    has_bond_financial_report: Annotated[
        YesNo | None, *term("是否有财务评估报告书", "Financial assessment report for the bond", SECTION)
    ] = None
    has_bond_legal_opinion: Annotated[
        YesNo | None, *term("是否有法律意见书", "Legal opinion for the bond", SECTION)
    ] = None
    borrower_type: Annotated[
        str | None,
        *term(
            "借款人类型",
            "Kind of borrower",
            SECTION,
            source="国家金融监督管理总局令2024年第1号 第三条",
            max_length=40,
            choices=BORROWER_TYPES,
        ),
    ] = None
    loan_use: Annotated[
        str | None,
        *term(
            "贷款用途",
            "Use of the loan",
            SECTION,
            source="国家金融监督管理总局令2024年第1号 第三条",
            max_length=40,
            choices=LOAN_USES,
        ),
    ] = None
    has_head_office_approval: Annotated[
        YesNo | None, *term("超长期限是否经贷款人总部或授权层级审批", "Head-office approval for a long term", SECTION)
    ] = None
    is_project_finance: Annotated[YesNo | None, *term("是否属于项目融资", "Project finance", SECTION)] = None
    is_project_company: Annotated[
        YesNo | None, *term("借款人是否为专设项目公司", "Borrower is a company set up for the project", SECTION)
    ] = None
    has_income_account: Annotated[
        YesNo | None,
        *term("是否约定收入账户并质押项目权益", "Income account agreed and project rights pledged", SECTION),
    ] = None
    is_repaid_in_instalments: Annotated[
        YesNo | None, *term("是否按现金流分期还本", "Repaid in instalments", SECTION)
    ] = None
    capital_paid_in_ratio: Annotated[
        Ratio | None, *term("资本金到位比例", "Share of capital paid in", SECTION, unit="比例", ge=0, le=1)
    ] = None
    loan_drawn_ratio: Annotated[
        Ratio | None, *term("贷款发放比例", "Share of the loan drawn", SECTION, unit="比例", ge=0, le=1)
    ] = None
    has_government_guarantee: Annotated[
        YesNo | None, *term("是否由政府担保、承诺或出具函件", "Guarantee or letter of the government", SECTION)
    ] = None
    loan_approval_date: Annotated[
        Period | None,
        AfterValidator(check_exact_day),
        *term("贷款审批日期", "Date the loan was approved", SECTION, help_zh="精确到日", max_length=10),
    ] = None
    is_loan_approved: Annotated[YesNo | None, *term("贷款是否已审批", "The loan was approved", SECTION)] = None
    green_catalogue_class: Annotated[
        str | None,
        *term(
            "绿色金融支持项目目录类别",
            "Class of the green finance catalogue",
            SECTION,
            source="绿色金融支持项目目录（2025年版）",
            max_length=40,
            choices=GREEN_CATALOGUE_CLASSES,
        ),
    ] = None
    has_green_catalogue_code: Annotated[
        YesNo | None, *term("是否已认定到三级目录条目", "Matched to a third-level entry", SECTION)
    ] = None
