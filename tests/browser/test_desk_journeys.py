"""One whole way of a city, and one of the ministry, in a real browser."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from applications import LIBRARY, complete_dossier
from browser.conftest import PASSWORD, Site, complaints
from registry import jobs
from registry.accounts.operations import add_organisation, add_user
from registry.accounts.queries import actor_by_login
from registry.assessments.work import handlers
from registry.audit import now
from registry.database import reading, writing
from registry.projects.documents.operations import list_documents
from registry.projects.lifecycle.deadlines import china_date
from registry.projects.lifecycle.operations import Step, act, open_application
from registry.projects.lifecycle.queries import applications_of
from registry.projects.operations import create_project, save_project
from registry.projects.queries import list_revisions, read_dossier

pytestmark = pytest.mark.browser

DROP = """([name, text]) => {
  const held = new DataTransfer();
  held.items.add(new File([text], name, { type: "application/pdf" }));
  document.querySelector("form.drop").dispatchEvent(new DragEvent("drop", { dataTransfer: held, bubbles: true }));
}"""
PDF = "%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture
def desk(site: Site) -> Site:
    """Reviewers of the province and the ministry beside the city."""
    with writing(site.engine) as session:
        for login, name, group, division in (
            ("province", "浙江省生态环境厅", "province", "330000"),
            ("ministry", "生态环境部", "ministry", None),
        ):
            house = add_organisation(session, name=name, group=group, division_code=division)  # type: ignore[arg-type]
            assert house.id is not None
            add_user(session, login=login, display_name=f"{name}审核员", password=PASSWORD, organisation_id=house.id)
    return site


def at_work(chromium: Browser, site: Site, login: str) -> tuple[Page, list[str]]:
    page = chromium.new_page(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    page.set_default_timeout(10_000)
    said = complaints(page)
    page.goto(f"{site.url}/sign-in")
    page.get_by_label("用户名").fill(login)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", level=2, name="待我处理")).to_be_visible()
    return page, said


def pictured(page: Page, folder: Path, name: str, *, whole: bool = True) -> None:
    page.screenshot(path=Path(os.environ.get("REGISTRY_PICTURES", folder)) / f"{name}.png", full_page=whole)


def test_a_city_enters_sees_the_libraries_open_drops_a_document_checks_and_submits(
    chromium: Browser, desk: Site, tmp_path: Path
) -> None:
    page, said = at_work(chromium, desk, "city")
    page.get_by_role("link", name="新增项目").click()
    live = page.locator("#live")
    eco = live.locator(".live-rows").first.locator("li").filter(has_text="生态环保金融支持项目储备库")
    expect(eco).to_contain_text("资料不足")
    live.get_by_role("link", name="是否新增地方政府隐性债务").first.click()
    page.locator("#f-has_hidden_debt").select_option("false")
    page.locator("#f-gfl_field").select_option("air")
    page.locator("#f-implementation_mode").select_option("enterprise_responsible")
    expect(eco.locator(".verdict.eligible")).to_be_visible()
    values = complete_dossier(name="湖州市南浔区清洁取暖项目").model_dump(mode="json")
    for name in (
        "name", "approval_code", "implementer_name", "implementer_credit_code", "city_code", "total_investment",
        "content_summary", "construction_start", "construction_end", "project_capital", "revenue_source",
    ):  # fmt: skip
        page.locator(f"#f-{name}").fill(str(values[name] or ""))
    page.locator("#f-construction_status").select_option("not_started")
    expect(page.locator("#save-state")).to_contain_text("已自动保存")
    expect(page.locator("#check")).to_contain_text("下一步“入库”")
    pictured(page, tmp_path, "city-1-form", whole=False)
    page.get_by_role("button", name="保存", exact=True).last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("湖州市南浔区清洁取暖项目")
    code = page.url.partition("/projects/")[2].partition("?")[0]

    page.locator("form.drop").evaluate(f"(form, given) => ({DROP})(given)", ["D02 立项批复.pdf", PDF])
    expect(page.locator("#paper-code")).to_have_value("D02")
    page.get_by_role("button", name="上传", exact=True).click()
    expect(page.locator("#papers table")).to_contain_text("D02 立项批复.pdf")
    pictured(page, tmp_path, "city-2-project")

    page.get_by_label("申报到").select_option(LIBRARY)
    page.get_by_role("button", name="开始申报").click()
    page.get_by_role("link", name="检查并提交").click()
    expect(page.locator("#stops").locator("..")).to_contain_text("没有。提交前必填的内容已齐。")
    pictured(page, tmp_path, "city-3-check")
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.locator("#applications")).to_contain_text("待省级审核")
    pictured(page, tmp_path, "city-4-submitted")
    assert said == []
    with reading(desk.engine) as session:
        city = actor_by_login(session, "city")
        (application,) = applications_of(session, city, code, as_of=china_date(now()))
        assert application.state == "submitted"
        assert [paper.file_name for paper, _ in list_documents(session, city, code)] == ["D02 立项批复.pdf"]
        assert read_dossier(session, city, code)[1].has_hidden_debt is False
        assert len(list_revisions(session, city, code)) == 2
    page.close()


def submitted_again(engine: Engine) -> str:
    """Return a project that was returned, changed, submitted again and recommended to the ministry.

    Beside it stands an EOD project, to which the library of 2025 is closed.
    """
    with reading(engine) as session:
        city, province = actor_by_login(session, "city"), actor_by_login(session, "province")
    first = complete_dossier(province_name="浙江省", name="湖州市长兴县河道治理工程")
    with writing(engine) as session:
        code = create_project(session, city, first, reason="录入", is_demo=True).code
        number = open_application(session, city, code, library=LIBRARY).id or 0
        eod = complete_dossier(
            name="湖州市德清县生态环境导向开发项目", implementation_mode="eod", gfl_field="water", has_hidden_debt=False
        )
        create_project(session, city, eod, reason="录入", is_demo=True)
    with writing(engine) as session:
        act(session, city, Step(number, "submit", 1))
        act(session, province, Step(number, "return", 2, "请核实投资", {"investment": "请补充估算依据"}))
        changed = complete_dossier(province_name="浙江省", name="湖州市长兴县河道治理工程", total_investment="23456.78")
        save_project(session, city, code, changed, expected_revision=1, reason="按意见核实投资")
        act(session, city, Step(number, "submit", 3))
        act(session, province, Step(number, "recommend", 4, "同意推荐"))
    return code


def test_the_ministry_reads_the_difference_asks_admits_and_looks_at_rules_board_and_map(
    chromium: Browser, desk: Site, tmp_path: Path
) -> None:
    code = submitted_again(desk.engine)
    page, said = at_work(chromium, desk, "ministry")
    page.get_by_text("审核管理").click()
    page.get_by_role("link", name="审核", exact=True).click()
    pictured(page, tmp_path, "ministry-1-queue")
    page.locator("section", has=page.locator("#mine")).get_by_role("link", name="湖州市长兴县河道治理工程").click()
    panel = page.locator("#applications")
    expect(panel.locator(".changes").first).to_contain_text("12,345.67")
    expect(panel.locator(".changes").first).to_contain_text("23,456.78")
    panel.get_by_label("财政部门").check()
    panel.get_by_role("button", name="征求意见").click()
    expect(panel).to_contain_text("财政部门")
    give = panel.locator("form.give").first
    give.get_by_label("意见", exact=True).select_option("yes")
    give.locator("input[name=opinion]").fill("资金来源可行")
    give.get_by_role("button").click()
    expect(panel).to_contain_text("资金来源可行")
    panel.scroll_into_view_if_needed()
    pictured(page, tmp_path, "ministry-2-dossier", whole=False)
    panel.get_by_label("理由", exact=True).fill("符合入库条件")
    panel.get_by_role("button", name="同意入库").click()
    expect(panel.locator(".phases .now")).to_contain_text("已入库")

    looks_at_rules(page, desk, tmp_path)
    looks_at_board_and_map(page, tmp_path, code)
    assert said == []
    page.close()


def looks_at_rules(page: Page, desk: Site, tmp_path: Path) -> None:
    page.get_by_role("link", name="规则", exact=True).click()
    page.get_by_role("link", name="逐条查阅").click()
    page.get_by_label("依据可靠程度").select_option("unverified")
    page.get_by_role("button", name="查看").click()
    expect(page.locator(".rule-row .clause").first).to_contain_text("待核实")
    pictured(page, tmp_path, "ministry-3-rule-book")

    page.goto(f"{desk.url}/rehearsals")
    page.get_by_label("原版本").select_option("eco-finance-support@2022")
    page.get_by_label("新版本").fill("2025")
    page.get_by_role("button", name="开始预演").click()
    jobs.run_next(desk.engine, handlers(desk.engine))
    expect(page.locator("dl.figures")).to_contain_text("比较的项目")
    losers = page.locator("section", has=page.locator("#losers"))
    expect(losers.get_by_role("row").filter(has_text="湖州市德清县生态环境导向开发项目")).to_contain_text("不符合")
    expect(page.locator("#winners")).to_have_count(0)
    pictured(page, tmp_path, "ministry-4-rehearsal")


def looks_at_board_and_map(page: Page, tmp_path: Path, code: str) -> None:
    page.get_by_text("审核管理").click()
    page.get_by_role("link", name="进程看板").click()
    lane = page.locator(".lane").filter(has=page.locator("#lane-in_library"))
    expect(lane.locator(".big")).to_have_text("1")
    pictured(page, tmp_path, "ministry-5-board")
    lane.get_by_role("link", name="0–10 天").click()
    expect(page.locator("section", has=page.locator("#all"))).to_contain_text("湖州市长兴县河道治理工程")

    page.get_by_text("分析与方案").click()
    page.get_by_role("link", name="组合分析").click()
    page.get_by_role("link", name="各省分布").click()
    tile = page.locator(".map a").filter(has_text="浙江")
    expect(tile).to_contain_text("3")
    page.get_by_label("方格图显示").select_option("total_investment")
    expect(tile).to_contain_text("4.8")
    with page.expect_download() as downloaded:
        page.get_by_role("link", name="XLSX").click()
    assert downloaded.value.suggested_filename.startswith("provinces-")
    pictured(page, tmp_path, "ministry-6-map")
    tile.click()
    expect(page.get_by_role("row").filter(has_text=code)).to_be_visible()
