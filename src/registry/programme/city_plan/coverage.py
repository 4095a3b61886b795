"""Coverage of a city plan: tasks without a project, and projects without a task. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from registry.programme.city_plan.document import CityPlanDocument, PlanTask


@dataclass(frozen=True, slots=True)
class Coverage:
    """How tasks and projects meet.

    A task is covered when a project serves it or a part of it. `unlisted` are projects of the city the plan leaves out.
    """

    by_task: Mapping[str, tuple[str, ...]]
    bare_tasks: tuple[PlanTask, ...]
    idle_projects: tuple[str, ...]
    unlisted: tuple[str, ...]
    not_financed: tuple[str, ...]
    """Projects of the plan that its financing plan does not name; none where no financing plan is linked."""


def coverage_of(
    document: CityPlanDocument, *, own_projects: Collection[str], financed: Collection[str] | None = None
) -> Coverage:
    """Return the coverage of a plan; `financed` are the projects of the linked financing plan, None without one."""
    by_task: dict[str, list[str]] = {task.number: [] for task in document.tasks}
    parents = {task.number: task.parent for task in document.tasks}
    for entry in document.projects:
        at = entry.task
        while at is not None:
            by_task[at].append(entry.code)
            at = parents[at]
    listed = {entry.code for entry in document.projects}
    return Coverage(
        by_task={number: tuple(codes) for number, codes in by_task.items()},
        bare_tasks=tuple(task for task in document.tasks if not by_task[task.number]),
        idle_projects=tuple(entry.code for entry in document.projects if entry.task is None),
        unlisted=tuple(code for code in sorted(own_projects) if code not in listed),
        not_financed=() if financed is None else tuple(sorted(listed - set(financed))),
    )
