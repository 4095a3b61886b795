"""What leaves and what is added up, from a terminal: packages, portfolio, choices, plans."""

import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from builders import dossier
from registry import database
from registry.accounts.operations import add_organisation, ensure_operator
from registry.programme.financing_plan.operations import begin_plan
from registry.projects.operations import create_project
from registry.settings import HOME

GOLDEN = HOME / "tests/golden/finance"


class TestPackages:
    def test_are_verified_and_refused_after_one_byte(self, run: Any, code: str, tmp_path: Path) -> None:
        written = json.loads(run("package", code, "--out", tmp_path, "--as-of", "2026-11-21", "--json").stdout)
        file = Path(written["file"])
        assert run("verify", file).exit_code == 0
        content = bytearray(file.read_bytes())
        with zipfile.ZipFile(file) as archive:
            start = archive.getinfo("09_数据_project.json").header_offset
        content[content.index("湖州市吴兴区".encode(), start)] ^= 1
        file.write_bytes(content)
        result = run("verify", file)
        assert result.exit_code == 1
        assert "09_数据_project.json" in result.output

    def test_are_called_unreadable_with_another_status(self, run: Any, tmp_path: Path) -> None:
        result = run("verify", tmp_path / "none.zip")
        assert result.exit_code == 2
        (tmp_path / "text.zip").write_text("no archive", encoding="utf-8")
        assert run("verify", tmp_path / "text.zip").exit_code == 1

    def test_say_whether_they_are_signed_and_of_what(
        self, run: Any, code: str, tmp_path: Path, cheap_papers: None
    ) -> None:
        written = json.loads(run("package", code, "--out", tmp_path, "--as-of", "2026-11-21", "--json").stdout)
        told = json.loads(run("verify", written["file"], "--json").stdout)
        assert (told["is_intact"], told["signature"], told["digest"]) == (True, "unsigned", written["manifest"])
        issuers = tmp_path / "issuers.pem"
        issuers.write_text("", encoding="utf-8")
        refused = run("verify", written["file"], "--issuers", issuers)
        assert refused.exit_code == 1
        assert "not signed" in refused.output

    def test_are_released_to_a_bank_and_withdrawn(self, run: Any, code: str, cheap_papers: None) -> None:
        with database.writing() as session:
            add_organisation(session, name="示例银行甲", group="bank")
        given = run("release", "give", code, "--bank", "示例银行甲", "--reason", "会议决定", "--as-of", "2026-11-21")
        assert given.exit_code == 0, given.output
        (line,) = json.loads(run("release", "list", "--json").stdout)
        assert (line["code"], line["bank"], line["withdrawn"]) == (code, "示例银行甲", None)
        assert run("release", "withdraw", str(line["id"]), "--reason", "有误").exit_code == 0
        assert "已撤回：有误" in run("release", "list").output


class TestManyPackages:
    def test_are_written_once_and_skipped_the_second_time(self, run: Any, code: str, tmp_path: Path) -> None:
        with database.writing() as session:
            other = create_project(session, ensure_operator(session), dossier(name="二期"), reason="录入").code
        arguments = ("package", code, other, "--out", tmp_path, "--as-of", "2026-11-21", "--json")
        first, second = (json.loads(run(*arguments).stdout) for _ in range(2))
        assert (first["written"], first["skipped"], first["findings"]) == (2, 0, [])
        assert (second["written"], second["skipped"]) == (0, 2)
        assert sorted(path.name[:10] for path in tmp_path.glob("*.zip")) == sorted([code, other])

    def test_name_the_one_that_failed_and_leave_with_1(self, run: Any, code: str, tmp_path: Path) -> None:
        result = run("package", code, "ML-9999999", "--out", tmp_path, "--as-of", "2026-11-21")
        assert result.exit_code == 1
        assert "ML-9999999" in result.output
        assert len(list(tmp_path.glob("*.zip"))) == 1

    def test_ask_for_codes_or_all(self, run: Any, code: str) -> None:
        assert run("package").exit_code == 2
        assert run("package", code, "--all").exit_code == 2


class TestVariants:
    def test_write_the_introduction_and_the_bond_papers_alone(self, run: Any, code: str, tmp_path: Path) -> None:
        for variant, endings in (
            ("teaser", ["项目推介.pdf"]),
            ("bond-plan", ["实施方案_bond-plan.docx", "财务评估报告_financial-evaluation.docx"]),
        ):
            folder = tmp_path / variant
            assert run("package", code, "--variant", variant, "--out", folder, "--as-of", "2026-11-21").exit_code == 0
            names = sorted(path.name for path in folder.iterdir())
            assert names == sorted(f"{code}_20261121_v1_{ending}" for ending in endings)

    def test_write_the_summary_table_as_xlsx_only(self, run: Any, code: str, tmp_path: Path) -> None:
        file = tmp_path / "汇总.xlsx"
        assert run("summary-table", "--out", file).exit_code == 0
        assert file.read_bytes()[:2] == b"PK"
        assert run("summary-table", "--out", tmp_path / "汇总.csv").exit_code == 1


