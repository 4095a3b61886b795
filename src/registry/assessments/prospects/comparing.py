"""Up to four projects side by side: figures and verdicts as kept, differences marked, unknown said to be unknown."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal

import msgspec
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import may, require
from registry.assessments.operations import public_packs
from registry.assessments.prospects.queries import ProspectLine, prospect_lines
from registry.assessments.queries import newest_assessment
from registry.assessments.routing import own_verdicts
from registry.errors import Finding, InvalidInput, NotFound
from registry.projects.queries import find_project

MOST: Final = 4
Kind = Literal["money", "ratio", "years", "multiple", "task", "green_class", "status", "stage", "place", "verdict"]


class CompareRow(msgspec.Struct, frozen=True):
    """One line of the comparison; null is unknown. `is_different`: the known values are not all the same."""

    key: str
    zh: str
    en: str
    kind: Kind
    unit: str | None
    values: list[str | float | None]
    is_different: bool


class Comparison(msgspec.Struct, frozen=True):
    """The projects in the order asked for, and the lines under headings `figures`, `verdicts`, `policy`."""

    projects: list[ProspectLine]
    groups: dict[str, list[CompareRow]]


_FIGURES: Final[tuple[tuple[str, str, str, Kind, str | None], ...]] = (
    ("place", "所在地", "Place", "place", None),
    ("task", "美丽城市任务", "Beautiful City task", "task", None),
    ("green_class", "绿色目录类别", "Class of the green catalogue", "green_class", None),
    ("status", "建设状态", "State of construction", "status", None),
    ("total_investment", "总投资", "Total investment", "money", "万元"),
    ("project_capital", "项目资本金", "Project capital", "money", "万元"),
    ("loan", "拟用银行贷款", "Bank loan planned", "money", "万元"),
    ("tenor_years", "贷款期限", "Tenor of the loan", "years", "年"),
    ("dscr_min", "偿债备付率（最低年）", "Lowest debt service cover", "multiple", None),
    ("dscr_average", "偿债备付率（平均）", "Average debt service cover", "multiple", None),
    ("coverage", "全部债务本息覆盖倍数", "Cover of all debt", "multiple", None),
    ("firr_post_tax", "财务内部收益率（税后）", "FIRR after tax", "ratio", None),
    ("capital_irr", "资本金财务内部收益率", "Equity IRR", "ratio", None),
    ("fnpv_post_tax", "财务净现值（税后）", "FNPV after tax", "money", "万元"),
    ("payback_years", "静态投资回收期（税后）", "Static payback after tax", "years", "年"),
    ("stage", "本机构意向", "Your bank's interest", "stage", None),
)


def compare(session: Session, actor: Actor, codes: Sequence[str], *, as_of: date) -> Comparison:
    """Return the comparison of up to four projects; a bank also sees the verdicts of its own policy, of `as_of`.

    Raises NotFound, NotAllowed, InvalidInput for none or too many.
    """
    require(actor, "screen_projects")
    chosen = list(dict.fromkeys(code for code in codes if code))
    if not 1 <= len(chosen) <= MOST:
        zh, en = f"请选择 1 至 {MOST} 个项目", f"Choose one to {MOST} projects"
        raise InvalidInput.of([Finding("code", "too-many" if chosen else "missing", zh, en, str(len(chosen)))])
    lines = prospect_lines(session, actor, chosen)
    found = {line.code: line for line in lines}
    for code in chosen:
        if code not in found:
            raise NotFound(f"没有编号为 {code} 的项目，或您无权查看", f"There is no project {code} that you may see")
    facts = [_facts(session, actor, line) for line in lines]
    groups = {
        "figures": [_row(*term, [each[term[0]] for each in facts]) for term in _FIGURES],
        "verdicts": list(_verdicts(lines)),
        "policy": list(_policy(session, actor, chosen, as_of)),
    }
    return Comparison(lines, groups)


def _facts(session: Session, actor: Actor, line: ProspectLine) -> dict[str, Any]:
    project = find_project(session, actor, line.code)
    kept = newest_assessment(session, actor, line.code)
    places = [part for part in (line.province_name, line.city_name) if part]
    further = ("dscr_average", "capital_irr", "fnpv_post_tax")
    return {
        **{name: getattr(line, name) for name in line.__struct_fields__},
        **{name: getattr(kept, name) if kept else None for name in further},
        "place": " ".join(places) or None,
        "project_capital": None if project.project_capital is None else str(project.project_capital),
        "stage": line.stage or "none",
    }


def _row(key: str, zh: str, en: str, kind: Kind, unit: str | None, values: list[Any]) -> CompareRow:
    known = {str(value) for value in values if value is not None}
    return CompareRow(key, zh, en, kind, unit, values, len(known) > 1)


def _verdicts(lines: Sequence[ProspectLine]) -> Iterator[CompareRow]:
    packs = public_packs()
    for name in sorted({pack for line in lines for pack in line.verdicts}):
        head = packs[name].head if name in packs.packs else None
        zh, en = (head.name_zh, head.name_en) if head else (name, name)
        yield _row(name, zh, en, "verdict", None, [line.verdicts.get(name) for line in lines])


def _policy(session: Session, actor: Actor, codes: Sequence[str], as_of: date) -> Iterator[CompareRow]:
    if not may(actor, "read_private_packs"):
        return
    found = [{each.pack: each for each in own_verdicts(session, actor, code, as_of=as_of)} for code in codes]
    names: Mapping[str, tuple[str, str]] = {
        pack: (each.name_zh, each.name_en) for verdicts in found for pack, each in verdicts.items()
    }
    for pack, (zh, en) in sorted(names.items()):
        values = [verdicts[pack].verdict if pack in verdicts else None for verdicts in found]
        yield _row(pack, zh, en, "verdict", None, values)
