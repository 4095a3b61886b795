"""One cell to one value, by the kind of its field. What cannot be taken is left missing and said, never guessed."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic_core import PydanticCustomError

from registry.errors import Severity, shown
from registry.intake.folding import folded
from registry.projects.case_fields import SECTION as CASE
from registry.projects.case_series import SERIES_KINDS, read_series
from registry.projects.catalogue import CatalogueField, Kind
from registry.projects.codes import parse_period
from registry.quantities import FEN_PER_CNY_10K, money_text, parse_money

SITE_TEXTS = ("点击登录查看", "点击查看", "登录查看", "點擊登錄查看", "點擊查看")
"""What disclosure sites print over values for visitors who have not signed in."""

_NOTHING = re.compile(r"^(?:[-－—–―─_/／\\]+|[nN]/?[aA]|#N/A|无数据|null|NULL|None|nan|NaN)$")
_MASK = re.compile(r"[*＊]")
_FORMULA = re.compile(r"^[=]|^[+@]?[A-Z][A-Z0-9.]{1,20}\(.*\)$")
_GROUPED = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$")
_PLAIN = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$")
_OTHER_MONEY_UNIT = re.compile(
    r"(亿元?|億元?|[^万萬]元|[^万萬]圆|美元|欧元|港元|usd|\$|€)$|^(usd|us\$|\$|€)", re.IGNORECASE
)
_OWN_MONEY_UNIT = re.compile(r"(人民币)?(万元|萬元|万|萬)$")
_AMBIGUOUS_MONTH = re.compile(r"^\d{4}\.1$")
_MIDNIGHT = re.compile(r"[ T]00:00:00(\.0+)?$")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_EXCEL_DIGITS = 15
_YES = {"是", "有", "true", "yes", "y", "√", "✓"}
_NO = {"否", "无", "false", "no", "n", "×", "✗"}


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a cell was not taken, or what to know of it, before row and column are known."""

    code: str
    message_zh: str
    message_en: str
    severity: Severity = "error"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a cell gave: a value (None: missing) and perhaps a flaw."""

    value: Any = None
    flaw: Flaw | None = None


MISSING = Taken()


def take_cell(field: CatalogueField, text: str | None, *, in_percent: bool = False) -> Taken:
    """Return the value of a cell for a field, ready for the dossier's own checks."""
    if text is None or not (clean := text.strip()):
        return MISSING
    if (hindrance := _hindrance(field, clean)) is not None:
        return Taken(flaw=hindrance)
    try:
        return _READERS[field.kind](_Written(field, clean, in_percent))
    except PydanticCustomError as error:
        return Taken(flaw=flaw_of(error))


class _Written(NamedTuple):
    """What stands in a cell, and for which field."""

    field: CatalogueField
    text: str
    in_percent: bool


def _hindrance(field: CatalogueField, text: str) -> Flaw | None:
    """Return why a text is no value of any kind."""
    if _NOTHING.match(text):
        return _no_value(text)
    if _CONTROL.search(text):
        return _with_control_characters()
    if is_hidden(text) or (field.kind != "text" and is_masked(text)):
        return _masked(field)
    if field.kind in {"text", "choice"} and _FORMULA.match(text):
        return formula_text(field.term.zh)
    return None


def is_hidden(text: str) -> bool:
    """Say whether nothing of a value is left but masking."""
    for phrase in SITE_TEXTS:
        text = text.replace(phrase, "")
    return not _MASK.sub("", text).strip()


def is_masked(text: str) -> bool:
    """Say whether part of a text was masked before it was published."""
    return _MASK.search(text) is not None or any(phrase in text for phrase in SITE_TEXTS)


def flaw_of(error: PydanticCustomError) -> Flaw:
    """Return the flaw a check of the catalogue raised, in both languages."""
    context = error.context or {}
    return Flaw(error.type, error.message_template, str(context.get("en", error.message_template)))


def formula_text(title: str) -> Flaw:
    """Return the flaw of a cell that holds the text of a formula where a value belongs."""
    return Flaw(
        "formula-text",
        f"单元格里是公式文字，不是{title}，未采用；请填写公式的结果",
        "holds the text of a formula instead of a value and was not taken; enter its result",
    )


def _no_value(text: str) -> Flaw:
    return Flaw(
        "no-value",
        f"填的是「{text}」，按未填处理；不适用时请留空",
        f"holds “{text}” and counts as not filled in",
        "info",
    )


def _with_control_characters() -> Flaw:
    return Flaw(
        "control-character", "含有不可见的控制字符，未采用；请重新填写", "contains control characters; retype it"
    )


def _masked(field: CatalogueField) -> Flaw:
    expected_zh, expected_en = _EXPECTED[field.kind]
    return Flaw(
        "masked-value",
        f"值被来源网站遮蔽，未采用，按未知处理；应为{expected_zh}，请从原始文件补全",
        f"masked by the site it comes from, counts as unknown; expected {expected_en}. Complete it from the "
        "original document",
    )


def _text(written: _Written) -> Taken:
    return Taken(written.text)


def _choice(written: _Written) -> Taken:
    choices = written.field.term.choices or {}
    if written.text in choices:
        return Taken(written.text)
    wanted = folded(written.text)
    matches = [code for code, label in choices.items() if wanted in {folded(label), folded(code)}]
    if len(matches) == 1:
        return Taken(matches[0])
    labels = "、".join(choices.values())
    return Taken(
        flaw=Flaw(
            "not-in-list",
            f"应为以下之一：{shown(labels)}；请从下拉列表中选择",
            f"should be one of: {shown(', '.join(choices))}; choose from the list",
        )
    )


