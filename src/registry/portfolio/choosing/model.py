"""What a city, a province or the nation asks when it chooses between projects, and whether the question makes sense."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from registry.errors import Finding
from registry.finance.benefit_units import indicator_of
from registry.portfolio.financing.answers import OBJECTIVE_NAMES
from registry.portfolio.frame import PROJECT_DIMENSIONS
from registry.projects.lines import FUNDING_SOURCES
from registry.quantities import LARGEST_CNY_10K

STATED = "stated"
MIXES: Mapping[str, tuple[str, str]] = {STATED: ("档案所列资金来源", "As the dossier states"), **OBJECTIVE_NAMES}
"""The candidate mixes of a project: what its dossier states, and the optimiser's answer to each objective."""
MixName = Literal["stated", "fiscal_cost", "cost_of_capital", "capital_irr"]
QUOTA_COLUMNS: Mapping[str, tuple[str, str]] = {
    dimension.columns[-1].name: (dimension.zh, dimension.en) for dimension in PROJECT_DIMENSIONS.values()
}
_QUOTA_LABELS = {dimension.columns[-1].name: dimension.columns[-1].labels for dimension in PROJECT_DIMENSIONS.values()}
INVESTMENT = "total_investment"
FIRST_YEAR, LAST_YEAR = 1990, 2100
Code = Annotated[str, Meta(max_length=20)]


def _stated_only() -> list[MixName]:
    return ["stated"]


class BudgetIn(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """So much of a source, 万元, in one calendar year; without a year in all years together."""

    source: Annotated[str, Meta(max_length=40)]
    amount: Decimal
    year: int | None = None


class QuotaIn(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """At least and at most so many projects (or 万元) where `by` has this value."""

    by: Annotated[str, Meta(max_length=60)]
    value: Annotated[str, Meta(max_length=100)]
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    measure: Literal["projects", "money"] = "projects"


class SelectionWishes(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Which projects to fund, and how, within these limits.

    `objective`: the benefit, or the number of projects made bankable (coverage of debt at `dscr_floor` or more).
    `benefit`: `total_investment`, or the name of an indicator of the dossiers' yearly benefits, in `unit`.
    """

    budgets: Annotated[list[BudgetIn], Meta(max_length=500)]
    objective: Literal["benefit", "projects"] = "benefit"
    benefit: Annotated[str, Meta(max_length=100)] = INVESTMENT
    unit: Annotated[str, Meta(max_length=40)] | None = None
    dscr_floor: Annotated[float, Meta(ge=0, le=10)] = 1.0
    quotas: Annotated[list[QuotaIn], Meta(max_length=500)] = []
    required: Annotated[list[Code], Meta(max_length=10_000)] = []
    depends_on: Annotated[list[tuple[Code, Code]], Meta(max_length=10_000)] = []
    """Pairs: a project, and the project it needs."""
    either_or: Annotated[list[list[Code]], Meta(max_length=10_000)] = []
    mixes: Annotated[list[MixName], Meta(min_length=1, max_length=4)] = msgspec.field(
        default_factory=lambda: ["stated"]
    )
    as_of: date | None = None
    gap: Annotated[float, Meta(ge=0, le=0.5)] = 0.001
    time_limit_seconds: Annotated[float, Meta(ge=1, le=600)] = 30.0


def value_words(by: str, value: str) -> tuple[str, str] | None:
    """Return what a coded value of a quota is called; None for one that is its own name, as a province is."""
    return _QUOTA_LABELS.get(by, {}).get(value)


def goal_words(wishes: SelectionWishes) -> tuple[str, str]:
    """Return what is made as great as it can be, with its unit, in Chinese and English."""
    if wishes.objective == "projects":
        return "可融资项目（个）", "Bankable projects"
    if wishes.benefit == INVESTMENT:
        return "总投资（万元）", "Total investment (10 000 yuan)"
    meant = indicator_of(wishes.benefit)
    if meant is not None:
        return f"{meant.zh}（{meant.unit}）", f"{meant.en} ({meant.unit})"
    return f"{wishes.benefit}（{wishes.unit or '—'}）", f"{wishes.benefit} ({wishes.unit or '—'})"


def findings_on(wishes: SelectionWishes, codes: Mapping[str, int]) -> list[Finding]:
    """Return what is wrong with the question; `codes` are the projects its asker may see."""
    return [*_budget_flaws(wishes), *_quota_flaws(wishes), *_code_flaws(wishes, codes)]


def _budget_flaws(wishes: SelectionWishes) -> Iterator[Finding]:
    seen: set[tuple[str, int | None]] = set()
    if not wishes.budgets:
        yield Finding("budgets", "no-budget", "请至少给出一项预算", "State at least one budget")
    for number, each in enumerate(wishes.budgets):
        path = f"budgets[{number}]"
        if each.source not in FUNDING_SOURCES:
            zh = f"没有资金来源 {each.source}；可用：{'、'.join(FUNDING_SOURCES)}"
            en = f"There is no source {each.source}; known: {', '.join(FUNDING_SOURCES)}"
            yield Finding(f"{path}.source", "unknown-source", zh, en, each.source)
        if not each.amount.is_finite() or not 0 <= each.amount <= LARGEST_CNY_10K:
            zh, en = "预算应为不小于 0 的金额（万元）", "a budget should be an amount of 万元, zero or more"
            yield Finding(f"{path}.amount", "negative-amount", zh, en, str(each.amount))
        if each.year is not None and not FIRST_YEAR <= each.year <= LAST_YEAR:
            zh = f"年度应在 {FIRST_YEAR} 与 {LAST_YEAR} 之间"
            en = f"the year should lie between {FIRST_YEAR} and {LAST_YEAR}"
            yield Finding(f"{path}.year", "year-out-of-range", zh, en, str(each.year))
        if (each.source, each.year) in seen:
            yield Finding(path, "repeated-budget", "同一来源同一年度的预算出现两次", "this budget is there twice")
        seen.add((each.source, each.year))


def _quota_flaws(wishes: SelectionWishes) -> Iterator[Finding]:
    for number, each in enumerate(wishes.quotas):
        path = f"quotas[{number}]"
        if each.by not in QUOTA_COLUMNS:
            zh = f"没有分组 {each.by}；可用：{'、'.join(QUOTA_COLUMNS)}"
            en = f"There is no group {each.by}; known: {', '.join(QUOTA_COLUMNS)}"
            yield Finding(f"{path}.by", "unknown-column", zh, en, each.by)
        for name in ("at_least", "at_most"):
            amount = getattr(each, name)
            if amount is not None and (not amount.is_finite() or amount < 0):
                yield Finding(f"{path}.{name}", "negative-amount", "不能为负", "cannot be negative", str(amount))
        if each.at_least is not None and each.at_most is not None and each.at_least > each.at_most:
            zh = f"下限 {each.at_least} 高于上限 {each.at_most}，请修改其一"
            en = f"at least {each.at_least} is above at most {each.at_most}; change one of them"
            yield Finding(path, "conflicting-caps", zh, en, str(each.at_least))


def _code_flaws(wishes: SelectionWishes, codes: Mapping[str, int]) -> Iterator[Finding]:
    named = {
        "required": wishes.required,
        "depends_on": [code for pair in wishes.depends_on for code in pair],
        "either_or": [code for group in wishes.either_or for code in group],
    }
    for name, asked in named.items():
        for code in dict.fromkeys(asked):
            if code not in codes:
                zh, en = f"没有编号为 {code} 的项目，或您无权查看", f"There is no project {code} that you may see"
                yield Finding(name, "unknown-project", zh, en, code)
