"""Rule packs over the API: which libraries there are, what they ask, and a search over all rules."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath, QueryParameter
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.assessments.private_packs import visible_packs
from registry.database import reading
from registry.eligibility.checked import Pack, Packs, PackVersion
from registry.eligibility.rulebook import RuleBook, RuleEntry, rulebook
from registry.web.auth import identity_of
from registry.web.bodies import as_of_or_today, json_answer
from registry.web.openapi import answers, problems

Anybody = Request[Any, Any, Any]
AsOf = Annotated[date | None, QueryParameter(description="Governing date; default: today")]
MOST_RULES = 200


class VersionOut(msgspec.Struct):
    """One version of a pack; `in_force_until` is exclusive, null while it stays in force."""

    version: str
    document: str
    in_force_from: date
    in_force_until: date | None
    changes_zh: str
    changes_en: str
    rules: int
    by_confidence: dict[str, int]
    by_severity: dict[str, int]


class LibraryOut(msgspec.Struct):
    """A rule pack; `in_force` names its version on the governing date, `owner` the bank of a private one."""

    pack: str
    name_zh: str
    name_en: str
    kind: str
    jurisdiction: str
    issuer_zh: str
    issuer_en: str
    owner: str | None
    in_force: str | None
    versions: list[VersionOut]


class FoundRule(msgspec.Struct):
    """A rule in force and the pack it belongs to."""

    pack: str
    version: str
    entry: RuleEntry


@get("/libraries", sync_to_thread=True, responses={**answers(list[LibraryOut], "By identifier"), **problems(400, 401)})
def list_libraries(request: Anybody, as_of: AsOf = None) -> Response[bytes]:
    """List the rule packs you may see, with their versions and how many rules each has."""
    with reading(request.app.state.engine) as session:
        return json_answer(libraries(session, identity_of(request).actor, as_of_or_today(as_of)))


def libraries(session: Session, actor: Actor, day: date) -> list[LibraryOut]:
    """Return every pack the actor may see."""
    return [_library(pack, day) for pack in sorted(visible_packs(session, actor), key=lambda each: each.id)]


def _library(pack: Pack, day: date) -> LibraryOut:
    current, head = pack.version_on(day), pack.head
    return LibraryOut(
        pack=pack.id,
        name_zh=head.name_zh,
        name_en=head.name_en,
        kind=head.kind,
        jurisdiction=head.jurisdiction,
        issuer_zh=head.issuer_zh,
        issuer_en=head.issuer_en,
        owner=pack.owner,
        in_force=current.head.version if current else None,
        versions=[_version(each) for each in pack.versions.values()],
    )


def _version(version: PackVersion) -> VersionOut:
    head = version.head
    by_confidence = dict.fromkeys(("text", "secondary", "unverified"), 0)
    by_severity = dict.fromkeys(("block", "warn", "inform"), 0)
    for each in version.rules:
        by_confidence[each.rule.cite.confidence] += 1
        by_severity[each.rule.severity] += 1
    return VersionOut(
        version=head.version,
        document=head.document,
        in_force_from=head.in_force_from,
        in_force_until=head.in_force_until,
        changes_zh=head.changes_zh,
        changes_en=head.changes_en,
        rules=len(version.rules),
        by_confidence=by_confidence,
        by_severity=by_severity,
    )


@get(
    "/libraries/{pack:str}",
    sync_to_thread=True,
    responses={**answers(RuleBook, "The rule book in force that day"), **problems(400, 401, 404)},
)
def read_library(request: Anybody, pack: FromPath[str], as_of: AsOf = None) -> Response[bytes]:
    """Read the rule book of a pack on a date: each rule with its clause, in words and as written."""
    with reading(request.app.state.engine) as session:
        packs = visible_packs(session, identity_of(request).actor)
    return json_answer(rulebook(packs[pack], as_of_or_today(as_of), vocabulary=packs.vocabulary))


@get("/rules", sync_to_thread=True, responses={**answers(list[FoundRule], "In order of pack"), **problems(400, 401)})
def search_rules(
    request: Anybody,
    search: Annotated[str | None, QueryParameter(max_length=100, description="Part of a rule's words")] = None,
    pack: Annotated[str | None, QueryParameter(max_length=80)] = None,
    fact: Annotated[str | None, QueryParameter(max_length=80, description="Only rules that read this fact")] = None,
    confidence: Annotated[str | None, QueryParameter(pattern="^(text|secondary|unverified)$")] = None,
    as_of: AsOf = None,
    limit: Annotated[int, QueryParameter(ge=1, le=MOST_RULES)] = MOST_RULES,
) -> Response[bytes]:
    """Find rules in force on a date by their words, their pack, or a fact they read."""
    with reading(request.app.state.engine) as session:
        packs = visible_packs(session, identity_of(request).actor)
    books = rule_books(packs, as_of_or_today(as_of), pack)
    wanted = matching(books, search=search, fact=fact, confidence=confidence)
    return json_answer([FoundRule(book.pack, book.version.version, rule) for book, rule in wanted][:limit])


def rule_books(packs: Packs, day: date, pack: str | None = None) -> list[RuleBook]:
    """Return the books in force on a day, of one pack or of all. Raises NotFound for a pack nobody knows."""
    chosen = [packs[pack]] if pack else sorted(packs, key=lambda each: each.id)
    return [rulebook(each, day, vocabulary=packs.vocabulary) for each in chosen if each.version_on(day)]


def matching(
    books: Iterable[RuleBook],
    *,
    search: str | None = None,
    fact: str | None = None,
    confidence: str | None = None,
    severity: str | None = None,
) -> Iterator[tuple[RuleBook, RuleEntry]]:
    """Yield the rules that hold these words, read this fact, and are sourced and weigh as asked."""
    for book in books:
        for rule in book.rules:
            if (
                (fact is None or fact in rule.facts)
                and (search is None or search.lower() in _words(rule))
                and confidence in (None, rule.confidence)
                and severity in (None, rule.severity)
            ):
                yield book, rule


def _words(rule: RuleEntry) -> str:
    said = (rule.rule, rule.title_zh, rule.title_en, rule.document, rule.article, rule.say_zh, rule.say_en)
    asked = (rule.requires_zh, rule.requires_en, rule.applies_zh, rule.applies_en)
    return " ".join(part for part in (*said, *asked) if part).lower()


handlers = [list_libraries, read_library, search_rules]
