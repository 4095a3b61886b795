"""Regional programmes: one facility over several projects, paying parts carrying others, checked against hand sums."""

import io
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine

from builders import dossier
from conftest import People
from finance_builders import case, loan
from registry.accounts.model import Actor
from registry.assessments.operations import assess_project
from registry.database import reading, writing
from registry.errors import InvalidInput, NotFound
from registry.packages.city_papers.operations import export_regional_programme
from registry.packages.city_papers.regional_programme import regional_programme_view
from registry.programme.papers.operations import SavedPaper
from registry.programme.papers.reading import read_document_as
from registry.programme.regional_programme.balance import ProjectFlow, self_balance
from registry.programme.regional_programme.document import RegionalProgrammeDocument
from registry.programme.regional_programme.operations import (
    begin_regional_programme,
    move_regional_programme,
    save_regional_programme,
)
from registry.programme.regional_programme.queries import RegionalProgramme, read_regional_programme
from registry.programme.regional_programme.tracking import tracked
from registry.projects.operations import create_project, release_project, save_project

TODAY = date(2026, 11, 26)
LENDERS = [
    {"name": "甲银行", "amount": "500", "rate": 0.03, "tenor_years": 10},
    {"name": "乙银行", "amount": "300", "rate": 0.035},
]
YEARS = {"start_year": 2026, "end_year": 2029}


def plan(*allocations: dict[str, Any], **parts: Any) -> RegionalProgrammeDocument:
    whole = {**YEARS, "facility_amount": "800", "lenders": LENDERS, "allocations": list(allocations), **parts}
    return read_document_as(RegionalProgrammeDocument, whole)


def money(income: float, cost: float, *, investment: float = 1000, drawn: float | None = 600) -> dict[str, Any]:
    """One year of building, three of running, no tax; a loan at 5 % whose first interest is paid, repaid in thirds."""
    repayment = {"method": "equal_principal", "first_repayment_year": 2, "repayment_years": 3}
    streams = [{"name": "收费", "annual_amount": income}] if income else []
    return case(
        timeline={"construction_years": 1, "operation_years": 3},
        normal_operation_year=1,
        investment__engineering_cost=investment,
        investment__spending_profile=[1.0],
        depreciation={"fixed_asset_years": 3, "residual_rate": 0.0},
        debts=[] if drawn is None else [loan(draws=[drawn], repayment=repayment)],
        revenue_streams=streams,
        operating_costs=[{"name": "养护", "annual_amount": cost, "type": "fixed"}],
        surcharges={"urban_maintenance": 0, "education": 0, "local_education": 0},
        income_tax={"rate": 0.0},
    )


