"""Plans and self-evaluations on the public display, once published."""

from datetime import date, timedelta

from pydantic import BaseModel
from sqlalchemy import Engine

from api.conftest import Client, form_token, sign_in
from api.display.conftest import OTHER, PDF, Stage, everything, release
from conftest import People
from registry.accounts.model import Actor
from registry.database import reading, writing
from registry.programme.city_plan.document import CityPlanDocument
from registry.programme.display.papers import list_shown_papers
from registry.programme.financing_plan.document import PlanDocument
from registry.programme.papers.model import CityPaper, Kind
from registry.programme.papers.operations import create_paper, move_paper
from registry.programme.papers.states import PaperAction
from registry.programme.self_evaluation.document import SelfEvaluationDocument
from registry.web.bodies import as_of_or_today


class TestAPublishedPlan:
    def plan(self, stage: Stage) -> PlanDocument:
        projects = [{"code": stage.code}, {"code": stage.other}]
        return PlanDocument.model_validate({"situation": "城市情况一段话", "projects": projects})

    def published(
        self,
        engine: Engine,
        people: People,
        document: BaseModel,
        embargo: date | None = None,
        *,
        kind: Kind = "financing_plan",
        year: int | None = None,
    ) -> int:
        with writing(engine) as session:
            made = create_paper(session, people.city, kind=kind, title="湖州方案", document=document, year=year)
            version = made.version
            steps: tuple[tuple[Actor, PaperAction], ...] = (
                (people.city, "submit"),
                (people.province, "approve"),
                (people.city, "publish"),
            )
            for actor, action in steps:
                until = embargo if action == "publish" else None
                version = move_paper(
                    session,
                    actor,
                    made.id,
                    action=action,
                    expected_version=version,
                    reason="同意",
                    embargo_until=until,
                ).version
        return made.id

    def test_shows_its_texts_and_of_its_projects_those_on_display(
        self, anybody: Client, engine: Engine, people: People, stage: Stage
    ) -> None:
        number = self.published(engine, people, self.plan(stage))
        release(stage, fields=("content",))
        pages = everything(anybody)
        text = pages[f"/display/papers/{number}"]
        assert "城市情况一段话" in text
        assert f"/display/projects/{stage.code}" in text
        assert "另有 1 个项目未公开" in text
        assert [path for path, text in pages.items() if stage.other in text or OTHER in text or "12,345" in text] == []
        assert [each["title"] for each in anybody.get("/api/v1/display").json()["papers"]] == ["湖州方案"]

    def test_of_a_year_shows_target_and_actual_with_their_source(
        self, anybody: Client, engine: Engine, people: People, stage: Stage
    ) -> None:
        indicator = {"indicator": "pm25", "name": "细颗粒物浓度", "unit": "μg/m³", "target": 30, "actual": 31.5}
        document = SelfEvaluationDocument.model_validate(
            {"summary": "总体进展一段话", "indicators": [indicator], "projects": [{"code": stage.other}]}
        )
        number = self.published(engine, people, document, kind="self_evaluation", year=2025)
        text = anybody.get(f"/display/papers/{number}").text
        said = ("总体进展一段话", "细颗粒物浓度", "31.5", "湖州市财政局 公开，第 1 版")
        assert [word for word in said if word not in text] == []
        assert stage.other not in text

    def test_is_gone_when_withdrawn_and_not_there_before_its_day(
        self, anybody: Client, engine: Engine, people: People, stage: Stage
    ) -> None:
        number = self.published(engine, people, self.plan(stage), embargo=as_of_or_today(None) + timedelta(days=3))
        assert anybody.get(f"/display/papers/{number}").status_code == 404
        with writing(engine) as session:
            paper = session.get_one(CityPaper, number)
            paper.embargo_until = None
            session.add(paper)
        assert anybody.get(f"/display/papers/{number}").status_code == 200
        with writing(engine) as session:
            version = session.get_one(CityPaper, number).version
            move_paper(session, people.city, number, action="unpublish", expected_version=version, reason="有误")
        for address in (f"/display/papers/{number}", f"/api/v1/display/papers/{number}"):
            gone = anybody.get(address)
            assert (gone.status_code, "撤回公开展示" in gone.text) == (410, True)
            assert [word for word in ("湖州方案", "城市情况", "有误", "财政局") if word in gone.text] == []
        assert (
            anybody.get(f"/api/v1/display/papers/{number}").json()["detail_en"].startswith("This paper was withdrawn")
        )
        assert [path for path, text in everything(anybody).items() if "湖州方案" in text] == []

    def test_withdrawn_before_its_day_was_never_there(
        self, anybody: Client, engine: Engine, people: People, stage: Stage
    ) -> None:
        number = self.published(engine, people, self.plan(stage), embargo=as_of_or_today(None) + timedelta(days=3))
        with writing(engine) as session:
            version = session.get_one(CityPaper, number).version
            move_paper(session, people.city, number, action="unpublish", expected_version=version, reason="有误")
        assert anybody.get(f"/display/papers/{number}").status_code == 404

    def test_is_one_step_from_its_json(self, anybody: Client, engine: Engine, people: People, stage: Stage) -> None:
        number = self.published(engine, people, self.plan(stage))
        release(stage, fields=("content",))
        told = anybody.get(f"/api/v1/display/papers/{number}").json()
        assert told["fields"] == {"situation": "城市情况一段话"}
        assert ([each["code"] for each in told["projects"]], told["other_projects"]) == ([stage.code], 1)

    def test_leads_from_a_figure_to_the_evidence_released_for_it(
        self, anybody: Client, engine: Engine, people: People, stage: Stage
    ) -> None:
        upload = stage.city.post(f"/api/v1/projects/{stage.code}/documents?name=监测年报.pdf", content=PDF)
        paper = upload.json()["id"]
        line = {"indicator": "pm25", "actual": 31.5, "evidence": "监测年报", "document_id": paper}
        document = SelfEvaluationDocument.model_validate({"summary": "好", "indicators": [line]})
        number = self.published(engine, people, document, kind="self_evaluation", year=2025)
        address = f"/api/v1/display/papers/{number}"
        (row,) = anybody.get(address).json()["tables"][0]["rows"]
        assert set(row) == {"indicator", "actual", "evidence"}
        release(stage, fields=("benefits",), evidence=[{"document": paper, "part": "benefits"}])
        (row,) = anybody.get(address).json()["tables"][0]["rows"]
        assert (row["released"]["project"], row["released"]["file_name"]) == (stage.code, "监测年报.pdf")
        link = f"/display/projects/{stage.code}/evidence/{row['released']['evidence']}"
        assert f'href="{link}"' in anybody.get(f"/display/papers/{number}").text
        assert anybody.get(link).content == PDF


