"""The finance commands: what is scripted against."""

import importlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from golden.test_finance_cases import differences
from registry.cli.console import app
from registry.settings import HOME

GOLDEN = HOME / "tests/golden/finance"
G1 = GOLDEN / "G1-sewage-network-plant.json"
PV, ABATEMENT = "G3-rooftop-pv.json", "B1-pv-abatement-cost.json"
importlib.import_module("registry.cli.money")


def run(*arguments: object) -> Result:
    words = ["finance", *(str(argument) for argument in arguments)]
    return CliRunner().invoke(app, words, env={"COLUMNS": "220"})


def document(*arguments: object) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


class TestEvaluate:
    @pytest.mark.parametrize("path", sorted(GOLDEN.glob("[BGP]*.json")), ids=lambda path: path.stem)
    def test_answers_every_expected_name(self, path: Path) -> None:
        expected = json.loads(path.read_text(encoding="utf-8"))["expected"]
        assert list(differences(expected, document("evaluate", path))) == []

    def test_a_benefit_case_finds_its_project_by_id_under_another_file_name(self, tmp_path: Path) -> None:
        case = shutil.copy(GOLDEN / ABATEMENT, tmp_path)
        project = json.loads((GOLDEN / PV).read_text(encoding="utf-8")) | {"id": "G3-rooftop-pv"}
        (tmp_path / "some-other-name.json").write_text(json.dumps(project), encoding="utf-8")
        assert document("evaluate", case)["marginal_abatement_cost_yuan_per_t"] == pytest.approx(-292.982808427)

    def test_a_benefit_case_alone_says_what_it_misses(self, tmp_path: Path) -> None:
        found = document("evaluate", shutil.copy(GOLDEN / ABATEMENT, tmp_path))
        assert found["co2_first_year_t"] == pytest.approx(10445.4)
        assert found["loan_share"] is None
        assert [finding["code"] for finding in found["findings"]] == ["project-not-found"]


class TestSensitivity:
    def test_gives_curves_tornado_grid_and_stress(self) -> None:
        found = document("sensitivity", G1)
        expected = json.loads(G1.read_text(encoding="utf-8"))["expected"]["sensitivity_post_tax"]
        for table in found["factors"]:
            rows = expected[table["factor"]]["rows"]
            assert [row["irr"] for row in table["rows"]] == pytest.approx([row["irr"] for row in rows])
        assert found["grid"]["npv"][2][2] == pytest.approx(found["tornado"]["base"])
        assert [line["stress"]["zh"] for line in found["stress"]][:2] == ["基准", "收入 −5%"]
        coverages = [line["total_debt_coverage"] for line in found["stress"]]
        assert coverages[0] == max(coverages)
        assert coverages[-1] == min(coverages)

    def test_prints_tables_for_people(self) -> None:
        result = run("sensitivity", G1)
        assert result.exit_code == 0
        assert "表13 敏感性分析表" in result.stdout
        assert "表14-3 压力测试表" in result.stdout

    def test_refuses_what_is_no_project(self) -> None:
        result = run("sensitivity", GOLDEN / "P01-construction-interest-3y.json")
        assert result.exit_code == 1
        assert "project" in result.stderr

    def test_names_the_factors_it_knows(self) -> None:
        assert run("sensitivity", G1, "--first", "weather").exit_code == 2


class TestSimulate:
    def test_the_seed_fixes_every_figure(self) -> None:
        first, again = (document("simulate", G1, "--draws", 200, "--seed", 3) for _ in range(2))
        other = document("simulate", G1, "--draws", 200, "--seed", 4)
        assert first == again
        assert first["npv"]["mean"] != other["npv"]["mean"]
        assert sum(first["npv"]["histogram"]["counts"]) == 200

    def test_a_higher_floor_is_missed_more_often(self) -> None:
        low, high = (document("simulate", G1, "--draws", 200, "--floor", floor) for floor in (0.5, 1.5))
        chances = [each["probability_dscr_below_floor"]["value"] for each in (low, high)]
        assert chances[0] < chances[1]

    def test_takes_a_plan_and_refuses_an_unknown_factor(self, tmp_path: Path) -> None:
        plan = tmp_path / "plan.json"
        plan.write_text(json.dumps({"factors": {"weather": {"kind": "uniform", "low": 0, "high": 1}}}))
        result = run("simulate", G1, "--draws", 10, "--plan", plan)
        assert result.exit_code == 1
        assert "weather" in result.stderr

    def test_several_cases_one_result_each(self) -> None:
        found = document("simulate", G1, "--also", GOLDEN / PV, "--draws", 50)
        assert [each["case"] for each in found] == ["G1-sewage-network-plant", "G3-rooftop-pv"]
        assert found[0] == document("simulate", G1, "--draws", 50)

    def test_prints_probabilities_for_people(self) -> None:
        result = run("simulate", G1, "--draws", 50)
        assert "净现值为负的概率" in result.stdout
