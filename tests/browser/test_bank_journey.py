"""One journey of a credit officer: filter, save, compare, open, move a slider, take the package, ask, decide."""

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.conftest import PASSWORD, Site, complaints
from builders import dossier
from finance_builders import case, loan
from registry.accounts.operations import add_organisation, add_user
from registry.accounts.queries import actor_by_login
from registry.assessments.operations import assess_project
from registry.assessments.prospects.queries import saved_searches
from registry.database import reading, writing
from registry.demo.bank_desk import add_bank_desk
from registry.packages.release.operations import release_package
from registry.projects.banks.queries import information_requests, loan_decisions, my_shortlist
from registry.projects.documents.store import FolderStore
from registry.projects.operations import create_project, release_project
from registry.settings import settings

pytestmark = pytest.mark.browser
DAY = date(2026, 11, 21)
QUESTION = "请提供污水处理服务协议"


@pytest.fixture
def codes(site: Site, data_dir: Path, cheap_papers: None) -> list[str]:
    """Three judged projects shown to a bank, the first with its package; the bank has a policy of its own."""
    settings.cache_clear()
    with writing(site.engine) as session:
        place = add_organisation(session, name="示例银行", group="bank")
        add_user(session, login="bank", display_name="信贷经理", password=PASSWORD, organisation_id=place.id or 0)
    with reading(site.engine) as session:
        city, bank = (actor_by_login(session, login) for login in ("city", "bank"))
    found = []
    for number, (name, amount) in enumerate((("城东污水厂", 200), ("城西再生水厂", 150), ("滨河湿地", 0))):
        money = case(debts=[loan(draws=[amount, amount])]) if amount else case()
        with writing(site.engine) as session:
            document = dossier(name=f"湖州市{name}工程", financials=money, province_name="浙江省", city_name="湖州市",
                               total_investment=f"{1000 + 100 * number}")  # fmt: skip
            code = create_project(session, city, document, reason="录入", is_demo=True).code
            release_project(session, city, code, organisation_id=bank.organisation_id)
            assess_project(session, city, code, as_of=DAY)
        found.append(code)
    store = FolderStore(data_dir / "documents")
    release_package(site.engine, city, found[0], bank_id=bank.organisation_id or 0, as_of=DAY, store=store)
    with writing(site.engine) as session:
        add_bank_desk(session, bank)
    return found


def officer(chromium: Browser, site: Site, width: int = 1280) -> Page:
    page = chromium.new_page(viewport={"width": width, "height": 900}, locale="zh-CN")
    page.set_default_timeout(15_000)
    page.goto(f"{site.url}/sign-in")
    page.get_by_label("用户名").fill("bank")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="信贷经理")).to_be_visible()
    return page


def filters_and_saves(page: Page, shots: Path) -> None:
    page.get_by_role("link", name="筛选项目").click()
    expect(page.locator("#found")).to_contain_text("3 个项目")
    page.get_by_label("拟用贷款不低于").fill("350")
    expect(page.locator(".strip")).to_contain_text("1 个项目")
    expect(page.locator(".chips")).to_contain_text("拟用贷款不低于")
    page.get_by_label("为当前条件起名").fill("大额贷款")
    page.get_by_role("button", name="保存筛选").click()
    expect(page.locator(".searches")).to_contain_text("大额贷款")
    page.screenshot(path=shots / "1-filtered.png")


def compares(page: Page, codes: list[str], shots: Path) -> None:
    page.get_by_role("link", name="清除全部条件").click()
    for code in codes[:2]:
        page.locator(f'input[value="{code}"]').check()
    page.screenshot(path=shots / "2-screening.png")
    page.get_by_role("button", name="对比所选项目").click()
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="拟用银行贷款"))
    for said in ("400.00", "300.00", "≠"):
        expect(row).to_contain_text(said)
    page.screenshot(path=shots / "3-compare.png", full_page=True)


