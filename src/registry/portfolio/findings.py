"""What is wrong with the data behind a portfolio: counted and named, never dropped without a word."""

from collections.abc import Iterator

import polars as pl

from registry.errors import Finding
from registry.projects.lines import FundingLine

NAMED = 5
"""Projects named in a finding; the count covers all of them."""
FIRST_YEAR, LAST_YEAR = (
    next(getattr(limit, name) for limit in FundingLine.model_fields["year"].metadata if hasattr(limit, name))
    for name in ("ge", "le")
)
"""The years the catalogue takes for a funding line."""


def findings_on(projects: pl.DataFrame, lines: pl.DataFrame) -> list[Finding]:
    """Return what a reader of any sum over these projects and lines (columns as read) should know."""
    total, amount, year = pl.col("total_investment_fen"), pl.col("amount_fen"), pl.col("year")
    of_projects = {"unknown-total": total.is_null(), "negative-total": total < 0}
    of_lines = {
        "unknown-amount": amount.is_null(),
        "negative-amount": amount < 0,
        "year-out-of-range": ~year.is_between(FIRST_YEAR, LAST_YEAR),
    }
    found = list(_found(of_projects, projects, projects))
    return found + list(_found(of_lines, lines, projects))


def _found(kinds: dict[str, pl.Expr], rows: pl.DataFrame, projects: pl.DataFrame) -> Iterator[Finding]:
    for code, condition in kinds.items():
        flawed = rows.filter(condition)
        if flawed.height:
            concerned = flawed.get_column("project_id").unique()
            yield _finding(code, flawed.height, concerned.len(), _names(projects, concerned.sort().head(NAMED)))


def _names(projects: pl.DataFrame, ids: pl.Series) -> list[str]:
    known = projects.filter(pl.col("project_id").is_in(ids.implode()))
    name = "code" if "code" in projects.columns else "project_id"
    return [str(value) for value in known.get_column(name).to_list()]


_SAID: dict[str, tuple[str, str, str]] = {
    "unknown-total": (
        "total_investment",
        "其中 {projects} 个项目总投资未填，未计入总投资合计",
        "{projects} project(s) state no total investment and are not in its sums",
    ),
    "negative-total": (
        "total_investment",
        "{projects} 个项目总投资为负，按所填数值计入合计，请核对",
        "{projects} project(s) state a negative total investment; it is summed as stated, check it",
    ),
    "unknown-amount": (
        "funding_lines.amount",
        "{rows} 行资金（{projects} 个项目）金额未填，未计入资金合计",
        "{rows} funding line(s) of {projects} project(s) state no amount and are not in the sums",
    ),
    "negative-amount": (
        "funding_lines.amount",
        "{rows} 行资金（{projects} 个项目）金额为负，按所填数值计入合计，请核对",
        "{rows} funding line(s) of {projects} project(s) are negative: they are summed as stated, check them",
    ),
    "year-out-of-range": (
        "funding_lines.year",
        "{rows} 行资金（{projects} 个项目）的年度不在 {first}–{last} 之间，计入“年份未知”，请核对",
        "{rows} funding line(s) of {projects} project(s) fall outside {first}–{last}: of unknown year, check them",
    ),
}


def _finding(code: str, rows: int, projects: int, names: list[str]) -> Finding:
    path, zh, en = _SAID[code]
    counts = {"rows": f"{rows:,}", "projects": f"{projects:,}", "first": FIRST_YEAR, "last": LAST_YEAR}
    more_zh, more_en = (" 等", " …") if projects > len(names) else ("", "")
    return Finding(
        path,
        code,
        f"{zh.format(**counts)}（{'、'.join(names)}{more_zh}）",
        f"{en.format(**counts)} ({', '.join(names)}{more_en})",
        value=str(rows),
        severity="info" if code.startswith("unknown") else "warning",
    )
