"""Printed benefits brought to one unit each: "减少二氧化碳 9.59 万吨/年" becomes 95,900 tCO2e a year of `co2e`."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from registry.errors import Finding
from registry.projects.benefits import GREENHOUSE_GASES

Dimension = Literal["mass", "energy", "heat", "volume", "area", "length"]

DAYS_PER_YEAR: Final = 365


@dataclass(frozen=True, slots=True)
class Indicator:
    """One environmental indicator: official term, standard unit, what kind of quantity, how sources call it."""

    code: str
    zh: str
    en: str
    unit: str
    dimension: Dimension
    pattern: str


INDICATORS: Final[dict[str, Indicator]] = {
    row.code: row
    for row in (
        Indicator("standard_coal", "节约标准煤", "Standard coal saved", "tce/年", "mass", r"标准?煤|tce"),
        Indicator("raw_coal", "节约原煤", "Raw coal saved", "t/年", "mass", r"原煤|节约?煤|减少.*煤"),
        Indicator("co2e", "减排二氧化碳当量", "Greenhouse gases avoided", "tCO2e/年", "mass",
                  GREENHOUSE_GASES),
        Indicator("cod", "化学需氧量削减", "COD removed", "t/年", "mass", r"化学需氧量|COD"),
        Indicator("bod5", "生化需氧量削减", "BOD5 removed", "t/年", "mass", r"生化需氧量|BOD"),
        Indicator("nh3n", "氨氮削减", "Ammonia nitrogen removed", "t/年", "mass", r"氨氮|NH3-?N|NH₃-?N"),
        Indicator("tn", "总氮削减", "Total nitrogen removed", "t/年", "mass", r"总氮|\bTN\b"),
        Indicator("tp", "总磷削减", "Total phosphorus removed", "t/年", "mass", r"总磷|\bTP\b"),
        Indicator("ss", "悬浮物削减", "Suspended solids removed", "t/年", "mass", r"悬浮物|SS$"),
        Indicator("so2", "二氧化硫减排", "SO2 avoided", "t/年", "mass", r"二氧化硫|SO2|SO₂"),
        Indicator("nox", "氮氧化物减排", "NOx avoided", "t/年", "mass", r"氮氧化物|NOx"),
        Indicator("vocs", "挥发性有机物减排", "VOCs avoided", "t/年", "mass", r"挥发性有机|VOC"),
        Indicator("pm", "颗粒物减排", "Particulates avoided", "t/年", "mass", r"烟尘|粉尘|颗粒物|\bPM"),
        Indicator("water_saved", "节水与再生水量", "Water saved or reused", "m³/年", "volume",
                  r"节水|水资源|再生水|中水"),
        Indicator("waste_treated", "处理生活垃圾", "Waste treated", "t/年", "mass", r"处理.*垃圾|垃圾.*处理"),
        Indicator("solid_waste_reused", "固体废物综合利用", "Solid waste reused", "t/年", "mass",
                  r"固废|固体废物|灰渣|秸秆"),
        Indicator("electricity", "发电量（上网电量）", "Electricity produced", "MWh/年", "energy",
                  r"电量|年发电|余热.*发电"),
        Indicator("heat", "供热量", "Heat supplied", "GJ/年", "heat", r"供热量|热量"),
        Indicator("area", "治理修复面积", "Area restored", "ha", "area",
                  r"面积|修复|治理.*(草原|地)|(草原|地)治理|育林"),
    )
}  # fmt: skip
_BY_NAME: Final = {name: row for row in INDICATORS.values() for name in (row.code, row.zh, row.en)}
STOCKS: Final = {"area"}
"""Indicators that are an amount, not an amount a year."""

_PREFIXES: Final = {"": 1.0, "百": 1e2, "千": 1e3, "万": 1e4, "百万": 1e6, "千万": 1e7, "亿": 1e8, "万亿": 1e12}
_BASES: Final[dict[str, tuple[Dimension, float]]] = {
    **dict.fromkeys(["吨", "t", "吨标准煤", "吨标煤", "tce"], ("mass", 1.0)),
    **dict.fromkeys(
        ["tco2", "tco2e", "tco2eq", "吨co2", "吨co2e", "吨co2当量", "吨二氧化碳", "吨二氧化碳当量"], ("mass", 1.0)
    ),
    **dict.fromkeys(("千克", "公斤", "kg", "kgce"), ("mass", 1e-3)),
    **dict.fromkeys(("克", "g"), ("mass", 1e-6)),
    **dict.fromkeys(("度", "度电", "千瓦时", "千瓦小时", "kwh"), ("energy", 1e-3)),
    **dict.fromkeys(("兆瓦时", "mwh"), ("energy", 1.0)),
    "gwh": ("energy", 1e3),
    "twh": ("energy", 1e6),
    **dict.fromkeys(("吉焦", "gj"), ("heat", 1.0)),
    "tj": ("heat", 1e3),
    **dict.fromkeys(("立方米", "立方", "方", "m3", "m³"), ("volume", 1.0)),
    **dict.fromkeys(("升", "l"), ("volume", 1e-3)),
    **dict.fromkeys(("公顷", "ha", "hm2", "hm²"), ("area", 1.0)),
    "亩": ("area", 1 / 15),
    **dict.fromkeys(("平方米", "m2", "m²"), ("area", 1e-4)),
    **dict.fromkeys(("平方公里", "平方千米", "km2", "km²"), ("area", 100.0)),
    **dict.fromkeys(("公里", "千米", "km"), ("length", 1.0)),
    "米": ("length", 1e-3),
}
_PERIODS: Final[dict[str, float]] = {
    **dict.fromkeys(("年", "a", "y", "yr"), 1.0),
    **dict.fromkeys(("月",), 12.0),
    **dict.fromkeys(("日", "天", "d"), float(DAYS_PER_YEAR)),
}
_UNIT: Final = re.compile(
    r"(?P<prefix>万亿|百万|千万|[百千万亿])?(?P<base>.+?)(?:(?:/|每)(?P<period>年|月|日|天|a|y|yr|d))?"
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A printed unit: how many standard units of its dimension it is, and how often a year (None: not stated)."""

    dimension: Dimension
    size: float
    times_a_year: float | None