class TestTheDocument:
    @pytest.mark.parametrize(
        ("parts", "code"),
        [
            ({"end_year": 2020}, "years-reversed"),
            ({"lenders": [*LENDERS, {"name": "甲银行"}]}, "named-twice"),
            ({"allocations": [{"code": "A", "lender": "丙银行"}]}, "unknown-lender"),
            ({"movements": [{"lender": "丙银行", "year": 2026, "kind": "drawn"}]}, "unknown-lender"),
            ({"allocations": [{"code": "A"}, {"code": "A"}]}, "named-twice"),
            (
                {
                    "allocations": [
                        {"code": "A", "lender": "甲银行", "part": "paying"},
                        {"code": "A", "part": "non_paying"},
                    ]
                },
                "two-parts",
            ),
        ],
    )
    def test_that_cannot_be_meant_is_refused(self, parts: dict[str, Any], code: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            plan(**parts)
        assert [each.code for each in caught.value.findings] == [code]


class TestTheSelfBalance:
    # By hand, paying A over three years: 70, 80, −10; non-paying B: −60, −90, 5.
    A = ProjectFlow("A", {2026: 70.0, 2027: 80.0, 2028: -10.0}, "paying")
    B = ProjectFlow("B", {2026: -60.0, 2027: -90.0, 2028: 5.0}, "non_paying")

    def test_covers_deficits_of_a_year_by_the_surplus_of_that_year(self) -> None:
        found = self_balance([self.A, self.B], years=range(2026, 2029), is_surplus_carried=False)
        assert [(each.surplus, each.deficit, each.transfer, each.shortfall) for each in found.years] == [
            (70, 60, 60, 0),
            (80, 90, 80, 10),
            (0, 10, 0, 10),
        ]
        assert (found.answer, found.in_total) == ("not_balanced", "not_balanced")
        assert [each.year for each in found.short] == [2027, 2028]
        assert (found.surplus, found.deficit) == (150, 160)

    def test_lets_a_surplus_serve_later_years_only_where_it_is_carried(self) -> None:
        found = self_balance([self.A, self.B], years=range(2026, 2029), is_surplus_carried=True)
        # 10 of 2026 are kept and fill the 10 of 2027; nothing is left for 2028.
        assert [(each.from_reserve, each.shortfall, each.reserve) for each in found.years] == [
            (0, 0, 10),
            (10, 0, 0),
            (0, 10, 0),
        ]

    def test_leaves_a_surplus_of_the_non_paying_part_with_its_project(self) -> None:
        kept = ProjectFlow("C", {2026: 100.0}, "non_paying")
        found = self_balance([kept, self.B], years=[2026], is_surplus_carried=True)
        assert (found.years[0].surplus, found.years[0].shortfall) == (0, 60)

    def test_takes_who_leaves_a_surplus_in_all_as_paying_where_nothing_is_stated(self) -> None:
        assert ProjectFlow("A", {2026: -5.0, 2027: 9.0}).belongs_to == "paying"
        assert ProjectFlow("A", {2026: -9.0, 2027: 5.0}).belongs_to == "non_paying"

    def test_cannot_be_told_with_a_project_without_figures_and_names_it(self) -> None:
        bare = ProjectFlow("C", {}, None, ("没有测算", "is not priced"))
        found = self_balance([self.A, bare], years=[2026], is_surplus_carried=False)
        assert (found.answer, found.in_total) == ("unknown", "unknown")
        assert [flow.code for flow in found.unknown] == ["C"]

    def test_of_nothing_is_not_balanced_but_unknown(self) -> None:
        assert self_balance([], years=[], is_surplus_carried=False).answer == "unknown"


class TestTheTracking:
    def moved(self, *movements: tuple[str, int, str, str | None]) -> RegionalProgrammeDocument:
        names = ("lender", "year", "kind", "amount")
        return plan(movements=[dict(zip(names, each, strict=True)) for each in movements])

    def test_follows_each_lender_from_the_first_to_the_last_year(self) -> None:
        found = tracked(
            self.moved(
                ("甲银行", 2026, "drawn", "200"), ("甲银行", 2026, "drawn", "50"), ("甲银行", 2028, "repaid", "100")
            )
        )
        first = [(each.year, each.drawn, each.repaid, each.outstanding, each.undrawn) for each in found[:3]]
        assert first == [(2026, 250, 0, 250, 250), (2027, 0, 0, 250, 250), (2028, 0, 100, 150, 250)]
        assert {(each.lender, each.drawn, each.committed) for each in found[3:]} == {("乙银行", 0, 300)}

    def test_knows_nothing_of_what_is_owed_after_an_amount_nobody_stated(self) -> None:
        found = tracked(self.moved(("甲银行", 2026, "drawn", None), ("甲银行", 2027, "repaid", "1")))
        assert [each.outstanding for each in found[:2]] == [None, None]
        assert found[1].repaid == Decimal(1)


class TestAProgramme:
    @pytest.fixture
    def codes(self, engine: Engine, people: People) -> tuple[str, str]:
        """A sewage plant that sells, and a river that only costs; both assessed."""
        plant = dossier(
            construction_start="2026-03", total_investment="1000", funding_lines=[], financials=money(400, 100)
        )
        river = dossier(
            construction_start="2026-03", total_investment="500", funding_lines=[],
            financials=money(0, 75, investment=500, drawn=None),
        )  # fmt: skip
        with writing(engine) as session:
            codes = [create_project(session, people.city, each, reason="录入").code for each in (plant, river)]
            for code in codes:
                assess_project(session, people.city, code, as_of=TODAY)
        return codes[0], codes[1]

    def begun(self, engine: Engine, actor: Actor, document: RegionalProgrammeDocument | None = None) -> SavedPaper:
        with writing(engine) as session:
            return begin_regional_programme(session, actor, title="湖州方案", document=document)

    def read(self, engine: Engine, actor: Actor, paper: SavedPaper) -> RegionalProgramme:
        with reading(engine) as session:
            return read_regional_programme(session, actor, paper.id)

    def whole(self, codes: tuple[str, str], **parts: Any) -> RegionalProgrammeDocument:
        plant = {"code": codes[0], "amount": "600", "lender": "甲银行"}
        lenders = [{"name": "甲银行", "amount": "600", "rate": 0.03}, {"name": "乙银行", "amount": "200"}]
        return plan(plant, {"code": codes[1], "amount": "0"}, **{"lenders": lenders, **parts})

    def test_agrees_with_the_sums_worked_out_by_hand(
        self, engine: Engine, people: People, codes: tuple[str, str]
    ) -> None:
        found = self.read(engine, people.city, self.begun(engine, people.city, self.whole(codes)))
        # The plant: 400 − 100, less a third of 600 and 5 % of 600, 400, 200. The river: −75 a year, no debt.
        by_hand = [400 - 100 - 200 - 0.05 * owed for owed in (600, 400, 200)]
        assert by_hand == [70, 80, 90]
        years = found.balance.years
        assert [each.year for each in years] == [2026, 2027, 2028, 2029]
        assert [each.surplus for each in years] == pytest.approx([0, *by_hand], abs=1e-6)
        assert [each.deficit for each in years] == pytest.approx([0, 75, 75, 75], abs=1e-6)
        assert [each.shortfall for each in years] == pytest.approx([0, 5, 0, 0], abs=1e-6)
        # 70 + 80 + 90 = 240 against 3 × 75 = 225: short in one year, enough in all.
        assert (found.balance.answer, found.balance.in_total) == ("not_balanced", "balanced")
        assert [(each.year, round(each.shortfall, 2)) for each in found.balance.short] == [(2027, 5)]
        assert "2027 年缺 5.00 万元" in next(each for each in found.findings if each.code == "not-balanced").message_zh
        assert {flow.code: flow.belongs_to for flow in found.flows} == {codes[0]: "paying", codes[1]: "non_paying"}

    def test_is_told_of_more_than_the_facility_the_lender_and_the_need(
        self, engine: Engine, people: People, codes: tuple[str, str]
    ) -> None:
        document = plan(
            {"code": codes[0], "amount": "600", "lender": "甲银行"},
            {"code": codes[1], "amount": "501", "lender": "乙银行"},
            facility_amount="900",
        )
        found = self.read(engine, people.city, self.begun(engine, people.city, document))
        errors = {each.code: each for each in found.findings if each.severity == "error"}
        assert set(errors) == {"lenders-differ", "over-facility", "over-lender", "over-need"}
        assert "请调减 201.00 万元" in errors["over-facility"].message_zh
        assert codes[1] in errors["over-need"].message_zh
        # The river prices no loan, so what it would pay on 501 is in no figure.
        assert [flow.code for flow in found.balance.unknown] == [codes[1]]

    def test_counts_money_secured_elsewhere_off_the_need_but_not_loans(
        self, engine: Engine, people: People, codes: tuple[str, str]
    ) -> None:
        lines = [
            {"source": "city", "amount": "300", "status": "secured"},
            {"source": "policy_bank_loan", "amount": "200", "status": "secured"},
            {"source": "special_bond", "amount": "100", "status": "planned"},
        ]
        with writing(engine) as session:
            save_project(
                session, people.city, codes[0], dossier(total_investment="1000", funding_lines=lines),
                expected_revision=1, reason="改",
            )  # fmt: skip
        found = self.read(engine, people.city, self.begun(engine, people.city, self.whole(codes)))
        assert found.needs[codes[0]].need == Decimal(700)
        # A new revision is not assessed, so nothing is told of it.
        assert "尚无预审结论" in (found.balance.unknown[0].why_unknown or ("",))[0]

    def test_is_signed_with_the_assessments_it_rests_on_and_stays_what_it_was(
        self, engine: Engine, people: People, codes: tuple[str, str]
    ) -> None:
        paper = self.begun(engine, people.city, self.whole(codes))
        with writing(engine) as session:
            signed = move_regional_programme(
                session, people.city, paper.id, action="submit", expected_version=1, today=TODAY
            )
        assert signed.state == "submitted"
        assert all(each.assessment for each in self.read(engine, people.city, paper).document.allocations)
        with writing(engine) as session:
            save_project(session, people.city, codes[0], dossier(), expected_revision=1, reason="改")
        assert self.read(engine, people.city, paper).balance.surplus == pytest.approx(240)

    def test_lacking_its_facility_is_not_signed(self, engine: Engine, people: People, codes: tuple[str, str]) -> None:
        paper = self.begun(engine, people.city)
        assert self.read(engine, people.city, paper).document.codes == sorted(codes)
        with pytest.raises(InvalidInput) as caught, writing(engine) as session:
            move_regional_programme(session, people.city, paper.id, action="submit", expected_version=1, today=TODAY)
        assert {"facility_amount", "lenders", "start_year"} <= {each.path for each in caught.value.findings}

    def test_published_gives_away_neither_hidden_projects_nor_terms_nor_a_verdict(
        self, engine: Engine, people: People, codes: tuple[str, str]
    ) -> None:
        moved = [{"lender": "甲银行", "year": 2026, "kind": "drawn", "amount": "111.25"}]
        paper = self.begun(engine, people.city, self.whole(codes, movements=moved))
        for actor in (people.other_city, people.bank):
            with pytest.raises(NotFound):
                self.read(engine, actor, paper)
        with writing(engine) as session:
            release_project(session, people.city, codes[0], organisation_id=people.bank.organisation_id)
            for actor, action in ((people.city, "submit"), (people.province, "approve"), (people.city, "publish")):
                paper = move_regional_programme(
                    session, actor, paper.id, action=action,  # type: ignore[arg-type]
                    expected_version=paper.version, today=TODAY, reason="同意",
                )  # fmt: skip
        shown = self.read(engine, people.bank, paper)
        assert shown.document.codes == [codes[0]]
        assert shown.balance.answer == "unknown"
        printed = str(regional_programme_view(shown, "zh", day=TODAY))
        assert codes[1] not in printed
        assert "111.25" not in printed
        assert shown.document.lenders[0].rate is None

    @pytest.mark.parametrize("form", ["docx", "xlsx"])
    def test_leaves_as_a_file_with_its_verdict(
        self, engine: Engine, people: People, codes: tuple[str, str], form: str
    ) -> None:
        paper = self.begun(engine, people.city, self.whole(codes))
        made = []
        for _ in range(2):
            with writing(engine) as session:
                made.append(
                    export_regional_programme(session, people.city, paper.id, form=form, number=None, language="zh")
                )
        assert made[0].content == made[1].content
        with zipfile.ZipFile(io.BytesIO(made[0].content)) as archive:
            text = "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml"))
        assert "2027 年缺 5.00 万元" in text

    def test_is_saved_as_a_revision(self, engine: Engine, people: People, codes: tuple[str, str]) -> None:
        paper = self.begun(engine, people.city)
        with writing(engine) as session:
            saved = save_regional_programme(
                session, people.city, paper.id, document=self.whole(codes), expected_version=1
            )
        assert (saved.revision_number, self.read(engine, people.city, saved).document.facility_amount) == (
            2,
            Decimal(800),
        )
