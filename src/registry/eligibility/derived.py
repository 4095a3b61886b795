"""Derived facts 派生事实: polars expressions over base facts, declared once, and the vocabulary joined together.

Each is guarded: a missing part or a division by zero gives NULL, never a number, so that a rule over it answers
"cannot be decided yet".
"""

from collections.abc import Iterator, Mapping
from typing import Protocol

import polars as pl

from registry.eligibility.facts import GOVERNING_DATE, Fact, Origin, Vocabulary
from registry.projects import catalogue
from registry.projects.codes import REGION_NAMES, REGION_OF_PROVINCE
from registry.projects.lines import CENTRAL_SOURCES, DEBT_SOURCES, FISCAL_SOURCES, FUNDING_SOURCES
from registry.quantities import Term

RATIO_DIGITS = 10
"""Shares are rounded here, so that 1 234.56 / 6 172.80 is 0.2 and not one bit below the threshold."""

Documents = Mapping[str, tuple[str, str]]

FINANCE_FACTS: tuple[tuple[str, str, str, str, str], ...] = (
    ("finance_dscr_min", "number", "偿债备付率（最低年）", "Lowest debt service coverage", "倍"),
    ("finance_dscr_average", "number", "偿债备付率（平均）", "Average debt service coverage", "倍"),
    ("finance_icr_min", "number", "利息备付率（最低年）", "Lowest interest coverage", "倍"),
    ("finance_firr_pre_tax", "ratio", "项目投资财务内部收益率（税前）", "Project FIRR before tax", "比例"),
    ("finance_firr_post_tax", "ratio", "项目投资财务内部收益率（税后）", "Project FIRR after tax", "比例"),
    ("finance_capital_irr", "ratio", "资本金财务内部收益率", "IRR on capital", "比例"),
    ("finance_benchmark_rate", "ratio", "基准收益率", "Benchmark rate", "比例"),
    ("finance_fnpv_pre_tax", "money", "财务净现值（税前）", "FNPV before tax", "万元"),
    ("finance_fnpv_post_tax", "money", "财务净现值（税后）", "FNPV after tax", "万元"),
    ("finance_payback_years", "number", "投资回收期", "Payback period", "年"),
    ("finance_coverage_bond", "number", "专项债券本息覆盖倍数", "Coverage of bond principal and interest", "倍"),
    ("finance_coverage_all_debt", "number", "全部债务本息覆盖倍数", "Coverage of all debt", "倍"),
    ("finance_cash_min", "money", "累计盈余资金最低值", "Lowest cumulative cash", "万元"),
    ("finance_funding_gap", "money", "资金缺口", "Funding gap", "万元"),
    ("finance_loan_term_years", "number", "最长借款期限", "Longest loan term", "年"),
    ("finance_bond_term_years", "number", "最长债券期限", "Longest bond term", "年"),
    ("finance_debt_total", "money", "债务融资总额", "Total debt", "万元"),
    ("finance_subsidy_total", "money", "运营期政府补贴合计", "Government subsidies in operation", "万元"),
    ("finance_operating_income_total", "money", "运营期收入合计", "Income in operation", "万元"),
)
"""Filled from the evaluation of the project; NULL while it has not been evaluated."""


class FieldLike(Protocol):
    """What the vocabulary needs of a catalogue field."""

    @property
    def name(self) -> str:
        """Name in the project document."""
        ...

    @property
    def kind(self) -> str:
        """Kind of value."""
        ...

    @property
    def term(self) -> Term:
        """Official term."""
        ...


def project_vocabulary(documents: Documents | None = None) -> Vocabulary:
    """Return the facts of the project catalogue with everything derived from them.

    `documents` are the codes of the checklist with Chinese and English titles; each gives a fact `document_<code>`
    that is true, false or (nobody knows) NULL.
    """
    return vocabulary(catalogue.fields(), documents or {})


