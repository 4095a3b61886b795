"""Help for the fields of the financial case 填报说明: what to enter, what empty counts as, where it is usually found.

The English is in the catalogue `en.case.po`. Defaults are those of `finance`; a rate that changes is named by its
source alone.
"""

from collections.abc import Mapping
from typing import Final

Help = tuple[str, str]
"""What to enter, and where the figure usually comes from."""

_ESTIMATE: Final = "可行性研究报告 投资估算表"
_FUNDING: Final = "可行性研究报告 资金筹措表"
_DEPRECIATION: Final = "可行性研究报告 折旧摊销估算表"
_WORKING_CAPITAL: Final = "可行性研究报告 流动资金估算表"
_COST: Final = "可行性研究报告 总成本费用估算表"
_LOAN: Final = "贷款合同、承诺函或债券发行方案"
_METHOD: Final = "《建设项目经济评价方法与参数（第三版）》"
_TAX: Final = "主管税务机关、可行性研究报告 税费估算"
_GRANT: Final = "资金下达文件"
_REVENUE: Final = "可行性研究报告 营业收入估算表"

_YEARLY: Final[Mapping[str, str]] = {
    "name": "便于区分的名称，与可研表格一致。",
    "quantity_10k": "达产年的年数量，以万为单位：年处理 3650 万吨填 3650。与单价相乘即为万元；有年金额的留空。",
    "unit_price_yuan": "每单位的元数，不含增值税；含税价请先除以（1＋税率）。",
    "annual_amount": "达产年金额；与“数量×单价”、“分年金额”三者填一种。",
    "schedule": "按运营年逐年列出，如 500; 800；列完以后的年份为零。适用于接驳费等一次性收支。",
    "ramp": "各运营年占达产年的比例，最后一个数沿用至期末，如 60%; 80%; 100%；不填按 100%。",
    "escalation_rate": "每次调整的涨幅；不填按 0。",
    "escalation_every_years": "三年一调价的填 3；不填按每年。",
    "degradation_rate": "产出逐年衰减的比例，如光伏；不填按 0。",
    "start_operation_year": "从第几个运营年起发生；不填从第 1 年。",
    "end_operation_year": "到第几个运营年止；不填至期末。",
}
_YEARLY_SOURCES: Final[Mapping[str, str]] = {
    "revenue_streams": _REVENUE,
    "operating_costs": _COST,
    "operating_subsidies": "补贴协议、预算文件",
}
CASE_HELP: Final[Mapping[str, Help]] = {
    **{
        f"{records}.{name}": (said, source)
        for records, source in _YEARLY_SOURCES.items()
        for name, said in _YEARLY.items()
    },
    "timeline.construction_years": ("自开工至竣工的整年数；项目第 1 年为建设期首年。", "可行性研究报告 实施进度"),
    "timeline.operation_years": (
        "投产后计入测算的整年数，不宜超过主要资产寿命或特许经营期；市政项目常用 20–30 年。",
        "可行性研究报告、特许经营协议",
    ),
    "discount_rate": (
        "项目投资现金流量的折现率，也是判断内部收益率的标准；行业参数发布已久，请按可研采用值填写。",
        _METHOD,
    ),
    "discount_rate_equity": ("资本金现金流量的折现率；不填与基准收益率相同。", "可行性研究报告"),
    "normal_operation_year": (
        "按正常年计算盈亏平衡点、总投资收益率时所取的运营年，如达产后的第 5 年填 5。",
        "可行性研究报告",
    ),
    "investment.engineering_cost": ("建筑工程费、设备购置费与安装工程费之和，含增值税。", _ESTIMATE),
    "investment.other_cost": ("土地、建设管理、勘察设计、监理等费用，含无形资产和递延资产。", _ESTIMATE),
    "investment.basic_contingency": ("（工程费用＋其他费用）×基本预备费率。", _ESTIMATE),
    "investment.price_contingency": ("建设期涨价预备；已按下方年涨价率计算的填 0，以免重复。", _ESTIMATE),
    "investment.intangible_assets": ("建设投资中形成无形资产的部分，如土地使用权。", _ESTIMATE),
    "investment.deferred_assets": ("建设投资中形成其他资产（递延）的部分，如开办费。", _ESTIMATE),
    "investment.deductible_input_vat": ("建设投资所含、投产后可抵扣的进项税额；不计入资产原值。", _ESTIMATE),
    "investment.spending_profile": ("各建设年投资占比，合计 100%，如 45%; 55%。", "可行性研究报告 分年投资计划"),
    "investment.annual_price_rise": ("按公式另行计算涨价预备费；不填不另计。", _ESTIMATE),
    "investment.years_to_start": ("自估算编制至开工的年数；不填按 0。", _ESTIMATE),
    "depreciation.fixed_asset_years": ("直线法，自运营第 1 年起；超过运营期的余值在期末回收。", _DEPRECIATION),
    "depreciation.residual_rate": ("期末残值占固定资产原值的比例；没有市场的公益设施填 0。", _DEPRECIATION),
    "depreciation.intangible_years": ("直线法，无残值；土地使用权一般按运营期。", _DEPRECIATION),
    "depreciation.deferred_years": ("直线法，无残值；通常 5 年。", _DEPRECIATION),
    "working_capital.full_capacity_amount": (
        "扩大指标法下达产年占用的流动资金；用下方周转次数分项估算的填 0 或留空，以免重复。",
        _WORKING_CAPITAL,
    ),
    "working_capital.ramp": (
        "各运营年占达产年的比例，最后一个数沿用至期末，如 60%; 80%; 100%；不填按 100%。",
        _WORKING_CAPITAL,
    ),
    "working_capital.equity_share": ("以资本金安排的比例，其余按流动资金借款计息；不填按 100%。", _FUNDING),
    "working_capital.loan_rate": ("流动资金借款的名义年利率。", _LOAN),
    "working_capital.turnover.receivables": (
        "一年周转次数，以经营成本为基数；如 45 天回款约为 8 次。",
        _WORKING_CAPITAL,
    ),
    "working_capital.turnover.inventories": ("一年周转次数，以经营成本为基数。", _WORKING_CAPITAL),
    "working_capital.turnover.cash": ("一年周转次数，以工资福利与其他费用为基数。", _WORKING_CAPITAL),
    "working_capital.turnover.prepayments": ("一年周转次数，以外购原材料、燃料及动力为基数。", _WORKING_CAPITAL),
    "working_capital.turnover.payables": (
        "一年周转次数，以外购原材料、燃料及动力为基数；抵减流动资金。",
        _WORKING_CAPITAL,
    ),
    "working_capital.turnover.advances": ("一年周转次数，以营业收入为基数；抵减流动资金。", _WORKING_CAPITAL),
    "surcharges.urban_maintenance": (
        "以应纳增值税为基数：市区 7%，县城、镇 5%，其他 1%。",
        "《城市维护建设税法》第四条",
    ),
    "surcharges.education": ("以应纳增值税为基数。", _TAX),
    "surcharges.local_education": ("以应纳增值税为基数。", _TAX),
    "income_tax.rate": ("适用的企业所得税税率；享受优惠税率的请核对政策期限。", _TAX),
    "income_tax.holiday": (
        "自取得第一笔生产经营收入所属纳税年度起算，无论是否盈利；不填按无减免。",
        "《企业所得税法实施条例》第八十八条",
    ),
    "income_tax.eligible_share": ("多业务项目中可享受减免的所得占比；不填按 100%。", _TAX),
    "income_tax.loss_carry_forward_years": ("亏损可在其后若干年内弥补；不填按 5 年。", _TAX),
    "income_tax.vat_refund_taxable": ("即征即退的增值税是否计入应纳税所得额；不填按应税。", _TAX),
    "conventions.discount_timing": ("不填按年末：第 1 年折现一次。只影响净现值，不影响内部收益率。", _METHOD),
    "conventions.payback_start": ("不填自建设期首年起算；自运营期起算的回收期短一个建设期。", _METHOD),
    "conventions.profitability_year": ("不填取运营期年均；取正常年的，用上方“正常年（运营年）”。", _METHOD),
    "conventions.vat_in_cash_flow": ("不填为单列销项、进项税；只列应纳税额的，现金流量表不含增值税。", _METHOD),
    "grants.name": ("与资金下达文件一致，如中央生态环境资金。", _GRANT),
    "grants.level": ("下达资金的一级财政。", _GRANT),
    "grants.amounts": ("按建设年，用分号分隔，如 2000; 1500；没有的年份填 0。", _GRANT),
    "grants.counts_as_equity": ("仅在文件明确以资本金注入时选是；不填为否，计入资本公积。", _GRANT),
    "grants.reduces_asset_cost": ("会计上冲减资产成本的选是；不填为否。", _GRANT),
    "sponsors.name": ("与出资协议、公司章程一致。", "出资协议"),
    "sponsors.kind": ("按出资来源：财政或国有出资为政府，其余为社会资本。", "出资协议"),
    "sponsors.share": ("占项目资本金的比例，各方合计 100%。", "出资协议"),
    "debts.name": ("便于区分的名称，如某行项目贷款、专项债券一期。", _LOAN),
    "debts.kind": ("不填按银行贷款。", _LOAN),
    "debts.draws": ("按建设年的提款或发行额，如 6000; 4000；没有的年份填 0。", _FUNDING),
    "debts.annual_rate": ("名义年利率（票面利率）。", _LOAN),
    "debts.rate_steps": ("“项目年=利率”，自该年起执行，如 3=4.5%; 6=4.2%；固定利率的留空。", _LOAN),
    "debts.compounding_periods_per_year": ("按季付息填 4，半年填 2；不填按 1 次，据此折算实际年利率。", _LOAN),
    "debts.construction_interest": ("不填为计入总投资（本金滚动）；当期支付的由资本金负担，专项债券一般如此。", _LOAN),
    "debts.draw_interest_fraction": ("提款当年计息的时间比例；不填按 50%（均匀提款），年初一次提款填 100%。", _METHOD),
    "debts.share_as_capital": (
        "专项债券中用作项目资本金的比例；不填按 0，上限与领域以现行文件为准。",
        "专项债券实施方案",
    ),
    "debts.repayment.method": ("专项债券通常到期一次还本；按偿债备付率安排的，还本额由测算得出。", _LOAN),
    "debts.repayment.first_repayment_year": ("项目年，不是日历年：建设期 2 年、运营首年还本的填 3。", _LOAN),
    "debts.repayment.repayment_years": ("自首次还本年起的年数；一次还本的填 1。", _LOAN),
    "debts.repayment.principal_shares": ("仅用于“按分年比例还本”：各年占比，合计 100%。", _LOAN),
    "revenue_streams.vat_rate": ("该项收入的增值税税率；不填按 0。", _TAX),
    "revenue_streams.vat_refund_rate": ("即征即退的比例，如 70%；不填按 0，请核对目录与年度是否仍有效。", _TAX),
    "revenue_streams.certainty": (
        "已签合同或已获批复的收入，与预期、意向的收入分开计算偿债能力。",
        "合同、价格文件或批复",
    ),
    "revenue_streams.instrument": ("来自环境权益或生态产品的收入请选择；一般收费收入留空。", "登记或交易凭证"),
    "revenue_streams.haircut_rate": ("测算时不计入的比例；100% 即整项不计，只列示。", "审慎性判断"),
    "operating_costs.type": ("随产量变化的为可变成本，用于盈亏平衡分析。", _COST),
    "operating_costs.category": ("成本要素；不填按其他。影响流动资金的分项估算。", _COST),
    "operating_costs.input_vat_rate": ("可抵扣进项税的税率；工资等没有进项的留空，按 0。", _TAX),
    "operating_subsidies.taxable": ("专项用途且单独核算的财政性资金可不征税；不填按应税。", _TAX),
    "operating_subsidies.certainty": ("已列入预算或合同的，与预期的分开计算偿债能力。", "预算文件、协议"),
    "operating_subsidies.instrument": ("来自生态补偿等的补贴请选择；一般运营补贴留空。", "协议或批复"),
    "maintenance_capex.operation_year": ("运营年：运营首年为 1。", "可行性研究报告 维持运营投资"),
    "maintenance_capex.amount": ("当年更新改造投资，自次年起折旧。", "可行性研究报告 维持运营投资"),
    "maintenance_capex.input_vat": ("其可抵扣的进项税额；不填按 0。", _TAX),
    "maintenance_capex.depreciation_years": ("直线法年限，不超过剩余运营期的部分在期末回收。", _DEPRECIATION),
}
"""By path of the field; fields of a list by the name of the list and their own."""
