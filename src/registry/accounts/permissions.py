"""Who may do what: one table."""

from typing import Literal

from registry.accounts.model import Actor, Group
from registry.errors import NotAllowed

Act = Literal[
    "read_projects",
    "read_revisions",
    "edit_projects",
    "import_projects",
    "screen_projects",
    "record_judgements",
    "rehearse_rules",
    "keep_private_packs",
    "release_projects",
    "release_packages",
    "read_packages",
    "read_downloads",
    "read_audit",
    "apply_to_libraries",
    "recommend_applications",
    "decide_applications",
    "confirm_implementation",
    "expire_entries",
    "read_applications",
    "assign_reviewers",
    "give_opinions",
    "comment",
    "upload_documents",
    "read_documents",
    "show_interest",
    "answer_banks",
    "manage_deliveries",
]

PERMISSIONS: dict[Act, frozenset[Group]] = {
    "read_projects": frozenset({"city", "province", "ministry", "bank", "public", "operator"}),
    # A bank or the public was shown a project as released, not what stood in it before and why it changed.
    "read_revisions": frozenset({"city", "province", "ministry", "operator"}),
    "edit_projects": frozenset({"city", "operator"}),
    "import_projects": frozenset({"city", "operator"}),
    "screen_projects": frozenset({"city", "province", "ministry", "bank", "operator"}),
    "record_judgements": frozenset({"province", "ministry", "operator"}),
    # Over the projects each may see: a province its own, a bank those released to it.
    "rehearse_rules": frozenset({"province", "ministry", "bank", "operator"}),
    "keep_private_packs": frozenset({"bank"}),
    "release_projects": frozenset({"city", "operator"}),
    "release_packages": frozenset({"city", "operator"}),
    "read_packages": frozenset({"city", "province", "ministry", "bank", "operator"}),
    # Who downloaded what is for those who gave it out and those who oversee them.
    "read_downloads": frozenset({"city", "province", "ministry", "operator"}),
    "read_audit": frozenset({"ministry", "operator"}),
    "apply_to_libraries": frozenset({"city", "operator"}),
    # The operator runs the registry and decides nothing in it.
    "recommend_applications": frozenset({"province"}),
    "decide_applications": frozenset({"ministry"}),
    "confirm_implementation": frozenset({"province", "ministry"}),
    "expire_entries": frozenset({"ministry", "operator"}),
    "read_applications": frozenset({"city", "province", "ministry", "operator"}),
    "assign_reviewers": frozenset({"province", "ministry"}),
    "give_opinions": frozenset({"province", "ministry"}),
    "comment": frozenset({"city", "province", "ministry"}),
    "upload_documents": frozenset({"city", "operator"}),
    "read_documents": frozenset({"city", "province", "ministry", "bank", "operator"}),
    "show_interest": frozenset({"bank"}),
    "answer_banks": frozenset({"city"}),
    "manage_deliveries": frozenset({"operator"}),
}


def may(actor: Actor, act: Act) -> bool:
    """Say whether this group may do this at all; which objects is decided by the query root."""
    return actor.group in PERMISSIONS[act]


def require(actor: Actor, act: Act) -> None:
    """Raise NotAllowed unless the actor's group may do this."""
    if not may(actor, act):
        raise NotAllowed("您所在的用户组不能进行此操作", "Your group may not do this")
