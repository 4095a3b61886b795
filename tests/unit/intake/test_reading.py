import subprocess
import sys
import time
from pathlib import Path

import pytest

from intake_files import csv_text, repacked, sheet_xml, workbook
from registry.intake.reading import Sheet, Unreadable, cell_name, read_table

LARGEST_CHILD = """
import resource, sys
from pathlib import Path
from registry.intake.reading import Unreadable, read_table
try:
    read_table(Path(sys.argv[1]), "far.xlsx")
except Unreadable:
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
ROWS = (("项目名称", "总投资"), ("湖州污水厂", "12.5"))


def refusal(content: bytes | Path, name: str = "上传.xlsx") -> str:
    with pytest.raises(Unreadable) as caught:
        read_table(content, name)
    (finding,) = caught.value.findings
    assert name in finding.message_zh
    assert name in finding.message_en
    return finding.code


class TestReadTable:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    def test_takes_csv_in_the_encodings_offices_save(self, encoding: str) -> None:
        (sheet,) = read_table(csv_text(*ROWS).encode(encoding), "表.csv")
        assert sheet.rows == [["项目名称", "总投资"], ["湖州污水厂", "12.5"]]

    def test_takes_gb_18030_with_some_characters_of_its_private_zone(self) -> None:
        name, content = (
            "湖州\ue5e5水务有限公司污水处理厂提标改造工程",
            "新建管网二十公里、泵站三座、调蓄池一座，改造老旧合流管",
        )
        text = "项目名称,总投资,建设内容\n" + f"{name},100,{content}\n" * 30
        (sheet,) = read_table(text.encode("gb18030"), "项目.csv")
        assert "\ue5e5" in str(sheet.rows[1][0])

    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_finds_the_delimiter_from_the_first_line(self, delimiter: str) -> None:
        text = f"项目名称{delimiter}总投资\n湖州污水厂{delimiter}12.5\n"
        assert read_table(text.encode(), "表.csv")[0].rows[1] == ["湖州污水厂", "12.5"]

    def test_keeps_the_row_numbers_of_a_sheet_that_starts_far_down_and_right(self) -> None:
        rows = [(), (), (None, None, "项目名称"), (), (None, None, "湖州污水厂", None, 7)]
        (sheet,) = read_table(workbook(*rows), "表.xlsx")
        assert sheet.rows[2][2] == "项目名称"
        assert sheet.rows[4][2] == "湖州污水厂"
        assert sheet.rows[4][4] == "7"

    def test_does_not_take_the_cached_result_of_a_formula(self) -> None:
        cells = (
            '<row r="1"><c r="A1" t="inlineStr"><is><t>总投资</t></is></c></row>'
            '<row r="2"><c r="A2"><f>1+1</f><v>999</v></c><c r="B2"><v>5</v></c></row>'
        )
        (sheet,) = read_table(repacked(workbook(("x",)), xl__worksheets__sheet1_DOT_xml=sheet_xml(cells)), "表.xlsx")
        assert sheet.rows[1] == [None, "5"]
        assert sheet.formulas == {(2, 1): "=1+1"}

    def test_does_not_take_an_error_cell(self) -> None:
        cells = '<row r="1"><c r="A1" t="inlineStr"><is><t>总投资</t></is></c><c r="B1" t="e"><v>#N/A</v></c></row>'
        (sheet,) = read_table(repacked(workbook(("x",)), xl__worksheets__sheet1_DOT_xml=sheet_xml(cells)), "表.xlsx")
        assert sheet.rows == [["总投资", None]]
        assert sheet.errors == {(1, 2): "#N/A"}

    def test_names_cells_as_spreadsheets_do(self) -> None:
        assert cell_name(7, 3) == "C7"
        assert cell_name(1048576, 52) == "AZ1048576"


class TestRefusal:
    def test_of_an_empty_file(self) -> None:
        assert refusal(b"") == "file-empty"
        assert refusal(b"\xef\xbb\xbf".strip(b"\xef\xbb\xbf") + b"\r\n ") == "file-empty"

    def test_of_a_200_mb_file_does_not_open_it(self, tmp_path: Path) -> None:
        path = tmp_path / "large.xlsx"
        with path.open("wb") as stream:
            stream.truncate(200 * 1024 * 1024)
        start = time.perf_counter()
        assert refusal(path, "large.xlsx") == "file-too-large"
        assert time.perf_counter() - start < 0.5

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"%PDF-1.7 ...", "not-a-spreadsheet"),
            (b"\x89PNG\r\n\x1a\n....", "not-a-spreadsheet"),
            (b"<html><table></table></html>", "not-a-spreadsheet"),
            (bytes(range(256)) * 20, "not-a-spreadsheet"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old-excel-format"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password-protected"),
            ("项目名称,总投资\n".encode("utf-16"), "wrong-encoding"),
            ("project_name,city\n污水處理廠擴建工程,臺北市\n".encode("big5"), "wrong-encoding"),
            (b"PK\x03\x04 and then nothing", "workbook-damaged"),
            (('项目名称,总投资\n"' + "没有结束" * 20_000).encode(), "csv-broken"),
        ],
    )
    def test_of_what_is_no_table(self, content: bytes, code: str) -> None:
        assert refusal(content) == code

    def test_of_a_zip_that_is_no_workbook(self) -> None:
        content = workbook(("x",)).replace(b"xl/workbook.xml", b"xl/wordbook.xml")
        assert refusal(content) == "not-a-spreadsheet"

    def test_of_macros(self) -> None:
        assert refusal(repacked(workbook(*ROWS), xl__vbaProject_DOT_bin=b"program")) == "workbook-macros"

    def test_of_a_zip_bomb(self) -> None:
        content = repacked(workbook(*ROWS), xl__media__image1_DOT_xml=bytes(201 * 1024 * 1024))
        assert len(content) < 1024 * 1024
        assert refusal(content) == "workbook-too-large-unpacked"

    def test_of_one_cell_far_out_whatever_the_sheet_says_of_its_size(self, tmp_path: Path) -> None:
        cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="AZ1048576"><v>1</v></c></row>'
        content = repacked(workbook(("x",)), xl__worksheets__sheet1_DOT_xml=sheet_xml(cells, dimension="A1:B2"))
        assert len(content) < 10_000
        assert refusal(content) == "table-too-large"
        # In a process of its own: this one's largest child may have been another test's.
        (tmp_path / "far.xlsx").write_bytes(content)
        measured = subprocess.run(
            [sys.executable, "-c", LARGEST_CHILD, str(tmp_path / "far.xlsx")],
            capture_output=True,
            text=True,
            check=True,
        )
        assert int(measured.stdout) < 400 * 1024

    def test_of_an_entity_bomb(self) -> None:
        xml = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "' + b"x" * 1000 + b'">]><worksheet>&b;&b;</worksheet>'
        assert refusal(repacked(workbook(("x",)), xl__worksheets__sheet1_DOT_xml=xml)) == "workbook-damaged"

    def test_of_a_csv_with_too_many_columns(self) -> None:
        assert refusal((",".join(["项目名称"] * 401) + "\n").encode(), "宽.csv") == "table-too-large"

    def test_leaves_a_csv_with_exactly_the_most_columns(self) -> None:
        (sheet,) = read_table((",".join(["项目名称"] * 400) + "\n").encode(), "宽.csv")
        assert isinstance(sheet, Sheet)
        assert len(sheet.rows[0]) == 400


def test_the_worker_answers_on_its_own(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook(*ROWS))
    command = [sys.executable, "-m", "registry.intake.workbook_worker", str(path)]
    done = subprocess.run(command, capture_output=True, check=True)
    assert b'"sheets"' in done.stdout
