"""Published plans and self-evaluations over the public API: one step from their page."""

from typing import Any

import msgspec
from litestar import Request, Response, get

from registry.database import reading
from registry.programme.display.papers import read_shown_paper
from registry.programme.display.queries import DisplayedProject
from registry.programme.papers.queries import PaperSummary
from registry.web.api.assessments import Number
from registry.web.bodies import as_of_or_today
from registry.web.openapi import answers, problems
from registry.web.public import shared_json

Anybody = Request[Any, Any, Any]


class ShownPaperOut(msgspec.Struct):
    """A published plan or self-evaluation."""

    id: int
    kind: str
    title: str
    year: int | None
    owner: str
    revision: int | None
    is_demo: bool


class ShownTableOut(msgspec.Struct):
    """A table of a paper; the rows leave out what is unknown."""

    title: str
    title_en: str
    rows: list[dict[str, Any]]


class ShownPaperTextOut(msgspec.Struct):
    """What is shown of a published paper: its texts by field, its tables, and its projects that are on display."""

    paper: ShownPaperOut
    hash: str
    fields: dict[str, Any]
    tables: list[ShownTableOut]
    projects: list[DisplayedProject]
    other_projects: int


def paper_line(each: PaperSummary) -> ShownPaperOut:
    """Return one line of the list of published papers."""
    return ShownPaperOut(each.id, each.kind, each.title, each.year, each.owner, each.published_revision, each.is_demo)


@get(
    "/papers/{number:int}",
    sync_to_thread=True,
    responses={**answers(ShownPaperTextOut, "What was published"), **problems(400, 401, 404, 410)},
)
def paper(request: Anybody, number: Number) -> Response[Any]:
    """Read a published plan or self-evaluation as the public reads it. No sign-in."""
    with reading(request.app.state.engine) as session:
        found = read_shown_paper(session, number, today=as_of_or_today(None))
    told = ShownPaperTextOut(
        paper_line(found.summary),
        found.hash,
        {field.name: value for field, value in found.texts},
        [ShownTableOut(*each.title, each.rows) for each in found.tables],
        found.projects,
        found.other_projects,
    )
    return shared_json(request, told)
