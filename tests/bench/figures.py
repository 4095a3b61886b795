"""What a benchmark hands back, and how it is printed.

A benchmark is a module `tests/bench/bench_*.py` with `def run() -> list[Figure]`; `registry bench` and
`python -m bench.bench_irr` (from `tests/`) print the same table.
"""

import gc
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value, beside the peer measured in the same run and the target it was to meet."""

    name: str
    value: float
    unit: str
    target: str
    command: str
    peer_name: str | None = None
    peer_value: float | None = None
    is_met: bool | None = None
    """None when the figure has no target."""

    def as_dict(self) -> dict[str, object]:
        """Return the wire form for `--json`."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "peer_name": self.peer_name,
            "peer_value": self.peer_value,
            "target": self.target,
            "is_met": self.is_met,
            "command": self.command,
        }


def best_seconds(work: Callable[[], object], rounds: int = 5) -> float:
    """Return the shortest of several runs: the machine is shared, and noise only ever adds time."""
    seconds = []
    for _ in range(rounds):
        gc.collect()
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def cpu_seconds() -> float:
    """Return the time this process and those it waited for have spent computing: what a busy machine cannot stretch."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def print_figures(figures: Iterable[Figure], console: Console | None = None) -> None:
    """Print one line per figure; a missed target is said in words, not in colour alone."""
    table = Table("figure", "value", "peer", "target", "verdict")
    verdicts = {True: "met", False: "MISSED", None: ""}
    for figure in figures:
        peer = "" if figure.peer_value is None else f"{figure.peer_name}: {figure.peer_value:,.4g} {figure.unit}"
        table.add_row(figure.name, f"{figure.value:,.4g} {figure.unit}", peer, figure.target, verdicts[figure.is_met])
    (console or Console()).print(table)
