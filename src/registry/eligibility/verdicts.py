"""What an assessment says 预审结论: the verdict of each pack with the whole explanation under it.

Plain frozen structures; `as_dict()` gives the same content, in the same order, for the same input.
"""

from datetime import date
from typing import Any

import msgspec

from registry.eligibility.model import Citation, Confidence, Judgement, Question, Severity, Status, Verdict
from registry.eligibility.reasons import FactValue, Reason


class MissingFact(msgspec.Struct, frozen=True):
    """A fact nobody has given yet, and the fields a person would fill in to give it."""

    name: str
    zh: str
    en: str
    fields: tuple[str, ...]


class UnverifiedValue(msgspec.Struct, frozen=True):
    """A threshold 待核实 that nobody could verify: the rule cannot be decided until it is found."""

    name: str
    title_zh: str
    title_en: str


class RuleAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of one rule, with its clause and its reason."""

    rule: str
    title_zh: str
    title_en: str
    part: str | None
    severity: Severity
    status: Status
    status_zh: str
    status_en: str
    document: str
    article: str | None
    confidence: Confidence
    is_unverified: bool
    """True: say 待核实 beside it."""
    note: str | None
    why_block_zh: str | None
    why_block_en: str | None
    say_zh: str
    say_en: str
    remedy_zh: str | None
    remedy_en: str | None
    documents: tuple[str, ...]
    applies: Reason | None
    reason: Reason | None
    missing: tuple[MissingFact, ...]
    unverified_values: tuple[UnverifiedValue, ...]
    question: Question | None
    shown: tuple[FactValue, ...]
    """The facts laid before the person who decides."""
    judgement: Judgement | None


class TransitionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A transition clause 新老划断 and whether the project falls under it (None: cannot be decided)."""

    use_version: str
    holds: bool | None
    say_zh: str
    say_en: str
    cite: Citation
    reason: Reason
    missing: tuple[MissingFact, ...]


class LibraryVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict of one pack on one project on one governing date."""

    pack: str
    name_zh: str
    name_en: str
    kind: str
    jurisdiction: str
    owner: str | None
    version: str
    document: str
    as_of: date
    verdict: Verdict
    verdict_zh: str
    verdict_en: str
    n_fail: int
    n_unknown: int
    n_judgement: int
    n_warn: int
    missing: tuple[MissingFact, ...]
    """Facts that keep blocking rules undecided, those that settle most rules first."""
    transitions: tuple[TransitionAnswer, ...]
    answers: tuple[RuleAnswer, ...]
    judgements_not_carried: tuple[Judgement, ...]
    """Decisions given under another version: shown to the person who decides anew, never counted."""

    def answer(self, rule: str) -> RuleAnswer:
        """Return the answer of one rule. Raises KeyError."""
        for answer in self.answers:
            if answer.rule == rule:
                return answer
        raise KeyError(rule)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON, dates as ISO text."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain
