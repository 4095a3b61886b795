"""Put a demo nation into the registry: its offices, then its projects batch by batch, each batch one transaction.

Harmless when repeated, and taken up where it stopped: a project is known by its seed and number.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Engine, insert
from sqlmodel import Session, col, select

from registry import audit
from registry.accounts.model import Actor, Group, Organisation, UserAccount
from registry.accounts.operations import add_organisation, add_user, ensure_operator
from registry.accounts.queries import actor_of
from registry.database import reading, writing
from registry.demo.nation import BANKS, DemoProject, make_nation
from registry.demo.people import DEMO_PASSWORD, add_sample_people
from registry.demo.places import cities
from registry.projects.model import Project, ProjectRelease
from registry.projects.operations import Draft, save_many
from registry.projects.queries import visible_projects

BATCH = 5_000
"""Projects a transaction: each city saves its share at once, so a larger batch means fewer and larger saves."""

_CHUNK = 500
"""Values a query: well under the variable limits of both databases."""

_MINISTRY = "生态环境部（示例）"


@dataclass(frozen=True, slots=True)
class Offices:
    """Who acts for each city, by division code, and the banks by name."""

    cities: dict[str, Actor]
    banks: dict[str, int]


def load_nation(
    engine: Engine, count: int, seed: int, *, report: Callable[[int], None] = lambda _: None, batch: int = BATCH
) -> int:
    """Load projects 1 to `count` and return how many were new; `report` is told how many are done so far."""
    offices = add_offices(engine)
    projects = make_nation(count, seed)
    created = done = 0
    while part := list(islice(projects, batch)):
        with writing(engine) as session:
            created += _save(session, offices, part, seed)
        done += len(part)
        report(done)
    return created


def add_offices(engine: Engine) -> Offices:
    """Create the ministry, a provincial office each, a finance bureau for each city, the banks, and a login for each.

    The sample people come first, so that Huzhou and Jinan are the same offices in both demos.
    """
    with writing(engine) as session:
        add_sample_people(session)
        desk = _Desk(session)
        ministry = desk.organisation(_MINISTRY, "ministry", None, None)
        for name in BANKS:
            desk.organisation(name, "bank", None, None)
        provinces = {city.province: city.code[:2] for city in cities()}
        for name, code in provinces.items():
            desk.organisation(f"{name}生态环境厅（示例）", "province", ministry, f"{code}0000")
        for city in cities():
            parent = desk.organisation(f"{city.province}生态环境厅（示例）", "province", ministry, None)
            desk.organisation(f"{city.name}财政局（示例）", "city", parent, city.code)
    with reading(engine) as session:
        return _offices(session)


class _Desk:
    """Creates what is not there yet. All logins share one hash: argon2 takes 50 ms each on purpose."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._ids = dict(session.exec(select(Organisation.name, Organisation.id)).all())
        self._password_hash: str | None = None

    def organisation(self, name: str, group: Group, parent_id: int | None, division_code: str | None) -> int:
        """Return the organisation of this name, made with one login when it is new."""
        if name not in self._ids:
            made = add_organisation(
                self._session, name=name, group=group, parent_id=parent_id, division_code=division_code
            )
            self._ids[name] = made.id
            self._add_login(f"{group}-{division_code or made.id}", name, made.id or 0)
        return self._ids[name] or 0

    def _add_login(self, login: str, name: str, organisation_id: int) -> None:
        display = f"{name.removesuffix('（示例）')}经办人（示例）"
        if self._password_hash is None:
            user = add_user(
                self._session,
                login=login,
                display_name=display,
                password=DEMO_PASSWORD,
                organisation_id=organisation_id,
                is_sample=True,
            )
            self._password_hash = user.password_hash
            return
        user = UserAccount(
            login=login,
            display_name=display,
            password_hash=self._password_hash,
            organisation_id=organisation_id,
            role="reviewer",
            is_sample=True,
        )
        self._session.add(user)
        self._session.flush()
        audit.record(self._session, actor_id=None, action="user.add", subject=f"user:{user.id}")


def _offices(session: Session) -> Offices:
    users = session.exec(
        select(UserAccount, Organisation)
        .join(Organisation, col(Organisation.id) == col(UserAccount.organisation_id))
        .where(col(Organisation.group) == "city")
        .order_by(col(UserAccount.id).desc())
    ).all()
    by_city = {office.division_code: actor_of(session, user) for user, office in users if office.division_code}
    named = select(Organisation.name, Organisation.id).where(col(Organisation.name).in_(BANKS))
    return Offices(by_city, {name: number or 0 for name, number in session.exec(named)})


def _save(session: Session, offices: Offices, projects: Sequence[DemoProject], seed: int) -> int:
    """Save one batch, each project as the user of its own city; return how many were new."""
    known = _known(session, [_key(seed, project) for project in projects])
    by_city: dict[str, list[DemoProject]] = defaultdict(list)
    for project in projects:
        if _key(seed, project) not in known:
            by_city[project.city_code].append(project)
    codes: dict[int, str] = {}
    for city_code, fresh in by_city.items():
        saved = _save_versions(session, offices.cities[city_code], fresh, seed)
        codes |= {project.number: code for project, code in zip(fresh, saved, strict=True)}
    _release(session, offices, projects, codes)
    return len(codes)


def _key(seed: int, project: DemoProject) -> str:
    return f"demo:{seed}:{project.number}"


def _known(session: Session, keys: Sequence[str]) -> set[str | None]:
    operator = ensure_operator(session)
    found: set[str | None] = set()
    for start in range(0, len(keys), _CHUNK):
        chunk = keys[start : start + _CHUNK]
        query = visible_projects(operator, col(Project.import_key)).where(col(Project.import_key).in_(chunk))
        found |= set(session.execute(query).scalars())
    return found


def _save_versions(session: Session, actor: Actor, projects: Sequence[DemoProject], seed: int) -> Iterator[str]:
    """Save the first versions together, then the second ones; yield the codes in the order given."""
    drafts = [Draft(project.versions[0], import_key=_key(seed, project)) for project in projects]
    outcomes = save_many(session, actor, drafts, reason="示例数据", is_demo=True)
    later = [
        Draft(project.dossier, code=outcome.code)
        for project, outcome in zip(projects, outcomes, strict=True)
        if len(project.versions) > 1
    ]
    if later:
        save_many(session, actor, later, reason="补充资料（示例数据）", is_demo=True)
    yield from (outcome.code for outcome in outcomes)


def _release(session: Session, offices: Offices, projects: Sequence[DemoProject], codes: dict[int, str]) -> None:
    """Show new projects to their banks, with one audit entry for the batch instead of one for each project."""
    fresh = [project for project in projects if project.number in codes and project.banks]
    if not fresh:
        return
    operator = ensure_operator(session)
    ids: dict[str, int] = {}
    wanted = [codes[project.number] for project in fresh]
    for start in range(0, len(wanted), _CHUNK):
        named = col(Project.code).in_(wanted[start : start + _CHUNK])
        query = visible_projects(operator, col(Project.code), col(Project.id)).where(named)
        ids |= {code: number or 0 for code, number in session.execute(query)}
    moment = audit.now()
    rows = [
        {"project_id": ids[codes[project.number]], "organisation_id": offices.banks[bank], "released_at": moment}
        for project in fresh
        for bank in project.banks
    ]
    session.execute(insert(ProjectRelease), rows)
    subject = f"projects:{wanted[0]}…{wanted[-1]}"
    audit.record(session, actor_id=None, action="project.release", subject=subject, details={"releases": len(rows)})
