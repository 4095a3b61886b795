"""Choosing projects as a job: candidates from the dossiers, the solver, and an answer people can read and download."""

import time
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from math import ceil
from typing import Any

import msgspec
import polars as pl
from sqlalchemy import Engine
from sqlmodel import Session, col

from registry import jobs
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.accounts.queries import actor_by_id
from registry.assessments.private_packs import visible_packs
from registry.database import reading
from registry.errors import Finding, InvalidInput, has_errors
from registry.jobs import Handler, Work
from registry.portfolio import choices
from registry.portfolio.answers import selection_as_dict
from registry.portfolio.choices import Quota, SelectionRequest
from registry.portfolio.choosing.candidates import REASONS, Candidates, gather
from registry.portfolio.choosing.model import MIXES, SelectionWishes, findings_on, goal_words, value_words
from registry.portfolio.knapsack import Answer, Told
from registry.portfolio.selection import NoSelection, Selection, select_projects
from registry.projects.duplicates.queries import same_projects
from registry.projects.model import Project
from registry.projects.queries import visible_projects
from registry.quantities import FEN_PER_CNY_10K

SELECT = "select-projects"


def handlers(engine: Engine) -> Mapping[str, Handler]:
    """Return what a worker needs to run these jobs."""
    return {SELECT: partial(_select, engine)}


def enqueue_selection(session: Session, actor: Actor, wishes: SelectionWishes, *, as_of: date) -> int:
    """Ask for a choice and return the number of the job. Raises NotAllowed, and InvalidInput for a flawed question."""
    require(actor, "choose_projects")
    _check(session, actor, wishes)
    parameters = {"wishes": msgspec.to_builtins(wishes), "as_of": as_of.isoformat()}
    return jobs.enqueue(session, kind=SELECT, parameters=parameters, requested_by=actor.user_id)


def _check(session: Session, actor: Actor, wishes: SelectionWishes) -> dict[str, int]:
    query = visible_projects(actor, col(Project.code), col(Project.id))
    codes = {code: number for code, number in session.execute(query)}  # noqa: C416 - a result is no plain list of pairs
    found = findings_on(wishes, codes)
    if has_errors(found):
        raise InvalidInput.of(found)
    return codes


def choose(engine: Engine, actor: Actor, wishes: SelectionWishes, *, as_of: date, told: Any = None) -> dict[str, Any]:
    """Return the choice as plain data. Raises NotAllowed, InvalidInput."""
    require(actor, "choose_projects")
    with reading(engine) as session:
        codes, packs, same = (
            _check(session, actor, wishes),
            visible_packs(session, actor),
            same_projects(session, actor),
        )
    report = told or (lambda _done, _total: None)
    found = gather(engine, actor, packs, wishes, as_of=as_of, told=report)
    request = request_of(wishes, found, codes, same=same)
    answer = select_projects(request, _seconds_told(report, wishes.time_limit_seconds))
    told_answer = _answer(answer, request, found)
    if same:
        told_answer["remarks"].append(_about_same(len(same)).as_dict())
    goal, goal_en = goal_words(wishes)
    asked = {"governing_date": as_of.isoformat(), "goal": goal, "goal_en": goal_en}
    return {**told_answer, **asked, **_counts(found)}


def _about_same(count: int) -> Finding:
    zh = f"{count} 对记录经审核为同一项目，每对至多选一个"
    en = f"{count} pairs of records are one project as reviewers decided: at most one of each is chosen"
    return Finding("projects", "same-project", zh, en, severity="info")


def _seconds_told(report: Any, limit: float) -> Told:
    """Return who hears of the best so far: the progress of a choice is the part of its time that has passed."""
    start, whole = time.monotonic(), ceil(limit)

    def told(_: Answer) -> None:
        report(min(whole, int(time.monotonic() - start)), whole)

    return told


