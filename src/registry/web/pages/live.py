"""边填边判 beside the form: what opens or closes while one types, the figures that move, the nearest way in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Request, Response, post
from litestar.params import RawBody

from registry.assessments.beforehand import Beforehand, judge_unsaved
from registry.assessments.missing import place_of
from registry.assessments.pricing import Evaluation
from registry.assessments.rehearsing import VERDICT_RANK
from registry.database import reading
from registry.eligibility.derived import project_vocabulary
from registry.eligibility.verdicts import LibraryVerdict
from registry.packages.indicators import INDICATORS, is_shown, printed
from registry.projects.queries import read_document
from registry.web.auth import may_edit
from registry.web.bodies import as_of_or_today
from registry.web.forms import document_from, read_form
from registry.web.pages.missing import anchor, edit_link
from registry.web.rendering import page, visit
from registry.web.sound import sound_part

Anybody = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class LiveVerdict:
    """One pack as it would answer now; `was` is its saved verdict where that is another, `rises` says which way."""

    now: LibraryVerdict
    was: LibraryVerdict | None
    rises: bool


@post("/projects/check/verdicts", sync_to_thread=True, status_code=200, include_in_schema=False, guards=[may_edit])
def live_verdicts(request: Anybody, body: RawBody) -> Response[str]:
    """Answer, while somebody types, with what the rules and the money would say of the form; nothing is kept."""
    here, form = visit(request), read_form(body)
    code = form.get("project_code") or None
    with reading(here.engine) as session:
        base = {} if code is None else msgspec.json.decode(read_document(session, here.actor, code)[1])
        document = document_from(form, base).document
        dossier, wrong = sound_part(document)
        found = judge_unsaved(session, here.actor, code, dossier, as_of=as_of_or_today(None))
    verdicts = [_moved(each, found.saved) for each in found.verdicts]
    titles = {answer.rule: (answer.title_zh, answer.title_en) for each in found.verdicts for answer in each.answers}
    return page(
        "projects/_live.html",
        here,
        as_of=found.as_of,
        n_wrong=len(wrong),
        libraries=sorted((each for each in verdicts if each.now.kind == "library"), key=lambda each: each.now.pack),
        others=[each for each in verdicts if each.now.kind != "library"],
        figures=list(_figures(found)),
        has_case=found.money.case is not None,
        found=found.ways,
        titles=titles,
        field_link=lambda _code, name: jump(code, name, document),
        code=code,
    )


def _moved(now: LibraryVerdict, saved: Mapping[str, LibraryVerdict]) -> LiveVerdict:
    was = saved.get(now.pack)
    if was is None or was.verdict == now.verdict:
        return LiveVerdict(now, None, rises=False)
    return LiveVerdict(now, was, rises=VERDICT_RANK.index(now.verdict) > VERDICT_RANK.index(was.verdict))


def _figures(found: Beforehand) -> Iterator[tuple[tuple[str, str], str, str | None]]:
    """Yield the headline figures: title, what it is now, and what it was where that is something else."""
    now, was = _indicators(found.money), _indicators(found.saved_money)
    for each in INDICATORS:
        if each.is_headline and is_shown(each, now):
            text = printed(each, now[each.key])
            before = printed(each, was[each.key]) if each.key in was else None
            yield (each.zh, each.en), text, before if before != text else None


def _indicators(money: Evaluation | None) -> Mapping[str, Any]:
    return {} if money is None or money.result is None else money.result["indicators"]


def jump(code: str | None, name: str, document: Mapping[str, Any]) -> str:
    """Return where in the open form a fact is given; the case has a form of its own."""
    known = project_vocabulary()
    if name not in known or known[name].origin in {"derived", "evaluation"}:
        return "#check"
    path = place_of(name)[1]
    return edit_link(code, path, document) if path == "financials" else f"#{anchor(path, document)}"


handlers = [live_verdicts]
