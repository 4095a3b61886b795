"""What is missing 缺什么, by section and next step, from the catalogue. What the rules ask for is added by callers."""

from typing import get_args

import msgspec

from registry.errors import Finding
from registry.projects.catalogue import CatalogueField, fields, line_fields
from registry.projects.model import SECTIONS, Dossier
from registry.quantities import Stage

STEPS: dict[Stage, tuple[str, str]] = {
    "draft": ("保存草稿", "Draft"),
    "submitted": ("提交", "Submission"),
    "in_library": ("入库", "Library entry"),
    "packaged": ("对接金融机构", "Financing package"),
}
_ORDER: tuple[Stage, ...] = get_args(Stage)

COLLECTIONS: dict[str, tuple[str, str]] = {
    "funding_lines": ("资金来源", "Funding"),
    "bond_issuances": ("专项债券发行记录", "Bond issues"),
    "approvals": ("审批文件", "Approvals"),
    "components": ("子项目", "Components"),
    "benefits": ("年度环境效益", "Benefits"),
    "performance_goals": ("绩效目标", "Performance goals"),
    "documents": ("资料清单", "Documents"),
    "financials": ("财务测算输入", "Financial case"),
}

SECTION_NAMES: dict[str, tuple[str, str]] = {name: (zh, en) for name, (zh, en, _) in SECTIONS.items()} | COLLECTIONS
"""Every part of a dossier that can be remarked on, with its names."""


class Missing(msgspec.Struct, frozen=True):
    """One value that is not there, and the first step that needs it."""

    path: str
    section: str
    step: Stage
    title_zh: str
    title_en: str

    def finding(self) -> Finding:
        """Return it as a finding that stops the step."""
        zh, en = STEPS[self.step]
        return Finding(
            self.path,
            "missing",
            f"{zh}前须填写“{self.title_zh}”",
            f"{self.title_en} is needed before {en.lower()}",
        )


def missing_for(dossier: Dossier, step: Stage) -> list[Missing]:
    """Return every value missing for this step or an earlier one, in the order of the form."""
    steps = _ORDER[: _ORDER.index(step) + 1]
    found = [
        _missing(name, field.term.section, field, needed)
        for name, field in fields().items()
        if (needed := field.term.needed_from) in steps and getattr(dossier, name) in {None, ""}
    ]
    for collection in Dossier.LINES:
        needed_fields = [item for item in line_fields(collection).values() if item.term.needed_from in steps]
        found += [
            _missing(f"{collection}[{index}].{item.name}", collection, item, item.term.needed_from)
            for index, line in enumerate(getattr(dossier, collection))
            for item in needed_fields
            if getattr(line, item.name) in {None, ""}
        ]
    return found


def missing_by_section(dossier: Dossier, step: Stage) -> dict[str, list[Missing]]:
    """Return what is missing for a step under each section; sections that lack nothing are there, empty."""
    found: dict[str, list[Missing]] = {name: [] for name in SECTION_NAMES}
    for item in missing_for(dossier, step):
        found[item.section].append(item)
    return found


def next_steps(dossier: Dossier) -> dict[Stage, int]:
    """Return how many values each step still lacks, earlier steps included."""
    return {step: len(missing_for(dossier, step)) for step in _ORDER}


def _missing(path: str, section: str, field: CatalogueField, step: Stage | None) -> Missing:
    return Missing(path, section, step or "draft", field.term.zh, field.term.en)
