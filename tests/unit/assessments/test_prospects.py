from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlmodel import col

from builders import dossier
from conftest import People
from finance_builders import case, loan
from registry import jobs
from registry.accounts.model import Actor
from registry.assessments.model import Assessment
from registry.assessments.operations import assess_project
from registry.assessments.private_packs import keep_private_pack
from registry.assessments.prospects.comparing import compare
from registry.assessments.prospects.filters import ProspectFilter, filter_of_text, filter_text, read_prospect_filter
from registry.assessments.prospects.keys import rebuild
from registry.assessments.prospects.matrix import policy_matrix
from registry.assessments.prospects.model import AssessmentGlance
from registry.assessments.prospects.narrowing import Prospects
from registry.assessments.prospects.operations import end_search, save_search
from registry.assessments.prospects.queries import prospect_lines, saved_searches, screen_prospects
from registry.assessments.prospects.words import NO_GLANCE, ProspectWords, glance_word, loan_of
from registry.assessments.prospects.work import handlers
from registry.database import reading, writing
from registry.demo.bank_desk import POLICY
from registry.errors import InvalidInput, NotAllowed, NotFound
from registry.projects.banks.operations import set_interest
from registry.projects.model import Project
from registry.projects.notices.queries import my_notices
from registry.projects.operations import create_project, release_project, save_project
from registry.projects.search.words import WIDTH

DAY = date(2026, 11, 21)


def asked(**conditions: str) -> ProspectFilter:
    return read_prospect_filter(conditions.get)


def enter(engine: Engine, people: People, *, is_assessed: bool = True, to: Actor | None = None, **changes: Any) -> str:
    """Return a project of the city, released to the bank, and judged unless said otherwise."""
    with writing(engine) as session:
        code = create_project(session, people.city, dossier(**changes), reason="录入").code
        release_project(session, people.city, code, organisation_id=(to or people.bank).organisation_id)
        if is_assessed:
            assess_project(session, people.city, code, as_of=DAY)
    return code


def found(engine: Engine, actor: Actor, wanted: ProspectFilter, sort: Any = "code") -> list[str]:
    with reading(engine) as session:
        return screen_prospects(session, actor, wanted).codes(sort)


@pytest.fixture
def codes(engine: Engine, people: People) -> list[str]:
    """A priced project with a bank loan, one without debt, one nobody judged, one shown to another bank alone."""
    financed = case(debts=[loan()])
    return [
        enter(
            engine, people, name="甲厂", financials=financed, province_name="浙江省", total_investment="50000",
            green_catalogue_class="environment_protection", beautiful_city_task="sewer_coverage",
        ),
        enter(engine, people, name="乙园", financials=case(), city_code="510104", green_catalogue_class="none"),
        enter(engine, people, name="丙渠", is_assessed=False, financials=financed, city_code=None),
        enter(engine, people, name="丁库", to=people.other_bank, financials=financed),
    ]  # fmt: skip


class TestTheGlance:
    def test_gives_back_figures_cut_off_below_and_never_raised_over_a_threshold(self) -> None:
        figures: dict[Any, float | None] = {"dscr": 1.1999999, "coverage": 1.15, "firr": -0.0312, "tenor": 16.0}
        words = ProspectWords("$" * (WIDTH - 3) + "$$%" + glance_word(1, 7, figures, 24000.005))
        assert words.is_judged.tolist() == [True]
        assert words.figure("dscr").tolist() == [1.199999]
        assert words.figure("coverage").tolist() == [1.15]
        assert words.figure("firr").tolist() == pytest.approx([-0.0312], abs=1e-9)
        assert words.figure("tenor").tolist() == [16.0]
        assert words.figure("payback").tolist() != words.figure("payback").tolist()  # NaN: unknown
        assert words.verdicts.tolist() == [7]
        assert loan_of(glance_word(1, 7, figures, 24000.0)) == "24000"

    def test_tells_no_loan_from_an_unknown_one(self) -> None:
        assert loan_of(glance_word(1, 0, {}, 0.0)) == "0"
        assert loan_of(glance_word(1, 0, {}, None)) is None
        assert loan_of(None) is None

    def test_says_nothing_once_the_project_was_revised(self, engine: Engine, people: People, codes: list[str]) -> None:
        assert found(engine, people.bank, asked(dscr_min="0.01")) == [codes[0]]
        with writing(engine) as session:
            changed = dossier(name="甲厂（改）", province_name="浙江省")
            save_project(session, people.city, codes[0], changed, expected_revision=1, reason="调整")
        assert found(engine, people.bank, asked(dscr_min="0.01")) == []
        with reading(engine) as session:
            (line,) = prospect_lines(session, people.bank, codes[:1])
        assert (line.is_assessed, line.dscr_min, line.loan, line.verdicts) == (False, None, None, {})

    def test_is_written_anew_as_it_was(self, engine: Engine, people: People, codes: list[str]) -> None:
        query = select(col(AssessmentGlance.project_id), col(AssessmentGlance.word)).order_by(
            col(AssessmentGlance.project_id)
        )
        with writing(engine) as session:
            before = session.execute(query).all()
            session.execute(AssessmentGlance.__table__.update().values(word=NO_GLANCE))  # type: ignore[attr-defined]
            rebuild(session)
            assert session.execute(query).all() == before
        assert len(before) == 3


