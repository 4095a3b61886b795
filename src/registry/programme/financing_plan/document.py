"""What a city financing plan 美丽城市建设重大项目投融资方案 holds.

The implementation plan of 2025 only names such a plan. The content here is a reasoned proposal, not a published
requirement, and says so wherever it is shown (`PROPOSAL`). In a draft a value may be missing (unknown), never wrong.
"""

import datetime as dt
import re
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, model_validator

from registry.projects.fields.content import Period
from registry.projects.lines import FUNDING_SOURCES, FUNDING_STATUS, Line, PerformanceGoal
from registry.quantities import Integer, Money, Ratio, YesNo, flaw, money_term, term

PROPOSAL = (
    "内容建议，非官方规定格式：《美丽城市建设实施方案》只提出编制重大项目投融资方案，未规定其内容和格式。",
    (
        "Proposed content, not an official form: the implementation plan asks for such a plan and does not say what is "
        "in it."
    ),
)
MOST_PROJECTS = 200
LONGEST_PERIOD = 30

PROJECT_ROLES = {
    "core": "重点项目",
    "supporting": "配套项目",
    "revenue": "收益反哺项目",
    "reserve": "储备项目",
}
INSTRUMENTS = {
    "loan": "项目贷款",
    "policy_loan": "政策性、开发性贷款",
    "syndicate": "银团贷款",
    "bond": "债券承销",
    "equity": "股权投资",
    "lease": "融资租赁",
    "other": "其他",
}
PARTIES = {
    "city": "市政府及部门",
    "platform": "实施主体、平台公司",
    "bank": "金融机构",
    "investor": "社会资本",
    "other": "其他",
}


def _codes(value: object) -> object:
    """Return codes given as one text apart: `ML-0000001、ML-0000002`."""
    if not isinstance(value, str):
        return value
    return [part for part in re.split(r"[\s,，、;；]+", value) if part]


Codes = Annotated[list[Annotated[str, Field(max_length=20)]], BeforeValidator(_codes)]


def _part(zh: str, en: str, **details: Any) -> tuple[Any, ...]:
    return term(zh, en, "line", is_fact=False, **details)


def _amount(zh: str, en: str, **details: Any) -> tuple[Any, ...]:
    return money_term(zh, en, "line", is_fact=False, **details)


def _code(zh: str = "项目编号", en: str = "Project code") -> tuple[Any, ...]:
    return _part(zh, en, max_length=20)


class PlanProject(Line):
    """列入方案的项目. Revision and assessment are fixed when the plan is signed: what its figures rest on."""

    code: Annotated[str, *_code()]
    role: Annotated[str | None, *_part("定位", "Role", choices=PROJECT_ROLES, max_length=20)] = None
    note: Annotated[str | None, *_part("说明", "Note", max_length=500)] = None
    revision: Annotated[Integer | None, *_part("修订号", "Revision", ge=1)] = None
    assessment: Annotated[Integer | None, *_part("预审结论编号", "Assessment", ge=1)] = None


class PlanBundle(Line):
    """组合: members whose surplus feeds the deficit of others."""

    name: Annotated[str, *_part("组合名称", "Name", max_length=100)]
    members: Annotated[Codes, *_part("成员项目编号", "Members", max_length=50)] = []
    note: Annotated[str | None, *_part("组合方式", "How they are joined", max_length=500)] = None


class PlanScenario(Line):
    """情景: what differs from the plan as it stands. Rates move by an addition, income and cost by a share."""

    name: Annotated[str, *_part("情景名称", "Name", max_length=60)]
    left_out: Annotated[Codes, *_part("不实施的项目编号", "Projects left out", max_length=MOST_PROJECTS)] = []
    rate_shift: Annotated[Ratio | None, *_part("利率增减", "Added to interest rates", ge=-0.2, le=0.2)] = None
    revenue_change: Annotated[Ratio | None, *_part("营业收入变动", "Change of revenue", ge=-1, le=2)] = None
    cost_change: Annotated[Ratio | None, *_part("经营成本变动", "Change of operating cost", ge=-1, le=2)] = None
    note: Annotated[str | None, *_part("说明", "Note", max_length=500)] = None


