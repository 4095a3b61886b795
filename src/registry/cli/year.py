"""Commands on the ministry's year: what is due, for whom it waits, as ICS, and notices before deadlines."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from registry import audit
from registry.cli.console import As, AsOf, Json, acting, command, governing_date, group, out, print_json, print_table
from registry.packages.files import write_whole
from registry.programme.calendar.files import calendar_ics
from registry.programme.calendar.operations import due_notices, warn_of_deadlines
from registry.programme.calendar.queries import read_calendar

calendar = group("calendar", "The ministry's year 年度日历: windows, reports, deadlines and who is late.")
_BACK, _AHEAD = timedelta(days=120), timedelta(days=366)


@command("show", of=calendar)
def show(
    login: As = None,
    as_of: AsOf = None,
    is_json: Json = False,
    ics: Annotated[Path | None, typer.Option(help="Write the entries to this file as ICS.")] = None,
) -> None:
    """Show what is due from four months back to a year ahead, and for whom it waits (年度日历)."""
    day = governing_date(as_of)
    with acting(login) as (session, actor):
        found = read_calendar(session, actor, today=day, first=day - _BACK, last=day + _AHEAD)
    if ics is not None:
        write_whole(ics, calendar_ics(found, moment=audit.now()))
        out.print(f"已写入 written: {ics}", markup=False)
    elif is_json:
        print_json(msgspec.to_builtins(found))
    else:
        rows = [
            (
                each.due_on,
                each.title_zh,
                "逾期" if each.is_late else "",
                len(each.waits_for) if each.is_checked else "–",
            )
            for each in found
        ]
        print_table(f"年度日历 · {day}", ("截止", "事项", "逾期", "未办"), rows)


@command("warn", of=calendar)
def warn(
    as_of: AsOf = None,
    is_applied: Annotated[bool, typer.Option("--apply", help="Do it; without, only list whom it would tell.")] = False,
    is_json: Json = False,
) -> None:
    """Tell offices of deadlines ahead, once per threshold; a dry run unless --apply (期限提醒)."""
    day = governing_date(as_of)
    with acting(None, is_writer=is_applied) as (session, actor):
        due = (warn_of_deadlines if is_applied else due_notices)(session, actor, as_of=day)
    rows = [(each.due_on, each.title_zh, f"≤ {days} 天 days", len(houses)) for each, days, houses in due]
    if is_json:
        entries = [{"event": each.key, "threshold_days": days, "organisations": houses} for each, days, houses in due]
        print_json({"as_of": day, "applied": is_applied, "entries": entries})
    else:
        title = "已提醒 told" if is_applied else "试算：将提醒 would tell (--apply 办理)"
        print_table(f"{title} · {day}", ("截止", "事项", "期限", "单位数"), rows)
