"""An exported log, checked by somebody who holds the file, the script and one hash."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from registry import audit, audit_check
from registry.audit_check import check_lines, check_log
from registry.database import reading, writing
from tampering import unguarded_log

Tampered = Callable[[list[str]], list[str]]


def note(engine: Engine, count: int) -> str:
    """Write entries of several kinds; return the chain head."""
    with writing(engine) as session:
        for number in range(count):
            details = {"reason": f"第 {number} 次\n换行"} if number % 2 else None
            subject = f"project:ML-{number:07d}"
            audit.record(
                session, actor_id=None if number % 3 else number, action="test", subject=subject, details=details
            )
    with reading(engine) as session:
        return audit.head_hash(session)


def exported(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(audit.export_lines(session, audit.head_hash(session)))


class TestAnExportedLog:
    def test_holds_up_to_its_head_and_to_an_older_one(self, engine: Engine) -> None:
        older = note(engine, 4)
        newer = note(engine, 3)
        report = check_lines(exported(engine), newer)
        assert (report.flaw, report.n_entries, report.head) == (None, 7, newer)
        assert check_lines(exported(engine), older).head_line == 5

    def test_of_nothing_holds(self, engine: Engine) -> None:
        assert check_lines(exported(engine), audit.GENESIS).flaw is None

    def test_does_not_hold_with_a_foreign_head(self, engine: Engine) -> None:
        note(engine, 3)
        assert check_lines(exported(engine), "ab" * 32).flaw is not None

    @pytest.mark.parametrize("name", ["at", "actor_id", "action", "subject", "details", "previous_hash", "hash"])
    def test_names_the_line_of_any_changed_value(self, engine: Engine, name: str) -> None:
        head = note(engine, 5)
        lines = exported(engine)
        entry = json.loads(lines[3])
        entry[name] = 77 if name == "actor_id" else f"{entry[name]}0"
        report = check_lines([*lines[:3], json.dumps(entry), *lines[4:]], head)
        assert report.flaw is not None
        assert report.flaw[0] == 4

    @pytest.mark.parametrize(
        ("tampered", "line"),
        [
            (lambda lines: [*lines[:3], *lines[4:]], 4),
            (lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]], 4),
            (lambda lines: [*lines[:4], lines[3], *lines[4:]], 5),
            (lambda lines: lines[:-1], 6),
            (lambda lines: [*lines[:2], "not json", *lines[3:]], 3),
            (lambda lines: lines[1:], 1),
        ],
        ids=["removed", "swapped", "repeated", "cut short", "garbled", "without its first line"],
    )
    def test_names_the_line_where_entries_are_missing_or_moved(
        self, engine: Engine, tampered: Tampered, line: int
    ) -> None:
        head = note(engine, 5)
        report = check_lines(tampered(exported(engine)), head)
        assert report.flaw is not None
        assert report.flaw[0] == line

    def test_is_checked_by_the_script_alone(self, engine: Engine, tmp_path: Path) -> None:
        head = note(engine, 3)
        file, script = tmp_path / "log.jsonl", tmp_path / "check.py"
        file.write_text("".join(f"{line}\n" for line in exported(engine)), encoding="utf-8")
        # A copy outside the package, with an interpreter that sees no installed package.
        script.write_bytes(Path(audit_check.__file__).read_bytes())
        command = [sys.executable, "-I", "-S", str(script), str(file)]
        assert subprocess.run([*command, head], capture_output=True, check=False).returncode == 0
        file.write_text(file.read_text(encoding="utf-8").replace("0000001", "0000009"), encoding="utf-8")
        refused = subprocess.run([*command, head], capture_output=True, check=False)
        assert refused.returncode == 1
        assert b"line 3" in refused.stdout
        assert check_log(file, head).flaw is not None


class TestTheLogOfADatabase:
    def test_reads_further_than_one_fetch(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(audit, "_FETCHED", 2)
        head = note(engine, 5)
        with reading(engine) as session:
            assert audit.verify_log(session) is None
        assert check_lines(exported(engine), head).n_entries == 5

    def test_finds_a_project_among_many_saved_at_once(self, engine: Engine) -> None:
        with writing(engine) as session:
            for subject in ("projects:ML-0000003…ML-0000005", "project:ML-0000004", "project:ML-0000009", "import:4"):
                audit.record(session, actor_id=None, action="project.save", subject=subject)
        with reading(engine) as session:
            found = {
                code: [entry.subject for entry in audit.list_entries(session, wanted=audit.EntryFilter(project=code))]
                for code in ("ML-0000002", "ML-0000004", "ML-0000009")
            }
        assert found["ML-0000002"] == []
        assert found["ML-0000004"] == ["project:ML-0000004", "projects:ML-0000003…ML-0000005"]
        assert found["ML-0000009"] == ["project:ML-0000009"]

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE audit_entry SET details = 'null' WHERE subject = 'project:ML-0000001'",
            "UPDATE audit_entry SET at = at",
            "DELETE FROM audit_entry WHERE subject = 'project:ML-0000002'",
            "DELETE FROM audit_entry",
            "DELETE FROM audit_head",
        ],
    )
    def test_is_guarded_by_the_database_itself(self, engine: Engine, statement: str) -> None:
        head = note(engine, 3)
        with (
            pytest.raises(DBAPIError, match="append-only"),
            engine.execution_options(is_writer=True).begin() as connection,
        ):
            connection.execute(text(statement))
        assert check_lines(exported(engine), head).flaw is None
        assert note(engine, 1) != head

    @pytest.mark.parametrize("table", ["audit_entry", "audit_head"])
    def test_cannot_be_emptied_at_a_stroke(self, postgresql_engine: Engine, table: str) -> None:
        with pytest.raises(DBAPIError, match="append-only"), postgresql_engine.begin() as connection:
            connection.execute(text(f"TRUNCATE {table}"))

    def test_is_still_proved_by_its_chain_when_the_guard_was_taken_away(self, engine: Engine) -> None:
        note(engine, 3)
        with engine.execution_options(is_writer=True).begin() as connection, unguarded_log(connection):
            connection.execute(text("UPDATE audit_entry SET actor_id = 5 WHERE subject = 'project:ML-0000001'"))
        with reading(engine) as session:
            broken = audit.verify_log(session)
        assert broken is not None
        assert broken.subject == "project:ML-0000001"