class ScenarioAmount(Line):
    """情景资金: the money of one source in one year of one project under a scenario, instead of its own lines."""

    scenario: Annotated[str, *_part("情景名称", "Scenario", max_length=60)]
    code: Annotated[str, *_code()]
    source: Annotated[str, *_part("资金来源", "Source", choices=FUNDING_SOURCES, max_length=30)]
    year: Annotated[Integer | None, *_part("年度", "Year", unit="年", ge=1990, le=2100)] = None
    amount: Annotated[Money | None, *_amount("金额", "Amount")] = None
    status: Annotated[str, *_part("落实情况", "Status", choices=FUNDING_STATUS, max_length=10)] = "planned"


class BankMatch(Line):
    """金融机构对接."""

    bank: Annotated[str, *_part("金融机构", "Bank", max_length=200)]
    code: Annotated[str | None, *_code()] = None
    instrument: Annotated[str | None, *_part("融资方式", "Instrument", choices=INSTRUMENTS, max_length=20)] = None
    amount: Annotated[Money | None, *_amount("拟融资额", "Amount")] = None
    month: Annotated[Period | None, *_part("计划时间", "When", max_length=10)] = None


class Milestone(Line):
    """进度安排."""

    when: Annotated[Period | None, *_part("时间", "When", max_length=10)] = None
    what: Annotated[str, *_part("事项", "What", max_length=300)]
    who: Annotated[str | None, *_part("责任单位", "Who", max_length=200)] = None


class PartyRole(Line):
    """职责分工 of city, platform company and banks."""

    party: Annotated[str, *_part("主体", "Party", choices=PARTIES, max_length=20)]
    name: Annotated[str | None, *_part("单位名称", "Name", max_length=200)] = None
    duty: Annotated[str | None, *_part("职责", "Duty", max_length=1000)] = None


class DebtSafety(Line):
    """债务安全: of the city's own books. What is left out is unknown, never zero and never "no"."""

    as_of: Annotated[Period | None, *_part("数据时点", "As of", max_length=10)] = None
    own_debt: Annotated[Money | None, *_amount("政府债务余额", "Government debt")] = None
    debt_limit: Annotated[Money | None, *_amount("政府债务限额", "Debt limit")] = None
    hidden_debt: Annotated[Money | None, *_amount("隐性债务余额", "Hidden debt")] = None
    general_revenue: Annotated[Money | None, *_amount("一般公共预算收入（年）", "General budget revenue a year")] = None
    fund_revenue: Annotated[Money | None, *_amount("政府性基金收入（年）", "Government fund revenue a year")] = None
    debt_service: Annotated[Money | None, *_amount("政府债务还本付息（年）", "Debt service a year")] = None
    adds_hidden_debt: Annotated[YesNo | None, *_part("本方案是否新增隐性债务", "Adds hidden debt")] = None
    statement: Annotated[str | None, *_part("隐性债务情况说明", "Statement on hidden debt", max_length=4000)] = None


