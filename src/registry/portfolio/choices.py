"""What may be chosen between 遴选范围, and whether the request makes sense."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

import polars as pl

from registry.errors import Finding

Year = int | None


@dataclass(frozen=True, slots=True)
class Quota:
    """At least and at most so many projects, or so much money, where `column` of the candidates has this value."""

    column: str
    value: str
    least: Decimal | None = None
    most: Decimal | None = None
    measure: Literal["projects", "money"] = "projects"
    words: tuple[str, str] | None = None
    """What the value is called, where it is a code."""

    @property
    def named(self) -> tuple[str, str]:
        """Return the value in Chinese and English."""
        return self.words or (self.value, self.value)


@dataclass(frozen=True, slots=True)
class SelectionRequest:
    """What may be chosen, and within which limits.

    `candidates`: `project_id`, `mix` (name), `benefit` and whatever columns the quotas speak of, one row each.
    `needs`: `project_id`, `mix`, `source`, `year`, `amount_fen`. `budgets`: 万元 by source and year; the year None
    limits all years together. `depends_on`: pairs (project, project it needs). `either_or`: at most one of a group.
    `codes`: what people call a project, by its number.
    """

    candidates: pl.DataFrame
    needs: pl.DataFrame
    budgets: Mapping[tuple[str, Year], Decimal]
    quotas: tuple[Quota, ...] = ()
    required: tuple[int, ...] = ()
    depends_on: tuple[tuple[int, int], ...] = ()
    either_or: tuple[tuple[int, ...], ...] = ()
    objective: Literal["benefit", "projects"] = "benefit"
    gap: float = 1e-3
    time_limit_seconds: float = 30.0
    codes: Mapping[int, str] = field(default_factory=dict)


def findings_on(request: SelectionRequest) -> list[Finding]:
    """Return what makes the request impossible to state (errors), and candidates that had to be left out (warnings)."""
    found = [*_contradictions(request)]
    negative = request.needs.filter(pl.col("amount_fen") < 0).height
    if negative:
        found.append(
            Finding(
                "needs",
                "negative-amount",
                f"{negative} 行资金需求为负",
                f"{negative} needs are negative",
                str(negative),
            )
        )
    if request.candidates.select("project_id", "mix").is_duplicated().any():
        found.append(
            Finding("candidates", "repeated-candidate", "同一项目的同一方案出现多次", "a candidate is there twice")
        )
    left_out = request.candidates.height - known_candidates(request)[0].height
    if left_out:
        found.append(
            Finding(
                "candidates",
                "left-out",
                f"{left_out} 个备选方案因资金需求或效益未知未参与遴选",
                f"{left_out} candidates were left out: their needs or benefit are not known",
                str(left_out),
                severity="warning",
            )
        )
    return found


def _contradictions(request: SelectionRequest) -> Iterator[Finding]:
    for (source, year), amount in request.budgets.items():
        path = f"budgets[{source},{'' if year is None else year}]"
        if amount < 0:
            zh, en = f"{source} 的预算为负", f"the budget of {source} is negative"
            yield Finding(path, "negative-amount", zh, en, str(amount))
        if request.needs.filter(drawn_from(source, year)).is_empty():
            zh, en = f"没有备选方案使用 {source} 的这笔预算", f"no candidate draws on this budget of {source}"
            yield Finding(path, "unused-budget", zh, en, severity="warning")
    for number, quota in enumerate(request.quotas):
        path, least, most = f"quotas[{number}]", quota.least, quota.most
        if quota.column not in request.candidates.columns:
            zh, en = f"备选方案没有列 {quota.column}", f"the candidates have no column {quota.column}"
            yield Finding(path, "unknown-column", zh, en, quota.column)
        if least is not None and most is not None and least > most:
            zh, en = f"下限 {least} 高于上限 {most}", f"the least {least} is above the most {most}"
            yield Finding(path, "conflicting-caps", zh, en, str(least))
    named = {*request.required, *(project for group in (*request.depends_on, *request.either_or) for project in group)}
    for project in sorted(named - set(request.candidates.get_column("project_id").to_list())):
        zh, en = f"项目 {project} 不在备选之列", f"project {project} is no candidate"
        yield Finding("candidates", "unknown-project", zh, en, str(project))


def drawn_from(source: str, year: Year) -> pl.Expr:
    """Return the needs a budget of this source pays: of one year, or of all."""
    return (pl.col("source") == source) & (pl.lit(value=True) if year is None else pl.col("year") == year)


def known_candidates(request: SelectionRequest) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the candidates whose needs, and benefit where it counts, are known, with their needs by candidate row."""
    needs = request.needs.select("project_id", "mix", "source", "year", "amount_fen")
    stated = needs.group_by("project_id", "mix").agg(pl.col("amount_fen").null_count().alias("_unknown"))
    rows = request.candidates.join(stated, on=["project_id", "mix"], how="left", maintain_order="left")
    fit = pl.col("_unknown") == 0
    if request.objective == "benefit":
        fit = fit & pl.col("benefit").is_not_null() & pl.col("benefit").is_finite()
    rows = rows.filter(fit).drop("_unknown").sort("project_id", "mix")
    placed = rows.select("project_id", "mix").with_row_index("row")
    return rows, needs.join(placed, on=["project_id", "mix"], how="inner")
