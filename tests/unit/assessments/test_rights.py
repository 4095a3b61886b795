"""Income from environmental rights: its certainty as stated and as the rules leave it, and what a bank counts of it."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine

from builders import dossier
from conftest import People
from finance_builders import case, loan
from registry.accounts.model import Actor
from registry.assessments.operations import assess_project, public_packs
from registry.assessments.pricing import evaluate
from registry.assessments.rights import rights_of
from registry.database import writing
from registry.finance.bank_view import HAIRCUTS, bank_case, bank_figures
from registry.finance.cases import evaluate_project
from registry.finance.reading import read_document
from registry.portfolio.queries import gather
from registry.portfolio.reports import Ask, make_report
from registry.projects.financials import FinancialCase, YearlyAmount
from registry.projects.model import Dossier
from registry.projects.operations import create_project
from registry.projects.rights import rights_lines, yearly_amount
from registry.projects.search.filters import ProjectFilter
from registry.projects.search.queries import narrow
from registry.projects.zones.operations import note_membership

DAY = date(2026, 11, 26)
REGISTERED = {"has_ccer_methodology": True, "is_ccer_registered": True}
WATER = {"name": "水费", "annual_amount": 300}


def sold(instrument: str | None, certainty: str | None, amount: float = 60) -> dict[str, Any]:
    named = {"instrument": instrument, "certainty": certainty}
    return {"name": "权益收入", "annual_amount": amount, **{key: value for key, value in named.items() if value}}


def money(*streams: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return case(debts=[loan()], revenue_streams=[WATER, *streams], **changes)


def project(*streams: dict[str, Any], subsidies: tuple[dict[str, Any], ...] = (), **changes: Any) -> Dossier:
    financials = money(*streams, operating_subsidies=list(subsidies))
    return dossier(financials=financials, funding_lines=[], **changes)


def view(found: Dossier, within: tuple[str, ...] = ()) -> dict[str, Any]:
    told = rights_of(found, evaluate(found).result, packs=public_packs(), as_of=DAY, within=within)
    assert told is not None
    return told


class TestTheCertainty:
    @pytest.mark.parametrize(
        ("facts", "stated", "counted"),
        [
            (REGISTERED, "contracted", "contracted"),
            (REGISTERED, "approved", "approved"),
            (REGISTERED, "hoped", "hoped"),
            ({**REGISTERED, "is_ccer_registered": False}, "contracted", "expected"),
            ({**REGISTERED, "has_ccer_methodology": False}, "approved", "expected"),
            # What nobody said is not met: unknown is never a yes.
            ({}, "contracted", "expected"),
            ({}, "hoped", "hoped"),
            ({}, None, None),
        ],
    )
    def test_of_ccer_is_only_expected_without_methodology_and_registration(
        self, facts: dict[str, Any], stated: str | None, counted: str | None
    ) -> None:
        (line,) = view(project(sold("ccer", stated), **facts))["lines"]
        assert (line["stated"], line["counted"]) == (stated, counted)
        assert line["haircut"] == HAIRCUTS[counted]

    def test_names_the_rules_that_lowered_it(self) -> None:
        (line,) = view(project(sold("ccer", "contracted"), has_ccer_methodology=True))["lines"]
        assert [(each["rule"], each["status"]) for each in line["conditions"]] == [
            ("certainty-ccer-registered", "unknown")
        ]

    @pytest.mark.parametrize(
        ("instrument", "fact"),
        [
            ("pollution_rights", "is_pollution_right_confirmed"),
            ("ecological_compensation", "has_compensation_agreement"),
            ("ecological_product", "has_ecological_product_buyer"),
        ],
    )
    def test_of_each_other_right_rests_on_its_own_condition(self, instrument: str, fact: str) -> None:
        met = view(project(sold(instrument, "approved"), **{fact: True}))["lines"][0]
        unmet = view(project(sold(instrument, "approved"), **REGISTERED, **{fact: False}))["lines"][0]
        assert (met["counted"], unmet["counted"]) == ("approved", "expected")

    def test_in_words_of_plain_revenue_is_read_as_the_nearest_step(self) -> None:
        words = ("contracted", "regulated", "market", "uncontracted")
        found = rights_lines(read_document(FinancialCase, money(*(sold("ccer", word) for word in words))))
        assert [line.certainty for line in found] == ["contracted", "approved", "expected", "hoped"]

    def test_is_not_asked_of_a_project_that_names_no_instrument(self) -> None:
        plain = project(sold(None, "contracted"))
        assert rights_of(plain, evaluate(plain).result, packs=public_packs(), as_of=DAY) is None

    @pytest.mark.parametrize(
        ("item", "amount"),
        [
            ({"annual_amount": 7}, Decimal(7)),
            ({"quantity_10k": 2.5, "unit_price_yuan": 80.0}, Decimal(200)),
            ({"schedule": [3, 9, 4]}, Decimal(9)),
            ({"quantity_10k": 2.5}, None),
        ],
    )
    def test_comes_with_the_amount_of_a_full_year(self, item: dict[str, Any], amount: Decimal | None) -> None:
        assert yearly_amount(YearlyAmount.model_validate(item)) == amount


class TestTheBankView:
    def dscr(self, document: dict[str, Any]) -> float:
        found: float = evaluate_project(document)["indicators"]["dscr_min"]
        return found

    def test_equals_the_case_without_the_uncertain_stream(self) -> None:
        told = view(project(sold("ccer", "expected")))
        assert told["base"]["dscr_min"] == pytest.approx(self.dscr(money(sold(None, None))))
        assert told["bank"]["dscr_min"] == pytest.approx(self.dscr(money()))
        assert told["bank"]["dscr_min"] < told["base"]["dscr_min"]

    def test_equals_the_base_where_all_is_sure(self) -> None:
        told = view(project(sold("ccer", "contracted"), **REGISTERED))
        assert told["bank"] == pytest.approx(told["base"])

    def test_leaves_out_uncertain_support_and_keeps_plain_subsidies(self) -> None:
        plain = {"name": "补贴", "annual_amount": 20, "taxable": False}
        hoped = {**plain, "annual_amount": 50, "instrument": "ecological_compensation", "certainty": "hoped"}
        told = view(project(subsidies=(plain, hoped)))
        assert [(line["kind"], line["place"]) for line in told["lines"]] == [("support", 1)]
        assert told["bank"]["dscr_min"] == pytest.approx(self.dscr(money(operating_subsidies=[plain])))

    def test_takes_a_haircut_beside_the_one_already_stated(self) -> None:
        stated = {**sold("ccer", "expected"), "haircut_rate": 0.3}
        whole = read_document(FinancialCase, money(stated))
        kept = bank_case(whole, {("revenue", 1): "contracted"}).revenue_streams or []
        gone = bank_case(whole, {("revenue", 1): None}).revenue_streams or []
        assert (kept[1].haircut_rate, gone[1].haircut_rate) == (pytest.approx(0.3), 1.0)
        assert bank_figures(whole, {("revenue", 1): "contracted"})["dscr_min"] == pytest.approx(
            self.dscr(money(stated))
        )

    def test_of_a_case_that_cannot_be_calculated_is_unknown(self) -> None:
        broken = project(sold("ccer", "expected")).model_copy(
            update={"financials": read_document(FinancialCase, money(sold("ccer", "expected"), discount_rate=None))}
        )
        told = view(broken)
        assert (told["base"], told["bank"]) == (None, None)


class TestKept:
    def assessed(self, engine: Engine, actor: Actor, found: Dossier) -> dict[str, Any]:
        with writing(engine) as session:
            code = create_project(session, actor, found, reason="录入").code
            document: dict[str, Any] = json.loads(assess_project(session, actor, code, as_of=DAY).document)
        return document

    def test_with_the_leading_zones_that_put_ccer_first(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            for zone in ("leading_city", "zero_waste"):
                note_membership(
                    session,
                    people.ministry,
                    zone=zone,
                    division_code="330500",
                    starts_on=date(2026, 1, 1),
                    source="公告",
                )
        kept = self.assessed(engine, people.city, project(sold("ccer", "expected")))
        assert "leading_city" in [each["zone"] for each in kept["rights"]["ccer_priority"]]
        assert "zero_waste" not in [each["zone"] for each in kept["rights"]["ccer_priority"]]
        (pack,) = [each for each in kept["libraries"] if each["pack"] == "rights-and-transition"]
        assert pack["verdict"] == "eligible"

    def test_nowhere_in_an_assessment_without_instruments(self, engine: Engine, people: People) -> None:
        kept = self.assessed(engine, people.city, project())
        assert "rights" not in kept
        assert "rights-and-transition" not in [each["pack"] for each in kept["libraries"]]

    def test_and_added_up_by_instrument_and_certainty(self, engine: Engine, people: People) -> None:
        self.assessed(engine, people.city, project(sold("ccer", "contracted", 60), **REGISTERED))
        self.assessed(engine, people.city, project(sold("ccer", "contracted", 40)))
        self.assessed(engine, people.city, project(sold("ccer", "expected", 5), sold("pollution_rights", None, 7)))
        with writing(engine) as session:
            create_project(session, people.city, project(sold("ccer", "hoped", 9)), reason="录入")
        evidence = gather(engine, people.city, as_of=DAY, today=DAY)
        table = make_report(evidence, Ask("rights_income"))
        rows = [
            (row["instrument"], row["counted"], row["n_projects"], row["amount"], row["n_lowered"])
            for row in table.as_dict()["rows"]
        ]
        # By hand: 60 stays contracted; 40 (lowered) and 5 are expected; nobody said how certain the 7 are.
        assert rows == [
            ("ccer", "contracted", 1, "60", 0),
            ("ccer", "expected", 2, "45", 1),
            ("pollution_rights", None, 1, "7", 0),
        ]
        assert [remark.code for remark in table.remarks] == ["not-assessed"]
        other = make_report(gather(engine, people.other_city, as_of=DAY, today=DAY), Ask("rights_income"))
        assert other.frame.is_empty()


class TestTransitionFinance:
    def test_is_found_apart_from_the_green_class(self, engine: Engine, people: People) -> None:
        tags = ({"transition_finance_sector": "steel", "green_catalogue_class": "none"},
                {"green_catalogue_class": "energy_saving"}, {})  # fmt: skip
        with writing(engine) as session:
            codes = [create_project(session, people.city, dossier(**tag), reason="录入").code for tag in tags]
            steel = narrow(session, people.city, ProjectFilter(transition="steel"))
            green = narrow(session, people.city, ProjectFilter(green="energy_saving"))
            everything = narrow(session, people.city)
            assert (steel.codes("code"), green.codes("code")) == ([codes[0]], [codes[1]])
            assert everything.counts("transition") == {"steel": 1}
            assert everything.counts("green") == {"none": 1, "energy_saving": 1}
