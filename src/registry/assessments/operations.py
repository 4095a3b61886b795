"""Judging a project: money first, then the rules over facts and figures, then one record that never changes."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from importlib.metadata import version
from typing import Any

from sqlmodel import Session, select

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.assessments.facts import FUNDED_TWICE, facts_of
from registry.assessments.model import Assessment, AssessmentVerdict, RecordedJudgement
from registry.assessments.pricing import Evaluation, evaluate
from registry.assessments.prospects.keys import write_glances
from registry.assessments.queries import judgements_of
from registry.assessments.rights import rights_of
from registry.eligibility.checked import Packs
from registry.eligibility.explain import assess
from registry.eligibility.packs import load_packs
from registry.eligibility.verdicts import LibraryVerdict
from registry.errors import NotFound
from registry.projects.duplicates.findings import funded_elsewhere
from registry.projects.model import Dossier
from registry.projects.notices.operations import ask_to_match_searches
from registry.projects.queries import RevisionFacts, read_dossier
from registry.projects.zones.queries import list_memberships, zones_of
from registry.settings import HOME

RIGHTS = ("kind", "instrument", "stated", "counted", "amount")
"""What is kept of each line of income from rights beside the document."""


@cache
def public_packs() -> Packs:
    """Return the rule packs shipped with the registry, loaded once."""
    return load_packs(HOME / "rules")


@cache
def engine_version() -> str:
    """Return what is printed as the version of the program that calculated."""
    return f"registry {version('registry')}"


def judge(
    dossier: Dossier,
    evaluation: Evaluation,
    *,
    as_of: date,
    judgements: Sequence[RecordedJudgement] = (),
    libraries: Sequence[str] | None = None,
    is_funded_elsewhere: bool = False,
) -> list[LibraryVerdict]:
    """Judge a dossier by every pack in force on the governing date; keeps nothing."""
    recorded = [judgement.as_answer() for judgement in judgements]
    facts = facts_of(dossier, evaluation.facts(), is_funded_elsewhere=is_funded_elsewhere)
    return assess(public_packs(), facts, as_of=as_of, judgements=recorded, libraries=libraries)


def assess_project(
    session: Session, actor: Actor, code: str, *, as_of: date, moment: datetime | None = None
) -> Assessment:
    """Judge the project's latest revision and keep the record; the same question is kept once.

    `moment` is now, unless a history is loaded. Raises NotFound, NotAllowed.
    """
    require(actor, "screen_projects")
    revision, dossier = read_dossier(session, actor, code)
    evaluation = evaluate(dossier)
    is_twice = bool(funded_elsewhere(session, revision.project_id))
    recorded = judgements_of(session, revision.project_id)
    verdicts = judge(dossier, evaluation, as_of=as_of, judgements=recorded, is_funded_elsewhere=is_twice)
    within = zones_of(list_memberships(session, on=as_of), dossier.city_code)
    rights = rights_of(dossier, evaluation.result, packs=public_packs(), as_of=as_of, within=within)
    whole = _document(revision, as_of, evaluation, verdicts, is_twice=is_twice)
    document = audit.canonical_json(whole | ({} if rights is None else {"rights": rights}))
    digest = hashlib.sha256(document.encode()).hexdigest()
    known = session.exec(select(Assessment).where(Assessment.hash == digest)).one_or_none()
    if known is not None:
        return known
    at = moment or audit.now()
    assessment = _keep(session, actor, revision, as_of, evaluation, document, digest, at, rights)
    session.add_all(_verdict_rows(assessment.id or 0, verdicts))
    session.flush()
    write_glances(session, [assessment])
    ask_to_match_searches(session, [assessment.project_id])
    details = {"revision": revision.number, "as_of": as_of.isoformat(), "hash": digest}
    subject = f"project:{code}"
    audit.record(session, actor_id=actor.user_id, action="project.assess", subject=subject, details=details, moment=at)
    return assessment


def _document(
    revision: RevisionFacts,
    as_of: date,
    evaluation: Evaluation,
    verdicts: Sequence[LibraryVerdict],
    *,
    is_twice: bool,
) -> dict[str, Any]:
    # Only where it is so: what the registry knows beside the dossier must be told with the verdict it changes.
    registry_facts = {"registry_facts": {FUNDED_TWICE: True}} if is_twice else {}
    return registry_facts | {
        "project": {
            "code": revision.code,
            "revision": revision.number,
            "revision_hash": revision.hash,
            "is_demo": revision.is_demo,
        },
        "governing_date": as_of.isoformat(),
        "engine_version": engine_version(),
        "packs": {verdict.pack: verdict.version for verdict in verdicts},
        "finance": {
            "case": evaluation.case,
            "result": evaluation.result,
            "findings": [finding.as_dict() for finding in evaluation.findings],
        },
        "libraries": [verdict.as_dict() for verdict in verdicts],
    }


def _keep(
    session: Session,
    actor: Actor,
    revision: RevisionFacts,
    as_of: date,
    evaluation: Evaluation,
    document: str,
    digest: str,
    at: datetime,
    rights: Mapping[str, Any] | None,
) -> Assessment:
    assessment = Assessment(
        project_id=revision.project_id,
        revision_number=revision.number,
        governing_date=as_of,
        engine_version=engine_version(),
        document=document,
        hash=digest,
        author_id=actor.user_id,
        created_at=at,
        firr_pre_tax=evaluation.figure("indicators", "project_irr_pre_tax"),
        firr_post_tax=evaluation.figure("indicators", "project_irr_post_tax"),
        capital_irr=evaluation.figure("indicators", "equity_irr"),
        fnpv_post_tax=evaluation.figure("indicators", "project_npv_post_tax"),
        payback_years=evaluation.figure("indicators", "payback_static_post_tax"),
        dscr_min=evaluation.figure("indicators", "dscr_min"),
        dscr_average=evaluation.figure("indicators", "dscr_average"),
        coverage=evaluation.figure("indicators", "total_debt_coverage"),
        finance_facts=audit.canonical_json(evaluation.facts()),
        rights=audit.canonical_json(
            [{name: each[name] for name in RIGHTS} for each in (rights or {"lines": ()})["lines"]]
        ),
    )
    session.add(assessment)
    session.flush()
    return assessment


def _verdict_rows(assessment_id: int, verdicts: Sequence[LibraryVerdict]) -> list[AssessmentVerdict]:
    return [
        AssessmentVerdict(
            assessment_id=assessment_id,
            pack_id=verdict.pack,
            pack_version=verdict.version,
            verdict=verdict.verdict,
            fail_count=verdict.n_fail,
            unknown_count=verdict.n_unknown,
            judgement_count=verdict.n_judgement,
        )
        for verdict in verdicts
    ]


def record_judgement(
    session: Session, actor: Actor, code: str, *, pack: str, rule: str, is_met: bool, reason: str, as_of: date
) -> RecordedJudgement:
    """Keep a named person's answer to a rule only a person can decide, under the pack version in force that day.

    Raises NotFound for a rule that asks nobody, NotAllowed for groups that do not review.
    """
    require(actor, "record_judgements")
    revision, _ = read_dossier(session, actor, code)
    in_force = public_packs()[pack].version_on(as_of)
    asked = in_force and any(each.rule.id == rule and each.rule.judgement for each in in_force.rules)
    if in_force is None or not asked or actor.user_id is None:
        raise NotFound(
            f"规则包 {pack} 在 {as_of} 没有需人工判断的规则 {rule}",
            f"Pack {pack} asks no person about {rule} on {as_of}",
        )
    judgement = RecordedJudgement(
        project_id=revision.project_id,
        pack_id=pack,
        pack_version=in_force.head.version,
        rule_id=rule,
        is_met=is_met,
        reason=reason,
        person_id=actor.user_id,
        person_name=actor.display_name,
        decided_at=audit.now(),
    )
    session.add(judgement)
    session.flush()
    details = {"pack": pack, "rule": rule, "is_met": is_met, "reason": reason}
    audit.record(session, actor_id=actor.user_id, action="project.judge", subject=f"project:{code}", details=details)
    return judgement
