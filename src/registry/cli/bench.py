"""`registry bench`: run the benchmarks of the checkout and print each figure beside its peer or limit."""

import importlib
import sys
from typing import Annotated

import typer

from registry.cli.console import Json, command, err, print_json
from registry.errors import NotFound
from registry.settings import HOME


@command("bench")
def bench(
    only: Annotated[list[str] | None, typer.Argument(help="Names, such as irr or import; default: all.")] = None,
    is_json: Json = False,
) -> None:
    """Measure speed and memory; needs the development environment, `make bench` prepares it (性能测量)."""
    folder = HOME / "tests" / "bench"
    found = {path.stem.removeprefix("bench_"): path for path in sorted(folder.glob("bench_*.py"))}
    unknown = [name for name in only or () if name not in found]
    if unknown or not found:
        known = "、".join(found) or "（无）"
        raise NotFound(
            f"没有名为 {'、'.join(unknown)} 的测量；可用：{known}",
            f"There is no benchmark {', '.join(unknown)}; there are {', '.join(found) or 'none'}",
        )
    sys.path.insert(0, str(folder.parent))
    figures = importlib.import_module("bench.figures")
    measured = []
    for name in only or found:
        err.print(f"测量 {name} …", style="dim")
        measured += importlib.import_module(f"bench.bench_{name}").run()
    if is_json:
        print_json([figure.as_dict() for figure in measured])
    else:
        figures.print_figures(measured)
    if any(figure.is_met is False for figure in measured):
        raise typer.Exit(1)
