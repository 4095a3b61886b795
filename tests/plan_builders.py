"""Projects of a financing plan: published cases as dossiers, and the facts a plan is calculated from."""

import json
from datetime import date
from functools import cache
from typing import Any

from builders import dossier
from packaged import GOLDEN, golden_case
from registry.programme.financing_plan.document import PlanDocument
from registry.programme.financing_plan.figures import ProjectFacts, Verdict
from registry.projects.model import Dossier

TODAY = date(2026, 11, 26)
LIBRARY = Verdict("central-eco-fund", "中央库", "Central library", "library", "eligible", "符合", "Eligible")
REQUIREMENT = Verdict("project-capital", "资本金", "Capital", "requirement", "eligible", "符合", "Eligible")


@cache
def expected(name: str) -> dict[str, Any]:
    """Return the published answers of a case."""
    (path,) = GOLDEN.glob(f"{name}-*.json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["expected"]
    return found


def priced_dossier(name: str, start: str | None = "2027-03", **changes: Any) -> Dossier:
    """Return a project whose money is a published case."""
    return dossier(
        name=f"{name} 项目", construction_start=start, financials=golden_case(name), funding_lines=[], **changes
    )


def facts(**dossiers: Dossier) -> dict[str, ProjectFacts]:
    """Return the facts of projects, by code."""
    return {
        code: ProjectFacts(code, 3, False, each, (LIBRARY, REQUIREMENT), TODAY, 7) for code, each in dossiers.items()
    }


def plan_document(*codes: str, **parts: Any) -> PlanDocument:
    """Return a plan that names these projects and could be signed."""
    whole = {
        "start_year": 2027,
        "end_year": 2031,
        "projects": [{"code": code, "role": "core"} for code in codes],
        "debt_safety": {"adds_hidden_debt": False, "statement": "不新增隐性债务。"},
    }
    return PlanDocument.model_validate({**whole, **parts})
