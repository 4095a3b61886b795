"""What cannot all be true at once in one dossier: warnings, because the registry cannot know which figure is wrong."""

import re
from collections.abc import Iterator
from decimal import Decimal

from registry.intake.cells import Flaw, is_masked
from registry.intake.folding import folded
from registry.intake.places import resolve_city
from registry.projects.codes import city_name, province_name
from registry.projects.model import Dossier
from registry.quantities import money_text

TOLERANCE = Decimal("0.5")
"""万元; published tables round each part."""
IMPLAUSIBLE_COVERAGE = 10

_COUNTY_IN_TITLE = re.compile(r"^[\u4e00-\u9fff]{1,9}?县")


def check_consistency(dossier: Dossier) -> Iterator[tuple[str, Flaw]]:
    """Yield the field and what contradicts another field of the same dossier."""
    yield from _check_investment(dossier)
    yield from _check_bonds(dossier)
    yield from _check_periods(dossier)
    yield from _check_income(dossier)
    yield from _check_place(dossier)
    yield from _check_codes(dossier)


def _check_investment(dossier: Dossier) -> Iterator[tuple[str, Flaw]]:
    total = dossier.total_investment
    if total is None:
        return
    if total == 0:
        yield "total_investment", _warning("total-zero", "总投资为 0，请核对", "the total investment is 0; check it")
        return
    capital, bond, debt = dossier.project_capital, dossier.special_bond_total, dossier.other_debt
    if capital is None or bond is None:
        return
    parts = capital + bond + (debt or 0)
    if abs(parts - total) > TOLERANCE:
        stated = f"{money_text(capital)}＋{money_text(bond)}＋{'未填' if debt is None else money_text(debt)}"
        yield (
            "total_investment",
            _warning(
                "sources-differ-from-total",
                f"资本金＋专项债＋其他债务（{stated}）与总投资 {money_text(total)} 万元相差 "
                f"{money_text(total - parts)} 万元；请核对各项来源",
                f"capital + bonds + other debt ({money_text(parts)}) differ from the total {money_text(total)} by "
                f"{money_text(total - parts)} 万元; check the sources",
            ),
        )


def _check_bonds(dossier: Dossier) -> Iterator[tuple[str, Flaw]]:
    total = dossier.special_bond_total
    if total is None:
        return
    issued = sum((line.amount_wan or Decimal(0) for line in dossier.bond_issuances), Decimal(0))
    if issued > total + TOLERANCE:
        yield (
            "special_bond_total",
            _warning(
                "issued-above-total",
                f"已发行 {money_text(issued)} 万元，多于总额 {money_text(total)} 万元",
                f"bonds issued ({money_text(issued)}) exceed those applied for ({money_text(total)})",
            ),
        )
    if dossier.bond_as_capital is not None and dossier.bond_as_capital > total + TOLERANCE:
        yield (
            "bond_as_capital",
            _warning(
                "bond-capital-above-total",
                f"用作资本金的专项债 {money_text(dossier.bond_as_capital)} 万元多于总额 {money_text(total)} 万元",
                "the bonds used as capital exceed the bonds applied for; check both",
            ),
        )


def _check_periods(dossier: Dossier) -> Iterator[tuple[str, Flaw]]:
    pairs = (
        ("construction_end", "construction_start", "建设期止早于建设期起", "construction ends before it starts"),
        ("operation_start", "construction_end", "运营期起早于建设期止", "operation starts before construction ends"),
        ("operation_end", "operation_start", "运营期止早于运营期起", "operation ends before it starts"),
    )
    for later, earlier, zh, en in pairs:
        late, early = getattr(dossier, later), getattr(dossier, earlier)
        if late is not None and early is not None and _is_before(late, early):
            yield (
                later,
                _warning(
                    f"{later.replace('_', '-')}-early",
                    f"{zh}（{late}，{early}）；请核对",
                    f"{en} ({late}, {early}); check both",
                ),
            )


def _is_before(first: str, second: str) -> bool:
    """Compare two periods as far as both are known: 2026 is not before 2026-11."""
    length = min(len(first), len(second))
    return first[:length] < second[:length]


def _check_income(dossier: Dossier) -> Iterator[tuple[str, Flaw]]:
    revenue, cost = dossier.expected_revenue, dossier.operation_cost_total
    if revenue is not None and cost is not None and cost > revenue:
        yield (
            "operation_cost_total",
            _warning(
                "cost-above-revenue",
                f"成本 {money_text(cost)} 万元高于收入 {money_text(revenue)} 万元；两者口径可能不同，请核对",
                f"the cost ({money_text(cost)}) is above the income ({money_text(revenue)}); bases may differ",
            ),
        )
    if cost == 0:
        zh = "全周期成本为 0，多表示未披露；如未披露请留空"
        en = "the cost is 0, which usually means not disclosed; leave it empty then"
        yield "operation_cost_total", _warning("cost-zero", zh, en)
    multiple = dossier.published_coverage_multiple
    if multiple is not None and multiple >= IMPLAUSIBLE_COVERAGE:
        yield (
            "published_coverage_multiple",
            _warning(
                "coverage-implausible",
                f"公布的本息覆盖倍数 {multiple} 异常偏高（一般为 1.1–3），请核对原文",
                f"the published coverage multiple {multiple} is implausibly high (usual: 1.1–3); check the original",
            ),
        )
    if multiple == 0:
        yield (
            "published_coverage_multiple",
            _warning(
                "coverage-zero",
                "公布的本息覆盖倍数为 0，多表示未披露；如未披露请留空",
                "the published coverage multiple is 0, which usually means not disclosed; leave it empty then",
            ),
        )


def _check_codes(dossier: Dossier) -> Iterator[tuple[str, Flaw]]:
    """Compare the division code with the printed place and with the place in the approval code."""
    code = dossier.city_code
    if code is None:
        return
    where = f"{province_name(code) or ''}{city_name(code) or ''}"
    printed = resolve_city(dossier.province_name, dossier.city_name)
    if printed is not None and printed[:4] != code[:4]:
        stated = f"{dossier.province_name or ''}{dossier.city_name or ''}"
        yield (
            "city_code",
            _warning(
                "place-differs",
                f"行政区划代码 {code} 属于{where}，而省份、地市填的是「{stated}」；请核对",
                f"the division code {code} is that of {where}, but province and city say “{stated}”; check both",
            ),
        )
    approval = dossier.approval_code
    if approval is not None and approval[5:7] not in {"00", code[:2]}:
        yield (
            "approval_code",
            _warning(
                "approval-place-differs",
                f"投资项目代码中的地区（{province_name(approval[5:11])}）与行政区划代码 {code}（{where}）"
                "不在同一省；请核对",
                f"the place in the approval code ({approval[5:11]}) and the division code {code} are in different "
                "provinces; check both",
            ),
        )


def _check_place(dossier: Dossier) -> Iterator[tuple[str, Flaw]]:
    """Compare the county a title begins with and the county of the location, where neither is masked."""
    county = folded(dossier.county_name or "")
    if not county.endswith("县") or is_masked(county):
        return
    for title in (dossier.name, dossier.source_title):
        named = _COUNTY_IN_TITLE.match(folded(title or ""))
        if named is not None and not named[0].endswith(county):
            zh = f"区县为「{county}」，而名称指「{named[0]}」；请核对所在地"
            en = f"the county is “{county}”, but the title names “{named[0]}”; check the place"
            yield "county_name", _warning("county-differs", zh, en)
            return


def _warning(code: str, zh: str, en: str) -> Flaw:
    return Flaw(code, zh, en, "warning")
