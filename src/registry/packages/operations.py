"""Writing packages: what was judged and priced goes out, and who took it is recorded."""

import os
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlmodel import Session

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.queries import display_name
from registry.assessments.model import Assessment
from registry.assessments.operations import assess_project
from registry.finance.statements import statements_of_case
from registry.packages.assemble import PackageFile, assemble
from registry.packages.content import Evaluation, PackageContent, RevisionFacts
from registry.projects.financials import FinancialCase
from registry.projects.model import Dossier
from registry.projects.queries import read_dossier


@dataclass(frozen=True, slots=True)
class WrittenPackage:
    """A package on disk, and the digest a sender tells the bank by other means."""

    path: Path
    manifest_digest: str


def build_package(session: Session, actor: Actor, code: str, *, as_of: date) -> PackageFile:
    """Assess the project on the governing date and assemble its package. Raises NotFound, NotAllowed."""
    assessment = assess_project(session, actor, code, as_of=as_of)
    content = _content(session, actor, code, assessment)
    package = assemble(content)
    details = {"manifest": package.manifest_digest, "revision": content.revision.number, "as_of": as_of.isoformat()}
    audit.record(session, actor_id=actor.user_id, action="package.build", subject=f"project:{code}", details=details)
    return package


def write_package(session: Session, actor: Actor, code: str, folder: Path, *, as_of: date) -> WrittenPackage:
    """Write the package of a project into a folder; a half-written file never has the final name."""
    package = build_package(session, actor, code, as_of=as_of)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / package.name
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".writing-", delete=False) as partial:
        partial.write(package.content)
    os.replace(partial.name, target)  # noqa: PTH105 - atomic on one file system, which is the point
    return WrittenPackage(target, package.manifest_digest)


def _content(session: Session, actor: Actor, code: str, assessment: Assessment) -> PackageContent:
    revision, dossier = read_dossier(session, actor, code, number=assessment.revision_number)
    document = audit.parsed_json(assessment.document)
    money = document["finance"]
    evaluated = dossier.model_copy(update={"financials": _case(money["case"])})
    return PackageContent(
        project_code=code,
        dossier=evaluated,
        revision=RevisionFacts(
            revision.number, revision.hash, revision.saved_at, display_name(session, revision.author_id)
        ),
        assessment_id=assessment.hash,
        governing_date=assessment.governing_date,
        engine_version=assessment.engine_version,
        is_demo=revision.is_demo,
        verdicts=tuple(document["libraries"]),
        evaluation=None if money["result"] is None else _evaluation(evaluated, money["result"]),
        evaluation_findings=tuple(money["findings"]),
    )


def _case(inputs: dict[str, Any] | None) -> FinancialCase | None:
    return None if inputs is None else FinancialCase.model_validate(inputs)


def _evaluation(dossier: Dossier, result: dict[str, Any]) -> Evaluation:
    case = dossier.financials
    assert case is not None  # noqa: S101 - a result exists only for a case
    assert case.timeline is not None  # noqa: S101
    return Evaluation(
        construction_years=case.timeline.construction_years or 0,
        operation_years=case.timeline.operation_years or 0,
        statements=statements_of_case(case),
        totals=result["totals"],
        indicators=result["indicators"],
        series={name: tuple(values) for name, values in result["series"].items()},
        checks=result["checks"],
        conventions={name: text["zh"] for name, text in result["conventions"].items()},
        strict=result["strict"],
        per_debt=tuple(result["per_debt"]),
        discount_rate=case.discount_rate,
        warnings=tuple(result["findings"]),
    )
