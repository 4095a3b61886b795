"""How long an import of 10,000 rows takes: reading, every check, revisions, audit, on SQLite."""

import csv
import io
import tempfile
from pathlib import Path

from sqlalchemy import Engine

import registry.demo
from bench.figures import Figure, best_seconds, print_figures
from registry.accounts.model import Actor
from registry.accounts.operations import add_organisation, add_user
from registry.accounts.queries import actor_by_login
from registry.database import migrate, open_engine, reading, writing
from registry.intake.importing import import_file

PUBLISHED = Path(registry.demo.__file__).with_name("published_projects.csv")
ROWS = 10_000
LIMIT_SECONDS = 4.0
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


def _database(folder: Path, name: str) -> tuple[Engine, Actor]:
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
            engine, actor = _database(folder, f"round{round_number}")
            first.append(_import_seconds(engine, actor, path))
            again.append(_import_seconds(engine, actor, path))
            engine.dispose()
    return [
        _figure(f"import of {ROWS} new rows", min(first)),
        _figure(f"import of the same {ROWS} rows again", min(again)),
    ]


def _figure(name: str, seconds: float) -> Figure:
    return Figure(name, seconds, "s", f"< {LIMIT_SECONDS:g} s", _COMMAND, is_met=seconds < LIMIT_SECONDS)


if __name__ == "__main__":
    print_figures(run())
