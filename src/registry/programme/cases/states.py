"""The life of a model case: its states and who may move it, as one table."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from registry.accounts.model import Actor
from registry.accounts.permissions import Act, may

STATES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "draft": ("填报中", "Draft"),
        "submitted": ("待省级同意", "Waiting for the province"),
        "returned": ("退回修改", "Returned"),
        "agreed": ("省级已同意", "Agreed by the province"),
        "released": ("已公开", "On display"),
        "withdrawn": ("已撤回", "Withdrawn"),
    }
)
ACTIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "submit": ("报送", "Submit"),
        "take_back": ("撤回修改", "Take back"),
        "agree": ("同意推荐", "Agree"),
        "return": ("退回修改", "Return"),
        "release": ("公开展示", "Put on display"),
        "withdraw": ("撤回公开", "Withdraw from display"),
        "revise": ("修订", "Revise"),
    }
)
EDITABLE = frozenset({"draft", "returned"})
"""States in which record and pictures may change; in every other they stand as they were submitted."""


@dataclass(frozen=True, slots=True)
class CaseTransition:
    """One row: from this state, by this action, who holds this permission moves the case to the new state."""

    state: str
    action: str
    new_state: str
    act: Act
    needs_reason: bool = False


TABLE: tuple[CaseTransition, ...] = (
    CaseTransition("draft", "submit", "submitted", "submit_cases"),
    CaseTransition("returned", "submit", "submitted", "submit_cases"),
    CaseTransition("submitted", "take_back", "draft", "submit_cases"),
    CaseTransition("submitted", "agree", "agreed", "agree_cases"),
    CaseTransition("submitted", "return", "returned", "agree_cases", needs_reason=True),
    CaseTransition("agreed", "release", "released", "release_cases"),
    CaseTransition("agreed", "return", "returned", "release_cases", needs_reason=True),
    CaseTransition("released", "withdraw", "withdrawn", "withdraw_cases", needs_reason=True),
    CaseTransition("withdrawn", "revise", "draft", "submit_cases"),
)


def transition(state: str, action: str) -> CaseTransition | None:
    """Return the row of the table, None when the action does not exist in this state."""
    return next((row for row in TABLE if row.state == state and row.action == action), None)


def actions_for(state: str, actor: Actor) -> list[CaseTransition]:
    """Return what the actor may do in this state by group, role and token, in the order of the table."""
    return [row for row in TABLE if row.state == state and may(actor, row.act)]
