"""The solver against every possible choice, written out."""

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.portfolio.choices import Quota, SelectionRequest
from registry.portfolio.selection import NoSelection, Selection, select_projects
from selection_builders import request

MIXES = ("grant", "bond")
SOURCES = ("city", "special_bond")


@st.composite
def choices(draw: st.DrawFn) -> SelectionRequest:
    """Return up to six projects with two mixes each, two budgets, a quota, a dependency and an either-or."""
    count = draw(st.integers(2, 6))
    regions = [draw(st.sampled_from(["east", "west"])) for _ in range(count)]
    candidates, needs = [], []
    for project in range(count):
        for mix in MIXES:
            candidates.append((project, mix, float(draw(st.integers(1, 20))), regions[project]))
            needs += [(project, mix, source, 2026, float(draw(st.integers(0, 30)))) for source in SOURCES]
    return request(
        candidates,
        needs,
        budgets={(source, 2026): Decimal(draw(st.integers(0, 90))) for source in SOURCES},
        quotas=(
            Quota("region", "east", least=Decimal(draw(st.integers(0, 2))), most=Decimal(draw(st.integers(2, 4)))),
        ),
        depends_on=((0, 1),),
        either_or=((count - 1, 0),),
    )


def best_by_hand(asked: SelectionRequest) -> float | None:
    """Return the greatest benefit of any allowed choice, None when none is allowed."""
    benefit = {(row["project_id"], row["mix"]): row["benefit"] for row in asked.candidates.rows(named=True)}
    region = {row["project_id"]: row["region"] for row in asked.candidates.rows(named=True)}
    need = {(row["project_id"], row["mix"], row["source"]): row["amount_fen"] for row in asked.needs.rows(named=True)}
    (quota,) = asked.quotas
    assert quota.least is not None
    assert quota.most is not None
    last = max(region)
    best = None
    for picks in product((None, *MIXES), repeat=len(region)):
        taken = {(project, mix) for project, mix in enumerate(picks) if mix is not None}
        spent = {source: sum(need[project, mix, source] for project, mix in taken) for source in SOURCES}
        if any(spent[source] > amount * 1_000_000 for (source, _), amount in asked.budgets.items()):
            continue
        if not quota.least <= sum(region[project] == "east" for project, _ in taken) <= quota.most:
            continue
        if (picks[0] and not picks[1]) or (last != 0 and picks[0] and picks[last]):
            continue
        value = sum(benefit[pick] for pick in taken)
        best = value if best is None else max(best, value)
    return best


@settings(max_examples=60, deadline=None)
@given(choices())
def test_no_choice_beats_the_one_found(asked: SelectionRequest) -> None:
    best = best_by_hand(asked)
    answer = select_projects(asked)
    if best is None:
        assert isinstance(answer, NoSelection)
        assert answer.ways
        return
    assert isinstance(answer, Selection)
    assert answer.value == pytest.approx(best)
    assert answer.bound >= best - 1e-6
