"""The schema editors use and the loader agree."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from registry.eligibility.schema import FILES, pack_schema

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "tests" / "fixtures" / "rules" / "sound" / "sample"
PLACES = {
    "pack": SAMPLE / "pack.yaml",
    "rules": SAMPLE / "v1" / "rules.yaml",
    "parameters": SAMPLE / "v1" / "parameters.yaml",
    "cases": SAMPLE / "v1" / "cases" / "cases.yaml",
}


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator({**pack_schema(), "anyOf": [{"$ref": f"#/$defs/{name}"}]})


def plain(path: Path) -> Any:
    return json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")), default=str))


def test_the_file_beside_the_rules_is_the_one_generated() -> None:
    written = json.loads((ROOT / "rules" / "pack.schema.json").read_text(encoding="utf-8"))
    assert written == pack_schema(), "write it again: registry.eligibility.schema.pack_schema()"


@pytest.mark.parametrize("name", FILES)
def test_a_sound_file_fits_its_schema(name: str) -> None:
    assert [error.message for error in validator(name).iter_errors(plain(PLACES[name]))] == []


def test_an_unknown_key_and_a_wrong_severity_do_not_fit() -> None:
    rules = plain(PLACES["rules"])
    rules[0]["severty"] = "block"
    assert not validator("rules").is_valid(rules)
    rules = plain(PLACES["rules"])
    rules[0]["severity"] = "fatal"
    assert not validator("rules").is_valid(rules)
