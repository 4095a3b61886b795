"""Every changing call leaves an entry; a trail is for its owner and the ministry; a log can be checked alone."""

import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from litestar.routes import HTTPRoute
from sqlalchemy import Engine

from api.conftest import CallAs, Caller, Client, form_token, sign_in
from api.later_writes import LaterWrites
from api.test_banks import LOAN
from api.test_people import Houses
from builders import dossier
from conftest import People
from registry import audit, audit_check, settings
from registry.audit import head_hash
from registry.database import reading, writing
from registry.packages.release.operations import release_package
from registry.projects.documents.store import open_store
from registry.projects.operations import create_project, release_project

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
READS = {
    "/api/v1/packages/verification",
    "/api/v1/projects/check",
    "/api/v1/projects/similar",
    "/api/v1/projects/{code}/funding-mix",
}
"""Calls that take a body and change nothing."""
NO_ACT = {"/api/v1/notices/read", "/api/v1/private-packs", "/api/v1/private-packs/{pack}", "/api/v1/rehearsals"}
"""Reading one's own notices is no act on a record; a bank's packs and rehearsals have their own tests."""


class Writes:
    """One good call of every changing route, in an order in which each can succeed."""

    def __init__(self, engine: Engine, people: People, call_as: CallAs, browser: Client) -> None:
        self.engine = engine
        with writing(engine) as session:
            self.code = create_project(session, people.city, dossier(province_name="浙江省"), reason="录入").code
            self.other = create_project(session, people.city, dossier(province_name="浙江省"), reason="录入").code
            release_project(session, people.city, self.code, organisation_id=people.bank.organisation_id)
        self.bank_id = people.bank.organisation_id or 0
        store = open_store(settings.settings())
        given = release_package(
            engine, people.city, self.code, bank_id=self.bank_id, as_of=date(2026, 3, 1), store=store
        )
        self.package = given.id
        self.houses = Houses(engine)
        admin = self.houses.admins["city"]
        self.city, self.province, self.ministry = (
            call_as(each) for each in (people.city, people.province, people.ministry)
        )
        self.bank, self.admin = call_as(people.bank), call_as(admin)
        self.admin_house, self.clerk = admin.organisation_id, self.houses.clerks["city"].user_id
        self.later = LaterWrites(engine, people, call_as, self.other)
        self.browser = browser
        sign_in(browser, "city")
        self.token = form_token(browser.get("/account").text)

    def calls(self) -> dict[tuple[str, str], Callable[[], Response]]:
        """Return the calls by method and path template."""
        project, city, bank = f"/api/v1/projects/{self.code}", self.city, self.bank
        applied: dict[str, Any] = {}
        headers = {"x-csrf-token": self.token}

        def paper() -> str:
            return f"{project}/documents/{city.get(f'{project}/documents').json()[0]['id']}"

        def of_bank(kind: str) -> str:
            return f"{project}/{kind}/{city.get(f'{project}/banks').json()[kind][0]['id']}"

        def settle() -> Response:
            number = city.get(f"{project}/comments").json()[0]["id"]
            answer: Response = city.post(f"{project}/comments/{number}/settlement")
            return answer

        def apply() -> Response:
            answer: Response = city.post(f"{project}/applications", json={"library": "central-eco-fund"})
            applied.update(answer.json())
            return answer

        def withdraw(caller: Caller) -> Response:
            body = {"action": "withdraw", "version": applied["version"], "reason": "另行申报"}
            answer: Response = caller.post(f"/api/v1/applications/{applied['id']}/actions", json=body)
            return answer

        def step() -> Response:
            again = city.post(
                f"/api/v1/projects/{self.other}/applications", json={"library": "central-eco-fund"}
            ).json()
            body = {"application": again["id"], "action": "withdraw", "version": again["version"], "reason": "另行申报"}
            answer: Response = city.post("/api/v1/reviews/actions", json={"steps": [body]})
            return answer

        def change() -> Response:
            etag = city.get(project).headers["etag"]
            answer: Response = city.put(
                project, json={"name": "改名后的项目", "city_code": "330502"}, headers={"If-Match": etag}
            )
            return answer

        def attach() -> Response:
            revision = city.get(project).json()["revision_number"]
            answer: Response = city.post(
                f"{paper()}/checklist", json={"checklist_code": "D03", "expected_revision": revision}
            )
            return answer

        return {
            ("POST", "/api/v1/projects"): lambda: city.post("/api/v1/projects", json={"name": "又一个项目"}),
            ("PUT", "/api/v1/projects/{code}"): change,
            ("POST", "/api/v1/imports"): lambda: city.post(
                "/api/v1/imports?name=a.csv", content="项目名称\n导入的项目".encode()
            ),
            ("POST", "/api/v1/projects/{code}/documents"): lambda: city.post(
                f"{project}/documents?name=a.pdf", content=PDF
            ),
            ("POST", "/api/v1/projects/{code}/documents/{number}/checklist"): attach,
            ("GET", "/api/v1/projects/{code}/documents/{number}"): lambda: bank.get(paper()),
            ("DELETE", "/api/v1/projects/{code}/documents/{number}"): lambda: city.delete(paper()),
            ("POST", "/api/v1/projects/{code}/assessments"): lambda: city.post(f"{project}/assessments"),
            ("POST", "/api/v1/projects/{code}/judgements"): lambda: self.ministry.post(
                f"{project}/judgements",
                json={"pack": "beautiful-city", "rule": "bc-region-finance", "is_met": True, "reason": "属实"},
            ),
            ("POST", "/api/v1/screenings"): lambda: city.post("/api/v1/screenings"),
            ("POST", "/api/v1/projects/{code}/applications"): apply,
            ("POST", "/api/v1/applications/{number}/actions"): lambda: withdraw(city),
            ("POST", "/api/v1/reviews/actions"): step,
            ("POST", "/api/v1/projects/{code}/interest"): lambda: bank.post(
                f"{project}/interest", json={"stage": "interested"}
            ),
            ("POST", "/api/v1/projects/{code}/questions"): lambda: bank.post(
                f"{project}/questions", json={"question": "担保方式？"}
            ),
            ("POST", "/api/v1/projects/{code}/questions/{number}/answer"): lambda: city.post(
                f"{of_bank('questions')}/answer", json={"answer": "信用。"}
            ),
            ("POST", "/api/v1/projects/{code}/comments"): lambda: self.ministry.post(
                f"{project}/comments", json={"section": "identity", "text": "请核对名称", "audience": "both"}
            ),
            ("POST", "/api/v1/projects/{code}/comments/{number}/settlement"): settle,
            ("POST", "/api/v1/projects/{code}/loans"): lambda: bank.post(f"{project}/loans", json=LOAN),
            ("POST", "/api/v1/projects/{code}/loans/{number}/acceptance"): lambda: city.post(
                f"{of_bank('loans')}/acceptance"
            ),
            ("PUT", "/api/v1/projects/{code}/duplicates/{other}"): lambda: self.province.put(
                f"{project}/duplicates/{self.other}", json={"is_same": False, "reason": "两个项目"}
            ),
            ("POST", "/api/v1/organisations"): lambda: self.admin.post(
                "/api/v1/organisations", json={"parent": self.admin_house, "name": "德清县", "division_code": "330521"}
            ),
            ("POST", "/api/v1/people"): lambda: self.admin.post(
                "/api/v1/people", json={"login": "new-one", "display_name": "新人", "organisation": self.admin_house}
            ),
            ("POST", "/api/v1/people/{number}/actions"): lambda: self.admin.post(
                f"/api/v1/people/{self.clerk}/actions", json={"action": "role", "role": "reviewer"}
            ),
            ("POST", "/api/v1/tokens"): lambda: self.browser.post(
                "/api/v1/tokens", json={"name": "程序", "days": 30}, headers=headers
            ),
            ("DELETE", "/api/v1/tokens/{token_id}"): lambda: self.browser.delete(
                f"/api/v1/tokens/{self.browser.get('/api/v1/tokens').json()[0]['id']}", headers=headers
            ),
            ("POST", "/api/v1/projects/{code}/package"): lambda: city.post(f"{project}/package?kind=teaser"),
            ("POST", "/api/v1/projects/{code}/packages"): lambda: city.post(
                f"{project}/packages", json={"bank_id": self.bank_id}
            ),
            ("POST", "/api/v1/package-batches"): lambda: city.post(
                "/api/v1/package-batches", json={"codes": [self.code]}
            ),
            ("GET", "/api/v1/packages/{number}/file"): lambda: bank.get(f"/api/v1/packages/{self.package}/file"),
            ("POST", "/api/v1/packages/{number}/withdrawal"): lambda: city.post(
                f"/api/v1/packages/{self.package}/withdrawal", json={"reason": "有误"}
            ),
            ("POST", "/projects/{code}/package"): lambda: self.browser.post(
                f"/projects/{self.code}/package", headers=headers
            ),
            **self.later.calls(),
        }


