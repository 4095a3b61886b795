"""Three reports of a demo nation, worked out again from the saved documents with loops and fractions.

Nothing of the portfolio takes part: documents are read as JSON with plain SQL, money is `Decimal`, and the formulas are
those of the words in the report.
"""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from registry.accounts.operations import ensure_operator
from registry.assessments.operations import assess_project
from registry.database import writing
from registry.demo.moments import LAST_DAY
from registry.demo.nation_loading import load_nation
from registry.portfolio.queries import Evidence, gather
from registry.portfolio.reports import Ask, make_report
from registry.projects.documents.store import FolderStore

COUNT, SEED = 80, 3
COD = "化学需氧量削减"
PROVINCES = {"11": "北京市", "33": "浙江省", "37": "山东省", "44": "广东省"}
"""Some, by hand: a test that looked the names up as the product does could not find them swapped."""
CENTRAL = {"central_fund", "central_budget", "ultra_long_bond"}
FISCAL = CENTRAL | {"provincial", "city"}
ZERO = Decimal(0)

DOCUMENTS = """
SELECT p.id, r.document FROM project p JOIN project_revision r
ON r.project_id = p.id AND r.number = p.revision_number
"""
ASSESSMENTS = """
SELECT a.project_id, a.document FROM assessment a JOIN project p
ON p.id = a.project_id AND a.revision_number = p.revision_number ORDER BY a.id
"""

Documents = dict[int, dict[str, Any]]


@pytest.fixture
def evidence(engine: Engine, tmp_path: Path) -> Evidence:
    load_nation(engine, COUNT, SEED, store=FolderStore(tmp_path / "documents"))
    with writing(engine) as session:
        operator = ensure_operator(session)
    today = max(LAST_DAY, dt.datetime.now(dt.UTC).date())
    return gather(engine, operator, as_of=today, today=today)


@pytest.fixture
def documents(evidence: Evidence) -> Documents:
    with evidence.engine.connect() as connection:
        found = {key: json.loads(document) for key, document in connection.execute(text(DOCUMENTS))}
    assert len(found) == COUNT
    return found


def _lines(document: dict[str, Any]) -> Iterator[tuple[str, int | None, str, Decimal | None]]:
    for line in document.get("funding_lines") or ():
        amount = line.get("amount")
        yield line["source"], line.get("year"), line["status"], None if amount is None else Decimal(amount)


def _total(document: dict[str, Any]) -> Decimal | None:
    value = document.get("total_investment")
    return None if value is None else Decimal(value)


def _without_source(document: dict[str, Any]) -> Decimal | None:
    """Return what no line names a source for; None where the total or an amount is unknown."""
    total, amounts = _total(document), [amount for *_, amount in _lines(document)]
    if total is None or None in amounts:
        return None
    return max(ZERO, total - sum((amount or ZERO for amount in amounts), ZERO))


def _province(document: dict[str, Any]) -> str:
    return str(document["city_code"])[:2]


def _cod(document: dict[str, Any]) -> list[float]:
    return [each["value"] for each in document.get("benefits") or () if each["indicator"] == COD and "value" in each]


def _rows(evidence: Evidence, ask: Ask) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = make_report(evidence, ask).as_dict()["rows"]
    return rows


def test_the_mix_by_province_and_year_is_the_sum_of_the_documents(evidence: Evidence, documents: Documents) -> None:
    expected: dict[tuple[str, int | None], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for document in documents.values():
        if (prefix := _province(document)) not in PROVINCES:
            continue
        for _, year, status, amount in _lines(document):
            expected[PROVINCES[prefix], year][status] += amount or ZERO
            expected[PROVINCES[prefix], year]["need"] += amount or ZERO
        if left := _without_source(document):
            expected[PROVINCES[prefix], None]["no_source"] += left
            expected[PROVINCES[prefix], None]["need"] += left
    found = {
        (row["province"], row["year"]): row
        for row in _rows(evidence, Ask("funding_mix", ("province", "year")))
        if row["province"] in PROVINCES.values()
    }
    assert found.keys() == expected.keys()
    assert len({province for province, _ in found}) > 1
    for key, sums in expected.items():
        told = {name: Decimal(found[key][name]) for name in ("secured", "planned", "gap", "no_source", "need")}
        assert told == {name: sums[name] for name in told}, key
        assert found[key]["secured_ratio"] == pytest.approx(float(sums["secured"] / sums["need"]))


def test_leverage_is_the_investment_behind_a_yuan(evidence: Evidence, documents: Documents) -> None:
    (row,) = [each for each in _rows(evidence, Ask("leverage", ("province",))) if each["province"] == "浙江省"]
    for kind, sources in (("central", CENTRAL), ("fiscal", FISCAL)):
        given = behind = ZERO
        counted = left_out = 0
        for document in (each for each in documents.values() if _province(each) == "33"):
            lines = list(_lines(document))
            money = sum(
                (amount or ZERO for source, _, status, amount in lines if source in sources and status != "gap"), ZERO
            )
            total = _total(document)
            if money == 0:
                continue
            if total is None or any(amount is None for *_, amount in lines):
                left_out += 1
                continue
            counted, given, behind = counted + 1, given + money, behind + total
        assert given > 0
        assert (row[f"n_{kind}"], row[f"n_{kind}_left_out"]) == (counted, left_out)
        assert (Decimal(row[kind]), Decimal(row[f"{kind}_total"])) == (given, behind)
        assert row[f"per_{kind}"] == pytest.approx(float(behind / given))


def test_the_abatement_curve_is_minus_npv_per_discounted_tonne(evidence: Evidence, documents: Documents) -> None:
    with writing(evidence.engine) as session:
        codes = {row[0]: row[1] for row in session.execute(text("SELECT id, code FROM project"))}
        stated = [key for key, each in documents.items() if each.get("financials") and _cod(each)]
        for key in stated[:12]:
            assess_project(session, evidence.actor, codes[key], as_of=LAST_DAY)
    with evidence.engine.connect() as connection:
        priced = {key: json.loads(document)["finance"] for key, document in connection.execute(text(ASSESSMENTS))}
    expected = []
    for key, finance in priced.items():
        tonnes = _cod(documents[key])
        if not tonnes or finance["result"] is None:
            continue
        timeline, rate = finance["case"]["timeline"], finance["case"]["discount_rate"]
        years = range(1, timeline["operation_years"] + 1)
        discounted = sum(tonnes[0] / (1 + rate) ** (timeline["construction_years"] + year) for year in years)
        npv = finance["result"]["indicators"]["project_npv_pre_tax"]
        expected.append((-npv * 10_000 / discounted, tonnes[0], rate))
    rates = [rate for *_, rate in expected]
    commonest = min(set(rates), key=lambda rate: (-rates.count(rate), rate))
    drawn = sorted(each[:2] for each in expected if each[2] == commonest)
    rows = [row for row in _rows(evidence, Ask("abatement_curve", indicator="cod")) if row["reason"] == "drawn"]
    assert len(rows) == len(drawn) > 2
    running = 0.0
    for row, (cost, amount) in zip(rows, drawn, strict=True):
        assert (row["cost"], row["amount"]) == (pytest.approx(cost), pytest.approx(amount))
        assert row["start"] == pytest.approx(running)
        running += amount
        assert row["end"] == pytest.approx(running)
