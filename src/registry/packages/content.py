"""What a financing package 融资对接材料包 is made from: plain data, prepared by `assessments`.

Everything in a package is rendered from one `PackageContent`; nothing here is looked up, timed or recalculated, so
the same content gives the same bytes. None is unknown, printed as 未提供 or 待补充, never as zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from registry.finance.statements import Statement
from registry.packages.analysis import Analysis
from registry.projects.model import Dossier

Figure = float | None


@dataclass(frozen=True, slots=True)
class RevisionFacts:
    """The saved version 修订 of the project that the package shows. `saved_at` is in UTC."""

    number: int
    hash: str
    saved_at: datetime
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """An uploaded document 附件 of the project: its name in the package, and where it counts in the checklist.

    `size` is in bytes. What would make the package too large is listed with its digest, not enclosed.
    """

    path: str
    file_name: str
    checklist_code: str | None
    sha256: str
    size: int
    is_enclosed: bool = True


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Result of the financial model, in the vocabulary of `registry finance evaluate --json` (`finance.outcome_of`).

    Money in 万元, rates as shares of one, series by project year (index 0 is year 1).
    """

    construction_years: int
    operation_years: int
    statements: tuple[Statement, ...]
    totals: Mapping[str, Any]
    indicators: Mapping[str, Any]
    series: Mapping[str, Sequence[Figure]]
    checks: Mapping[str, Any]
    conventions: Mapping[str, Mapping[str, str]]
    strict: Mapping[str, Any] = field(default_factory=dict)
    per_debt: tuple[Mapping[str, Any], ...] = ()
    mirr: Mapping[str, Figure] = field(default_factory=dict)
    fiscal: Mapping[str, Any] = field(default_factory=dict)
    sensitivity: Mapping[str, Any] = field(default_factory=dict)
    """By factor: `rows` with `change`, `irr`, `npv`, coefficients, and the `switching_point`; on flows after tax."""
    discount_rate: Figure = None
    warnings: tuple[Mapping[str, Any], ...] = ()
    """Findings of the calculation in their wire form (`Finding.as_dict`)."""

    @property
    def years(self) -> int:
        """Length of the calculation period 计算期."""
        return self.construction_years + self.operation_years


@dataclass(frozen=True, slots=True)
class PackageContent:
    """All that one package needs.

    `verdicts` are `LibraryVerdict.as_dict()` in the order to print. Without an `evaluation` the package says so and
    `evaluation_findings` (wire form) say why.
    """

    project_code: str
    dossier: Dossier
    revision: RevisionFacts
    assessment_id: str
    governing_date: date
    engine_version: str
    is_demo: bool
    verdicts: tuple[Mapping[str, Any], ...] = ()
    evaluation: Evaluation | None = None
    evaluation_findings: tuple[Mapping[str, Any], ...] = ()
    analysis: Analysis | None = None
    """Scenarios, grids and drawn inputs; None without an evaluation."""
    rights: Mapping[str, Any] | None = None
    """Income from environmental rights and the bank's view of it, as assessed; None where there is none."""
    attachments: tuple[Attachment, ...] = ()
    """The documents the receiver may have, in the order of the archive."""

    @property
    def version_id(self) -> str:
        """The mark on every page: project, revision and the first digits of its hash."""
        return f"{self.project_code} · 修订 {self.revision.number} · {self.revision.hash[:12]}"

    @property
    def file_name(self) -> str:
        """Name of the package file."""
        return f"{self.project_code}_{self.governing_date:%Y%m%d}_v{self.revision.number}.zip"
