"""The commands people script against: names, counts and exit statuses are a promise."""

import importlib
import json
import shutil
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from builders import dossier
from registry import database, settings
from registry.accounts.operations import add_organisation, ensure_operator
from registry.assessments.work import enqueue_screening
from registry.cli import COMMANDS
from registry.cli.console import app
from registry.jobs import find_job
from registry.programme.financing_plan.operations import begin_plan
from registry.projects.operations import create_project
from registry.settings import HOME

GOLDEN = HOME / "tests/golden/finance"
CSV = """项目名称,省份,地市,总投资,建设期起,备注
湖州市某污水处理厂,浙江省,湖州市,12000,2024-9,甲
湖州市某管网工程,浙江省,湖州市,三千,2025,乙
,浙江省,湖州市,5000,2025,丙
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.delenv("REGISTRY_DATABASE_URL", raising=False)
    for cached in (settings.settings, database.engine):
        cached.cache_clear()
    for module in dict.fromkeys(COMMANDS.values()):
        importlib.import_module(f"registry.cli.{module}")

    def invoke(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})

    yield invoke
    database.engine().dispose()
    for cached in (settings.settings, database.engine):
        cached.cache_clear()


@pytest.fixture
def code(run: Any) -> str:
    assert run("migrate").exit_code == 0
    inputs = json.loads((GOLDEN / "G4-river-restoration.json").read_text(encoding="utf-8"))["inputs"]
    with database.writing() as session:
        return create_project(session, ensure_operator(session), dossier(financials=inputs), reason="录入").code


class TestEveryCommand:
    @pytest.mark.parametrize("name", sorted(COMMANDS))
    def test_has_help(self, run: Any, name: str) -> None:
        result = run(name, "--help")
        assert result.exit_code == 0
        assert "Usage" in result.stdout


class TestProjects:
    def test_finds_by_initials_under_conditions(self, run: Any, code: str) -> None:
        found = json.loads(run("projects", "wscl", "--only", "investment_min=12345.67", "--json").stdout)
        assert (found["count"], found["investment"], found["next"]) == (1, "12345.67", None)
        assert [item["code"] for item in found["items"]] == [code]
        assert json.loads(run("projects", "没有的", "--json").stdout)["items"] == []

    def test_names_a_condition_it_does_not_know(self, run: Any, code: str) -> None:
        refused = run("projects", "--only", "colour=green", "--json")
        assert refused.exit_code == 1
        assert json.loads(refused.stdout)["findings"][0]["path"] == "colour"


class TestImport:
    def test_counts_rows_and_names_findings(self, run: Any, tmp_path: Path) -> None:
        file = tmp_path / "projects.csv"
        file.write_text(CSV, encoding="utf-8")
        found = json.loads(run("import", file, "--json").stdout)
        assert (found["rows"], found["created"], found["changed"], found["unchanged"], found["rejected"]) == (
            3,
            2,
            0,
            0,
            1,
        )
        (amount,) = (each for each in found["findings"] if each["column"] == "总投资")
        assert (amount["row"], amount["value"]) == (3, "三千")
        assert {"row", "column", "value", "code", "message", "severity"} <= set(amount)

    def test_changes_nothing_the_second_time(self, run: Any, tmp_path: Path) -> None:
        file = tmp_path / "projects.csv"
        file.write_text(CSV, encoding="gb18030")
        run("import", file, "--json")
        found = json.loads(run("import", file, "--json").stdout)
        assert (found["created"], found["changed"], found["unchanged"], found["rejected"]) == (0, 0, 2, 1)

    def test_refuses_a_file_that_is_none_with_status_1(self, run: Any, tmp_path: Path) -> None:
        assert run("import", tmp_path / "missing.csv").exit_code == 1
        empty = tmp_path / "empty.xlsx"
        empty.write_bytes(b"")
        result = run("import", empty, "--json")
        assert result.exit_code == 1
        assert len(json.loads(result.stdout)["findings"]) == 1


class TestFinanceEvaluate:
    def test_speaks_the_vocabulary_of_the_golden_files(self, run: Any) -> None:
        file = GOLDEN / "P02-level-payment-2012-cost-engineer.json"
        found = json.loads(run("finance", "evaluate", file, "--json").stdout)
        assert found["debt_at_end_of_construction"] == pytest.approx(1909.62, abs=0.005)
        assert found["debt_service"][0] == pytest.approx(551.10, abs=0.005)

    def test_refuses_what_it_cannot_calculate_by_name(self, run: Any, tmp_path: Path) -> None:
        file = tmp_path / "case.json"
        file.write_text('{"kind": "project", "inputs": {"surprise": 1}}', encoding="utf-8")
        result = run("finance", "evaluate", file, "--json")
        assert result.exit_code == 1
        assert "surprise" in {finding["path"] for finding in json.loads(result.stdout)["findings"]}

    @pytest.mark.parametrize("text", ["", "{", "[1, 2]", '{"kind": "project", "inputs": {"discount_rate": NaN}}'])
    def test_never_ends_in_a_traceback(self, run: Any, tmp_path: Path, text: str) -> None:
        file = tmp_path / "case.json"
        file.write_text(text, encoding="utf-8")
        result = run("finance", "evaluate", file)
        assert result.exit_code == 1
        assert "Traceback" not in result.output


class TestScreen:
    def test_answers_under_the_text_of_the_date(self, run: Any, code: str) -> None:
        found = json.loads(
            run("screen", code, "--library", "central-eco-fund", "--as-of", "2024-06-01", "--json").stdout
        )
        assert found["governing_date"] == "2024-06-01"
        assert [each["pack"] for each in found["libraries"]] == ["central-eco-fund"]

    def test_takes_one_project_or_all(self, run: Any, code: str) -> None:
        assert run("screen").exit_code == 2
        assert run("screen", code, "--all").exit_code == 2
        assert [each["project"]["code"] for each in json.loads(run("screen", "--all", "--json").stdout)] == [code]

    def test_refuses_an_unknown_library(self, run: Any, code: str) -> None:
        assert run("screen", code, "--library", "nobody").exit_code == 1

    def test_tells_the_nearest_way_of_one_project(self, run: Any, code: str) -> None:
        found = json.loads(run("screen", code, "--nearest", "--library", "special-bond", "--json").stdout)
        assert [way["pack"] for way in found["nearest"]["ways"]] == ["special-bond"]
        assert run("screen", "--all", "--nearest").exit_code == 2
        assert run("screen", code, "--nearest").exit_code == 0


class TestMissing:
    def test_names_field_step_and_clause(self, run: Any, code: str) -> None:
        found = json.loads(run("missing", code, "--library", "special-bond", "--json").stdout)
        assert [step["step"] for step in found["steps"]] == ["draft", "submitted", "in_library", "packaged"]
        text = run("missing", code).stdout
        assert f"提交：还缺 {found['steps'][1]['count']} 项" in text
        assert "投资项目代码  approval_code（填报目录" in text
        assert "中央生态环境资金项目储备库 cef-no-hidden-debt 中央生态环境资金项目储备库入库指南" in text

    def test_refuses_an_unknown_code_or_library_with_status_1(self, run: Any, code: str) -> None:
        assert run("missing", "ML-9999999").exit_code == 1
        assert run("missing", code, "--library", "nobody").exit_code == 1


class TestRules:
    def test_check_runs_the_cases_and_names_one_that_is_not_met(self, run: Any, tmp_path: Path) -> None:
        sound = HOME / "tests/fixtures/rules/sound/sample"
        assert json.loads(run("rules", "check", sound, "--json").stdout)["packs"] == {"sample": {"v1": 6, "v2": 3}}
        shutil.copytree(sound, tmp_path / "sample")
        cases = tmp_path / "sample/v1/cases/cases.yaml"
        text = cases.read_text(encoding="utf-8")
        cases.write_text(text.replace("{capital_ratio: 0.2}, expect: pass", "{capital_ratio: 0.2}, expect: fail", 1))
        result = run("rules", "check", tmp_path / "sample", "--json")
        assert result.exit_code == 1
        (finding,) = json.loads(result.stdout)["findings"]
        assert (finding["code"], finding["row"]) == ("case-unmet", 1)

    def test_docs_put_the_clause_beside_the_rule_in_both_languages(self, run: Any, tmp_path: Path) -> None:
        book = run("rules", "docs", "--pack", "project-capital", "--as-of", "2026-11-21").stdout
        (row,) = (line for line in book.splitlines() if "cap-floor-port" in line)
        clause, rule = row.strip("| ").split(" | ")
        assert "国发〔2019〕26号 二（五）" in clause
        assert "港口、沿海及内河航运资本金不低于 20%" in rule
        assert "Requires: " in rule
        page = tmp_path / "book.html"
        assert run("rules", "docs", "--as-of", "2026-11-21", "--out", page).exit_code == 0
        text = page.read_text(encoding="utf-8")
        assert text.count("<h2>") == len(list((HOME / "rules").glob("*/pack.yaml"))) == 12
        assert "cap-floor-port" in text
        assert run("rules", "docs", "--pack", "nobody").exit_code == 1

    def test_facts_and_schema_tell_what_a_predicate_may_use(self, run: Any) -> None:
        (found,) = json.loads(run("rules", "facts", "implementer_registration_code", "--json").stdout)
        assert (found["type"], found["origin"]) == ("text", "derived")
        assert "concerns" in json.loads(run("rules", "schema").stdout)["$defs"]["PackHead"]["properties"]

    def test_counts_add_up_to_the_projects(self, run: Any, code: str) -> None:
        rows = json.loads(run("rules", "counts", "--pack", "project-capital", "--json").stdout)
        states = ("pass", "fail", "unknown", "judgement", "not_applicable")
        assert len(rows) == 24
        assert {sum(row[state] for state in states) for row in rows} == {1}

    def test_rehearse_compares_two_versions(self, run: Any, code: str) -> None:
        found = json.loads(run("rules", "rehearse", "eco-finance-support", "2024", "2025", "--json").stdout)
        assert (found["projects"], found["n_flips"]) == (1, 0)
        assert run("rules", "rehearse", "eco-finance-support", "2024", "2099").exit_code == 1
        assert "1 个项目" in run("rules", "rehearse", "eco-finance-support", "2024", "2025").stdout


class TestWork:
    def test_runs_what_waits_and_stops(self, run: Any, code: str) -> None:
        with database.writing() as session:
            operator = ensure_operator(session)
            job = enqueue_screening(session, operator, as_of=date(2026, 11, 21))
        assert f"任务 {job} 已结束" in run("work", "--once").stdout
        with database.reading() as session:
            assert find_job(session, job, requested_by=operator.user_id).state == "done"


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


class TestShow:
    def test_prints_the_dossier(self, run: Any, code: str) -> None:
        assert json.loads(run("show", code, "--json").stdout)["dossier"]["total_investment"] == "12345.67"
        assert "12345.67" in run("show", code).stdout

    def test_refuses_an_unknown_code_with_status_1(self, run: Any, code: str) -> None:
        assert run("show", "ML-9999999").exit_code == 1


class TestExport:
    def test_can_be_imported_again_without_a_change(self, run: Any, code: str, tmp_path: Path) -> None:
        file = tmp_path / "projects.xlsx"
        assert run("export", "--out", file).exit_code == 0
        found = json.loads(run("import", file, "--json").stdout)
        assert (found["rows"], found["unchanged"]) == (1, 1)

    @pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
    def test_writes_a_csv_that_can_be_imported_again(self, run: Any, code: str, tmp_path: Path, encoding: str) -> None:
        file = tmp_path / "projects.csv"
        assert run("export", code, "--out", file, "--encoding", encoding).exit_code == 0
        assert code in file.read_bytes().decode(encoding)
        found = json.loads(run("import", file, "--json").stdout)
        assert (found["rows"], found["unchanged"]) == (1, 1)

    def test_refuses_a_code_it_does_not_know(self, run: Any, code: str, tmp_path: Path) -> None:
        assert run("export", "ML-9999999", "--out", tmp_path / "projects.csv").exit_code == 1

    def test_writes_the_documents_as_json(self, run: Any, code: str, tmp_path: Path) -> None:
        file = tmp_path / "projects.json"
        assert run("export", code, "--out", file).exit_code == 0
        assert json.loads(file.read_text(encoding="utf-8"))[0]["dossier"]["total_investment"] == "12345.67"

    def test_refuses_a_format_it_does_not_write(self, run: Any, code: str, tmp_path: Path) -> None:
        assert run("export", "--out", tmp_path / "projects.pdf").exit_code == 1


class TestSchema:
    @pytest.mark.parametrize(("what", "field"), [("project", "total_investment"), ("case", "timeline")])
    def test_describes_what_is_taken(self, run: Any, what: str, field: str) -> None:
        found = json.loads(run("schema", what).stdout)
        assert field in found["properties"]
        assert found["additionalProperties"] is False


class TestAudit:
    def test_verifies_the_log(self, run: Any, code: str) -> None:
        assert run("audit", "verify").exit_code == 0


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

    def test_says_what_it_cannot_find_or_write(self, run: Any, code: str, tmp_path: Path) -> None:
        missing = run("plan", "show", 9)
        assert (missing.exit_code, "没有编号为 9" in missing.stderr) == (1, True)
        wrong = run("plan", "export", 9, "--out", tmp_path / "plan.odt")
        assert (wrong.exit_code, ".docx" in wrong.stderr) == (1, True)