class PlanDocument(Line):
    """方案全文. `fixed_on` is the day it was signed, when revisions and assessments were fixed."""

    start_year: Annotated[Integer | None, *_part("起始年度", "First year", unit="年", ge=1990, le=2100)] = None
    end_year: Annotated[Integer | None, *_part("结束年度", "Last year", unit="年", ge=1990, le=2100)] = None
    situation: Annotated[str | None, *_part("城市情况与目标", "Situation and aims", max_length=4000)] = None
    packaging: Annotated[str | None, *_part("项目组织与打包方式", "How projects are packaged", max_length=4000)] = None
    funding_sources: Annotated[str | None, *_part("资金来源说明", "Sources of money", max_length=4000)] = None
    risks: Annotated[str | None, *_part("风险与应对", "Risks and answers", max_length=4000)] = None
    projects: Annotated[list[PlanProject], Field(title="项目清单", max_length=MOST_PROJECTS)] = []
    bundles: Annotated[list[PlanBundle], Field(title="项目组合", max_length=50)] = []
    scenarios: Annotated[list[PlanScenario], Field(title="情景", max_length=10)] = []
    scenario_amounts: Annotated[list[ScenarioAmount], Field(title="情景资金", max_length=500)] = []
    bank_matches: Annotated[list[BankMatch], Field(title="金融机构对接", max_length=500)] = []
    timetable: Annotated[list[Milestone], Field(title="进度安排", max_length=200)] = []
    roles: Annotated[list[PartyRole], Field(title="职责分工", max_length=100)] = []
    performance_goals: Annotated[list[PerformanceGoal], Field(title="绩效目标", max_length=200)] = []
    debt_safety: Annotated[DebtSafety | None, Field(title="债务安全")] = None
    fixed_on: dt.date | None = None

    LISTS: ClassVar[dict[str, tuple[str, str, type[Line]]]] = {
        "projects": ("项目清单", "Projects", PlanProject),
        "bundles": ("项目组合", "Bundles", PlanBundle),
        "scenarios": ("情景", "Scenarios", PlanScenario),
        "scenario_amounts": ("情景资金", "Scenario amounts", ScenarioAmount),
        "bank_matches": ("金融机构对接", "Bank matching", BankMatch),
        "timetable": ("进度安排", "Timetable", Milestone),
        "roles": ("职责分工", "Roles", PartyRole),
        "performance_goals": ("绩效目标", "Performance goals", PerformanceGoal),
    }
    SCALARS: ClassVar[tuple[str, ...]] = (
        "start_year",
        "end_year",
        "situation",
        "packaging",
        "funding_sources",
        "risks",
    )
    SINGLES: ClassVar[dict[str, tuple[str, str, type[Line]]]] = {
        "debt_safety": ("债务安全", "Debt safety", DebtSafety),
    }

    @model_validator(mode="after")
    def _holds_together(self) -> "PlanDocument":
        """Refuse what cannot be meant: years the wrong way round, a project twice, names nothing answers to."""
        if self.start_year is not None and self.end_year is not None:
            if self.end_year < self.start_year:
                raise flaw("years-reversed", "结束年度早于起始年度，请更正", "the last year is before the first")
            if self.end_year - self.start_year >= LONGEST_PERIOD:
                raise flaw("period-too-long", f"方案期最多 {LONGEST_PERIOD} 年", f"at most {LONGEST_PERIOD} years")
        _no_repetition("项目", "project", [each.code for each in self.projects])
        _no_repetition("组合", "bundle", [each.name for each in self.bundles])
        _no_repetition("情景", "scenario", [each.name for each in self.scenarios])
        known = {each.code for each in self.projects}
        named = [code for bundle in self.bundles for code in bundle.members]
        named += [code for scenario in self.scenarios for code in scenario.left_out]
        named += [each.code for each in self.scenario_amounts]
        named += [each.code for each in self.bank_matches if each.code is not None]
        _all_known("项目", "project", named, known)
        _all_known(
            "情景", "scenario", [e.scenario for e in self.scenario_amounts], {each.name for each in self.scenarios}
        )
        return self

    def unsigned(self) -> "PlanDocument":
        """Return the plan as a draft: what fixed its figures taken out."""
        loose = [each.model_copy(update={"revision": None, "assessment": None}) for each in self.projects]
        return self.model_copy(update={"projects": loose, "fixed_on": None})


def _no_repetition(zh: str, en: str, names: list[str]) -> None:
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        raise flaw("named-twice", f"{zh}“{twice}”出现了两次，请只留一个", f'{en} "{twice}" is there twice; keep one')


def _all_known(zh: str, en: str, named: list[str], known: set[str]) -> None:
    stray = next((name for name in named if name not in known), None)
    if stray is not None:
        in_zh, in_en = f"{zh}“{stray}”不在方案中，请先加入或更正", f'{en} "{stray}" is not in the plan; add it first'
        raise flaw("not-in-plan", in_zh, in_en)
