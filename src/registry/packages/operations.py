"""Writing packages: what was judged and priced goes out, and who took it is recorded."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Engine
from sqlmodel import Session

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.accounts.queries import display_name
from registry.assessments.model import Assessment
from registry.assessments.operations import assess_project
from registry.database import writing
from registry.finance.engine import evaluate_case_model
from registry.finance.statements import names_of, statements
from registry.packages.analysis import analysis_of
from registry.packages.assemble import PackageFile, assemble
from registry.packages.attachments import attachments_of
from registry.packages.bond_plan import bond_documents
from registry.packages.content import Evaluation, PackageContent, RevisionFacts
from registry.packages.evaluation import evaluation_of
from registry.packages.files import write_whole
from registry.packages.pdf import teaser_pdf
from registry.packages.signature import Signer
from registry.projects.documents.store import Store
from registry.projects.financials import FinancialCase
from registry.projects.queries import read_dossier

Variant = Literal["teaser", "bond-plan"]
"""What may leave alone: the one-page introduction 项目推介, or the skeleton of a bond's 一案两书."""


Result = dict[str, Any]
"""The result of an evaluation as an assessment keeps it."""


@dataclass(frozen=True, slots=True)
class WrittenPackage:
    """A package on disk, and the digest a sender tells the bank by other means."""

    path: Path
    manifest_digest: str


def build_package(
    engine: Engine, actor: Actor, code: str, *, as_of: date, store: Store, signer: Signer | None = None
) -> PackageFile:
    """Assess the project on the governing date and assemble its package; nobody waits for the database meanwhile.

    Raises NotFound, NotAllowed, StoreUnavailable, DamagedFile.
    """
    content = _assessed(engine, actor, code, as_of)
    package = assemble(content, signer, store=store)
    _record(engine, actor, content, {"manifest": package.manifest_digest})
    return package


def build_variant(engine: Engine, actor: Actor, code: str, *, as_of: date, variant: Variant) -> dict[str, bytes]:
    """Return the one-page introduction, or the papers of a special bond, by file name. Raises NotFound, NotAllowed."""
    content = _assessed(engine, actor, code, as_of)
    files = {"项目推介.pdf": teaser_pdf(content)} if variant == "teaser" else bond_documents(content)
    _record(engine, actor, content, {"variant": variant})
    stem = content.file_name.removesuffix(".zip")
    return {f"{stem}_{name}": produced for name, produced in files.items()}


def write_package(
    engine: Engine, actor: Actor, code: str, folder: Path, *, as_of: date, store: Store, signer: Signer | None = None
) -> WrittenPackage:
    """Write the package of a project into a folder; a half-written file never has the final name."""
    package = build_package(engine, actor, code, as_of=as_of, store=store, signer=signer)
    target = folder / package.name
    write_whole(target, package.content)
    return WrittenPackage(target, package.manifest_digest)


def write_variant(
    engine: Engine, actor: Actor, code: str, folder: Path, *, as_of: date, variant: Variant
) -> list[Path]:
    """Write the files of a variant into a folder; return their paths."""
    files = build_variant(engine, actor, code, as_of=as_of, variant=variant)
    for name, produced in files.items():
        write_whole(folder / name, produced)
    return [folder / name for name in files]


def _assessed(engine: Engine, actor: Actor, code: str, as_of: date) -> PackageContent:
    require(actor, "build_packages")
    with writing(engine) as session:
        return content_of(session, actor, code, assess_project(session, actor, code, as_of=as_of))


def _record(engine: Engine, actor: Actor, content: PackageContent, facts: dict[str, str]) -> None:
    details = {**facts, "revision": content.revision.number, "as_of": content.governing_date.isoformat()}
    with writing(engine) as session:
        subject = f"project:{content.project_code}"
        audit.record(session, actor_id=actor.user_id, action="package.build", subject=subject, details=details)


def content_of(
    session: Session, actor: Actor, code: str, assessment: Assessment, *, reader: Actor | None = None
) -> PackageContent:
    """Return everything a package of this assessment shows; `reader` is who it goes to, the actor unless given.

    Raises NotFound.
    """
    return priced(*unpriced_content(session, actor, code, assessment, reader=reader))


def unpriced_content(
    session: Session, actor: Actor, code: str, assessment: Assessment, *, reader: Actor | None = None
) -> tuple[PackageContent, Result | None]:
    """Return what must be looked up for a package, and the kept result `priced` completes it with. Raises NotFound."""
    revision, dossier = read_dossier(session, actor, code, number=assessment.revision_number)
    document = audit.parsed_json(assessment.document)
    money = document["finance"]
    case = None if money["case"] is None else FinancialCase.model_validate(money["case"])
    content = PackageContent(
        project_code=code,
        # The case as it was evaluated: with the grants and draws the funding lines gave it.
        dossier=dossier.model_copy(update={"financials": case}),
        revision=RevisionFacts(
            revision.number, revision.hash, revision.saved_at, display_name(session, revision.author_id)
        ),
        assessment_id=assessment.hash,
        governing_date=assessment.governing_date,
        engine_version=assessment.engine_version,
        is_demo=revision.is_demo,
        verdicts=tuple(document["libraries"]),
        evaluation_findings=tuple(money["findings"]),
        rights=document.get("rights"),
        attachments=attachments_of(session, actor, code, dossier, reader=reader or actor),
    )
    return content, money["result"]


def priced(content: PackageContent, result: Result | None) -> PackageContent:
    """Return the content with its statements, sensitivity and draws: all that takes long, and no database."""
    case = content.dossier.financials
    if case is None or result is None:
        return content
    return replace(content, evaluation=_evaluation(case, result), analysis=analysis_of(case, content.project_code))


def evaluation_kept(assessment: Assessment) -> Evaluation | None:
    """Return the money side of an assessment as packages and pages show it; None where nothing could be evaluated."""
    money = audit.parsed_json(assessment.document)["finance"]
    if money["case"] is None or money["result"] is None:
        return None
    return _evaluation(FinancialCase.model_validate(money["case"]), money["result"])


def _evaluation(case: FinancialCase, result: Result) -> Evaluation:
    tables = statements(evaluate_case_model(case), names=names_of(case))
    return replace(evaluation_of(case, result, tables), warnings=tuple(result["findings"]))
