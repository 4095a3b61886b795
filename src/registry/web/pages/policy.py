"""The bank's own credit policy over the pipeline: projects × rules, and the reason behind a cell."""

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from registry.accounts.permissions import require
from registry.assessments.private_packs import find_own_pack
from registry.assessments.prospects.matrix import policies, policy_matrix
from registry.assessments.routing import own_verdicts
from registry.database import reading
from registry.eligibility.model import STATUS_TERMS
from registry.errors import NotFound
from registry.projects.queries import find_project
from registry.web.auth import signed_in
from registry.web.pages.eligibility import fact_choices, governing_day
from registry.web.pages.screening_views import asked_prospects, prospect_chips
from registry.web.rendering import page, visit

Anybody = Request[Any, Any, Any]
PAGE = 25
MOST_COUNTED = 2_000
"""Projects all of which are judged at once; of more, the page is, and the rest when somebody asks."""


@get("/screening/policy", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def matrix_page(request: Anybody) -> Response[str]:
    """Show how the pipeline stands to one of the bank's packs; the matrix itself comes after the page."""
    here, asked = visit(request), asked_prospects(request)
    require(here.actor, "read_private_packs")
    names = policies(here.engine, here.actor)
    chosen = request.query_params.get("pack") or next(iter(names), "")
    data: dict[str, Any] = {"packs": names, "pack": chosen, "asked": asked, "query": asked.query()}
    if not here.is_fragment and not request.query_params.get("full"):
        chips = prospect_chips(asked, here.language)
        return page("screening/policy.html", here, headers={"Vary": "HX-Request"}, matrix=None, chips=chips, **data)
    day = governing_day(request.query_params.get("as_of", ""))
    found = policy_matrix(
        here.engine, here.actor, pack=chosen, as_of=day, wanted=asked.wanted, sort=asked.sort, after=asked.after,
        limit=PAGE, most_counted=None if request.query_params.get("counts") else MOST_COUNTED,
    )  # fmt: skip
    data |= {"matrix": found, "statuses": STATUS_TERMS, "after": asked.after}
    if here.is_fragment:
        return page("screening/_matrix.html", here, **data)
    return page("screening/policy.html", here, chips=prospect_chips(asked, here.language), **data)


@get("/screening/policy/{pack:str}/{code:str}/{rule:str}", sync_to_thread=True, include_in_schema=False,
     guards=[signed_in])  # fmt: skip
def reason_page(request: Anybody, pack: FromPath[str], code: FromPath[str], rule: FromPath[str]) -> Response[str]:
    """Show why one rule of the bank's policy answers as it does for one project. Raises NotFound, NotAllowed."""
    here = visit(request)
    day = governing_day(request.query_params.get("as_of", ""))
    with reading(here.engine) as session:
        _, own = find_own_pack(session, here.actor, pack)
        project = find_project(session, here.actor, code)
        verdicts = own_verdicts(session, here.actor, code, as_of=day)
        facts = {"code": project.code, "name": project.name, "is_demo": project.is_demo}
    answers = [answer for each in verdicts if each.pack == own.id for answer in each.answers if answer.rule == rule]
    if not answers:
        raise NotFound(f"规则 {rule} 不适用于项目 {code}", f"Rule {rule} gives no answer on project {code}")
    template = "screening/_reason.html" if here.is_fragment else "screening/reason.html"
    return page(template, here, answer=answers[0], project=facts, pack=pack, fact_choices=fact_choices, as_of=day)


handlers = [matrix_page, reason_page]
