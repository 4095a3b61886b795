"""Money, ratios and the official term of a field.

One money unit inside the program: 万元 (10 000 CNY) as `Decimal`, exact to the fen. It is kept as integer fen and
leaves as a decimal string in JSON, because SQLite has no true decimal and JSON numbers are doubles.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError
from sqlalchemy import BigInteger, Dialect, TypeDecorator
from sqlmodel import Field

FEN_PER_CNY_10K = 1_000_000
LARGEST_CNY_10K = Decimal(10) ** 10
"""100 万亿元: above the national budget, far inside a 64-bit count of fen."""

Stage = Literal["draft", "submitted", "in_library", "packaged"]
"""From which step of its life a project needs the field."""


def flaw(code: str, zh: str, en: str) -> PydanticCustomError:
    """Return the error a field check raises: a stable code and the sentence in both languages."""
    return PydanticCustomError(code, zh, {"en": en})


def parse_money(value: object) -> Decimal | None:
    """Return 万元 exact to the fen, from a Decimal, an integer, a JSON number or a decimal string.

    Refuses anything else: text, booleans, NaN, digits finer than a fen.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (Decimal, int, float, str)):
        raise _not_an_amount()
    try:
        amount = value if isinstance(value, Decimal) else Decimal(str(value).strip())
    except InvalidOperation:
        raise _not_an_amount() from None
    if not amount.is_finite():
        raise _not_an_amount()
    if abs(amount) > LARGEST_CNY_10K:
        raise flaw(
            "amount-too-large", "金额超过 100 万亿元，请核对单位（万元）", "is above 100 万亿元; check the unit (万元)"
        )
    fen = amount * FEN_PER_CNY_10K
    if fen != fen.to_integral_value():
        raise flaw("finer-than-fen", "金额最多六位小数（精确到分）", "is finer than one fen (six decimals of 万元)")
    return amount


def _not_an_amount() -> PydanticCustomError:
    return flaw("not-an-amount", "应为以万元计的金额，如 1234.56", 'should be an amount in 万元, such as "1234.56"')


def money_text(amount: Decimal) -> str:
    """Return the canonical text of an amount: no exponent, no trailing zeros. One amount has one text."""
    text = f"{amount:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def strict_number(value: object) -> object:
    """Refuse what a lax decoder would silently turn into a number: booleans, text, NaN, infinity."""
    if isinstance(value, (bool, str, bytes)) or (isinstance(value, float) and not math.isfinite(value)):
        raise flaw(
            "not-a-number", "应为数字，不能是文字、真假值或无穷", "should be a number, not text, true/false or infinity"
        )
    return value


def strict_boolean(value: object) -> object:
    """Refuse 1, 0, "yes" … where true or false is meant."""
    if value is not None and not isinstance(value, bool):
        raise flaw("not-a-boolean", "应为 true 或 false（是 或 否）", "should be true or false")
    return value


def one_of(choices: Mapping[str, str], value: str | None) -> str | None:
    """Return the code when the list knows it."""
    if value is not None and value not in choices:
        known = "、".join(f"{code}（{label}）" for code, label in choices.items())
        raise flaw("not-in-list", f"应为以下之一：{known}", f"should be one of {', '.join(choices)}")
    return value


Money = Annotated[
    Decimal,
    BeforeValidator(parse_money),
    PlainSerializer(money_text, return_type=str, when_used="json-unless-none"),
    WithJsonSchema(
        {"type": "string", "pattern": r"^-?\d+(\.\d{1,6})?$", "description": "万元 (CNY 10 000), exact to fen"}
    ),
]
Number = Annotated[float, BeforeValidator(strict_number)]
Ratio = Annotated[
    float,
    BeforeValidator(strict_number),
    WithJsonSchema({"type": "number", "description": "share of one: 0.2 is 20 %"}),
]
"""A share of one, not a percentage: 0.2 is 20 %."""
Integer = Annotated[int, BeforeValidator(strict_number)]
YesNo = Annotated[bool, BeforeValidator(strict_boolean)]


class Fen(TypeDecorator[Decimal]):
    """Money column: 万元 above, integer fen (BIGINT) below."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """万元 to fen; the amount was checked to be whole fen on entry."""
        return None if value is None else int(value * FEN_PER_CNY_10K)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        """Fen to 万元."""
        return None if value is None else Decimal(value) / FEN_PER_CNY_10K


@dataclass(frozen=True, slots=True)
class Term:
    """The official term of a field, beside its type: what the form, the template and the rule book print."""

    zh: str
    en: str
    section: str
    unit: str | None = None
    help_zh: str | None = None
    source: str | None = None
    needed_from: Stage | None = None
    choices: dict[str, str] | None = None
    aliases: tuple[str, ...] = ()
    """Further column titles under which files of others carry this field."""
    is_fact: bool = True
    """Whether rules may read it."""


def term(
    zh: str,
    en: str,
    section: str,
    *,
    unit: str | None = None,
    help_zh: str | None = None,
    source: str | None = None,
    needed_from: Stage | None = None,
    choices: dict[str, str] | None = None,
    aliases: tuple[str, ...] = (),
    is_fact: bool = True,
    **limits: Any,
) -> tuple[Any, ...]:
    """Return the `Annotated` metadata of one catalogue field: its `Term` and the field with title and limits."""
    described = Term(zh, en, section, unit, help_zh, source, needed_from, choices, aliases, is_fact)
    field = Field(title=zh, **limits)
    return (described, field) if choices is None else (described, field, AfterValidator(partial(one_of, choices)))


def money_term(zh: str, en: str, section: str, **details: Any) -> tuple[Any, ...]:
    """Return the metadata of a money field in 万元, kept as integer fen; not negative unless `ge=None` is given."""
    details.setdefault("ge", 0)
    if details["ge"] is None:
        del details["ge"]
    return term(zh, en, section, unit="万元", sa_type=Fen, **details)


def years_between(start: date, end: date) -> float:
    """Return the time between two dates in years of 365.25 days; negative when the end is earlier."""
    return (end - start).days / 365.25