class TestPortfolio:
    def test_prints_a_report_and_what_its_sums_leave_out(self, run: Any, code: str) -> None:
        with database.writing() as session:
            create_project(session, ensure_operator(session), dossier(total_investment=None), reason="录入")
        table = json.loads(run("portfolio", "funding_mix", "--by", "province", "--json").stdout)[0]
        assert [(row["province"], row["n_projects"], row["total_investment"]) for row in table["rows"]] == [
            ("浙江省", 2, "12345.67")
        ]
        assert [each["code"] for each in table["remarks"]] == ["unknown-total"]
        shown = run("portfolio", "funding_mix", "--by", "province")
        assert "浙江省" in shown.stdout
        assert "总投资未填" in shown.stderr

    def test_writes_a_file_that_says_where_it_comes_from(self, run: Any, code: str, tmp_path: Path) -> None:
        target = tmp_path / "mix.csv"
        assert run("portfolio", "funding_mix", "--out", target).exit_code == 0
        text = target.read_text(encoding="utf-8-sig")
        assert "查询,report=funding_mix&by=source&as_of=" in text
        assert "可见范围：全部项目，共 1 个项目" in text
        assert run("portfolio", "funding_mix", "--out", tmp_path / "mix.docx").exit_code == 2

    def test_of_a_day_before_the_first_project_is_empty(self, run: Any, code: str) -> None:
        assert json.loads(run("portfolio", "leverage", "--as-of", "2000-01-01", "--json").stdout)[0]["rows"] == []
        refused = run("portfolio", "leverage", "--as-of", "2999-01-01", "--json")
        assert (refused.exit_code, json.loads(refused.stdout)["findings"][0]["code"]) == (1, "date-to-come")


class TestChoosingMoney:
    @pytest.mark.parametrize(
        ("asked", "zh", "en"),
        [
            (["select", "--budget", "city=-5"], "预算应为不小于 0 的金额", "zero or more"),
            (["select", "--budget", "city:1066=5"], "年度应在 1990 与 2100 之间", "the year should lie between"),
            (["select", "--budget", "lottery=5"], "没有资金来源 lottery", "There is no source lottery"),
            (
                ["select", "--budget", "city=5", "--quota", "region=east:5..2"],
                "下限 5 高于上限 2",
                "at least 5 is above at most 2",
            ),
            (["mix", "CODE", "--source", "city=-5"], "金额不能为负", "an amount cannot be negative"),
            (["mix", "CODE", "--source", "lottery=5"], "没有资金来源 lottery", "There is no source lottery"),
            (["mix", "CODE", "--capital-floor", "20"], "应在 0 与 1 之间", "should be between 0 and 1"),
        ],
    )
    def test_says_what_is_wrong_in_both_languages(
        self, run: Any, code: str, asked: list[str], zh: str, en: str
    ) -> None:
        result = run(*(code if word == "CODE" else word for word in asked))
        assert result.exit_code == 1
        assert (zh in result.output, en in result.output, "Traceback" in result.output) == (True, True, False)

    def test_names_what_to_ease_where_no_money_is_left(self, run: Any, code: str) -> None:
        nothing = [f"--source={key}=0" for key in ("city", "equity", "special_bond", "policy_bank_loan")]
        result = run("mix", code, *nothing)
        assert result.exit_code == 0
        assert "由 0.00 万元 提高到" in result.output
        told = json.loads(run("mix", code, *nothing, "--json").stdout)
        assert told["status"] == "infeasible"
        assert all("0.00 (10 000 yuan)" in each["message_en"] for each in told["messages"])

    def test_says_that_a_budget_is_drawn_on_by_nobody(self, run: Any, code: str) -> None:
        told = json.loads(run("select", "--budget", "ultra_long_bond:2099=5", "--json").stdout)
        assert "unused-budget" in {each["code"] for each in told["remarks"]}


class TestPlan:
    def test_is_listed_shown_and_exported(self, run: Any, code: str, tmp_path: Path) -> None:
        with database.writing() as session:
            begin_plan(session, ensure_operator(session), title="湖州市方案", start_year=2027)
        assert "湖州市方案" in run("plan", "list").stdout
        shown = json.loads(run("plan", "show", 1, "--json").stdout)
        assert [row["code"] for row in shown["tables"]["projects"]["rows"]] == [code]
        assert "非官方规定格式" in run("plan", "show", 1).stdout
        target = tmp_path / "plan.docx"
        assert run("plan", "export", 1, "--out", target).exit_code == 0
        assert zipfile.is_zipfile(target)

    def test_goes_out_as_a_form_and_comes_back_filled_in(self, run: Any, code: str, tmp_path: Path) -> None:
        with database.writing() as session:
            begin_plan(session, ensure_operator(session), title="湖州市方案", start_year=2027)
        form = tmp_path / "方案.xlsx"
        assert run("plan", "export", 1, "--form", "--out", form).exit_code == 0
        book = openpyxl.load_workbook(form)
        book["项目清单"]["B2"] = "重点项目"
        book["债务安全"]["B3"] = 120000
        book.save(form)
        assert json.loads(run("plan", "import", 1, form, "--json").stdout)["revision_number"] == 2
        document = json.loads(run("plan", "show", 1, "--json").stdout)["document"]
        assert (document["projects"][0]["role"], document["debt_safety"]["own_debt"]) == ("core", "120000")
        book["项目清单"]["A2"] = "ML-0000001"
        book["项目清单"]["A3"] = "ML-0000001"
        book.save(form)
        refused = json.loads(run("plan", "import", 1, form, "--json").stdout)
        assert [each["code"] for each in refused["findings"]] == ["named-twice"]

    def test_says_what_it_cannot_find_or_write(self, run: Any, code: str, tmp_path: Path) -> None:
        missing = run("plan", "show", 9)
        assert (missing.exit_code, "没有编号为 9" in missing.stderr) == (1, True)
        wrong = run("plan", "export", 9, "--out", tmp_path / "plan.odt")
        assert (wrong.exit_code, ".docx" in wrong.stderr) == (1, True)
