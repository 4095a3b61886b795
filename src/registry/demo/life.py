"""What happens to a demo project from its first save to the last day: `draw_life` depends on seed and number alone.

Two of three projects apply to a library, one of four of those to two. Happenings come in order of time, and each is one
that the registry would have let happen: `chronicle` writes them down as the operations would.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from registry.demo import words
from registry.demo.amendments import answered, completed, enlarged, money_secured, total_corrected, with_paper
from registry.demo.banking import bank_happenings
from registry.demo.courses import Course, draw_course, draw_second_try
from registry.demo.dice import Dice
from registry.demo.happenings import DuplicateDecision, Happening, Opening, Release, Save, Upload
from registry.demo.moments import LAST_MOMENT, between, days_before_end
from registry.demo.nation import DemoProject
from registry.demo.papers import paper
from registry.demo.reviews import moves_of, returned_sections
from registry.projects.fields.documents import CHECKLIST
from registry.projects.model import Dossier

LIBRARIES = {
    "central_fund": "central-eco-fund",
    "gfl_field": "eco-finance-support",
    "climate_effect": "climate-investment",
}
"""The field that says whether a project can go to a library, and the library."""

_APPLIES, _TO_TWO = 0.7, 0.25
_PAPERS_UP_TO = 500
"""Papers are uploaded for some of the first projects only: each is a file on the disk."""

_PAPERS = ("D02", "D03", "D04", "D12")


def draw_life(seed: int, project: DemoProject) -> tuple[Happening, ...]:
    """Return everything that happens to the project, in order of time; its first save comes first."""
    dice = Dice(seed, project.number, 2)
    courses = _draw_courses(dice, project)
    begin = min((course.opened_at for course in courses), default=days_before_end(dice, 10, 800))
    created = begin - timedelta(days=dice.integer(8, 90))
    author = "clerk" if project.copy_of is None else "city"
    first = between(dice, created, begin)
    happenings: list[Happening] = [Save(at=first, by=author, dossier=project.versions[0], reason="录入（示例数据）")]
    happenings += [
        Save(at=between(dice, first, begin), by=author, dossier=version, reason="补充资料（示例数据）")
        for version in project.versions[1:]
    ]
    corrected = total_corrected(project.dossier, project.answers)
    # A total in the wrong unit is noticed in the end: one left would outweigh ten thousand projects in every sum.
    if corrected is not None:
        project = replace(project, versions=(*project.versions, corrected))
        at = between(dice, happenings[-1].at, begin)
        happenings.append(Save(at=at, by="city", dossier=corrected, reason="更正总投资的计量单位（示例数据）"))
    happenings += _around_applications(dice, project, courses)
    entered = next((at for course in courses for action, at in course.moves if action == "admit"), None)
    if entered is not None and dice.chance(0.35):
        happenings.append(Release(at=between(dice, entered, LAST_MOMENT, within=90), by="city", bank=None))
    happenings += bank_happenings(dice, project.dossier, project.banks, after=entered or happenings[-1].at)
    if project.copy_of is not None and dice.chance(0.5):
        happenings.append(_decision(dice, project.copy_of, first))
    return tuple(sorted(happenings, key=lambda each: each.at))


def _draw_courses(dice: Dice, project: DemoProject) -> list[Course]:
    open_to = [name for field, name in LIBRARIES.items() if project.answers.get(field) not in {None, "none"}]
    if not open_to or not dice.chance(_APPLIES):
        return []
    chosen = [dice.pick(open_to)]
    others = [name for name in open_to if name not in chosen]
    if others and dice.chance(_TO_TWO):
        chosen.append(dice.pick(others))
    courses = [draw_course(dice, library, may_reopen=len(chosen) == 1) for library in chosen]
    again = draw_second_try(dice, courses[0])
    return courses if again is None else [*courses, again]


def _around_applications(dice: Dice, project: DemoProject, courses: list[Course]) -> Iterator[Happening]:
    """Yield the applications with the saves they ask for; every dossier is the one before with something changed."""
    planned: list[tuple[datetime, str, tuple[str, ...]]] = []
    submissions = [course.submitted_at for course in courses if course.submitted_at]
    if submissions:
        last = min(submissions)
        opened = max(course.opened_at for course in courses if course.submitted_at == last)
        planned.append((between(dice, max(opened, last - timedelta(days=3)), last), "complete", ()))
    for number, course in enumerate(courses):
        yield Opening(at=course.opened_at, by="city", course=number, library=course.library)
        asked = returned_sections(dice, course, project.dossier)
        yield from moves_of(dice, number, course, asked)
        for (action, at), (following, later) in pairwise(course.moves):
            if action == "return" and following == "submit":
                planned.append((between(dice, at, later), "answer", asked[at]))
        planned += [(at, "enlarge", ()) for action, at in course.moves if action == "reopen"]
        if course.end == "in_library" and dice.chance(0.15):
            planned.append((between(dice, course.last_at, LAST_MOMENT), "secure", ()))
    if project.number <= _PAPERS_UP_TO and dice.chance(0.12):
        planned.append((days_before_end(dice, 2, 6), "upload", ()))
    yield from _saves(dice, project, sorted(planned), is_minor=len(courses) > 1)


def _saves(
    dice: Dice, project: DemoProject, planned: list[tuple[datetime, str, tuple[str, ...]]], *, is_minor: bool
) -> Iterator[Happening]:
    dossier = project.dossier
    for at, what, sections in planned:
        before = dossier
        reason = "更新资金落实情况"
        if what == "complete":
            dossier, reason = completed(dossier, project.answers), "申报前补齐必填内容"
        elif what == "answer":
            dossier = answered(dossier, project.answers, sections, is_minor=is_minor)
            reason = "按退回意见补正"
        elif what == "enlarge":
            dossier, reason = enlarged(dice, dossier), "概算批复调增总投资，按重大变更重新审核"
        elif what == "secure":
            dossier = money_secured(dossier) or dossier
        else:
            upload, dossier = _upload(dice, project, dossier, at)
            reason = f"上传资料：{CHECKLIST[upload.checklist_code].zh}"
            yield upload
            at += timedelta(seconds=40)  # noqa: PLW2901 - the save that names the paper follows the upload
        if dossier is not before:
            yield Save(at=at, by="clerk", dossier=dossier, reason=f"{reason}（示例数据）")


def _upload(dice: Dice, project: DemoProject, dossier: Dossier, at: datetime) -> tuple[Upload, Dossier]:
    code = dice.pick(_PAPERS)
    title = f"{CHECKLIST[code].zh}（示例）.pdf"
    content = paper(
        [
            "示例数据 DEMO",
            f"{CHECKLIST[code].zh}",
            f"项目：{dossier.name}",
            f"日期：{at.date().isoformat()}",
            "本文件为演示用途编造，不具任何效力。",
            f"No. {project.number}",
        ]
    )
    upload = Upload(at=at, by="clerk", checklist_code=code, file_name=title, content=content)
    digest = hashlib.sha256(content).hexdigest()
    return upload, with_paper(dossier, checklist_code=code, title=title, sha256=digest)


def _decision(dice: Dice, other: int, after: datetime) -> DuplicateDecision:
    is_same = dice.chance(0.75)
    return DuplicateDecision(
        at=between(dice, after, LAST_MOMENT, within=150),
        by="province",
        other_number=other,
        is_same=is_same,
        reason=dice.pick(words.SAME if is_same else words.NOT_SAME),
    )