def request_of(
    wishes: SelectionWishes, found: Candidates, codes: Mapping[str, int], *, same: Sequence[tuple[int, int]] = ()
) -> SelectionRequest:
    """Return the solver's request; of two records reviewers hold for `same` project at most one is chosen."""
    candidates, needs = found.frames()
    return SelectionRequest(
        candidates,
        needs,
        {(each.source, each.year): each.amount for each in wishes.budgets},
        tuple(
            Quota(each.by, each.value, each.at_least, each.at_most, each.measure, value_words(each.by, each.value))
            for each in wishes.quotas
        ),
        required=tuple(codes[code] for code in wishes.required),
        depends_on=tuple((codes[one], codes[other]) for one, other in wishes.depends_on),
        either_or=(*(tuple(codes[code] for code in group) for group in wishes.either_or), *same),
        objective=wishes.objective,
        gap=wishes.gap,
        time_limit_seconds=wishes.time_limit_seconds,
        codes={number: code for code, number in codes.items()},
    )


def _answer(answer: Selection | NoSelection, request: SelectionRequest, found: Candidates) -> dict[str, Any]:
    told = selection_as_dict(answer)
    if isinstance(answer, NoSelection):
        return told
    return told | {"chosen": _chosen(answer, request, found), "budgets": _used(answer, request)}


def _chosen(answer: Selection, request: SelectionRequest, found: Candidates) -> list[dict[str, Any]]:
    """Return the chosen projects in order, each with its place, its mix and what it draws, by source, in fen."""
    sources = (
        request.needs.group_by("project_id", "mix", "source")
        .agg(pl.col("amount_fen").sum())
        .filter(pl.col("amount_fen") > 0)
        .sort("source")
        .group_by("project_id", "mix", maintain_order=True)
        .agg(pl.struct("source", "amount_fen").alias("draws"))
    )
    rows = answer.chosen.join(sources, on=["project_id", "mix"], how="left", maintain_order="left").join(
        found.projects.select("project_id", "code", "name"), on="project_id", how="left", maintain_order="left"
    )
    names = ("code", "name", "province", "city", "region", "beautiful_city_task", "mix", "benefit", "amount_fen")
    return [
        {
            **{name: row[name] for name in names},
            "draws": {each["source"]: each["amount_fen"] for each in row["draws"] or ()},
        }
        for row in rows.iter_rows(named=True)
    ]


def _used(answer: Selection, request: SelectionRequest) -> list[dict[str, Any]]:
    """Return each budget with what the choice uses of it, in fen."""
    chosen = answer.chosen.select("project_id", "mix")
    drawn = request.needs.join(chosen, on=["project_id", "mix"], how="inner")
    found = []
    for (source, year), amount in request.budgets.items():
        used = int(drawn.filter(choices.drawn_from(source, year)).get_column("amount_fen").sum())
        budget = int(Decimal(amount) * FEN_PER_CNY_10K)
        found.append(
            {"source": source, "year": year, "budget_fen": budget, "used_fen": used, "left_fen": budget - used}
        )
    return found


def _counts(found: Candidates) -> dict[str, Any]:
    return {
        "n_projects": found.projects.height,
        "n_candidates": len(found.rows),
        "has_demo_data": bool(found.projects.get_column("is_demo").any()),
        "left_out": [
            {
                "mix": mix, "reason": reason, "count": count,
                "message": f"{MIXES[mix][0]}：{count} 个项目未参与，{REASONS[reason][0]}",
                "message_en": f"{MIXES[mix][1]}: {count} projects left out, {REASONS[reason][1]}",
            }
            for (mix, reason), count in sorted(found.left_out.items())
        ],
    }  # fmt: skip


def _select(engine: Engine, work: Work) -> dict[str, Any]:
    with reading(engine) as session:
        actor = actor_by_id(session, work.requested_by)
    wishes = msgspec.convert(work.parameters["wishes"], SelectionWishes)
    work.report(0, None)
    as_of = date.fromisoformat(work.parameters["as_of"])
    return choose(engine, actor, wishes, as_of=as_of, told=work.report)
