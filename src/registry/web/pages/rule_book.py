"""规则手册 over every pack: the clause left, the rule right; narrowed by pack, date, confidence, weight and words."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get

from registry.assessments.private_packs import visible_packs
from registry.database import reading
from registry.web.api.libraries import libraries, matching, rule_books
from registry.web.auth import signed_in
from registry.web.pages.eligibility import governing_day
from registry.web.rendering import page, visit

_PAGE = 40
"""Rules on a page, which keeps it light; the next page is one link away."""
_CONFIDENCES, _SEVERITIES = ("text", "secondary", "unverified"), ("block", "warn", "inform")


@get("/rule-book", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def rule_book_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the rules in force on a day, those asked for. Raises InvalidInput for what is no date."""
    here, asked = visit(request), request.query_params
    day = governing_day(asked.get("as_of", ""))
    with reading(here.engine) as session:
        packs = visible_packs(session, here.actor)
        known = libraries(session, here.actor, day)
    pack = asked.get("pack") if asked.get("pack") in {each.pack for each in known} else None
    confidence = asked.get("confidence") if asked.get("confidence") in _CONFIDENCES else None
    severity = asked.get("severity") if asked.get("severity") in _SEVERITIES else None
    search = (asked.get("search") or "").strip()[:100]
    books = rule_books(packs, day, pack)
    found = list(matching(books, search=search or None, confidence=confidence, severity=severity))
    number = _number(asked.get("page", ""), (len(found) + _PAGE - 1) // _PAGE)
    kept = {"pack": pack, "as_of": day.isoformat(), "confidence": confidence, "severity": severity, "search": search}
    return page(
        "eligibility/rules.html",
        here,
        rows=found[(number - 1) * _PAGE : number * _PAGE],
        total=len(found),
        first=(number - 1) * _PAGE + 1,
        number=number,
        has_more=number * _PAGE < len(found),
        query=urlencode({name: value for name, value in kept.items() if value}),
        known=known,
        as_of=day,
        pack=pack,
        confidence=confidence,
        severity=severity,
        search=search,
    )


def _number(text: str, last: int) -> int:
    wanted = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 1  # noqa: PLR2004 - no such page
    return max(1, min(wanted, last))


handlers = [rule_book_page]
