"""Arithmetic against golden cases B1 and B2; magnitudes against figures that project owners announced.

The announced figures are facts of public notices, kept as printed, slips included.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from registry.errors import InvalidInput, NotFound
from registry.finance.benefit_cases import evaluate_benefit
from registry.finance.benefit_magnitudes import question_magnitudes
from registry.finance.benefit_units import INDICATORS, indicator_of, parse_unit, yearly_benefit
from registry.finance.benefits import (
    Reduction,
    abatement_input,
    allocated_yuan_per_tonne,
    avoided_co2_tonnes,
    capital_recovery_factor,
    loan_share,
    marginal_abatement_cost,
    pollution_equivalents,
    removed_tonnes,
    saved_standard_coal_tonnes,
    yuan_per_tonne,
)
from registry.finance.factors import factor, factors, grid_factor, magnitudes

GOLDEN = Path(__file__).parents[2] / "golden" / "finance"


def golden(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    return document


class TestGoldenCases:
    def test_power_plant(self) -> None:
        project = golden("G3-rooftop-pv")["expected"]
        case = golden("B1-pv-abatement-cost")
        found = evaluate_benefit(
            case["inputs"],
            fnpv_pre_tax=project["indicators"]["project_npv_pre_tax"],
            total_investment=project["totals"]["total_investment"],
        )
        assert found == {name: pytest.approx(value, abs=1e-6) for name, value in case["expected"].items()}

    def test_power_plant_without_its_project_leaves_open_what_needs_it(self) -> None:
        found = evaluate_benefit(golden("B1-pv-abatement-cost")["inputs"])
        assert found["co2_first_year_t"] == pytest.approx(10445.4)
        assert found["marginal_abatement_cost_yuan_per_t"] is None
        assert found["loan_share"] is None
        assert found["attributed_co2_first_year_t"] is None

    def test_sewage_plant(self) -> None:
        case = golden("B2-sewage-pollutants")
        found = evaluate_benefit(case["inputs"])
        for name, value in case["expected"].items():
            assert found[name] == pytest.approx(value, abs=1e-6), name

    def test_refuses_unknown_and_impossible_inputs_all_at_once(self) -> None:
        inputs = golden("B2-sewage-pollutants")["inputs"] | {"life_years": 0, "volume_10k_m3_per_year": -1}
        with pytest.raises(InvalidInput) as caught:
            evaluate_benefit(inputs)
        assert len(caught.value.findings) == 2


class TestReduction:
    def test_is_baseline_minus_project_with_its_sign(self) -> None:
        assert Reduction("co2e", 100.0, 140.0).value == -40.0
        assert Reduction("cod", 100.0, 40.0).value == 60.0

    def test_is_unknown_while_either_side_is(self) -> None:
        assert Reduction("cod", None, 40.0).value is None
        assert Reduction("cod", 100.0, None).value is None

    def test_of_a_dirtier_outflow_is_negative(self) -> None:
        assert removed_tonnes(100.0, 30.0, 50.0) == -20.0

    def test_by_factor_keeps_the_published_units(self) -> None:
        assert avoided_co2_tonnes(1000.0, factor("grid-33-2023")) == pytest.approx(497.4)
        assert saved_standard_coal_tonnes(1000.0, factor("supply-coal-2024")) == pytest.approx(302.4)


class TestCost:
    def test_recovers_capital_with_interest_and_without(self) -> None:
        assert capital_recovery_factor(0.05, 20) == pytest.approx(0.080242587, abs=1e-9)
        assert capital_recovery_factor(0.0, 20) == 0.05

    @pytest.mark.parametrize(("rate", "years"), [(0.05, 0), (-1.0, 10)])
    def test_refuses_no_life(self, rate: float, years: int) -> None:
        with pytest.raises(InvalidInput) as caught:
            capital_recovery_factor(rate, years)
        assert caught.value.findings[0].code == "no-life"

    def test_of_a_tonne_does_not_exist_where_nothing_is_reduced(self) -> None:
        assert yuan_per_tonne(100.0, 50.0) == 20_000.0
        assert [yuan_per_tonne(100.0, tonnes) for tonnes in (None, 0.0, -5.0)] == [None, None, None]

    def test_is_shared_by_equivalents_so_that_the_parts_add_up(self) -> None:
        tonnes = {"COD": 100.0, "NH3N": 8.0, "TN": 20.0, "SS": -4.0}
        per_tonne = allocated_yuan_per_tonne(1000.0, tonnes, {"COD": 1.0, "NH3N": 0.8, "SS": 4.0})
        assert set(per_tonne) == {"COD", "NH3N"}
        assert sum(tonnes[name] * cost for name, cost in per_tonne.items()) == pytest.approx(1e7)
        assert per_tonne["NH3N"] / per_tonne["COD"] == pytest.approx(1 / 0.8)

    def test_leaves_total_nitrogen_without_an_equivalent(self) -> None:
        assert pollution_equivalents({"TN": 5.0, "TP": 1.0}, {"TP": 0.25}) == {"TP": 4000.0}
        assert "equivalent-tn" not in factors()

    def test_of_abatement_is_negative_when_the_project_pays_for_itself(self) -> None:
        assert marginal_abatement_cost(100.0, 1000.0) == -1000.0
        drawn = abatement_input("co2e", -50.0, 1000.0, 0.05)
        assert (drawn.yuan_per_tonne, drawn.reason_zh) == (500.0, None)

    @pytest.mark.parametrize(
        ("fnpv", "tonnes", "reason"),
        [(10.0, None, "减排量未知"), (10.0, 0.0, "无减排量"), (None, 10.0, "财务净现值未知")],
    )
    def test_stands_beside_the_curve_with_a_reason(self, fnpv: float | None, tonnes: float | None, reason: str) -> None:
        beside = abatement_input("co2e", fnpv, tonnes, 0.05)
        assert (beside.yuan_per_tonne, beside.reason_zh) == (None, reason)

    def test_is_attributed_to_a_loan_up_to_the_whole(self) -> None:
        assert loan_share(4800.0, 9600.0) == 0.5
        assert loan_share(9700.0, 9600.0) == 1.0
        assert [loan_share(None, 1.0), loan_share(1.0, None), loan_share(1.0, 0.0)] == [None, None, None]


class TestFactors:
    def test_each_has_a_source_and_a_confidence(self) -> None:
        assert len(factors()) > 30
        assert all(row.document and row.unit and row.region for row in factors().values())

    def test_of_the_grid_are_found_by_region_and_never_replaced(self) -> None:
        east, zhejiang = grid_factor("华东"), grid_factor("浙江省")
        assert east is not None
        assert zhejiang is not None
        assert (east.value, east.confidence) == (0.55, "text")
        assert (zhejiang.value, zhejiang.confidence) == (0.4974, "secondary")
        assert grid_factor("西藏") is None
        assert grid_factor("浙江", 2022) is None

    def test_that_do_not_exist_are_named(self) -> None:
        with pytest.raises(NotFound, match="grid-99"):
            factor("grid-99")

    def test_limits_speak_of_known_indicators(self) -> None:
        for limit in magnitudes():
            assert limit.indicator in INDICATORS
            assert limit.per is None or limit.per in {*INDICATORS, "capacity_mw"}
            assert limit.lowest < limit.typical < limit.highest


class TestUnits:
    @pytest.mark.parametrize(
        ("indicator", "value", "unit", "code", "expected"),
        [
            ("减少二氧化碳", 15.0, "万吨/年", "co2e", 150_000.0),
            ("节约标准煤", 4233.0, "t/a", "standard_coal", 4233.0),
            ("年发电量", 1.8, "亿千瓦时/年", "electricity", 180_000.0),
            ("年上网电量", 1.5, "亿度/年", "electricity", 150_000.0),
            ("年发电量", 2.5, "万MW.h/年", "electricity", 25_000.0),
            ("年发电量", 5027.0, "万kWh/年", "electricity", 50_270.0),
            ("年发电量", 3.0, "千瓦时/年", "electricity", 0.003),
            ("削减CODcr", 912.5, "吨/年", "cod", 912.5),
            ("削减SS", 500.0, "千克/年", "ss", 0.5),
            ("节约水资源", 1825.0, "万吨/年", "water_saved", 18_250_000.0),
            ("再生水", 2.0, "万 m³/日", "water_saved", 7_300_000.0),
            ("湿地修复", 15.0, "万亩", "area", 10_000.0),
            ("节约煤", 33.0, "万吨/年", "raw_coal", 330_000.0),
            ("co2e", -12.0, "tCO2e/年", "co2e", -12.0),
            ("温室气体减排量", 9800.0, "吨CO2/年", "co2e", 9800.0),
            ("碳减排量", 1.2, "万吨CO₂当量/年", "co2e", 12_000.0),
        ],
    )
    def test_are_brought_to_the_standard_one(
        self, indicator: str, value: float, unit: str, code: str, expected: float
    ) -> None:
        found = yearly_benefit(indicator, value, unit)
        assert found.indicator == code
        assert found.value == pytest.approx(expected)
        assert all(finding.severity == "info" for finding in found.findings)

    def test_without_a_period_are_taken_as_yearly_with_a_warning(self) -> None:
        found = yearly_benefit("减少二氧化硫", 4847.6, "吨", "benefits[3]")
        assert found.value == 4847.6
        assert [(f.code, f.severity, f.path) for f in found.findings] == [("no-period", "warning", "benefits[3].unit")]

    @pytest.mark.parametrize(
        ("indicator", "unit", "code"),
        [
            ("蓄水能力提高", "%以上", "unknown-indicator"),
            ("节约能源费用", "万元/年", "unknown-indicator"),
            ("减少二氧化碳", "棵/年", "unreadable-unit"),
            ("减少二氧化碳", None, "unreadable-unit"),
            ("减少二氧化碳", "万度/年", "wrong-unit"),
        ],
    )
    def test_that_cannot_be_read_leave_no_value(self, indicator: str, unit: str | None, code: str) -> None:
        found = yearly_benefit(indicator, 15.0, unit)
        assert found.value is None
        assert [finding.code for finding in found.findings] == [code]

    def test_keep_an_unknown_value_unknown(self) -> None:
        assert yearly_benefit("减少二氧化碳", None, "吨/年").value is None

    def test_tell_standard_coal_from_raw_coal_and_every_code_from_every_other(self) -> None:
        for code, row in INDICATORS.items():
            by_name = indicator_of(row.zh)
            assert by_name is not None
            assert by_name.code == code
        assert parse_unit("吨/世纪") is None


class TestMagnitudes:
    """Announced figures in standard units."""

    def codes(self, **values: float) -> list[str]:
        return [finding.code for finding in question_magnitudes(values)]

    def test_finds_the_solar_plant_whose_co2_is_ten_thousand_times_too_high(self) -> None:
        found = question_magnitudes(
            {"electricity": 15_010.0, "standard_coal": 5134.4, "pm": 46.8, "co2e": 95_915_000.0, "so2": 70.2}
        )
        assert [finding.code for finding in found] == [
            "magnitude-co2-per-electricity",
            "magnitude-co2-per-coal",
            "magnitude-co2-alone",
        ]
        assert "约大一万倍" in found[0].message_zh
        assert "ten thousand times too high" in found[0].message_en
        assert found[0].path == "benefits.co2e"
        assert found[0].severity == "warning"

    def test_accepts_the_same_plant_once_the_unit_is_right(self) -> None:
        assert self.codes(electricity=15_010.0, standard_coal=5134.4, pm=46.8, co2e=9591.5, so2=70.2) == []

    def test_finds_the_waste_plant_that_makes_53_thousand_kwh_a_year(self) -> None:
        (finding,) = question_magnitudes({"waste_treated": 133_300.0, "electricity": 53.0})
        assert finding.code == "magnitude-electricity-per-waste"
        assert "约小一千倍" in finding.message_zh

    def test_finds_a_coal_saving_that_fits_a_lifetime(self) -> None:
        found = question_magnitudes({"electricity": 37_871.6, "standard_coal": 302_972.8, "co2e": 938_552.9})
        assert {finding.code for finding in found} == {
            "magnitude-co2-per-electricity",
            "magnitude-coal-per-electricity",
        }
        assert all("全生命期" in finding.message_zh for finding in found)

    def test_finds_a_capacity_that_hardly_runs(self) -> None:
        values = {"electricity": 37_871.6}
        assert [f.code for f in question_magnitudes(values, capacity_mw=200.0)] == [
            "magnitude-electricity-per-capacity"
        ]
        assert question_magnitudes({"electricity": 256_000.0}, capacity_mw=200.0) == []

    def test_finds_a_wood_that_swallows_more_dust_than_provinces_emit(self) -> None:
        assert self.codes(co2e=828_400.0, pm=1_361_800.0) == ["magnitude-pm-alone"]

    @pytest.mark.parametrize(
        "values",
        [
            {"electricity": 180_000.0, "standard_coal": 55_000.0, "co2e": 150_000.0, "so2": 280.0},
            {"waste_treated": 450_000.0, "electricity": 200_000.0},
            {"standard_coal": 4233.0, "pm": 1338.4, "so2": 135.4, "nox": 245.9},
            {"standard_coal": 14_887.0, "co2e": 33_898.0},
            {"cod": 912.5, "bod5": 182.5, "ss": 182.5, "tn": 91.25, "water_saved": 18_250_000.0},
        ],
    )
    def test_accepts_plausible_announcements(self, values: dict[str, float]) -> None:
        assert self.codes(**values) == []

    def test_judges_both_sides_of_a_limit_and_nothing_unknown(self) -> None:
        assert self.codes(co2e=1.5, electricity=1.0) == []
        assert self.codes(co2e=1.51, electricity=1.0) == ["magnitude-co2-per-electricity"]
        assert question_magnitudes({"co2e": None, "electricity": 1.0}) == []
        assert self.codes(co2e=5.0, electricity=0.0) == []

    def test_does_not_change_what_it_questions(self) -> None:
        values: dict[str, float | None] = {"co2e": 9e7}
        question_magnitudes(values)
        assert values == {"co2e": 9e7}
