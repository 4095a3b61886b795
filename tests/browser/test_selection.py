"""A selection in the browser: a city applies in time; its province answers from the calendar, a closed round not."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.conftest import PASSWORD, Site
from browser.test_city_journey import opened, signed_in
from registry.accounts.operations import add_organisation, add_user
from registry.accounts.queries import actor_by_login
from registry.database import reading, writing
from registry.programme.nomination.rounds import open_selection
from registry.web.bodies import as_of_or_today

pytestmark = pytest.mark.browser
PEOPLE = (("ministry", "生态环境部", "ministry", None), ("zhejiang", "浙江省生态环境厅", "province", "330000"))


def prepared(site: Site) -> tuple[int, int]:
    """Return the numbers of a round that is open and of one that closed yesterday."""
    with writing(site.engine) as session:
        for login, name, group, division in PEOPLE:
            house = add_organisation(session, name=name, group=group, division_code=division)  # type: ignore[arg-type]
            add_user(session, login=login, display_name=name, password=PASSWORD, organisation_id=house.id or 0)
    today = as_of_or_today(None)
    with reading(site.engine) as session:
        ministry = actor_by_login(session, "ministry")
    found = []
    with writing(site.engine) as session:
        for title, closes in (("第一批", today + timedelta(days=5)), ("已截止批次", today - timedelta(days=1))):
            opens = today - timedelta(days=30)
            found.append(open_selection(session, ministry, title=title, opens_on=opens, closes_on=closes).id)
    return found[0], found[1]


def signed_in_as(page: Page, login: str) -> Page:
    page.get_by_label("用户名").fill(login)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("button", name="退出")).to_be_visible()
    return page


class TestASelection:
    def test_takes_a_city_in_time_and_its_province_answers(self, chromium: Browser, site: Site) -> None:
        number, over = prepared(site)
        page = signed_in(opened(chromium, site))
        page.goto(f"{site.url}/city-selections/{over}")
        expect(page.locator("#own")).to_contain_text("现在不能申报；错过的请等待下一批次")
        page.goto(f"{site.url}/city-selections/{number}")
        page.locator("#statement").fill("污水管网全覆盖样板区基本建成")
        page.get_by_role("button", name="保存").click()
        page.get_by_role("button", name="签发提交").click()
        expect(page.get_by_role("alert").or_(page.locator("main"))).to_contain_text("城区常住人口")
        page.goto(f"{site.url}/city-selections/{number}")
        page.locator("#urban").fill("98")
        page.locator("#population_source").fill("统计年鉴 2025")
        page.get_by_role("button", name="保存").click()
        page.get_by_role("button", name="签发提交").click()
        expect(page.locator("#own")).to_contain_text("提交")
        expect(page.locator("#nominations")).to_contain_text("中等城市")
        page.close()

        province = signed_in_as(opened(chromium, site), "zhejiang")
        province.goto(f"{site.url}/calendar")
        row = province.locator("#events tr", has_text="第一批")
        expect(row).to_contain_text("1 份申报待省级意见")
        row.get_by_role("link", name="1 份申报待省级意见").click()
        form = province.locator("#nominations form", has=province.locator("input[value=recommend]"))
        form.get_by_label("理由").fill("基础较好，同意推荐")
        form.get_by_role("button", name="推荐").click()
        expect(province.locator("#nominations")).to_contain_text("基础较好，同意推荐")
        province.close()
