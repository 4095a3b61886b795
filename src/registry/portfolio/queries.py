"""What a person may see of the whole registry on a day, read part by part, when a report first asks for it.

The only module of the slice that reads: it calls the readers of the slices below, which start from the permission root.
"""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

import polars as pl
from sqlalchemy import Engine

from registry.accounts.model import GROUP_NAMES, Actor
from registry.accounts.permissions import may, require
from registry.assessments.columns import read_assessments, read_rights, read_verdicts
from registry.assessments.private_packs import visible_packs
from registry.assessments.screening import count_rules
from registry.database import reading
from registry.eligibility.checked import Packs
from registry.errors import Finding, InvalidInput
from registry.portfolio.frame import PORTFOLIO_COLUMNS, Names, Portfolio, build_portfolio
from registry.portfolio.results import yearly_benefits
from registry.portfolio.zones import zone_frame
from registry.projects.banks.queries import bank_loans
from registry.projects.columns import read_benefits, read_frame, read_funding_lines, read_projects
from registry.projects.lifecycle.columns import EVENT_SCHEMA, read_events, standing
from registry.projects.past import end_of_day
from registry.projects.rights import INSTRUMENTS
from registry.projects.zones.queries import list_memberships

_LOANS = {"project_id": pl.Int64(), "source": pl.String(), "amount_fen": pl.Int64(), "bank": pl.String()}
_HOLDERS = ("implementer_name", "implementer_credit_code", "total_investment_fen")


@dataclass(frozen=True)
class Evidence:
    """Everything reports are made of, for one actor and one day. `at` is None today, else the end of that day."""

    engine: Engine
    actor: Actor
    as_of: dt.date
    at: dt.datetime | None

    @cached_property
    def portfolio(self) -> Portfolio:
        """Return projects and funding lines, with verdicts and applications as dimensions."""
        projects = read_projects(self.engine, self.actor, PORTFOLIO_COLUMNS, at=self.at)
        with reading(self.engine) as session:
            memberships = list_memberships(session, on=self.as_of)
        return build_portfolio(
            projects,
            read_funding_lines(self.engine, self.actor, at=self.at),
            verdicts=read_verdicts(self.engine, self.actor, at=self.at),
            applications=self.applications,
            zones=zone_frame(projects.get_column("city_code"), memberships),
            names=self.names,
        )

    @cached_property
    def assessments(self) -> pl.DataFrame:
        """Return the figures of the newest assessment of each revision in force."""
        return read_assessments(self.engine, self.actor, at=self.at)

    @cached_property
    def benefits(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return yearly benefits in standard units, and the years of each financial case."""
        printed, cases = read_benefits(self.engine, self.actor, at=self.at)
        return yearly_benefits(printed), cases

    @cached_property
    def rights(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the lines of income from rights as assessed, and every project that names an instrument."""
        counts = [f"{instrument}_count" for instrument in INSTRUMENTS]
        projects = read_projects(self.engine, self.actor, counts, at=self.at)
        named = projects.filter(pl.sum_horizontal(counts) > 0).select("project_id")
        return read_rights(self.engine, self.actor, at=self.at), named

    @cached_property
    def events(self) -> pl.DataFrame:
        """Return what happened to applications; nothing for groups that do not see them."""
        if not may(self.actor, "read_applications"):
            return pl.DataFrame(schema=dict(EVENT_SCHEMA))
        return read_events(self.engine, self.actor, at=self.at)

    @cached_property
    def applications(self) -> pl.DataFrame:
        """Return where each application stands."""
        return standing(self.events)

    @cached_property
    def holders(self) -> pl.DataFrame:
        """Return who carries out each project."""
        return read_projects(self.engine, self.actor, _HOLDERS, at=self.at)

    @cached_property
    def loans(self) -> pl.DataFrame:
        """Return the accepted loan decisions the actor may see, with the bank of each."""
        return read_frame(self.engine, bank_loans(self.actor, at=self.at), _LOANS)

    @cached_property
    def rule_counts(self) -> pl.DataFrame:
        """Return how many projects meet and fail each rule in force that day, by province."""
        return count_rules(self.engine, self.actor, as_of=self.as_of, by="province", at=self.at)

    @cached_property
    def packs(self) -> Packs:
        """Return the rule packs the actor may judge by."""
        with reading(self.engine) as session:
            return visible_packs(session, self.actor)

    @cached_property
    def names(self) -> Names:
        """Return the names of packs and libraries."""
        return {name: (pack.head.name_zh, pack.head.name_en) for name, pack in self.packs.packs.items()}

    @cached_property
    def rule_titles(self) -> Names:
        """Return the titles of the rules in force that day, each as `<pack>/<rule>`."""
        in_force = ((name, pack.version_on(self.as_of)) for name, pack in self.packs.packs.items())
        return {
            f"{name}/{each.rule.id}": (each.rule.title_zh, each.rule.title_en)
            for name, version in in_force
            if version is not None
            for each in version.rules
        }


SIGHT: dict[str, tuple[str, str]] = {
    "city": ("本机构及下属机构的项目", "projects of the own organisation and those below it"),
    "province": ("本省的项目", "projects of the own province"),
    "ministry": ("全部项目", "all projects"),
    "operator": ("全部项目", "all projects"),
    "bank": ("向本机构开放的项目", "projects released to the own bank"),
    "public": ("公开展示的项目", "projects released for display"),
}


def permission_of(actor: Actor, evidence: Evidence) -> tuple[str, str]:
    """Return who asked, of which group, and what could be seen, in both languages."""
    count = evidence.portfolio.projects.height
    zh, en = SIGHT[actor.group]
    return (
        f"{actor.display_name}；{GROUP_NAMES[actor.group]}；可见范围：{zh}，共 {count:,} 个项目",
        f"{actor.display_name}; group: {actor.group}; could see: {en}, {count:,} projects",
    )


def gather(engine: Engine, actor: Actor, *, as_of: dt.date, today: dt.date) -> Evidence:
    """Return the evidence of a day; nothing is read yet.

    Raises NotAllowed (a past day also for those who see no revisions), InvalidInput for a day to come.
    """
    require(actor, "read_portfolio")
    if as_of > today:
        zh, en = f"日期不能晚于今天（{today}）", f"The date cannot be later than today ({today})"
        raise InvalidInput.of([Finding("as_of", "date-to-come", zh, en, str(as_of))])
    if as_of < today:
        require(actor, "read_revisions")
    return Evidence(engine, actor, as_of, None if as_of == today else end_of_day(as_of))
