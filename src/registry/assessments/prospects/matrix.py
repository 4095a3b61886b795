"""A bank's own credit policy run over the pipeline: projects × rules, with counts for each rule. Kept nowhere."""

from collections.abc import Mapping
from datetime import date

import msgspec
import polars as pl
from sqlalchemy import Engine

from registry.accounts.model import Actor
from registry.assessments.private_packs import find_own_pack, own_packs, visible_packs
from registry.assessments.prospects.filters import ProspectFilter, ProspectSort
from registry.assessments.prospects.queries import ProspectLine, prospect_lines, screen_prospects
from registry.assessments.screening import registry_facts
from registry.database import reading
from registry.eligibility.checked import Pack
from registry.eligibility.evaluate import STATUSES, rule_answers


class PolicyRule(msgspec.Struct, frozen=True):
    """One rule of the policy: a column, and how many of the projects narrowed to have each answer.

    `counts` is null where these were not asked for.
    """

    id: str
    title_zh: str
    title_en: str
    severity: str
    counts: dict[str, int] | None


class PolicyRow(msgspec.Struct, frozen=True):
    """One project: the answer of each rule by its identifier; empty where the policy is not about the project."""

    project: ProspectLine
    answers: dict[str, str]


class PolicyMatrix(msgspec.Struct, frozen=True):
    """Projects × rules of one pack on one governing date. `next` is the cursor of the page after this one."""

    pack: str
    name_zh: str
    name_en: str
    version: str | None
    as_of: date
    n_projects: int
    rules: list[PolicyRule]
    rows: list[PolicyRow]
    next: str | None


def policy_matrix(
    engine: Engine,
    actor: Actor,
    *,
    pack: str,
    as_of: date,
    wanted: ProspectFilter,
    sort: ProspectSort = "code",
    after: str | None = None,
    limit: int = 50,
    most_counted: int | None = None,
) -> PolicyMatrix:
    """Return how the pipeline stands to one pack of the actor's bank. Raises NotFound, NotAllowed, InvalidInput.

    The answers are worked out from the facts as they are, money from kept assessments: nothing is priced. Above
    `most_counted` projects only those of the page are judged, and nothing is counted.
    """
    with reading(engine) as session:
        _, own = find_own_pack(session, actor, pack)
        packs = visible_packs(session, actor)
        found = screen_prospects(session, actor, wanted)
        page = found.page(sort=sort, after=after, limit=limit)  # type: ignore[arg-type]
        lines = prospect_lines(session, actor, page.codes)
        is_counted = most_counted is None or len(found) <= most_counted
        codes = found.codes("code") if is_counted else page.codes
    facts = registry_facts(engine, actor, keep=["code"], codes=None if is_counted else codes)
    answered = rule_answers(packs, facts.filter(pl.col("code").is_in(codes)), pack=pack, as_of=as_of, key="code")
    of_page = answered.filter(pl.col("code").is_in(page.codes)).iter_rows(named=True)
    cells = {row["code"]: {name: str(row[name]) for name in row if name != "code"} for row in of_page}
    return PolicyMatrix(
        pack=own.id,
        name_zh=own.head.name_zh,
        name_en=own.head.name_en,
        version=_version(own, as_of),
        as_of=as_of,
        n_projects=len(found),
        rules=_rules(own, as_of, answered if is_counted else None),
        rows=[PolicyRow(line, cells.get(line.code, {})) for line in lines],
        next=page.next,
    )


def policies(engine: Engine, actor: Actor) -> Mapping[str, tuple[str, str]]:
    """Return the names of the packs of the actor's bank by identifier. Raises NotAllowed."""
    with reading(engine) as session:
        return {pack.id: (pack.head.name_zh, pack.head.name_en) for _, pack in own_packs(session, actor)}


def _version(own: Pack, as_of: date) -> str | None:
    version = own.version_on(as_of)
    return None if version is None else version.head.version


def _rules(own: Pack, as_of: date, answered: pl.DataFrame | None) -> list[PolicyRule]:
    version = own.version_on(as_of)
    return [
        PolicyRule(
            rule.id,
            rule.title_zh,
            rule.title_en,
            rule.severity,
            None if answered is None else _counts(answered[rule.id]),
        )
        for rule in (each.rule for each in (version.rules if version else ()))
    ]


def _counts(column: pl.Series) -> dict[str, int]:
    found = dict(column.cast(pl.String).value_counts().iter_rows())
    return {status: int(found.get(status, 0)) for status in STATUSES}
