"""A city plan 实施方案 as it is printed: goals, tasks by dimension, measures, projects and how they meet."""

from collections.abc import Mapping
from datetime import date

from registry.packages.city_papers.layout import laid_out, section, table
from registry.packages.city_plan.view import View
from registry.portfolio.table import Language
from registry.programme.city_plan.document import CityPlanDocument, PlanTask
from registry.programme.city_plan.queries import CityPlan
from registry.projects.fields.beautiful_city import DIMENSIONS, TASKS

PROPOSAL = (
    "四部分内容依据《美丽城市建设实施方案》（九）：建设目标、重点任务、改革举措和工程项目；版式为内容建议。",
    "The four parts are those of the implementation plan, article 9: goals, tasks, reform measures, projects.",
)


def city_plan_view(plan: CityPlan, language: Language, *, day: date) -> View:
    """Return a plan as text, for page, PDF and DOCX."""
    which = 0 if language == "zh" else 1
    document = plan.document
    sections = [
        section("aims", ("总体", "Aims")[which], paragraphs=[document.situation, document.aims, *_period(plan, which)]),
        section("goals", ("建设目标", "Goals")[which], tables=[_goals(plan, language)]),
        section("tasks", ("重点任务", "Tasks by dimension")[which], tables=[_tasks(plan, language)]),
        section("measures", ("改革举措", "Reform measures")[which], tables=[_measures(document, language)]),
        section("projects", ("工程项目", "Projects")[which], tables=[_projects(plan, language)]),
        section("coverage", ("任务与项目的衔接", "Coverage")[which], tables=_coverage(plan, language)),
        section("safeguards", ("保障措施", "Safeguards")[which], paragraphs=[document.safeguards]),
    ]
    return laid_out(
        plan.paper,
        plan.text,
        day=day,
        sections=sections,
        findings=plan.findings,
        proposal=PROPOSAL,
        is_demo=plan.paper.is_demo,
        language=language,
    )


def _period(plan: CityPlan, which: int) -> list[str]:
    document = plan.document
    said = [f"{('方案期', 'Period')[which]}：{document.start_year or '?'}–{document.end_year or '?'}"]
    if plan.financing_title is not None:
        said.append(
            f"{('配套投融资方案', 'Financing plan')[which]}：{plan.financing_title}（{document.financing_plan}）"
        )
    return said


def _heads(language: Language, *pairs: tuple[str, str, bool]) -> list[tuple[str, bool]]:
    return [((zh, en)[0 if language == "zh" else 1], is_number) for zh, en, is_number in pairs]


def _goals(plan: CityPlan, language: Language) -> View:
    head = _heads(language, ("指标", "Indicator", False), ("单位", "Unit", False), ("基准年", "Base year", True),
                  ("基准值", "Base", True), ("目标年", "Target year", True), ("目标值", "Target", True))  # fmt: skip
    rows = [
        (_named(plan, goal.indicator, language), goal.unit, goal.base_year, goal.base, goal.target_year, goal.target)
        for goal in plan.document.goals
    ]
    return table("goals", ("目标", "Goals")[language == "en"], head, rows, language)


def _named(plan: CityPlan, indicator: str, language: Language) -> str:
    known = plan.indicators.get(indicator)
    return indicator if known is None else (known.zh, known.en)[language == "en"]


def ordered(document: CityPlanDocument) -> list[tuple[int, PlanTask]]:
    """Return the tasks as a tree, parents first, each with its depth; roots stand by dimension."""
    order = list(DIMENSIONS)
    found: list[tuple[int, PlanTask]] = []

    def visit(parent: str | None, depth: int) -> None:
        children = [task for task in document.tasks if task.parent == parent]
        if parent is None:
            children.sort(key=lambda task: order.index(task.dimension or "none"))
        for task in children:
            found.append((depth, task))
            visit(task.number, depth + 1)

    visit(None, 0)
    return found


def _tasks(plan: CityPlan, language: Language) -> View:
    document = plan.document
    head = _heads(language, ("维度", "Dimension", False), ("编号", "Number", False), ("任务", "Task", False),
                  ("对应国家任务", "National task", False), ("责任单位", "Responsible", False),
                  ("完成时限", "By", False), ("项目", "Projects", False))  # fmt: skip
    rows = []
    for depth, task in ordered(document):
        label = _label(DIMENSIONS, document.dimension_of(task.number), language)
        name = "　" * depth + task.name
        national = _label(TASKS, task.national_task, language)
        codes = "、".join(plan.coverage.by_task[task.number])
        rows.append((label, task.number, name, national, task.responsible, task.finish, codes))
    return table("tasks", ("任务", "Tasks")[language == "en"], head, rows, language)


def _label(labels: Mapping[str, str], code: str | None, language: Language) -> str:
    """Return what a code is called; in English the code in plain words, as the plan itself is in Chinese."""
    if language == "zh":
        return labels.get(code or "", "")
    return (code or "").replace("_", " ").capitalize()


def _measures(document: CityPlanDocument, language: Language) -> View:
    head = _heads(language, ("改革举措", "Measure", False), ("责任单位", "Responsible", False),
                  ("完成时限", "By", False), ("任务", "Task", False))  # fmt: skip
    rows = [(each.name, each.responsible, each.finish, each.task) for each in document.measures]
    return table("measures", ("改革举措", "Measures")[language == "en"], head, rows, language)


def _projects(plan: CityPlan, language: Language) -> View:
    head = _heads(language, ("项目编号", "Code", False), ("项目名称", "Name", False), ("任务", "Task", False),
                  ("说明", "Note", False))  # fmt: skip
    rows = [(each.code, plan.names.get(each.code), each.task, each.note) for each in plan.document.projects]
    return table("projects", ("项目清单", "Projects")[language == "en"], head, rows, language)


def _coverage(plan: CityPlan, language: Language) -> list[View]:
    found, english = plan.coverage, language == "en"
    bare = [(task.number, task.name) for task in found.bare_tasks]
    idle = [(code, plan.names.get(code)) for code in found.idle_projects]
    unlisted = [(code, plan.names.get(code)) for code in found.unlisted]
    parts = (
        ("bare", ("没有项目的任务", "Tasks without a project"), bare),
        ("idle", ("没有任务的项目", "Projects without a task"), idle),
        ("unlisted", ("未列入方案的本市项目", "Projects of the city left out"), unlisted),
    )
    head = _heads(language, ("编号", "Number", False), ("名称", "Name", False))
    return [table(name, titles[english], head, rows, language) for name, titles, rows in parts]
