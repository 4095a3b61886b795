"""One batch of packages, in a process that does nothing else: `python -m bench.package_jobs DATABASE`.

Prints the seconds of the job that waits in the database, those spent computing, and the peak memory in MiB of this
process and of the largest it started: what made the projects up beforehand is counted with neither.
"""

import json
import resource
import sys
import time

from bench.figures import cpu_seconds
from registry.database import open_engine
from registry.jobs import run_next
from registry.packages.work import handlers


def main(address: str) -> None:
    """Run the job that waits and print what it took."""
    engine = open_engine(address)
    before, started = cpu_seconds(), time.perf_counter()
    run_next(engine, handlers(engine))
    seconds, busy = time.perf_counter() - started, cpu_seconds() - before
    engine.dispose()
    peaks = [resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    sys.stdout.write(json.dumps({"seconds": seconds, "busy": busy, "own": peaks[0], "started": peaks[1]}))


if __name__ == "__main__":
    main(sys.argv[1])
