"""City plans: a tree of tasks without loops, what has no project and what no task, signed when nothing is missing."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from builders import dossier
from conftest import People
from registry.accounts.model import Actor
from registry.database import reading, writing
from registry.errors import InvalidInput, NotFound
from registry.packages.city_papers.city_plan import city_plan_view, ordered
from registry.packages.city_papers.operations import export_city_plan
from registry.programme.city_plan.coverage import coverage_of
from registry.programme.city_plan.document import CityPlanDocument
from registry.programme.city_plan.operations import begin_city_plan, move_city_plan, save_city_plan
from registry.programme.city_plan.queries import CityPlan, read_city_plan
from registry.programme.financing_plan.operations import begin_plan
from registry.programme.papers.operations import SavedPaper
from registry.programme.papers.reading import read_document_as
from registry.projects.operations import create_project

TODAY = date(2026, 11, 26)
TASKS = (
    {"number": "1", "name": "治水", "dimension": "good_environment"},
    {"number": "1.1", "name": "管网", "parent": "1"},
    {"number": "1.2", "name": "河湖", "parent": "1"},
    {"number": "2", "name": "低碳", "dimension": "green_low_carbon"},
)
GOAL = {"indicator": "pm25", "unit": "μg/m³", "target_year": 2027, "target": 25}


def document(*entries: tuple[str, str | None], **parts: Any) -> CityPlanDocument:
    listed = [{"code": code, **({"task": task} if task else {})} for code, task in entries]
    whole = {"start_year": 2026, "end_year": 2030, "goals": [GOAL], "tasks": TASKS, "projects": listed}
    return read_document_as(CityPlanDocument, {**whole, "tasks": list(TASKS), **parts})


class TestTheTasks:
    def test_are_refused_in_a_loop_naming_it_and_what_to_do(self) -> None:
        loop = [
            {"number": "1", "name": "甲", "parent": "3"},
            {"number": "2", "name": "乙", "parent": "1"},
            {"number": "3", "name": "丙", "parent": "2"},
        ]
        with pytest.raises(InvalidInput) as caught:
            document(tasks=loop)
        assert caught.value.findings[0].code == "task-loop"
        assert "1 → 3 → 2 → 1" in caught.value.findings[0].message_zh
        assert "请改正其中一个的上级任务" in caught.value.findings[0].message_zh

    @pytest.mark.parametrize(
        ("parts", "code"),
        [
            ({"tasks": [{"number": "1", "name": "甲", "parent": "1"}]}, "task-loop"),
            ({"tasks": [{"number": "1", "name": "甲", "parent": "9"}]}, "unknown-task"),
            ({"tasks": [{"number": "1", "name": "甲"}, {"number": "1", "name": "乙"}]}, "named-twice"),
            ({"measures": [{"name": "改革", "task": "9"}]}, "unknown-task"),
            ({"projects": [{"code": "A"}, {"code": "A"}]}, "named-twice"),
            ({"end_year": 2020}, "years-reversed"),
        ],
    )
    def test_that_cannot_be_meant_are_refused(self, parts: dict[str, Any], code: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            document(**parts)
        assert [each.code for each in caught.value.findings] == [code]

    def test_stand_as_a_tree_by_dimension_and_take_that_of_their_parent(self) -> None:
        plan = document()
        assert [(depth, task.number) for depth, task in ordered(plan)] == [(0, "2"), (0, "1"), (1, "1.1"), (1, "1.2")]
        assert plan.dimension_of("1.2") == "good_environment"


class TestCoverage:
    def test_names_tasks_without_a_project_and_projects_without_a_task(self) -> None:
        plan = document(("A", "1.1"), ("B", None))
        found = coverage_of(plan, own_projects={"A", "B", "C"}, financed={"A"})
        # A serves 1.1 and so its parent 1; nothing serves 1.2 and 2.
        assert found.by_task == {"1": ("A",), "1.1": ("A",), "1.2": (), "2": ()}
        assert [task.number for task in found.bare_tasks] == ["1.2", "2"]
        assert (found.idle_projects, found.unlisted, found.not_financed) == (("B",), ("C",), ("B",))

    def test_says_nothing_of_money_without_a_financing_plan(self) -> None:
        assert coverage_of(document(("A", "1")), own_projects=set()).not_financed == ()


class TestACityPlan:
    @pytest.fixture
    def code(self, engine: Engine, people: People) -> str:
        with writing(engine) as session:
            return create_project(session, people.city, dossier(), reason="录入").code

    def begun(self, engine: Engine, actor: Actor, plan: CityPlanDocument | None = None) -> SavedPaper:
        with writing(engine) as session:
            return begin_city_plan(session, actor, title="湖州市实施方案", document=plan)

    def read(self, engine: Engine, actor: Actor, plan: SavedPaper) -> CityPlan:
        with reading(engine) as session:
            return read_city_plan(session, actor, plan.id, today=TODAY)

    def test_begins_with_the_projects_of_its_city(self, engine: Engine, people: People, code: str) -> None:
        found = self.read(engine, people.city, self.begun(engine, people.city))
        assert found.coverage.idle_projects == (code,)
        assert {each.path for each in found.findings if each.severity == "error"} == {
            "goals",
            "tasks",
            "start_year",
            "end_year",
        }

    def test_is_signed_only_when_nothing_is_missing(self, engine: Engine, people: People, code: str) -> None:
        wrong = {"goals": [{**GOAL, "unit": "mg/m³"}]}
        plan = self.begun(engine, people.city, document((code, "1.1"), **wrong))
        with pytest.raises(InvalidInput) as caught, writing(engine) as session:
            move_city_plan(session, people.city, plan.id, action="submit", expected_version=1, today=TODAY)
        assert [each.code for each in caught.value.findings] == ["wrong-unit"]
        with writing(engine) as session:
            save_city_plan(session, people.city, plan.id, document=document((code, "1.1")), expected_version=1)
            signed = move_city_plan(session, people.city, plan.id, action="submit", expected_version=2, today=TODAY)
        assert (signed.state, signed.revision_number) == ("submitted", 2)

    def test_goes_with_the_financing_plan_it_names(self, engine: Engine, people: People, code: str) -> None:
        with writing(engine) as session:
            money = begin_plan(session, people.city, title="投融资方案", start_year=2026)
            other = create_project(session, people.city, dossier(), reason="录入").code
        plan = self.begun(engine, people.city, document((code, "1"), (other, "2"), financing_plan=money.id))
        found = self.read(engine, people.city, plan)
        assert (found.financing_title, found.coverage.not_financed) == ("投融资方案", (other,))
        stray = document((code, "1"), financing_plan=99)
        with writing(engine) as session:
            save_city_plan(session, people.city, plan.id, document=stray, expected_version=1)
        assert "unknown-plan" in [each.code for each in self.read(engine, people.city, plan).findings]

    def test_is_unknown_to_others_until_published(self, engine: Engine, people: People, code: str) -> None:
        plan = self.begun(engine, people.city, document((code, "1")))
        for actor in (people.other_city, people.bank):
            with pytest.raises(NotFound):
                self.read(engine, actor, plan)
        with writing(engine) as session:
            for actor, action in ((people.city, "submit"), (people.province, "approve"), (people.city, "publish")):
                plan = move_city_plan(
                    session,
                    actor,
                    plan.id,
                    action=action,  # type: ignore[arg-type]
                    expected_version=plan.version,
                    today=TODAY,
                    reason="同意",
                )
        shown = self.read(engine, people.bank, plan)
        # The project itself was not released to the bank, so the plan does not give it away.
        assert shown.document.projects == []
        assert code not in str(city_plan_view(shown, "zh", day=TODAY))

    def test_leaves_as_word_with_its_tasks(self, engine: Engine, people: People, code: str) -> None:
        plan = self.begun(engine, people.city, document((code, "1.1")))
        made = []
        for _ in range(2):
            with writing(engine) as session:
                made.append(
                    export_city_plan(
                        session, people.city, plan.id, form="docx", today=TODAY, number=None, language="zh"
                    )
                )
        assert made[0].content == made[1].content
        assert "管网".encode() in made[0].content
