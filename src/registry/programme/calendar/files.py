"""The calendar to take away: ICS (RFC 5545) for people's own calendars, and Excel with who is waited for."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from registry.accounts.model import GROUP_NAMES
from registry.portfolio.table import Language
from registry.programme.calendar.entries import CONFIDENCES, KINDS
from registry.programme.calendar.queries import Event
from registry.programme.sheet_writing import write_rows
from registry.programme.sheets import SheetColumn

ICS = "text/calendar"
_LONGEST_LINE = 75
_COLUMNS = (
    SheetColumn("kind", "类别", "Kind"),
    SheetColumn("title", "事项", "What", width=44),
    SheetColumn("starts_on", "开始", "From"),
    SheetColumn("due_on", "截止", "Due"),
    SheetColumn("days_left", "剩余天数", "Days left"),
    SheetColumn("groups", "办理方", "For", width=30),
    SheetColumn("who", "未办单位", "Waits for", width=30),
    SheetColumn("what", "未办事项", "What is open", width=40),
    SheetColumn("late", "是否逾期", "Late"),
    SheetColumn("document", "依据", "Source", width=50),
    SheetColumn("confidence", "可信度", "Confidence"),
    SheetColumn("demo", "标记", "Mark"),
)


def calendar_ics(events: Sequence[Event], *, moment: datetime, language: Language = "zh") -> bytes:
    """Return the entries as all-day events. Equal entries, moment and language give equal bytes."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//registry//calendar//ZH", "CALSCALE:GREGORIAN"]
    for each in events:
        lines += _event_lines(each, moment, language)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line)).encode()


def _event_lines(event: Event, moment: datetime, language: Language) -> Iterator[str]:
    is_zh = language == "zh"
    source = f"{event.document}（{CONFIDENCES[event.confidence][0]}）" if is_zh else event.document
    note = event.note_zh if is_zh else event.note_en
    demo = ("示例数据" if is_zh else "Demo data") if event.is_demo else None
    yield "BEGIN:VEVENT"
    yield f"UID:{event.key}@registry"
    yield f"DTSTAMP:{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{event.starts_on:%Y%m%d}"
    # The end of an all-day event is the first day that is no longer part of it.
    yield f"DTEND;VALUE=DATE:{event.due_on + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{_escaped(event.title_zh if is_zh else event.title_en)}"
    said = "\n".join(part for part in (source, note, demo) if part)
    yield f"DESCRIPTION:{_escaped(said)}"
    yield f"CATEGORIES:{_escaped(KINDS[event.kind][0 if is_zh else 1])}"  # type: ignore[index]
    yield "END:VEVENT"


def _escaped(text: str) -> str:
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r", ""), ("\n", "\\n")):
        text = text.replace(plain, written)
    return text


def _folded(line: str) -> Iterator[str]:
    """Yield a line in parts of at most 75 octets, never inside a character; each further part begins with a space."""
    part = b""
    for character in line:
        octets = character.encode()
        if len(part) + len(octets) > _LONGEST_LINE:
            yield part.decode()
            part = b" "
        part += octets
    yield part.decode()


def calendar_workbook(events: Sequence[Event]) -> bytes:
    """Return the calendar as a workbook: a row for each who is waited for, one for an entry that waits for nobody."""
    notes = ["“未办单位”来自系统记录；空白表示没有未办，或该事项不在系统内办理、无法得知。", "依据和可信度见各行。"]
    return write_rows("年度日历", _COLUMNS, [row for event in events for row in _rows(event)], notes)


def _rows(event: Event) -> Iterator[dict[str, object]]:
    row: dict[str, object] = {
        "kind": KINDS[event.kind][0],  # type: ignore[index]
        "title": event.title_zh,
        "starts_on": event.starts_on,
        "due_on": event.due_on,
        "days_left": event.days_left,
        "groups": "、".join(GROUP_NAMES[group] for group in event.groups),
        "document": event.document,
        "confidence": CONFIDENCES[event.confidence][0],
        "demo": "示例数据" if event.is_demo else None,
    }
    if not event.waits_for:
        yield row
    for each in event.waits_for:
        yield row | {"who": each.organisation, "what": each.what_zh, "late": "逾期" if event.is_late else "未到期"}
