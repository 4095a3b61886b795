"""How long a demo nation takes to load, with all that happened to its projects, and how much memory, on SQLite."""

import resource
import tempfile
import time
from pathlib import Path

from bench.figures import Figure, print_figures
from registry.database import migrate, open_engine
from registry.demo.nation_loading import load_nation
from registry.projects.documents.store import FolderStore

PROJECTS = 10_000
LIMIT_SECONDS, LIMIT_RATE = 40.0, 333.0
_COMMAND = "registry bench nation"


def run() -> list[Figure]:
    """Return seconds and rate of loading 10,000 projects into an empty registry; 300,000 in 15 minutes is the limit."""
    with tempfile.TemporaryDirectory(prefix="registry-nation-") as name:
        folder = Path(name)
        engine = open_engine(f"sqlite:///{folder / 'registry.db'}")
        migrate(engine)
        start, worked = time.perf_counter(), time.process_time()
        load_nation(engine, PROJECTS, 1, store=FolderStore(folder / "documents"))
        seconds, worked = time.perf_counter() - start, time.process_time() - worked
        engine.dispose()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rate = PROJECTS / seconds
    return [
        Figure("demo nation of 10,000 projects", seconds, "s", "< 40 s", _COMMAND, is_met=seconds < LIMIT_SECONDS),
        Figure("the same, processor time", worked, "s", "the line above", _COMMAND),
        Figure("demo projects loaded a second", rate, "/s", "> 333 /s", _COMMAND, is_met=rate > LIMIT_RATE),
        Figure("memory of the process that loads", memory, "MB", "the same for any number", _COMMAND),
    ]


if __name__ == "__main__":
    print_figures(run())
