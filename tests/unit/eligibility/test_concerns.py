"""Whom a pack is about: its place, or the condition it states instead."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from registry.eligibility.checked import Packs
from registry.eligibility.evaluate import rule_counts, screen
from registry.eligibility.explain import assess
from registry.eligibility.nearest import nearest_way_in
from registry.eligibility.packs import load_packs

SOUND = Path(__file__).parents[2] / "fixtures" / "rules" / "sound" / "sample"
DAY = date(2024, 6, 1)


def concerning(folder: Path, condition: str) -> Packs:
    """Load the sample with a condition of whom it is about."""
    for path in SOUND.rglob("*"):
        if path.is_file():
            target = folder / "sample" / path.relative_to(SOUND)
            target.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text(encoding="utf-8")
            text = text.replace("jurisdiction: CN\n", f'jurisdiction: "440300"\nconcerns: "{condition}"\n')
            target.write_text(text, encoding="utf-8")
    return load_packs(folder)


REGISTERED = "city_code LIKE '4403%' OR implementer_registration_code LIKE '4403%'"
ROWS: list[dict[str, Any]] = [
    {"city_code": "440304", "implementer_credit_code": None},
    {"city_code": "330502", "implementer_credit_code": "91440300MA5000000X"},
    {"city_code": None, "implementer_credit_code": "91440300MA5000000X"},
    {"city_code": "330502", "implementer_credit_code": "91330500MA2000000X"},
    {"city_code": "330502", "implementer_credit_code": "91100000MA0000000X"},
    {"city_code": "330502", "implementer_credit_code": None},
    {"city_code": None, "implementer_credit_code": None},
]


class TestAPackThatStatesWhomItIsAbout:
    def test_reaches_a_body_registered_there_and_leaves_out_who_is_not_known_to_be(self, tmp_path: Path) -> None:
        packs = concerning(tmp_path, REGISTERED)
        found = screen(packs, pl.DataFrame(ROWS), as_of=DAY)
        assert found["row"].to_list() == [0, 1, 2]
        assert rule_counts(packs, pl.DataFrame(ROWS), as_of=DAY)["unknown"].max() == 3

    @pytest.mark.parametrize("number", range(len(ROWS)))
    def test_is_about_the_same_projects_one_by_one(self, tmp_path: Path, number: int) -> None:
        packs = concerning(tmp_path, REGISTERED)
        assert len(assess(packs, ROWS[number], as_of=DAY)) == (number < 3)

    def test_offers_no_way_in_that_leads_out_of_its_reach(self, tmp_path: Path) -> None:
        # About small projects only: growing the investment to lower nothing else must not count as a way in.
        packs = concerning(tmp_path, "total_investment < 1000")
        row = {
            "total_investment": 900.0,
            "capital_ratio": 0.25,
            "construction_status": "not_started",
            "document_d02": False,
            "has_implementation_plan": False,
        }
        (way,) = nearest_way_in(packs, row, as_of=DAY).ways
        assert way.is_open
        assert [change.after.name for change in way.changes] in (["document_d02"], ["total_investment"])
        (then,) = assess(packs, {**row, way.changes[0].after.name: way.changes[0].after.value}, as_of=DAY)
        assert then.verdict == "eligible"
