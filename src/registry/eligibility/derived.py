"""Derived facts 派生事实: polars expressions over base facts, declared once, and the vocabulary joined together.

Each is guarded: a missing part or a division by zero gives NULL, never a number, so that a rule over it answers
"cannot be decided yet".
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Protocol

import polars as pl

from registry.eligibility.facts import GOVERNING_DATE, Fact, Vocabulary
from registry.projects import catalogue
from registry.projects.codes import REGION_NAMES, REGION_OF_PROVINCE
from registry.projects.fields.documents import CHECKLIST
from registry.projects.lines import CENTRAL_SOURCES, DEBT_SOURCES, FISCAL_SOURCES, FUNDING_SOURCES
from registry.projects.rights import INSTRUMENTS
from registry.quantities import Term

RATIO_DIGITS = 10
"""Shares are rounded here, so that 1 234.56 / 6 172.80 is 0.2 and not one bit below the threshold."""

RECORD_FACTS: tuple[tuple[str, str, str, str], ...] = (
    ("has_performance_goals", "boolean", "是否有量化绩效目标", "Has quantified performance goals"),
    ("component_count", "integer", "子项目数", "Number of components"),
    ("has_quantified_benefit", "boolean", "是否有量化的年度环境效益", "Has a quantified yearly environmental benefit"),
    *(
        (f"has_{instrument}_income", "boolean", f"是否列有{zh}收入", f"Names income: {en}")
        for instrument, (zh, en) in INSTRUMENTS.items()
    ),
)
"""Read off the child records of the project document; NULL while nothing was entered there."""

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


@cache
def project_vocabulary() -> Vocabulary:
    """Return the facts of the project catalogue with everything derived from them."""
    return vocabulary(catalogue.fields())


def vocabulary(fields: Mapping[str, FieldLike]) -> Vocabulary:
    """Return the vocabulary over these catalogue fields; a derived fact whose parts are absent is left out.

    Each document of the checklist gives a fact `document_<code>` that is true, false or (nobody knows) NULL.
    """
    facts: dict[str, Fact] = {}
    for fact in (*_entered(fields), *_record(), *_funding(), *_finance(), *_documents()):
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
    length = text.str.len_chars()
    is_year, is_month = length == len("2024"), length == len("2024-09")
    day = pl.when(is_year).then(text + "-01-01").when(is_month).then(text + "-01").otherwise(text)
    first = day.str.to_date("%Y-%m-%d", strict=False)
    year_end = pl.date(pl.col(f"{name}_first_day").dt.year(), 12, 31)
    month_end = pl.col(f"{name}_first_day").dt.month_end()
    last = pl.when(is_year).then(year_end).when(is_month).then(month_end).otherwise(pl.col(f"{name}_first_day"))
    yield Fact(name, "text", term.zh, term.en, "catalogue", term.unit)
    yield _derived(f"{name}_first_day", "date", f"{term.zh}（最早可能日）", f"{term.en}, earliest day", (name,), first)
    yield _derived(
        f"{name}_last_day",
        "date",
        f"{term.zh}（最晚可能日）",
        f"{term.en}, latest day",
        (name, f"{name}_first_day"),
        last,
    )


def _funding() -> Iterator[Fact]:
    for source, zh in FUNDING_SOURCES.items():
        en = f"Funding: {source.replace('_', ' ')}"
        yield Fact(f"funding_{source}", "money", f"资金来源：{zh}", en, "funding", "万元")


def _finance() -> Iterator[Fact]:
    for name, kind, zh, en, unit in FINANCE_FACTS:
        yield Fact(name, kind, zh, en, "finance", unit)


def _record() -> Iterator[Fact]:
    for name, kind, zh, en in RECORD_FACTS:
        yield Fact(name, kind, zh, en, "record")


def _documents() -> Iterator[Fact]:
    for item in CHECKLIST.values():
        zh, en = f"资料 {item.code} {item.zh}", f"Document {item.code}: {item.en}"
        yield Fact(document_fact(item.code), "boolean", zh, en, "document")


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
    for name, zh, en, parts in (
        ("central_funds", "中央资金合计", "Central money, all channels", central),
        ("other_central_funds", "其他渠道中央资金", "Central money of other channels", central[1:]),
        ("fiscal_funds", "财政资金合计", "Fiscal money, all levels", fiscal),
        ("debt_funds", "债务性资金合计", "Debt, all kinds", debt),
        ("bank_loan", "银行贷款合计", "Bank loans", ("funding_policy_bank_loan", "funding_commercial_loan")),
        ("planned_funding", "资金来源合计", "All sources of money", _named(tuple(FUNDING_SOURCES))),
    ):
        yield _derived(name, "money", zh, en, parts, _sum(parts), unit="万元")
    capital = ("project_capital", "special_bond_total", "bond_as_capital")
    zh, en = "资本金（含专项债作资本金）", "Capital with bonds"
    yield _derived("capital_with_bond", "money", zh, en, capital, _capital(), unit="万元")
    for name, zh, en, part, whole, lever in _SHARES:
        yield _share_of(name, zh, en, part, whole, lever=lever)
    yield from _place()


_OF_TOTAL, _SHARE_OF_TOTAL = "占总投资比例", "share of total investment"
_SHARES = (
    ("central_funds_ratio", f"中央资金{_OF_TOTAL}", f"Central money, {_SHARE_OF_TOTAL}", "central_funds",
     "total_investment", "funding_central_fund"),
    ("central_fund_ratio", f"中央生态环境资金{_OF_TOTAL}", f"Central fund, {_SHARE_OF_TOTAL}", "funding_central_fund",
     "total_investment", "funding_central_fund"),
    ("fiscal_funds_ratio", f"财政资金{_OF_TOTAL}", f"Fiscal money, {_SHARE_OF_TOTAL}", "fiscal_funds",
     "total_investment", "funding_city"),
    ("debt_funds_ratio", f"债务性资金{_OF_TOTAL}", f"Debt, {_SHARE_OF_TOTAL}", "debt_funds",
     "total_investment", "funding_commercial_loan"),
    ("bank_loan_ratio", f"银行贷款{_OF_TOTAL}", f"Bank loans, {_SHARE_OF_TOTAL}", "bank_loan",
     "total_investment", "funding_commercial_loan"),
    ("capital_ratio", "资本金比例", "Capital ratio", "capital_with_bond", "total_investment", "project_capital"),
    ("bond_as_capital_ratio", "专项债作资本金占资本金比例", "Bonds, share of capital", "bond_as_capital",
     "capital_with_bond", "bond_as_capital"),
    ("special_bond_ratio", f"专项债{_OF_TOTAL}", f"Special bonds, {_SHARE_OF_TOTAL}", "special_bond_total",
     "total_investment", "special_bond_total"),
)  # fmt: skip


def _place() -> Iterator[Fact]:
    head = pl.col("city_code").cast(pl.String).str.slice(0, 2)
    yield _derived("province_code", "text", "省级行政区划代码", "Province code", ("city_code",), head + "0000")
    prefecture = pl.col("city_code").cast(pl.String).str.slice(0, 4) + "00"
    yield _derived("prefecture_code", "text", "地级行政区划代码", "Prefecture code", ("city_code",), prefecture)
    # GB 32100: characters 3 to 8 are the division of the authority that registered the body; 100000 is the nation's.
    registered = pl.col("implementer_credit_code").cast(pl.String).str.slice(2, 6)
    yield _derived(
        "implementer_registration_code",
        "text",
        "实施主体登记机关行政区划代码",
        "Division code of the authority that registered the implementing body",
        ("implementer_credit_code",),
        pl.when(registered.str.contains("^[1-9][0-9]{5}$") & (registered != "100000")).then(registered),
    )
    region = head.replace_strict(REGION_OF_PROVINCE, default=None, return_dtype=pl.Enum(list(REGION_NAMES)))
    fact = _derived("region", "choice", "所在区域", "Region", ("city_code",), region)
    yield replace(fact, choices=REGION_NAMES)


def _share_of(name: str, zh: str, en: str, part: str, whole: str, *, lever: str) -> Fact:
    expression = share(pl.col(part), pl.col(whole))
    return _derived(name, "ratio", zh, en, (part, whole), expression, unit="比例", lever=lever)


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
    return Fact(name, kind, zh, en, "derived", unit, reads=reads, build=lambda: expression, lever=lever)
