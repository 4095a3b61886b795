"""Values by year in one cell 分年数值: amounts, shares and steps of an interest rate, read and printed alike.

Items are separated by semicolons, in full or half width. A share is per cent where it ends in %, else a share of one;
a bare number above 1 is refused, because nobody knows which of the two it is. A comma only groups thousands.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic_core import PydanticCustomError

from registry.projects.catalogue import Kind
from registry.quantities import LARGEST_CNY_10K, flaw, money_text

SERIES_KINDS: frozenset[Kind] = frozenset({"amounts", "ratios", "rate_steps"})
NOTHING = "无"
"""What stands for a list without items, which is known to be empty; an empty cell is unknown."""

_GROUPED = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$")
_PLAIN = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$")


def read_series(kind: Kind, text: str) -> list[Any] | None:
    """Return the items as in the JSON document: decimal strings, shares of one, or steps; None for an empty text.

    Raises PydanticCustomError (a ValueError) that names the item and says in Chinese and English what is expected.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    if not plain:
        return None
    if plain == NOTHING:
        return []
    items = plain.split(";")
    if len(items) == 1 and "," in plain:
        raise flaw(
            "series-comma",
            "各年之间应以分号（;）分隔；只有一个数时请去掉千分位逗号",
            "separate the years by semicolons (;); leave out the comma when it is a single number",
        )
    return [_READERS[kind](number, item) for number, item in enumerate(items, start=1)]


def print_series(kind: Kind, value: Sequence[Any]) -> str:
    """Return the text from which `read_series` makes the same list again."""
    return "; ".join(_PRINTERS[kind](item) for item in value) or NOTHING


def _amount(number: int, item: str) -> str:
    amount = _decimal(item)
    if amount is None:
        raise _refused(number, item, "以万元计的金额，如 1234.56", "an amount in 万元, such as 1234.56")
    if abs(amount) > LARGEST_CNY_10K:
        raise flaw(
            "amount-too-large",
            f"第 {number} 项金额超过 100 万亿元，请核对单位（万元）",
            f"item {number} is above 100 万亿元; check the unit (万元)",
        )
    return money_text(amount)


def _share(number: int, item: str) -> float:
    share = _decimal(item.removesuffix("%"))
    if share is None:
        raise _refused(number, item, "百分数或小数，如 20% 或 0.2", "a share, such as 20% or 0.2")
    if item.endswith("%"):
        share = share.scaleb(-2)
    elif abs(share) > 1:
        raise flaw(
            "share-without-percent",
            f"第 {number} 项「{item}」大于 1 又没有 %，无法判断是百分数还是小数；请写成 {item}% 或不大于 1 的小数",
            f"item {number}, “{item}”, is above 1 without a %; write {item}% or a share of at most 1",
        )
    if not math.isfinite(value := float(share)):
        raise _refused(number, item, "百分数或小数，如 20% 或 0.2", "a share, such as 20% or 0.2")
    return value


def _step(number: int, item: str) -> dict[str, Any]:
    """Return one step; what is missing on a side of the sign is unknown."""
    year, sign, rate = item.partition("=")
    if not sign or not (year == "" or (year.isascii() and year.lstrip("-").isdigit())):
        raise _refused(number, item, "“项目年=利率”，如 3=4.5%", "“project year=rate”, such as 3=4.5%")
    step: dict[str, Any] = {"from_year": int(year)} if year else {}
    return step | ({"annual_rate": _share(number, rate)} if rate else {})


def _decimal(text: str) -> Decimal | None:
    if _GROUPED.match(text):
        text = text.replace(",", "")
    return Decimal(text) if _PLAIN.match(text) else None


def _refused(number: int, item: str, expected_zh: str, expected_en: str) -> PydanticCustomError:
    if not item:
        return flaw(
            "series-gap",
            f"第 {number} 项是空的；为零的年份请填 0，末尾不要多写分号",
            f"item {number} is empty; enter 0 for a year of nothing, and no semicolon at the end",
        )
    return flaw(
        "not-a-series",
        f"第 {number} 项「{item[:40]}」应为{expected_zh}；各年之间以分号（;）分隔",
        f"item {number}, “{item[:40]}”, should be {expected_en}; separate the years by semicolons (;)",
    )


def _printed_share(share: float) -> str:
    return money_text(Decimal(repr(float(share))).scaleb(2)) + "%"


def _printed_step(step: Mapping[str, Any]) -> str:
    year, rate = step.get("from_year"), step.get("annual_rate")
    return f"{'' if year is None else year}={'' if rate is None else _printed_share(rate)}"


_READERS: Mapping[Kind, Callable[[int, str], Any]] = {"amounts": _amount, "ratios": _share, "rate_steps": _step}
_PRINTERS: Mapping[Kind, Callable[[Any], str]] = {
    "amounts": lambda amount: money_text(Decimal(amount)),
    "ratios": _printed_share,
    "rate_steps": _printed_step,
}
