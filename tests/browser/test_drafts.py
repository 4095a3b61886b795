"""Nothing typed is ever lost: drafts saved by themselves, an expired session, a lost line."""

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from browser.conftest import PASSWORD, Site
from browser.test_city_journey import opened, signed_in
from registry.accounts.model import WebSession
from registry.accounts.queries import actor_by_login
from registry.database import reading, writing
from registry.projects.autosave.operations import find_draft
from registry.projects.queries import read_dossier

pytestmark = pytest.mark.browser

SAVED = "已自动保存"


def editing(chromium: Browser, site: Site) -> Page:
    page = signed_in(opened(chromium, site))
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{site.url}/projects/{site.code}/edit")
    return page


def kept(site: Site) -> dict[str, str]:
    with reading(site.engine) as session:
        draft = find_draft(session, actor_by_login(session, "city"), site.code)
    return {} if draft is None else draft.document


def end_sessions(site: Site) -> None:
    with writing(site.engine) as session:
        for one in session.exec(select(WebSession)).all():
            session.delete(one)


class TestADraft:
    def test_is_saved_while_typing_and_restored_after_a_reload(self, chromium: Browser, site: Site) -> None:
        page = editing(chromium, site)
        page.locator("#f-name").press_sequentially("补录")
        expect(page.locator("#save-state")).to_contain_text(SAVED)
        typed = page.locator("#f-name").input_value()
        page.reload()
        expect(page.locator("#f-name")).not_to_have_value(typed)
        expect(page.locator("#draft-notice")).to_contain_text("在第 1 版上填写")
        page.get_by_role("link", name="恢复").click()
        expect(page.locator("#f-name")).to_have_value(typed)
        page.get_by_role("button", name="保存").last.click()
        expect(page.locator(".timeline")).to_contain_text("第 2 版")
        with reading(site.engine) as session:
            assert read_dossier(session, actor_by_login(session, "city"), site.code)[1].name == typed
        assert kept(site) == {}
        page.close()

    def test_loses_nothing_when_the_session_ends_while_typing(self, chromium: Browser, site: Site) -> None:
        page = editing(chromium, site)
        page.locator("#f-implementer_name").fill("湖州市水务集团")
        page.locator("#f-name").focus()
        expect(page.locator("#save-state")).to_contain_text(SAVED)
        end_sessions(site)
        page.wait_for_timeout(5_500)  # the server remembers who asked for five seconds
        page.locator("#f-project_capital").fill("4321")
        page.locator("#f-name").focus()
        state = page.locator("#save-state")
        expect(state).to_contain_text("没有自动保存")
        page.get_by_role("button", name="保存").last.click()
        expect(page.locator("#f-project_capital")).to_have_value("4321")

        with page.context.expect_page() as opening:
            state.get_by_role("link", name="在新窗口登录").click()
        other = opening.value
        other.get_by_label("用户名").fill("city")
        other.get_by_label("密码").fill(PASSWORD)
        other.get_by_role("button", name="登录").click()
        expect(other.locator("#draft-notice")).to_be_visible()
        expect(state).to_contain_text(SAVED, timeout=15_000)
        assert (kept(site)["implementer_name"], kept(site)["project_capital"]) == ("湖州市水务集团", "4321")
        page.get_by_role("button", name="保存").last.click()
        expect(page.locator("#investment")).to_contain_text("4,321.00")
        page.close()

    def test_typed_after_the_session_ended_is_found_after_signing_in_in_the_same_window(
        self, chromium: Browser, site: Site
    ) -> None:
        page = editing(chromium, site)
        end_sessions(site)
        page.wait_for_timeout(5_500)
        page.locator("#f-project_capital").fill("4321")
        page.locator("#f-name").focus()
        expect(page.locator("#save-state")).to_contain_text("没有自动保存")
        page.goto(f"{site.url}/sign-in")
        signed_in(page)
        page.goto(f"{site.url}/projects/{site.code}/edit")
        page.get_by_role("link", name="恢复").click()
        expect(page.locator("#f-project_capital")).to_have_value("4321")
        page.close()

    def test_waits_for_the_line_to_come_back(self, chromium: Browser, site: Site) -> None:
        page = editing(chromium, site)
        page.context.set_offline(True)
        page.locator("#f-project_capital").fill("4321")
        page.locator("#f-name").focus()
        expect(page.locator("#save-state")).to_contain_text("连接不上服务器")
        page.context.set_offline(False)
        expect(page.locator("#save-state")).to_contain_text(SAVED, timeout=15_000)
        assert kept(site)["project_capital"] == "4321"
        page.close()


def test_the_next_section_is_one_key_away_from_where_the_clerk_types(chromium: Browser, site: Site) -> None:
    page = editing(chromium, site)
    page.locator("#f-total_investment").focus()
    expect(page.locator("#next-part")).to_have_attribute("href", "#s-beautiful_city")
    page.locator("#next-part").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/projects/{site.code}/edit#s-beautiful_city")
    page.close()