@pytest.fixture
def writes(
    data_dir: Path, engine: Engine, people: People, call_as: CallAs, anybody: Client, cheap_papers: None
) -> Writes:
    settings.settings.cache_clear()
    return Writes(engine, people, call_as, anybody)


def test_every_changing_call_leaves_an_entry(writes: Writes, engine: Engine, data_dir: Path) -> None:
    silent, failed = [], []
    for (method, template), call in writes.calls().items():
        with reading(engine) as session:
            before = head_hash(session)
        answer = call()
        if answer.status_code >= 400:
            failed.append((method, template, answer.status_code, answer.text[:300]))
        with reading(engine) as session:
            if head_hash(session) == before:
                silent.append((method, template))
    assert failed == []
    assert silent == []
    with reading(engine) as session:
        assert audit.verify_log(session) is None


def test_no_changing_call_of_the_api_is_left_out(writes: Writes, anybody: Client) -> None:
    changing = {
        (method, route.path_format)
        for route in anybody.app.routes
        if isinstance(route, HTTPRoute) and route.path_format.startswith("/api/v1/")
        for method in route.methods & {"POST", "PUT", "DELETE", "PATCH"}
    }
    tried = set(writes.calls())
    assert {each for each in changing - tried if each[1] not in READS | NO_ACT} == set()


