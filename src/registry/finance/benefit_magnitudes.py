"""Impossible magnitudes 数量级疑误: published benefits are questioned against each other, and never changed.

A ratio of two figures of one project (CO2 per kWh, coal per kWh, kWh per tonne of waste) has narrow natural limits, so
a slip of the unit by a thousand or ten thousand shows at once, whichever of the two figures it is in.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Final

from registry.errors import Finding
from registry.finance.benefit_units import INDICATORS
from registry.finance.factors import Magnitude, magnitudes

_SLIPS: Final = {1e-4: "约小一万倍", 1e-3: "约小一千倍", 1e3: "约大一千倍", 1e4: "约大一万倍", 1e8: "约大一亿倍"}
_SLIPS_EN: Final = {
    1e-4: "about ten thousand times too low", 1e-3: "about a thousand times too low",
    1e3: "about a thousand times too high", 1e4: "about ten thousand times too high", 1e8: "about 1e8 times too high",
}  # fmt: skip
_LIFE_YEARS: Final = (10.0, 40.0)
"""A figure this many times too high is probably the total over the project's life."""
_SLIP_WITHIN: Final = 0.45
"""Decades around a power of ten within which it is named as the probable slip."""
_OTHER_TERMS: Final = {"capacity_mw": ("装机容量（MW）", "capacity in MW")}


def question_magnitudes(
    values: Mapping[str, float | None], *, capacity_mw: float | None = None, path: str = "benefits"
) -> list[Finding]:
    """Return a warning for each figure, or pair of figures, that one project can hardly have.

    `values` maps indicator codes to yearly values in standard units (`benefit_units.yearly_benefit`). Unknown values
    and ratios with a zero below are not judged.
    """
    known = {name: value for name, value in {**values, "capacity_mw": capacity_mw}.items() if value is not None}
    return list(_questions(known, path))


def _questions(known: Mapping[str, float], path: str) -> Iterator[Finding]:
    for limit in magnitudes():
        value = known.get(limit.indicator)
        below = 1.0 if limit.per is None else known.get(limit.per)
        if value is None or below is None or below <= 0:
            continue
        ratio = value / below
        if not limit.lowest <= ratio <= limit.highest:
            yield _question(limit, ratio, f"{path}.{limit.indicator}")


def _question(limit: Magnitude, ratio: float, path: str) -> Finding:
    zh, en = _terms(limit.indicator)
    if limit.per is not None:
        per_zh, per_en = _terms(limit.per)
        zh, en = f"{zh}与{per_zh}之比", f"ratio of {en} to {per_en}"
    guess_zh, guess_en = _guess(ratio / limit.typical, is_ratio=limit.per is not None)
    return Finding(
        path, f"magnitude-{limit.id}",
        f"{zh}为 {ratio:.4g} {limit.unit}，合理范围为 {limit.lowest:g} 至 {limit.highest:g}（{limit.note}；待核实）"
        f"{guess_zh}；请核对数值与单位",
        f"{en} is {ratio:.4g} {limit.unit}, expected {limit.lowest:g} to {limit.highest:g} (judgement, unverified)"
        f"{guess_en}; check value and unit",
        f"{ratio:.6g}", "warning",
    )  # fmt: skip


def _terms(code: str) -> tuple[str, str]:
    if code in _OTHER_TERMS:
        return _OTHER_TERMS[code]
    return INDICATORS[code].zh, INDICATORS[code].en.lower()


def _guess(excess: float, *, is_ratio: bool) -> tuple[str, str]:
    """Return which slip explains a ratio `excess` times the typical one; a lone figure has no typical size."""
    if excess <= 0 or not is_ratio:
        return "", ""
    nearest = min(_SLIPS, key=lambda slip: abs(math.log10(excess / slip)))
    if abs(math.log10(excess / nearest)) <= _SLIP_WITHIN:
        return f"，{_SLIPS[nearest]}，可能是“万”或“亿”用错", f", {_SLIPS_EN[nearest]}: probably a slip of 万 or 亿"
    if _LIFE_YEARS[0] <= excess <= _LIFE_YEARS[1]:
        return "，可能是全生命期合计", ", possibly the total over the project's life"
    return "", ""
