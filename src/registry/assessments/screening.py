"""Screening the registry 全库筛查: what every visible project answers today, and keeping it as assessments.

Reading (`screen_registry`) is one pass over columns and keeps nothing. Keeping (`assess_in_batches`) makes the full
assessment of each project, a batch to a transaction, so that a job can be interrupted and goes on where it was.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.assessments.facts import COUNTS, FUNDED_TWICE, fact_fields, fact_table
from registry.assessments.model import Assessment, RecordedJudgement
from registry.assessments.operations import assess_project
from registry.assessments.private_packs import visible_packs
from registry.assessments.queries import judgements_of, newest_assessments
from registry.database import reading, writing
from registry.eligibility.checked import Packs
from registry.eligibility.derived import project_vocabulary
from registry.eligibility.evaluate import VERDICTS, rule_counts, screen
from registry.eligibility.explain import assess
from registry.errors import Finding, RegistryError
from registry.projects.columns import as_facts, column_name, read_documents, read_projects, read_stated_lines
from registry.projects.duplicates.findings import funded_elsewhere
from registry.projects.model import Project
from registry.projects.queries import list_codes, visible_projects

BATCH = 20
"""Assessments to a transaction: a second or two of work, so a writer of the form never waits longer."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step of screening the registry kept."""

    done: int
    total: int
    assessments: tuple[Assessment, ...]
    findings: tuple[Finding, ...]
    """One for each project that could not be assessed; `path` is its code."""


