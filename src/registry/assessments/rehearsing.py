"""Rehearsal over the registry 预演: two versions of a pack on the same projects, before the newer one is published."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import polars as pl
from sqlalchemy import Engine

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.assessments.private_packs import visible_packs
from registry.assessments.screening import registry_facts
from registry.database import reading
from registry.eligibility.checked import Pack, Packs
from registry.eligibility.explain import assess
from registry.eligibility.model import Verdict
from registry.eligibility.reasons import Atom, Reason
from registry.eligibility.rehearsal import rehearse
from registry.quantities import FEN_PER_CNY_10K, money_text

CARRIED = ("code", "name", "province", "total_investment_fen")
MOST_LISTED = 5_000
"""Projects a rehearsal lists by name; the counts always cover all of them."""
MOST_BORDERLINE = 200
VERDICT_RANK: tuple[Verdict, ...] = ("ineligible", "insufficient", "judgement", "eligible")
"""From shut to open."""


class Flip(msgspec.Struct, frozen=True, kw_only=True):
    """A project whose verdict changes. None: the pack is not about it on that side."""

    code: str
    name: str | None
    province: str | None
    task: str | None
    amount: str | None
    """总投资, 万元."""
    before: str | None
    after: str | None


class FlipGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Projects of one value (a province, a task) that change in the same way; `amount` adds up what is known."""

    value: str | None
    before: str | None
    after: str | None
    projects: int
    amount: str
    n_unknown_amounts: int


class Borderline(msgspec.Struct, frozen=True, kw_only=True):
    """A project kept out by one rule alone under the new version; `distance` is how far it is off, where measurable."""

    code: str
    name: str | None
    province: str | None
    verdict: str
    rule: str
    title_zh: str
    title_en: str
    distance: float | None
    unit: str | None


class Rehearsal(msgspec.Struct, frozen=True, kw_only=True):
    """What changes. `winners` rise in the order 不符合, 资料不足, 需人工判断, 符合; `losers` fall."""

    pack: str
    name_zh: str
    name_en: str
    version_old: str
    version_new: str
    as_of_old: date
    as_of_new: date
    projects: int
    winners: int
    losers: int
    changes: tuple[FlipGroup, ...]
    by_province: tuple[FlipGroup, ...]
    by_task: tuple[FlipGroup, ...]
    flips: tuple[Flip, ...]
    n_flips: int
    borderline: tuple[Borderline, ...]
    n_borderline: int

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


def rehearse_registry(
    engine: Engine, actor: Actor, *, pack: str, old: str, new: str, as_of: date, draft: Packs | None = None
) -> Rehearsal:
    """Compare two versions of a pack over every project the actor may see; keeps nothing.

    `draft` is where the new version is looked for, the packs in use unless given. Each side is asked on `as_of`, or on
    the first day of a version that begins later. Raises NotFound for an unknown pack or version, NotAllowed.
    """
    require(actor, "rehearse_rules")
    with reading(engine) as session:
        packs = visible_packs(session, actor)
    before, day_old = _pinned(packs, pack, old, as_of)
    after, day_new = _pinned(draft or packs, pack, new, as_of)
    facts = registry_facts(engine, actor, keep=CARRIED)
    found = rehearse(before, after, facts, as_of=day_old, as_of_new=day_new, only_flips=False)
    table = found.join(_labels(facts), on="row", how="left", maintain_order="left")
    flips = table.filter(pl.col("verdict_old").ne_missing(pl.col("verdict_new")))
    borderline, number = _borderline(after, pack, new, facts, table, day_new)
    return Rehearsal(
        pack=pack,
        name_zh=after[pack].head.name_zh,
        name_en=after[pack].head.name_en,
        version_old=old,
        version_new=new,
        as_of_old=day_old,
        as_of_new=day_new,
        projects=facts.height,
        winners=flips.filter(_rank("verdict_new") > _rank("verdict_old")).height,
        losers=flips.filter(_rank("verdict_new") < _rank("verdict_old")).height,
        changes=_groups(flips, None),
        by_province=_groups(flips, "province"),
        by_task=_groups(flips, "task"),
        flips=tuple(_flip(row) for row in flips.head(MOST_LISTED).iter_rows(named=True)),
        n_flips=flips.height,
        borderline=borderline,
        n_borderline=number,
    )


