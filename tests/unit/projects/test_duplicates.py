"""Projects entered twice: what speaks for and against, who may see it, and what reviewers decided."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from bench.duplicate_pairs import labelled_pairs
from builders import dossier
from conftest import People
from registry import audit
from registry.audit import AuditEntry
from registry.database import reading, writing
from registry.errors import InvalidInput, NotAllowed, NotFound
from registry.projects.duplicates.findings import duplicate_findings, has_other_central_funding
from registry.projects.duplicates.model import DuplicateKey
from registry.projects.duplicates.names import name_core, name_similarity
from registry.projects.duplicates.operations import mark_duplicate
from registry.projects.duplicates.queries import find_candidates, find_candidates_of, own_record
from registry.projects.duplicates.scoring import CANDIDATE, CERTAIN, Record, Score, record_of, score
from registry.projects.operations import create_project, save_project


class TestTheCoreOfAName:
    @pytest.mark.parametrize(
        ("name", "text", "phase", "year"),
        [
            ("湖州市吴兴区城东污水管网提质增效工程（一期）", "城东污水管网提质增效", 1, None),
            ("吴兴区城东污水管网提质增效项目Ⅱ期", "城东污水管网提质增效", 2, None),
            ("浙江省湖州市德清县城东污水管网提质增效工程第三期", "城东污水管网提质增效", 3, None),
            ("吳興區城東污水管網提質增效工程", "城东污水管网提质增效", None, None),
            ("**县龙池坪森林公园保护和建设项目", "龙池坪森林公园保护", None, None),
            ("****水厂**工程", "*水厂*", None, None),
            ("2024年**市**上游城乡污水管网工程", "*上游城乡污水管网", None, 2024),
            ("经开区污水处理厂扩容工程", "经开区污水处理厂扩容", None, None),
            ("海绵城市建设项目", "海绵城市", None, None),
        ],
    )
    def test_leaves_out_place_phase_year_and_common_words(
        self, name: str, text: str, phase: int | None, year: int | None
    ) -> None:
        core = name_core(name)
        assert (core.text, core.phase, core.year) == (text, phase, year)

    def test_leaves_out_the_places_printed_beside_it(self) -> None:
        assert name_core("南太湖新区污水处理厂", ("浙江省", "湖州市", "南太湖新区")).text == "污水处理厂"
        assert name_core("南太湖新区污水处理厂").text == "南太湖新区污水处理厂"

    def test_lets_a_mask_stand_for_anything_but_prove_little(self) -> None:
        full = name_core("平武县龙池坪森林公园保护和建设项目")
        assert name_similarity(full, name_core("**县龙池****公园保护和建设项目")) > 0.85
        assert name_similarity(name_core("****水厂**工程"), name_core("德清县第二水厂扩建工程")) < 0.75
        assert name_similarity(full, name_core("********")) == 0


def _record(**changes: Any) -> Record:
    values: dict[str, Any] = {
        "name": "湖州市吴兴区城东污水管网提质增效工程",
        "city_code": "330502",
        "total_investment": Decimal("17934.73"),
        "content_summary": "新建污水管网86公里，扩建泵站4座。",
        "construction_start": "2026",
        "construction_end": "2028",
    }
    return record_of({**values, **changes})


def _codes(found: Score) -> set[str]:
    return {reason.code for reason in found.reasons}


class TestTheScore:
    def test_of_the_same_words_sum_and_place_is_certain(self) -> None:
        found = score(_record(), _record(name="吴兴区城东污水管网提质增效项目"))
        assert found.points >= CERTAIN
        assert {"alike-name", "same-total", "same-content", "same-place"} <= _codes(found)
        assert all(reason.zh and reason.en for reason in found.reasons)

    def test_of_the_same_name_and_place_is_a_candidate_though_nothing_else_is_known(self) -> None:
        names = "湖州市吴兴区城东污水管网提质增效工程（一期）", "吳興區城東污水管網提質增效工程第一期"
        one, other = (Record(name, name_core(name), city_code="330502") for name in names)
        assert score(one, other).points >= CANDIDATE
        elsewhere = Record(names[1], name_core(names[1]), city_code="330503")
        assert score(one, elsewhere).points < CANDIDATE

    def test_of_another_phase_is_far_from_a_candidate(self) -> None:
        one, two = (f"湖州市吴兴区城东污水管网提质增效工程（{number}期）" for number in "一二")
        other = {"total_investment": Decimal(9000), "content_summary": "新建污水管网41公里。"}
        assert score(_record(name=one), _record(name=one.replace("（一期）", "一期"))).points >= CERTAIN
        assert score(_record(name=one), _record(name=two, **other)).points < CANDIDATE - 30

    def test_of_the_same_works_in_another_city_is_not_a_candidate(self) -> None:
        other = _record(name="泸州市江阳区城东污水管网提质增效工程", city_code="510502", total_investment=Decimal(8000))
        assert score(_record(), other).points < CANDIDATE

    def test_of_the_same_approval_code_is_a_candidate_whatever_the_name(self) -> None:
        code = "2601-330502-04-01-100001"
        one = Record(approval_code=code, city_code="330502")
        assert score(one, Record(approval_code=code)).points >= CANDIDATE
        assert score(one, Record(approval_code="2601-330502-04-01-100002")).points == 0

    def test_of_the_same_file_adds_to_the_place(self) -> None:
        one = Record(documents=frozenset({"a" * 64}), total_investment=Decimal("17934.73"))
        assert score(one, one).points >= CANDIDATE
        assert "same-document" in _codes(score(one, one))
        assert "same-document" not in _codes(score(one, Record(documents=frozenset({"b" * 64}))))

    def test_knows_a_slip_of_the_unit(self) -> None:
        found = score(_record(), _record(total_investment=Decimal(179347300)))
        assert "unit-slip" in _codes(found)
        assert found.points >= CANDIDATE

    def test_of_nothing_known_is_zero(self) -> None:
        assert score(Record(), Record()) == Score(0.0, ())

    def test_does_not_depend_on_the_order(self) -> None:
        for pair in labelled_pairs(5, copies=4)[::7]:
            assert score(pair.one, pair.other) == score(pair.other, pair.one)

    def test_finds_the_labelled_pairs(self) -> None:
        # Seed 7 is not the one the weights were set on.
        pairs = labelled_pairs(7)
        shown = [pair for pair in pairs if score(pair.one, pair.other).points >= CANDIDATE]
        hits = sum(pair.is_same for pair in shown)
        assert hits / sum(pair.is_same for pair in pairs) > 0.88
        assert hits / len(shown) > 0.97


NAME = "湖州市吴兴区污水处理厂扩建工程"


def _enter(engine: Engine, people: People, **changes: Any) -> str:
    with writing(engine) as session:
        return create_project(session, people.city, dossier(**changes), reason="录入").code


def _found(session: Session, people: People, code: str) -> list[str]:
    return [candidate.code for candidate in find_candidates(session, people.ministry, code)]


class TestTheSearch:
    def test_finds_the_same_project_and_leaves_the_others(self, engine: Engine, people: People) -> None:
        first = _enter(engine, people)
        again = _enter(engine, people, name="吴兴区污水处理厂扩建项目")
        _enter(engine, people, name="湖州市吴兴区餐厨垃圾资源化处理项目", total_investment="900")
        with reading(engine) as session:
            assert _found(session, people, first) == [again]
            assert _found(session, people, again) == [first]

    def test_finds_by_sum_and_name_where_the_place_is_masked(self, engine: Engine, people: People) -> None:
        first = _enter(engine, people, content_summary="扩建污水处理厂4万吨/日，管网86公里。")
        masked = dossier(
            name="**市**区污水处理厂扩建工程",
            city_code=None,
            funding_lines=[],
            content_summary="扩建污水处理厂4万吨/日，管网86公里。",
        )
        with reading(engine) as session:
            found = find_candidates_of(session, people.ministry, masked)
            assert [candidate.code for candidate in found] == [first]
            other = masked.model_copy(update={"total_investment": None})
            assert [candidate.code for candidate in find_candidates_of(session, people.ministry, other)] == [first]

    def test_finds_by_approval_code_and_by_file_alone(self, engine: Engine, people: People) -> None:
        code, file = "2601-330502-04-01-100001", {"checklist_code": "D03", "is_available": True, "sha256": "a" * 64}
        bare: dict[str, Any] = {"name": "环境综合整治", "city_code": None, "project_capital": None, "funding_lines": []}
        first = _enter(engine, people, approval_code=code, documents=[file])
        by_code = _enter(engine, people, **{**bare, "total_investment": None, "approval_code": code})
        by_file = _enter(engine, people, **{**bare, "documents": [file]})
        with reading(engine) as session:
            assert _found(session, people, first)[:1] == [by_code]
            assert by_file in [
                candidate.code for candidate in find_candidates(session, people.ministry, first, least=40)
            ]

    def test_shows_nobody_what_is_not_theirs(self, engine: Engine, people: People) -> None:
        first = _enter(engine, people)
        again = _enter(engine, people)
        with reading(engine) as session:
            assert [each.code for each in find_candidates(session, people.city, first)] == [again]
            assert find_candidates_of(session, people.other_city, dossier()) == []
            assert find_candidates_of(session, people.bank, dossier()) == []
            with pytest.raises(NotFound):
                find_candidates(session, people.other_city, first)

    def test_follows_every_save(self, engine: Engine, people: People) -> None:
        first, again = _enter(engine, people), _enter(engine, people)
        changed = dossier(name="湖州市长兴县河道生态修复工程", city_code="330522", total_investment="400")
        with writing(engine) as session:
            save_project(session, people.city, again, changed, expected_revision=1, reason="更正")
        with reading(engine) as session:
            assert _found(session, people, first) == []
            cores = session.exec(select(DuplicateKey.name_core).order_by(col(DuplicateKey.project_id))).all()
            assert cores == ["污水处理厂扩建", "河道生态修复"]


class TestADecision:
    def test_is_remembered_and_can_be_changed(self, engine: Engine, people: People) -> None:
        first, again = _enter(engine, people), _enter(engine, people)
        with writing(engine) as session:
            mark_duplicate(session, people.province, again, first, is_same=False, reason="分属两个厂区")
        with reading(engine) as session:
            assert _found(session, people, first) == []
            [refused] = find_candidates(session, people.ministry, first, with_refused=True)
            assert refused.is_marked_same is False
        with writing(engine) as session:
            mark_duplicate(session, people.ministry, first, again, is_same=True, reason="复核为同一项目")
        with reading(engine) as session:
            [found] = find_candidates(session, people.ministry, again)
            assert (found.code, found.is_marked_same) == (first, True)
            written = select(AuditEntry).where(AuditEntry.action == "project.duplicate").order_by(col(AuditEntry.id))
            entries = session.exec(written).all()
            assert [audit.parsed_json(entry.details)["was"] for entry in entries] == [None, False]
            assert audit.verify_log(session) is None

    def test_keeps_a_pair_that_no_longer_looks_alike(self, engine: Engine, people: People) -> None:
        first = _enter(engine, people)
        other = _enter(engine, people, name="长兴县某河道整治", city_code="330522", total_investment="77")
        with writing(engine) as session:
            mark_duplicate(session, people.province, first, other, is_same=True, reason="批文一致")
        with reading(engine) as session:
            assert _found(session, people, first) == [other]

    def test_is_for_reviewers_with_a_reason_and_two_projects(self, engine: Engine, people: People) -> None:
        first, again = _enter(engine, people), _enter(engine, people)
        with writing(engine) as session:
            for actor in (people.city, people.bank):
                with pytest.raises(NotAllowed):
                    mark_duplicate(session, actor, first, again, is_same=True, reason="x")
            with pytest.raises(InvalidInput):
                mark_duplicate(session, people.province, first, first, is_same=True, reason="x")
            with pytest.raises(InvalidInput):
                mark_duplicate(session, people.province, first, again, is_same=True, reason=" ")
            with pytest.raises(NotFound):
                mark_duplicate(session, people.province, first, "ML-9999999", is_same=True, reason="x")


class TestCentralMoneyTwice:
    LINE = {"source": "central_fund", "year": 2026, "amount": "2000", "status": "secured", "evidence": "文件"}

    def test_warns_at_first_and_is_an_error_once_decided(self, engine: Engine, people: People) -> None:
        first = _enter(engine, people, funding_lines=[self.LINE])
        again = _enter(engine, people, funding_lines=[{**self.LINE, "amount": "1500.5"}])
        with reading(engine) as session:
            own, found = own_record(session, people.ministry, first), find_candidates(session, people.ministry, first)
            [finding] = duplicate_findings(own, found)
            assert (finding.code, finding.severity, finding.value) == ("central-money-twice", "warning", "1500.5")
            assert again in finding.message_zh
            assert has_other_central_funding(found) is None
        with writing(engine) as session:
            mark_duplicate(session, people.province, first, again, is_same=True, reason="同一项目")
        with reading(engine) as session:
            own, found = own_record(session, people.ministry, first), find_candidates(session, people.ministry, first)
            [finding] = duplicate_findings(own, found)
            assert finding.severity == "error"
            assert has_other_central_funding(found) is True

    def test_is_no_more_than_entered_twice_where_one_draws_none(self, engine: Engine, people: People) -> None:
        first = _enter(engine, people, funding_lines=[self.LINE])
        _enter(engine, people, funding_lines=[{**self.LINE, "status": "gap", "evidence": None}])
        with reading(engine) as session:
            own, found = own_record(session, people.ministry, first), find_candidates(session, people.ministry, first)
            assert [finding.code for finding in duplicate_findings(own, found)] == ["entered-twice"]

    def test_says_nothing_of_a_pair_marked_as_different(self, engine: Engine, people: People) -> None:
        first = _enter(engine, people, funding_lines=[self.LINE])
        again = _enter(engine, people, funding_lines=[self.LINE])
        with writing(engine) as session:
            mark_duplicate(session, people.province, first, again, is_same=False, reason="两个项目")
        with reading(engine) as session:
            own = own_record(session, people.ministry, first)
            found = find_candidates(session, people.ministry, first, with_refused=True)
            assert len(found) == 1
            assert duplicate_findings(own, found) == []
