"""The Beautiful City year of a city in the browser: indicators, a plan with a loop of tasks mended, coverage seen."""

import pytest
from playwright.sync_api import Browser, expect

from browser.conftest import Site
from browser.test_city_journey import opened, signed_in

pytestmark = pytest.mark.browser


class TestACity:
    def test_states_indicators_and_writes_a_plan_without_a_loop(self, chromium: Browser, site: Site) -> None:
        page = signed_in(opened(chromium, site))
        page.get_by_text("分析与方案", exact=True).click()
        page.get_by_role("link", name="美丽城市", exact=True).click()
        page.get_by_role("link", name="指标", exact=True).click()
        expect(page.locator(".proposal")).to_contain_text("代用")
        page.locator("#f-pm25-target").fill("25")
        page.locator("#f-pm25-actual").fill("三十")
        page.get_by_role("button", name="保存").click()
        expect(page.get_by_role("alert")).to_contain_text("不是数字")
        page.locator("#f-pm25-actual").fill("27.5")
        page.get_by_role("button", name="保存").click()
        expect(page.locator("tr", has=page.locator("#f-pm25-actual"))).to_contain_text("未达到")

        page.get_by_role("link", name="实施方案", exact=True).click()
        page.locator("#title").fill("湖州市美丽城市建设实施方案")
        page.get_by_role("button", name="开始编制").click()
        expect(page.locator("#coverage")).to_contain_text(site.code)
        page.get_by_role("link", name="编辑", exact=True).click()
        page.locator("#f-tasks-0-number").fill("1")
        page.locator("#f-tasks-0-name").fill("污水管网全覆盖")
        page.locator("#f-tasks-0-parent").fill("1")
        page.get_by_role("button", name="保存").last.click()
        expect(page.get_by_role("alert")).to_contain_text("形成循环：1 → 1")
        page.locator("#f-tasks-0-parent").fill("")
        page.locator("#f-tasks-0-dimension").select_option("good_environment")
        page.locator("#f-projects-0-task").fill("1")
        page.get_by_role("button", name="保存").last.click()
        expect(page.locator("#tasks")).to_contain_text(site.code)
        expect(page.locator("#coverage")).not_to_contain_text(site.code)
        page.close()
