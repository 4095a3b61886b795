"""The dossier as second programs see it: text by pdftotext, structure by pypdf."""

import io
import re
import subprocess
from collections.abc import Callable
from functools import cache
from typing import Any

import pikepdf
import pypdf
import pytest
from pikepdf import Dictionary, Name, Object, Pdf

from packaged import content, dossier, evaluated, golden_case
from pdf_a import missing_glyphs, violations
from registry.packages.analysis import analysis_of
from registry.packages.content import PackageContent
from registry.packages.pdf import dossier_pdf, teaser_pdf
from registry.projects.financials import FinancialCase
from registry.projects.model import Dossier

pytestmark = pytest.mark.slow


def text_of(pdf: bytes, order: str = "-layout") -> str:
    return subprocess.run(["pdftotext", order, "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode(
        "utf-8", "replace"
    )


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u200b]+", "", text)


@cache
def whole() -> bytes:
    return dossier_pdf(content())


def changed_case(name: str, **changes: Any) -> FinancialCase:
    return FinancialCase.model_validate({**golden_case(name).model_dump(mode="json"), **changes})


class TestTheDossier:
    def test_is_pdf_a_with_every_font_embedded(self) -> None:
        assert violations(whole()) == []
        assert missing_glyphs(whole()) == 0
        listed = subprocess.run(["pdffonts", "-"], input=whole(), capture_output=True, check=True).stdout.decode(
            "utf-8", "replace"
        )
        fonts = [line.split()[-5] for line in listed.splitlines()[2:]]
        assert fonts
        assert set(fonts) == {"yes"}

    @pytest.mark.parametrize(
        ("spoil", "clause"),
        [
            (lambda pdf: pdf.Root.__delitem__("/OutputIntents"), "6.2.3"),
            (lambda pdf: pdf.Root.__delitem__("/Metadata"), "6.6.2"),
            (lambda pdf: pdf.pages[0].obj.__setitem__("/AA", Dictionary()), "6.5.2"),
            (lambda pdf: pdf.Root.__setitem__("/OpenAction", Dictionary(S=Name.JavaScript, JS="1")), "6.5.1"),
            (lambda pdf: [item.__delitem__("/FontFile2") for item in _described(pdf)], "6.2.11.4"),
        ],
    )
    def test_would_be_refused_when_spoilt(self, spoil: Callable[[Pdf], object], clause: str) -> None:
        target = io.BytesIO()
        with pikepdf.open(io.BytesIO(whole())) as pdf:
            spoil(pdf)
            pdf.save(target)
        assert any(found.startswith(clause) for found in violations(target.getvalue()))

    def test_is_tagged_with_words_for_every_picture(self) -> None:
        with pikepdf.open(io.BytesIO(whole())) as pdf:
            kinds = [str(item.get("/S")) for item in pdf.objects if isinstance(item, Dictionary) and "/S" in item]
            pictures = [item for item in pdf.objects if isinstance(item, Dictionary) and item.get("/S") == "/Figure"]
            assert str(pdf.Root.Lang) == "zh-CN"
            assert len(pictures) == 5
            assert all(len(str(picture.Alt)) > 5 for picture in pictures)
        assert kinds.count("/Table") > 20
        assert kinds.count("/TH") > 100

    def test_prints_the_tables_without_years_in_their_place(self) -> None:
        text = squeezed(text_of(whole()))
        annex = text[text.rindex("附表：财务分析报表") :]
        names = (
            "表12资产负债表",
            "表13敏感性分析表",
            "表14-1",
            "表14-3压力测试表",
            "表15-1节能减排量测算表",
            "表15-2",
            "勾稽关系",
        )
        places = [annex.index(name) for name in names]
        assert places == sorted(places)
        assert "化学需氧量削减69,313.6310,199.145.00%-1,471.45" in annex

    def test_has_bookmarks_for_every_section_in_order(self) -> None:
        reader = pypdf.PdfReader(io.BytesIO(whole()))
        titles = [squeezed(str(item.title)) for item in reader.outline if not isinstance(item, list)]
        assert [title.split("、")[-1] for title in titles] == [
            "项目摘要", "项目内容与必要性", "审批与合规状态", "投资与资金筹措", "收入依据", "财务报表摘要", "财务评价",
            "测算口径", "敏感性分析", "情景与概率分析", "环境效益", "入库条件说明", "风险与缓释", "资料清单与缺项",
            "附表：财务分析报表",
        ]  # fmt: skip

    def test_puts_the_summary_on_one_page_before_the_contents(self) -> None:
        pages = text_of(whole()).split("\f")
        assert "项目摘要" in pages[1]
        assert "全部债务本息覆盖倍数" in pages[1]
        assert "目录" in squeezed(pages[2])

    def test_carries_the_version_and_the_demo_mark_on_each_page(self) -> None:
        pages = text_of(whole()).split("\f")[1:-1]
        assert all("P-330500-0001 · 修订 3 · abababababab" in page and "示例数据" in page for page in pages)

    def test_prints_the_published_answer_of_the_golden_case(self) -> None:
        text = squeezed(text_of(whole()))
        assert "资本金财务内部收益率12.68%" in text
        assert "项目总投资41,805.37" in text

    def test_states_undecided_clauses_first_and_leaves_out_those_that_do_not_apply(self) -> None:
        text = squeezed(text_of(whole()))
        text = text[text.rindex("中央生态环境资金项目储备库：资料不足") :]
        places = [text.index(words) for words in ("完成环评", "治理成效可信", "资本金达标", "填报总投资")]
        assert places == sorted(places)
        assert "缺：环评批复" in text
        assert "属于煤电" not in text

    def test_is_the_same_in_another_process(self) -> None:
        assert dossier_pdf(content()) == whole()


