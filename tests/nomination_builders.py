"""A round of selection, taken as far as a test wants it: cities of four provinces, a panel of three, scores."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Engine, select
from sqlmodel import col

from conftest import PASSWORD, People
from registry.accounts.model import Actor
from registry.accounts.operations import add_organisation, add_user
from registry.accounts.queries import actor_by_login
from registry.database import reading, writing
from registry.programme.nomination.choosing import mark_nomination
from registry.programme.nomination.model import Nomination
from registry.programme.nomination.operations import (
    check_form,
    give_provincial_opinion,
    save_nomination,
    submit_nomination,
)
from registry.programme.nomination.panel import ConflictOfInterest, name_member, score_nomination
from registry.programme.nomination.queries import RoundLine, find_round
from registry.programme.nomination.rounds import StatedQuota, advance_selection, open_selection
from registry.programme.nomination.rules import items

OPENS, CLOSES = date(2026, 3, 1), date(2026, 3, 31)
DAY, AFTER = date(2026, 3, 10), date(2026, 4, 2)
PLACES = (("wuhan", "420100", 1100.0), ("xian", "610100", 900.0), ("dalian", "210200", 450.0))


@dataclass
class Stage:
    """A round, its cities by login, and whoever sits on the panel."""

    engine: Engine
    people: People
    round_id: int
    cities: dict[str, Actor] = field(default_factory=dict)
    panel: dict[str, Actor] = field(default_factory=dict)

    def held(self) -> RoundLine:
        with reading(self.engine) as session:
            return find_round(session, self.round_id)

    def row(self, login: str) -> Nomination:
        owner = self.cities[login].organisation_id
        query = select(Nomination).where(col(Nomination.round_id) == self.round_id, col(Nomination.owner_id) == owner)
        with reading(self.engine) as session:
            found: Nomination = session.execute(query).scalar_one()
            return found

    def code(self, login: str) -> str:
        return self.row(login).code or ""

    def advance(self, minutes: str = "会议研究同意", day: date = AFTER) -> RoundLine:
        with writing(self.engine) as session:
            return advance_selection(
                session, self.people.ministry, self.round_id, minutes=minutes,
                expected_version=find_round(session, self.round_id).version, today=day,
            )  # fmt: skip

    def mark(self, login: str, choice: str, reason: str = "") -> None:
        with writing(self.engine) as session:
            mark_nomination(
                session, self.people.ministry, self.round_id, code=self.code(login), choice=choice, reason=reason
            )

    def score(self, member: Actor, login: str, each: float) -> None:
        with writing(self.engine) as session:
            score_nomination(session, member, self.round_id, code=self.code(login), scores=dict.fromkeys(items(), each))


def person(engine: Engine, login: str, group: str, division: str | None, *, house: int | None = None) -> Actor:
    with writing(engine) as session:
        place = house
        if place is None:
            name = f"{login}机构"
            place = add_organisation(session, name=name, group=group, division_code=division).id  # type: ignore[arg-type]
        add_user(session, login=login, display_name=login, password=PASSWORD, organisation_id=place or 0)
    with reading(engine) as session:
        return actor_by_login(session, login)


def opened(engine: Engine, people: People, quotas: Sequence[StatedQuota] = (), target: int | None = 2) -> Stage:
    with writing(engine) as session:
        held = open_selection(
            session, people.ministry, title="第一批", opens_on=OPENS, closes_on=CLOSES, target=target, quotas=quotas
        )
    return Stage(engine, people, held.id)


def apply(stage: Stage, actor: Actor, people_10k: float | None = 320.0, day: date = DAY) -> int:
    with writing(stage.engine) as session:
        number = save_nomination(
            session, actor, stage.round_id, statement="基础好", today=day, urban_population_10k=people_10k,
            population_source=None if people_10k is None else "统计年鉴 2025",
        )  # fmt: skip
        submit_nomination(session, actor, number, expected_version=1, today=day)
    return number


def applied(engine: Engine, people: People, quotas: Sequence[StatedQuota] = (), target: int | None = 2) -> Stage:
    """Return a round with four nominations, recommended by their provinces."""
    stage = opened(engine, people, quotas, target)
    stage.cities["city"] = people.city
    for login, division, _ in PLACES:
        stage.cities[login] = person(engine, login, "city", division)
        person(engine, f"{login}-province", "province", f"{division[:2]}0000")
    sizes = {"city": 95.0} | {login: size for login, _, size in PLACES}
    for login, actor in stage.cities.items():
        number = apply(stage, actor, sizes[login])
        with writing(engine) as session:
            above = people.province if login == "city" else actor_by_login(session, f"{login}-province")
            give_provincial_opinion(session, above, number, is_recommended=True, opinion="同意推荐", expected_version=2)
    return stage


def compared(engine: Engine, people: People, quotas: Sequence[StatedQuota] = (), target: int | None = 2) -> Stage:
    """Return the round at the comparison, every nomination in form."""
    stage = applied(engine, people, quotas, target)
    stage.advance()
    with writing(engine) as session:
        query = select(col(Nomination.id)).where(col(Nomination.round_id) == stage.round_id)
        for number in session.execute(query).scalars():
            check_form(session, people.ministry, number, is_in_form=True, remark="材料齐全", expected_version=3)
    stage.advance()
    return stage


def scoring(engine: Engine, people: People, quotas: Sequence[StatedQuota] = (), target: int | None = 2) -> Stage:
    """Return the round with a panel: one of Zhejiang, one of the ministry with a tie to Hubei, one free of any."""
    stage = compared(engine, people, quotas, target)
    house = people.ministry.organisation_id
    stage.panel = {
        "zhejiang": people.province,
        "tied": person(engine, "tied", "ministry", None, house=house),
        "free": person(engine, "free", "ministry", None, house=house),
        "second": person(engine, "second", "ministry", None, house=house),
    }
    with writing(engine) as session:
        for login, home in (("province", None), ("tied", "420000"), ("free", None), ("second", None)):
            name_member(session, people.ministry, stage.round_id, login=login, home_province=home)
    stage.advance()
    return stage


def scored(engine: Engine, people: People, quotas: Sequence[StatedQuota] = (), target: int | None = 2) -> Stage:
    """Return the round with proposals to make; Dalian scores highest, then Xi'an, Wuhan, Huzhou."""
    stage = scoring(engine, people, quotas, target)
    for points, login in enumerate(("city", "wuhan", "xian", "dalian"), start=10):
        for member in stage.panel.values():
            try:
                stage.score(member, login, float(points))
            except ConflictOfInterest:
                continue
    stage.advance()
    return stage


def published(engine: Engine, people: People, *chosen: str) -> Stage:
    """Return the round with its result published: these cities selected, the others declined."""
    stage = scored(engine, people)
    for _ in range(2):
        for login in stage.cities:
            stage.mark(login, "select" if login in chosen else "decline", "集体研究")
        stage.advance()
    return stage
