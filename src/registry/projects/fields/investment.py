"""Section 投资与收益: the totals a list of projects prints; the evaluation itself is in `financials`."""

from typing import Annotated

from sqlmodel import SQLModel

from registry.quantities import Money, Number, Ratio, money_term, term

SECTION = "investment"


class InvestmentFields(SQLModel):
    """投资与收益."""

    total_investment: Annotated[
        Money | None,
        *money_term(
            "总投资",
            "Total investment",
            SECTION,
            source="可行性研究报告 投资估算表",
            needed_from="submitted",
            aliases=("total_investment_wan", "项目总投资"),
        ),
    ] = None
    project_capital: Annotated[
        Money | None,
        *money_term(
            "项目资本金（不含专项债）",
            "Project capital without bonds",
            SECTION,
            source="资金筹措方案",
            needed_from="submitted",
            aliases=("equity_excl_bond_wan", "不含专项债的资本金", "资本金"),
        ),
    ] = None
    special_bond_total: Annotated[
        Money | None,
        *money_term(
            "专项债券总额",
            "Special bonds applied for",
            SECTION,
            source="专项债券实施方案",
            aliases=("special_bond_total_wan", "申请专项债总额"),
        ),
    ] = None
    bond_as_capital: Annotated[
        Money | None,
        *money_term(
            "其中专项债用作资本金",
            "Special bonds used as capital",
            SECTION,
            aliases=("bond_as_capital_wan", "专项债作资本金"),
        ),
    ] = None
    other_debt: Annotated[
        Money | None,
        *money_term("其他债务融资", "Other debt", SECTION, aliases=("other_debt_wan",)),
    ] = None
    expected_revenue: Annotated[
        Money | None,
        *money_term(
            "预期收入（收益）",
            "Expected income as published",
            SECTION,
            help_zh="公开表格口径不一：多数已是可用于还本付息的收益，不可与成本直接相减",
            aliases=("expected_revenue_wan", "预期收入(收益)"),
        ),
    ] = None
    operation_cost_total: Annotated[
        Money | None,
        *money_term("全周期成本", "Cost over the whole period as published", SECTION, aliases=("cost_wan", "成本")),
    ] = None
    revenue_source: Annotated[
        str | None,
        *term("收入来源", "Sources of income", SECTION, needed_from="submitted", max_length=1000, is_fact=False),
    ] = None
    published_cost_to_revenue: Annotated[
        Ratio | None,
        *term("公布的成本收入比", "Cost to income as published", SECTION, unit="比例", ge=0, aliases=("成本/收入",)),
    ] = None
    published_coverage_multiple: Annotated[
        Number | None,
        *term(
            "公布的本息覆盖倍数",
            "Coverage multiple as published",
            SECTION,
            unit="倍",
            help_zh="仅作展示，与系统计算值并列；各地口径不同",
            ge=0,
            aliases=("覆盖倍数",),
        ),
    ] = None
