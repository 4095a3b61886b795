"""What a project says about its money: the input of the financial model 财务分析.

The dossier holds one `FinancialCase`. In a draft any field may be missing (None = unknown); what a calculation needs,
and in which range, is checked by `finance`. Money is in 万元 excluding VAT unless the field says otherwise, rates are
shares of one, lists by construction year start with project year 1, lists by operation year with operation year 1.
"""

from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from registry.quantities import LARGEST_CNY_10K, Integer, Number, Ratio, YesNo, money_text


def parse_amount(value: object) -> object:
    """Return 万元 as Decimal from a number or a decimal string; finer than a fen is taken (a third of a loan is).

    Raises ValueError, worded for people, for text, booleans, NaN and infinity.
    """
    if value is None or isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("should be an amount in 万元, a number or a decimal string")
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError("should be an amount in 万元, a number or a decimal string") from None
    if not amount.is_finite():
        raise ValueError("should be a finite amount in 万元")
    if abs(amount) > LARGEST_CNY_10K:
        raise ValueError("is larger than 100 万亿元; check the unit (万元)")
    return amount


Amount = Annotated[
    Decimal,
    BeforeValidator(parse_amount),
    PlainSerializer(money_text, return_type=str, when_used="unless-none"),
    WithJsonSchema({"type": ["number", "string"], "description": "万元 (CNY 10 000)"}),
]
"""An estimate in 万元. Unlike `Money` it may be finer than a fen: a model's figure, not an account entry."""

DebtKind = Literal["bank_loan", "policy_bank_loan", "commercial_bank_loan", "special_bond", "green_bond"]
RepaymentMethod = Literal["equal_principal", "level_payment", "bullet", "custom", "max_capacity", "sculpted_dscr"]
GovernmentLevel = Literal["central", "provincial", "city", "county"]
Certainty = Literal["contracted", "approved", "regulated", "market", "expected", "hoped", "uncontracted"]
Instrument = Literal["ccer", "pollution_rights", "ecological_compensation", "ecological_product"]
CostCategory = Literal["materials", "fuel_and_power", "wages", "repair", "other"]
Holiday = Literal["none", "three_free_three_half", "two_free_three_half"]