def opens_a_reason(page: Page, site: Site, shots: Path) -> None:
    page.goto(f"{site.url}/screening/policy")
    page.locator("#matrix a.verdict").first.click()
    expect(page.locator("#reason")).to_contain_text("要求")
    page.screenshot(path=shots / "4-policy.png", full_page=True)


def moves_a_slider(page: Page, shots: Path) -> None:
    after = page.locator("#after-dscr_min")
    expect(after).to_be_visible()
    before = after.inner_text()
    slider = page.get_by_label("营业收入")
    slider.focus()
    for _ in range(2):
        slider.press("ArrowLeft")
    expect(page.locator("#now-revenue")).to_have_text("-10%")
    expect(after).to_contain_text("↓")
    assert after.inner_text() != before
    picture = page.locator("#picture-tornado img")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("complete", value=True)
    page.locator("#desk").screenshot(path=shots / "5-desk.png")


def takes_the_package_asks_and_decides(page: Page, code: str, shots: Path) -> None:
    with page.expect_download() as taken:
        page.get_by_role("link", name="下载材料包").click()
    assert taken.value.suggested_filename.startswith(code)
    page.get_by_role("button", name="列入备选").first.click()
    expect(page.locator("#desk-title")).to_contain_text("列入备选")
    page.get_by_label("需要什么").fill(QUESTION)
    page.get_by_role("button", name="发给城市").click()
    expect(page.locator("#banks")).to_contain_text(QUESTION)
    page.locator("#loan-decision summary").click()
    form = page.locator("#loan-decision form")
    form.get_by_label("金额").fill("300")
    form.get_by_label("年利率").fill("3.2")
    form.get_by_label("期限").fill("5")
    form.get_by_role("button").last.click()
    expect(page.locator("#banks table").first).to_contain_text("300.00")
    page.screenshot(path=shots / "6-decided.png", full_page=True)


class TestACreditOfficer:
    def test_filters_saves_compares_opens_slides_downloads_asks_and_decides(
        self, chromium: Browser, site: Site, codes: list[str], tmp_path: Path
    ) -> None:
        page = officer(chromium, site)
        said = complaints(page)

        filters_and_saves(page, tmp_path)
        compares(page, codes, tmp_path)
        opens_a_reason(page, site, tmp_path)
        page.goto(f"{site.url}/projects/{codes[0]}")
        moves_a_slider(page, tmp_path)
        takes_the_package_asks_and_decides(page, codes[0], tmp_path)

        # A slider moved on while the engine still ran: the older question is given up.
        assert said == []
        with reading(site.engine) as session:
            bank = actor_by_login(session, "bank")
            assert my_shortlist(session, bank) == [codes[0]]
            assert [each.question for each in information_requests(session, bank, codes[0])] == [
                "请提供污水处理服务协议"
            ]
            (decision,) = loan_decisions(session, bank, codes[0])
            assert (decision.is_approved, str(decision.amount)) == (True, "300")
            assert "大额贷款" in {each.name for each in saved_searches(session, bank)}
        page.close()

    @pytest.mark.parametrize("width", [1280, 375])
    def test_meets_labelled_pages_that_fit_every_width(
        self, chromium: Browser, site: Site, codes: list[str], width: int
    ) -> None:
        page = officer(chromium, site, width)
        paths = ("/screening", "/screening/policy?full=1", f"/compare?code={codes[0]}&code={codes[1]}",
                 f"/projects/{codes[0]}/money", f"/projects/{codes[0]}")  # fmt: skip
        unnamed = "all => all.filter(one => !one.labels.length && !one.getAttribute('aria-label')).map(one => one.name)"
        for path in paths:
            page.goto(site.url + path)
            assert page.locator("html").evaluate("element => element.scrollWidth") <= width, path
            inputs = page.locator("input:not([type=hidden]), select, textarea")
            assert inputs.evaluate_all(unnamed) == [], path
            assert page.locator("h1").count() == 1, path
        page.close()
