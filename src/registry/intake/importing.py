"""Import of a file: every row becomes a draft project or is rejected with a finding; nothing is lost or guessed."""

import gc
import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlmodel import Session

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.errors import Finding
from registry.intake.model import ImportBatch
from registry.intake.preparing import Prepared, prepare
from registry.intake.reading import Unreadable, read_table
from registry.intake.refusals import LARGEST_FILE
from registry.intake.taking import keep_entries
from registry.projects.operations import SaveOutcome, save_many


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did: rows = created + changed + unchanged + rejected.

    `codes` gives the project of each row, by sheet and row number. `reopened` counts the changed projects whose entry
    to a library reopened, `left_frozen` the rejected rows that would have done so without agreement.
    """

    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    reopened: int = 0
    left_frozen: int = 0
    findings: Sequence[Finding] = ()
    codes: Mapping[tuple[str, int], str] = field(default_factory=dict)
    batch_id: int | None = None

    def counts(self) -> dict[str, int]:
        """Return how many rows there were, and what became of them."""
        names = ("rows", "created", "changed", "unchanged", "rejected", "reopened", "left_frozen")
        return {name: getattr(self, name) for name in names}

    def codes_by_row(self) -> dict[str, str]:
        """Return the project of each row, named `sheet:number` as in the choice of rows."""
        return {f"{sheet}:{number}": code for (sheet, number), code in self.codes.items()}

    def as_dict(self) -> dict[str, Any]:
        """Return the wire form of `registry import --json`."""
        findings = [finding.as_dict() for finding in self.findings]
        return {**self.counts(), "codes": self.codes_by_row(), "findings": findings}


def import_file(
    session: Session,
    actor: Actor,
    path: Path,
    *,
    name: str | None = None,
    is_demo: bool = False,
    chosen: Collection[tuple[str, int]] | None = None,
    reopens_entry: bool = False,
) -> ImportResult:
    """Import one CSV or XLSX file in the caller's transaction; with `chosen`, only these rows (sheet, number) of it.

    A major change of a project that stands in a library is left out with a finding, unless `reopens_entry` agrees that
    the project goes back to review. A file that cannot be read as a whole changes nothing and gives one finding.
    Raises NotAllowed.
    """
    require(actor, "import_projects")
    shown_name = name or path.name
    with collector_paused():
        try:
            prepared = prepare(session, actor, read_table(path, shown_name))
        except Unreadable as refused:
            return ImportResult(findings=refused.findings)
        if chosen is not None:
            prepared.keep(chosen)
        keep_entries(prepared, lambda _place: reopens_entry)
        return save_prepared(session, actor, prepared, name=shown_name, digest=_sha256(path), is_demo=is_demo)


def save_prepared(
    session: Session, actor: Actor, prepared: Prepared, *, name: str, digest: str, is_demo: bool = False
) -> ImportResult:
    """Save what was prepared, all of it in the caller's transaction. Raises StaleWrite, FrozenDossier, NotAllowed."""
    drafts = [row.draft for row in prepared.rows]
    outcomes = save_many(session, actor, drafts, reason=f"导入文件 {name}"[:300], is_demo=is_demo)
    return _record(session, actor, prepared, outcomes, name, digest)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Spare the garbage collector: it would walk the growing heap of dossiers again and again, a fifth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.sha256(stream.read(LARGEST_FILE)).hexdigest()


def _record(
    session: Session, actor: Actor, prepared: Prepared, outcomes: Sequence[SaveOutcome], name: str, digest: str
) -> ImportResult:
    counts = {
        change: sum(outcome.change == change for outcome in outcomes) for change in ("created", "changed", "unchanged")
    }
    rejected = [{"sheet": row.sheet, "row": row.number, "cells": list(row.cells)} for row in prepared.rejected]
    findings = prepared.findings
    batch = ImportBatch(
        file_name=name[:300],
        file_sha256=digest,
        actor_id=actor.user_id,
        organisation_id=actor.organisation_id,
        imported_at=audit.now(),
        rows=len(outcomes) + len(rejected),
        rejected=len(rejected),
        findings=audit.canonical_json([finding.as_dict() for finding in findings]),
        rejected_rows=audit.canonical_json(rejected),
        extra_cells=audit.canonical_json(prepared.extra_cells),
        **counts,
    )
    session.add(batch)
    session.flush()
    frozen = {"reopened": prepared.n_reopened, "left_frozen": prepared.n_left_frozen}
    details = {"file_sha256": digest, "rows": batch.rows, "rejected": batch.rejected, **counts, **frozen}
    audit.record(session, actor_id=actor.user_id, action="import", subject=f"import:{batch.id}", details=details)
    codes = {row.place: outcome.code for row, outcome in zip(prepared.rows, outcomes, strict=True)}
    return ImportResult(
        batch.rows, rejected=batch.rejected, findings=findings, codes=codes, batch_id=batch.id, **counts, **frozen
    )
