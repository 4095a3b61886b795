"""The dossier as second programs see it: text by pdftotext, structure by pypdf."""

import io
import re
import subprocess
from functools import cache
from typing import Any

import pypdf
import pytest

from packaged import content, dossier, evaluated, golden_case
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
        reader = pypdf.PdfReader(io.BytesIO(whole()))
        assert reader.xmp_metadata is not None
        assert b"<pdfaid:part>2</pdfaid:part>" in reader.xmp_metadata.stream.get_data()
        assert b"<pdfaid:conformance>B</pdfaid:conformance>" in reader.xmp_metadata.stream.get_data()
        listed = subprocess.run(["pdffonts", "-"], input=whole(), capture_output=True, check=True).stdout.decode(
            "utf-8", "replace"
        )
        fonts = [line.split()[-5] for line in listed.splitlines()[2:]]
        assert fonts
        assert set(fonts) == {"yes"}

    def test_has_bookmarks_for_every_section_in_order(self) -> None:
        reader = pypdf.PdfReader(io.BytesIO(whole()))
        titles = [squeezed(str(item.title)) for item in reader.outline if not isinstance(item, list)]
        assert [title.split("、")[-1] for title in titles] == [
            "项目摘要", "项目内容与必要性", "审批与合规状态", "投资与资金筹措", "收入依据", "财务评价", "敏感性分析",
            "情景与概率分析", "测算口径", "环境效益", "入库条件说明", "风险与缓释", "资料清单与缺项",
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


class TestADossierWithMissingValues:
    def test_says_what_is_missing_instead_of_zero(self) -> None:
        bare = content(dossier=Dossier(name="某项目"), evaluation=None, verdicts=(), is_demo=False,
                       evaluation_findings=({"message": "缺少建设期"},))  # fmt: skip
        text = squeezed(text_of(dossier_pdf(bare)))
        assert "总投资（万元）未提供" in text
        assert "尚未测算" in text
        assert "缺少建设期" in text
        assert "尚未预审" in text
        assert "0.00" not in text
        assert "示例数据" not in text


class TestUnusualProjects:
    def test_of_forty_years_fit_the_page(self) -> None:
        timeline = {"construction_years": 2, "operation_years": 38}
        case = changed_case("G1", timeline=timeline)
        pdf = dossier_pdf(content(dossier=dossier(financials=case), evaluation=evaluated(case)))
        assert _outside(pdf) == []
        assert re.search(r"\b31\s+32\s+33\s+34\s+35\s+36\s+37\s+38\s+39\s+40\b", text_of(pdf))

    def test_without_revenue_have_no_rate_of_return(self) -> None:
        case = golden_case("G4")
        text = squeezed(text_of(dossier_pdf(content(dossier=dossier(financials=case), evaluation=evaluated(case)))))
        assert "资本金财务内部收益率不存在" in text
        assert "测算中无营业收入" in text
        assert "偿债备付率（最低年）不适用" in text

    def test_with_five_debts_list_each(self) -> None:
        loan = golden_case("G1").model_dump(mode="json")["debts"][0]
        debts = [{**loan, "name": f"第{number}家银行贷款", "draws": ["2200", "2600"]} for number in range(1, 6)]
        case = changed_case("G1", debts=debts)
        text = squeezed(text_of(dossier_pdf(content(dossier=dossier(financials=case), evaluation=evaluated(case)))))
        assert all(f"第{number}家银行贷款" in text for number in range(1, 6))

    def test_with_sixty_funding_lines_add_up(self) -> None:
        lines = [
            {"source": source, "year": 2025 + year, "amount": "10.01", "status": "planned"}
            for source in ("central_fund", "provincial", "city", "special_bond", "equity")
            for year in range(12)
        ]
        text = squeezed(text_of(dossier_pdf(content(dossier=dossier(funding_lines=lines)))))
        assert "合计600.6050.0550.05" in text
        assert "中央生态环境资金120.12" in text

    def test_with_long_names_and_rare_characters_print_them(self) -> None:
        name = ("𬭎㳇河" + "流域水环境综合治理与生态修复工程" * 13)[:200]
        pdf = dossier_pdf(content(dossier=dossier(name=name, implementer_name="㳇" * 200)))
        assert "目录" in squeezed(text_of(pdf).split("\f")[2])  # the summary still takes one page
        text = squeezed(text_of(pdf, "-raw"))
        assert text.count(name) >= 2
        assert text.count("㳇" * 200) >= 2
        assert _outside(pdf) == []

    def test_with_characters_no_font_has_print_their_code(self) -> None:
        name = "𠮷祥\u200b项目😀\x07"
        text = squeezed(text_of(teaser_pdf(content(dossier=dossier(name=name)))))
        assert "〔U+20BB7〕祥项目〔U+1F600〕" in text

    def test_with_template_code_in_their_texts_print_it_as_text(self) -> None:
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
