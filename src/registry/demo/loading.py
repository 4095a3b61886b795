"""Load the demo registry once: sample people, published records, and invented projects marked 示例数据."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlmodel import Session, col, select

from registry.accounts.model import Organisation
from registry.accounts.operations import ensure_operator
from registry.accounts.queries import actor_by_login
from registry.demo.offices import add_sample_people
from registry.demo.people import CITY_LOGIN
from registry.demo.plans import add_sample_plans
from registry.demo.programme import load_programme
from registry.intake.importing import ImportResult, import_file
from registry.projects.model import Dossier
from registry.projects.operations import create_project, release_project

_FOLDER = Path(__file__).parent
PUBLISHED = _FOLDER / "published_projects.csv"
DOSSIERS = _FOLDER / "dossiers.json"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded: the codes of the invented projects, their plans, and what importing the published gave."""

    invented: tuple[str, ...]
    plans: tuple[int, ...]
    published: ImportResult


def load_demo(session: Session, *, today: date) -> Loaded | None:
    """Load the demo in the caller's transaction; None when it is there already. `today` is what plans are judged on."""
    if not add_sample_people(session):
        return None
    invented = tuple(_invented(session))
    load_programme(session, [code for code, owner in _owners(invented) if owner == CITY_LOGIN])
    operator = ensure_operator(session)
    published = import_file(session, operator, PUBLISHED, name="公开披露的专项债券项目")
    # What was published is shown to the public again; the invented projects are not.
    for code in published.codes.values():
        release_project(session, operator, code, organisation_id=None)
    plans = add_sample_plans(session, invented, today=today)
    return Loaded(invented, tuple(plans), published)


def _owners(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    samples = json.loads(DOSSIERS.read_text(encoding="utf-8"))
    return [(code, sample["owner"]) for code, sample in zip(codes, samples, strict=True)]


def _invented(session: Session) -> list[str]:
    codes = []
    for sample in json.loads(DOSSIERS.read_text(encoding="utf-8")):
        city = actor_by_login(session, sample["owner"])
        dossier = Dossier.model_validate(sample["dossier"])
        code = create_project(session, city, dossier, reason="示例数据", is_demo=True).code
        codes.append(code)
        for name in sample["released_to"]:
            bank = session.exec(select(Organisation).where(col(Organisation.name) == name)).one()
            release_project(session, city, code, organisation_id=bank.id)
    return codes
