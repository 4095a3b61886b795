"""How long an import of 10,000 rows takes: reading, every check, revisions, audit, on SQLite.

Once as a CSV in one call, once as a workbook in the template with all its child sheets, as the two jobs of an upload.
"""

import csv
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from sqlalchemy import Engine

import registry.demo
from bench.figures import Figure, best_seconds, print_figures
from registry.accounts.model import Actor
from registry.accounts.operations import add_organisation, add_user
from registry.accounts.queries import actor_by_login
from registry.database import migrate, open_engine, reading, writing
from registry.demo.nation import make_nation
from registry.intake.importing import import_file
from registry.intake.template import export_workbook

PUBLISHED = Path(registry.demo.__file__).with_name("published_projects.csv")
ROWS = 10_000
LIMIT_SECONDS = 4.0
WORKBOOK_SECONDS = 20.0
WORKBOOK_MB = 2048.0
"""What the process that reads a workbook may use at most; the other one is measured against the same."""
_COMMAND = "cd tests && python -m bench.bench_import"


def many_rows(count: int) -> str:
    """Return a CSV of this many different projects, made by repeating the published ones with all their quirks."""
    source = list(csv.DictReader(io.StringIO(PUBLISHED.read_text(encoding="utf-8"))))
    named = [row for row in source if not row["project_name"].startswith("VLOOKUP")]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(named[0]))
    writer.writeheader()
    for number in range(count):
        row = dict(named[number % len(named)])
        row["project_name"] += f"（示例{number}）"
        row["source_url"] += f"#{number}"
        row["expected_revenue_wan"] = f"{1000 + number}.5"
        writer.writerow(row)
    return out.getvalue()


def database(folder: Path, name: str) -> tuple[Engine, Actor]:
    engine = open_engine(f"sqlite:///{folder / name}.db")
    migrate(engine)
    with writing(engine) as session:
        city = add_organisation(session, name="湖州市财政局", group="city", division_code="330500")
        assert city.id is not None
        add_user(session, login="city", display_name="city", password="for the bench 1", organisation_id=city.id)
    with reading(engine) as session:
        return engine, actor_by_login(session, "city")


def _import_seconds(engine: Engine, actor: Actor, path: Path) -> float:
    def work() -> None:
        with writing(engine) as session:
            result = import_file(session, actor, path)
        assert result.rows == ROWS
        assert result.rejected == 0

    return best_seconds(work, rounds=1)


def run() -> list[Figure]:
    """Return the time of a first import, and of the same file again, best of three databases."""
    first, again = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "projects.csv"
        path.write_text(many_rows(ROWS), encoding="utf-8")
        for round_number in range(3):
            engine, actor = database(folder, f"round{round_number}")
            first.append(_import_seconds(engine, actor, path))
            again.append(_import_seconds(engine, actor, path))
            engine.dispose()
    return [
        _figure(f"import of {ROWS} new rows", min(first)),
        _figure(f"import of the same {ROWS} rows again", min(again)),
        *_workbook_figures(),
    ]


def _workbook_figures() -> list[Figure]:
    """Return the figures of one workbook of demo projects, about 20 lines each on seven child sheets."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "projects.xlsx"
        file.write_bytes(export_workbook([("", project.dossier) for project in make_nation(ROWS, 1)]))
        size = file.stat().st_size / 1e6
        command = [sys.executable, "-m", "bench.import_jobs", str(file), name]
        done = subprocess.run(command, check=True, capture_output=True, cwd=Path(__file__).parents[1])
    told = json.loads(done.stdout)
    assert told["created"] == told["new"] > ROWS * 0.95
    what = f"workbook of {ROWS} projects with child sheets ({size:.0f} MB)"
    return [
        _limited(f"preview of a {what}", told["preview"], "s", WORKBOOK_SECONDS),
        _limited("taking all of it", told["commit"], "s", WORKBOOK_SECONDS),
        _limited("peak memory of the worker meanwhile", told["peak_mb"], "MB", WORKBOOK_MB),
        _limited("peak memory of its reader", told["reader_mb"], "MB", WORKBOOK_MB),
    ]


def _limited(name: str, value: float, unit: str, limit: float) -> Figure:
    return Figure(name, value, unit, f"< {limit:g} {unit}", _COMMAND, is_met=value < limit)


def _figure(name: str, seconds: float) -> Figure:
    return Figure(name, seconds, "s", f"< {LIMIT_SECONDS:g} s", _COMMAND, is_met=seconds < LIMIT_SECONDS)


if __name__ == "__main__":
    print_figures(run())
