"""A whole content for packages: one invented project with every part present, to be varied by tests."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from registry.eligibility.model import STATUS_TERMS, Question, Status
from registry.eligibility.reasons import Atom, FactValue
from registry.eligibility.verdicts import LibraryVerdict, MissingFact, RuleAnswer
from registry.finance.cases import evaluate_project
from registry.finance.engine import evaluate_case_model
from registry.finance.outcome import remarks_on
from registry.finance.reading import read_document
from registry.finance.statements import names_of, statements
from registry.packages.analysis import Analysis, analysis_of
from registry.packages.content import Evaluation, PackageContent, RevisionFacts
from registry.packages.evaluation import evaluation_of
from registry.projects.financials import FinancialCase
from registry.projects.model import Dossier

REVISION = RevisionFacts(3, "ab" * 32, datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC), "示例编辑")


def dossier(**changes: Any) -> Dossier:
    document: dict[str, Any] = {
        "name": "示例市城北污水处理厂及配套管网工程",
        "approval_code": "2107-330000-04-01-123456",
        "implementer_name": "示例市水务投资有限公司",
        "province_name": "浙江省",
        "city_name": "湖州市",
        "city_code": "330500",
        "content_summary": "新建日处理 8 万吨污水处理厂一座，配套管网 42 公里。\n尾水达到地表水准Ⅳ类。",
        "construction_status": "not_started",
        "construction_start": "2026-06",
        "total_investment": "43505.3655",
        "funding_lines": [
            {"source": "central_fund", "year": 2026, "amount": "3000", "status": "planned"},
            {"source": "central_fund", "year": 2027, "amount": "3000", "status": "planned"},
            {"source": "policy_bank_loan", "year": 2026, "amount": "11000", "status": "planned"},
            {"source": "policy_bank_loan", "year": 2027, "amount": "13000", "status": "planned"},
            {"source": "equity", "year": 2026, "amount": "4000.5", "status": "secured", "evidence": "示例批复"},
            {"source": "city", "status": "gap"},
        ],
        "approvals": [
            {
                "kind": "可行性研究报告批复",
                "number": "示例发改〔2025〕12号",
                "authority": "示例市发展改革委",
                "date": "2025-08",
            }
        ],
        "benefits": [
            {
                "indicator": "化学需氧量削减",
                "value": 6132.0,
                "unit": "吨/年",
                "baseline": "直排",
                "method": "进出水浓度差×水量",
            }
        ],
        "documents": [
            {"checklist_code": "D02", "is_available": True, "number": "示例发改〔2025〕3号", "date": "2025-03-02"},
            {"checklist_code": "D04", "is_available": False},
        ],
    }
    changes.setdefault("financials", golden_case("G1"))
    return Dossier.model_validate({**document, **changes})


GOLDEN = Path(__file__).parent / "golden" / "finance"


@cache
def golden_case(name: str) -> FinancialCase:
    (path,) = GOLDEN.glob(f"{name}-*.json")
    return read_document(FinancialCase, json.loads(path.read_text(encoding="utf-8"))["inputs"])


def evaluated(case: FinancialCase) -> Evaluation:
    batch = evaluate_case_model(case)
    outcome = evaluate_project(case.model_dump(mode="json", exclude_none=True))
    return evaluation_of(case, outcome, statements(batch, names=names_of(case)), remarks_on(batch))


@cache
def _evaluated(name: str) -> Evaluation:
    return evaluated(golden_case(name))


@cache
def analysed(name: str) -> Analysis:
    return analysis_of(golden_case(name), "P-330500-0001")


def answer(rule: str, status: Status, **changes: Any) -> RuleAnswer:
    zh, en = STATUS_TERMS[status]
    values: dict[str, Any] = {
        "rule": rule, "title_zh": rule, "title_en": rule, "part": None, "severity": "block", "status": status,
        "status_zh": zh, "status_en": en, "document": "示例文号", "article": "第三条", "confidence": "text",
        "is_unverified": False, "note": None, "why_block_zh": None, "why_block_en": None, "say_zh": f"应当{rule}。",
        "say_en": rule, "remedy_zh": None, "remedy_en": None, "documents": (), "applies": None, "reason": None,
        "missing": (), "unverified_values": (), "question": None, "shown": (), "judgement": None,
    }  # fmt: skip
    return RuleAnswer(**{**values, **changes})


def verdict() -> dict[str, Any]:
    invested = FactValue("total_investment", "总投资", "Total investment", "43505.3655", "万元", None)
    enough = Atom(
        "total_investment > 0", holds=True, found=(invested,), operator=">", required=0, distance=1, unit="万元"
    )
    credible = Question(question_zh="治理成效是否可信？", question_en="?", facts=[])
    return LibraryVerdict(
        pack="central-eco-fund",
        name_zh="中央生态环境资金项目储备库",
        name_en="Central fund library",
        kind="library",
        jurisdiction="CN",
        owner=None,
        version="2025-1",
        document="示例文号",
        as_of=date(2026, 3, 1),
        verdict="insufficient",
        verdict_zh="资料不足",
        verdict_en="Information missing",
        n_fail=1,
        n_unknown=1,
        n_judgement=1,
        n_warn=0,
        missing=(),
        transitions=(),
        answers=(
            answer("填报总投资", "pass", reason=enough),
            answer("资本金达标", "fail", remedy_zh="补充资本金来源。"),
            answer("完成环评", "unknown", missing=(MissingFact("eia", "环评批复", "EIA approval", ("eia",)),)),
            answer("治理成效可信", "judgement", question=credible),
            answer("属于煤电", "not_applicable"),
        ),
        judgements_not_carried=(),
    ).as_dict()


def content(**changes: Any) -> PackageContent:
    whole = PackageContent(
        project_code="P-330500-0001",
        dossier=dossier(),
        revision=REVISION,
        assessment_id="A-0001",
        governing_date=date(2026, 3, 1),
        engine_version="0.1.0",
        is_demo=True,
        verdicts=(verdict(),),
        evaluation=_evaluated("G1"),
        analysis=analysed("G1"),
    )
    if changes.get("evaluation", whole) is None:
        changes.setdefault("analysis", None)
    return replace(whole, **changes)
