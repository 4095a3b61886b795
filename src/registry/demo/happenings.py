"""What happens to a demo project, one dataclass each; who does it is named by desk, not by account."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from registry.projects.lifecycle.states import Action
from registry.projects.model import Dossier

Desk = str
"""`clerk` and `city` (经办, 复核) of the project's city; `province`, `province2`; `ministry`, `ministry2`; a bank."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Base: the moment, and the desk that acts."""

    at: datetime
    by: Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Save(Happening):
    """A revision is saved."""

    dossier: Dossier
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening(Happening):
    """An application is begun; `course` numbers it among those of the project."""

    course: int
    library: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Move(Happening):
    """An application moves by the table of states."""

    course: int
    action: Action
    reason: str = ""
    sections: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment(Happening):
    """A reviewer of the same office is assigned."""

    course: int
    reviewer: Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionsAsked(Happening):
    """Departments are asked, side by side."""

    course: int
    departments: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionGiven(Happening):
    """One of them answers."""

    course: int
    department: str
    is_favourable: bool
    opinion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark(Happening):
    """A comment on a part of the dossier; dealt with by the city at `settled_at`, or still open."""

    section: str
    audience: Literal["city", "reviewers", "both"]
    text: str
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload(Happening):
    """A paper is uploaded; the save that names it in the checklist follows."""

    checklist_code: str
    file_name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Happening):
    """The city lets a bank see the project, or the public (None)."""

    bank: Desk | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest(Happening):
    """A bank says where it stands."""

    stage: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Happening):
    """A bank asks; the city answers, or has not yet."""

    question: str
    answer: str | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loan(Happening):
    """A bank decides on a loan; the city takes it for the loan of its dossier, or has not yet."""

    source: str
    is_approved: bool
    amount: Decimal | None = None
    rate: float | None = None
    term_years: float | None = None
    conditions: str = ""
    accepted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateDecision(Happening):
    """A reviewer decides whether this project and an earlier number are one."""

    other_number: int
    is_same: bool
    reason: str
