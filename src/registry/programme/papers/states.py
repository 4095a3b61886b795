"""The life of a city's paper: its states and who may move it, as one table."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from registry.accounts.model import Actor
from registry.accounts.permissions import Act, may

PaperState = Literal["draft", "submitted", "returned", "approved", "published"]
PaperAction = Literal["submit", "take_back", "approve", "return", "revise", "publish", "unpublish"]

STATES: Mapping[PaperState, tuple[str, str]] = MappingProxyType(
    {
        "draft": ("编制中", "Draft"),
        "submitted": ("已报送", "Submitted"),
        "returned": ("退回修改", "Returned"),
        "approved": ("已通过", "Approved"),
        "published": ("已公开", "Published"),
    }
)
ACTIONS: Mapping[PaperAction, tuple[str, str]] = MappingProxyType(
    {
        "submit": ("签发报送", "Sign and submit"),
        "take_back": ("撤回修改", "Take back"),
        "approve": ("同意", "Approve"),
        "return": ("退回修改", "Return"),
        "revise": ("修订", "Revise"),
        "publish": ("公开", "Publish"),
        "unpublish": ("撤回公开", "Withdraw from display"),
    }
)


@dataclass(frozen=True, slots=True)
class PaperTransition:
    """One row: from this state, by this action, who holds this permission moves the paper to the new state."""

    state: PaperState
    action: PaperAction
    new_state: PaperState
    act: Act
    needs_reason: bool = False


TABLE: tuple[PaperTransition, ...] = (
    PaperTransition("draft", "submit", "submitted", "submit_papers"),
    PaperTransition("returned", "submit", "submitted", "submit_papers"),
    PaperTransition("submitted", "take_back", "draft", "submit_papers", needs_reason=True),
    PaperTransition("submitted", "approve", "approved", "decide_papers", needs_reason=True),
    PaperTransition("submitted", "return", "returned", "decide_papers", needs_reason=True),
    PaperTransition("approved", "revise", "draft", "submit_papers", needs_reason=True),
    PaperTransition("approved", "publish", "published", "submit_papers"),
    PaperTransition("published", "unpublish", "approved", "submit_papers", needs_reason=True),
)
EDITABLE: frozenset[PaperState] = frozenset({"draft", "returned"})
"""States in which the text may change; in every other it stands as it was signed."""

_BY_KEY = {(row.state, row.action): row for row in TABLE}


def transition(state: str, action: str) -> PaperTransition | None:
    """Return the row of the table, None when the action does not exist in this state."""
    return next((row for key, row in _BY_KEY.items() if key == (state, action)), None)


def actions_for(state: str, actor: Actor) -> list[PaperTransition]:
    """Return what the actor may do in this state by group, role and token, in the order of the table."""
    return [row for row in TABLE if row.state == state and may(actor, row.act)]
