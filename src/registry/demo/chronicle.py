"""What is written down of a demo project: rows, audit entries and notices, as the operations would have left them.

Pure: no database is touched here, so rows refer to each other by object until `history_loading` has inserted them and
knows their numbers. The functions that write things down are in `recording`, `recording_reviews`, `recording_banks`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from registry.accounts.model import Actor
from registry.demo.happenings import Happening
from registry.demo.moments import LAST_MOMENT
from registry.demo.offices import Offices
from registry.projects.history import PastSave
from registry.projects.model import Dossier

_NOTICES_KEPT = timedelta(days=45)
"""Older notices are not made: everybody has read them."""


@dataclass(eq=False, slots=True)
class Row:
    """A row to be inserted; `parents` name the columns that hold the number of another row."""

    at: datetime
    values: dict[str, Any]
    parents: dict[str, "Row"] = field(default_factory=dict)
    id: int = 0


@dataclass(slots=True)
class PlannedAct:
    """An audit entry; subject and details are asked for when all numbers are known."""

    at: datetime
    actor_id: int | None
    action: str
    subject: Callable[[], str]
    details: Callable[[], Any]


@dataclass(slots=True)
class Page:
    """What a batch of projects leaves: rows by table, audit entries, and uploaded files by SHA-256."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    acts: list[PlannedAct] = field(default_factory=list)
    files: dict[str, tuple[datetime, bytes]] = field(default_factory=dict)

    def add(self, table: str, at: datetime, values: dict[str, Any], **parents: Row) -> Row:
        """Keep a row and return it. Rows are inserted in order of `at`."""
        row = Row(at, values, parents)
        self.rows.setdefault(table, []).append(row)
        return row


@dataclass(slots=True)
class Chronicle:
    """One project while its happenings are told in order of time."""

    page: Page
    offices: Offices
    code: str
    city_code: str
    project: Row
    find_project: Callable[[int], tuple[str, Row] | None]
    """Code and row of another project of the nation by its number, None when it is not there."""
    dossier: Dossier = field(default_factory=Dossier)
    saves: list[PastSave] = field(default_factory=list)
    applications: dict[int, Row] = field(default_factory=dict)
    slots: dict[tuple[int, int, str, str], Row] = field(default_factory=dict)
    """Opinions asked for, by course, round, level and department."""

    def actor(self, what: Happening) -> Actor:
        """Return who acts."""
        return self.offices.at(self.city_code, what.by)

    @property
    def owner(self) -> Actor:
        """Return the city's reviewer, whose organisation owns the project."""
        return self.offices.at(self.city_code, "city")

    def act(
        self,
        at: datetime,
        actor: Actor,
        action: str,
        details: Callable[[], Any],
        *,
        of: Row | None = None,
        on: str | None = None,
    ) -> None:
        """Leave an audit entry on the project, on an application (`of`), or on another project by code (`on`)."""
        subject = f"project:{on or self.code}"
        said = (lambda: subject) if of is None else (lambda: f"application:{of.id}")
        self.page.acts.append(PlannedAct(at, actor.user_id, action, said, details))

    def announce(self, kind: str, at: datetime, organisation_ids: Iterable[int | None], texts: tuple[str, str]) -> None:
        """Tell organisations, unless it is so long ago that all have read it."""
        if at < LAST_MOMENT - _NOTICES_KEPT:
            return
        for organisation_id in sorted({found for found in organisation_ids if found}):
            values = {
                "organisation_id": organisation_id,
                "kind": kind,
                "project_code": self.code,
                "text_zh": texts[0],
                "text_en": texts[1],
                "at": at,
            }
            self.page.add("notice", at, values)
