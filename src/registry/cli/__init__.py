"""The command line 命令行: the same operations as the web, from a terminal.

`--json` prints for machines, everything else for people. Exit status: 0 done, 1 refused with a finding, 2 wrong usage.
"""

import importlib
import sys

from registry.cli.console import app

COMMANDS = {
    "serve": "service",
    "migrate": "service",
    "work": "service",
    "lifecycle": "lifecycle",
    "calendar": "year",
    "zones": "zoning",
    "indicators": "indicating",
    "papers": "papering",
    "audit": "auditing",
    "user": "people",
    "organisation": "people",
    "token": "people",
    "demo": "demo",
    "import": "files",
    "export": "files",
    "package": "packaging",
    "summary-table": "packaging",
    "release": "packaging",
    "verify": "verifying",
    "show": "projects",
    "projects": "projects",
    "schema": "projects",
    "screen": "judging",
    "missing": "judging",
    "rules": "rules",
    "finance": "money",
    "portfolio": "analysis",
    "plan": "plans",
    "display": "displaying",
    "mix": "mixing",
    "select": "choosing",
    "scenario": "choosing",
    "bench": "bench",
}
"""Command to the module that declares it: importing the solvers and renderers of all would take seconds."""


def main() -> None:
    """Run the command line."""
    asked = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    for module in {COMMANDS[asked]} if asked in COMMANDS else dict.fromkeys(COMMANDS.values()):
        importlib.import_module(f"registry.cli.{module}")
    app()