class TestScreening:
    def test_shows_a_bank_what_was_released_to_it_alone(self, engine: Engine, people: People, codes: list[str]) -> None:
        assert found(engine, people.bank, ProspectFilter()) == codes[:3]
        assert found(engine, people.other_bank, ProspectFilter()) == codes[3:]
        assert found(engine, people.other_city, ProspectFilter()) == []

    def test_narrows_by_figures_as_they_were_assessed(self, engine: Engine, people: People, codes: list[str]) -> None:
        with reading(engine) as session:
            kept = session.execute(select(Assessment).where(col(Assessment.dscr_min).is_not(None))).scalars().first()
        assert kept is not None
        assert kept.dscr_min is not None
        exact = f"{kept.dscr_min - 1e-6:.6f}"
        assert found(engine, people.bank, asked(dscr_min=exact)) == [codes[0]]
        assert found(engine, people.bank, asked(dscr_min=f"{kept.dscr_min + 1e-5:.6f}")) == []

    def test_leaves_the_unknown_out_of_every_range(self, engine: Engine, people: People, codes: list[str]) -> None:
        assert found(engine, people.bank, asked(loan_max="999999999")) == codes[:2]
        assert found(engine, people.bank, asked(loan_min="1")) == [codes[0]]
        assert found(engine, people.bank, asked(tenor_min="0")) == [codes[0]]
        assert codes[2] in found(engine, people.bank, asked(dscr="unknown"))

    def test_counts_each_facet_beside_the_other_conditions(
        self, engine: Engine, people: People, codes: list[str]
    ) -> None:
        with writing(engine) as session:
            set_interest(session, people.bank, codes[1], stage="shortlisted")
        with reading(engine) as session:
            whole = screen_prospects(session, people.bank)
            west = screen_prospects(session, people.bank, asked(region="west"))
        assert sum(whole.band_counts("dscr").values()) == 3
        assert whole.band_counts("dscr")["unknown"] == 2
        assert whole.region_counts() == {"east": 1, "west": 1}
        assert west.region_counts() == {"east": 1, "west": 1}
        assert west.counts("green_class") == {"none": 1}
        assert whole.stage_counts() == {"shortlisted": 1, "none": 2}
        assert (len(west), west.n_judged(), whole.n_judged()) == (1, 1, 2)

    def test_narrows_by_the_verdict_of_a_library(self, engine: Engine, people: People, codes: list[str]) -> None:
        with reading(engine) as session:
            lines = prospect_lines(session, people.bank, codes)
            counts = screen_prospects(session, people.bank).verdict_counts("central-eco-fund")
        verdict = lines[0].verdicts["central-eco-fund"]
        assert sum(counts.values()) == 2
        assert codes[0] in found(engine, people.bank, asked(verdicts=f"central-eco-fund:{verdict}"))
        others = {"eligible", "ineligible", "insufficient", "judgement"} - set(counts)
        assert all(found(engine, people.bank, asked(verdicts=f"central-eco-fund:{each}")) == [] for each in others)

    @pytest.mark.parametrize("sort", ["loan", "dscr", "coverage"])
    def test_puts_the_unknown_behind_and_pages_on(
        self, engine: Engine, people: People, codes: list[str], sort: Any
    ) -> None:
        assert found(engine, people.bank, ProspectFilter(), sort)[0] == codes[0]
        with reading(engine) as session:
            whole: Prospects = screen_prospects(session, people.bank)
            first = whole.page(sort=sort, after=None, limit=2)
            second = whole.page(sort=sort, after=first.next, limit=2)
        assert first.codes + second.codes == found(engine, people.bank, ProspectFilter(), sort)
        assert second.next is None

    def test_adds_up_the_known_loans(self, engine: Engine, people: People, codes: list[str]) -> None:
        with reading(engine) as session:
            (line,) = prospect_lines(session, people.bank, codes[:1])
            total = screen_prospects(session, people.bank).loans()
        assert line.loan is not None
        assert total == Decimal(line.loan) > 0

    def test_refuses_everything_wrong_at_once(self) -> None:
        with pytest.raises(InvalidInput) as refused:
            asked(dscr="1.7", loan_min="viel", verdicts="a:maybe", stage="x", task="nichts", region="north")
        assert {each.path for each in refused.value.findings} == {
            "dscr", "loan_min", "verdicts", "stage", "task", "region",
        }  # fmt: skip

    def test_reads_back_every_condition_it_writes(self) -> None:
        wanted = asked(
            dscr="1.2",
            region="east",
            verdicts="b:eligible a:insufficient",
            loan_max="12.5",
            search="污水",
            task="sewer_coverage",
        )
        assert filter_of_text(filter_text(wanted)) == wanted
        assert wanted.with_verdict("a", None).verdicts == (("b", "eligible"),)


