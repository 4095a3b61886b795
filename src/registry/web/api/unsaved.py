"""A document judged before it is saved, over the API: what the live panel beside the form shows, as JSON."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, post
from litestar.params import QueryParameter, RawBody

from registry.accounts.permissions import require
from registry.assessments.beforehand import judge_unsaved
from registry.assessments.pricing import Evaluation
from registry.database import reading
from registry.eligibility.nearest import NearestWays
from registry.eligibility.verdicts import LibraryVerdict
from registry.projects.validation import read_json, validate_dossier
from registry.web.api.libraries import AsOf
from registry.web.auth import identity_of
from registry.web.bodies import as_of_or_today, json_answer
from registry.web.openapi import FindingOut, answers, findings_out, problems
from registry.web.sound import sound_part

Anybody = Request[Any, Any, Any]


class UnsavedOut(msgspec.Struct):
    """What would be said of a document if it were saved now; nothing was."""

    as_of: date
    findings: list[FindingOut]
    """What could not be taken, and was left out of what is judged; then what is wrong with the financial case."""
    verdicts: tuple[LibraryVerdict, ...]
    saved_verdicts: dict[str, str]
    """By pack, of the latest revision; empty for a new project."""
    indicators: dict[str, Any] | None
    """Of the evaluation; null when there is no case, or none that can be calculated."""
    saved_indicators: dict[str, Any] | None
    nearest: NearestWays


@post(
    "/projects/check",
    sync_to_thread=True,
    status_code=200,
    responses={**answers(UnsavedOut, "Nothing was saved"), **problems(400, 401, 403, 404, 413, 422)},
)
def check(
    request: Anybody,
    body: RawBody,
    project: Annotated[str | None, QueryParameter(max_length=20, description="Code of the project it changes")] = None,
    as_of: AsOf = None,
) -> Response[bytes]:
    """Judge and price a document that is not saved yet: verdicts of every library, indicators, nearest ways in."""
    actor = identity_of(request).actor
    require(actor, "edit_projects")
    document = read_json(body)
    dossier, wrong = sound_part(document) if isinstance(document, dict) else (validate_dossier(document), ())
    with reading(request.app.state.engine) as session:
        found = judge_unsaved(session, actor, project, dossier, as_of=as_of_or_today(as_of))
    return json_answer(
        UnsavedOut(
            as_of=found.as_of,
            findings=findings_out((*wrong, *found.money.findings)),
            verdicts=found.verdicts,
            saved_verdicts={pack: each.verdict for pack, each in found.saved.items()},
            indicators=_indicators(found.money),
            saved_indicators=_indicators(found.saved_money),
            nearest=found.ways,
        )
    )


def _indicators(money: Evaluation | None) -> dict[str, Any] | None:
    return None if money is None or money.result is None else money.result["indicators"]


handlers = [check]
