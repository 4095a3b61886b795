"""How long a full package takes after warm-up, what it needs in memory, and how fast a batch of them goes."""

import json
import os
import resource
import subprocess
import sys
import tempfile
from datetime import date
from itertools import islice
from pathlib import Path

from sqlalchemy import Engine

from bench.figures import Figure, best_seconds, cpu_seconds, print_figures
from packaged import content
from registry.accounts.operations import ensure_operator
from registry.assessments.pricing import evaluate
from registry.audit import parsed_json
from registry.database import migrate, open_engine, reading, writing
from registry.demo.nation import make_nation
from registry.jobs import find_job
from registry.packages.assemble import assemble
from registry.packages.work import PROCESSES, enqueue_packages
from registry.projects.model import Dossier
from registry.projects.operations import create_project

LIMIT_SECONDS = 1.5
LIMIT_MIB = 400.0
FEW, MANY = 20, 80
"""Packages of the two batches: what starting costs is in both once, so their difference is the pace."""
ROUNDS = 5
BATCH_LIMIT_MINUTES = 12.0
SEED = 20260301
_COMMAND = "cd tests && python -m bench.bench_packages"


def run() -> list[Figure]:
    """Return seconds for one package of 22 years with every part on one core, memory, and the pace of a batch.

    The batch is the real job on two cores, from its start to its end: judging, pricing, sensitivity, 2,000 draws,
    typesetting and writing of projects that can be priced, each another. Two sizes of it tell what starting costs,
    once, and what each package adds.
    """
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    whole = content()
    assemble(whole)
    before = cpu_seconds()
    seconds = best_seconds(lambda: assemble(whole), rounds=ROUNDS)
    busy = (cpu_seconds() - before) / ROUNDS
    own, typesetter = _peaks()
    os.sched_setaffinity(0, set(sorted(cores)[:PROCESSES]))
    dossiers = _priced_dossiers()
    few, many = (run_batch(dossiers[:count]) for count in (FEW, MANY))
    minutes = _extrapolated(few["seconds"], many["seconds"]) / 60
    busy_minutes = _extrapolated(few["busy"], many["busy"]) / 60 / PROCESSES
    os.sched_setaffinity(0, cores)
    return [
        Figure(
            "one full package, warm, one core",
            seconds,
            "s",
            f"< {LIMIT_SECONDS} s",
            _COMMAND,
            is_met=seconds < LIMIT_SECONDS,
        ),
        Figure(
            "the same, time spent computing", busy, "s", f"< {LIMIT_SECONDS} s", _COMMAND, is_met=busy < LIMIT_SECONDS
        ),
        _memory("assembling process", own),
        _memory("typesetting process, counted with what it was forked from", typesetter),
        _memory("process a batch runs in", many["own"]),
        _memory("largest process of the batch, counted with what it was forked from", many["started"]),
        Figure(
            f"1,000 packages, extrapolated from {FEW} and {MANY} on {PROCESSES} cores",
            minutes,
            "min",
            f"< {BATCH_LIMIT_MINUTES} min",
            _COMMAND,
            is_met=minutes < BATCH_LIMIT_MINUTES,
        ),
        Figure(
            "the same, time spent computing, by core",
            busy_minutes,
            "min",
            f"< {BATCH_LIMIT_MINUTES} min",
            _COMMAND,
            is_met=busy_minutes < BATCH_LIMIT_MINUTES,
        ),
    ]


def _extrapolated(few: float, many: float) -> float:
    return many + (many - few) / (MANY - FEW) * (1000 - MANY)


def _peaks() -> tuple[float, float]:
    own, children = (
        resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own, children


def _memory(what: str, mib: float) -> Figure:
    return Figure(f"peak memory, {what}", mib, "MiB", f"< {LIMIT_MIB} MiB", _COMMAND, is_met=mib < LIMIT_MIB)


def run_batch(dossiers: list[Dossier]) -> dict[str, float]:
    """Return the seconds and the MiB of a batch job of these projects."""
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{Path(folder) / 'registry.db'}"
        engine = open_engine(address)
        migrate(engine)
        number, user_id = _asked(engine, Path(folder) / "packages", dossiers)
        command = [sys.executable, "-m", "bench.package_jobs", address]
        done = subprocess.run(command, check=True, capture_output=True, cwd=Path(__file__).parents[1])
        with reading(engine) as session:
            result = parsed_json(find_job(session, number, requested_by=user_id).result or "{}")
        engine.dispose()
    if result.get("written") != len(dossiers):
        raise RuntimeError(
            f"{result.get('written')} of {len(dossiers)} packages were written: {result.get('findings')}"
        )
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _asked(engine: Engine, folder: Path, dossiers: list[Dossier]) -> tuple[int, int | None]:
    with writing(engine) as session:
        actor = ensure_operator(session)
        codes = [create_project(session, actor, dossier, reason="bench", is_demo=True).code for dossier in dossiers]
        return enqueue_packages(session, actor, codes, folder=folder, as_of=date(2026, 3, 1)), actor.user_id


def _priced_dossiers() -> list[Dossier]:
    """Return projects of the invented nation that can be priced."""
    drawn = (each.dossier for each in make_nation(10_000, SEED))
    return list(islice((dossier for dossier in drawn if evaluate(dossier).result is not None), MANY))


if __name__ == "__main__":
    print_figures(run())
