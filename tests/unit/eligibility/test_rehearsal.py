"""Rehearsal: who flips when the rules change."""

from datetime import date
from pathlib import Path

import polars as pl

from registry.eligibility.checked import Packs
from registry.eligibility.packs import load_packs
from registry.eligibility.rehearsal import flips_by, rehearse

SOUND = Path(__file__).parents[2] / "fixtures" / "rules" / "sound" / "sample"
DAY = date(2024, 6, 1)


def stricter(folder: Path) -> Packs:
    """Load the sample with a capital floor of 30 % in force."""
    for path in SOUND.rglob("*"):
        if path.is_file():
            target = folder / "sample" / path.relative_to(SOUND)
            target.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text(encoding="utf-8").replace("value: 0.2,", "value: 0.3,")
            target.write_text(text, encoding="utf-8")
    return load_packs(folder)


FACTS = pl.DataFrame(
    {
        "capital_ratio": [0.1, 0.25, 0.29, 0.3, None, 0.25],
        "construction_status": ["not_started"] * 6,
        "document_d02": [True] * 6,
        "has_implementation_plan": [False] * 6,
        "province_name": ["浙江", "浙江", "山东", "山东", "山东", "浙江"],
    }
)


def test_a_stricter_threshold_flips_those_between_the_old_and_the_new(sample: Packs, tmp_path: Path) -> None:
    flips = rehearse(sample, stricter(tmp_path), FACTS, as_of=DAY, keep=["province_name"])
    assert flips["row"].to_list() == [1, 2, 5]
    assert set(flips["verdict_old"]) == {"eligible"}
    assert set(flips["verdict_new"]) == {"ineligible"}
    counted = flips_by(flips, "province_name").select("province_name", "projects").rows()
    assert counted == [("浙江", 2), ("山东", 1)]


def test_the_same_packs_flip_nobody(sample: Packs) -> None:
    assert rehearse(sample, sample, FACTS, as_of=DAY).height == 0
    assert rehearse(sample, sample, FACTS, as_of=DAY, only_flips=False).height == FACTS.height


def test_a_coming_date_flips_those_the_new_version_closes(sample: Packs) -> None:
    facts = FACTS.with_columns(
        implementation_mode=pl.Series(["ppp", "eod", "eod", "ppp", "ppp", "ppp"]),
        loan_approval_date=pl.Series(["2025-01-01"] * 6),
        city_code=pl.Series(["330500"] * 6),
    )
    flips = rehearse(sample, sample, facts, as_of=DAY, as_of_new=date(2026, 1, 1))
    assert flips["row"].to_list() == [1, 2]
    assert flips.select("version_old", "version_new").row(0) == ("v1", "v2")
