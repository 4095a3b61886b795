"""Scenarios by hand, and the same bytes whatever prices them."""

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine

from conftest import People
from finance_builders import case, loan
from registry.audit import canonical_json
from registry.database import writing
from registry.errors import NotAllowed
from registry.finance.engine import evaluate_case_model
from registry.portfolio.scenarios import work as scenario_work
from registry.portfolio.scenarios.executors import NoCluster, run_chunks
from registry.portfolio.scenarios.model import ScenarioIn, ScenarioWishes
from registry.portfolio.scenarios.pricing import Figure, price_chunk
from registry.portfolio.scenarios.summary import tables_of
from registry.portfolio.scenarios.work import run_scenarios
from registry.projects.financials import FinancialCase
from registry.projects.model import Dossier
from registry.projects.operations import create_project, document_text

LOAN = {"name": "贷款", "kind": "commercial_bank_loan"}
GRANT = {"name": "补助", "level": "central", "amounts": [100, 100]}


def project(**changes: Any) -> Dossier:
    """A project of 1000 with a loan of 400 and a grant of 200, as a dossier."""
    whole = case(**{"debts": [loan(**LOAN)], "grants": [GRANT]} | changes)
    values = {
        "name": "测算",
        "city_code": "330502",
        "total_investment": "1000",
        "beautiful_city_task": "sewer_coverage",
    }
    return Dossier.model_validate({**values, "financials": whole})


def priced(scenario: ScenarioIn, **changes: Any) -> Figure:
    found = price_chunk([(7, document_text(project(**changes)))], [scenario])
    assert found.unpriced == ()
    assert [each[:2] for each in found.figures] == [(7, 0), (7, 1)]
    return found.figures[1]


def expected(**changes: Any) -> tuple[float, float]:
    """Return FIRR after tax and lowest DSCR of the case written out by hand."""
    whole = case(**{"debts": [loan(**LOAN)], "grants": [GRANT]} | changes)
    batch = evaluate_case_model(FinancialCase.model_validate(whole))
    return float(batch.rates_of_return["project_cf_post_tax"].value[0]), float(batch.figure("dscr_min")[0])


class TestAScenario:
    def test_of_rates_is_the_case_with_dearer_loans(self) -> None:
        figure = priced(ScenarioIn(name="利率", rate_shift=0.01))
        assert figure[2:4] == pytest.approx(expected(debts=[loan(annual_rate=0.06, **LOAN)]), rel=1e-12)

    def test_of_grants_is_the_case_with_less_of_them(self) -> None:
        figure = priced(ScenarioIn(name="补助", grants=-0.5))
        assert figure[2:4] == pytest.approx(expected(grants=[GRANT | {"amounts": [50, 50]}]), rel=1e-12)

    def test_of_revenue_and_cost_is_the_case_with_both_changed(self) -> None:
        figure = priced(ScenarioIn(name="量价", revenue=-0.1, operating_cost=0.2))
        changed = expected(
            revenue_streams=[{"name": "水费", "annual_amount": 270}],
            operating_costs=[{"name": "电费", "annual_amount": 120, "type": "variable"}],
        )
        assert figure[2:4] == pytest.approx(changed, rel=1e-12)

    def test_of_prices_adds_to_their_yearly_rise(self) -> None:
        figure = priced(ScenarioIn(name="价格", revenue_growth=0.02))
        stream = {"name": "水费", "annual_amount": 300, "escalation_rate": 0.02}
        assert figure[2:4] == pytest.approx(expected(revenue_streams=[stream]), rel=1e-12)

    def test_raises_listed_amounts_year_after_year(self) -> None:
        listed = [{"name": "水费", "schedule": [300.0] * 10}]
        figure = priced(ScenarioIn(name="价格", revenue_growth=0.02), revenue_streams=listed)
        grown = [{"name": "水费", "schedule": [300 * 1.02**year for year in range(10)]}]
        assert figure[2:4] == pytest.approx(expected(revenue_streams=grown), rel=1e-9)

    def test_leaves_the_case_itself_alone(self) -> None:
        found = price_chunk([(7, document_text(project()))], [ScenarioIn(name="量价", revenue=-0.5)])
        assert found.figures[0][2:4] == pytest.approx(expected(), rel=1e-12)

    def test_counts_what_cannot_be_priced_with_why(self) -> None:
        without = project().model_copy(update={"financials": None})
        texts = [(1, document_text(without)), (2, document_text(project(discount_rate=None)))]
        found = price_chunk(texts, [ScenarioIn(name="利率", rate_shift=0.01)])
        assert found.figures == ()
        assert [number for number, _ in found.unpriced] == [1, 2]
        assert found.unpriced[0][1] == "no-case"
        assert found.unpriced[1][1] != "no-case"

    def test_gives_no_figure_where_money_exceeds_the_spending(self) -> None:
        figure = priced(ScenarioIn(name="补助", grants=4.0))
        assert figure[2:] == (None, None, figure[4], "over-funded")


