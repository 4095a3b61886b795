"""Every worked case beside the rules, run through the same evaluation as every project."""

from functools import cache
from pathlib import Path

import pytest

from registry.eligibility.cases import CaseResult, run_cases, uncovered
from registry.eligibility.checked import Packs
from registry.eligibility.packs import load_packs

RULES = Path(__file__).parents[2] / "rules"
PACKS = sorted(path.parent.name for path in RULES.glob("*/pack.yaml"))


@cache
def packs() -> Packs:
    return load_packs(RULES)


@cache
def results() -> tuple[CaseResult, ...]:
    return tuple(run_cases(packs()))


@pytest.mark.parametrize("pack", PACKS)
def test_rules_answer_as_their_cases_expect(pack: str) -> None:
    unmet = [
        f"{r.place} {r.case.name}: expects {r.case.expect}, found {r.found}"
        for r in results()
        if r.pack == pack and not r.is_met
    ]
    assert not unmet, "\n".join(unmet)


def test_every_rule_has_cases_on_both_sides_and_with_the_fact_missing() -> None:
    assert PACKS
    assert not [f"{place} lacks a case of {answer}" for place, answer in uncovered(packs())]
