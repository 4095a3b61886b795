import io
from functools import cache

import docx
import pytest

from packaged import content, dossier, evaluated, golden_case
from registry.packages.analysis import analysis_of
from registry.packages.bond_plan import PLAN_NAME, REPORT_NAME, bond_documents, self_balance
from registry.packages.content import PackageContent


@cache
def with_bonds() -> PackageContent:
    document = golden_case("G1").model_dump(mode="json")
    document["debts"][0]["kind"] = "special_bond"
    case = type(golden_case("G1")).model_validate(document)
    return content(dossier=dossier(financials=case), evaluation=evaluated(case), analysis=analysis_of(case, "P"))


def words(produced: bytes) -> str:
    paper = docx.Document(io.BytesIO(produced))
    cells = (cell.text for table in paper.tables for row in table.rows for cell in row.cells)
    return "\n".join([*(paragraph.text for paragraph in paper.paragraphs), *cells])


class TestBothPapers:
    def test_are_filled_with_the_figures_of_the_evaluation(self) -> None:
        made = bond_documents(with_bonds())
        assert set(made) == {PLAN_NAME, REPORT_NAME}
        evaluation = with_bonds().evaluation
        assert evaluation is not None
        cover = f"{evaluation.indicators['special_bond_coverage']:.2f}"
        assert float(cover) > 0.5
        for produced in made.values():
            text = words(produced)
            assert cover in text
            assert "示例数据，非真实项目" in text
            assert "收入 −10%" in text

    def test_leave_open_what_others_must_write(self) -> None:
        made = bond_documents(content())
        assert "【由律师事务所填写】" in words(made[PLAN_NAME])
        assert words(made[REPORT_NAME]).count("【由会计师事务所填写】") == 3
        assert "【由主管部门填写】事前绩效评估结论。" in words(made[PLAN_NAME])

    def test_have_the_same_bytes_every_time(self) -> None:
        assert bond_documents(content()) == bond_documents(content())

    def test_say_so_when_nothing_was_calculated(self) -> None:
        for produced in bond_documents(content(evaluation=None)).values():
            assert "尚未测算" in words(produced)


class TestTheBalanceTable:
    def test_has_a_line_for_each_year_and_adds_up(self) -> None:
        evaluation = with_bonds().evaluation
        assert evaluation is not None
        head, rows = self_balance(evaluation)
        assert (len(rows), rows[-1][0]) == (evaluation.years + 1, "合计")
        for name in ("项目收入", "债券本金"):
            place = head.index(name)
            figures = [float(row[place].replace(",", "")) for row in rows if row[place]]
            assert sum(figures[:-1]) == pytest.approx(figures[-1], abs=0.2)
            assert figures[-1] > 1000