class TestASavedSearch:
    def told(self, engine: Engine, actor: Actor) -> list[str]:
        while jobs.run_next(engine, handlers(engine)) is not None:
            pass
        with reading(engine) as session:
            return [each.project_code for each in my_notices(session, actor) if each.kind == "search.found"]

    def keep(self, engine: Engine, actor: Actor, *, is_alerting: bool = True, **conditions: str) -> int:
        with writing(engine) as session:
            wanted = asked(**conditions)
            return save_search(session, actor, name="本省污水", wanted=wanted, is_alerting=is_alerting).id or 0

    def test_tells_of_a_later_project_once(self, engine: Engine, people: People, codes: list[str]) -> None:
        self.keep(engine, people.bank, province="浙江省")
        assert self.told(engine, people.bank) == []
        fresh = enter(engine, people, is_assessed=False, province_name="浙江省")
        assert self.told(engine, people.bank) == [fresh]
        with writing(engine) as session:
            save_project(
                session,
                people.city,
                fresh,
                dossier(name="改名", province_name="浙江省"),
                expected_revision=1,
                reason="改",
            )
        assert self.told(engine, people.bank) == [fresh]
        assert self.told(engine, people.other_bank) == []

    def test_tells_when_an_assessment_makes_a_project_fit(
        self, engine: Engine, people: People, codes: list[str]
    ) -> None:
        self.keep(engine, people.bank, loan_min="1")
        assert self.told(engine, people.bank) == []
        with writing(engine) as session:
            assess_project(session, people.city, codes[2], as_of=DAY)
        assert self.told(engine, people.bank) == [codes[2]]

    def test_stays_silent_when_asked_to(self, engine: Engine, people: People) -> None:
        self.keep(engine, people.bank, is_alerting=False)
        enter(engine, people, is_assessed=False)
        assert self.told(engine, people.bank) == []
        with reading(engine) as session:
            assert [each.found for each in saved_searches(session, people.bank)] == [1]

    def test_is_nobody_elses(self, engine: Engine, people: People) -> None:
        number = self.keep(engine, people.bank)
        with writing(engine) as session:
            assert saved_searches(session, people.other_bank) == []
            with pytest.raises(NotFound):
                end_search(session, people.other_bank, number)
            with pytest.raises(NotAllowed):
                saved_searches(session, people.ministry)
            end_search(session, people.bank, number)
            assert saved_searches(session, people.bank) == []

    @pytest.mark.parametrize("name", ["", "   ", "长" * 61, "本省污水"])
    def test_needs_a_name_of_its_own(self, engine: Engine, people: People, name: str) -> None:
        self.keep(engine, people.bank)
        with writing(engine) as session, pytest.raises(InvalidInput):
            save_search(session, people.bank, name=name, wanted=ProspectFilter())


