"""Sample organisations and logins 示例账号: one for each group, shown on the sign-in page in demo mode only."""

from dataclasses import dataclass

from sqlmodel import Session, select

from registry.accounts.model import Group, UserAccount
from registry.accounts.operations import add_organisation, add_user

DEMO_PASSWORD = "demo-2026"  # noqa: S105 - printed on the sign-in page of a demo, which is what it is for


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


CITY_LOGIN = "huzhou"
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
    ),
    SamplePerson("bank", "信贷经理（示例）", "示例银行", "bank", "Bank credit officer"),
    SamplePerson("otherbank", "信贷经理（示例）", "示例开发银行", "bank", "Bank credit officer"),
)


def add_sample_people(session: Session) -> bool:
    """Create the sample logins once; say whether anything was created."""
    known = session.exec(select(UserAccount).where(UserAccount.login == SAMPLE_PEOPLE[0].login)).one_or_none()
    if known is not None:
        return False
    ids: dict[str, int] = {}
    for person in SAMPLE_PEOPLE:
        parent_id = ids[person.parent] if person.parent else None
        organisation = add_organisation(
            session,
            name=person.organisation,
            group=person.group,
            parent_id=parent_id,
            division_code=person.division_code,
        )
        ids[person.organisation] = organisation.id or 0
        add_user(
            session,
            login=person.login,
            display_name=person.display_name,
            password=DEMO_PASSWORD,
            organisation_id=ids[person.organisation],
            is_sample=True,
        )
    return True
