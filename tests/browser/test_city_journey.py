from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.conftest import PASSWORD, Site, complaints
from registry.accounts.queries import actor_by_login
from registry.database import reading, writing
from registry.projects.operations import save_project
from registry.projects.queries import list_revisions, read_dossier

pytestmark = pytest.mark.browser

UNNAMED = "all => all.filter(one => !one.labels.length && !one.getAttribute('aria-labelledby')).map(one => one.name)"


def opened(chromium: Browser, site: Site, width: int = 1280) -> Page:
    page = chromium.new_page(viewport={"width": width, "height": 900}, locale="zh-CN")
    page.set_default_timeout(10_000)
    page.goto(f"{site.url}/sign-in")
    return page


def signed_in(page: Page) -> Page:
    page.get_by_label("用户名").fill("city")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="湖州市填报员")).to_be_visible()
    return page


class TestACityClerk:
    def test_signs_in_finds_a_project_changes_it_and_sees_the_new_revision(
        self, chromium: Browser, site: Site, tmp_path: Path
    ) -> None:
        page = opened(chromium, site)
        said = complaints(page)
        outside: list[str] = []
        page.on("request", lambda sent: outside.append(sent.url) if not sent.url.startswith(site.url) else None)
        page.screenshot(path=tmp_path / "1-sign-in.png")
        signed_in(page)
        page.screenshot(path=tmp_path / "2-home.png")

        page.get_by_role("link", name="项目", exact=True).click()
        page.get_by_label("搜索").fill("没有这样的项目")
        expect(page.get_by_text("没有符合条件的项目")).to_be_visible()
        page.get_by_label("搜索").fill("污水")
        row = page.get_by_role("row").filter(has_text=site.code)
        expect(row).to_contain_text("12,345.67")
        expect(row).to_contain_text("示例数据")
        page.screenshot(path=tmp_path / "3-list.png")

        row.get_by_role("link").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("湖州市吴兴区污水处理厂扩建工程")
        page.get_by_role("link", name="编辑").click()
        page.get_by_label("总投资").fill("二万")
        expect(page.locator("#check .alert")).to_contain_text("总投资")
        page.get_by_role("button", name="保存").last.click()
        expect(page.get_by_role("alert")).to_contain_text("没有保存")
        expect(page.locator("#f-total_investment")).to_have_value("二万")
        page.screenshot(path=tmp_path / "4-refused.png")

        page.locator("#f-total_investment").fill("23,456.78")
        page.locator("#f-construction_progress_ratio").fill("35")
        page.get_by_label("修改说明").fill("按初步设计批复更正总投资")
        page.get_by_role("button", name="保存").last.click()
        expect(page.locator(".timeline")).to_contain_text("按初步设计批复更正总投资")
        expect(page.locator("#investment")).to_contain_text("23,456.78")
        expect(page.locator("#content")).to_contain_text("35%")
        page.screenshot(path=tmp_path / "5-project.png", full_page=True)

        page.get_by_role("link", name="第 2 版").click()
        expect(page.locator(".changes")).to_contain_text("12,345.67")
        page.screenshot(path=tmp_path / "6-revision.png")
        assert outside == []
        assert [text for text in said if "422" not in text] == []
        with reading(site.engine) as session:
            city = actor_by_login(session, "city")
            _, saved = read_dossier(session, city, site.code)
            assert str(saved.total_investment) == "23456.78"
            assert saved.construction_progress_ratio == 0.35
            assert len(saved.funding_lines) == 2
            assert len(list_revisions(session, city, site.code)) == 2
        page.close()

    def test_keeps_both_changes_when_a_colleague_saved_in_between(self, chromium: Browser, site: Site) -> None:
        page = signed_in(opened(chromium, site))
        page.goto(f"{site.url}/projects/{site.code}/edit")
        with reading(site.engine) as session:
            city = actor_by_login(session, "city")
            _, seen = read_dossier(session, city, site.code)
        with writing(site.engine) as session:
            theirs = seen.model_copy(update={"implementer_name": "湖州市水务集团"})
            save_project(session, city, site.code, theirs, expected_revision=1, reason="同事补充实施主体")
        page.locator("#f-name").fill("湖州市吴兴区污水处理厂扩建工程（二期）")
        page.get_by_role("button", name="保存").last.click()
        conflict = page.get_by_role("alert")
        expect(conflict).to_contain_text("他人已保存第 2 版")
        expect(conflict).to_contain_text("湖州市水务集团")
        page.get_by_role("button", name="保存").last.click()
        expect(page.locator(".timeline")).to_contain_text("第 3 版")
        with reading(site.engine) as session:
            _, saved = read_dossier(session, city, site.code)
        assert saved.name == "湖州市吴兴区污水处理厂扩建工程（二期）"
        assert saved.implementer_name == "湖州市水务集团"
        page.close()

    @pytest.mark.parametrize("width", [1280, 375])
    def test_meets_labelled_readable_pages_at_every_width(self, chromium: Browser, site: Site, width: int) -> None:
        page = signed_in(opened(chromium, site, width))
        for path in ("/", "/projects", f"/projects/{site.code}", f"/projects/{site.code}/edit", "/reference"):
            page.goto(site.url + path)
            assert page.locator("html").evaluate("element => element.scrollWidth") <= width, path
            unnamed = page.locator("input:not([type=hidden]), select, textarea").evaluate_all(UNNAMED)
            assert unnamed == [], path
            assert page.locator("h1").count() == 1, path
        page.goto(f"{site.url}/projects")
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.close()

    def test_reads_every_page_in_english(self, chromium: Browser, site: Site) -> None:
        page = signed_in(opened(chromium, site))
        page.goto(f"{site.url}/projects/{site.code}?lang=en")
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.locator("main")).to_contain_text("Total investment")
        page.goto(f"{site.url}/projects")
        expect(page.get_by_role("heading", level=1)).to_have_text("Projects")
        page.close()
