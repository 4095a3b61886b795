from datetime import date

import pytest
from sqlalchemy import Engine

from applications import complete_dossier, enter_project
from builders import dossier
from conftest import People
from registry.accounts.model import PUBLIC
from registry.assessments.missing import (
    MissingStep,
    MissingValue,
    WhatIsMissing,
    missing_steps,
    place_of,
    what_form_lacks,
    what_is_missing,
)
from registry.assessments.operations import judge
from registry.assessments.pricing import evaluate
from registry.database import reading
from registry.eligibility.derived import project_vocabulary
from registry.errors import NotAllowed, NotFound
from registry.projects.catalogue import fields
from registry.projects.missing import SECTION_NAMES
from registry.projects.model import Dossier

DAY = date(2026, 11, 21)
GIVEN = ("catalogue", "record", "funding", "finance", "document")


def steps_of(project: Dossier) -> dict[str, MissingStep]:
    verdicts = judge(project, evaluate(project), as_of=DAY)
    return {step.step: step for step in missing_steps(project, verdicts)}


def paths(step: MissingStep) -> dict[str, MissingValue]:
    return {item.path: item for part in step.sections for item in part.items}


class TestTheFourSteps:
    def test_name_each_value_once_under_the_first_step_that_needs_it(self) -> None:
        found = steps_of(dossier(name=None))
        assert list(found) == ["draft", "submitted", "in_library", "packaged"]
        every = [path for step in found.values() for path in paths(step)]
        assert len(every) == len(set(every)) == sum(step.count for step in found.values())
        assert list(paths(found["draft"])) == ["name"]
        status = paths(found["submitted"])["construction_status"]
        assert {why.kind for why in status.why} == {"catalogue", "rule"}

    def test_keep_the_order_of_the_form(self) -> None:
        order = list(SECTION_NAMES)
        for step in steps_of(dossier()).values():
            sections = [part.section for part in step.sections]
            assert sections == sorted(sections, key=order.index)

    def test_ask_for_what_a_library_waits_for_with_its_clause(self) -> None:
        without = paths(steps_of(complete_dossier())["in_library"])
        (why,) = (each for each in without["has_hidden_debt"].why if each.pack == "central-eco-fund")
        assert (why.rule, why.clause) == ("cef-no-hidden-debt", "中央生态环境资金项目储备库入库指南")
        assert "has_hidden_debt" not in paths(steps_of(complete_dossier(has_hidden_debt=False))["in_library"])

    def test_count_mandatory_documents_until_they_are_there(self) -> None:
        before = steps_of(complete_dossier())["packaged"]
        said_no = [{"checklist_code": "D09", "is_available": False}]
        there = [{"checklist_code": "D09", "is_available": True}]
        assert "documents[D09]" in paths(before)
        assert "documents[D05]" not in paths(before)
        assert "documents[D09]" in paths(steps_of(complete_dossier(documents=said_no))["packaged"])
        after = steps_of(complete_dossier(documents=there))["packaged"]
        assert "documents[D09]" not in paths(after)
        assert after.count == before.count - 1

    def test_say_a_document_that_entry_needs_too_under_entry_alone(self) -> None:
        found = steps_of(complete_dossier())
        document = paths(found["in_library"])["documents[D02]"]
        assert {"checklist", "rule"} <= {why.kind for why in document.why}
        assert "documents[D02]" not in paths(found["packaged"])


def test_every_fact_a_person_gives_has_a_place_in_the_form() -> None:
    known = project_vocabulary()
    for name in known:
        if known[name].origin in GIVEN:
            section, path = place_of(name)
            assert section in SECTION_NAMES
            assert path in fields() or path == section or path.startswith("documents[D")
    with pytest.raises(KeyError):
        place_of("governing_date")


class TestTheQuery:
    def test_shows_what_the_actor_may_see(self, engine: Engine, people: People) -> None:
        code = enter_project(engine, people.city)
        with reading(engine) as session:
            found = what_is_missing(session, people.city, code, as_of=DAY)
            assert found.steps == tuple(steps_of(complete_dossier()).values())
            assert (found.revision, found.next_step) == (1, found.steps[2])
            with pytest.raises(NotFound):
                what_is_missing(session, people.other_city, code, as_of=DAY)
            with pytest.raises(NotAllowed):
                what_is_missing(session, PUBLIC, code, as_of=DAY)

    def test_can_look_at_one_library(self, engine: Engine, people: People) -> None:
        code = enter_project(engine, people.city)
        with reading(engine) as session:
            found = what_is_missing(session, people.city, code, as_of=DAY, libraries=["central-eco-fund"])
            packs = {why.pack for step in found.steps for item in paths(step).values() for why in item.why}
            assert packs == {None, "central-eco-fund"}
            with pytest.raises(NotFound):
                what_is_missing(session, people.city, code, as_of=DAY, libraries=["no-such-pack"])

    def test_answers_the_form_as_it_will_answer_the_saved_project(self, engine: Engine, people: People) -> None:
        code = enter_project(engine, people.city)
        typed = complete_dossier(has_hidden_debt=False)
        with reading(engine) as session:
            form = what_form_lacks(session, people.city, code, typed, as_of=DAY)
            new = what_form_lacks(session, people.city, None, typed, as_of=DAY)
        assert form.steps == new.steps == tuple(steps_of(typed).values())
        assert new == WhatIsMissing(code=None, revision=None, as_of=DAY, steps=form.steps)
