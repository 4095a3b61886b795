"""The same content drawing central money twice: what duplicates mean for the rules."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select, union_all
from sqlmodel import Session, col

from registry.errors import Finding, Severity
from registry.projects.duplicates.model import DuplicateMark
from registry.projects.duplicates.queries import Candidate
from registry.projects.duplicates.scoring import CERTAIN, Record, Score
from registry.projects.lines import CENTRAL_SOURCES
from registry.projects.model import FundingLineRow
from registry.quantities import money_text


def duplicate_findings(own: Record, candidates: Iterable[Candidate]) -> list[Finding]:
    """Return one finding for each project that counts as the same: an error where both draw central money.

    A pair counts when a reviewer marked it as the same, or when it scores `CERTAIN` and nobody has decided. Without a
    decision the finding only warns.
    """
    return [_finding(own, candidate) for candidate in candidates if _counts(candidate)]


def has_other_central_funding(candidates: Sequence[Candidate]) -> bool | None:
    """Return true when a project marked as the same draws central money, None (unknown) otherwise.

    Never false: the same content may have been paid for outside the registry.
    """
    is_drawn = any(candidate.is_marked_same and candidate.record.central_money for candidate in candidates)
    return True if is_drawn else None


MOST_TOLD = 3
"""Projects named in one warning: the likeliest."""


def similar_findings(candidates: Iterable[Candidate]) -> list[Finding]:
    """Return a warning for each of the likeliest projects that may be the same; a draft is saved all the same."""
    open_ones = [each for each in candidates if each.is_marked_same is not False]
    return [similar_finding(each.code, each.name, each.score) for each in open_ones[:MOST_TOLD]]


def similar_finding(code: str, name: str | None, scored: Score, *, where_zh: str = "", where_en: str = "") -> Finding:
    """Return the warning that a record may be the same as this project, with what speaks for it in words."""
    speaking = [reason for reason in scored.reasons if reason.points > 0][:MOST_TOLD]
    zh, en = "；".join(reason.zh for reason in speaking), "; ".join(reason.en for reason in speaking)
    return Finding(
        "name",
        "similar-project",
        f"{where_zh}与 {code}“{name or '未命名'}”相似（{scored.points:g} 分：{zh}）；"
        "同一项目请勿重复填报，草稿可以保存",
        f"{where_en}is like {code} “{name or 'unnamed'}” ({scored.points:g} points: {en}); "
        "do not enter it twice. A draft can be saved",
        code,
        "warning",
    )


HIDDEN = Finding(
    "name",
    "similar-elsewhere",
    "审核人员将看到一个疑似重复的项目（不在您的可见范围内）；如您知悉同一内容已由他处填报，请先行协调",
    "Reviewers will see a candidate among projects that are not yours to see; if you know that the same content was "
    "entered elsewhere, settle it first",
    None,
    "warning",
)
"""All that a city learns of a likeness to a project it may not see (decision 0060)."""


def funded_elsewhere(session: Session, project_id: int | None = None) -> frozenset[int]:
    """Return the ids of projects, all or this one, whose content a reviewer found again where central money is drawn.

    Of these the rules read `has_other_central_funding` as true, whoever asks.
    Read without regard to who may see the other project: a decision about a project is a fact of that project, and no
    more of the other one is told than that it draws central money (decision 0060).
    """
    mark, line = DuplicateMark, FundingLineRow
    both = union_all(
        select(col(mark.lower_id).label("mine"), col(mark.higher_id).label("other")).where(col(mark.is_same)),
        select(col(mark.higher_id), col(mark.lower_id)).where(col(mark.is_same)),
    ).subquery()
    # Added up for the few projects somebody marked, not for a nation of which these are then looked up.
    drawn = (
        select(func.sum(col(line.amount)))
        .where(col(line.project_id) == both.c.other)
        .where(col(line.source).in_(CENTRAL_SOURCES), col(line.status) != "gap")
        .scalar_subquery()
    )
    query = select(both.c.mine).where(drawn > 0)
    if project_id is not None:
        query = query.where(both.c.mine == project_id)
    return frozenset(session.execute(query).scalars())


def _counts(candidate: Candidate) -> bool:
    if candidate.is_marked_same is not None:
        return candidate.is_marked_same
    return candidate.score.points >= CERTAIN


def _finding(own: Record, candidate: Candidate) -> Finding:
    name = f"{candidate.code}“{candidate.name or '未命名'}”"
    is_decided = bool(candidate.is_marked_same)
    says_zh = "经审核认定为同一项目" if is_decided else f"疑似同一项目（{candidate.score.points:g} 分）"
    says_en = "was marked as the same project" if is_decided else f"may be the same ({candidate.score.points:g} points)"
    if own.central_money and candidate.record.central_money:
        amount = money_text(candidate.record.central_money)
        severity: Severity = "error" if is_decided else "warning"
        return Finding(
            "has_other_central_funding",
            "central-money-twice",
            f"{name}{says_zh}，且已安排中央资金 {amount} 万元；同一建设内容不得重复申请，请撤回一项或说明内容区别",
            f"{name} {says_en} and draws {amount} 万元 of central money; withdraw one or show how the contents differ",
            amount,
            severity,
        )
    return Finding(
        "name",
        "entered-twice",
        f"{name}{says_zh}；请核对，合并或说明区别",
        f"{name} {says_en}; compare them, then merge them or say how they differ",
        candidate.code,
        "warning",
    )