@dataclass(frozen=True, slots=True)
class YearlyBenefit:
    """A benefit in the standard unit of its indicator; `value` is None when it is unknown or could not be read."""

    indicator: str | None
    value: float | None
    findings: tuple[Finding, ...]


def indicator_of(text: str) -> Indicator | None:
    """Return the indicator a printed name or a code means; None when it is none of ours."""
    if text in _BY_NAME:
        return _BY_NAME[text]
    return next((row for row in INDICATORS.values() if re.search(row.pattern, text, re.IGNORECASE)), None)


def parse_unit(text: str) -> Unit | None:
    """Return what a printed unit means (吨/年, t/a, 万吨/年, 亿度/年, 万MW.h/年 …); None when it cannot be read."""
    compact = re.sub(r"[\s.·•*]", "", text).replace("／", "/").replace("₂", "2").lower()
    match = _UNIT.fullmatch(compact)
    if match is None:
        return None
    prefix, base, period = match["prefix"] or "", match["base"], match["period"]
    if prefix + base in _BASES:  # 千克 and 千瓦时 are units, not a thousand 克
        prefix, base = "", prefix + base
    elif prefix and prefix[-1] + base in _BASES:  # 万千瓦时 reads 万 + 千瓦时 whichever way it is cut
        prefix, base = prefix[:-1], prefix[-1] + base
    known = _BASES.get(base)
    if known is None or prefix not in _PREFIXES:
        return None
    return Unit(known[0], known[1] * _PREFIXES[prefix], _PERIODS[period] if period else None)


def yearly_benefit(indicator: str, value: float | None, unit: str | None, path: str = "benefit") -> YearlyBenefit:
    """Return a printed benefit in the standard unit of its indicator, with what had to be assumed or refused.

    One tonne of water is one cubic metre. A unit without a period is taken as yearly, with a warning; a daily or
    monthly one is multiplied, with a note. What cannot be read keeps no value: it is not taken for zero.
    """
    meant = indicator_of(indicator)
    if meant is None:
        return YearlyBenefit(None, None, (_unknown_indicator(indicator, path),))
    if value is None:
        return YearlyBenefit(meant.code, None, ())
    read = parse_unit(unit) if unit else None
    if read is None:
        return YearlyBenefit(meant.code, None, (_unreadable_unit(meant, unit, path),))
    is_water = meant.dimension == "volume" and read.dimension == "mass"
    if read.dimension != meant.dimension and not is_water:
        return YearlyBenefit(meant.code, None, (_wrong_unit(meant, unit, path),))
    findings = () if meant.code in STOCKS else tuple(_about_period(meant, read, unit, path))
    return YearlyBenefit(meant.code, value * read.size * (read.times_a_year or 1.0), findings)


def _unknown_indicator(indicator: str, path: str) -> Finding:
    known = "、".join(row.zh for row in INDICATORS.values())
    return Finding(
        f"{path}.indicator", "unknown-indicator",
        f"“{indicator}”不是已定义的环境效益指标，未参与计算；可用指标：{known}",
        f'"{indicator}" is not a known benefit indicator and was left out; known: {", ".join(INDICATORS)}',
        indicator, "warning",
    )  # fmt: skip


def _unreadable_unit(meant: Indicator, unit: str | None, path: str) -> Finding:
    return Finding(
        f"{path}.unit", "unreadable-unit",
        f"{meant.zh}的单位“{unit or '空'}”无法识别，数值未采用；请改用 {meant.unit}（可带万、亿）",
        f'the unit "{unit or ""}" of {meant.code} cannot be read, so the value was not taken; use {meant.unit}',
        unit, "error",
    )  # fmt: skip


def _wrong_unit(meant: Indicator, unit: str | None, path: str) -> Finding:
    return Finding(
        f"{path}.unit", "wrong-unit",
        f"{meant.zh}的单位应可换算为 {meant.unit}，实际为“{unit}”；请核对指标与单位",
        f'{meant.code} is counted in {meant.unit}, found "{unit}"; check indicator and unit',
        unit, "error",
    )  # fmt: skip


def _about_period(meant: Indicator, read: Unit, unit: str | None, path: str) -> list[Finding]:
    if read.times_a_year == 1:
        return []
    if read.times_a_year is None:
        return [Finding(
            f"{path}.unit", "no-period",
            f"{meant.zh}的单位“{unit}”未写明时段，按每年计；若为全生命期合计，请改正",
            f'the unit "{unit}" of {meant.code} names no period and was taken as yearly; correct a life total',
            unit, "warning",
        )]  # fmt: skip
    return [Finding(
        f"{path}.unit", "period-converted",
        f"{meant.zh}的单位“{unit}”按每年 {read.times_a_year:g} 次折算为年值",
        f'"{unit}" of {meant.code} was multiplied by {read.times_a_year:g} to a yearly value',
        unit, "info",
    )]  # fmt: skip
