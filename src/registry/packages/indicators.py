"""The indicators 财务指标 in the order a credit officer reads them, with their terms and what an empty one means."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from registry.packages import wording

Kind = Literal["rate", "money", "years", "year", "ratio"]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator: its key in the golden vocabulary, its terms, and the words for a value that does not exist."""

    key: str
    zh: str
    en: str
    kind: Kind
    group: str
    when_none: str
    is_headline: bool = False


_NO_ROOT = "不存在（现金流无符号变化或无实数解）"
_NEVER = "计算期内未收回"
_NO_DEBT = "不适用（无计息债务）"

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "project_irr_pre_tax", "项目投资财务内部收益率（税前）", "Project IRR before tax", "rate", "盈利能力", _NO_ROOT
    ),
    Indicator(
        "project_irr_post_tax",
        "项目投资财务内部收益率（税后）",
        "Project IRR after tax",
        "rate",
        "盈利能力",
        _NO_ROOT,
        True,
    ),
    Indicator("equity_irr", "资本金财务内部收益率", "Equity IRR", "rate", "盈利能力", _NO_ROOT, True),
    Indicator("project_npv_pre_tax", "项目投资财务净现值（税前）", "Project NPV before tax", "money", "盈利能力", ""),
    Indicator(
        "project_npv_post_tax", "项目投资财务净现值（税后）", "Project NPV after tax", "money", "盈利能力", "", True
    ),
    Indicator("equity_npv", "资本金财务净现值", "Equity NPV", "money", "盈利能力", ""),
    Indicator(
        "payback_static_pre_tax", "静态投资回收期（税前）", "Static payback before tax", "years", "盈利能力", _NEVER
    ),
    Indicator(
        "payback_static_post_tax",
        "静态投资回收期（税后）",
        "Static payback after tax",
        "years",
        "盈利能力",
        _NEVER,
        True,
    ),
    Indicator(
        "payback_dynamic_pre_tax", "动态投资回收期（税前）", "Dynamic payback before tax", "years", "盈利能力", _NEVER
    ),
    Indicator(
        "payback_dynamic_post_tax", "动态投资回收期（税后）", "Dynamic payback after tax", "years", "盈利能力", _NEVER
    ),
    Indicator("roi", "总投资收益率", "Return on investment", "rate", "盈利能力", wording.NOT_DEFINED),
    Indicator("roe", "资本金净利润率", "Return on equity", "rate", "盈利能力", "不适用（无资本金）"),
    Indicator("icr_min", "利息备付率（最低年）", "Lowest interest cover", "ratio", "偿债能力", _NO_DEBT),
    Indicator("dscr_min", "偿债备付率（最低年）", "Lowest debt service cover", "ratio", "偿债能力", _NO_DEBT, True),
    Indicator("dscr_average", "偿债备付率（平均）", "Average debt service cover", "ratio", "偿债能力", _NO_DEBT, True),
    Indicator("llcr", "贷款期覆盖倍数", "Loan life cover ratio", "ratio", "偿债能力", _NO_DEBT),
    Indicator("plcr", "项目期覆盖倍数", "Project life cover ratio", "ratio", "偿债能力", _NO_DEBT),
    Indicator(
        "special_bond_coverage",
        "专项债券本息覆盖倍数",
        "Special bond cover",
        "ratio",
        "偿债能力",
        "不适用（无专项债券）",
    ),
    Indicator("total_debt_coverage", "全部债务本息覆盖倍数", "Cover of all debt", "ratio", "偿债能力", _NO_DEBT, True),
    Indicator(
        "sculpted_dscr", "按偿债备付率排定的还款倍数", "Sculpted DSCR", "ratio", "偿债能力", "不适用（非此还款方式）"
    ),
    Indicator(
        "gearing_max", "资产负债率（最高年）", "Highest liabilities to assets", "rate", "偿债能力", wording.NOT_DEFINED
    ),
    Indicator(
        "last_repayment_year", "债务清偿年（项目年）", "Year the last debt is repaid", "year", "偿债能力", _NO_DEBT
    ),
    Indicator("cumulative_surplus_min", "累计盈余资金最低值", "Lowest cumulative surplus", "money", "生存能力", ""),
    Indicator(
        "bep_capacity",
        "盈亏平衡点（生产能力利用率）",
        "Break-even capacity",
        "rate",
        "生存能力",
        "不存在（无可变收益）",
    ),
)

FACTORS: Mapping[str, str] = {"investment": "建设投资", "revenue": "营业收入", "operating_cost": "经营成本"}
"""Factors of the sensitivity table, as it names them."""

TOTALS: tuple[tuple[str, str, str], ...] = (
    ("construction_investment", "建设投资", "Construction investment"),
    ("idc_total", "建设期利息", "Interest during construction"),
    ("working_capital", "流动资金", "Working capital"),
    ("total_investment", "项目总投资", "Total investment"),
    ("equity_total", "项目资本金", "Project equity"),
    ("grants_total", "财政补助资金", "Grants"),
    ("debt_drawn", "债务资金", "Debt drawn"),
    ("debt_at_end_of_construction", "建设期末债务余额", "Debt at the end of construction"),
    ("debt_at_end_of_horizon", "计算期末未偿债务", "Debt at the end of the period"),
)


def is_shown(indicator: Indicator, found: Mapping[str, Any]) -> bool:
    """Say whether an indicator is printed: a sculpted DSCR only where a debt is repaid that way."""
    return indicator.key in found and not (indicator.key == "sculpted_dscr" and found[indicator.key] is None)


def number_of(value: Any) -> float | None:
    """Return the figure of an indicator; an IRR is an object, its `value` None unless one root can be named."""
    found = value.get("value") if isinstance(value, Mapping) else value
    return None if found is None else float(found)


def printed(indicator: Indicator, value: Any) -> str:
    """Return the indicator as printed; says why when there is none, and lists every root when there are several."""
    figure = number_of(value)
    if isinstance(value, Mapping) and value.get("status") == "multiple":
        roots = "、".join(wording.percent(float(root)) for root in value.get("all", ()))
        return f"{wording.percent(figure, '不取值')}（多解：{roots}）"
    if figure is None:
        return indicator.when_none or wording.NOT_DEFINED
    return _figure(indicator.kind, figure)


def _figure(kind: Kind, figure: float) -> str:
    match kind:
        case "rate":
            return wording.percent(figure)
        case "money":
            return f"{wording.money(figure)} 万元"
        case "years":
            return f"{wording.plain(figure)} 年"
        case "year":
            return f"第 {figure:.0f} 年"
        case "ratio":
            return wording.plain(figure)
