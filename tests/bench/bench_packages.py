"""How long a full package takes after warm-up, what it needs in memory, and how fast a batch of them goes."""

import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bench.figures import Figure, best_seconds, print_figures
from packaged import content
from registry.packages.assemble import assemble
from registry.packages.content import PackageContent
from registry.packages.work import PROCESSES, Task, in_processes

LIMIT_SECONDS = 1.5
LIMIT_MIB = 400.0
BATCH = 50
BATCH_LIMIT_MINUTES = 12.0
_COMMAND = "cd tests && python -m bench.bench_packages"


def run() -> list[Figure]:
    """Return seconds for one package of 22 years with every part, memory, and the pace of a batch of them."""
    whole = content()
    assemble(whole)
    seconds = best_seconds(lambda: assemble(whole), rounds=5)
    own, typesetter = (
        resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    minutes = batch_seconds(whole) / BATCH * 1000 / 60
    return [
        Figure("one full package", seconds, "s", f"< {LIMIT_SECONDS} s", _COMMAND, is_met=seconds < LIMIT_SECONDS),
        Figure("peak memory, assembling process", own, "MiB", f"< {LIMIT_MIB} MiB", _COMMAND, is_met=own < LIMIT_MIB),
        Figure(
            "peak memory, typesetting process",
            typesetter,
            "MiB",
            f"< {LIMIT_MIB} MiB",
            _COMMAND,
            is_met=typesetter < LIMIT_MIB,
        ),
        Figure(
            f"1,000 packages, extrapolated from {BATCH} on {PROCESSES} processes",
            minutes,
            "min",
            f"< {BATCH_LIMIT_MINUTES} min",
            _COMMAND,
            is_met=minutes < BATCH_LIMIT_MINUTES,
        ),
    ]


def batch_seconds(whole: PackageContent) -> float:
    """Return the time of a batch from the first process started to the last file written; assessing is not in it."""
    with tempfile.TemporaryDirectory() as folder:

        def tasks() -> Iterator[Task]:
            for number in range(BATCH):
                each = replace(whole, project_code=f"P-{number:04}")
                yield Task(each, Path(folder) / each.file_name)

        started = time.perf_counter()
        written = sum(isinstance(digest, str) for _, digest in in_processes(tasks(), PROCESSES, waiting=lambda: None))
        seconds = time.perf_counter() - started
    if written != BATCH:
        raise RuntimeError(f"{written} of {BATCH} packages were written")
    return seconds


if __name__ == "__main__":
    print_figures(run())
