"""The command line on a data folder of its own."""

import importlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from builders import dossier
from registry import database, settings
from registry.accounts.operations import ensure_operator
from registry.cli import COMMANDS
from registry.cli.console import app
from registry.projects.operations import create_project
from registry.settings import HOME

GOLDEN = HOME / "tests/golden/finance"


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
def code(run: Any, tmp_path: Path, migrated_file: Path) -> str:
    (tmp_path / "var").mkdir()
    shutil.copy(migrated_file, tmp_path / "var" / "registry.db")
    inputs = json.loads((GOLDEN / "G4-river-restoration.json").read_text(encoding="utf-8"))["inputs"]
    with database.writing() as session:
        return create_project(session, ensure_operator(session), dossier(financials=inputs), reason="录入").code
