"""`registry display`: release, list, open data, withdraw."""

import json
from pathlib import Path
from typing import Any

from builders import dossier
from registry import database
from registry.accounts.operations import ensure_operator
from registry.projects.operations import create_project


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
