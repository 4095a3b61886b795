"""How a paper of a city is laid out for PDF, DOCX and page alike: the shape `city_plan.typ` sets."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from registry.errors import Finding
from registry.packages.city_plan.view import View
from registry.portfolio.table import Language
from registry.programme.papers.model import KINDS
from registry.programme.papers.queries import PaperSummary, PaperText
from registry.programme.papers.states import EDITABLE, STATES

MISSING = ("未填", "not stated")
_WIDE = 7
_SEVERITY = {"error": ("须补正", "Must be mended"), "warning": ("提示", "Note"), "info": ("说明", "Information")}
_WORDS = {
    "demo": ("示例数据 · 非真实城市文件", "Demo data 示例数据 · no real paper"),
    "demo_short": ("示例数据", "Demo data 示例数据"),
    "draft": ("编制中", "Draft"),
    "signed": ("已签发", "Signed"),
    "findings": ("需要说明的问题", "What a reader must be told"),
    "no_findings": ("未发现需要说明的问题。", "Nothing was found."),
    "empty": ("未填", "Not stated"),
    "chart": ("", ""),
    "disclaimer": (
        "本文件由登记系统依据填报数据生成，不构成任何机构的评价或批复。未填不等于零。",
        "Generated from what was entered; no evaluation or approval of any body. What is not stated is not zero.",
    ),
}


def laid_out(
    paper: PaperSummary,
    text: PaperText,
    *,
    day: date,
    sections: Sequence[View],
    findings: Iterable[Finding],
    proposal: tuple[str, str],
    is_demo: bool,
    language: Language,
) -> View:
    """Return everything the documents print, as text."""
    which = 0 if language == "zh" else 1
    kind = KINDS[paper.kind]  # type: ignore[index]
    facts = [
        (("编制单位", "Prepared by")[which], paper.owner),
        (("状态", "State")[which], STATES[paper.state][which]),  # type: ignore[index]
        (("修订", "Revision")[which], f"{text.number} · {text.saved_at:%Y-%m-%d}"),
    ]
    if paper.year is not None:
        facts.insert(1, (("年度", "Year")[which], str(paper.year)))
    return {
        "document": {
            "title": paper.title,
            "implementer": paper.owner,
            "version_id": f"BC-{paper.id:06d} · r{text.number} · {text.hash[:12]}",
            "date": day.isoformat(),
            "is_demo": is_demo,
            "is_draft": paper.state in EDITABLE,
            "language": language,
        },
        "proposal": proposal[which],
        "words": {name: pair[which] for name, pair in _WORDS.items()} | {"kind": kind[which]},
        "facts": facts,
        "sections": list(sections),
        "findings": [
            {"severity": _SEVERITY[each.severity][which], "text": (each.message_zh, each.message_en)[which]}
            for each in findings
        ],
    }


def section(name: str, title: str, *, paragraphs: Sequence[str | None] = (), tables: Sequence[View] = ()) -> View:
    """Return one section; a text nobody stated is left out."""
    said = [line for text in paragraphs if text for line in text.splitlines() if line.strip()]
    return {"name": name, "title": title, "paragraphs": said, "tables": list(tables)}


def table(
    name: str, title: str, head: Sequence[tuple[str, bool]], rows: Iterable[Sequence[Any]], language: Language
) -> View:
    """Return a table as text; `head` tells for each column its title and whether it holds numbers."""
    missing = MISSING[0 if language == "zh" else 1]
    return {
        "name": name,
        "title": title,
        "head": [heading for heading, _ in head],
        "rows": [[missing if cell in (None, "") else _shown(cell) for cell in row] for row in rows],
        "numeric": [is_number for _, is_number in head],
        "is_wide": len(head) > _WIDE,
    }


def _shown(cell: Any) -> str:
    return f"{cell:,.6g}" if isinstance(cell, float) else str(cell)
