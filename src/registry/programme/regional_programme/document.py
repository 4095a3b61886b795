"""What a regional programme 区域性环保建设项目金融支持方案 holds: one facility, its lenders, each project's share.

The mode is named in 《美丽城市建设实施方案》（十） and 国办函〔2025〕2号（十四）; no text prescribes its content.
In a draft a value may be missing (unknown), never wrong.
"""

from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from registry.projects.lines import Line
from registry.quantities import Integer, Money, Number, Ratio, YesNo, flaw, money_term, term

PARTS = {"paying": "收益部分", "non_paying": "公益部分"}
PARTS_EN = {"paying": "Paying part", "non_paying": "Non-paying part"}
MOVEMENTS = {"drawn": "提款", "repaid": "还本"}


def _part(zh: str, en: str, **details: Any) -> tuple[Any, ...]:
    return term(zh, en, "line", is_fact=False, **details)


def _money(zh: str, en: str, **details: Any) -> tuple[Any, ...]:
    return money_term(zh, en, "line", is_fact=False, **details)


def _year(zh: str, en: str) -> tuple[Any, ...]:
    return _part(zh, en, unit="年", ge=1990, le=2100)


class Lender(Line):
    """参与银行: what it commits to the shared facility, and on which terms."""

    name: Annotated[str, *_part("银行", "Lender", max_length=100)]
    amount: Annotated[Money | None, *_money("承诺额度", "Committed")] = None
    rate: Annotated[Ratio | None, *_part("年利率", "Annual rate", unit="比例", ge=0, le=1)] = None
    tenor_years: Annotated[Number | None, *_part("期限", "Tenor", unit="年", ge=0, le=50)] = None
    note: Annotated[str | None, *_part("说明", "Note", max_length=500)] = None


class Allocation(Line):
    """额度分配: how much of the facility a project gets, from which lender where that is agreed.

    `part` left out is told by the figures. `assessment` is fixed when the programme is signed.
    """

    code: Annotated[str, *_part("项目编号", "Project code", max_length=20)]
    lender: Annotated[str | None, *_part("银行", "Lender", max_length=100)] = None
    amount: Annotated[Money | None, *_money("分配额度", "Allocated")] = None
    part: Annotated[str | None, *_part("部分", "Part", choices=PARTS, max_length=20)] = None
    assessment: Annotated[Integer | None, *_part("预审结论编号", "Assessment", ge=1, le=2**31 - 1)] = None


class Movement(Line):
    """资金往来: what was drawn from a lender, or repaid to it, in a year."""

    lender: Annotated[str, *_part("银行", "Lender", max_length=100)]
    year: Annotated[Integer, *_year("年度", "Year")]
    kind: Annotated[str, *_part("类别", "Kind", choices=MOVEMENTS, max_length=10)]
    amount: Annotated[Money | None, *_money("金额", "Amount")] = None


class RegionalProgrammeDocument(Line):
    """方案全文. Money in 万元."""

    start_year: Annotated[Integer | None, *_year("起始年度", "First year")] = None
    end_year: Annotated[Integer | None, *_year("结束年度", "Last year")] = None
    facility_amount: Annotated[Money | None, *_money("授信总额度", "Shared facility")] = None
    is_surplus_carried: Annotated[
        YesNo | None,
        *_part("结余是否滚存用于以后年度", "Surplus kept for later years", help_zh="未填按不滚存测算"),
    ] = None
    aims: Annotated[str | None, *_part("总体安排", "Aims", max_length=4000)] = None
    cross_subsidy: Annotated[str | None, *_part("肥瘦搭配与交叉补贴安排", "Cross-subsidy", max_length=4000)] = None
    repayment: Annotated[str | None, *_part("还款来源与增信", "Repayment and support", max_length=4000)] = None
    safeguards: Annotated[str | None, *_part("风险防控", "Safeguards", max_length=4000)] = None
    lenders: Annotated[list[Lender], Field(title="参与银行", max_length=50)] = []
    allocations: Annotated[list[Allocation], Field(title="额度分配", max_length=500)] = []
    movements: Annotated[list[Movement], Field(title="资金往来", max_length=1000)] = []

    LISTS: ClassVar[dict[str, tuple[str, str, type[Line]]]] = {
        "lenders": ("参与银行", "Lenders", Lender),
        "allocations": ("额度分配", "Allocation", Allocation),
        "movements": ("资金往来", "Drawn and repaid", Movement),
    }
    SCALARS: ClassVar[tuple[str, ...]] = (
        "start_year",
        "end_year",
        "facility_amount",
        "is_surplus_carried",
        "aims",
        "cross_subsidy",
        "repayment",
        "safeguards",
    )
    SINGLES: ClassVar[dict[str, tuple[str, str, type[Line]]]] = {}

    @model_validator(mode="after")
    def _holds_together(self) -> "RegionalProgrammeDocument":
        """Refuse what cannot be meant: reversed years, a lender twice, lenders nobody knows, two parts of a project."""
        if self.start_year is not None and self.end_year is not None and self.end_year < self.start_year:
            raise flaw("years-reversed", "结束年度早于起始年度，请更正", "the last year is before the first")
        known = [lender.name for lender in self.lenders]
        _once("银行", "lender", known)
        _once("项目与银行", "project and lender", [f"{each.code} {each.lender or ''}" for each in self.allocations])
        named = [*(each.lender for each in self.allocations), *(each.lender for each in self.movements)]
        stray = next((name for name in named if name is not None and name not in known), None)
        if stray is not None:
            raise flaw(
                "unknown-lender",
                f"“{stray}”不在参与银行中，请先加入该银行或更正名称",
                f'"{stray}" is not among the lenders; add it first or correct the name',
            )
        for code in self.codes:
            if len({each.part for each in self.allocations if each.code == code and each.part}) > 1:
                raise flaw(
                    "two-parts",
                    f"项目 {code} 既列为收益部分又列为公益部分，请只留一种",
                    f"project {code} is in the paying and in the non-paying part; keep one",
                )
        return self

    @property
    def codes(self) -> list[str]:
        """Return the projects of the programme, each once, in order."""
        return list(dict.fromkeys(each.code for each in self.allocations))

    def unsigned(self) -> "RegionalProgrammeDocument":
        """Return the programme as a draft: what fixed its figures taken out."""
        loose = [each.model_copy(update={"assessment": None}) for each in self.allocations]
        return self.model_copy(update={"allocations": loose})


def _once(zh: str, en: str, names: list[str]) -> None:
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        shown = twice.strip()
        raise flaw("named-twice", f"{zh}“{shown}”出现了两次，请只留一个", f'{en} "{shown}" is there twice; keep one')
