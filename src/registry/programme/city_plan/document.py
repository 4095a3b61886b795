"""What a city's implementation plan 实施方案 holds: goals, tasks by dimension as a tree, reform measures, projects.

The four parts are those of 《美丽城市建设实施方案》（九）. In a draft a value may be missing (unknown), never wrong.
"""

from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from registry.projects.fields.beautiful_city import DIMENSIONS, TASKS
from registry.projects.fields.content import Period
from registry.projects.lines import Line
from registry.quantities import Integer, Number, flaw, term

_DIMENSIONS = {code: name for code, name in DIMENSIONS.items() if code != "none"}


def _part(zh: str, en: str, **details: Any) -> tuple[Any, ...]:
    return term(zh, en, "line", is_fact=False, **details)


def _year(zh: str, en: str) -> tuple[Any, ...]:
    return _part(zh, en, unit="年", ge=1990, le=2100)


class PlanGoal(Line):
    """建设目标: an indicator of the city's catalogue, from a base value to a target, in the unit of the catalogue."""

    indicator: Annotated[str, *_part("指标编号", "Indicator", max_length=40)]
    unit: Annotated[str, *_part("单位", "Unit", max_length=40)]
    base_year: Annotated[Integer | None, *_year("基准年", "Base year")] = None
    base: Annotated[Number | None, *_part("基准值", "Base value")] = None
    target_year: Annotated[Integer | None, *_year("目标年", "Target year")] = None
    target: Annotated[Number | None, *_part("目标值", "Target")] = None


class PlanTask(Line):
    """重点任务. `parent` is the number of the task it is a part of; a task of its own names its dimension."""

    number: Annotated[str, *_part("任务编号", "Number", max_length=20)]
    name: Annotated[str, *_part("任务", "Task", max_length=200)]
    parent: Annotated[str | None, *_part("上级任务编号", "Part of", max_length=20)] = None
    dimension: Annotated[str | None, *_part("维度", "Dimension", choices=_DIMENSIONS, max_length=40)] = None
    national_task: Annotated[str | None, *_part("对应国家任务", "National task", choices=TASKS, max_length=40)] = None
    responsible: Annotated[str | None, *_part("责任单位", "Responsible", max_length=200)] = None
    finish: Annotated[Period | None, *_part("完成时限", "Finished by", max_length=10)] = None


class PlanMeasure(Line):
    """改革举措."""

    name: Annotated[str, *_part("改革举措", "Reform measure", max_length=300)]
    responsible: Annotated[str | None, *_part("责任单位", "Responsible", max_length=200)] = None
    finish: Annotated[Period | None, *_part("完成时限", "Finished by", max_length=10)] = None
    task: Annotated[str | None, *_part("任务编号", "Task number", max_length=20)] = None


class PlanEntry(Line):
    """工程项目: a project of the registry, and the task it serves; one without a task is shown as such."""

    code: Annotated[str, *_part("项目编号", "Project code", max_length=20)]
    task: Annotated[str | None, *_part("任务编号", "Task number", max_length=20)] = None
    note: Annotated[str | None, *_part("说明", "Note", max_length=500)] = None


class CityPlanDocument(Line):
    """方案全文. `financing_plan` is the number of the city's financing plan it goes with."""

    start_year: Annotated[Integer | None, *_year("起始年度", "First year")] = None
    end_year: Annotated[Integer | None, *_year("结束年度", "Last year")] = None
    financing_plan: Annotated[Integer | None, *_part("投融资方案编号", "Financing plan", ge=1, le=2**31 - 1)] = None
    situation: Annotated[str | None, *_part("基础与问题", "Situation", max_length=4000)] = None
    aims: Annotated[str | None, *_part("总体目标", "Aims", max_length=4000)] = None
    safeguards: Annotated[str | None, *_part("保障措施", "Safeguards", max_length=4000)] = None
    goals: Annotated[list[PlanGoal], Field(title="建设目标", max_length=100)] = []
    tasks: Annotated[list[PlanTask], Field(title="重点任务", max_length=300)] = []
    measures: Annotated[list[PlanMeasure], Field(title="改革举措", max_length=100)] = []
    projects: Annotated[list[PlanEntry], Field(title="工程项目", max_length=500)] = []

    LISTS: ClassVar[dict[str, tuple[str, str, type[Line]]]] = {
        "goals": ("建设目标", "Goals", PlanGoal),
        "tasks": ("重点任务", "Tasks", PlanTask),
        "measures": ("改革举措", "Reform measures", PlanMeasure),
        "projects": ("工程项目", "Projects", PlanEntry),
    }
    SCALARS: ClassVar[tuple[str, ...]] = (
        "start_year",
        "end_year",
        "financing_plan",
        "situation",
        "aims",
        "safeguards",
    )
    SINGLES: ClassVar[dict[str, tuple[str, str, type[Line]]]] = {}

    @model_validator(mode="after")
    def _holds_together(self) -> "CityPlanDocument":
        """Refuse what cannot be meant: reversed years, something twice, tasks nobody knows, a loop of tasks."""
        if self.start_year is not None and self.end_year is not None and self.end_year < self.start_year:
            raise flaw("years-reversed", "结束年度早于起始年度，请更正", "the last year is before the first")
        _once("任务", "task", [task.number for task in self.tasks])
        _once("项目", "project", [entry.code for entry in self.projects])
        known = {task.number for task in self.tasks}
        used = [each.parent for each in self.tasks] + [each.task for each in self.measures]
        used += [each.task for each in self.projects]
        stray = next((number for number in used if number is not None and number not in known), None)
        if stray is not None:
            raise flaw(
                "unknown-task",
                f"任务“{stray}”不在任务清单中，请先加入该任务或更正编号",
                f'task "{stray}" is not among the tasks; add it first or correct the number',
            )
        _no_loop({task.number: task.parent for task in self.tasks})
        return self

    def dimension_of(self, number: str) -> str | None:
        """Return the dimension of a task: its own, else that of the task it is a part of."""
        tasks = {task.number: task for task in self.tasks}
        task: PlanTask | None = tasks.get(number)
        while task is not None:
            if task.dimension is not None:
                return task.dimension
            task = tasks.get(task.parent or "")
        return None


def _once(zh: str, en: str, names: list[str]) -> None:
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        raise flaw("named-twice", f"{zh}“{twice}”出现了两次，请只留一个", f'{en} "{twice}" is there twice; keep one')


def _no_loop(parents: dict[str, str | None]) -> None:
    for start, parent in parents.items():
        trail, at = [start], parent
        while at is not None and at not in trail:
            trail.append(at)
            at = parents[at]
        if at is not None:
            shown = " → ".join([*trail[trail.index(at) :], at])
            raise flaw(
                "task-loop",
                f"任务互为上下级，形成循环：{shown}；这样的任务没有起点，请改正其中一个的上级任务",
                f"tasks are parts of each other in a loop: {shown}; correct the parent of one of them",
            )