def _pinned(packs: Packs, pack: str, version: str, as_of: date) -> tuple[Packs, date]:
    """Return the one pack with a version in force whatever the day, and the day to ask it on."""
    found: Pack = packs[pack]
    wanted = found.find_version(version)
    # The first version in force counts, and the other ones stay for transition clauses to follow.
    always = replace(wanted, head=msgspec.structs.replace(wanted.head, in_force_from=date.min, in_force_until=None))
    others = {name: each for name, each in found.versions.items() if name != version}
    alone = replace(found, versions={version: always, **others})
    return Packs({pack: alone}, packs.vocabulary), max(as_of, wanted.head.in_force_from)


def _labels(facts: pl.DataFrame) -> pl.DataFrame:
    """Return what a flip is told by: code, name, province, task, amount."""
    task = pl.col("beautiful_city_task").cast(pl.String).alias("task")
    return facts.select(*CARRIED, task).with_row_index("row")


def _rank(column: str) -> pl.Expr:
    return pl.col(column).replace_strict(
        {name: i for i, name in enumerate(VERDICT_RANK)}, default=None, return_dtype=pl.Int8
    )


def _groups(flips: pl.DataFrame, by: str | None) -> tuple[FlipGroup, ...]:
    """Return the flips counted by a column and by what becomes what, most projects first."""
    value = pl.lit(None, dtype=pl.String) if by is None else pl.col(by)
    amount = pl.col("total_investment_fen")
    grouped = (
        flips.with_columns(value.alias("value"))
        .group_by("value", "verdict_old", "verdict_new")
        .agg(pl.len().alias("projects"), amount.sum().alias("fen"), amount.null_count().alias("unknown"))
        .sort("projects", "value", "verdict_old", "verdict_new", descending=[True, False, False, False])
    )
    return tuple(
        FlipGroup(
            value=row["value"],
            before=row["verdict_old"],
            after=row["verdict_new"],
            projects=row["projects"],
            amount=_amount(row["fen"]) or "0",
            n_unknown_amounts=row["unknown"],
        )
        for row in grouped.iter_rows(named=True)
    )


def _amount(fen: int | None) -> str | None:
    return None if fen is None else money_text(Decimal(fen) / FEN_PER_CNY_10K)


def _flip(row: Mapping[str, Any]) -> Flip:
    return Flip(
        code=row["code"],
        name=row["name"],
        province=row["province"],
        task=row["task"],
        amount=_amount(row["total_investment_fen"]),
        before=row["verdict_old"],
        after=row["verdict_new"],
    )


def _borderline(
    packs: Packs, pack: str, version: str, facts: pl.DataFrame, table: pl.DataFrame, as_of: date
) -> tuple[tuple[Borderline, ...], int]:
    """Return the projects one rule alone keeps out, nearest to the threshold first, and how many there are."""
    alone = table.filter(pl.col("n_fail_new") + pl.col("n_unknown_new") == 1, pl.col("version_new") == version)
    found = [
        each
        for row in alone.head(MOST_BORDERLINE).iter_rows(named=True)
        if (each := _kept_out(packs, pack, facts.row(row["row"], named=True), row, as_of)) is not None
    ]
    ranked = sorted(found, key=lambda each: (each.distance is None, abs(each.distance or 0.0), each.code))
    return tuple(ranked), alone.height


def _kept_out(
    packs: Packs, pack: str, facts: Mapping[str, Any], row: Mapping[str, Any], as_of: date
) -> Borderline | None:
    (verdict,) = assess(packs, facts, as_of=as_of, libraries=[pack])
    blocking = (each for each in verdict.answers if each.severity == "block")
    answer = next((each for each in blocking if each.status in ("fail", "unknown")), None)
    if answer is None:
        return None
    off = [atom for atom in _atoms(answer.reason) if atom.holds is False and atom.distance is not None]
    nearest = min(off, key=lambda atom: abs(atom.distance or 0.0), default=None)
    return Borderline(
        code=row["code"],
        name=row["name"],
        province=row["province"],
        verdict=verdict.verdict,
        rule=answer.rule,
        title_zh=answer.title_zh,
        title_en=answer.title_en,
        distance=nearest.distance if nearest else None,
        unit=nearest.unit if nearest else None,
    )


def _atoms(reason: Reason | None) -> Iterable[Atom]:
    if isinstance(reason, Atom):
        yield reason
    elif reason is not None:
        for child in reason.children:
            yield from _atoms(child)