class Part(BaseModel):
    """Base of every part of a case: a key nobody knows is refused, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Timeline(Part):
    """计算期: construction and operation years; project year 1 is the first construction year."""

    construction_years: Annotated[Integer | None, Field(title="建设期（年）")] = None
    operation_years: Annotated[Integer | None, Field(title="运营期（年）")] = None


class Investment(Part):
    """投资估算: four items including VAT whose sum is the construction investment, and parts of that sum."""

    engineering_cost: Annotated[Amount | None, Field(title="工程费用")] = None
    other_cost: Annotated[Amount | None, Field(title="工程建设其他费用")] = None
    basic_contingency: Annotated[Amount | None, Field(title="基本预备费")] = None
    price_contingency: Annotated[Amount | None, Field(title="价差预备费")] = None
    intangible_assets: Annotated[Amount | None, Field(title="其中：无形资产")] = None
    deferred_assets: Annotated[Amount | None, Field(title="其中：其他资产（递延）")] = None
    deductible_input_vat: Annotated[Amount | None, Field(title="其中：可抵扣进项税额")] = None
    spending_profile: Annotated[list[Ratio] | None, Field(title="分年投资比例")] = None
    annual_price_rise: Annotated[
        Ratio | None,
        Field(title="年涨价率", description="adds 价差预备费 by formula to the amount stated; default 0, none"),
    ] = None
    years_to_start: Annotated[
        Number | None, Field(title="建设前期年限", description="years from the estimate to the start; default 0")
    ] = None


class Depreciation(Part):
    """折旧与摊销: straight line from the first operation year."""

    fixed_asset_years: Annotated[Integer | None, Field(title="固定资产折旧年限")] = None
    residual_rate: Annotated[Ratio | None, Field(title="残值率")] = None
    intangible_years: Annotated[Integer | None, Field(title="无形资产摊销年限")] = None
    deferred_years: Annotated[Integer | None, Field(title="其他资产摊销年限")] = None


class Turnover(Part):
    """周转次数 a year of each item of working capital 分项详细估算; an item left out is not kept."""

    receivables: Annotated[Number | None, Field(title="应收账款周转次数", description="of operating cost")] = None
    inventories: Annotated[Number | None, Field(title="存货周转次数", description="of operating cost")] = None
    cash: Annotated[Number | None, Field(title="现金周转次数", description="of wages and other cost")] = None
    prepayments: Annotated[Number | None, Field(title="预付账款周转次数", description="of materials and power")] = None
    payables: Annotated[Number | None, Field(title="应付账款周转次数", description="of materials and power")] = None
    advances: Annotated[Number | None, Field(title="预收账款周转次数", description="of revenue")] = None


class WorkingCapital(Part):
    """流动资金: balance = full amount x ramp (扩大指标), plus the items by turnover (分项详细估算) where stated.

    The part not paid by equity is a working-capital loan.
    """

    full_capacity_amount: Annotated[Amount | None, Field(title="达产年流动资金")] = None
    ramp: Annotated[list[Ratio] | None, Field(title="达产率", description="the last value repeats; default [1]")] = None
    equity_share: Annotated[Ratio | None, Field(title="自有流动资金比例", description="default 1")] = None
    loan_rate: Annotated[Ratio | None, Field(title="流动资金借款利率")] = None
    turnover: Annotated[Turnover | None, Field(title="分项详细估算周转次数")] = None


class Grant(Part):
    """财政补助: money without repayment, by construction year."""

    name: Annotated[str | None, Field(title="名称")] = None
    level: Annotated[GovernmentLevel | None, Field(title="资金层级")] = None
    amounts: Annotated[list[Amount] | None, Field(title="分年金额")] = None
    counts_as_equity: Annotated[YesNo | None, Field(title="作为资本金注入", description="default false")] = None
    reduces_asset_cost: Annotated[YesNo | None, Field(title="冲减资产成本", description="default false")] = None


class Sponsor(Part):
    """出资方: who pays which share of the project equity 项目资本金."""

    name: Annotated[str | None, Field(title="名称")] = None
    kind: Annotated[Literal["government", "private", "other"] | None, Field(title="出资方性质")] = None
    share: Annotated[Ratio | None, Field(title="出资比例")] = None


class Repayment(Part):
    """还款方式: `first_repayment_year` is a project year."""

    method: Annotated[RepaymentMethod | None, Field(title="还款方式")] = None
    first_repayment_year: Annotated[Integer | None, Field(title="首次还本年份（项目年）")] = None
    repayment_years: Annotated[Integer | None, Field(title="还本年数")] = None
    principal_shares: Annotated[list[Ratio] | None, Field(title="分年还本比例")] = None


class RateStep(Part):
    """利率调整: from this project year on, this nominal annual rate."""

    from_year: Annotated[Integer | None, Field(title="起始项目年")] = None
    annual_rate: Annotated[Ratio | None, Field(title="名义年利率")] = None


class Debt(Part):
    """借款或债券: draws by construction year and how they are served."""

    name: Annotated[str | None, Field(title="名称")] = None
    kind: Annotated[DebtKind | None, Field(title="债务类型", description="default bank_loan")] = None
    draws: Annotated[list[Amount] | None, Field(title="分年提款")] = None
    annual_rate: Annotated[Ratio | None, Field(title="名义年利率")] = None
    rate_steps: Annotated[list[RateStep] | None, Field(title="利率调整")] = None
    compounding_periods_per_year: Annotated[Integer | None, Field(title="每年计息次数", description="default 1")] = None
    construction_interest: Annotated[
        Literal["capitalised", "paid"] | None, Field(title="建设期利息处理", description="default capitalised")
    ] = None
    draw_interest_fraction: Annotated[Ratio | None, Field(title="当年提款计息比例", description="default 0.5")] = None
    share_as_capital: Annotated[
        Ratio | None, Field(title="专项债用作资本金比例", description="share of a special bond's draws; default 0")
    ] = None
    repayment: Annotated[Repayment | None, Field(title="还款")] = None


class YearlyAmount(Part):
    """An amount by operation year: quantity x price, or a yearly amount, or an explicit schedule."""

    name: Annotated[str | None, Field(title="名称")] = None
    quantity_10k: Annotated[Number | None, Field(title="年数量（万单位）")] = None
    unit_price_yuan: Annotated[Number | None, Field(title="单价（元，不含税）")] = None
    annual_amount: Annotated[Amount | None, Field(title="年金额（不含税）")] = None
    schedule: Annotated[list[Amount] | None, Field(title="分年金额", description="by operation year, then zero")] = None
    ramp: Annotated[list[Ratio] | None, Field(title="达产率", description="the last value repeats; default [1]")] = None
    escalation_rate: Annotated[Ratio | None, Field(title="增长率", description="default 0")] = None
    escalation_every_years: Annotated[Integer | None, Field(title="每几年调整", description="default 1")] = None
    degradation_rate: Annotated[Ratio | None, Field(title="年衰减率", description="default 0")] = None
    start_operation_year: Annotated[Integer | None, Field(title="起始运营年", description="default 1")] = None
    end_operation_year: Annotated[Integer | None, Field(title="截止运营年", description="default the last")] = None


class RevenueStream(YearlyAmount):
    """营业收入, excluding VAT."""

    vat_rate: Annotated[Ratio | None, Field(title="销项税率", description="default 0")] = None
    vat_refund_rate: Annotated[Ratio | None, Field(title="即征即退比例", description="default 0")] = None
    certainty: Annotated[Certainty | None, Field(title="收入确定性")] = None
    instrument: Annotated[
        Instrument | None, Field(title="权益工具", description="the right the income comes from; default none")
    ] = None
    haircut_rate: Annotated[
        Ratio | None, Field(title="折减比例", description="share left out of the calculation; 1 switches it off")
    ] = None


class OperatingCost(YearlyAmount):
    """经营成本, excluding VAT."""

    type: Annotated[Literal["variable", "fixed"] | None, Field(title="可变或固定")] = None
    category: Annotated[CostCategory | None, Field(title="成本要素", description="default other")] = None
    input_vat_rate: Annotated[Ratio | None, Field(title="进项税率", description="default 0")] = None


class OperatingSubsidy(YearlyAmount):
    """补贴收入 paid by government during operation."""

    taxable: Annotated[YesNo | None, Field(title="是否应税", description="default true")] = None
    certainty: Annotated[Certainty | None, Field(title="补贴确定性")] = None
    instrument: Annotated[
        Instrument | None, Field(title="权益工具", description="the right the support comes from; default none")
    ] = None


class MaintenanceInvestment(Part):
    """维持运营投资: capitalised and depreciated from the following year."""

    operation_year: Annotated[Integer | None, Field(title="运营年")] = None
    amount: Annotated[Amount | None, Field(title="金额（不含税）")] = None
    input_vat: Annotated[Amount | None, Field(title="进项税额", description="default 0")] = None
    depreciation_years: Annotated[Integer | None, Field(title="折旧年限")] = None


class Surcharges(Part):
    """税金及附加, each a share of the VAT payable before refund."""

    urban_maintenance: Annotated[Ratio | None, Field(title="城市维护建设税率")] = None
    education: Annotated[Ratio | None, Field(title="教育费附加率")] = None
    local_education: Annotated[Ratio | None, Field(title="地方教育附加率")] = None


class IncomeTax(Part):
    """企业所得税."""

    rate: Annotated[Ratio | None, Field(title="所得税率")] = None
    holiday: Annotated[Holiday | None, Field(title="减免", description="default none")] = None
    eligible_share: Annotated[Ratio | None, Field(title="享受减免的所得比例", description="default 1")] = None
    loss_carry_forward_years: Annotated[Integer | None, Field(title="亏损结转年限", description="default 5")] = None
    vat_refund_taxable: Annotated[YesNo | None, Field(title="退税是否应税", description="default true")] = None


class CaseConventions(Part):
    """测算口径: choices of the method; what is left out follows the standard."""

    discount_timing: Annotated[
        Literal["year_end", "mid_year", "year_zero"] | None,
        Field(title="折现时点", description="default year_end: year 1 is discounted once"),
    ] = None
    payback_start: Annotated[
        Literal["construction", "operation"] | None, Field(title="投资回收期起点", description="default construction")
    ] = None
    profitability_year: Annotated[
        Literal["average", "normal"] | None,
        Field(title="ROI、ROE 取值", description="default average; normal reads normal_operation_year"),
    ] = None
    vat_in_cash_flow: Annotated[
        Literal["explicit", "net"] | None,
        Field(title="现金流量表中的增值税", description="default explicit; net leaves VAT out of tables 7 and 8"),
    ] = None


class FinancialCase(Part):
    """The whole financial input of one project (or one component of a bundle)."""

    timeline: Annotated[Timeline | None, Field(title="计算期")] = None
    discount_rate: Annotated[Ratio | None, Field(title="基准收益率")] = None
    discount_rate_equity: Annotated[Ratio | None, Field(title="资本金基准收益率", description="default: same")] = None
    normal_operation_year: Annotated[Integer | None, Field(title="正常年（运营年）")] = None
    investment: Annotated[Investment | None, Field(title="投资估算")] = None
    depreciation: Annotated[Depreciation | None, Field(title="折旧与摊销")] = None
    working_capital: Annotated[WorkingCapital | None, Field(title="流动资金")] = None
    grants: Annotated[list[Grant] | None, Field(title="财政补助")] = None
    sponsors: Annotated[list[Sponsor] | None, Field(title="资本金出资方")] = None
    debts: Annotated[list[Debt] | None, Field(title="债务资金")] = None
    revenue_streams: Annotated[list[RevenueStream] | None, Field(title="营业收入")] = None
    operating_costs: Annotated[list[OperatingCost] | None, Field(title="经营成本")] = None
    operating_subsidies: Annotated[list[OperatingSubsidy] | None, Field(title="补贴收入")] = None
    maintenance_capex: Annotated[list[MaintenanceInvestment] | None, Field(title="维持运营投资")] = None
    surcharges: Annotated[Surcharges | None, Field(title="税金及附加")] = None
    income_tax: Annotated[IncomeTax | None, Field(title="企业所得税")] = None
    conventions: Annotated[CaseConventions | None, Field(title="测算口径", description="default: the standard")] = None
