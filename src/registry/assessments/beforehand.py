"""A project judged while it is typed 边填边判: the verdicts of what stands in a form, beside those of what is saved.

Reads only, and keeps nothing: what somebody is still typing leaves no assessment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.assessments.facts import facts_of
from registry.assessments.pricing import Evaluation, evaluate
from registry.assessments.private_packs import visible_packs
from registry.assessments.routing import situation_of
from registry.eligibility.explain import assess
from registry.eligibility.nearest import NearestWays, nearest_way_in
from registry.eligibility.verdicts import LibraryVerdict
from registry.projects.duplicates.findings import funded_elsewhere
from registry.projects.model import Dossier


@dataclass(frozen=True, slots=True)
class Beforehand:
    """What would be said of a dossier if it were saved now. `saved` and `saved_money` are empty for a new project."""

    as_of: date
    verdicts: tuple[LibraryVerdict, ...]
    saved: Mapping[str, LibraryVerdict]
    """The verdicts of the latest revision, by pack."""
    money: Evaluation
    saved_money: Evaluation | None
    ways: NearestWays
    """Into the libraries the project is not open to yet."""


def judge_unsaved(session: Session, actor: Actor, code: str | None, dossier: Dossier, *, as_of: date) -> Beforehand:
    """Return the verdicts, figures and nearest ways of a dossier that is being typed. Raises NotFound, NotAllowed."""
    require(actor, "screen_projects")
    known = None if code is None else situation_of(session, actor, code)
    recorded = () if known is None else known.judgements
    is_twice = known is not None and bool(funded_elsewhere(session, known.revision.project_id))
    packs, money = visible_packs(session, actor), evaluate(dossier, is_brief=True)
    facts = facts_of(dossier, money.facts(), is_funded_elsewhere=is_twice)
    verdicts = assess(packs, facts, as_of=as_of, judgements=recorded)
    before = () if known is None else assess(packs, known.facts, as_of=as_of, judgements=recorded)
    libraries = [each.pack for each in verdicts if each.kind == "library"]
    return Beforehand(
        as_of=as_of,
        verdicts=tuple(verdicts),
        saved={each.pack: each for each in before},
        money=money,
        saved_money=None if known is None else _priced(known.dossier.model_dump_json(exclude_none=True)),
        ways=nearest_way_in(packs, facts, as_of=as_of, judgements=recorded, libraries=libraries),
    )


@lru_cache(maxsize=64)
def _priced(document: str) -> Evaluation:
    """Return the evaluation of a saved dossier, worked out once a process: typing asks for it again and again."""
    return evaluate(Dossier.model_validate_json(document), is_brief=True)