class TestTheTrail:
    def test_is_for_the_owner_without_details_and_for_the_ministry_with_them(
        self, writes: Writes, anybody: Client, data_dir: Path
    ) -> None:
        for template in ("documents", "documents/{number}/checklist"):
            writes.calls()["POST", f"/api/v1/projects/{{code}}/{template}"]()
        writes.calls()["PUT", "/api/v1/projects/{code}/duplicates/{other}"]()
        writes.calls()["POST", "/api/v1/projects/{code}/applications"]()

        def trail(login: str) -> tuple[int, str]:
            anybody.cookies.clear()
            sign_in(anybody, login)
            answer = anybody.get(f"/projects/{writes.code}/trail")
            return answer.status_code, answer.text

        status, owner = trail("city")
        assert status == 200
        for words in ("保存项目", "上传资料", "向金融机构或公众开放", "开始申报", "湖州市财政局用户"):
            assert words in owner
        assert "查重判断" not in owner
        assert "sha256" not in owner
        status, told = trail("ministry")
        assert status == 200
        assert "查重判断" in told
        assert "sha256" in told
        anybody.cookies.clear()
        sign_in(anybody, "ministry")
        assert "查重判断" in anybody.get(f"/projects/{writes.other}/trail").text
        assert "Saved" in anybody.get(f"/projects/{writes.code}/trail?lang=en").text
        status, told = trail("province")
        assert status == 200
        assert "保存项目" in told
        assert "sha256" not in told
        assert trail("other_city")[0] == 404
        assert trail("bank")[0] == 403


class TestAnExportedLog:
    def test_holds_for_an_outsider_with_the_head_alone(self, writes: Writes, engine: Engine, tmp_path: Path) -> None:
        with reading(engine) as session:
            head = head_hash(session)
            lines = list(audit.export_lines(session, head))
        checker, log = tmp_path / "audit_check.py", tmp_path / "log.jsonl"
        checker.write_text(Path(audit_check.__file__).read_text(encoding="utf-8"), encoding="utf-8")

        def check(text: str) -> tuple[int, str]:
            log.write_text(text, encoding="utf-8")
            # -I: nothing of this environment but the standard library's own places.
            done = subprocess.run(
                [sys.executable, "-I", checker, log, head], capture_output=True, text=True, check=False
            )
            return done.returncode, done.stdout

        assert check("\n".join(lines))[0] == 0
        assert "line 3" in check("\n".join([*lines[:2], lines[2].replace("user.add", "user.bad"), *lines[3:]]))[1]
        assert check("\n".join(lines[:-1]))[0] == 1
        assert check("\n".join([lines[0], lines[2], lines[1], *lines[3:]]))[0] == 1
