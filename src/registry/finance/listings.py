"""Tables without years: sensitivity (13), stress test (14-3), environmental benefits and cost per tonne (15)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from registry.finance.benefit_units import INDICATORS
from registry.finance.benefits import AbatementInput, Reduction
from registry.finance.sensitivity import FactorSensitivity, SensitivityRow
from registry.finance.shocks import FACTORS
from registry.finance.stress import StressResult

Cell = str | float | None
Kind = Literal["text", "rate", "change", "money", "years", "ratio", "amount"]
"""How a column is printed: a share of one as per cent, 万元 with two decimals, and so on."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: names and what its cells are."""

    zh: str
    en: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Listing:
    """One table: number, titles, columns, and rows of unrounded cells (None is a blank cell)."""

    number: str
    title_zh: str
    title_en: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the table for JSON."""
        return asdict(self)


def sensitivity_listing(factors: Sequence[FactorSensitivity]) -> Listing:
    """Return 表13: every factor at every change, the base case as its change of zero, indicators after tax."""
    columns = (
        Column("不确定因素", "Factor", "text"),
        Column("变化率", "Change", "change"),
        Column("项目投资财务内部收益率（税后）", "FIRR after tax", "rate"),
        Column("财务净现值（税后）", "FNPV after tax", "money"),
        Column("投资回收期（税后）", "Payback after tax", "years"),
        Column("最低偿债备付率", "Lowest DSCR", "ratio"),
        Column("敏感度系数（内部收益率）", "Coefficient of the FIRR", "ratio"),
        Column("敏感度系数（净现值）", "Coefficient of the FNPV", "ratio"),
        Column("临界点", "Switching point", "change"),
        Column("临界值", "Critical value", "money"),
    )
    rows = tuple(
        _sensitivity_row(each, line)
        for each in factors
        for line in sorted((each.base, *each.rows), key=lambda line: line.change)
    )
    return Listing("13", "敏感性分析表", "Sensitivity", columns, rows)


def _sensitivity_row(each: FactorSensitivity, line: SensitivityRow) -> tuple[Cell, ...]:
    return (
        FACTORS[each.factor][0], line.change, line.irr, line.npv, line.payback, line.dscr_min,
        line.coefficient_irr, line.coefficient_npv, each.switching_point, each.critical_value,
    )  # fmt: skip


def stress_listing(results: Sequence[StressResult]) -> Listing:
    """Return 表14-3."""
    columns = (
        Column("情景", "Stress", "text"),
        Column("专项债券本息覆盖倍数", "Special bond coverage", "ratio"),
        Column("全部债务本息覆盖倍数", "Coverage of all debt", "ratio"),
        Column("最低偿债备付率", "Lowest DSCR", "ratio"),
        Column("平均偿债备付率", "Average DSCR", "ratio"),
        Column("累计盈余资金最低值", "Lowest cumulative surplus", "money"),
        Column("资本金内部收益率", "Equity IRR", "rate"),
    )
    rows = tuple(
        (
            each.stress.zh, each.special_bond_coverage, each.total_debt_coverage, each.dscr_min, each.dscr_average,
            each.cumulative_surplus_min, each.equity_irr,
        )
        for each in results
    )  # fmt: skip
    return Listing("14-3", "压力测试表", "Stress test", columns, rows)


def benefit_listing(reductions: Sequence[Reduction]) -> Listing:
    """Return 表15-1: each indicator with and without the project, a year; unknown stays blank."""
    columns = (
        Column("指标", "Indicator", "text"),
        Column("单位", "Unit", "text"),
        Column("基准", "Baseline", "amount"),
        Column("项目", "Project", "amount"),
        Column("年减排（节约）量", "Reduction a year", "amount"),
        Column("基准情景", "Baseline in words", "text"),
        Column("排放因子", "Factors", "text"),
        Column("来源", "Source", "text"),
    )
    rows = tuple(
        (
            INDICATORS[each.indicator].zh, INDICATORS[each.indicator].unit, each.baseline, each.project, each.value,
            each.baseline_in_words,
            "；".join(f"{factor.value:g} {factor.unit}" for factor in each.factors),
            "；".join(factor.document for factor in each.factors),
        )
        for each in reductions
    )  # fmt: skip
    return Listing("15-1", "节能减排量测算表", "Environmental benefits", columns, rows)


def cost_per_tonne_listing(costs: Sequence[AbatementInput]) -> Listing:
    """Return 表15-2: discounted tonnes, FNPV before tax and yuan per tonne; the reason where there is no figure."""
    columns = (
        Column("指标", "Indicator", "text"),
        Column("折现减排量（吨）", "Tonnes, discounted", "amount"),
        Column("财务净现值（税前）", "FNPV before tax", "money"),
        Column("折现率", "Discount rate", "rate"),
        Column("单位减排成本（元/吨）", "Yuan per tonne", "amount"),
        Column("说明", "Remark", "text"),
    )
    rows = tuple(
        (INDICATORS[each.indicator].zh, each.tonnes, each.fnpv, each.discount_rate, each.yuan_per_tonne, each.reason_zh)
        for each in costs
    )
    return Listing("15-2", "单位减排成本表", "Cost per tonne", columns, rows)