class TestComparing:
    def test_marks_what_differs_and_leaves_unknown_unknown(
        self, engine: Engine, people: People, codes: list[str]
    ) -> None:
        with reading(engine) as session:
            seen = compare(session, people.bank, codes[:3], as_of=DAY)
        rows = {row.key: row for group in seen.groups.values() for row in group}
        assert [line.code for line in seen.projects] == codes[:3]
        assert rows["total_investment"].values == ["50000", "12345.67", "12345.67"]
        assert rows["total_investment"].is_different
        assert rows["dscr_min"].values[1:] == [None, None]
        assert not rows["dscr_min"].is_different
        assert rows["project_capital"].is_different is False
        assert rows["central-eco-fund"].values[2] is None

    def test_takes_one_to_four_that_may_be_seen(self, engine: Engine, people: People, codes: list[str]) -> None:
        with reading(engine) as session:
            for wrong in ([], [f"ML-000000{n}" for n in range(1, 6)]):
                with pytest.raises(InvalidInput):
                    compare(session, people.bank, wrong, as_of=DAY)
            with pytest.raises(NotFound):
                compare(session, people.bank, [codes[0], codes[3]], as_of=DAY)


class TestThePolicyMatrix:
    @pytest.fixture
    def pack(self, engine: Engine, people: People) -> str:
        texts = {
            path.relative_to(POLICY).as_posix(): path.read_text(encoding="utf-8")
            for path in POLICY.rglob("*")
            if path.is_file()
        }
        with writing(engine) as session:
            return keep_private_pack(session, people.bank, texts).pack_id

    def test_answers_each_rule_for_each_project_with_counts(
        self, engine: Engine, people: People, codes: list[str], pack: str
    ) -> None:
        seen = policy_matrix(engine, people.bank, pack=pack, as_of=DAY, wanted=ProspectFilter())
        answers = {row.project.code: row.answers for row in seen.rows}
        assert list(answers) == codes[:3]
        with reading(engine) as session:
            lines = prospect_lines(session, people.bank, codes[:3])
        assert lines[0].dscr_min is not None
        assert answers[codes[0]]["dscr-floor"] == ("pass" if lines[0].dscr_min >= 1.2 else "fail")
        assert answers[codes[2]]["dscr-floor"] == "unknown"
        assert answers[codes[1]]["green-class"] == "fail"
        (rule,) = [each for each in seen.rules if each.id == "green-class"]
        assert rule.counts == {"pass": 1, "fail": 1, "unknown": 1, "judgement": 0, "not_applicable": 0}

    def test_counts_what_the_filter_leaves_and_shows_a_page(
        self, engine: Engine, people: People, codes: list[str], pack: str
    ) -> None:
        seen = policy_matrix(engine, people.bank, pack=pack, as_of=DAY, wanted=asked(region="west"))
        assert [row.project.code for row in seen.rows] == [codes[1]]
        assert all(sum((rule.counts or {}).values()) == 1 for rule in seen.rules)
        paged = policy_matrix(engine, people.bank, pack=pack, as_of=DAY, wanted=ProspectFilter(), limit=2)
        alone = policy_matrix(
            engine, people.bank, pack=pack, as_of=DAY, wanted=ProspectFilter(), limit=2, most_counted=2
        )
        assert (alone.rows, alone.next, alone.n_projects) == (paged.rows, paged.next, 3)
        assert [rule.counts for rule in alone.rules] == [None] * len(paged.rules)
        assert ([row.project.code for row in paged.rows], paged.next) == (codes[:2], codes[1])
        assert all(sum((rule.counts or {}).values()) == 3 for rule in paged.rules)

    def test_is_the_banks_alone(self, engine: Engine, people: People, pack: str) -> None:
        with pytest.raises(NotFound):
            policy_matrix(engine, people.other_bank, pack=pack, as_of=DAY, wanted=ProspectFilter())
        with pytest.raises(NotAllowed):
            policy_matrix(engine, people.ministry, pack=pack, as_of=DAY, wanted=ProspectFilter())


def test_a_project_of_no_release_is_found_by_no_bank(engine: Engine, people: People) -> None:
    with writing(engine) as session:
        create_project(session, people.city, dossier(), reason="录入")
    with reading(engine) as session:
        assert len(screen_prospects(session, people.city)) == 1
        assert len(screen_prospects(session, people.bank)) == 0
        assert session.execute(select(col(Project.id))).scalars().all()
