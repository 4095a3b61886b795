import io

import docx

from packaged import content, dossier, verdict
from registry.packages.narrative import dossier_docx
from registry.projects.model import Dossier


def words(produced: bytes) -> str:
    paper = docx.Document(io.BytesIO(produced))
    cells = (cell.text for table in paper.tables for row in table.rows for cell in row.cells)
    return "\n".join([*(paragraph.text for paragraph in paper.paragraphs), *cells])


class TestTheNarrative:
    def test_tells_what_the_pdf_tells(self) -> None:
        text = words(dossier_docx(content()))
        for expected in (
            "示例数据，非真实项目",
            "12.68%",
            "示例发改〔2025〕12号",
            "中央生态环境资金项目储备库：资料不足",
            "信息：建设必要性",
        ):
            assert expected in text

    def test_has_the_same_bytes_every_time(self) -> None:
        assert dossier_docx(content()) == dossier_docx(content())

    def test_says_what_is_missing(self) -> None:
        text = words(dossier_docx(content(dossier=Dossier(name="某项目"), evaluation=None, verdicts=(), is_demo=False)))
        assert "尚未测算" in text
        assert "尚未预审" in text
        assert "示例数据" not in text

    def test_repeats_the_head_of_each_table_and_numbers_the_pages(self) -> None:
        paper = docx.Document(io.BytesIO(dossier_docx(content())))
        heads = [table.rows[0]._tr.xpath("./w:trPr/w:tblHeader") for table in paper.tables]
        assert len(heads) > 12
        assert all(heads)
        assert not any(table.rows[1]._tr.xpath("./w:trPr/w:tblHeader") for table in paper.tables)
        assert "PAGE" in paper.sections[0].footer.paragraphs[0]._p.xml
        assert (
            paper.sections[0].header.paragraphs[0].text
            == "P-330500-0001 · 修订 3 · abababababab · 示例数据，非真实项目"
        )
        titles = [each.text for each in paper.paragraphs if each.style is not None and each.style.name == "Heading 1"]
        assert "八、入库条件说明" in titles

    def test_states_undecided_clauses_first_with_facts_and_sources(self) -> None:
        paper = docx.Document(io.BytesIO(dossier_docx(content())))
        (table,) = [table for table in paper.tables if table.rows[0].cells[0].text == "结论"]
        rows = [[cell.text for cell in row.cells] for row in table.rows]
        assert [row[0] for row in rows] == ["结论", "资料不足", "需人工判断", "不符合", "符合"]
        assert "缺：环评批复" in rows[1][2]
        assert "办理：补充资本金来源。" in rows[3][2]
        assert "填报：总投资：43505.3655 万元" in rows[4][2]
        assert rows[4][3] == "示例文号，第三条（原文）"

    def test_names_who_judged_and_why(self) -> None:
        judged = verdict()
        (answer,) = [item for item in judged["answers"] if item["status"] == "judgement"]
        answer["judgement"] = {
            "answer": True,
            "decided_on": "2026-02-28",
            "person": "评审员甲",
            "reason": "监测数据连续",
        }
        text = words(dossier_docx(content(verdicts=(judged,))))
        assert "2026-02-28 评审员甲 认定符合：监测数据连续" in text
        assert "治理成效是否可信" not in text

    def test_keeps_the_text_of_users_as_text(self) -> None:
        hostile = "<w:t>&amp;</w:t> 𬭎㳇"
        assert hostile in words(dossier_docx(content(dossier=dossier(content_summary=hostile))))
        assert hostile in words(
            dossier_docx(content(dossier=dossier(name="\x07项目", implementer_name=f"\x07{hostile}")))
        )
