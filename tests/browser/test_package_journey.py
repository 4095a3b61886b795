"""A package from its city to a bank and back: made, released, taken, checked, superseded, withdrawn."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.conftest import PASSWORD, Site
from registry.accounts.operations import add_organisation, add_user
from registry.database import writing
from registry.jobs import run_next
from registry.packages.release import work
from registry.settings import settings

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _own_folder(data_dir: Path) -> Iterator[None]:
    assert data_dir.is_dir()
    settings.cache_clear()
    yield
    settings.cache_clear()


def visitor(chromium: Browser, site: Site, login: str) -> Page:
    page = chromium.new_page(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    page.set_default_timeout(20_000)
    page.goto(f"{site.url}/sign-in")
    page.get_by_label("用户名").fill(login)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


def saved(page: Page, pressed: str, target: Path) -> bytes:
    """The file a button or link hands out."""
    with page.expect_download() as waiting:
        page.locator(pressed).click()
    waiting.value.save_as(target)
    return target.read_bytes()


def checked(page: Page, site: Site, file: Path) -> Page:
    page.goto(f"{site.url}/verify")
    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="校验").click()
    return page


class TestAPackage:
    @pytest.fixture(autouse=True)
    def _a_bank(self, site: Site) -> None:
        with writing(site.engine) as session:
            bank = add_organisation(session, name="示例银行", group="bank")
            assert bank.id is not None
            add_user(session, login="bank", display_name="信贷员", password=PASSWORD, organisation_id=bank.id)

    def test_goes_to_a_bank_that_checks_it_and_learns_of_its_end(
        self, chromium: Browser, site: Site, tmp_path: Path
    ) -> None:
        city = visitor(chromium, site, "city")
        city.goto(f"{site.url}/projects/{site.code}#package")
        assert saved(city, "#package button[value=teaser]", tmp_path / "teaser.pdf").startswith(b"%PDF")
        city.goto(f"{site.url}/projects/{site.code}#package")
        city.locator("#package-bank").select_option(label="示例银行")
        city.locator("#package-reason").fill("专题会议决定")
        city.get_by_role("button", name="放行第 1 版").click()
        expect(city.get_by_role("heading", level=1)).to_contain_text("正在生成并放行")
        run_next(site.engine, work.handlers(site.engine))
        expect(city.get_by_role("heading", name="撤回")).to_be_visible()
        release = city.url
        city.screenshot(path=tmp_path / "1-released.png", full_page=True)

        bank = visitor(chromium, site, "bank")
        bank.goto(f"{site.url}/packages")
        package = tmp_path / "package.zip"
        content = saved(bank, "table.list a[download]", package)
        good = checked(bank, site, package)
        expect(good.get_by_role("status")).to_contain_text("完整，未被改动")
        expect(good.get_by_role("status")).to_contain_text("示例数据，非真实项目")
        place = content.index(b"%PDF") + 9
        package.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        bad = checked(bank, site, package)
        expect(bad.get_by_role("status")).to_contain_text("不可采信")
        expect(bad.get_by_role("status")).to_contain_text("01_项目推介_teaser.pdf")
        bank.screenshot(path=tmp_path / "2-changed.png", full_page=True)

        city.goto(f"{site.url}/projects/{site.code}/edit")
        city.locator("#f-total_investment").fill("23,456.78")
        city.get_by_label("修改说明").fill("按初步设计批复更正总投资")
        city.get_by_role("button", name="保存").last.click()
        expect(city.locator(".timeline")).to_contain_text("按初步设计批复更正总投资")
        bank.goto(release)
        expect(bank.get_by_role("alert")).to_contain_text("本材料包不是最新")

        city.goto(release)
        city.locator("#withdraw-reason").fill("方案调整")
        city.get_by_role("button", name="撤回").click()
        expect(city.get_by_role("alert")).to_contain_text("不再提供下载")
        bank.goto(release)
        expect(bank.get_by_role("alert")).to_contain_text("方案调整")
        assert bank.locator("a[download]").count() == 0
        answer = bank.request.get(f"{release}/file")
        assert (answer.status, answer.body()[:2] == b"PK") == (404, False)
        city.close()
        bank.close()
