"""The same content drawing central money twice: what duplicates mean for the rules."""

from collections.abc import Iterable, Sequence

from registry.errors import Finding, Severity
from registry.projects.duplicates.queries import Candidate
from registry.projects.duplicates.scoring import CERTAIN, Record
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
