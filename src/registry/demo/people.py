"""Sample organisations and logins 示例账号: one for each group is shown on the sign-in page, in demo mode only."""

from dataclasses import dataclass

from registry.accounts.model import Group

DEMO_PASSWORD = "demo-2026"  # noqa: S105 - printed on the sign-in page of a demo, which is what it is for

BANKS = ("示例银行", "示例开发银行", "示例农商银行", "示例绿色发展银行", "示例股份制银行")


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """One sample login and the organisation behind it."""

    login: str
    display_name: str
    organisation: str
    group: Group
    role_en: str
    division_code: str | None = None
    parent: str | None = None
    is_shown: bool = True
    """On the sign-in page; the others are there to see what a neighbour may not."""


CITY_LOGIN = "huzhou"
BANK_LOGIN = "bank"
"""Whose project the first package is made of."""

SAMPLE_PEOPLE = (
    SamplePerson("ministry", "国家审核员（示例）", "生态环境部（示例）", "ministry", "Ministry reviewer"),
    SamplePerson(
        "zhejiang",
        "省级审核员（示例）",
        "浙江省生态环境厅（示例）",
        "province",
        "Provincial reviewer",
        "330000",
        "生态环境部（示例）",
    ),
    SamplePerson(
        "shandong",
        "省级审核员（示例）",
        "山东省生态环境厅（示例）",
        "province",
        "Provincial reviewer",
        "370000",
        "生态环境部（示例）",
        is_shown=False,
    ),
    SamplePerson(
        CITY_LOGIN,
        "市财政局经办人（示例）",
        "湖州市财政局（示例）",
        "city",
        "City finance bureau",
        "330500",
        "浙江省生态环境厅（示例）",
    ),
    SamplePerson(
        "jinan",
        "市财政局经办人（示例）",
        "济南市财政局（示例）",
        "city",
        "City finance bureau",
        "370100",
        "山东省生态环境厅（示例）",
        is_shown=False,
    ),
    SamplePerson(BANK_LOGIN, "信贷经理（示例）", "示例银行", "bank", "Bank credit officer"),
    SamplePerson("otherbank", "信贷经理（示例）", "示例开发银行", "bank", "Bank credit officer", is_shown=False),
    SamplePerson("admin", "系统管理员（示例）", "系统管理（示例）", "operator", "Administrator"),
)
