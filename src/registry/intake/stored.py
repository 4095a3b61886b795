"""Which project of the registry a row speaks of: by registry code, by import key, else by approval code."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col

from registry.accounts.model import Actor
from registry.intake.folding import folded
from registry.projects.lifecycle.freeze import projects_in_a_library
from registry.projects.model import Project, ProjectRevision
from registry.projects.queries import visible_projects

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class StoredProject:
    """The latest revision of a project as its JSON document, and whether it stands in a library now."""

    code: str
    revision_number: int
    document: Mapping[str, Any]
    is_in_library: bool


@dataclass(frozen=True, slots=True)
class Identity:
    """What a row says of which project it is."""

    code: str | None
    approval_code: str | None
    import_key: str


def identity_of(code: str | None, values: Mapping[str, Any], approval_code: str | None) -> Identity:
    """Return the identity of a row; the import key is stable for the same name, place and source."""
    if approval_code is not None:
        return Identity(code, approval_code, f"approval:{approval_code}")
    parts = [folded(str(values.get(name) or "")) for name in ("name", "city_name", "county_name", "source_url")]
    return Identity(code, None, hashlib.sha256("\n".join(parts).encode()).hexdigest())


class StoredProjects:
    """The stored projects that some rows of a file may speak of; only those the actor may see."""

    def __init__(self, session: Session, actor: Actor, identities: Sequence[Identity]) -> None:
        self._session, self._actor = session, actor
        self._by_code = self._find(col(Project.code), (one.code for one in identities))
        self._by_key = self._find(col(Project.import_key), (one.import_key for one in identities))
        self._by_approval = self._find(col(Project.approval_code), (one.approval_code for one in identities))

    def of(self, identity: Identity) -> StoredProject | None:
        """Return the project a row speaks of, None when it is new (or its code is not known)."""
        if identity.code is not None:
            return self._by_code.get(identity.code)
        found = self._by_key.get(identity.import_key)
        if found is None and identity.approval_code is not None:
            found = self._by_approval.get(identity.approval_code)
        return found

    def _find(self, column: Any, wanted: Iterable[str | None]) -> dict[str, StoredProject]:
        names = sorted({name for name in wanted if name})
        found: dict[str, StoredProject] = {}
        for chunk in _chunks(names):
            query = (
                visible_projects(
                    self._actor,
                    column.label("name"),
                    col(Project.id),
                    col(Project.code),
                    col(Project.revision_number),
                    col(ProjectRevision.document),
                )
                .join(ProjectRevision, col(ProjectRevision.project_id) == col(Project.id))
                .where(col(ProjectRevision.number) == col(Project.revision_number))
                .where(column.in_(chunk))
                .order_by(col(Project.id).desc())
            )
            rows = self._session.execute(query).all()
            entered = projects_in_a_library(self._session, [row.id for row in rows])
            for row in rows:
                document = json.loads(row.document)
                found[row.name] = StoredProject(row.code, row.revision_number, document, row.id in entered)
        return found


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + _CHUNK] for start in range(0, len(names), _CHUNK))
