"""The command line 命令行: the same operations as the web, from a terminal.

`--json` prints for machines, everything else for people. Exit status: 0 done, 1 refused with a finding, 2 wrong usage.
"""

from registry.cli import bench, files, judging, projects, service  # noqa: F401 - importing a module registers its commands
from registry.cli.console import app


def main() -> None:
    """Run the command line."""
    app()