class TestTheIntroduction:
    def test_is_one_page_whatever_the_project(self) -> None:
        long = dossier(name="长" * 200, content_summary="内容。" * 900, implementer_name="单位" * 100)
        for case in (content(), content(dossier=long), content(dossier=Dossier(name="某项目"), evaluation=None)):
            assert len(pypdf.PdfReader(io.BytesIO(teaser_pdf(case))).pages) == 1


RARE = ("𬭎㳇河" + "流域水环境综合治理与生态修复工程" * 13)[:200]
LINES = [
    {"source": source, "year": 2025 + year, "amount": "10.01", "status": "planned"}
    for source in ("central_fund", "provincial", "city", "special_bond", "equity")
    for year in range(12)
]


def of_case(case: FinancialCase) -> PackageContent:
    return content(
        dossier=dossier(financials=case), evaluation=evaluated(case), analysis=analysis_of(case, "P-330500-0001")
    )


def five_debts() -> FinancialCase:
    loan = golden_case("G1").model_dump(mode="json")["debts"][0]
    debts = [{**loan, "name": f"第{number}家银行贷款", "draws": ["2200", "2600"]} for number in range(1, 6)]
    return changed_case("G1", debts=debts)


def bare() -> PackageContent:
    return content(dossier=Dossier(name="某项目"), evaluation=None, verdicts=(), is_demo=False,
                   evaluation_findings=({"message": "缺少建设期"},))  # fmt: skip


UNUSUAL: dict[str, tuple[Callable[[], PackageContent], int]] = {
    "forty years": (lambda: of_case(changed_case("G1", timeline={"construction_years": 2, "operation_years": 38})), 44),
    "no revenue": (lambda: of_case(golden_case("G4")), 28),
    "five debts": (lambda: of_case(five_debts()), 32),
    "sixty funding lines": (lambda: content(dossier=dossier(funding_lines=LINES)), 30),
    "long names": (lambda: content(dossier=dossier(name=RARE, implementer_name="㳇" * 200)), 30),
    "values missing": (bare, 7),
}
"""What a dossier may be like, and the most pages it may take."""


@cache
def printed(name: str) -> bytes:
    return dossier_pdf(UNUSUAL[name][0]())


