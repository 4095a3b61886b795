"""What a yearly self-evaluation 自评估 holds. The figures come from the indicators; the words are the city's."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from registry.projects.lines import Line
from registry.quantities import Integer, Number, term

MOST_PROJECTS = 500


def _part(zh: str, en: str, **details: Any) -> tuple[Any, ...]:
    return term(zh, en, "line", is_fact=False, **details)


class EvaluatedIndicator(Line):
    """One indicator of the year: target, actual and evidence as stated in the indicators, and why they differ."""

    indicator: Annotated[str, *_part("指标编号", "Indicator", max_length=40)]
    name: Annotated[str | None, *_part("指标", "Name", max_length=100)] = None
    unit: Annotated[str | None, *_part("单位", "Unit", max_length=40)] = None
    target: Annotated[Number | None, *_part("目标值", "Target")] = None
    actual: Annotated[Number | None, *_part("实际值", "Actual")] = None
    explanation: Annotated[str | None, *_part("差异说明", "Explanation", max_length=1000)] = None
    evidence: Annotated[str | None, *_part("依据", "Evidence", max_length=300)] = None
    document_id: Annotated[Integer | None, *_part("资料编号", "Document", ge=1, le=2**31 - 1)] = None


class EvaluatedProject(Line):
    """One project and how it went in the year."""

    code: Annotated[str, *_part("项目编号", "Project code", max_length=20)]
    progress: Annotated[str | None, *_part("本年进展", "Progress", max_length=1000)] = None


class SelfEvaluationDocument(Line):
    """自评估全文."""

    summary: Annotated[str | None, *_part("总体进展", "Summary", max_length=4000)] = None
    experience: Annotated[str | None, *_part("典型经验和创新模式", "Experience", max_length=4000)] = None
    problems: Annotated[str | None, *_part("存在问题", "Problems", max_length=4000)] = None
    next_steps: Annotated[str | None, *_part("下一步打算", "Next steps", max_length=4000)] = None
    indicators: Annotated[list[EvaluatedIndicator], Field(title="指标", max_length=100)] = []
    projects: Annotated[list[EvaluatedProject], Field(title="项目", max_length=MOST_PROJECTS)] = []

    LISTS: ClassVar[dict[str, tuple[str, str, type[Line]]]] = {
        "indicators": (
            "指标（数值取自指标填报，只需说明差异）",
            "Indicators (figures are those stated)",
            EvaluatedIndicator,
        ),
        "projects": ("项目进展", "Projects", EvaluatedProject),
    }
    SCALARS: ClassVar[tuple[str, ...]] = ("summary", "experience", "problems", "next_steps")
    SINGLES: ClassVar[dict[str, tuple[str, str, type[Line]]]] = {}
