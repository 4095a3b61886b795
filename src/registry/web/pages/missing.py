"""What is missing, as the project page and the form show it: by step and section, with links into the form."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from registry.assessments.missing import MissingSection, WhatIsMissing
from registry.projects.case_fields import SECTION as CASE
from registry.projects.catalogue import fields
from registry.projects.model import Dossier

_LINE = re.compile(r"^([a-z_]+)\[(\d+)\]\.([a-z0-9_]+)$")
_DOCUMENT = re.compile(r"^documents\[(D\d+)\]$")
_OTHER_SOURCES = {"catalogue": ("填报目录", "Field catalogue"), "checklist": ("资料清单", "Checklist")}


@dataclass(frozen=True, slots=True)
class ValueView:
    """One missing value: where it is filled in, and who asks, each once."""

    path: str
    title: tuple[str, str]
    link: str
    anchor: str
    asked_by: tuple[tuple[str, str], ...]
    clauses: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class StepView:
    """One step: how much it lacks and in which sections."""

    key: str
    title: tuple[str, str]
    count: int
    sections: tuple[tuple[str, tuple[str, str], tuple[ValueView, ...]], ...]
    is_next: bool

    def of(self, section: str) -> tuple[ValueView, ...]:
        """Return what one section lacks for this step."""
        return next((values for key, _, values in self.sections if key == section), ())


def missing_view(
    found: WhatIsMissing, document: Mapping[str, Any], *, wrong: Collection[str] = ()
) -> tuple[StepView, ...]:
    """Return the four steps as they are shown, without the fields that are filled in, if wrongly."""
    steps: list[StepView] = []
    for step in found.steps:
        parts = [
            (part.section, (part.title_zh, part.title_en), tuple(_values(found.code, part, document, wrong)))
            for part in step.sections
        ]
        count = sum(len(values) for *_, values in parts)
        is_next = count > 0 and not any(each.is_next for each in steps)
        sections = tuple(part for part in parts if part[2])
        steps.append(StepView(step.step, (step.title_zh, step.title_en), count, sections, is_next))
    return tuple(steps)


def next_step(steps: tuple[StepView, ...]) -> StepView | None:
    """Return the first step that lacks something."""
    return next((step for step in steps if step.is_next), None)


def _values(
    code: str | None, part: MissingSection, document: Mapping[str, Any], wrong: Collection[str]
) -> Iterator[ValueView]:
    for item in part.items:
        if item.path.partition("[")[0] in wrong:
            continue
        named = [_OTHER_SOURCES.get(why.kind) or (str(why.pack_zh), str(why.pack_en)) for why in item.why]
        clauses = [
            (f"{why.rule_zh or why.pack_zh}（{why.clause}）", f"{why.rule_en or why.pack_en} ({why.clause})")
            for why in item.why
            if why.pack
        ]
        yield ValueView(
            path=item.path,
            title=(item.title_zh, item.title_en),
            link=edit_link(code, item.path, document),
            anchor=anchor(item.path, document),
            asked_by=tuple(dict.fromkeys(named)),
            clauses=tuple(dict.fromkeys(clauses)),
        )


def edit_link(code: str | None, path: str, document: Mapping[str, Any]) -> str:
    """Return the address of the input for a place in the document, within the form of the project (or of a new one)."""
    if path == "financials":
        return f"/projects/{code}/case" if code else "#check"
    form = f"/projects/{code}/edit" if code else ""
    return f"{form}#{anchor(path, document)}"


def anchor(path: str, document: Mapping[str, Any]) -> str:
    """Return the id of the input behind a path, of its list where there is no such line."""
    if path in fields():
        return f"f-{path}"
    if line := _LINE.match(path):
        is_there = int(line[2]) < len(document.get(line[1], ()))
        return f"f-{line[1]}-{line[2]}-{line[3]}" if is_there else f"s-{line[1]}"
    if named := _DOCUMENT.match(path):
        codes = [line.get("checklist_code") for line in document.get("documents", ())]
        return f"f-documents-{codes.index(named[1])}-is_available" if named[1] in codes else "s-documents"
    if path.startswith(f"{CASE}."):
        return f"s-{path.removeprefix(f'{CASE}.')}"
    return f"s-{path}" if path in Dossier.LINES else "check"