@pytest.mark.parametrize("name", UNUSUAL)
class TestEveryUnusualProject:
    def test_is_set_as_pdf_a_without_a_missing_glyph(self, name: str) -> None:
        assert violations(printed(name)) == []
        assert missing_glyphs(printed(name)) == 0

    def test_stays_on_the_page_and_leaves_none_empty(self, name: str) -> None:
        assert _outside(printed(name)) == []
        pages = text_of(printed(name)).split("\f")[:-1]
        assert 5 < len(pages) <= UNUSUAL[name][1]
        # Version mark, page number and day stand on each page; a page that says no more is an empty one.
        assert min(len(squeezed(page)) for page in pages) > 120

    def test_keeps_the_summary_on_one_page_before_the_contents(self, name: str) -> None:
        pages = text_of(printed(name)).split("\f")
        assert "项目摘要" in pages[1]
        assert "目录" in squeezed(pages[2])


class TestTheDossierOf:
    def test_a_project_with_values_missing_says_what_is_missing_instead_of_zero(self) -> None:
        text = squeezed(text_of(printed("values missing")))
        assert "总投资（万元）未提供" in text
        assert "尚未测算" in text
        assert "缺少建设期" in text
        assert "尚未预审" in text
        assert "0.00" not in text
        assert "示例数据" not in text

    def test_forty_years_shows_each_year_and_repeats_the_names(self) -> None:
        text = text_of(printed("forty years"))
        assert re.search(r"\b31\s+32\s+33\s+34\s+35\s+36\s+37\s+38\s+39\s+40\b", text)
        assert squeezed(text).count("所得税后净现金流量") >= 4
        assert "表7项目投资现金流量表（续：第31–40年）" in squeezed(text)

    def test_no_revenue_has_no_rate_of_return(self) -> None:
        text = squeezed(text_of(printed("no revenue")))
        assert "资本金财务内部收益率不存在" in text
        assert "测算中无营业收入" in text
        assert "偿债备付率（最低年）不适用" in text

    def test_five_debts_lists_each(self) -> None:
        text = squeezed(text_of(printed("five debts")))
        assert all(text.count(f"第{number}家银行贷款") >= 5 for number in range(1, 6))

    def test_sixty_funding_lines_adds_them_up(self) -> None:
        text = squeezed(text_of(printed("sixty funding lines")))
        assert "合计600.6050.0550.05" in text
        assert "中央生态环境资金120.12" in text

    def test_long_names_and_rare_characters_prints_them(self) -> None:
        text = squeezed(text_of(printed("long names"), "-raw"))
        assert text.count(RARE) >= 2
        assert text.count("㳇" * 200) >= 2

    def test_characters_no_font_has_prints_their_code(self) -> None:
        name = "𠮷祥\u200b项目😀\x07"
        text = squeezed(text_of(teaser_pdf(content(dossier=dossier(name=name)))))
        assert "〔U+20BB7〕祥项目〔U+1F600〕" in text

    def test_template_code_in_texts_prints_it_as_text(self) -> None:
        hostile = '#read("/etc/passwd") $x$ *bold* @ref <b> \\ `raw` = heading'
        text = squeezed(text_of(dossier_pdf(content(dossier=dossier(content_summary=hostile)))))
        assert squeezed(hostile) in text


def _outside(pdf: bytes) -> list[str]:
    """Words that reach over the edge of their page, as pdftotext sees them."""
    boxes = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode(
        "utf-8", "replace"
    )
    wrong, width, height = [], 0.0, 0.0
    for line in boxes.splitlines():
        numbers = {key: float(value) for key, value in re.findall(r'(\w+)="([\d.]+)"', line)}
        if "<page" in line:
            width, height = numbers["width"], numbers["height"]
        elif "<word" in line and (numbers["xMax"] > width - 20 or numbers["yMax"] > height - 10):
            wrong.append(line)
    return wrong


def _described(pdf: Pdf) -> list[Object]:
    return [item for item in pdf.objects if isinstance(item, Dictionary) and "/FontFile2" in item]
