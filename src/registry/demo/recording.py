"""The happenings of a demo project written down, each by the function that knows what the operation would leave."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from registry.demo import happenings as did
from registry.demo import recording_banks as banks
from registry.demo import recording_reviews as reviews
from registry.demo.chronicle import Chronicle
from registry.projects.history import PastSave
from registry.projects.operations import document_text


def tell(story: Chronicle, what: did.Happening) -> None:
    """Write one happening down."""
    _RECORDERS[type(what)](story, what)


def _save(story: Chronicle, what: did.Save) -> None:
    actor, document, number = story.actor(what), document_text(what.dossier), len(story.saves) + 1
    if story.saves and story.saves[-1].document == document:
        return
    if story.saves:
        reviews.grade_edit(story, what, document, number)
    story.saves.append(PastSave(document, actor.user_id, what.at, what.reason))
    story.dossier = what.dossier
    counts = {"created": int(number == 1), "changed": int(number > 1)}
    story.act(what.at, actor, "project.save", lambda: counts)


def _remark(story: Chronicle, what: did.Remark) -> None:
    actor, city = story.actor(what), story.owner
    values = {
        "section": what.section,
        "field": None,
        "audience": what.audience,
        "text": what.text,
        "revision_number": len(story.saves),
        "author_id": actor.user_id,
        "author_name": actor.display_name,
        "written_at": what.at,
        "settled_at": what.settled_at,
        "settled_by": city.user_id if what.settled_at else None,
    }
    comment = story.page.add("comment", what.at, values, project_id=story.project)
    said = {"section": what.section, "audience": what.audience}
    story.act(what.at, actor, "comment.add", lambda: {"comment": comment.id, **said})
    if what.settled_at is not None:
        story.act(what.settled_at, city, "comment.settle", lambda: {"comment": comment.id})


def _upload(story: Chronicle, what: did.Upload) -> None:
    actor, digest = story.actor(what), hashlib.sha256(what.content).hexdigest()
    story.page.files.setdefault(digest, (what.at, what.content))
    values = {
        "sha256": digest,
        "file_name": what.file_name,
        "checklist_code": what.checklist_code,
        "uploaded_by": actor.user_id,
        "uploaded_at": what.at,
        "withdrawn_at": None,
    }
    document = story.page.add("uploaded_document", what.at, values, project_id=story.project)
    said = {"sha256": digest, "checklist": what.checklist_code}
    story.act(what.at, actor, "document.add", lambda: {"document": document.id, **said})


def _decide_duplicate(story: Chronicle, what: did.DuplicateDecision) -> None:
    found = story.find_project(what.other_number)
    if found is None:
        return
    (other_code, other), actor = found, story.actor(what)
    values = {"is_same": what.is_same, "reason": what.reason, "author_id": actor.user_id, "marked_at": what.at}
    # An earlier number was entered before: it has the lower code, and its row the lower id.
    story.page.add("duplicate_mark", what.at, values, lower_id=other, higher_id=story.project)
    details = {"other": story.code, "is_same": what.is_same, "was": None, "reason": what.reason}
    story.act(what.at, actor, "project.duplicate", lambda: details, on=other_code)


_RECORDERS: Mapping[type[did.Happening], Callable[[Chronicle, Any], None]] = {
    did.Save: _save,
    did.Opening: reviews.open_application,
    did.Move: reviews.move_application,
    did.Assignment: reviews.assign,
    did.OpinionsAsked: reviews.ask_opinions,
    did.OpinionGiven: reviews.give_opinion,
    did.Remark: _remark,
    did.Upload: _upload,
    did.Release: banks.release,
    did.Interest: banks.show_interest,
    did.Question: banks.ask,
    did.Loan: banks.decide_loan,
    did.DuplicateDecision: _decide_duplicate,
}
