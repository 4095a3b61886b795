"""Applications in any state, made by the same moves people make."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from builders import dossier
from conftest import People
from registry.accounts.model import Actor
from registry.database import writing
from registry.projects.lifecycle.model import Application
from registry.projects.lifecycle.operations import Step, act, open_application
from registry.projects.model import Dossier
from registry.projects.operations import create_project

LIBRARY = "central-eco-fund"
ENTRY = datetime(2026, 3, 1, 2, tzinfo=UTC)


# Written out by hand from the description of the life cycle, not read off the code.
EXPECTED: dict[str, dict[str, dict[str, str]]] = {
    "draft": {
        "city": {"submit": "submitted", "withdraw": "withdrawn"},
        "operator": {"submit": "submitted", "withdraw": "withdrawn"},
    },
    "submitted": {
        "city": {"withdraw": "withdrawn"},
        "operator": {"withdraw": "withdrawn"},
        "province": {"recommend": "recommended", "return": "returned", "decline": "declined"},
    },
    "recommended": {
        "city": {"withdraw": "withdrawn"},
        "operator": {"withdraw": "withdrawn"},
        "ministry": {"admit": "in_library", "return": "returned", "decline": "declined"},
    },
    "returned": {
        "city": {"submit": "submitted", "withdraw": "withdrawn"},
        "operator": {"submit": "submitted", "withdraw": "withdrawn"},
    },
    "in_library": {
        "city": {"withdraw": "withdrawn"},
        "operator": {"withdraw": "withdrawn", "expire": "expired"},
        "province": {"implement": "implemented"},
        "ministry": {"expire": "expired", "remove": "removed", "implement": "implemented"},
    },
    "declined": {},
    "withdrawn": {},
    "expired": {},
    "removed": {},
    "implemented": {},
}


def complete_dossier(**changes: Any) -> Dossier:
    """Return a dossier that lacks nothing for submission."""
    values: dict[str, Any] = {
        "approval_code": "2603-330502-04-01-123456",
        "implementer_name": "湖州市示例水务有限公司",
        "implementer_credit_code": "91330500MA2B3C4D5B",
        "content_summary": "扩建日处理能力 2 万吨的污水处理厂",
        "construction_status": "not_started",
        "construction_start": "2026-05",
        "construction_end": "2028-05",
        "revenue_source": "污水处理费",
    }
    return dossier(**{**values, **changes})


def enter_project(engine: Engine, city: Actor, **changes: Any) -> str:
    """Enter a project ready for submission and return its code."""
    with writing(engine) as session:
        return create_project(session, city, complete_dossier(**changes), reason="录入").code


def move(engine: Engine, actor: Actor, application: Application, action: Any, **details: Any) -> Application:
    """Take one action on an application as it stands, and return it."""
    moment = details.pop("moment", None)
    values: dict[str, Any] = {"reason": "同意"} | details
    with writing(engine) as session:
        return act(session, actor, Step(application.id or 0, action, application.version, **values), moment=moment)


PATHS: dict[str, tuple[tuple[str, str], ...]] = {
    "draft": (),
    "submitted": (("city", "submit"),),
    "recommended": (("city", "submit"), ("province", "recommend")),
    "returned": (("city", "submit"), ("province", "return")),
    "in_library": (("city", "submit"), ("province", "recommend"), ("ministry", "admit")),
    "declined": (("city", "submit"), ("province", "decline")),
    "withdrawn": (("city", "withdraw"),),
    "expired": (("city", "submit"), ("province", "recommend"), ("ministry", "admit"), ("ministry", "expire")),
    "removed": (("city", "submit"), ("province", "recommend"), ("ministry", "admit"), ("ministry", "remove")),
    "implemented": (("city", "submit"), ("province", "recommend"), ("ministry", "admit"), ("province", "implement")),
}


def application_in(engine: Engine, people: People, state: str, *, code: str | None = None) -> Application:
    """Return an application in this state, of a new project unless a code is given. Entered on 2026-03-01."""
    code = code or enter_project(engine, people.city)
    with writing(engine) as session:
        application = open_application(session, people.city, code, library=LIBRARY)
    for group, action in PATHS[state]:
        sections = {"investment": "请补充投资估算依据"} if action == "return" else {}
        moment = ENTRY + timedelta(days=3 * 366) if action == "expire" else ENTRY
        application = move(engine, getattr(people, group), application, action, sections=sections, moment=moment)
    assert application.state == state
    return application
