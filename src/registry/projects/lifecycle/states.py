"""The life of an application 入库申请: its states and who may move it, as one table. The diagram is drawn from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from registry.accounts.model import GROUP_NAMES, Actor, Group
from registry.accounts.permissions import PERMISSIONS, Act, may

State = Literal[
    "draft",
    "submitted",
    "recommended",
    "returned",
    "in_library",
    "declined",
    "withdrawn",
    "expired",
    "removed",
    "implemented",
]
Action = Literal[
    "submit", "recommend", "return", "decline", "admit", "reopen", "withdraw", "expire", "remove", "implement"
]
Need = Literal["complete", "reason", "sections", "opinions", "unchanged", "overdue", "major_edit"]
"""What must be there before an action is taken; `NEEDS` says it in words."""

STATES: Mapping[State, tuple[str, str]] = MappingProxyType(
    {
        "draft": ("草稿", "Draft"),
        "submitted": ("待省级审核", "Submitted, awaiting the provincial opinion"),
        "recommended": ("待国家审核", "Recommended, awaiting the ministry's decision"),
        "returned": ("退回补正", "Returned for more information"),
        "in_library": ("已入库", "In the library"),
        "declined": ("不予入库", "Declined"),
        "withdrawn": ("已撤回", "Withdrawn"),
        "expired": ("到期出库", "Expired"),
        "removed": ("调出项目库", "Removed"),
        "implemented": ("已实施", "Implemented"),
    }
)
ACTIONS: Mapping[Action, tuple[str, str]] = MappingProxyType(
    {
        "submit": ("提交", "Submit"),
        "recommend": ("省级推荐", "Recommend"),
        "return": ("退回补正", "Return for more information"),
        "decline": ("不予通过", "Decline"),
        "admit": ("同意入库", "Admit"),
        "reopen": ("重大变更，重新审核", "Reopen after a major edit"),
        "withdraw": ("撤回", "Withdraw"),
        "expire": ("到期出库", "Expire"),
        "remove": ("调出", "Remove"),
        "implement": ("确认实施", "Confirm implementation"),
    }
)
NEEDS: Mapping[Need, tuple[str, str]] = MappingProxyType(
    {
        "complete": ("提交所需字段齐全", "every field needed for submission is filled"),
        "reason": ("说明理由", "a reason"),
        "sections": ("逐部分写明需补充的内容", "what is asked for, section by section"),
        "opinions": ("已征求的部门意见均已返回", "every department asked has given its opinion"),
        "unchanged": ("提交后档案无重大变更", "no major change of the dossier since it was submitted"),
        "overdue": ("已超过有效期", "the validity has run out"),
        "major_edit": ("由保存重大变更触发", "happens when a major edit is saved"),
    }
)


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: from this state, by this action, who holds this permission moves the application to the new state."""

    state: State
    action: Action
    new_state: State
    act: Act
    needs: tuple[Need, ...] = ()

    @property
    def groups(self) -> frozenset[Group]:
        """Return the groups that may take the action, from the one table of permissions."""
        return PERMISSIONS[self.act].groups


TABLE: tuple[Transition, ...] = (
    Transition("draft", "submit", "submitted", "apply_to_libraries", ("complete",)),
    Transition("draft", "withdraw", "withdrawn", "apply_to_libraries"),
    Transition("submitted", "recommend", "recommended", "recommend_applications", ("reason", "opinions")),
    Transition("submitted", "return", "returned", "recommend_applications", ("reason", "sections")),
    Transition("submitted", "decline", "declined", "recommend_applications", ("reason",)),
    Transition("submitted", "withdraw", "withdrawn", "apply_to_libraries", ("reason",)),
    Transition("recommended", "admit", "in_library", "decide_applications", ("reason", "opinions", "unchanged")),
    Transition("recommended", "return", "returned", "decide_applications", ("reason", "sections")),
    Transition("recommended", "decline", "declined", "decide_applications", ("reason",)),
    Transition("recommended", "withdraw", "withdrawn", "apply_to_libraries", ("reason",)),
    Transition("returned", "submit", "submitted", "apply_to_libraries", ("complete",)),
    Transition("returned", "withdraw", "withdrawn", "apply_to_libraries", ("reason",)),
    Transition("in_library", "reopen", "submitted", "edit_projects", ("major_edit",)),
    Transition("in_library", "withdraw", "withdrawn", "apply_to_libraries", ("reason",)),
    Transition("in_library", "expire", "expired", "expire_entries", ("overdue",)),
    Transition("in_library", "remove", "removed", "decide_applications", ("reason",)),
    Transition("in_library", "implement", "implemented", "confirm_implementation", ("reason",)),
)
"""States without a row of their own are final; who applies again opens a new application."""

_BY_KEY = {(row.state, row.action): row for row in TABLE}
OPEN_STATES: frozenset[State] = frozenset(row.state for row in TABLE)
REVIEW_ACTS: frozenset[Act] = frozenset({"recommend_applications", "decide_applications", "confirm_implementation"})
"""Acts of a reviewer: nobody takes them on what they or their organisation entered."""


def transition(state: State, action: Action) -> Transition | None:
    """Return the row of the table, None when the action does not exist in this state."""
    return _BY_KEY.get((state, action))


def actions_for(state: State, actor: Actor) -> list[Transition]:
    """Return what the actor may do in this state by group, role and token, in the order of the table.

    Leaves out `reopen`, which nobody asks for: it happens when a major edit is saved.
    """
    return [row for row in TABLE if row.state == state and may(actor, row.act) and row.action != "reopen"]


def pending_states(actor: Actor) -> frozenset[State]:
    """Return the states in which an application waits for the actor's group to move it on."""
    waiting: Mapping[str, frozenset[State]] = {
        "city": frozenset({"draft", "returned"}),
        "province": frozenset({"submitted"}),
        "ministry": frozenset({"recommended"}),
    }
    return waiting.get(actor.group, frozenset())


def diagram() -> str:
    """Return the table as a Mermaid state diagram, Chinese as on the screens."""
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{zh}" as {state}' for state, (zh, _) in STATES.items()]
    lines.append("    [*] --> draft")
    for row in TABLE:
        who = "、".join(GROUP_NAMES[group] for group in GROUP_NAMES if group in row.groups)
        lines.append(f"    {row.state} --> {row.new_state}: {ACTIONS[row.action][0]}（{who}）")
    lines += [f"    {state} --> [*]" for state in STATES if state not in OPEN_STATES]
    return "\n".join(lines) + "\n"


def who_may(state: State) -> dict[Group, list[Transition]]:
    """Return what each group may do in a state, group by group; a group that may do nothing has an empty list."""
    rows = [row for row in TABLE if row.state == state]
    return {group: [row for row in rows if group in row.groups] for group in GROUP_NAMES}  # type: ignore[misc]


def document() -> str:
    """Return the page `STATES.md` beside this file: diagram and table, both drawn from the one table in code."""
    head = "| 状态 state | " + " | ".join(GROUP_NAMES.values()) + " |"
    lines = [head, "|---" * (len(GROUP_NAMES) + 1) + "|"]
    for state, (zh, en) in STATES.items():
        cells = ["、".join(ACTIONS[row.action][0] for row in rows) or "—" for rows in who_may(state).values()]
        lines.append(f"| {zh} {en} | " + " | ".join(cells) + " |")
    told = "Written by `registry lifecycle document`; a test compares it with the code. 由代码中的同一张表生成。"
    return (
        f"# 入库申请的状态 States of an application\n\n{told}\n\n```mermaid\n{diagram()}```\n\n"
        + "\n".join(lines)
        + "\n"
    )
