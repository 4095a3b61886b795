import json
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import Engine

from api.conftest import CallAs, Caller, Client, sign_in
from conftest import People
from started import started_app

HEADERS = {
    "content-security-policy": "default-src 'self'",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "same-origin",
    "cache-control": "",
}


class TestTheSecurityHeaders:
    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("/sign-in", 200),
            ("/nowhere", 404),
            ("/api/v1/nowhere", 404),
            ("/api/v1/projects", 401),
            ("/projects", 303),
            ("/static/registry.css", 200),
            ("/lib/htmx.min.js", 200),
            ("/schema/openapi.json", 200),
        ],
    )
    def test_are_on_every_answer(self, anybody: Client, path: str, status: int) -> None:
        answer = anybody.get(path, follow_redirects=False)
        assert answer.status_code == status
        for name, beginning in HEADERS.items():
            assert answer.headers[name].startswith(beginning)
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]

    def test_are_on_an_error_of_our_own(self, engine: Engine, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_: object, **__: object) -> None:
            raise RuntimeError("secret detail")

        with TestClient(started_app(engine), raise_server_exceptions=False) as client:
            sign_in(client, "city")
            monkeypatch.setattr("registry.web.api.project_list.glance_page", broken)
            answer = client.get("/api/v1/projects")
        assert answer.status_code == 500
        assert answer.json()["code"] == "internal-error"
        assert "secret detail" not in answer.text
        assert "Traceback" not in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"


class TestAnError:
    def test_is_a_problem_for_programs_and_a_page_for_people(self, anybody: Client) -> None:
        assert anybody.get("/api/v1/nowhere").headers["content-type"] == "application/problem+json"
        page = anybody.get("/nowhere")
        assert page.headers["content-type"].startswith("text/html")
        assert "没有找到" in page.text

    def test_of_method_says_what_is_allowed(self, city: Caller) -> None:
        assert city.delete("/api/v1/projects").status_code == 405
        assert city.options("/api/v1/projects").headers["allow"] == "GET, OPTIONS, POST"
        assert city.options("/api/v1/projects/ML-0000001").headers["allow"] == "GET, OPTIONS, PUT"

    def test_of_a_missing_parameter_names_it(self, city: Caller) -> None:
        answer = city.post("/api/v1/projects/ML-0000001/documents", content=b"%PDF-1.4")
        assert answer.status_code == 400
        assert [finding["path"] for finding in answer.json()["findings"]] == ["name"]
        assert "缺少参数 name" in answer.json()["detail"]


class TestTheOpenApiDocument:
    @pytest.fixture
    def document(self, anybody: Client) -> dict[str, Any]:
        found: dict[str, Any] = anybody.get("/schema/openapi.json").json()
        return found

    def test_is_version_3_1_and_names_every_call(self, document: dict[str, Any]) -> None:
        assert document["openapi"].startswith("3.1")
        assert {f"{method} {path}" for path, item in document["paths"].items() for method in item} >= {
            "get /api/v1/projects",
            "post /api/v1/projects",
            "get /api/v1/projects/{code}",
            "put /api/v1/projects/{code}",
        }

    def test_documents_problems_in_one_shape(self, document: dict[str, Any]) -> None:
        for item in document["paths"].values():
            for call in item.values():
                refusals = {status: answer for status, answer in call["responses"].items() if status[0] == "4"}
                assert {"400", "401"} <= refusals.keys()
                for answer in refusals.values():
                    schema = answer["content"]["application/problem+json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/Problem"}

    def test_takes_the_dossier_as_body_with_money_as_text(self, document: dict[str, Any]) -> None:
        body = document["paths"]["/api/v1/projects"]["post"]["requestBody"]["content"]["application/json"]
        assert body["schema"] == {"$ref": "#/components/schemas/Dossier"}
        money = document["components"]["schemas"]["Dossier"]["properties"]["total_investment"]
        assert money["title"] == "总投资"
        assert money["anyOf"][0]["type"] == "string"

    def test_resolves_every_reference(self, document: dict[str, Any]) -> None:
        names = set(document["components"]["schemas"])
        used = {part.split('"')[0] for part in json.dumps(document).split("#/components/schemas/")[1:]}
        assert used <= names


class TestAnyAnswer:
    def test_comes_with_a_status_that_the_document_names(self, app: Litestar, call_as: CallAs, people: People) -> None:
        """Ask every documented call with odd values; whatever comes back must be documented and never a 5xx."""
        client = call_as(people.city)
        document = client.get("/schema/openapi.json").json()
        odd = ["", "0", "-1", "中文", "%00", "%2e%2e%2f", "x" * 400, "2147483648", "9" * 30, "null", "'\"<>"]
        for path, item in document["paths"].items():
            for method, call in item.items():
                for value in odd:
                    filled = path.replace("{code}", value or "ML").replace("{number}", value or "1")
                    query = {p["name"]: value for p in call.get("parameters", []) if p["in"] == "query"}
                    answer = client.request(method, filled, params=query, content=b"{}" if "p" in method else None)
                    documented = {*call["responses"], "404", "405"}
                    assert str(answer.status_code) in documented, (method, path, value, answer.text[:300])
