"""How long one full package takes after warm-up, and what it needs in memory."""

import resource

from bench.figures import Figure, best_seconds, print_figures
from packaged import content
from registry.packages.assemble import assemble

LIMIT_SECONDS = 1.5
LIMIT_MIB = 400.0
_COMMAND = "cd tests && python -m bench.bench_packages"


def run() -> list[Figure]:
    """Return seconds for a package of 22 years with every part, and the peak of each of its two processes."""
    whole = content()
    assemble(whole)
    seconds = best_seconds(lambda: assemble(whole), rounds=3)
    own, typesetter = (
        resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
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
    ]


if __name__ == "__main__":
    print_figures(run())
