"""Commands on people and on the audit log."""

import importlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from registry import database, settings
from registry.accounts.operations import check_password
from registry.audit_check import check_log
from registry.cli.console import app

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.delenv("REGISTRY_DATABASE_URL", raising=False)
    for cached in (settings.settings, database.engine):
        cached.cache_clear()
    for module in ("people", "auditing"):
        importlib.import_module(f"registry.cli.{module}")

    def invoke(*arguments: object, typed: str | None = None) -> Result:
        words = [str(argument) for argument in arguments]
        return CliRunner().invoke(app, words, input=typed, env={"COLUMNS": "200"})

    yield invoke
    database.engine().dispose()
    for cached in (settings.settings, database.engine):
        cached.cache_clear()


def opens(login: str, password: str) -> bool:
    with database.reading() as session:
        return check_password(session, login=login, password=password) is not None


class TestTheFirstAdministrator:
    def test_gets_a_password_nobody_chose_shown_once(self, run: Run) -> None:
        made = [run("user", "add", login, "--name", "管理员", "--admin", "--json") for login in ("root-1", "root-2")]
        passwords = [json.loads(each.stdout)["password"] for each in made]
        assert len(set(passwords)) == 2
        assert min(len(password) for password in passwords) >= 20
        assert opens("root-1", passwords[0])
        assert not opens("root-1", passwords[1])
        listed = {person["login"]: person for person in json.loads(run("user", "list", "--json").stdout)}
        assert (listed["root-1"]["group"], listed["root-1"]["role"]) == ("operator", "administrator")
        assert passwords[0] not in run("user", "list", "--json").stdout

    def test_may_choose_one_that_is_long_enough(self, run: Run) -> None:
        add = ("user", "add", "boss", "--name", "甲", "--admin", "--password-stdin")
        assert run(*add, typed="short\n").exit_code == 1
        assert run(*add, typed="long enough for now\n").exit_code == 0
        assert opens("boss", "long enough for now")
        assert run(*add, typed="long enough for now\n").exit_code == 1


class TestPeople:
    def test_need_an_organisation_a_known_role_and_a_manager(self, run: Run) -> None:
        run("organisation", "add", "浙江省财政厅", "--group", "province", "--division", "330000")
        run(
            "organisation", "add", "湖州市财政局", "--group", "city", "--parent", "浙江省财政厅", "--division", "330500"
        )
        run(
            "organisation", "add", "吴兴区财政局", "--group", "city", "--parent", "湖州市财政局", "--division", "330502"
        )
        houses = json.loads(run("organisation", "list", "--json").stdout)
        assert {house["name"]: house["parent"] for house in houses}["吴兴区财政局"] == "湖州市财政局"
        assert run("user", "add", "a", "--name", "甲").exit_code == 1
        assert run("user", "add", "a", "--name", "甲", "--organisation", "无此机构").exit_code == 1
        assert (
            run("user", "add", "a", "--name", "甲", "--organisation", "湖州市财政局", "--role", "king").exit_code == 1
        )
        assert run("user", "add", "chief", "--name", "甲", "--organisation", "湖州市财政局", "--admin").exit_code == 0
        county = ("user", "add", "county", "--name", "乙", "--organisation", "吴兴区财政局", "--as")
        assert run(*county, "chief").exit_code == 0
        upward = ("user", "add", "up", "--name", "丙", "--organisation", "浙江省财政厅", "--as", "chief")
        assert run(*upward).exit_code == 1

    def test_are_closed_and_opened_again(self, run: Run) -> None:
        first = json.loads(run("user", "add", "boss", "--name", "甲", "--admin", "--json").stdout)["password"]
        assert run("user", "disable", "boss").exit_code == 0
        assert not opens("boss", first)
        second = json.loads(run("user", "reset", "boss", "--second-factor", "--json").stdout)["password"]
        assert (opens("boss", first), opens("boss", second)) == (False, True)
        assert run("user", "disable", "nobody").exit_code == 1

    def test_are_one_account_for_one_identity(self, run: Run) -> None:
        for login in ("one", "two"):
            assert run("user", "add", login, "--name", "甲", "--admin").exit_code == 0
        for _ in range(2):
            assert run("user", "link", "one", "person-7").exit_code == 0
        for subject, words in (("person-7", "已关联用户 one"), (" ", "不能为空")):
            refused = run("user", "link", "two", subject)
            assert (refused.exit_code, type(refused.exception)) == (1, SystemExit)
            assert words in refused.stderr


class TestTheLog:
    def test_is_exported_and_checked_with_the_head_alone(self, run: Run, tmp_path: Path) -> None:
        run("user", "add", "boss", "--name", "甲", "--admin")
        file = tmp_path / "log.jsonl"
        told = json.loads(run("audit", "export", "--out", file, "--json").stdout)
        assert told["entries"] == 3
        assert check_log(file, told["head"]).n_entries == 3
        assert run("audit", "check", file, "--head", told["head"]).exit_code == 0
        file.write_text(file.read_text(encoding="utf-8").replace("user.add", "user.sad", 1), encoding="utf-8")
        refused = run("audit", "check", file, "--head", told["head"])
        assert (refused.exit_code, "第 3 行" in refused.stdout) == (1, True)
        assert run("audit", "check", tmp_path / "none", "--head", told["head"]).exit_code == 1
        nowhere = run("audit", "export", "--out", tmp_path / "no-such-folder" / "log")
        assert (nowhere.exit_code, type(nowhere.exception)) == (1, SystemExit)
