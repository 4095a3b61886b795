import csv
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from packaged import content, dossier, evaluated
from registry.assessments.case import financial_case
from registry.assessments.pricing import evaluate
from registry.demo.nation import make_nation
from registry.packages import oc4ids
from registry.packages.content import PackageContent
from registry.projects.model import Dossier

STANDARD = Path(__file__).parents[2] / "data" / "oc4ids"
PROJECT: dict[str, Any] = json.loads((STANDARD / "project-schema.json").read_text(encoding="utf-8"))
PACKAGE: dict[str, Any] = json.loads((STANDARD / "project-package-schema.json").read_text(encoding="utf-8"))
PACKAGE["properties"]["projects"]["items"] = {"$ref": "#/definitions/Project"}
PACKAGE["definitions"] = {**PROJECT["definitions"], "Project": {**PROJECT, "id": "project"}}
PACKAGE["definitions"]["Project"].pop("id")


def codes(codelist: str) -> set[str]:
    with (STANDARD / "codelists" / codelist).open(encoding="utf-8") as lines:
        return {row["Code"] for row in csv.DictReader(lines)}


def coded(schema: dict[str, Any], document: Any) -> Iterator[tuple[str, str]]:
    """Every code in a document with the codelist its schema names for it."""
    schema = PROJECT["definitions"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
    if "codelist" in schema:
        for code in document if isinstance(document, list) else [document]:
            yield schema["codelist"], code
    elif isinstance(document, list):
        for item in document:
            yield from coded(schema.get("items", {}), item)
    elif isinstance(document, dict):
        for key, value in document.items():
            yield from coded(schema.get("properties", {}).get(key, {}), value)


VARIATIONS: dict[str, Dossier] = {
    "whole": dossier(),
    "bare": Dossier(name="某项目"),
    "half": Dossier.model_validate(
        {
            "name": "光伏项目",
            "construction_start": "2025",
            "construction_end": "2026-02",
            "operation_end": "2050-12",
            "funding_lines": [
                {"source": "other", "status": "gap"},
                {"source": "equity", "status": "gap", "amount": "0.5"},
            ],
        }
    ),
}


@pytest.fixture(scope="module")
def nation() -> list[dict[str, Any]]:
    """Two hundred projects drawn from an invented nation, priced where they can be."""
    drawn = random.Random(20260301).sample(list(make_nation(2000, 7)), 200)  # noqa: S311 - which projects is no secret
    return [oc4ids.project_package(_priced(each.dossier)) for each in drawn]


def _priced(drawn: Dossier) -> PackageContent:
    case, _ = financial_case(drawn)
    found = evaluate(drawn)
    if case is None or found.result is None:
        return content(dossier=drawn, evaluation=None)
    return content(dossier=drawn, evaluation=evaluated(case), analysis=None)


class TestTheExport:
    @pytest.mark.parametrize("name", VARIATIONS)
    def test_is_valid_against_the_standards_own_schema(self, name: str) -> None:
        document = oc4ids.project_package(content(dossier=VARIATIONS[name]))
        checker = jsonschema.Draft4Validator(PACKAGE, format_checker=jsonschema.FormatChecker())
        assert [error.message for error in checker.iter_errors(document)] == []

    @pytest.mark.parametrize("name", VARIATIONS)
    def test_uses_codes_of_the_standards_codelists(self, name: str) -> None:
        found = list(coded(PROJECT, oc4ids.project(content(dossier=VARIATIONS[name]))))
        own = {("locationGazetteers.csv", "CN-GB/T 2260"), ("metricID.csv", "benefit-1")}  # both lists are open
        assert [pair for pair in found if pair[1] not in codes(pair[0]) and pair not in own] == []

    def test_is_valid_for_a_whole_nation(self, nation: list[dict[str, Any]]) -> None:
        checker = jsonschema.Draft4Validator(PACKAGE, format_checker=jsonschema.FormatChecker())
        flaws = [
            f"{each['projects'][0]['title']}: {error.message}" for each in nation for error in checker.iter_errors(each)
        ]
        assert flaws == []
        priced = [each for each in nation if each["projects"][0]["x_registry"]["returns"] is not None]
        assert len(priced) > 20

    def test_uses_codes_of_the_standard_for_a_whole_nation(self, nation: list[dict[str, Any]]) -> None:
        found = {pair for each in nation for pair in coded(PROJECT, each["projects"][0])}
        own = {("locationGazetteers.csv", "CN-GB/T 2260")}
        strange = {pair for pair in found if pair[1] not in codes(pair[0])} - own
        assert {pair for pair in strange if pair[0] != "metricID.csv"} == set()
        assert all(code.startswith("benefit-") for _, code in strange)
        assert len(found) > 20

    def test_counts_in_yuan(self) -> None:
        budget = oc4ids.project(content())["budget"]
        assert budget["amount"] == {"amount": 435053655, "currency": "CNY"}
        assert [line["value"]["amount"] for line in budget["finance"]] == [3e7, 3e7, 1.1e8, 1.3e8, 40005000]

    def test_leaves_out_what_is_unknown(self) -> None:
        bare = oc4ids.project(content(dossier=Dossier(name="某项目"), evaluation=None))
        assert bare.keys() == {"id", "updated", "language", "title", "x_registry"}
        assert bare["x_registry"]["returns"] is None

    @pytest.mark.parametrize(
        ("start", "end", "expected"),
        [
            ("2025", "2026", ("2025-01-01T00:00:00Z", "2026-12-31T23:59:59Z")),
            ("2025-03", "2028-02", ("2025-03-01T00:00:00Z", "2028-02-29T23:59:59Z")),
            ("2025-03-04", "2026-12", ("2025-03-04T00:00:00Z", "2026-12-31T23:59:59Z")),
        ],
    )
    def test_dates_are_as_wide_as_what_is_known(self, start: str, end: str, expected: tuple[str, str]) -> None:
        dated = dossier(construction_start=start, construction_end=end)
        period = oc4ids.project(content(dossier=dated))["implementationPeriod"]
        assert (period["startDate"], period["endDate"]) == expected

    def test_names_a_sector_only_where_the_words_say_one(self) -> None:
        assert oc4ids.sectors("城北污水处理厂") == ["waterAndWaste"]
        assert oc4ids.sectors("屋顶光伏") == ["energy", "energy.solar"]
        assert oc4ids.sectors("某中学") == []