class TestAnEmbargoOnThePage:
    def test_holds_a_paper_back_until_its_day(
        self, anybody: Client, engine: Engine, people: People, stage: Stage
    ) -> None:
        with writing(engine) as session:
            document = CityPlanDocument(situation="城市情况一段话")
            made = create_paper(session, people.city, kind="city_plan", title="湖州方案", document=document)
            steps: tuple[tuple[Actor, PaperAction], ...] = ((people.city, "submit"), (people.province, "approve"))
            version = made.version
            for actor, action in steps:
                version = move_paper(
                    session, actor, made.id, action=action, expected_version=version, reason="同意"
                ).version
        sign_in(anybody, "city")
        path, day = f"/city-papers/city-plans/{made.id}", as_of_or_today(None) + timedelta(days=2)
        page = anybody.get(path).text
        assert 'name="embargo_until"' in page
        fields = {"_csrf": form_token(page), "version": str(version), "action": "publish", "embargo_until": "后天"}
        assert anybody.post(f"{path}/actions", data=fields).status_code == 422
        moved = anybody.post(f"{path}/actions", data=fields | {"embargo_until": day.isoformat()})
        assert (moved.status_code, f"{day} 起公开" in moved.text) == (200, True)
        anybody.cookies.clear()
        assert anybody.get(f"/display/papers/{made.id}").status_code == 404
        assert anybody.get("/api/v1/display").json()["papers"] == []
        for today, shown in ((day - timedelta(days=1), 0), (day, 1)):
            with reading(engine) as session:
                assert len(list_shown_papers(session, today=today)) == shown
