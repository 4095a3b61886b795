"""A self-evaluation 自评估 as it is printed: indicators beside the year before, projects, remarks, scores."""

from datetime import date

from registry.packages.city_papers.layout import laid_out, section, table
from registry.packages.city_plan.view import View
from registry.portfolio.table import Language
from registry.programme.papers.states import ACTIONS
from registry.programme.self_evaluation.document import EvaluatedIndicator
from registry.programme.self_evaluation.queries import SelfEvaluation

PROPOSAL = (
    "依据《美丽城市建设实施方案》（十三）按年度开展；自评估的格式未公布，版式为内容建议。",
    "Yearly after article 13 of the implementation plan; no form is published, the layout is a proposal.",
)


def self_evaluation_view(found: SelfEvaluation, language: Language, *, day: date) -> View:
    """Return a self-evaluation as text, for page, PDF and DOCX."""
    which = 0 if language == "zh" else 1
    document = found.document
    sections = [
        section("summary", ("总体进展", "Summary")[which], paragraphs=[document.summary]),
        section("indicators", ("指标完成情况", "Indicators")[which], tables=[_indicators(found, language)]),
        section("projects", ("项目进展", "Projects")[which], tables=[_projects(found, language)]),
        section("experience", ("典型经验和创新模式", "Experience")[which], paragraphs=[document.experience]),
        section("problems", ("存在问题", "Problems")[which], paragraphs=[document.problems]),
        section("next", ("下一步打算", "Next steps")[which], paragraphs=[document.next_steps]),
    ]
    if found.remarks:
        sections.append(
            section("remarks", ("省级意见", "Remarks of the province")[which], tables=[_remarks(found, language)])
        )
    if found.scores:
        sections.append(section("scores", ("评估得分", "Scores")[which], tables=[_scores(found, language)]))
    return laid_out(
        found.paper,
        found.text,
        day=day,
        sections=sections,
        findings=found.findings,
        proposal=PROPOSAL,
        is_demo=found.paper.is_demo,
        language=language,
    )


def _head(language: Language, *columns: tuple[str, str, bool]) -> list[tuple[str, bool]]:
    return [((zh, en)[language == "en"], is_number) for zh, en, is_number in columns]


def _indicators(found: SelfEvaluation, language: Language) -> View:
    head = _head(language, ("指标", "Indicator", False), ("单位", "Unit", False), ("上年实际", "Last year", True),
                 ("目标值", "Target", True), ("实际值", "Actual", True), ("差异说明", "Explanation", False),
                 ("依据", "Evidence", False))  # fmt: skip
    rows = [
        (each.name or each.indicator, each.unit, found.last_year.get(each.indicator), each.target, each.actual,
         each.explanation, _evidence(each))
        for each in found.document.indicators
    ]  # fmt: skip
    return table("indicators", ("指标", "Indicators")[language == "en"], head, rows, language)


def _evidence(line: EvaluatedIndicator) -> str | None:
    """Return what a figure rests on, with the number of the document."""
    number = None if line.document_id is None else f"#{line.document_id}"
    return " ".join(part for part in (line.evidence, number) if part) or None


def _projects(found: SelfEvaluation, language: Language) -> View:
    head = _head(language, ("项目编号", "Code", False), ("项目名称", "Name", False), ("本年进展", "Progress", False))
    rows = [(each.code, found.names.get(each.code), each.progress) for each in found.document.projects]
    return table("projects", ("项目", "Projects")[language == "en"], head, rows, language)


def _remarks(found: SelfEvaluation, language: Language) -> View:
    head = _head(language, ("日期", "Date", False), ("决定", "Decision", False), ("意见", "Remark", False))
    rows = [
        (f"{step.at:%Y-%m-%d}", ACTIONS[step.action][language == "en"], step.reason)  # type: ignore[index]
        for step in found.remarks
    ]
    return table("remarks", ("意见", "Remarks")[language == "en"], head, rows, language)


def _scores(found: SelfEvaluation, language: Language) -> View:
    head = _head(language, ("评分项", "Item", False), ("得分", "Score", True), ("评语", "Remark", False))
    rows = [(each.item, each.score, each.remark) for each in found.scores]
    return table("scores", ("得分", "Scores")[language == "en"], head, rows, language)
