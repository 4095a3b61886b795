"""What a rule pack 规则包 says, as it is written: one structure per file, unknown keys refused.

`rules/pack.schema.json` is generated from these structures, so editors and the loader agree.
"""

from datetime import date
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

Confidence = Literal["text", "secondary", "unverified"]
"""`text`: seen in the document itself, may block. `secondary`: seen in a report of it. `unverified`: 待核实."""
Severity = Literal["block", "warn", "inform"]
PackKind = Literal["library", "requirement", "label", "cross"]
Status = Literal["pass", "fail", "unknown", "judgement", "not_applicable"]
Verdict = Literal["eligible", "ineligible", "insufficient", "judgement"]
Text = Annotated[str, Meta(min_length=1)]
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=80)]
Jurisdiction = Annotated[str, Meta(pattern=r"^(CN|[1-9][0-9]{5})$")]
"""`CN`, or the six-digit GB/T 2260 code of a province, city or county, in quotes."""
VersionName = Annotated[str, Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z.-]*$", max_length=40)]

STATUS_TERMS: dict[Status, tuple[str, str]] = {
    "pass": ("符合", "Met"),
    "fail": ("不符合", "Not met"),
    "unknown": ("资料不足", "Cannot be decided yet"),
    "judgement": ("需人工判断", "A person must decide"),
    "not_applicable": ("不适用", "Not applicable"),
}
VERDICT_TERMS: dict[Verdict, tuple[str, str]] = {
    "eligible": ("符合", "Eligible"),
    "ineligible": ("不符合", "Not eligible"),
    "insufficient": ("资料不足", "Information missing"),
    "judgement": ("需人工判断", "A person must decide"),
}


class Written(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Base of everything read from a pack."""


class Citation(Written, frozen=True, kw_only=True):
    """Where a rule comes from: official document number and clause, never the address of a mirror site."""

    document: Text
    article: str | None
    checked_on: date
    confidence: Confidence
    note: str | None = None


class Question(Written, frozen=True, kw_only=True):
    """What a person must decide, and which facts are laid before them."""

    question_zh: Text
    question_en: Text
    facts: list[str] = []


class Rule(Written, frozen=True, kw_only=True):
    """One clause as a predicate: `require` is SQL over facts, or `judgement` is a question to a person."""

    id: Slug
    title_zh: Text
    title_en: Text
    cite: Citation
    severity: Severity
    say_zh: Text
    say_en: Text
    remedy_zh: str | None = None
    remedy_en: str | None = None
    part: Slug | None = None
    jurisdiction: Jurisdiction | None = None
    applies_when: Text | None = None
    require: Text | None = None
    judgement: Question | None = None
    why_block_zh: str | None = None
    why_block_en: str | None = None
    documents: list[str] = []


class Source(Written, frozen=True, kw_only=True):
    """Source of one dated value."""

    document: Text
    article: str | None
    confidence: Confidence
    note: str | None = None


class DatedValue(Written, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A value from a date on; null says that nobody could verify it."""

    from_: date
    value: Any
    source: Source


class Parameter(Written, frozen=True, kw_only=True):
    """A threshold 参数 with its unit and its values by date."""

    title_zh: Text
    title_en: Text
    unit: str | None
    values: Annotated[list[DatedValue], Meta(min_length=1)]

    @property
    def starts(self) -> date:
        """Return the first day with a value."""
        return min(dated.from_ for dated in self.values)

    def value_on(self, day: date) -> Any:
        """Return the value in force on a day; None when nobody could verify it. Raises LookupError before the first."""
        found = [dated for dated in self.values if dated.from_ <= day]
        if not found:
            raise LookupError(day)
        return max(found, key=lambda dated: dated.from_).value


class Transition(Written, frozen=True, kw_only=True):
    """新老划断: projects for which `when` is true are still judged by another version."""

    when: Text
    use_version: VersionName
    say_zh: Text
    say_en: Text
    cite: Citation


class VersionHead(Written, frozen=True, kw_only=True):
    """One version of a pack: when it is in force (half-open) and what it changed."""

    version: VersionName
    in_force_from: date
    in_force_until: date | None = None
    document: Text
    changes_zh: Text
    changes_en: Text
    transitions: list[Transition] = []

    def in_force_on(self, day: date) -> bool:
        """Say whether the version governs a day."""
        return self.in_force_from <= day and (self.in_force_until is None or day < self.in_force_until)


class PackHead(Written, frozen=True, kw_only=True):
    """`pack.yaml`: what the pack is and which versions it has."""

    id: Slug
    name_zh: Text
    name_en: Text
    kind: PackKind
    jurisdiction: Jurisdiction
    concerns: Text | None = None
    """SQL over facts: which projects the pack is about, where that is more than lying in its jurisdiction."""
    issuer_zh: Text
    issuer_en: Text
    versions: Annotated[list[VersionHead], Meta(min_length=1)]


class Case(Written, frozen=True, kw_only=True):
    """A worked case: of one rule, or of the whole pack (`verdict_of`)."""

    name: Text
    as_of: date
    facts: dict[str, Any]
    expect: Literal["pass", "fail", "unknown", "judgement", "not_applicable", "eligible", "ineligible", "insufficient"]
    rule: Slug | None = None
    verdict_of: Slug | None = None


class Judgement(Struct, frozen=True, kw_only=True):
    """A recorded decision of a person 人工判断. Counts only for the pack version it was given under."""

    pack: str
    version: str
    rule: str
    answer: bool
    """True: the requirement is met."""
    person: str
    reason: str
    decided_on: date
