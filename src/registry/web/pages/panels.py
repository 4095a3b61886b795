"""Panels of the project page that other slices fill (verdicts, finance, package): a template and what feeds it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from registry.accounts.model import Actor
from registry.projects.queries import RevisionFacts


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel: `gather` returns the template's data, or None where this actor has nothing to see."""

    template: str
    gather: Callable[[Session, Actor, RevisionFacts, Mapping[str, Any]], Mapping[str, Any] | None]


PROJECT_PANELS: list[Panel] = []
"""In the order shown, below the head of the project page."""


def gather_panels(
    session: Session, actor: Actor, facts: RevisionFacts, document: Mapping[str, Any]
) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the template and data of each panel that has something to show."""
    gathered = [(panel.template, panel.gather(session, actor, facts, document)) for panel in PROJECT_PANELS]
    return [(template, data) for template, data in gathered if data is not None]
