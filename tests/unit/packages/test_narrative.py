import io

import docx

from packaged import content, dossier
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

    def test_keeps_the_text_of_users_as_text(self) -> None:
        hostile = "<w:t>&amp;</w:t> 𬭎㳇"
        assert hostile in words(dossier_docx(content(dossier=dossier(content_summary=hostile))))