def vocabulary(fields: Mapping[str, FieldLike], documents: Documents) -> Vocabulary:
    """Return the vocabulary over these catalogue fields; a derived fact whose parts are absent is left out."""
    facts: dict[str, Fact] = {}
    for fact in (*_entered(fields), *_funding(), *_finance(), *_documents(documents)):
        facts.setdefault(fact.name, fact)
    for fact in (*(months_ago(fact) for fact in facts.values() if _is_dated(fact)), *_declared()):
        if all(name in facts for name in fact.reads):
            facts.setdefault(fact.name, fact)
    return Vocabulary(facts)


def document_fact(code: str) -> str:
    """Return the fact that says whether a document of the checklist exists: `D02` is `document_d02`."""
    return f"document_{code.lower().replace('-', '_')}"


def _is_dated(fact: Fact) -> bool:
    return fact.sql_type == "date" and fact.name != GOVERNING_DATE and not fact.name.endswith("_last_day")


def _entered(fields: Mapping[str, FieldLike]) -> Iterator[Fact]:
    yield Fact(GOVERNING_DATE, "date", "适用日期", "Governing date", "evaluation")
    for field in fields.values():
        if not field.term.is_fact:
            continue
        term = field.term
        if field.kind == "period":
            yield from _period(field.name, term)
        else:
            yield Fact(field.name, field.kind, term.zh, term.en, "catalogue", term.unit, term.choices)


def _period(name: str, term: Term) -> Iterator[Fact]:
    """Facts of a date known to the year, the month or the day: the first and the last day it can have been.

    A comparison that holds for the wrong end is not true of the project, so the policy person chooses the end.
    """
    text = pl.col(name)
    as_day = text.str.to_date("%Y-%m-%d", strict=False)
    as_month = (text + "-01").str.to_date("%Y-%m-%d", strict=False)
    length = text.str.len_chars()
    is_year, is_month = length == len("2024"), length == len("2024-09")
    new_year = (text + "-01-01").str.to_date("%Y-%m-%d", strict=False)
    year_end = (text + "-12-31").str.to_date("%Y-%m-%d", strict=False)
    first = pl.when(is_year).then(new_year).when(is_month).then(as_month).otherwise(as_day)
    last = pl.when(is_year).then(year_end).when(is_month).then(as_month.dt.month_end()).otherwise(as_day)
    yield Fact(name, "text", term.zh, term.en, "catalogue", term.unit)
    yield _derived(f"{name}_first_day", "date", f"{term.zh}（最早可能日）", f"{term.en}, earliest day", (name,), first)
    yield _derived(f"{name}_last_day", "date", f"{term.zh}（最晚可能日）", f"{term.en}, latest day", (name,), last)


def _funding() -> Iterator[Fact]:
    for source, zh in FUNDING_SOURCES.items():
        en = f"Funding: {source.replace('_', ' ')}"
        yield Fact(f"funding_{source}", "money", f"资金来源：{zh}", en, "funding", "万元")


def _finance() -> Iterator[Fact]:
    for name, kind, zh, en, unit in FINANCE_FACTS:
        yield Fact(name, kind, zh, en, "finance", unit)


def _documents(documents: Documents) -> Iterator[Fact]:
    for code, (zh, en) in documents.items():
        yield Fact(document_fact(code), "boolean", f"资料：{zh}", f"Document: {en}", "document")


def months_ago(fact: Fact) -> Fact:
    """Return the complete months from a date to the governing date; negative while the date lies ahead."""
    name = fact.name.removesuffix("_first_day").removesuffix("_date").removesuffix("_on") + "_months_ago"
    then, now = pl.col(fact.name), pl.col(GOVERNING_DATE)
    months = (now.dt.year() - then.dt.year()) * 12 + now.dt.month().cast(pl.Int32) - then.dt.month().cast(pl.Int32)
    incomplete = (now.dt.day() < then.dt.day()) & (now != now.dt.month_end())
    whole = (months - incomplete.cast(pl.Int32)).cast(pl.Float64)
    zh, en = f"{fact.zh}至适用日期的整月数", f"Complete months since: {fact.en}"
    return _derived(name, "integer", zh, en, (fact.name, GOVERNING_DATE), whole, unit="月")


