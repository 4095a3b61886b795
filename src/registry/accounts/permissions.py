"""Who may do what: one table. An act, the groups it is open to, the roles within them, and the scope a token needs.

Which objects an act reaches is decided by the query roots, such as `registry.projects.queries.visible_to`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from registry.accounts.model import ROLE_NAMES, Actor, Group, Role, Scope
from registry.errors import NotAllowed

Act = Literal[
    "read_projects",
    "read_portfolio",
    "read_revisions",
    "edit_projects",
    "import_projects",
    "screen_projects",
    "record_judgements",
    "read_duplicates",
    "rehearse_rules",
    "read_private_packs",
    "keep_private_packs",
    "read_searches",
    "save_searches",
    "release_projects",
    "build_packages",
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
    "read_comments",
    "upload_documents",
    "read_documents",
    "show_interest",
    "answer_banks",
    "manage_deliveries",
    "manage_people",
    "mix_funding",
    "choose_projects",
    "run_scenarios",
    "read_trail",
    "edit_papers",
    "submit_papers",
    "decide_papers",
    "keep_zones",
    "read_indicators",
    "edit_indicators",
    "keep_indicators",
    "hold_evaluations",
    "display_projects",
    "withdraw_display",
    "moderate_comments",
    "read_cases",
    "edit_cases",
    "submit_cases",
    "agree_cases",
    "release_cases",
    "withdraw_cases",
    "read_nominations",
    "hold_selections",
    "score_nominations",
    "read_calendar",
    "warn_of_deadlines",
]


@dataclass(frozen=True, slots=True)
class Permission:
    """One line of the table. The operator and the public have no roles, so `roles` does not bind them."""

    groups: frozenset[Group]
    roles: frozenset[Role]
    scope: Scope | None


_EVERY_ROLE: frozenset[Role] = frozenset({"clerk", "reviewer", "administrator"})
_CASE_WORK: frozenset[Role] = frozenset({"clerk", "reviewer"})
# What leaves the house, or binds another, takes a second pair of eyes than who typed it in.
_SIGNING: frozenset[Role] = frozenset({"reviewer"})
_OFFICES: tuple[Group, ...] = ("city", "province", "ministry", "operator")
_EVERYBODY: tuple[Group, ...] = (*_OFFICES, "bank")


def _read(*groups: Group) -> Permission:
    return Permission(frozenset(groups), _EVERY_ROLE, None)


def _write(*groups: Group) -> Permission:
    return Permission(frozenset(groups), _CASE_WORK, "write")


def _decide(*groups: Group) -> Permission:
    return Permission(frozenset(groups), _SIGNING, "decide")


PERMISSIONS: Mapping[Act, Permission] = {
    "read_projects": _read(*_EVERYBODY, "public"),
    "read_portfolio": _read(*_EVERYBODY),
    # A bank or the public was shown a project as released, not what stood in it before and why it changed.
    "read_revisions": _read(*_OFFICES),
    "edit_projects": _write("city", "operator"),
    "import_projects": _write("city", "operator"),
    "screen_projects": _read(*_EVERYBODY),
    "record_judgements": _decide("province", "ministry", "operator"),
    # A bank is shown a project, not what its overseers suspect of it.
    "read_duplicates": _read(*_OFFICES),
    # Over the projects each may see: a province its own, a bank those released to it.
    "rehearse_rules": _read("province", "ministry", "bank", "operator"),
    "read_private_packs": _read("bank"),
    "keep_private_packs": _write("bank"),
    # What a bank looks for is its own business, as its credit policy is.
    "read_searches": _read("bank"),
    "save_searches": _write("bank"),
    "release_projects": _decide("city", "operator"),
    # A bank takes what was released to it, and nothing it asked the machine for behind the city's back.
    "build_packages": _read(*_OFFICES),
    "release_packages": _decide("city", "operator"),
    "read_packages": _read(*_EVERYBODY),
    # Who downloaded what is for those who gave it out and those who oversee them.
    "read_downloads": _read(*_OFFICES),
    "read_audit": Permission(frozenset({"ministry", "operator"}), _EVERY_ROLE, "audit"),
    # What happened to one project, for its owner and those who review it; the log as a whole is `read_audit`.
    "read_trail": _read(*_OFFICES),
    "apply_to_libraries": _decide("city", "operator"),
    # The operator runs the registry and decides nothing in it.
    "recommend_applications": _decide("province"),
    "decide_applications": _decide("ministry"),
    "confirm_implementation": _decide("province", "ministry"),
    "expire_entries": _decide("ministry", "operator"),
    "read_applications": _read(*_OFFICES),
    "assign_reviewers": _decide("province", "ministry"),
    "give_opinions": Permission(frozenset({"province", "ministry"}), _CASE_WORK, "decide"),
    "comment": _write("city", "province", "ministry"),
    # What offices say to each other of a draft is no business of a bank or the public.
    "read_comments": _read(*_OFFICES),
    "upload_documents": _write("city", "operator"),
    "read_documents": _read(*_EVERYBODY),
    "show_interest": Permission(frozenset({"bank"}), _CASE_WORK, "decide"),
    "answer_banks": _write("city"),
    "manage_deliveries": Permission(frozenset({"operator"}), _EVERY_ROLE, "decide"),
    # What if: over the projects each may see, and nothing of it is kept in them.
    "mix_funding": _read(*_EVERYBODY),
    "choose_projects": _read(*_OFFICES),
    "run_scenarios": _read(*_OFFICES),
    # A city's plans and reports: written by its people, signed by its leaders, decided by the level above.
    "edit_papers": _write("city", "operator"),
    "submit_papers": _decide("city", "operator"),
    "decide_papers": _decide("province", "ministry"),
    # Which place is in which zone is noted by the ministry when a list is published, with its source.
    "keep_zones": _write("ministry", "operator"),
    # Targets and actual values stand in the open once a self-evaluation is published, not before.
    "read_indicators": _read(*_OFFICES),
    "edit_indicators": _write("city", "operator"),
    "keep_indicators": _write("ministry", "operator"),
    "hold_evaluations": _decide("ministry"),
    # What the public is shown is its owner's to say; the ministry, which runs the platform, may take anything off it.
    "display_projects": _decide("city", "operator"),
    "withdraw_display": _decide("city", "ministry", "operator"),
    "moderate_comments": _decide("city", "ministry"),
    # Model cases: written by the city, agreed by its province, shown by the ministry; each may take one back.
    "read_cases": _read(*_OFFICES),
    "edit_cases": _write("city", "operator"),
    "submit_cases": _decide("city", "operator"),
    "agree_cases": _decide("province"),
    "release_cases": _decide("ministry"),
    "withdraw_cases": _decide("city", "province", "ministry"),
    # Who applied is for offices; who was selected is everybody's, once published.
    "read_nominations": _read(*_OFFICES),
    "hold_selections": _decide("ministry"),
    # By a seat on the panel, and by code alone.
    "score_nominations": Permission(frozenset({"province", "ministry"}), _CASE_WORK, "decide"),
    "read_calendar": _read(*_OFFICES),
    "warn_of_deadlines": _decide("ministry", "operator"),
    # People of one's own organisation and of those below it.
    "manage_people": Permission(frozenset(_EVERYBODY), frozenset({"administrator"}), "decide"),
}


def may(actor: Actor, act: Act) -> bool:
    """Say whether this actor may do this at all; which objects is decided by the query root."""
    line = PERMISSIONS[act]
    has_role = actor.group in {"operator", "public"} or actor.role in line.roles
    has_scope = actor.scopes is None or line.scope is None or line.scope in actor.scopes
    return actor.group in line.groups and has_role and has_scope


def require(actor: Actor, act: Act) -> None:
    """Raise NotAllowed, saying whether group, role or token is in the way, unless the actor may do this."""
    if may(actor, act):
        return
    line = PERMISSIONS[act]
    if actor.group not in line.groups:
        raise NotAllowed("您所在的用户组不能进行此操作", "Your group may not do this")
    if may(replace(actor, scopes=None), act):
        raise NotAllowed(
            f"此令牌没有“{line.scope}”权限，请换用带此权限的令牌",
            f"This token lacks the scope “{line.scope}”; use one that has it",
        )
    wanted = "、".join(ROLE_NAMES[role] for role in ROLE_NAMES if role in line.roles)
    raise NotAllowed(
        f"您在本机构的角色不能进行此操作，请由“{wanted}”办理",
        f"Your role may not do this; it takes one of: {', '.join(sorted(line.roles))}",
    )
