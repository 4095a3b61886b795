"""A realistic nation of any size: `make_project(seed, k)` depends on its two numbers alone.

So project k is the same whatever the size of the nation and the order of making. What was fitted to the published
records and what is only plausible is said where it is drawn: `money` (sizes, bonds, periods), `kinds` (what is built),
`places` (where), `facts` (answers and gaps), `cases` (returns), `mistakes`.

Of ten projects about one carries a mistake, two were saved twice, and one of forty was entered a second time under
other words. Every project is 示例数据.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from math import exp
from typing import Any

from registry.demo.cases import draw_case
from registry.demo.dice import Dice
from registry.demo.facts import draw_completeness, draw_documents, draw_facts
from registry.demo.kinds import Kind, draw_kind
from registry.demo.mistakes import make_mistake
from registry.demo.money import THIS_YEAR, MoneyPlan, cents, draw_plan
from registry.demo.names import approval_code, draw_implementer, draw_person, draw_project_name
from registry.demo.people import BANKS
from registry.demo.places import City, County, draw_place
from registry.projects.model import Dossier

_CASES = 0.35
_MISTAKES = 0.1
_REVISIONS = 0.2
_ENTERED_TWICE = 0.025
_RELEASED = 0.3
_ALWAYS = frozenset({"name", "city_code", "total_investment", "source_title", "province_name", "city_name"})
"""What even the most careless author fills in."""

_ADDED_LATER = ("approval_code", "implementer_credit_code", "documents", "approvals", "performance_goals", "financials")
"""What a first save often lacks and a second one brings."""


@dataclass(frozen=True, slots=True)
class DemoProject:
    """One project of the nation: whose it is, its first saves in order, and the banks that may see it.

    `answers` is everything its author could have filled in, not checked; `copy_of` the number of the project entered
    here a second time. What happens to it afterwards is drawn in `life`.
    """

    number: int
    city_code: str
    versions: tuple[Dossier, ...]
    banks: tuple[str, ...]
    answers: Mapping[str, Any] = field(default_factory=dict)
    copy_of: int | None = None

    @property
    def dossier(self) -> Dossier:
        """Return what stands in the registry in the end."""
        return self.versions[-1]


def make_nation(count: int, seed: int, *, first: int = 1) -> Iterator[DemoProject]:
    """Yield `count` projects from number `first` on, one at a time."""
    return (make_project(seed, number) for number in range(first, first + count))


def make_project(seed: int, number: int) -> DemoProject:
    """Return project `number` of the nation with this seed. Both are whole numbers, not negative."""
    dice = Dice(seed, number)
    copied = _copied(dice, number)
    original = number
    while copied is not None:
        original, copied = copied, _copied(Dice(seed, copied), copied)
    city, answers, document = _draw_document(Dice(seed, original, 1), seed, original)
    if original != number:
        _reword(dice, document)
    if dice.chance(_MISTAKES):
        make_mistake(dice, document)
    document["source_title"] = f"示例数据 generated demo data, seed {seed}, number {number}"
    versions: tuple[Dossier, ...] = (Dossier.model_validate(document),)
    if dice.chance(_REVISIONS):
        earlier = {name: value for name, value in document.items() if name not in _ADDED_LATER or dice.chance(0.3)}
        versions = (Dossier.model_validate(earlier), *versions)
    is_released = dice.chance(_RELEASED)
    banks = tuple(bank for bank in BANKS if dice.chance(0.4)) if is_released else ()
    return DemoProject(number, city.code, versions, banks, answers, original if original != number else None)


def _copied(dice: Dice, number: int) -> int | None:
    """Return the number of the project that this number enters a second time, None for nearly all."""
    if number == 1 or not dice.chance(_ENTERED_TWICE):
        return None
    return dice.integer(max(1, number - 5000), number - 1)


def _draw_document(dice: Dice, seed: int, number: int) -> tuple[City, dict[str, Any], dict[str, Any]]:
    """Return the place, everything the author could have filled in, and what they did fill in."""
    city, county = draw_place(dice, number)
    kind = draw_kind(dice)
    plan = draw_plan(dice, kind, city)
    implementer = draw_implementer(dice, seed, kind, city)
    completeness = draw_completeness(dice)
    scale = max(1, round(float(plan.total) * kind.scale.per_wan * dice.uniform(0.7, 1.3)))
    full: dict[str, Any] = {
        **_identity(dice, kind, city, county, number, plan),
        "implementer_name": implementer.name,
        "implementer_credit_code": implementer.credit_code,
        **_content(dice, kind, plan, scale),
        **_totals(dice, kind, plan),
        **draw_facts(dice, kind, plan, implementer, city, county),
        **_children(dice, kind, city, plan, scale),
        "documents": draw_documents(dice, completeness),
    }
    kept = {name: value for name, value in full.items() if name in _ALWAYS or dice.chance(completeness)}
    kept["funding_lines"] = list(plan.lines) if dice.chance(0.5 + completeness / 2) else []
    if dice.chance(_CASES):
        kept |= {"financials": draw_case(dice, kind, plan), "construction_start": full["construction_start"]}
        kept["funding_lines"] = [dict(line) for line in plan.lines]
    else:
        kept["funding_lines"] = [dict(line) for line in kept["funding_lines"]]
    for name in ("construction_start", "construction_end", "project_capital", "special_bond_total"):
        kept.setdefault(name, full[name])
    return city, full, kept


def _identity(
    dice: Dice, kind: Kind, city: City, county: County | None, number: int, plan: MoneyPlan
) -> dict[str, Any]:
    return {
        "name": draw_project_name(dice, kind, city, county),
        "approval_code": approval_code(dice, city, county, min(plan.start_year, THIS_YEAR) - 1, number),
        "city_code": county.code if county else city.code,
        "province_name": city.province,
        "city_name": city.name,
        "county_name": county.name if county else None,
        "published_field": kind.published_field,
        "contact_name": draw_person(dice),
        "contact_phone": f"0000-{dice.integer(10_000_000, 99_999_999)}",
    }


def _content(dice: Dice, kind: Kind, plan: MoneyPlan, scale: int) -> dict[str, Any]:
    last_year = plan.start_year + plan.build_years - 1
    begun = plan.start_year < THIS_YEAR or (plan.start_year == THIS_YEAR and dice.chance(0.6))
    status = "completed" if last_year < THIS_YEAR else "under_construction" if begun else "not_started"
    progress = 1.0 if status == "completed" else round(dice.uniform(0.05, 0.9), 2) if begun else 0.0
    with_month = dice.chance(0.5)
    return {
        "content_summary": kind.scale.sentence.format(scale),
        "need_statement": "列入城市美丽城市建设实施方案的重点任务，现有设施能力不足，需补齐短板。",
        "construction_status": status,
        "construction_progress_ratio": progress,
        "construction_start": f"{plan.start_year}-{dice.integer(1, 12):02d}" if with_month else str(plan.start_year),
        "construction_end": f"{last_year}-12" if with_month else str(last_year),
        "operation_start": str(last_year + 1),
        "operation_end": str(last_year + plan.run_years),
    }


def _totals(dice: Dice, kind: Kind, plan: MoneyPlan) -> dict[str, Any]:
    bond, loans = plan.of("special_bond"), plan.of("policy_bank_loan", "commercial_loan")
    found: dict[str, Any] = {
        "total_investment": plan.total,
        "project_capital": plan.of("equity", "city", "private_capital"),
        "special_bond_total": bond,
        "bond_as_capital": plan.bond_as_capital,
        "other_debt": loans,
        "revenue_source": "、".join(kind.income) or "无经营收入；养护费由财政安排",
    }
    if bond:
        # Published income over the whole period beside the total: log-normal, mean 0.33, deviation 0.76 (34 records);
        # coverage above one: log-normal, mean -0.59, deviation 0.65 (25 records).
        income = float(plan.total) * exp(dice.normal(0.33, 0.76))
        cost_ratio = round(dice.uniform(0.05, 1.1), 4)
        found |= {
            "expected_revenue": cents(income),
            "operation_cost_total": cents(income * cost_ratio),
            "published_cost_to_revenue": cost_ratio,
            "published_coverage_multiple": round(1 + exp(dice.normal(-0.59, 0.65)), 2),
        }
    return found


def _children(dice: Dice, kind: Kind, city: City, plan: MoneyPlan, scale: int) -> dict[str, Any]:
    year = min(plan.start_year, THIS_YEAR) - 1
    short = city.name.removesuffix("市")
    approvals = [
        {
            "kind": name,
            "number": f"{short}发改示〔{year}〕{dice.integer(1, 900)}号",
            "authority": f"{short}发展和改革部门（示例）",
            "date": f"{year}-{dice.integer(1, 12):02d}",
        }
        for name in ("项目建议书批复", "可行性研究报告批复")[: dice.integer(1, 2)]
    ]
    value = round(scale * kind.scale.per_scale * dice.uniform(0.7, 1.3), 1)
    benefit: dict[str, Any] = {"indicator": kind.scale.indicator, "unit": kind.scale.unit}
    if dice.chance(0.8):
        benefit |= {"value": value, "baseline": "建设前实测值", "method": "规模乘以单位效益"}
    goal = {"indicator": kind.scale.indicator, "target": f"≥{value:g}", "unit": kind.scale.unit}
    found: dict[str, Any] = {"approvals": approvals, "benefits": [benefit], "performance_goals": [goal]}
    if kind.facts.get("implementation_mode") == "eod":
        treatment = (plan.total * Decimal(str(round(dice.uniform(0.35, 0.6), 2)))).quantize(Decimal("0.01"))
        found["components"] = [
            {"name": "生态环境治理", "kind": "treatment", "investment": treatment},
            {"name": "关联产业", "kind": "industry", "investment": plan.total - treatment},
        ]
    bond = next((debt for debt in plan.debts if debt.source == "special_bond"), None)
    if bond and plan.start_year < THIS_YEAR:
        issue = {"date": f"{plan.start_year}-{dice.integer(1, 12):02d}", "batch": f"第{dice.integer(1, 9)}批次"}
        found["bond_issuances"] = [
            {**issue, "amount_wan": bond.draws[0], "rate": bond.rate, "term_years": bond.term_years}
        ]
    return found


def _reword(dice: Dice, document: dict[str, Any]) -> None:
    """Enter the same project once more, as a second office would: other words, a rounded total, no approval code."""
    swaps = (("工程", "项目"), ("建设项目", "工程"), ("（一期）", "一期"), ("（二期）", "(二期)"), ("污水", "生活污水"))
    old, new = dice.pick(swaps)
    document["name"] = document["name"].replace(old, new)
    if dice.chance(0.5):
        document["total_investment"] = Decimal(round(document["total_investment"] / 10) * 10)
    if dice.chance(0.6):
        document.pop("approval_code", None)
