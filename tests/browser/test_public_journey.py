"""Somebody without an account searches, reads where a number comes from, sees a case, comments; gone is gone."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.conftest import Site
from registry.accounts.operations import add_organisation, add_user
from registry.accounts.queries import actor_by_login
from registry.database import reading, writing
from registry.demo.pictures import picture
from registry.programme.cases.operations import create_case, move_case, read_case
from registry.programme.cases.pictures import add_picture
from registry.programme.display.commenting import decide_comment, list_comments
from registry.programme.display.operations import display_project, withdraw_display
from registry.projects.documents.store import open_store
from registry.settings import load_settings
from registry.web.bodies import as_of_or_today

FIELDS = ("identity", "content", "investment", "funding_lines")


@pytest.fixture
def visitor(chromium: Browser, site: Site) -> Page:
    with writing(site.engine) as session:
        for login, group, code in (("province", "province", "330000"), ("ministry", "ministry", None)):
            place = add_organisation(session, name=login, group=group, division_code=code)  # type: ignore[arg-type]
            add_user(
                session, login=login, display_name=login, password="correct horse 42", organisation_id=place.id or 0
            )
    with reading(site.engine) as session:
        city, *reviewers = (actor_by_login(session, login) for login in ("city", "province", "ministry"))
    today = as_of_or_today(None)
    with writing(site.engine) as session:
        display_project(session, city, site.code, fields=FIELDS, today=today)
        fields = {"kind": "community", "title": "织里低碳社区", "city_code": "330500", "summary": "老旧小区改造增绿。"}
        fields |= {"practice": "屋顶光伏。", "results": "居民满意。", "project_code": site.code}
        case = create_case(session, city, read_case(fields), is_demo=True)
    store, image = open_store(load_settings()), picture("community", 1)
    add_picture(site.engine, city, case.id, content=image, file_name="a.png", caption="社区全景", store=store)
    with writing(site.engine) as session:
        version = 2
        for actor, action in zip((city, *reviewers), ("submit", "agree", "release"), strict=True):
            version = move_case(session, actor, case.id, action=action, expected_version=version, today=today).version
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{site.url}/display")
    return page


@pytest.mark.browser
def test_the_public_finds_reads_and_comments_without_signing_in(visitor: Page, site: Site, tmp_path: Path) -> None:
    expect(visitor.get_by_text("另有示例数据 1 个，不计入")).to_be_visible()
    visitor.screenshot(path=tmp_path / "display.png", full_page=True)
    visitor.get_by_label("检索公开项目").fill("吴兴")
    visitor.get_by_role("button", name="检索").click()
    visitor.get_by_role("link", name="湖州市吴兴区污水处理厂扩建工程").click()
    total = visitor.locator("dd", has_text="12,345.67")
    expect(total.get_by_role("link", name="来源：第 1 版")).to_be_visible()
    total.get_by_role("link").click()
    expect(visitor.get_by_role("heading", name="来源", exact=True)).to_be_in_viewport()
    assert visitor.context.cookies() == []

    visitor.get_by_role("link", name="典型案例").click()
    visitor.get_by_role("link", name="织里低碳社区").click()
    shown = visitor.get_by_role("img", name="社区全景")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.complete && image.naturalWidth") == 640
    visitor.get_by_role("link", name="发表意见").click()
    visitor.get_by_label("您的意见").fill("我的邮箱是 a@example.com，请联系")
    visitor.get_by_role("button", name="提交").click()
    expect(visitor.get_by_role("alert")).to_contain_text("电子邮箱")
    visitor.get_by_label("您的意见").fill("建议增设开放日。")
    visitor.get_by_role("button", name="提交").click()
    expect(visitor.get_by_role("status")).to_contain_text("意见已收到")
    visitor.get_by_role("link", name="返回").click()
    expect(visitor.get_by_text("建议增设开放日。")).to_have_count(0)
    with reading(site.engine) as session:
        city = actor_by_login(session, "city")
    with writing(site.engine) as session:
        (waiting,) = list_comments(session, city)
        decide_comment(session, city, waiting.id, publish=True)
    visitor.reload()
    expect(visitor.get_by_text("建议增设开放日。")).to_be_visible()
    visitor.screenshot(path=tmp_path / "display-case.png", full_page=True)

    visitor.get_by_role("link", name="湖州市吴兴区污水处理厂扩建工程").click()
    with writing(site.engine) as session:
        withdraw_display(session, city, site.code, reason="内容有误")
    visitor.reload()
    expect(visitor.get_by_role("heading", name="已撤回公开")).to_be_visible()
    visitor.goto(f"{site.url}/display/projects")
    expect(visitor.get_by_text("没有符合条件的公开项目")).to_be_visible()


@pytest.mark.browser
def test_the_display_reads_on_a_telephone_and_by_keyboard(visitor: Page, site: Site) -> None:
    visitor.set_viewport_size({"width": 375, "height": 800})
    for path in ("/display", "/display/projects", f"/display/projects/{site.code}", "/display/cases/1"):
        visitor.goto(f"{site.url}{path}")
        assert visitor.evaluate("document.documentElement.scrollWidth") <= 375, path
    visitor.goto(f"{site.url}/display")
    visitor.keyboard.press("Tab")
    expect(visitor.get_by_role("link", name="跳到正文")).to_be_focused()
