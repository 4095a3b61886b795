"""The demo nation: real codes, plausible money, the same bytes for the same seed."""

import math
import statistics
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import uscc

from registry.assessments.facts import fact_fields
from registry.assessments.pricing import evaluate
from registry.demo.nation import DemoProject, make_nation, make_project
from registry.projects.codes import division_names, region
from registry.projects.lines import FUNDING_SOURCES
from registry.projects.operations import document_text

COUNT = 1500


@pytest.fixture(scope="module")
def nation() -> list[DemoProject]:
    return list(make_nation(COUNT, 20261121))


def _text(project: DemoProject) -> str:
    return "\n".join(document_text(version) for version in project.versions) + project.city_code + str(project.banks)


class TestOneProject:
    @given(st.integers(0, 2**31), st.integers(1, 300_000))
    @settings(max_examples=40, deadline=None)
    def test_is_the_same_bytes_for_the_same_two_numbers(self, seed: int, number: int) -> None:
        assert _text(make_project(seed, number)) == _text(make_project(seed, number))

    @given(st.integers(0, 1000), st.integers(1, 30), st.integers(1, 5))
    @settings(max_examples=15, deadline=None)
    def test_does_not_depend_on_how_many_are_made(self, seed: int, count: int, more: int) -> None:
        long = list(make_nation(count + more, seed))
        assert [_text(project) for project in make_nation(count, seed)] == [_text(project) for project in long[:count]]
        assert _text(next(make_nation(1, seed, first=count + more))) == _text(long[-1])

    def test_differs_from_seed_to_seed(self) -> None:
        assert _text(make_project(1, 5)) != _text(make_project(2, 5))


class TestTheNation:
    def test_lies_in_real_places_of_all_four_regions(self, nation: list[DemoProject]) -> None:
        places = Counter(region(project.city_code) for project in nation)
        assert set(places) == {"east", "central", "west", "northeast"}
        assert places["east"] > places["northeast"]
        assert {project.city_code for project in nation} <= set(division_names())
        codes = [project.dossier.city_code for project in nation if project.dossier.city_code]
        assert len(codes) == COUNT
        for project in nation:
            assert (project.dossier.city_code or "")[:2] == project.city_code[:2]

    def test_has_sizes_like_the_published_records(self, nation: list[DemoProject]) -> None:
        # The published totals have a log mean of 10.53 and deviation 1.19; kinds that are smaller pull the mean down.
        logs = [math.log(float(project.dossier.total_investment or 1)) for project in nation]
        assert 9.5 < statistics.mean(logs) < 10.6
        assert 1.1 < statistics.stdev(logs) < 1.7

    def test_gives_bonds_the_published_share(self, nation: list[DemoProject]) -> None:
        shares = [
            float(bond / total)
            for project in nation
            if (bond := project.dossier.special_bond_total) and (total := project.dossier.total_investment)
            if total > bond > 0 and bond / total > Decimal("0.1")
        ]
        assert len(shares) > 200
        assert 0.48 < statistics.mean(shares) < 0.64

    def test_uses_valid_and_recognisably_fictional_credit_codes(self, nation: list[DemoProject]) -> None:
        codes = [code for project in nation if (code := project.dossier.implementer_credit_code)]
        assert len(codes) > COUNT / 2
        assert all(uscc.is_valid(code) and code[8:12] == "DEM0" for code in codes)

    def test_says_that_it_is_invented(self, nation: list[DemoProject]) -> None:
        assert all("示例数据" in (project.dossier.source_title or "") for project in nation)
        assert all("示例" in (project.dossier.implementer_name or "示例") for project in nation)

    def test_answers_every_fact_somewhere_and_leaves_each_open_somewhere(self, nation: list[DemoProject]) -> None:
        known: Counter[str] = Counter()
        for project in nation:
            known.update(name for name in fact_fields() if getattr(project.dossier, name) is not None)
        assert set(known) == set(fact_fields())
        always = {name for name, count in known.items() if count == COUNT}
        assert always <= {"city_code", "total_investment", "project_capital", "special_bond_total"} | {
            "construction_start",
            "construction_end",
        }

    def test_funds_projects_from_many_sources_and_states(self, nation: list[DemoProject]) -> None:
        lines = [line for project in nation for line in project.dossier.funding_lines]
        assert {line.status for line in lines} == {"secured", "planned", "gap"}
        assert len({line.source for line in lines}) >= 8
        assert {line.source for line in lines} <= set(FUNDING_SOURCES)

    def test_has_mistakes_second_saves_and_second_entries(self, nation: list[DemoProject]) -> None:
        assert 0.1 < statistics.mean(len(project.versions) > 1 for project in nation) < 0.3
        swapped = [
            project
            for project in nation
            if (project.dossier.construction_start or "")[:4] > (project.dossier.construction_end or "9")[:4]
        ]
        assert 2 <= len(swapped) < COUNT / 20
        names = Counter((project.dossier.name, project.city_code) for project in nation)
        assert max(names.values()) > 1


class TestTheFinancialCase:
    def test_is_evaluated_to_sensible_returns(self, nation: list[DemoProject]) -> None:
        rates, coverages, cases = [], [], 0
        for project in nation[:500]:
            if project.dossier.financials is None:
                continue
            cases += 1
            facts = evaluate(project.dossier).facts()
            if (rate := facts["finance_firr_pre_tax"]) is not None and rate > 0:
                rates.append(rate)
            if (coverage := facts["finance_dscr_average"]) is not None:
                coverages.append(coverage)
        assert 0.25 < cases / 500 < 0.45
        assert 0.04 < statistics.median(rates) < 0.08
        assert 1.1 < statistics.median(coverages) < 5
