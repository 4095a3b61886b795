"""The commands people script against: names, counts and exit statuses are a promise."""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from applications import LIBRARY
from registry import database
from registry.accounts.operations import ensure_operator
from registry.assessments.work import enqueue_screening
from registry.cli import COMMANDS
from registry.jobs import find_job
from registry.projects.lifecycle.operations import open_application
from registry.settings import HOME

GOLDEN = HOME / "tests/golden/finance"
CSV = """项目名称,省份,地市,总投资,建设期起,备注
湖州市某污水处理厂,浙江省,湖州市,12000,2024-9,甲
湖州市某管网工程,浙江省,湖州市,三千,2025,乙
,浙江省,湖州市,5000,2025,丙
"""


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

    def test_sends_an_admitted_project_back_to_review_only_when_told(self, run: Any, code: str, tmp_path: Path) -> None:
        with database.writing() as session:
            operator = ensure_operator(session)
            application = open_application(session, operator, code, library=LIBRARY)
            application.state = "in_library"
        file = tmp_path / "projects.csv"
        file.write_text(f"登记编号,项目名称,总投资（万元）\n{code},改名工程,20000\n", encoding="utf-8")
        found = json.loads(run("import", file, "--json").stdout)
        assert (found["left_frozen"], found["changed"], found["findings"][0]["code"]) == (1, 0, "major-edit")
        assert "--reopens-entry" in run("import", file).stdout
        found = json.loads(run("import", file, "--reopens-entry", "--json").stdout)
        assert (found["reopened"], found["changed"], list(found["codes"].values())) == (1, 1, [code])

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