WISHES = ScenarioWishes(
    scenarios=[ScenarioIn(name="收入 −30%", revenue=-0.3), ScenarioIn(name="利率", rate_shift=0.01)], dscr_floor=1.2
)


def fill(engine: Engine, people: People, count: int) -> None:
    with writing(engine) as session:
        for number in range(count):
            dossier = project(revenue_streams=[{"name": "水费", "annual_amount": 200 + 10 * number}])
            create_project(session, people.city, dossier, reason="录入")
        create_project(session, people.city, Dossier(name="没有测算", city_code="330502"), reason="录入")
        create_project(session, people.other_city, project().model_copy(update={"city_code": "370402"}), reason="录入")


class TestARunOverTheRegistry:
    def test_counts_who_is_bankable_before_and_after(self, engine: Engine, people: People) -> None:
        fill(engine, people, 6)
        found = run_scenarios(engine, people.city, WISHES, scheduler=None)
        assert (found["n_projects"], found["n_priced"]) == (7, 6)
        assert [(each["reason"], each["count"]) for each in found["unpriced"]] == [("no-case", 1)]
        rows = {row["scenario"]: row for row in found["tables"]["overview"]}
        by_hand = [
            sum(
                expected(revenue_streams=[{"name": "水费", "annual_amount": (200 + 10 * number) * share}])[1] >= 1.2
                for number in range(6)
            )
            for share in (1.0, 0.7)
        ]
        assert [rows["现状"]["n_bankable"], rows["收入 −30%"]["n_bankable"]] == by_hand
        assert by_hand[0] > by_hand[1]
        (east,) = found["tables"]["region"]
        assert (east["region"], east["n_priced"], east["n_0"], east["n_1"]) == ("east", 6, *by_hand)
        assert sum(row["n_0"] for row in found["tables"]["dscr"]) == 6
        assert next(tables_of(found)["dscr"].rows("en"))[0] == "below 1"

    def test_sees_what_its_asker_may_see(self, engine: Engine, people: People) -> None:
        fill(engine, people, 2)
        counts = {
            name: run_scenarios(engine, getattr(people, name), WISHES, scheduler=None)["n_projects"]
            for name in ("city", "other_city", "province", "ministry")
        }
        assert counts == {"city": 3, "other_city": 1, "province": 3, "ministry": 4}
        with pytest.raises(NotAllowed):
            run_scenarios(engine, people.bank, WISHES, scheduler=None)


def _square(number: int) -> int:
    return number * number


class TestExecutors:
    def test_keep_the_order_of_the_chunks(self) -> None:
        assert list(run_chunks(_square, range(50), scheduler=None)) == [n * n for n in range(50)]

    def test_say_which_cluster_does_not_answer(self) -> None:
        with pytest.raises(NoCluster) as refused:
            list(run_chunks(_square, [1], scheduler="nonsense://nowhere"))
        assert "nonsense://nowhere" in refused.value.message_zh


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two worker processes on this machine."""
    import distributed  # noqa: PLC0415 - an optional part

    local_cluster: Any = distributed.LocalCluster

    with local_cluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", host="127.0.0.1"
    ) as found:
        yield found


@pytest.mark.slow
class TestACluster:
    def test_gives_the_same_bytes_and_survives_the_loss_of_a_worker(
        self, engine: Engine, people: People, cluster: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fill(engine, people, 20)
        monkeypatch.setattr(scenario_work, "CHUNK_PROJECTS", 2)
        here = canonical_json(run_scenarios(engine, people.ministry, WISHES, scheduler=None))
        killed: list[int] = []

        def kill_one(done: int, _total: int) -> None:
            if not killed:
                killed.append(next(iter(cluster.workers.values())).pid)
                os.kill(killed[0], signal.SIGKILL)

        there = run_scenarios(engine, people.ministry, WISHES, scheduler=cluster.scheduler_address, told=kill_one)
        assert len(killed) == 1
        assert canonical_json(there) == here
