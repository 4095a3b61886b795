"""The two reads people and programs make all day, prepared: a project by its code, and a page of the list.

The queries are those of `queries`, from the same permission root; each is compiled once for every organisation.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import Engine, bindparam

from registry.accounts.model import Actor
from registry.database import Prepared
from registry.projects.queries import (
    LARGEST_PAGE,
    ProjectSummary,
    RevisionFacts,
    document_statement,
    list_statement,
    revision,
    summary,
)

_MOST_PREPARED = 2048


def glance_document(source: Engine, actor: Actor, code: str) -> tuple[RevisionFacts, str]:
    """Return the latest revision's facts and its JSON text as it was saved. Raises NotFound."""
    rows = _document(source, _scope(actor)).rows(source, code=code)
    return revision(code, rows[0] if rows else None)


def glance_page(source: Engine, actor: Actor, *, after: str | None, limit: int) -> list[ProjectSummary]:
    """Return one page of visible projects in order of code, starting behind `after`."""
    bound: dict[str, Any] = {"after": after or "", "n": min(limit, LARGEST_PAGE + 1)}
    return [summary(row) for row in _page(source, _scope(actor)).rows(source, **bound)]


def _scope(actor: Actor) -> Actor:
    """Return the part of an actor that decides what they see: colleagues share one prepared query."""
    return Actor(None, actor.organisation_id, actor.group, actor.division_code, "")


@lru_cache(_MOST_PREPARED)
def _document(source: Engine, scope: Actor) -> Prepared:
    return Prepared(document_statement(scope, code=bindparam("code")), source)


@lru_cache(_MOST_PREPARED)
def _page(source: Engine, scope: Actor) -> Prepared:
    return Prepared(list_statement(scope, after=bindparam("after"), limit=bindparam("n")), source)