def share(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Return part / whole, rounded against binary noise; NULL when either is missing or the whole is not positive."""
    return pl.when(whole > 0).then((part / whole).round(RATIO_DIGITS))


def _sum(names: tuple[str, ...]) -> pl.Expr:
    """Return the sum; NULL when any part is missing. Rounded to the fen."""
    total = pl.col(names[0])
    for name in names[1:]:
        total = total + pl.col(name)
    return total.round(6)


def _capital() -> pl.Expr:
    """Capital with bonds used as capital; where no special bond is applied for, none can be used as capital."""
    bond = pl.when(pl.col("special_bond_total") == 0).then(0.0).otherwise(pl.col("bond_as_capital"))
    return (pl.col("project_capital") + bond).round(6)


def _named(sources: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"funding_{source}" for source in sources)


def _declared() -> Iterator[Fact]:
    central, fiscal, debt = _named(CENTRAL_SOURCES), _named(FISCAL_SOURCES), _named(DEBT_SOURCES)
    loans = ("funding_policy_bank_loan", "funding_commercial_loan")
    total, col = "total_investment", pl.col
    for name, zh, en, parts in (
        ("central_funds", "中央资金合计", "Central money, all channels", central),
        ("other_central_funds", "其他渠道中央资金", "Central money of other channels", central[1:]),
        ("fiscal_funds", "财政资金合计", "Fiscal money, all levels", fiscal),
        ("debt_funds", "债务性资金合计", "Debt, all kinds", debt),
        ("bank_loan", "银行贷款合计", "Bank loans", loans),
        ("planned_funding", "资金来源合计", "All sources of money", _named(tuple(FUNDING_SOURCES))),
    ):
        yield _derived(name, "money", zh, en, parts, _sum(parts), unit="万元")
        yield _share_of(f"{name}_ratio", f"{zh}占总投资比例", f"{en}, share of total investment", name, total)
    capital_parts = ("project_capital", "special_bond_total", "bond_as_capital")
    yield _derived(
        "capital_with_bond", "money", "资本金（含专项债作资本金）", "Capital with bonds", capital_parts, _capital(), unit="万元"
    )  # fmt: skip
    yield _share_of("capital_ratio", "资本金比例", "Capital ratio", "capital_with_bond", total, lever="project_capital")
    yield _share_of("bond_as_capital_ratio", "专项债作资本金占资本金比例", "Bonds in capital", "bond_as_capital", "capital_with_bond")  # fmt: skip
    yield _share_of("special_bond_ratio", "专项债占总投资比例", "Special bonds, share of total investment", "special_bond_total", total)  # fmt: skip
    yield _share_of("central_fund_ratio", "中央生态环境资金占总投资比例", "Central fund, share of total investment", "funding_central_fund", total)  # fmt: skip
    yield _derived("province_code", "text", "省级行政区划代码", "Province code", ("city_code",), col("city_code").str.slice(0, 2) + "0000")  # fmt: skip
    yield _region()


def _region() -> Fact:
    region = (
        pl.col("city_code").str.slice(0, 2).replace_strict(REGION_OF_PROVINCE, default=None, return_dtype=pl.String)
    )
    return Fact(
        "region", "choice", "所在区域", "Region", "derived", choices=REGION_NAMES, reads=("city_code",), build=lambda: region
    )  # fmt: skip


def _share_of(name: str, zh: str, en: str, part: str, whole: str, *, lever: str | None = None) -> Fact:
    expression = share(pl.col(part), pl.col(whole))
    return _derived(name, "ratio", zh, en, (part, whole), expression, unit="比例", lever=lever or part)


def _derived(
    name: str,
    kind: str,
    zh: str,
    en: str,
    reads: tuple[str, ...],
    expression: pl.Expr,
    *,
    unit: str | None = None,
    lever: str | None = None,
) -> Fact:
    origin: Origin = "derived"
    return Fact(name, kind, zh, en, origin, unit, reads=reads, build=lambda: expression, lever=lever)
