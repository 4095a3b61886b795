"""The document checklist 资料清单: what lenders ask for, set against what the dossier holds."""

from dataclasses import dataclass
from functools import cache

import yaml

from registry.packages import wording
from registry.projects.fields.documents import CHECKLIST
from registry.projects.lines import ChecklistDocument
from registry.projects.model import Dossier
from registry.settings import HOME


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One document of the list: its code, title, when it is needed and who must supply it."""

    code: str
    title_zh: str
    title_en: str
    stage_zh: str
    provider_zh: str
    provider_en: str
    mandatory: bool


@dataclass(frozen=True, slots=True)
class ChecklistLine:
    """One line of the checklist of a project. `is_available` None: nobody has said."""

    item: ChecklistItem
    document: ChecklistDocument | None

    @property
    def is_available(self) -> bool | None:
        """Whether the document exists, as the dossier says."""
        return None if self.document is None else self.document.is_available

    @property
    def status_zh(self) -> str:
        """具备, 缺 or 待补充."""
        return {True: "具备", False: "缺", None: wording.TO_ADD}[self.is_available]


@cache
def _items() -> tuple[ChecklistItem, ...]:
    document = yaml.safe_load((HOME / "reports" / "checklist.yaml").read_text(encoding="utf-8"))
    return tuple(
        ChecklistItem(**item, mandatory=CHECKLIST[item["code"]].is_mandatory) for item in document["documents"]
    )


def checklist(dossier: Dossier) -> tuple[ChecklistLine, ...]:
    """Return every document lenders ask for, then those the dossier adds under codes of its own."""
    held = {document.checklist_code: document for document in dossier.documents}
    asked = _items()
    known = {item.code for item in asked}
    own = tuple(
        ChecklistItem(document.checklist_code, document.title or wording.MISSING, "", "", "", "", mandatory=False)
        for document in dossier.documents
        if document.checklist_code not in known
    )
    return tuple(ChecklistLine(item, held.get(item.code)) for item in (*asked, *own))


def gaps(dossier: Dossier) -> tuple[ChecklistItem, ...]:
    """Return the mandatory documents that the dossier does not hold: while there are any, the package is a draft."""
    return tuple(line.item for line in checklist(dossier) if line.item.mandatory and line.is_available is not True)
