"""Laws of the rule engine over the real packs and any facts at all."""

import random
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.eligibility.binding import bound_packs
from registry.eligibility.checked import Packs
from registry.eligibility.evaluate import answers, screen
from registry.eligibility.explain import assess
from registry.eligibility.facts import Fact
from registry.eligibility.packs import load_packs
from registry.eligibility.rows import fact_row, row_table
from registry.eligibility.verdicts import LibraryVerdict

RULES = Path(__file__).parents[2] / "rules"
DAYS = st.dates(date(2020, 1, 1), date(2027, 1, 1))
PLACES = ["370102", "440305", "110112", "330500", "650102"]


@cache
def packs() -> Packs:
    return load_packs(RULES)


@cache
def entered() -> tuple[Fact, ...]:
    """Every fact a person enters that some rule reads."""
    vocabulary = packs().vocabulary
    read = vocabulary.closure({name for pack in packs() for name in pack.facts})
    return tuple(vocabulary[name] for name in read if vocabulary[name].build is None and name != "governing_date")


def value(fact: Fact, luck: random.Random) -> Any:
    if fact.name == "city_code":
        return luck.choice(PLACES)
    if fact.choices:
        return luck.choice(list(fact.choices))
    if fact.sql_type == "boolean":
        return luck.random() < 0.5
    if fact.sql_type == "number":
        return luck.choice([0.0, 0.15, 0.2, 0.5, 1.0, 1.2, 10.0, 36.0, 1000.0, 20000.0])
    return luck.choice(["2019", "2023-05", "2024-12-31", "2025-10-01"])


def made(seed: int) -> dict[str, Any]:
    """Return a project of which little, most or all is known. A hundred facts drawn one by one would take minutes."""
    luck = random.Random(seed)  # noqa: S311 - sample facts, no secret
    share = luck.choice([0.3, 0.8, 1.0])
    return {fact.name: value(fact, luck) for fact in entered() if luck.random() < share}


def projects() -> st.SearchStrategy[dict[str, Any]]:
    return st.integers(0, 2**32).map(made)


def counted(verdict: LibraryVerdict) -> tuple[Any, ...]:
    counts = (verdict.n_fail, verdict.n_unknown, verdict.n_judgement, verdict.n_warn)
    return (verdict.pack, verdict.version, verdict.verdict, *counts)


LAW = settings(max_examples=40, deadline=None)


@LAW
@given(projects(), DAYS)
def test_the_page_of_one_project_and_the_list_of_all_agree(project: dict[str, Any], day: date) -> None:
    table = row_table(fact_row(project, packs().vocabulary), packs().vocabulary)
    listed = screen(packs(), table, as_of=day)
    columns = ("pack", "version", "verdict", "n_fail", "n_unknown", "n_judgement", "n_warn")
    assert listed.select(columns).rows() == [counted(verdict) for verdict in assess(packs(), project, as_of=day)]


@LAW
@given(projects(), DAYS)
def test_each_explained_answer_is_the_one_polars_gives(project: dict[str, Any], day: date) -> None:
    explained = {verdict.pack: verdict for verdict in assess(packs(), project, as_of=day)}
    table = row_table(fact_row(project, packs().vocabulary), packs().vocabulary)
    for bound in bound_packs(packs(), as_of=day):
        verdict = explained.get(bound.pack.id)
        if verdict is None or verdict.version != bound.version.head.version:
            continue
        known = packs().vocabulary.table(table, bound.facts, as_of=day)
        assert answers(bound, known).row(0) == tuple(answer.status for answer in verdict.answers)


@LAW
@given(projects(), DAYS, st.data())
def test_learning_a_fact_never_turns_a_settled_rule_around(
    project: dict[str, Any], day: date, data: st.DataObject
) -> None:
    """Pass and fail rest on what is known; more knowledge can settle an open rule, never unsettle a settled one."""
    if not project:
        return
    forgotten = data.draw(st.sampled_from(sorted(project)))
    less = {name: value for name, value in project.items() if name != forgotten}
    full = {(v.pack, v.version, a.rule): a.status for v in assess(packs(), project, as_of=day) for a in v.answers}
    for verdict in assess(packs(), less, as_of=day):
        for answer in verdict.answers:
            known = full.get((verdict.pack, verdict.version, answer.rule))
            if answer.status != "unknown" and known is not None:
                assert known == answer.status, (answer.rule, forgotten)


@LAW
@given(projects(), projects(), DAYS)
def test_projects_do_not_influence_each_other(one: dict[str, Any], other: dict[str, Any], day: date) -> None:
    vocabulary = packs().vocabulary
    tables = [row_table(fact_row(project, vocabulary), vocabulary) for project in (one, other)]
    together = screen(packs(), pl.concat(tables, how="diagonal"), as_of=day)
    alone = [screen(packs(), table, as_of=day).drop("row") for table in tables]
    for number, expected in enumerate(alone):
        assert together.filter(pl.col("row") == number).drop("row").equals(expected)


@LAW
@given(projects(), DAYS)
def test_an_unknown_rule_says_what_would_settle_it(project: dict[str, Any], day: date) -> None:
    for verdict in assess(packs(), project, as_of=day):
        for answer in verdict.answers:
            if answer.status == "unknown":
                assert answer.missing or answer.unverified_values, answer.rule
            else:
                assert not answer.missing
