"""Good calls of the changing routes of reviews, notices, plans and runs, for the test that each leaves an entry."""

from collections.abc import Callable
from typing import Any

from httpx import Response
from sqlalchemy import Engine

from api.conftest import CallAs, Caller
from api.display_writes import DisplayWrites
from api.programme_writes import ProgrammeWrites
from api.selection_writes import SelectionWrites
from applications import application_in
from conftest import People
from plan_builders import plan_document
from registry import jobs
from registry.accounts.operations import add_user, ensure_operator
from registry.database import writing
from registry.intake.work import handlers as import_handlers
from registry.programme.financing_plan.document import PlanDocument
from registry.programme.papers.workbook import paper_workbook
from registry.projects.notices.delivery import handlers as delivery_handlers
from registry.settings import settings

Calls = dict[tuple[str, str], Callable[[], Response]]
NOBODY_LISTENS = "http://127.0.0.1:9/"


class LaterWrites:
    """Where these calls work: an application under review, people of the province, and the operator."""

    def __init__(self, engine: Engine, people: People, call_as: CallAs, code: str) -> None:
        self.engine, self.code = engine, code
        self.application = application_in(engine, people, "submitted").id
        self.reviewer = people.province.user_id
        self.city, self.province = call_as(people.city), call_as(people.province)
        self.programme = ProgrammeWrites(call_as(people.ministry), self.city, self.province)
        self.selection = SelectionWrites(engine, people, call_as)
        self.operator = self._operator(call_as)
        self.house = people.city.organisation_id
        self.bank = call_as(people.bank)
        self.plan: dict[str, Any] = {}

    def _operator(self, call_as: CallAs) -> Caller:
        with writing(self.engine) as session:
            actor = ensure_operator(session)
            add_user(
                session,
                login="op",
                display_name="管",
                password="correct horse 42",
                organisation_id=actor.organisation_id or 0,
                role="administrator",
            )
        return call_as(actor)

    def calls(self) -> Calls:
        """Return the calls by method and path template, in an order in which each can succeed."""
        mine = (self._reviews(), self._notices(), self._plans(), self._runs(), self._searches())
        display = DisplayWrites(self.engine, self.code, city=self.city).calls()
        parts = (*mine, self.programme.calls(), display, self.selection.calls())
        return {key: call for part in parts for key, call in part.items()}

    def _reviews(self) -> Calls:
        here, province = f"/api/v1/applications/{self.application}", self.province
        one, many = "/api/v1/applications/{number}", "/api/v1/reviews"
        given = {"is_favourable": True, "opinion": "可行"}
        bulk = [{"application": self.application, "department": "housing", **given}]
        assignment = {"reviewer": self.reviewer, "applications": [self.application]}
        return {
            ("PUT", f"{one}/reviewers/{{user}}"): lambda: province.put(f"{here}/reviewers/{self.reviewer}"),
            ("DELETE", f"{one}/reviewers/{{user}}"): lambda: province.delete(f"{here}/reviewers/{self.reviewer}"),
            ("POST", f"{many}/reviewers"): lambda: province.post(f"{many}/reviewers", json=assignment),
            ("POST", f"{one}/opinions"): lambda: province.post(
                f"{here}/opinions", json={"departments": ["finance", "housing"]}
            ),
            ("PUT", f"{one}/opinions/{{department}}"): lambda: province.put(f"{here}/opinions/finance", json=given),
            ("POST", f"{many}/opinions"): lambda: province.post(f"{many}/opinions", json={"opinions": bulk}),
        }

    def _notices(self) -> Calls:
        hooks, operator = "/api/v1/webhooks", self.operator

        def add() -> Response:
            answer: Response = operator.post(hooks, json={"organisation": self.house, "url": NOBODY_LISTENS})
            return answer

        def replay() -> Response:
            body = {"reason": "请补充", "sections": {"investment": "请补充依据"}, "action": "return"}
            version = self.province.get(f"/api/v1/applications/{self.application}").json()["application"]["version"]
            self.province.post(f"/api/v1/applications/{self.application}/actions", json=body | {"version": version})
            jobs.run_next(self.engine, delivery_handlers(self.engine))
            (failed,) = operator.get("/api/v1/deliveries?failed=true").json()
            answer: Response = operator.post(f"/api/v1/deliveries/{failed['id']}/replay")
            return answer

        def pause() -> Response:
            number = operator.get(hooks).json()[0]["id"]
            answer: Response = operator.put(f"{hooks}/{number}", json={"is_active": False})
            return answer

        return {
            ("POST", hooks): add,
            ("POST", "/api/v1/deliveries/{number}/replay"): replay,
            ("PUT", f"{hooks}/{{number}}"): pause,
            ("PUT", "/api/v1/notices/mail-address"): lambda: self.city.put(
                "/api/v1/notices/mail-address", json={"address": "a@example.org"}
            ),
        }

    def _plans(self) -> Calls:
        plans, city = "/api/v1/financing-plans", self.city

        def body(**parts: Any) -> dict[str, Any]:
            return plan_document(self.code, **parts).model_dump(mode="json", exclude_none=True)

        def begin() -> Response:
            answer: Response = city.post(plans, json={"title": "投融资方案", "document": body()})
            self.plan["at"] = answer.headers["location"]
            return answer

        def save() -> Response:
            answer: Response = city.put(self.plan["at"], json=body(situation="说明"), headers={"If-Match": '"1"'})
            return answer

        def give() -> Response:
            sheet = paper_workbook(PlanDocument, body(situation="另一说明"))
            headers = {"If-Match": '"2"'}
            answer: Response = city.post(f"{self.plan['at']}/workbook", content=sheet, headers=headers)
            return answer

        def sign() -> Response:
            answer: Response = city.post(f"{self.plan['at']}/actions", json={"action": "submit", "version": 3})
            return answer

        return {
            ("POST", plans): begin,
            ("PUT", f"{plans}/{{number}}"): save,
            ("POST", f"{plans}/{{number}}/workbook"): give,
            ("POST", f"{plans}/{{number}}/actions"): sign,
        }

    def _searches(self) -> Calls:
        searches, bank = "/api/v1/saved-searches", self.bank
        return {
            ("POST", searches): lambda: bank.post(searches, json={"name": "大额贷款", "conditions": {"loan_min": "1"}}),
            ("DELETE", f"{searches}/{{number}}"): lambda: bank.delete(
                f"{searches}/{bank.get(searches).json()[0]['id']}"
            ),
        }

    def _runs(self) -> Calls:
        city, budget = self.city, {"source": "special_bond", "amount": "100000", "year": 2027}

        def take() -> Response:
            made = city.post("/api/v1/imports?name=b.csv", content="项目名称\n再导入的项目".encode())
            while jobs.run_next(self.engine, import_handlers(self.engine, settings().data_dir)) is not None:
                pass
            answer: Response = city.post(f"{made.headers['location']}/commit")
            return answer

        return {
            ("POST", "/api/v1/imports/{number}/commit"): take,
            ("POST", "/api/v1/exports"): lambda: city.post("/api/v1/exports", json={"form": "csv"}),
            ("POST", "/api/v1/selections"): lambda: city.post("/api/v1/selections", json={"budgets": [budget]}),
            ("POST", "/api/v1/scenarios"): lambda: city.post(
                "/api/v1/scenarios", json={"scenarios": [{"name": "收入减半", "revenue": -0.5}]}
            ),
        }