def _money(written: _Written) -> Taken:
    plain = _half_width(written.text)
    if _OTHER_MONEY_UNIT.search(plain):
        return Taken(
            flaw=Flaw(
                "unit-not-guessed",
                "带有万元以外的单位，系统不代为换算，未采用；请换算为万元后只填数字",
                "carries a unit other than 万元; nothing is converted. Enter the amount in 万元 as a number",
            )
        )
    amount = _decimal(_OWN_MONEY_UNIT.sub("", plain.lstrip("¥")))
    if amount is None:
        return Taken(flaw=_not_expected("not-an-amount", "money"))
    if written.field.term.section == CASE:
        parse_money(round(amount))
        return Taken(money_text(amount))
    return Taken(parse_money(_without_float_noise(amount)))


def _without_float_noise(amount: Decimal) -> Decimal:
    """Return what Excel itself shows, 15 digits, when only float noise is finer than a fen."""
    if (amount * FEN_PER_CNY_10K) % 1 == 0:
        return amount
    rounded = Decimal(f"{amount:.{_EXCEL_DIGITS - 1}e}")
    return rounded if (rounded * FEN_PER_CNY_10K) % 1 == 0 else amount


def _half_width(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _decimal(text: str) -> Decimal | None:
    if _GROUPED.match(text):
        text = text.replace(",", "")
    return Decimal(text) if _PLAIN.match(text) else None


def _series(written: _Written) -> Taken:
    return Taken(read_series(written.field.kind, written.text))


def _ratio(written: _Written) -> Taken:
    plain = _half_width(written.text)
    share = _decimal(plain.removesuffix("%"))
    if share is None:
        return Taken(flaw=_not_expected("not-a-ratio", "ratio"))
    is_percent = plain.endswith("%") or written.in_percent
    if written.field.term.section == CASE and not is_percent and abs(share) > 1:
        # The fields of a case have no limit that would tell 20 from 20 %.
        return Taken(flaw=_SHARE_WITHOUT_PERCENT)
    return Taken(float(share.scaleb(-2) if is_percent else share))


def _number(written: _Written) -> Taken:
    number = _bare_number(written)
    return Taken(flaw=_not_expected("not-a-number", "number")) if number is None else Taken(float(number))


def _integer(written: _Written) -> Taken:
    number = _bare_number(written)
    if number is None or number % 1 != 0:
        return Taken(flaw=_not_expected("not-an-integer", "integer"))
    return Taken(int(number))


def _bare_number(written: _Written) -> Decimal | None:
    return _decimal(_half_width(written.text).removesuffix(written.field.term.unit or ""))


def _boolean(written: _Written) -> Taken:
    word = folded(written.text)
    if word in _YES or word in _NO:
        return Taken(word in _YES)
    return Taken(flaw=_not_expected("not-a-boolean", "boolean"))


def _period(written: _Written) -> Taken:
    plain = _half_width(_MIDNIGHT.sub("", written.text.strip()))
    if _AMBIGUOUS_MONTH.match(plain):
        return Taken(
            flaw=Flaw(
                "ambiguous-month",
                f"「{plain}」可能是 1 月，也可能是 10 月，未采用；请写成 {plain[:4]}-01 或 {plain[:4]}-10",
                f"“{plain}” may be January or October; write {plain[:4]}-01 or {plain[:4]}-10",
            )
        )
    return Taken(parse_period(plain))


def _not_expected(code: str, kind: Kind) -> Flaw:
    expected_zh, expected_en = _EXPECTED[kind]
    return Flaw(code, f"应为{expected_zh}，未采用；请改正", f"should be {expected_en}; correct it")


_EXPECTED: dict[Kind, tuple[str, str]] = {
    "text": ("文字", "text"),
    "choice": ("列表中的一项", "an item of the list"),
    "money": ("以万元计的金额，如 1234.56", "an amount in 万元, such as 1234.56"),
    "ratio": ("百分数或小数，如 20% 或 0.2", "a share, such as 20% or 0.2"),
    "number": ("数字", "a number"),
    "integer": ("整数", "a whole number"),
    "boolean": ("是 或 否", "是 (yes) or 否 (no)"),
    "period": ("年份或年月，如 2024 或 2024-09", "a year or month such as 2024 or 2024-09"),
    "amounts": ("各年金额，如 100; 200", "amounts by year, such as 100; 200"),
    "ratios": ("各年比例，如 30%; 70%", "shares by year, such as 30%; 70%"),
    "rate_steps": ("自某年起的利率，如 3=4.5%; 6=4%", "rates from a year on, such as 3=4.5%; 6=4%"),
}

_SHARE_WITHOUT_PERCENT = Flaw(
    "share-without-percent",
    "大于 1 又没有 %，无法判断是百分数还是小数，未采用；请写成百分数，如 20%，或不大于 1 的小数",
    "is above 1 without a %; write it in per cent, such as 20%, or as a share of at most 1",
)

_READERS: dict[Kind, Callable[[_Written], Taken]] = {
    "text": _text,
    "choice": _choice,
    "money": _money,
    "ratio": _ratio,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "period": _period,
    **dict.fromkeys(SERIES_KINDS, _series),
}
