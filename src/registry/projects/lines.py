"""Child records of a dossier: several lines of one kind, each a sheet of its own in the template."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict
from sqlmodel import SQLModel

from registry.projects.fields.content import Period
from registry.quantities import Integer, Money, Number, Ratio, YesNo, money_term, term

FUNDING_SOURCES = {
    "central_fund": "中央生态环境资金",
    "central_budget": "中央预算内投资",
    "ultra_long_bond": "超长期特别国债",
    "provincial": "省级财政资金",
    "city": "市县财政资金",
    "special_bond": "地方政府专项债券",
    "policy_bank_loan": "政策性、开发性银行贷款",
    "commercial_loan": "商业银行贷款",
    "green_bond": "绿色债券",
    "equity": "项目资本金（自有资金）",
    "private_capital": "社会资本",
    "other": "其他资金",
}
CENTRAL_SOURCES = ("central_fund", "central_budget", "ultra_long_bond")
FISCAL_SOURCES = (*CENTRAL_SOURCES, "provincial", "city")
DEBT_SOURCES = ("special_bond", "policy_bank_loan", "commercial_loan", "green_bond")

FUNDING_STATUS = {"secured": "已落实", "planned": "拟筹措", "gap": "缺口"}

COMPONENT_KINDS = {
    "treatment": "生态环境治理",
    "industry": "关联产业",
    "network": "管网",
    "plant": "厂站",
    "other": "其他",
}


class Line(SQLModel):
    """Base of every child record: unknown names are refused, never dropped."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)  # type: ignore[assignment]
    if not TYPE_CHECKING:
        # That of SQLModel is for tables; it would be called, in Python, for every record of every dossier read.
        __init__ = BaseModel.__init__


def _line(zh: str, en: str, **details: Any) -> tuple[Any, ...]:
    return term(zh, en, "line", is_fact=False, **details)


def _money(zh: str, en: str, **details: Any) -> tuple[Any, ...]:
    return money_term(zh, en, "line", is_fact=False, **details)


class FundingLine(Line):
    """资金来源: one source in one year. A line without a year is known in amount only."""

    source: Annotated[str, *_line("资金来源", "Source", choices=FUNDING_SOURCES, max_length=30)]
    year: Annotated[Integer | None, *_line("年度", "Year", unit="年", ge=1990, le=2100)] = None
    amount: Annotated[Money | None, *_money("金额", "Amount")] = None
    status: Annotated[str, *_line("落实情况", "Status", choices=FUNDING_STATUS, max_length=10)]
    instrument: Annotated[
        str | None,
        *_line("对应债务或批次", "Debt or batch", help_zh="与财务测算中的借款名称一致", max_length=100),
    ] = None
    evidence: Annotated[str | None, *_line("依据文件", "Evidence", max_length=300)] = None


class BondIssuance(Line):
    """专项债券发行记录, as published: newest first; a masked date is unknown."""

    date: Annotated[Period | None, *_line("发行日期", "Date of issue", max_length=10)] = None
    batch: Annotated[str | None, *_line("批次", "Batch", max_length=60)] = None
    amount_wan: Annotated[Money | None, *_money("发行额", "Amount issued")] = None
    rate: Annotated[Ratio | None, *_line("利率", "Rate", unit="比例", ge=0, le=1)] = None
    term_years: Annotated[Number | None, *_line("期限", "Term", unit="年", ge=0, le=50)] = None


class Approval(Line):
    """审批文件."""

    kind: Annotated[str, *_line("审批事项", "Kind of approval", max_length=60)]
    number: Annotated[str | None, *_line("文号", "Document number", max_length=100)] = None
    authority: Annotated[str | None, *_line("审批机关", "Authority", max_length=100)] = None
    date: Annotated[Period | None, *_line("日期", "Date", max_length=10)] = None


class Component(Line):
    """子项目: a part with its own content; an EOD bundle is several."""

    name: Annotated[str, *_line("子项目名称", "Name", max_length=200)]
    kind: Annotated[str | None, *_line("类别", "Kind", choices=COMPONENT_KINDS, max_length=20)] = None
    investment: Annotated[Money | None, *_money("投资", "Investment")] = None
    content: Annotated[str | None, *_line("内容", "Content", max_length=1000)] = None


class Benefit(Line):
    """年度环境效益, with the method and the baseline it is counted against."""

    indicator: Annotated[str, *_line("指标", "Indicator", max_length=100)]
    value: Annotated[Number | None, *_line("年效益", "Value a year")] = None
    unit: Annotated[str | None, *_line("单位", "Unit", max_length=40)] = None
    baseline: Annotated[str | None, *_line("基准情景", "Baseline", max_length=500)] = None
    method: Annotated[str | None, *_line("测算方法", "Method", max_length=500)] = None


class PerformanceGoal(Line):
    """绩效目标."""

    indicator: Annotated[str, *_line("绩效指标", "Indicator", max_length=200)]
    target: Annotated[str | None, *_line("目标值", "Target", max_length=100)] = None
    unit: Annotated[str | None, *_line("单位", "Unit", max_length=40)] = None


class ChecklistDocument(Line):
    """资料清单: whether a document of the checklist exists, and which file it is."""

    checklist_code: Annotated[str, *_line("清单编号", "Checklist code", max_length=20)]
    is_available: Annotated[YesNo | None, *_line("是否具备", "Is there")] = None
    title: Annotated[str | None, *_line("文件名称", "Title", max_length=200)] = None
    number: Annotated[str | None, *_line("文号", "Number", max_length=100)] = None
    date: Annotated[Period | None, *_line("日期", "Date", max_length=10)] = None
    sha256: Annotated[str | None, *_line("文件校验值", "SHA-256 of the file", max_length=64)] = None
