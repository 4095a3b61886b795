"""What a plan must hold before it is signed. The list is the registry's own: no text prescribes it."""

from collections.abc import Iterator

from registry.errors import Finding
from registry.programme.financing_plan.debt_safety import debt_findings
from registry.programme.financing_plan.document import PlanDocument
from registry.programme.financing_plan.figures import PlanFigures
from registry.programme.financing_plan.remarks import figure_findings

_EXPECTED = {
    "situation": ("城市情况与目标", "the situation and aims of the city"),
    "packaging": ("项目组织与打包方式", "how projects are packaged"),
    "funding_sources": ("资金来源说明", "the sources of money"),
    "bank_matches": ("金融机构对接", "bank matching"),
    "timetable": ("进度安排", "the timetable"),
    "roles": ("职责分工", "the roles of city, platform and banks"),
    "performance_goals": ("绩效目标", "performance goals"),
}


def plan_findings(plan: PlanDocument, figures: PlanFigures) -> list[Finding]:
    """Return everything to say of a plan; an error keeps it from being signed, a warning stands beside it."""
    return [
        *_content(plan),
        *debt_findings(plan.debt_safety, figures.debt),
        *figure_findings(plan, figures),
    ]


def _content(plan: PlanDocument) -> Iterator[Finding]:
    if not plan.projects:
        yield Finding("projects", "no-projects", "方案没有项目，请加入", "the plan names no project; add some")
    for name, zh, en in (("start_year", "起始年度", "the first year"), ("end_year", "结束年度", "the last year")):
        if getattr(plan, name) is None:
            yield Finding(name, "missing", f"{zh}未填，报送前必填", f"{en} is missing; it is needed to submit")
    for name, (zh, en) in _EXPECTED.items():
        if not getattr(plan, name):
            yield Finding(name, "missing", f"缺少“{zh}”，建议补充", f"{en}: missing; better add it", severity="warning")
