"""What a city may choose to show of a project, and the document that is left when the rest is taken out."""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from registry.errors import Finding, InvalidInput, shown
from registry.projects.catalogue import fields_of
from registry.projects.model import SECTIONS, Dossier

ALWAYS: tuple[str, ...] = ("name", "city_code", "province_name", "city_name")
"""Without these nobody can tell which project is meant."""
NEVER: frozenset[str] = frozenset({"contact_name", "contact_phone", "documents", "financials"})
"""Who answers the telephone, the list of papers and the borrower's own model are for those who work on the project."""
SUGGESTED: tuple[str, ...] = (
    "published_field",
    "implementer_name",
    "content_summary",
    "need_statement",
    "construction_status",
    "construction_start",
    "construction_end",
    "total_investment",
    "beautiful_city_dimension",
    "beautiful_city_task",
    "benefits",
)
"""What the form ticks at first, where the project has it."""
_LINES: Mapping[str, tuple[str, str]] = {
    "funding_lines": ("资金来源", "Funding lines"),
    "bond_issuances": ("专项债券发行记录", "Special bonds issued"),
    "approvals": ("审批文件", "Approvals"),
    "components": ("子项目", "Components"),
    "benefits": ("年度环境效益", "Environmental benefits a year"),
    "performance_goals": ("绩效目标", "Performance goals"),
}


def _parts() -> dict[str, tuple[str, str, tuple[str, ...]]]:
    found = {
        key: (zh, en, tuple(name for name in fields_of(section) if name not in NEVER))
        for key, (zh, en, section) in SECTIONS.items()
    }
    return found | {name: (zh, en, (name,)) for name, (zh, en) in _LINES.items()}


PARTS: Mapping[str, tuple[str, str, tuple[str, ...]]] = MappingProxyType(_parts())
"""The parts of a record a city may show: Chinese and English title, and the fields in each, in the order shown."""
SHOWABLE: tuple[str, ...] = tuple(name for _, _, names in PARTS.values() for name in names)


def read_choice(names: Iterable[str]) -> tuple[str, ...]:
    """Return the fields chosen, in the order shown; a part's name stands for all of its fields. Raises InvalidInput."""
    chosen = set(ALWAYS)
    findings = []
    for name in names:
        if name in SHOWABLE:
            chosen.add(name)
        elif name in PARTS:
            chosen |= set(PARTS[name][2])
        else:
            findings.append(_not_showable(name))
    if findings:
        raise InvalidInput.of(findings)
    return tuple(name for name in SHOWABLE if name in chosen)


def _not_showable(name: str) -> Finding:
    if name in NEVER:
        zh, en = f"“{name}”不对外公开，请去掉", f"{name} is never shown to the public; leave it out"
    else:
        known = ", ".join(PARTS)
        zh, en = f"没有可公开的字段“{shown(name)}”；可用：{known}", f"There is no field {shown(name)}; parts: {known}"
    return Finding("fields", "not-showable", zh, en, shown(name))


def released_document(dossier: Dossier, fields: Collection[str]) -> dict[str, Any]:
    """Return the JSON document with the chosen fields alone; what is unknown is left out."""
    found = dossier.model_dump(mode="json", exclude_none=True)
    return {name: value for name in fields if (value := found.get(name)) not in (None, "", [])}
