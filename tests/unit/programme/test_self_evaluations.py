"""Self-evaluations: open by date, prefilled, differences explained, locked when signed; rounds and their scores."""

import csv
import hashlib
import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from builders import dossier
from conftest import People
from registry.accounts.model import Actor
from registry.audit import AuditEntry
from registry.database import reading, writing
from registry.errors import InvalidInput, NotAllowed, NotFound
from registry.packages.city_papers.operations import export_self_evaluation
from registry.programme.indicators.operations import Stated, state_values
from registry.programme.papers.operations import SavedPaper
from registry.programme.self_evaluation.document import SelfEvaluationDocument
from registry.programme.self_evaluation.operations import (
    begin_self_evaluation,
    move_self_evaluation,
    save_self_evaluation,
)
from registry.programme.self_evaluation.queries import SelfEvaluation, read_self_evaluation
from registry.programme.self_evaluation.rounds import open_round, score_paper, scores_of, year_on_year
from registry.projects.documents.operations import upload_document
from registry.projects.documents.store import FolderStore
from registry.projects.operations import create_project

DAY = date(2027, 3, 1)
UNIT = "μg/m³"
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def state(engine: Engine, actor: Actor, indicator: str, year: int, target: float, actual: float | None) -> None:
    value = Stated(indicator, year, UNIT, {"target": target, "actual": actual, "evidence": "监测年报"})
    with writing(engine) as session:
        state_values(session, actor, [value], today=DAY)


def opened(engine: Engine, people: People, year: int = 2026) -> None:
    with writing(engine) as session:
        open_round(
            session, people.ministry, year=year, opens_on=date(2027, 1, 1), closes_on=date(2027, 3, 31),
            items=(("水", 60.0), ("气", 40.0)),
        )  # fmt: skip


def begun(engine: Engine, actor: Actor, year: int = 2026, day: date = DAY) -> SavedPaper:
    with writing(engine) as session:
        return begin_self_evaluation(session, actor, year=year, today=day)


def saved(engine: Engine, actor: Actor, paper: SavedPaper, **explanations: str) -> SavedPaper:
    lines = [{"indicator": name, "explanation": text, "actual": 1.0} for name, text in explanations.items()]
    document = SelfEvaluationDocument.model_validate({"summary": "总体良好", "indicators": lines})
    with writing(engine) as session:
        return save_self_evaluation(
            session, actor, paper.id, document=document, expected_version=paper.version, today=DAY
        )


def moved(engine: Engine, actor: Actor, paper: SavedPaper, action: Any, day: date = DAY) -> SavedPaper:
    with writing(engine) as session:
        return move_self_evaluation(
            session, actor, paper.id, action=action, expected_version=paper.version, today=day, reason="意见：属实"
        )


def read(engine: Engine, actor: Actor, paper: SavedPaper) -> SelfEvaluation:
    with reading(engine) as session:
        return read_self_evaluation(session, actor, paper.id)


def agreed(engine: Engine, people: People, year: int) -> SavedPaper:
    paper = saved(engine, people.city, begun(engine, people.city, year), pm25="施工扬尘")
    return moved(engine, people.province, moved(engine, people.city, paper, "submit"), "approve")


