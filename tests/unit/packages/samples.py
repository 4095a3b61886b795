"""A whole content for tests: one invented project, every part present, and variations of it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from registry.packages.content import Evaluation, PackageContent, RevisionFacts, Statement, StatementRow
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
    return Dossier.model_validate({**document, **changes})


def evaluation(construction: int = 2, operation: int = 20) -> Evaluation:
    years = construction + operation
    flow = tuple(-20000.25 if year < construction else 4100.5 + year for year in range(years))
    service = tuple(0.0 if year < construction else 2900.0 for year in range(years))
    rows = (
        StatementRow(
            "1",
            "现金流入",
            "Inflow",
            "万元",
            "",
            tuple(max(v, 0.0) for v in flow),
            sum(max(v, 0.0) for v in flow),
            True,
        ),
        StatementRow(
            "1.1", "营业收入（不含税）", "Revenue", "万元", "数量 × 价格", tuple(max(v, 0.0) for v in flow), 1.0
        ),
        StatementRow("3", "所得税前净现金流量", "Net flow", "万元", "现金流入 − 现金流出", flow, sum(flow), True),
    )
    return Evaluation(
        construction_years=construction,
        operation_years=operation,
        statements=tuple(
            Statement(str(number), title, title, rows)
            for number, title in ((7, "项目投资现金流量表"), (8, "项目资本金现金流量表"))
        ),
        totals={
            "construction_investment": 42600.0,
            "total_investment": 43505.3655,
            "equity_total": 10600.0,
            "grants_total": 6000.0,
            "debt_drawn": 24000.0,
        },
        indicators={
            "project_irr_post_tax": {"value": 0.0673, "status": "unique", "all": [0.0673]},
            "equity_irr": {"value": None, "status": "none", "all": []},
            "project_npv_post_tax": 5123.456,
            "payback_static_post_tax": None,
            "dscr_min": 1.2345,
            "dscr_average": 1.4,
            "total_debt_coverage": 1.5,
        },
        series={"project_cf_post_tax": flow, "cfads": flow, "debt_service": service},
        checks={"balance_sheet_max_abs_error": 0.0},
        conventions={"计息": "当年借款按半年计息", "折现": "年末现金流量，第一年折现一次"},
        discount_rate=0.05,
    )


VERDICT: dict[str, Any] = {
    "library": "central-eco-fund",
    "name_zh": "中央生态环境资金项目储备库",
    "verdict": "insufficient",
    "governing_date": "2026-03-01",
    "version": "2025-1",
    "rules": [
        {
            "id": "a",
            "title_zh": "总投资已填报",
            "status": "pass",
            "severity": "block",
            "say_zh": "已填报。",
            "cite": {"document": "示例文号", "article": "第三条", "confidence": "text"},
        },
        {
            "id": "b",
            "title_zh": "环评手续",
            "status": "unknown",
            "severity": "block",
            "say_zh": "须完成环评审批。",
            "missing": ["环评批复"],
            "remedy_zh": "向生态环境部门办理。",
            "cite": {"document": "示例文号", "article": "第五条", "confidence": "secondary"},
        },
    ],
}


def content(**changes: Any) -> PackageContent:
    whole = PackageContent(
        project_code="P-330500-0001",
        dossier=dossier(),
        revision=REVISION,
        assessment_id="A-0001",
        governing_date=date(2026, 3, 1),
        engine_version="0.1.0",
        is_demo=True,
        verdicts=(VERDICT,),
        evaluation=evaluation(),
    )
    return replace(whole, **changes)
