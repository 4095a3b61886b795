"""What the packs say, against figures of the texts themselves, and the house rules of confidence."""

import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from registry.eligibility.checked import CheckedRule, Packs
from registry.eligibility.evaluate import screen
from registry.eligibility.packs import load_packs
from registry.projects.codes import division_names
from registry.projects.fields.documents import CHECKLIST
from registry.projects.model import ProjectFields

RULES = Path(__file__).parents[2] / "rules"

EOD: dict[str, Any] = {
    "implementation_mode": "eod",
    "has_hidden_debt": False,
    "gfl_field": "water",
    "eod_organiser": "city_government",
    "implementer_type": "state_owned_enterprise",
    "has_treatment_component": True,
    "has_industry_link": True,
    "finance_cash_min": 120.0,
    "finance_subsidy_total": 0.0,
    "main_content": "treatment_restoration",
}


@cache
def packs() -> Packs:
    return load_packs(RULES)


def rules() -> list[tuple[str, CheckedRule]]:
    return [(pack.id, rule) for pack in packs() for version in pack.versions.values() for rule in version.rules]


def verdict(pack: str, day: date, **facts: Any) -> str:
    return str(screen(packs(), pl.DataFrame([facts]), as_of=day, libraries=[pack])["verdict"][0])


class TestConfidence:
    def test_a_rule_nobody_verified_informs_and_says_so(self) -> None:
        for _, checked in rules():
            rule = checked.rule
            if rule.cite.confidence == "unverified":
                assert rule.severity == "inform", rule.id
                assert "待核实" in rule.say_zh, rule.id
                assert "Unverified" in rule.say_en, rule.id

    def test_a_secondary_rule_that_blocks_says_why_in_both_languages(self) -> None:
        blocking = [
            checked.rule
            for _, checked in rules()
            if checked.rule.cite.confidence == "secondary" and checked.rule.severity == "block"
        ]
        assert len(blocking) > 20
        assert all(rule.why_block_zh and rule.why_block_en for rule in blocking)

    def test_a_number_nobody_verified_stays_empty(self) -> None:
        for pack in packs():
            for version in pack.versions.values():
                for name, parameter in version.parameters.items():
                    for dated in parameter.values:
                        if dated.source.confidence == "unverified":
                            assert dated.value is None, f"{pack.id} {name}"

    def test_at_least_a_hundred_and_twenty_rules_are_written(self) -> None:
        assert len({(pack, checked.rule.id) for pack, checked in rules()}) >= 120


class TestCitations:
    def test_no_pack_holds_an_address(self) -> None:
        for path in RULES.rglob("*"):
            if path.is_file() and path.parent != RULES:
                assert not re.search(r"https?://|www\.|\.(com|cn|org|net)\b", path.read_text(encoding="utf-8")), path

    def test_every_document_asked_for_is_on_the_checklist(self) -> None:
        asked = {code for _, checked in rules() for code in checked.rule.documents}
        assert asked == set(CHECKLIST)

    def test_every_rule_speaks_both_languages(self) -> None:
        for _, checked in rules():
            rule = checked.rule
            assert re.search(r"[一-鿿]", rule.title_zh + rule.say_zh), rule.id
            assert not re.search(r"[一-鿿]", rule.title_en), rule.id


class TestDates:
    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            (date(2024, 6, 1), "judgement"),  # open under the guide of 2023; a person judges lawfulness
            (date(2024, 12, 31), "judgement"),
            (date(2025, 1, 1), "insufficient"),  # the day in the first half of 2025 is not known
            (date(2025, 6, 30), "insufficient"),
            (date(2025, 7, 1), "ineligible"),
            (date(2026, 11, 21), "ineligible"),
        ],
    )
    def test_the_national_library_closes_to_eod_in_2025(self, day: date, expected: str) -> None:
        assert verdict("eco-finance-support", day, **EOD) == expected

    def test_another_mode_is_untouched_by_the_change(self) -> None:
        market = {"implementation_mode": "market_other", "has_hidden_debt": False, "gfl_field": "water"}
        assert {verdict("eco-finance-support", date(year, 3, 1), **market) for year in (2023, 2024, 2025, 2026)} == {
            "eligible"
        }

    @pytest.mark.parametrize(
        ("day", "expected"), [(date(2019, 11, 27), "ineligible"), (date(2019, 11, 28), "eligible")]
    )
    def test_ports_need_a_fifth_instead_of_a_quarter_since_2019(self, day: date, expected: str) -> None:
        port = {
            "investment_type": "enterprise",
            "capital_sector": "port",
            "capital_ratio": 0.2,
            "has_debt_in_capital": False,
            "is_capital_relief_claimed": False,
            "bond_as_capital": 0.0,
        }
        assert verdict("project-capital", day, **port) == expected

    @pytest.mark.parametrize(("approved", "expected"), [("2025-09-30", "judgement"), ("2025-10-01", "eligible")])
    def test_loans_approved_before_october_2025_keep_the_old_catalogue(self, approved: str, expected: str) -> None:
        loan = {
            "is_loan_approved": True,
            "loan_approval_date": approved,
            "green_catalogue_class": "infrastructure_upgrade",
            "main_content": "urban_sewage_waste",
        }
        assert verdict("green-catalogue", date(2026, 11, 21), **loan) == expected


class TestExactDays:
    @pytest.mark.parametrize(
        "field",
        [
            "cef_entry_date",
            "central_funds_received_date",
            "central_funds_filing_date",
            "implementer_established_date",
            "loan_approval_date",
            "planned_application_date",
        ],
    )
    def test_a_date_a_clause_turns_on_is_refused_without_its_day(self, field: str) -> None:
        assert ProjectFields.model_validate({field: "2025-09-30"}).model_dump()[field] == "2025-09-30"
        with pytest.raises(ValidationError, match="应精确到日"):
            ProjectFields.model_validate({field: "2025-09"})


class TestPlaces:
    def test_the_climate_pilots_are_twelve_cities_four_districts_and_seven_new_areas(self) -> None:
        values = packs()["climate-investment"].versions["2022"].values_on(date(2026, 11, 21))
        cities = [division_names()[code] for code in values["pilot_prefectures"]]
        assert "、".join(cities) == (
            "保定市、太原市、长治市、包头市、阜新市、丽水市、滁州市、三明市、信阳市、湘潭市、柳州市、兰州市"
        )
        assert values["pilot_districts"] == ["110118", "110112", "420106", "440304"]
        assert len(cities) + len(values["pilot_districts"]) + len(values["pilot_new_areas"]) == 23

    @pytest.mark.parametrize(("pack", "inside", "outside"), [
        ("eco-finance-support-shandong", "370100", "320100"),
        ("climate-investment-shenzhen", "440304", "440100"),
    ])  # fmt: skip
    def test_a_local_pack_judges_its_own_place_only(self, pack: str, inside: str, outside: str) -> None:
        table = pl.DataFrame({"city_code": [inside, outside]})
        assert screen(packs(), table, as_of=date(2026, 11, 21), libraries=[pack])["row"].to_list() == [0]
