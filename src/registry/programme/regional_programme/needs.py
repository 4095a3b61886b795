"""What there is to say of a regional programme: more allocated than there is or is needed, what lacks, the test."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from registry.errors import Finding
from registry.programme.regional_programme.balance import SelfBalance
from registry.programme.regional_programme.document import RegionalProgrammeDocument
from registry.programme.regional_programme.tracking import total
from registry.projects.lines import FundingLine
from registry.projects.model import Dossier

LOANS = ("policy_bank_loan", "commercial_loan")
"""Sources a facility may stand for: money secured from any other is not needed from it."""


@dataclass(frozen=True, slots=True)
class ProjectNeed:
    """What a project may get at most 资金需求: its investment less what is secured from other sources; None unknown."""

    investment: Decimal | None
    secured: Decimal
    need: Decimal | None


def need_of(dossier: Dossier) -> ProjectNeed:
    """Return what a project needs. A secured line without an amount takes nothing off."""
    secured = sum((_secured(line) for line in dossier.funding_lines), Decimal(0))
    investment = dossier.total_investment
    return ProjectNeed(investment, secured, None if investment is None else max(investment - secured, Decimal(0)))


def _secured(line: FundingLine) -> Decimal:
    is_other = line.status == "secured" and line.source not in LOANS
    return line.amount if is_other and line.amount is not None else Decimal(0)


def programme_findings(
    document: RegionalProgrammeDocument, needs: Mapping[str, ProjectNeed], balance: SelfBalance
) -> Iterator[Finding]:
    """Yield everything to say of a programme; an error keeps it from being signed."""
    yield from _missing(document)
    yield from _facility(document)
    for code in document.codes:
        yield from _project(document, code, needs.get(code))
    yield from _balance(balance)


def _missing(document: RegionalProgrammeDocument) -> Iterator[Finding]:
    needed = (
        ("start_year", "起始年度", "first year"),
        ("end_year", "结束年度", "last year"),
        ("facility_amount", "授信总额度", "shared facility"),
        ("lenders", "参与银行", "lenders"),
        ("allocations", "额度分配", "allocation"),
    )
    for name, zh, en in needed:
        if not getattr(document, name):
            yield Finding(name, "missing", f"方案缺少{zh}，签发前请补充", f"The programme lacks its {en}; add it")
    if len(document.codes) == 1:
        zh, en = "方案只有一个项目；区域性方案应打包多个项目", "The programme has one project; it should hold several"
        yield Finding("allocations", "one-project", zh, en, severity="warning")


def _facility(document: RegionalProgrammeDocument) -> Iterator[Finding]:
    facility = document.facility_amount
    committed = total(each.amount for each in document.lenders)
    if facility is not None and committed is not None and document.lenders and committed != facility:
        zh = f"各银行承诺合计 {committed:,.2f} 万元，与授信总额度 {facility:,.2f} 万元不一致，请核对"
        en = f"Lenders commit {committed:,.2f} in all, the facility is {facility:,.2f}; make them agree"
        yield Finding("lenders", "lenders-differ", zh, en, f"{committed}")
    allocated = sum((each.amount or Decimal(0) for each in document.allocations), Decimal(0))
    if facility is not None and allocated > facility:
        over = f"{allocated - facility:,.2f}"
        zh = f"分配合计 {allocated:,.2f} 万元，超过授信总额度 {facility:,.2f} 万元，请调减 {over} 万元"
        en = f"{allocated:,.2f} is allocated of a facility of {facility:,.2f}; take back {over}"
        yield Finding("allocations", "over-facility", zh, en, f"{allocated}")
    for lender in document.lenders:
        own = [each for each in document.allocations if each.lender == lender.name]
        given = sum((each.amount or Decimal(0) for each in own), Decimal(0))
        if lender.amount is not None and given > lender.amount:
            zh = f"由{lender.name}分配 {given:,.2f} 万元，超过其承诺 {lender.amount:,.2f} 万元，请调减"
            en = f"{given:,.2f} is allocated from {lender.name}, which commits {lender.amount:,.2f}; reduce it"
            yield Finding("allocations", "over-lender", zh, en, f"{given}")


def _project(document: RegionalProgrammeDocument, code: str, found: ProjectNeed | None) -> Iterator[Finding]:
    lines = [each for each in document.allocations if each.code == code]
    allocated = total(each.amount for each in lines)
    if found is None:
        zh, en = (
            f"没有项目 {code}，或您无权查看；请更正编号",
            f"There is no project {code} you may see; correct the code",
        )
        yield Finding("allocations", "unknown-project", zh, en, code)
        return
    if allocated is None:
        zh, en = f"项目 {code} 有未填的分配额度，未计入合计", f"An amount of {code} is missing and in no sum"
        yield Finding("allocations", "amount-missing", zh, en, code, "warning")
    if found.need is None:
        zh = f"项目 {code} 未填总投资，无法核对分配额度是否超过需求"
        en = f"The investment of {code} is not stated: whether it gets more than it needs cannot be told"
        yield Finding("allocations", "need-unknown", zh, en, code, "warning")
        return
    stated = sum((each.amount or Decimal(0) for each in lines), Decimal(0))
    if stated > found.need:
        zh = (
            f"项目 {code} 分配 {stated:,.2f} 万元，超过资金需求 {found.need:,.2f} 万元"
            f"（总投资 {found.investment:,.2f}，其他来源已落实 {found.secured:,.2f}），请调减"
        )
        en = (
            f"{code} gets {stated:,.2f} and needs {found.need:,.2f} "
            f"(investment {found.investment:,.2f}, secured elsewhere {found.secured:,.2f}); reduce it"
        )
        yield Finding("allocations", "over-need", zh, en, f"{stated}")


def _balance(balance: SelfBalance) -> Iterator[Finding]:
    for flow in balance.unknown:
        zh, en = flow.why_unknown or ("", "")
        yield Finding(
            "allocations", "no-figures", f"自平衡无法判断：项目 {flow.code} {zh}",
            f"Self-balance cannot be told: {flow.code} {en}", flow.code, "warning",
        )  # fmt: skip
    if balance.short:
        years = "、".join(f"{each.year} 年缺 {each.shortfall:,.2f} 万元" for each in balance.short)
        years_en = ", ".join(f"{each.year} short of {each.shortfall:,.2f}" for each in balance.short)
        yield Finding("balance", "not-balanced", f"逐年不平衡：{years}", f"Not balanced: {years_en}", None, "warning")
