"""Sample financing plans 示例投融资方案: one that was decided and shown, and a draft that still lacks a good deal."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sqlmodel import Session

from registry.accounts.queries import actor_by_login
from registry.programme.financing_plan.operations import begin_plan, move_plan
from registry.programme.financing_plan.reading import read_plan_document

PLANS = Path(__file__).parent / "financing_plans.json"


def add_sample_plans(session: Session, codes: Sequence[str], *, today: date) -> list[int]:
    """Write the plans over the invented projects, named by their place among `codes`; return the plans' numbers."""
    return [_add(session, codes, sample, today) for sample in json.loads(PLANS.read_text(encoding="utf-8"))]


def _add(session: Session, codes: Sequence[str], sample: dict[str, Any], today: date) -> int:
    city = actor_by_login(session, sample["owner"])
    document = read_plan_document(_document(codes, sample))
    plan = begin_plan(session, city, title=sample["title"], document=document, is_demo=True)
    if "decided_by" not in sample:
        return plan.id
    judge = actor_by_login(session, sample["decided_by"])
    sent = move_plan(session, city, plan.id, action="submit", expected_version=plan.version, today=today)
    approved = move_plan(
        session,
        judge,
        plan.id,
        action="approve",
        expected_version=sent.version,
        today=today,
        reason=sample["reason"],
    )
    move_plan(session, city, plan.id, action="publish", expected_version=approved.version, today=today)
    return plan.id


def _document(codes: Sequence[str], sample: dict[str, Any]) -> dict[str, Any]:
    """Return the document of a sample, the codes of projects in the place of their numbers."""
    named = {"bundles": "members", "scenarios": "left_out"}
    document: dict[str, Any] = sample["document"]
    return document | {
        "projects": [_with_code(codes, each) for each in sample["projects"]],
        "bank_matches": [_with_code(codes, each) for each in sample["banks"]],
        **{
            name: [
                {key: value for key, value in each.items() if key != "places"}
                | {members: [codes[place] for place in each.get("places", ())]}
                for each in sample[name]
            ]
            for name, members in named.items()
        },
    }


def _with_code(codes: Sequence[str], entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key != "place"} | {"code": codes[entry["place"]]}
