"""The document checklist 文件清单 as a workbook that a credit officer ticks off."""

import io
from collections.abc import Sequence
from datetime import datetime

import xlsxwriter

from registry.packages import checklist
from registry.packages.content import Attachment, PackageContent
from registry.packages.office import stored

SAFE = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
"""Text of a user stays text: no formula, no link, no number is made of it."""
FONT = "等线"
_COLUMNS = (
    ("编号", 8),
    ("文件", 44),
    ("必备", 7),
    ("阶段", 14),
    ("提供方", 26),
    ("状态", 10),
    ("文号", 26),
    ("日期", 13),
    ("文件 SHA-256", 68),
    ("包内文件", 44),
)


def stamped(content: PackageContent) -> datetime:
    """Return the time written into office files: when the revision was saved, so that it never moves."""
    return content.revision.saved_at.replace(tzinfo=None, microsecond=0)


def checklist_xlsx(content: PackageContent) -> bytes:
    """Return the checklist: one line per document, held ones with number, date and digest."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, SAFE) as book:
        book.set_properties({"created": stamped(content), "title": f"文件清单 {content.project_code}"})
        head = book.add_format(
            {"bold": True, "bg_color": "#EEF3F1", "bottom": 1, "font_name": FONT, "valign": "vcenter"}
        )
        text = book.add_format({"text_wrap": True, "valign": "top", "font_name": FONT})
        missing = book.add_format({"font_color": "#9A3B26", "valign": "top", "font_name": FONT})
        sheet = book.add_worksheet("文件清单")
        sheet.write(0, 0, f"文件清单 · {content.version_id}{' · 示例数据' if content.is_demo else ''}", head)
        for place, (title, width) in enumerate(_COLUMNS):
            sheet.set_column(place, place, width)
            sheet.write(2, place, title, head)
        lines = checklist.checklist(content.dossier)
        for row, line in enumerate(lines, start=3):
            for place, value in enumerate((*_cells(line), _enclosed(line, content.attachments))):
                is_gap = place == 5 and line.is_available is not True  # noqa: PLR2004 - the column 状态
                sheet.write_string(row, place, value, missing if is_gap else text)
        sheet.freeze_panes(3, 2)
        sheet.autofilter(2, 0, 2 + len(lines), len(_COLUMNS) - 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(2)
    return stored(target.getvalue())


def _enclosed(line: checklist.ChecklistLine, attachments: Sequence[Attachment]) -> str:
    """Return where in the package the document is; empty where it is not in it."""
    found = [each for each in attachments if each.checklist_code == line.item.code]
    return "\n".join(each.path if each.is_enclosed else f"{each.file_name}（过大，未随包）" for each in found)


def _cells(line: checklist.ChecklistLine) -> tuple[str, ...]:
    item, document = line.item, line.document
    held = (document.number or "", document.date or "", document.sha256 or "") if document is not None else ("", "", "")
    mandatory = "是" if item.mandatory else "否"
    return (item.code, item.title_zh, mandatory, item.stage_zh, item.provider_zh, line.status_zh, *held)
