"""House rules that matter, each with the accident behind it."""

import subprocess
from pathlib import Path

from registry.settings import HOME

TOP_LEVEL = {
    ".ci",
    ".gitattributes",
    ".gitignore",
    "LICENSE",
    "Makefile",
    "README.md",
    "migrations",
    "pyproject.toml",
    "reports",
    "rules",
    "src",
    "tests",
    "uv.lock",
}


def _tracked() -> list[str]:
    return subprocess.run(["git", "ls-files"], cwd=HOME, capture_output=True, text=True, check=True).stdout.splitlines()


def test_the_top_level_stays_as_agreed() -> None:
    assert {name.split("/")[0] for name in _tracked()} - TOP_LEVEL == set()


def test_no_commit_in_the_middle_of_a_request() -> None:
    # One request, one transaction: a commit half-way once left an import half done.
    offenders = [
        str(path.relative_to(HOME))
        for path in (HOME / "src").rglob("*.py")
        if ".commit()" in path.read_text(encoding="utf-8")
    ]
    assert offenders == []


def test_every_query_for_projects_starts_from_the_permission_root() -> None:
    # A hand-written filter shows one group another's data. Only these modules may select projects by themselves.
    allowed = {"src/registry/projects/queries.py", "src/registry/projects/operations.py"}
    offenders = [
        str(path.relative_to(HOME))
        for path in (HOME / "src").rglob("*.py")
        if "select(Project" in path.read_text(encoding="utf-8") and str(path.relative_to(HOME)) not in allowed
    ]
    assert offenders == []


def test_the_readme_names_both_commands() -> None:
    readme = Path(HOME / "README.md").read_text(encoding="utf-8")
    assert "make run" in readme
    assert "make test" in readme
