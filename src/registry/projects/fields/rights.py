"""Facts of environmental rights and of transition finance 资源环境权益与转型金融: what makes their income certain."""

from typing import Annotated

from sqlmodel import SQLModel

from registry.quantities import YesNo, term

SECTION = "rights"

TRANSITION_SECTORS = {
    "steel": "钢铁",
    "coal_power": "煤电",
    "building_materials": "建筑建材",
    "agriculture": "农业",
    "local_catalogue": "地方转型金融目录所列其他行业",
    "none": "不属于转型金融",
}
"""Sectors of the national draft standards as reported; the texts were not seen (待核实)."""


class RightsFields(SQLModel):
    """CCER、排污权、生态保护补偿、生态产品价值与转型金融."""

    has_ccer_methodology: Annotated[
        YesNo | None,
        *term("CCER 项目是否有适用方法学", "A methodology applies to the CCER project", SECTION),
    ] = None
    is_ccer_registered: Annotated[
        YesNo | None,
        *term(
            "CCER 项目是否已登记",
            "The CCER project is registered",
            SECTION,
            help_zh="在全国温室气体自愿减排注册登记系统完成项目登记",
        ),
    ] = None
    is_pollution_right_confirmed: Annotated[
        YesNo | None,
        *term("可交易排污权是否已核定", "Tradable pollution right is confirmed", SECTION),
    ] = None
    has_compensation_agreement: Annotated[
        YesNo | None,
        *term("是否有生态保护补偿协议或文件", "Agreement or document on ecological compensation", SECTION),
    ] = None
    has_ecological_product_buyer: Annotated[
        YesNo | None,
        *term("生态产品是否已核算并有购买方", "Ecological product is accounted and has a buyer", SECTION),
    ] = None
    transition_finance_sector: Annotated[
        str | None,
        *term(
            "转型金融标识",
            "Transition finance tag",
            SECTION,
            help_zh="与绿色金融支持项目目录类别分别填写；行业清单待核实",
            max_length=40,
            choices=TRANSITION_SECTORS,
        ),
    ] = None
    has_transition_plan: Annotated[
        YesNo | None, *term("是否有转型计划和目标", "Transition plan with targets", SECTION)
    ] = None
