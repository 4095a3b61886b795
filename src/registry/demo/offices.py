"""The offices of the demo nation and who works there, written at once and dated the day the registry was opened.

The ministry, a provincial office each, a finance bureau for each city, five banks. A city has a clerk 经办 who enters
and a reviewer 复核 who signs; province and ministry have two reviewers, so that a review can be assigned.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, insert
from sqlmodel import Session, SQLModel, select

from registry import audit
from registry.accounts.model import Actor, Group, Organisation, Role, UserAccount
from registry.accounts.operations import hash_password
from registry.database import reading, writing
from registry.demo.happenings import Desk
from registry.demo.people import BANKS, DEMO_PASSWORD, SAMPLE_PEOPLE
from registry.demo.places import cities

OPENED = datetime(2022, 1, 4, 1, tzinfo=UTC)
"""Before anything happens in the nation."""

_MINISTRY = "生态环境部（示例）"
_SALT = b"registry demo 01"
"""The password is printed on the sign-in page: a salt of its own for each would hide nothing."""


@dataclass(frozen=True, slots=True)
class _Office:
    name: str
    group: Group
    parent: str | None = None
    division_code: str | None = None


@dataclass(frozen=True, slots=True)
class _Person:
    login: str
    display_name: str
    organisation: str
    role: Role = "reviewer"


@dataclass(frozen=True, slots=True)
class Offices:
    """Who sits at each desk: of cities and provinces by division code, of the ministry and banks by name."""

    desks: Mapping[tuple[str, Desk], Actor]
    provinces: Mapping[str, tuple[int, ...]]
    """Organisations that review for a province, by the first two digits of its code."""

    def at(self, city_code: str, desk: Desk) -> Actor:
        """Return who acts at a desk as named in `happenings`, for a project of this city."""
        if desk in {"city", "clerk"}:
            return self.desks[city_code, desk]
        if desk.startswith("province"):
            return self.desks[f"{city_code[:2]}0000", desk]
        return self.desks["", desk]


def add_sample_people(session: Session) -> bool:
    """Create the sample logins once; say whether anything was created."""
    offices = [_Office(each.organisation, each.group, each.parent, each.division_code) for each in SAMPLE_PEOPLE]
    people = [_Person(each.login, each.display_name, each.organisation) for each in SAMPLE_PEOPLE]
    return _add(session, offices, people)


def add_offices(engine: Engine) -> Offices:
    """Create every office with its logins, as far as they are not there, and return who sits where.

    The sample people come first, so that Huzhou and Jinan are the same offices in both demos.
    """
    offices = _all_offices()
    with writing(engine) as session:
        add_sample_people(session)
        _add(session, offices, [person for office in offices for person in _people_of(office)])
    with reading(engine) as session:
        return _seated(session, offices)


def _all_offices() -> list[_Office]:
    found = [_Office(_MINISTRY, "ministry"), *(_Office(name, "bank") for name in BANKS)]
    provinces = {city.province: f"{city.code[:2]}0000" for city in cities()}
    found += [_Office(_provincial(name), "province", _MINISTRY, code) for name, code in provinces.items()]
    found += [_Office(f"{city.name}财政局（示例）", "city", _provincial(city.province), city.code) for city in cities()]
    return found


def _provincial(province: str) -> str:
    return f"{province}生态环境厅（示例）"


def _people_of(office: _Office) -> tuple[_Person, ...]:
    """Return the people of an office: the first of each signs; of the sample offices it is the sample person."""
    stem = office.division_code or (str(BANKS.index(office.name) + 1) if office.group == "bank" else "cn")
    login, name = f"{office.group}-{stem}", office.name.removesuffix("（示例）")
    sample = next((each for each in SAMPLE_PEOPLE if each.organisation == office.name), None)
    first = _Person(login, f"{name}复核人（示例）", office.name)
    if sample is not None:
        first = _Person(sample.login, sample.display_name, office.name)
    if office.group == "city":
        return first, _Person(f"{login}-clerk", f"{name}填报员（示例）", office.name, "clerk")
    if office.group == "bank":
        return (first,)
    return first, _Person(f"{login}-2", f"{name}审核员二（示例）", office.name)


def _add(session: Session, offices: Iterable[_Office], people: Iterable[_Person]) -> bool:
    """Write the offices and people that are not there yet, each with its audit entry; parents before children."""
    known = dict(session.exec(select(Organisation.name, Organisation.id)).all())
    fresh = [office for office in dict.fromkeys(offices) if office.name not in known]
    acts: list[audit.PastAct] = []
    for level in (None, "ministry", "province"):
        chosen = [office for office in fresh if (_group_above(office) if office.parent else None) == level]
        rows = [_office_row(office, known) for office in chosen]
        known |= _written(session, "organisation", rows, "name")
        acts += [_added("organisation", known[office.name]) for office in chosen]
    logins = set(session.exec(select(UserAccount.login)))
    joining = [person for person in people if person.login not in logins]
    if joining:
        hashed = hash_password(DEMO_PASSWORD, salt=_SALT)
        rows = [_user_row(person, known, hashed) for person in joining]
        ids = _written(session, "user_account", rows, "login")
        acts += [_added("user", ids[person.login], {"role": person.role}) for person in joining]
    audit.record_past(session, acts)
    return bool(acts)


def _group_above(office: _Office) -> Group:
    return "ministry" if office.group == "province" else "province"


def _office_row(office: _Office, known: Mapping[str, int | None]) -> dict[str, Any]:
    return {
        "name": office.name,
        "group": office.group,
        "parent_id": known[office.parent] if office.parent else None,
        "division_code": office.division_code,
    }


def _user_row(person: _Person, known: Mapping[str, int | None], hashed: str) -> dict[str, Any]:
    return {
        "login": person.login,
        "display_name": person.display_name,
        "password_hash": hashed,
        "organisation_id": known[person.organisation],
        "role": person.role,
        "is_active": True,
        "is_sample": True,
        "oidc_subject": None,
    }


def _written(session: Session, table: str, rows: Sequence[dict[str, Any]], key: str) -> dict[str, int | None]:
    """Insert the rows and return their ids by a unique column."""
    if not rows:
        return {}
    found = SQLModel.metadata.tables[table]
    session.execute(insert(found), rows)
    wanted = {row[key] for row in rows}
    return {name: id_ for name, id_ in session.execute(select(found.c[key], found.c.id)) if name in wanted}


def _added(kind: str, id_: int | None, details: Any = None) -> audit.PastAct:
    return audit.PastAct(OPENED, None, f"{kind}.add", f"{kind}:{id_}", details)


def _seated(session: Session, offices: Sequence[_Office]) -> Offices:
    people = {user.login: user for user in session.exec(select(UserAccount))}
    groups = {row.name: row for row in session.exec(select(Organisation))}
    desks: dict[tuple[str, Desk], Actor] = {}
    provinces: dict[str, tuple[int, ...]] = {}
    for office in offices:
        names = {"city": ("city", "clerk"), "bank": (office.name,)}.get(office.group)
        names = names or (office.group, f"{office.group}2")
        for desk, person in zip(names, _people_of(office), strict=True):
            desks[office.division_code or "", desk] = _actor(people[person.login], groups[office.name])
        if office.group == "province":
            provinces[(office.division_code or "")[:2]] = (groups[office.name].id or 0,)
    return Offices(desks, provinces)


def _actor(user: UserAccount, office: Organisation) -> Actor:
    role: Any = user.role
    group: Any = office.group
    return Actor(user.id, office.id, group, office.division_code, user.display_name, role)
