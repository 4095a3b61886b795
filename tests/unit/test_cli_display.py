"""`registry display`: release, list, open data, withdraw."""

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from builders import dossier
from registry import database, settings
from registry.accounts.operations import ensure_operator
from registry.cli.console import app
from registry.projects.operations import create_project


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.delenv("REGISTRY_DATABASE_URL", raising=False)
    for cached in (settings.settings, database.engine):
        cached.cache_clear()
    importlib.import_module("registry.cli.displaying")

    def invoke(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})

    yield invoke
    database.engine().dispose()
    for cached in (settings.settings, database.engine):
        cached.cache_clear()


def test_a_project_is_released_taken_as_open_data_and_withdrawn(run: Any, tmp_path: Path) -> None:
    database.migrate()
    with database.writing() as session:
        code = create_project(session, ensure_operator(session), dossier(), reason="录入").code
    assert run("display", "list", "--json").stdout.strip() == "[]"
    assert run("display", "release", code, "--field", "total_investment").exit_code == 0
    (shown,) = json.loads(run("display", "list", "--json").stdout)
    assert (shown["code"], shown["total_investment"]) == (code, "12345.67")
    assert run("display", "open-data", tmp_path / "a.json").exit_code == 0
    assert json.loads((tmp_path / "a.json").read_text())["projects"][0]["budget"]["amount"]["amount"] == 123456700
    assert run("display", "open-data", tmp_path / "a.csv").exit_code == 0
    assert "12345.67" in (tmp_path / "a.csv").read_text(encoding="utf-8-sig")
    assert run("display", "release", code, "--field", "contact_phone").exit_code == 1
    assert run("display", "withdraw", code, "--reason", "有误").exit_code == 0
    assert json.loads(run("display", "list", "--json").stdout) == []