class TestASelfEvaluation:
    def test_opens_by_the_dates_of_the_round(self, engine: Engine, people: People) -> None:
        with pytest.raises(InvalidInput, match="尚未开放"):
            begun(engine, people.city)
        opened(engine, people)
        for day, code in ((date(2026, 12, 31), "not-open"), (date(2027, 4, 1), "locked-year")):
            with pytest.raises(InvalidInput) as caught:
                begun(engine, people.city, day=day)
            assert caught.value.findings[0].code == code
        assert begun(engine, people.city, day=date(2027, 3, 31)).state == "draft"

    def test_is_filled_from_indicators_and_projects_and_keeps_their_figures(
        self, engine: Engine, people: People
    ) -> None:
        opened(engine, people)
        state(engine, people.city, "pm25", 2026, 25, 27)
        with writing(engine) as session:
            code = create_project(session, people.city, dossier(), reason="录入").code
        paper = begun(engine, people.city)
        found = read(engine, people.city, paper)
        (line,) = found.document.indicators
        assert (line.indicator, line.unit, line.target, line.actual, line.evidence) == (
            "pm25", UNIT, 25, 27, "监测年报",
        )  # fmt: skip
        assert [each.code for each in found.document.projects] == [code]
        paper = saved(engine, people.city, paper, pm25="施工扬尘")
        (line,) = read(engine, people.city, paper).document.indicators
        assert (line.actual, line.explanation) == (27, "施工扬尘")

    def test_is_not_signed_while_a_difference_is_unexplained(self, engine: Engine, people: People) -> None:
        opened(engine, people)
        state(engine, people.city, "pm25", 2026, 25, 27)
        state(engine, people.city, "pm10", 2026, 40, 40)
        paper = saved(engine, people.city, begun(engine, people.city))
        with pytest.raises(InvalidInput) as caught:
            moved(engine, people.city, paper, "submit")
        assert [each.code for each in caught.value.findings] == ["needs-explanation"]
        assert "目标 25、实际 27" in caught.value.findings[0].message_zh
        paper = saved(engine, people.city, paper, pm25="施工扬尘")
        assert moved(engine, people.city, paper, "submit").state == "submitted"

    def test_locks_its_year_and_refuses_a_second_one(self, engine: Engine, people: People) -> None:
        opened(engine, people)
        state(engine, people.city, "pm25", 2026, 25, 27)
        paper = agreed(engine, people, 2026)
        with pytest.raises(InvalidInput) as caught:
            begun(engine, people.city)
        assert caught.value.findings[0].code == "locked-year"
        assert f"编号 {paper.id}" in caught.value.findings[0].message_zh
        with pytest.raises(InvalidInput, match="已锁定"):
            state(engine, people.city, "pm25", 2026, 25, 20)
        state(engine, people.city, "pm25", 2027, 24, None)
        with pytest.raises(InvalidInput, match="该年已锁定"):
            moved(engine, people.city, paper, "revise", day=date(2027, 4, 1))

    def test_stands_beside_the_year_before_which_stays_as_it_was(self, engine: Engine, people: People) -> None:
        for year in (2025, 2026):
            opened(engine, people, year)
        state(engine, people.city, "pm25", 2025, 30, 31)
        before = agreed(engine, people, 2025)
        kept = read(engine, people.city, before).text.hash
        state(engine, people.city, "pm25", 2026, 25, 27)
        found = read(engine, people.city, begun(engine, people.city, 2026))
        assert (found.last_year, found.document.indicators[0].actual) == ({"pm25": 31}, 27)
        assert read(engine, people.city, before).text.hash == kept
        assert [step.reason for step in read(engine, people.city, before).remarks] == ["意见：属实"]

    def test_is_shown_to_outsiders_once_published(self, engine: Engine, people: People) -> None:
        opened(engine, people)
        state(engine, people.city, "pm25", 2026, 25, 27)
        paper = agreed(engine, people, 2026)
        with pytest.raises(NotFound):
            read(engine, people.bank, paper)
        paper = moved(engine, people.city, paper, "publish")
        found = read(engine, people.bank, paper)
        assert ([each.actual for each in found.document.indicators], found.remarks, found.scores) == ([27], [], [])


