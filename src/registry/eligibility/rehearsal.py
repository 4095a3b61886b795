"""Rehearsal 预演: which projects change their verdict when packs change, before the change is published."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from registry.eligibility.checked import Packs
from registry.eligibility.evaluate import screen


def rehearse(
    packs_old: Packs,
    packs_new: Packs,
    facts: pl.DataFrame,
    *,
    as_of: date,
    as_of_new: date | None = None,
    libraries: Sequence[str] | None = None,
    keep: Sequence[str] = (),
    only_flips: bool = True,
) -> pl.DataFrame:
    """Return one row per project and pack whose verdict differs under the new packs.

    Columns: `row` (position in `facts`), `pack`, `version_old/new`, `verdict_old/new`, `n_fail_old/new`,
    `n_unknown_old/new`, and the columns of `facts` named in `keep` (province, task, amount). A verdict is null where
    the pack is absent or does not concern the project. `as_of_new` rehearses a coming date, by default the same.
    """
    before = _screened(packs_old, facts, as_of, libraries, "old")
    after = _screened(packs_new, facts, as_of_new or as_of, libraries, "new")
    both = before.join(after, on=["row", "pack"], how="full", coalesce=True)
    if only_flips:
        both = both.filter(pl.col("verdict_old").ne_missing(pl.col("verdict_new")))
    both = both.sort("pack", "row")
    kept = facts.select(keep).with_row_index("row") if keep else None
    return both if kept is None else both.join(kept, on="row", how="left", maintain_order="left")


def _screened(
    packs: Packs, facts: pl.DataFrame, as_of: date, libraries: Sequence[str] | None, side: str
) -> pl.DataFrame:
    known = None if libraries is None else [name for name in libraries if name in packs.packs]
    found = screen(packs, facts, as_of=as_of, libraries=known)
    texts = [pl.col(name).cast(pl.String) for name in ("pack", "version", "verdict")]
    columns = ("version", "verdict", "n_fail", "n_unknown")
    return found.with_columns(texts).select("row", "pack", *(pl.col(name).alias(f"{name}_{side}") for name in columns))


def flips_by(flips: pl.DataFrame, *groups: str) -> pl.DataFrame:
    """Return how many projects go from which verdict to which, by pack and the given kept columns, largest first."""
    by = ["pack", *groups, "verdict_old", "verdict_new"]
    return (
        flips.group_by(by).agg(pl.len().alias("projects")).sort("projects", *by, descending=[True] + [False] * len(by))
    )
