"""Keep the rows that lists and searches read, in the transaction that changes what they say."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col

from registry.projects.codes import province_name
from registry.projects.lifecycle.model import Application
from registry.projects.model import Project
from registry.projects.search.model import SearchRow, SearchValue
from registry.projects.search.spelling import searched
from registry.projects.search.words import Kind, code_number, word

_CHUNK = 500
_COLUMNS: tuple[Any, ...] = (
    col(Project.id),
    col(Project.code),
    col(Project.owner_id),
    col(Project.updated_at),
    col(Project.is_demo),
    col(Project.name),
    col(Project.approval_code),
    col(Project.implementer_name),
    col(Project.city_code),
    col(Project.province_name),
    col(Project.city_name),
    col(Project.county_name),
    col(Project.published_field),
    col(Project.beautiful_city_dimension),
    col(Project.beautiful_city_task),
    col(Project.construction_status),
    col(Project.construction_start),
    col(Project.total_investment),
    col(Project.green_catalogue_class),
    col(Project.revision_number),
    col(Project.transition_finance_sector),
)


def write_rows(database: Session | Connection, project_ids: Sequence[int]) -> None:
    """Write the rows of these projects anew, from what the project and its applications say by now."""
    for start in range(0, len(project_ids), _CHUNK):
        _write(database, project_ids[start : start + _CHUNK])


def rebuild(database: Session | Connection) -> None:
    """Write the row of every project anew, a few hundred at a time."""
    last = 0
    while True:
        query = select(col(Project.id)).where(col(Project.id) > last).order_by(col(Project.id)).limit(_CHUNK)
        ids = list(database.execute(query).scalars())
        if not ids:
            return
        _write(database, ids)
        last = ids[-1]


def _write(database: Session | Connection, ids: Sequence[int]) -> None:
    # The row is the lock: who moves an application while another saves the project reads what the other saved.
    locked = select(col(SearchRow.project_id)).where(col(SearchRow.project_id).in_(ids))
    database.execute(locked.order_by(col(SearchRow.project_id)).with_for_update()).all()
    rows = database.execute(select(*_COLUMNS).where(col(Project.id).in_(ids)).order_by(col(Project.id))).all()
    applications = _applications(database, ids)
    values = {row.id: dict(_values(row, applications.get(row.id))) for row in rows}
    numbers = value_numbers(database, {pair for found in values.values() for pair in found.items()})
    written = [_row(row, {kind: numbers[kind, text] for kind, text in values[row.id].items()}) for row in rows]
    if written:
        insert = insert_into(database, SearchRow)
        changed = {name: insert.excluded[name] for name in written[0] if name != "project_id"}
        database.execute(insert.on_conflict_do_update(index_elements=["project_id"], set_=changed), written)


def insert_into(database: Session | Connection, model: type[SQLModel]) -> Any:
    """Return an insert that can say what to do with a row that is there already, for either database."""
    bind = database.get_bind() if isinstance(database, Session) else database
    insert = postgresql.insert if bind.dialect.name == "postgresql" else sqlite.insert
    # The bare table: through the model, every row would be made into an object's state first.
    return insert(SQLModel.metadata.tables[str(model.__tablename__)])


def _row(row: Row[Any], numbers: dict[Kind, int]) -> dict[str, Any]:
    chinese, latin = searched(
        (row.name, row.implementer_name, row.province_name, row.city_name, row.county_name),
        (row.code, row.approval_code),
    )
    return {
        "project_id": row.id,
        "owner_id": row.owner_id,
        "city_code": row.city_code,
        "word": word(code_number(row.code), numbers, row.total_investment, row.updated_at, row.revision_number),
        "chinese": chinese,
        "latin": latin,
    }


def _values(row: Row[Any], applications: str | None) -> Iterator[tuple[Kind, str]]:
    """Yield what is known of a project, by kind."""
    known: tuple[tuple[Kind, str | None], ...] = (
        # As the portfolio and its map place it: a name typed beside a code counts only where the code says nothing.
        ("province", province_name(row.city_code) or row.province_name),
        ("city", row.city_name),
        ("field", row.published_field),
        ("dimension", row.beautiful_city_dimension),
        ("task", row.beautiful_city_task),
        ("status", row.construction_status),
        ("start_year", (row.construction_start or "")[:4]),
        ("applications", applications),
        ("nature", "demo" if row.is_demo else "real"),
        ("green_class", row.green_catalogue_class),
        ("transition", row.transition_finance_sector),
    )
    yield from ((kind, text) for kind, text in known if text)


def _applications(database: Session | Connection, ids: Sequence[int]) -> dict[int, str]:
    """Return the state of each project's newest application to each library, as `library:state` with spaces between."""
    columns = col(Application.project_id), col(Application.library), col(Application.state)
    query = select(*columns).where(col(Application.project_id).in_(ids)).order_by(col(Application.id))
    found: dict[int, dict[str, str]] = {}
    for project_id, library, state in database.execute(query):
        found.setdefault(project_id, {})[library] = state
    return {
        project_id: " ".join(f"{library}:{state}" for library, state in sorted(states.items()))
        for project_id, states in found.items()
    }


def value_numbers(database: Session | Connection, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Return the number of each value; one not met before is given the next."""
    asked = sorted(wanted)
    found = _known(database, asked)
    missing = [{"kind": kind, "text": text} for kind, text in asked if (kind, text) not in found]
    if missing:
        # Another writer may meet the same value at the same time: whoever is first has named it for both.
        database.execute(insert_into(database, SearchValue).on_conflict_do_nothing(), missing)
        found = _known(database, asked)
    return found


def _known(database: Session | Connection, asked: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    texts = sorted({text for _, text in asked})
    found: dict[tuple[str, str], int] = {}
    for start in range(0, len(texts), _CHUNK):
        columns = col(SearchValue.kind), col(SearchValue.text), col(SearchValue.id)
        query = select(*columns).where(col(SearchValue.text).in_(texts[start : start + _CHUNK]))
        found |= {(row.kind, row.text): row.id for row in database.execute(query)}
    return found