def registry_facts(
    engine: Engine,
    actor: Actor,
    *,
    keep: Sequence[str] = (),
    at: datetime | None = None,
    codes: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Return one row of facts per visible project, in order of `project_id`, money in 万元.

    Figures of the evaluation come from the newest assessment of the current revision, and are NULL where there is
    none. `keep` names further columns of `columns.project_schema` to carry along as they are. `at` asks for what stood
    before a past moment, `codes` for these projects alone.
    """
    needed = ["project_id", *(column_name(field) for field in fact_fields().values()), *COUNTS]
    projects = read_projects(engine, actor, [*needed, *keep], at=at, codes=codes)
    lines = read_stated_lines(engine, actor, at=at, codes=codes)
    documents = read_documents(engine, actor, at=at, codes=codes)
    facts = fact_table(as_facts(projects), lines, documents)
    with reading(engine) as session:
        twice = sorted(funded_elsewhere(session))
    is_twice = pl.col("project_id").is_in(twice)
    facts = facts.with_columns(pl.when(is_twice).then(pl.lit(value=True)).otherwise(FUNDED_TWICE).alias(FUNDED_TWICE))
    kept = projects.select("project_id", *(pl.col(name) for name in keep if name not in facts.columns))
    return facts.join(_finance(engine, actor, at, codes), on="project_id", how="left", maintain_order="left").join(
        kept, on="project_id", how="left", maintain_order="left"
    )


def finance_facts() -> tuple[str, ...]:
    """Return the names of all facts that come from the evaluation."""
    vocabulary = project_vocabulary()
    return tuple(name for name in vocabulary if vocabulary[name].origin == "finance")


def _finance(engine: Engine, actor: Actor, at: datetime | None, codes: Sequence[str] | None) -> pl.DataFrame:
    query = newest_assessments(actor, col(Assessment.project_id), col(Assessment.finance_facts), at=at)
    if codes is not None:
        query = query.where(col(Project.code).in_(codes))
    with reading(engine) as session:
        rows = [tuple(row) for row in session.execute(query)]
    shape = pl.Struct(dict.fromkeys(finance_facts(), pl.Float64))
    frame = pl.DataFrame(rows, schema={"project_id": pl.Int64, "figures": pl.String}, orient="row")
    return frame.with_columns(pl.col("figures").str.json_decode(shape)).unnest("figures")


def screen_registry(
    engine: Engine, actor: Actor, *, as_of: date, libraries: Sequence[str] | None = None
) -> pl.DataFrame:
    """Return the verdict of every pack on every visible project; keeps nothing.

    Columns: `project_id`, `pack`, `version`, `verdict`, `n_fail`, `n_unknown`, `n_judgement`, `n_warn`. A bank is also
    answered by its own packs. Recorded judgements count. Raises NotAllowed, NotFound for an unknown pack.
    """
    require(actor, "screen_projects")
    facts = registry_facts(engine, actor)
    with reading(engine) as session:
        packs = visible_packs(session, actor)
        found = screen(packs, facts, as_of=as_of, libraries=libraries, key="project_id")
        texts = found.with_columns(pl.col("pack", "version", "verdict").cast(pl.String))
        return _with_judgements(session, actor, packs, facts, texts, as_of)


def _with_judgements(
    session: Session, actor: Actor, packs: Packs, facts: pl.DataFrame, found: pl.DataFrame, as_of: date
) -> pl.DataFrame:
    """Return the verdicts with those projects judged again, one by one, about which a person has decided something."""
    query = visible_projects(actor, col(Project.id)).where(
        col(Project.id).in_(select(col(RecordedJudgement.project_id)))
    )
    decided = list(session.execute(query).scalars())
    if not decided or found.is_empty():
        return found
    libraries = found["pack"].unique().to_list()
    rows: list[dict[str, Any]] = []
    for row in facts.filter(pl.col("project_id").is_in(decided)).iter_rows(named=True):
        recorded = [each.as_answer() for each in judgements_of(session, row["project_id"])]
        verdicts = assess(packs, row, as_of=as_of, judgements=recorded, libraries=libraries)
        rows += [_row(row["project_id"], verdict) for verdict in verdicts]
    again = pl.DataFrame(rows, schema=found.schema)
    return pl.concat([found.filter(~pl.col("project_id").is_in(decided)), again]).sort("pack", "project_id")


def _row(project_id: int, verdict: Any) -> dict[str, Any]:
    counts = {name: getattr(verdict, name) for name in ("n_fail", "n_unknown", "n_judgement", "n_warn")}
    named = {"pack": verdict.pack, "version": verdict.version, "verdict": verdict.verdict}
    return {"project_id": project_id, **named, **counts}


def count_rules(
    engine: Engine,
    actor: Actor,
    *,
    as_of: date,
    libraries: Sequence[str] | None = None,
    by: str | None = None,
    at: datetime | None = None,
) -> pl.DataFrame:
    """Return how many visible projects meet, fail, lack facts for … each rule (columns of `evaluate.rule_counts`).

    `by` names a column of `columns.project_schema`: then each of its values is counted for itself, in a column of that
    name. `at` asks for what stood before a past moment. Recorded judgements are not counted: a rule that asks a person
    says how many projects it asks about. Raises NotAllowed, NotFound for an unknown pack.
    """
    require(actor, "screen_projects")
    with reading(engine) as session:
        packs = visible_packs(session, actor)
    facts = registry_facts(engine, actor, keep=[by] if by else (), at=at)
    if by is None:
        return rule_counts(packs, facts, as_of=as_of, libraries=libraries)
    parts = facts.partition_by(by, as_dict=True, maintain_order=True)
    counted = [
        rule_counts(packs, part, as_of=as_of, libraries=libraries).with_columns(pl.lit(value, pl.String).alias(by))
        for (value,), part in parts.items()
    ]
    empty = rule_counts(packs, facts.clear(), as_of=as_of, libraries=libraries)
    return pl.concat([empty.clear().with_columns(pl.lit(None, pl.String).alias(by)), *counted])


def verdict_counts(found: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Return how many projects have each verdict, by pack; every verdict is named, also those nobody has."""
    counts: dict[str, dict[str, int]] = {}
    for pack, verdict, number in found.group_by("pack", "verdict").len().sort("pack").iter_rows():
        counts.setdefault(pack, dict.fromkeys(VERDICTS, 0))[verdict] = number
    return counts


def assess_in_batches(engine: Engine, actor: Actor, *, as_of: date, start: int = 0) -> Iterator[Batch]:
    """Assess every visible project and keep the records, yielding after each batch is safe in the database.

    Projects are taken in order of code, from position `start` on. One that cannot be assessed is told as a finding and
    does not stop the others. Raises NotAllowed.
    """
    require(actor, "screen_projects")
    with reading(engine) as session:
        codes = list_codes(session, actor)
    for first in range(start, len(codes), BATCH):
        chosen = codes[first : first + BATCH]
        kept, findings = [], []
        with writing(engine) as session:
            for code in chosen:
                try:
                    kept.append(assess_project(session, actor, code, as_of=as_of))
                except RegistryError as refused:  # raised before anything of this project was written
                    findings.append(Finding(code, refused.code, refused.message_zh, refused.message_en))
        yield Batch(first + len(chosen), len(codes), tuple(kept), tuple(findings))