class TestARound:
    def test_is_opened_by_the_ministry_once_a_year(self, engine: Engine, people: People) -> None:
        opened(engine, people)
        with pytest.raises(InvalidInput, match="已经设立"):
            opened(engine, people)
        with pytest.raises(NotAllowed), writing(engine) as session:
            open_round(session, people.province, year=2027, opens_on=DAY, closes_on=DAY)

    def test_scores_what_was_agreed_and_compares_year_on_year(self, engine: Engine, people: People) -> None:
        papers = {}
        for year, water in ((2025, 40.0), (2026, 52.5)):
            opened(engine, people, year)
            state(engine, people.city, "pm25", year, 25, 27)
            papers[year] = agreed(engine, people, year)
            with writing(engine) as session:
                for item, score in (("水", 1.0), ("水", water), ("气", 30.0)):
                    score_paper(session, people.ministry, papers[year].id, item=item, score=score)
        with reading(engine) as session:
            (line,) = year_on_year(session, people.ministry)
            assert year_on_year(session, people.other_city) == []
            assert scores_of(session, people.bank, papers[2026].id) == []
        assert (line.totals, line.change) == ({2025: 70, 2026: 82.5}, 12.5)

    def test_refuses_a_score_beyond_the_highest_or_before_it_is_agreed(self, engine: Engine, people: People) -> None:
        opened(engine, people)
        paper = begun(engine, people.city)
        with pytest.raises(InvalidInput) as caught, writing(engine) as session:
            score_paper(session, people.ministry, paper.id, item="水", score=61)
        assert [each.code for each in caught.value.findings] == ["not-approved", "score-out-of-range"]


class TestTheEvidencePack:
    def test_holds_the_report_the_signed_text_and_each_figure(
        self, engine: Engine, people: People, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr("registry.packages.city_papers.operations.typeset", lambda *_: [b"%PDF-1.7\n%%EOF\n"])
        opened(engine, people)
        state(engine, people.city, "pm25", 2026, 25, 27)
        paper = agreed(engine, people, 2026)
        with writing(engine) as session:
            made = export_self_evaluation(
                session, people.city, paper.id, form="zip", number=None, language="zh", store=FolderStore(tmp_path)
            )
        with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
            assert archive.namelist() == [
                "report.pdf", "report.docx", "document.json", "indicators.csv", "evidence.csv",
            ]  # fmt: skip
            rows = list(csv.reader(io.StringIO(archive.read("indicators.csv").decode("utf-8-sig"))))
        assert rows[1] == ["pm25", "细颗粒物（PM2.5）浓度", UNIT, "", "25.0", "27.0", "施工扬尘", "监测年报", ""]

    def test_holds_the_files_behind_the_figures_for_who_may_read_them(
        self, engine: Engine, people: People, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr("registry.packages.city_papers.operations.typeset", lambda *_: [b"%PDF-1.7\n%%EOF\n"])
        opened(engine, people)
        store = FolderStore(tmp_path)
        with writing(engine) as session:
            code = create_project(session, people.city, dossier(), reason="录入").code
        paper = upload_document(
            engine, people.city, code, content=PDF, file_name="监测年报.pdf", checklist_code=None, store=store
        ).id
        value = Stated("pm25", 2026, UNIT, {"target": 25, "actual": 25, "document_id": paper})
        with writing(engine) as session:
            state_values(session, people.city, [value], today=DAY)
        number = moved(engine, people.city, agreed(engine, people, 2026), "publish").id

        def taken(actor: Actor) -> tuple[list[str], list[str]]:
            with writing(engine) as session:
                made = export_self_evaluation(
                    session, actor, number, form="zip", number=None, language="zh", store=store
                )
            with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
                files = [each for each in archive.namelist() if each.startswith("evidence/")]
                assert all(archive.read(each) == PDF for each in files)
                return files, list(csv.reader(io.StringIO(archive.read("evidence.csv").decode("utf-8-sig"))))[1]

        name = f"evidence/{paper}_监测年报.pdf"
        whole = ["pm25", "细颗粒物（PM2.5）浓度", str(paper), code, name, "已附 enclosed"]
        assert [taken(actor) for actor in (people.city, people.province, people.ministry)] == [([name], whole)] * 3
        assert taken(people.bank) == ([], [*whole[:3], "", "", "无权查看或已撤回 not open to you, or withdrawn"])
        with reading(engine) as session:
            query = select(AuditEntry.actor_id).where(AuditEntry.action == "document.read")
            read = session.exec(query.order_by(col(AuditEntry.id))).all()
        assert list(read) == [actor.user_id for actor in (people.city, people.province, people.ministry)]
        (tmp_path / Path(hashlib.sha256(PDF).hexdigest()[:2])).rename(tmp_path / "lost")
        assert taken(people.city) == ([], [*whole[:4], "", "文件无法读取 cannot be read"])
