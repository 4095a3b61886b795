"""Libraries, assessments, ways in, judgements, rehearsals and private packs over the API."""

import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from api.conftest import CallAs, Caller, Client
from conftest import People
from registry import jobs
from registry.assessments.model import Assessment, PrivatePack
from registry.assessments.work import handlers
from registry.database import reading, writing
from registry.projects.operations import release_project
from registry.settings import HOME

SAMPLE = Path(__file__).parents[1] / "fixtures" / "rules" / "sound" / "sample"
RIVER = json.loads((HOME / "tests/golden/finance/G4-river-restoration.json").read_text(encoding="utf-8"))["inputs"]
PROJECT: dict[str, Any] = {
    "name": "湖州市吴兴区污水处理厂扩建工程",
    "city_code": "330502",
    "total_investment": "12345.67",
    "project_capital": "2000",
    "implementation_mode": "eod",
    "funding_lines": [{"source": "city", "year": 2026, "amount": "3000", "status": "secured"}],
    "financials": RIVER,
}


def files() -> dict[str, str]:
    return {
        path.relative_to(SAMPLE).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(SAMPLE.rglob("*"))
        if path.is_file()
    }


def zipped(texts: dict[str, str], folder: str = "sample/") -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in texts.items():
            archive.writestr(folder + name, text)
    return content.getvalue()


@pytest.fixture
def code(city: Caller) -> str:
    answer = city.post("/api/v1/projects", json=PROJECT)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


@pytest.fixture
def bank(call_as: CallAs, people: People) -> Caller:
    return call_as(people.bank)


def release(engine: Engine, people: People, code: str) -> None:
    with writing(engine) as session:
        release_project(session, people.city, code, organisation_id=people.bank.organisation_id)


READS = (
    "/api/v1/libraries",
    "/api/v1/libraries/central-eco-fund",
    "/api/v1/rules",
    "/api/v1/projects/ML-0000001/assessments",
    "/api/v1/projects/ML-0000001/assessments/1",
    "/api/v1/projects/ML-0000001/nearest",
    "/api/v1/projects/ML-0000001/route",
    "/api/v1/projects/ML-0000001/judgements",
    "/api/v1/rehearsals/1",
    "/api/v1/screenings/1",
    "/api/v1/private-packs",
    "/api/v1/private-packs/sample",
)
WRITES = (
    "/api/v1/projects/ML-0000001/assessments",
    "/api/v1/projects/ML-0000001/judgements",
    "/api/v1/rehearsals",
    "/api/v1/screenings",
    "/api/v1/private-packs",
)


class TestEveryCall:
    def test_is_refused_to_anybody(self, anybody: Client, people: People) -> None:
        assert {anybody.get(path).status_code for path in READS} == {401}
        assert anybody.delete("/api/v1/private-packs/sample").status_code in {401, 403}
        token = {"Authorization": "Bearer nobody"}
        assert {anybody.post(path, json={}, headers=token).status_code for path in WRITES} == {401}

    def test_is_refused_to_the_wrong_group(self, call_as: CallAs, people: People, code: str) -> None:
        city, other, bank = call_as(people.city), call_as(people.other_city), call_as(people.bank)
        decision = {"pack": "eco-finance-support", "rule": "eod-law", "is_met": True, "reason": "已核"}
        assert city.post(f"/api/v1/projects/{code}/judgements", json=decision).status_code == 403
        assert city.post("/api/v1/rehearsals", json={"pack": "x", "old": "1", "new": "2"}).status_code == 403
        assert city.post("/api/v1/private-packs", json={"files": {}}).status_code == 403
        assert city.get("/api/v1/private-packs").status_code == 403
        for caller in (other, bank):
            for part in ("assessments", "nearest", "route", "judgements"):
                assert caller.get(f"/api/v1/projects/{code}/{part}").status_code == 404
            assert caller.post(f"/api/v1/projects/{code}/assessments").status_code == 404

    def test_is_described(self, anybody: Client) -> None:
        document = anybody.get("/schema/openapi.json").json()
        paths = document["paths"]
        asked = paths["/api/v1/rehearsals"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert asked == {"$ref": "#/components/schemas/RehearsalIn"}
        assert "requestBody" not in paths["/api/v1/projects/{code}/assessments"]["post"]
        dossier = paths["/api/v1/projects"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert dossier == {"$ref": "#/components/schemas/Dossier"}
        assert set(document["components"]["schemas"]) >= {"RuleBook", "JudgementIn", "AssessmentRecord"}


class TestLibraries:
    def test_tell_versions_and_rules_by_confidence(self, city: Caller) -> None:
        found = {each["pack"]: each for each in city.get("/api/v1/libraries?as_of=2024-06-01").json()}
        support = found["eco-finance-support"]
        assert support["in_force"] == "2024"
        assert [each["version"] for each in support["versions"]] == ["2022", "2024", "2025"]
        for version in support["versions"]:
            assert sum(version["by_confidence"].values()) == version["rules"] > 0
        assert found["central-eco-fund"]["owner"] is None

    def test_give_the_book_of_the_date(self, city: Caller) -> None:
        rules = {
            day: {
                each["rule"] for each in city.get(f"/api/v1/libraries/eco-finance-support?as_of={day}").json()["rules"]
            }
            for day in ("2023-06-01", "2026-11-21")
        }
        assert rules["2026-11-21"] - rules["2023-06-01"]
        assert city.get("/api/v1/libraries/nobody").status_code == 404
        assert city.get("/api/v1/libraries/eco-finance-support?as_of=1999-01-01").status_code == 404
        assert city.get("/api/v1/libraries/eco-finance-support?as_of=tomorrow").status_code == 400

    def test_are_searched_by_word_and_by_fact(self, city: Caller) -> None:
        found = city.get("/api/v1/rules", params={"search": "隐性债务"}).json()
        assert found
        assert all("隐性债务" in json.dumps(each, ensure_ascii=False) for each in found)
        by_fact = city.get("/api/v1/rules", params={"fact": "has_hidden_debt", "limit": 2}).json()
        assert 1 <= len(by_fact) <= 2
        assert all("has_hidden_debt" in each["entry"]["facts"] for each in by_fact)
        assert city.get("/api/v1/rules", params={"search": "没有这样的规则"}).json() == []


class TestAssessments:
    def test_are_kept_once_and_read_with_the_tree(self, city: Caller, code: str, engine: Engine) -> None:
        path = f"/api/v1/projects/{code}/assessments"
        first = city.post(f"{path}?as_of=2026-11-21")
        again = city.post(f"{path}?as_of=2026-11-21")
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        earlier = city.post(f"{path}?as_of=2024-06-01").json()
        assert [each["id"] for each in city.get(path).json()] == [earlier["id"], first.json()["id"]]
        read = city.get(first.headers["location"]).json()
        assert read["document"]["governing_date"] == "2026-11-21"
        verdicts = {each["pack"]: each for each in read["document"]["libraries"]}
        assert verdicts["eco-finance-support"]["verdict"] == "ineligible"
        closed = next(
            each
            for each in verdicts["eco-finance-support"]["answers"]
            if each["status"] == "fail" and each["severity"] == "block"
        )
        assert closed["reason"]["holds"] is False
        with reading(engine) as session:
            assert read["hash"] == session.get_one(Assessment, first.json()["id"]).hash

    def test_of_another_project_are_not_found(self, city: Caller, code: str) -> None:
        other = city.post("/api/v1/projects", json={**PROJECT, "name": "另一工程"}).json()["code"]
        number = city.post(f"/api/v1/projects/{code}/assessments").json()["id"]
        assert city.get(f"/api/v1/projects/{other}/assessments/{number}").status_code == 404
        assert city.get(f"/api/v1/projects/{code}/assessments/0").status_code == 400

    def test_tell_the_nearest_way_and_what_a_missing_fact_unlocks(self, city: Caller, code: str) -> None:
        ways = city.get(
            f"/api/v1/projects/{code}/nearest", params={"library": "project-capital", "as_of": "2026-11-21"}
        ).json()["ways"]
        assert [each["pack"] for each in ways] == ["project-capital"]
        found = city.get(f"/api/v1/projects/{code}/route?as_of=2026-11-21").json()
        assert {each["pack"] for each in found["libraries"]} >= {"central-eco-fund", "climate-investment"}
        assert all("answers" not in each for each in found["libraries"])
        missing = {each["name"] for library in found["libraries"] for each in library["missing"]}
        assert {each["name"] for each in found["wanted"]} == missing
        last = [each for each in found["wanted"] if any(reach["is_last"] for reach in each["reach"])]
        assert found["wanted"][: len(last)] == last


class TestJudgements:
    RULE = {"pack": "eco-finance-support", "rule": "eod-law", "is_met": True, "reason": "法制部门已出具意见"}

    def test_stand_under_a_name_and_are_never_carried_to_another_version(
        self, call_as: CallAs, people: People, code: str
    ) -> None:
        province, path = call_as(people.province), f"/api/v1/projects/{code}/judgements"
        answer = province.post(path, json={**self.RULE, "as_of": "2024-06-01"})
        assert answer.status_code == 201, answer.text
        assert (answer.json()["person"], answer.json()["version"]) == ("浙江省生态环境厅用户", "2024")
        (listed,) = province.get(f"{path}?as_of=2026-11-21").json()
        assert (listed["reason"], listed["is_current"]) == ("法制部门已出具意见", False)
        number = province.post(f"/api/v1/projects/{code}/assessments?as_of=2026-11-21").json()["id"]
        document = province.get(f"/api/v1/projects/{code}/assessments/{number}").json()["document"]
        library = next(each for each in document["libraries"] if each["pack"] == "eco-finance-support")
        law = next(each for each in library["answers"] if each["rule"] == "eod-law")
        assert (law["status"], law["judgement"]) == ("judgement", None)
        assert [each["version"] for each in library["judgements_not_carried"]] == ["2024"]

    @pytest.mark.parametrize(
        ("change", "status"),
        [({"reason": ""}, 422), ({"is_met": "yes"}, 422), ({"rule": "gfl-field"}, 404), ({"extra": 1}, 422)],
    )
    def test_refuse_what_is_no_decision(
        self, call_as: CallAs, people: People, code: str, change: dict[str, Any], status: int
    ) -> None:
        answer = call_as(people.province).post(f"/api/v1/projects/{code}/judgements", json={**self.RULE, **change})
        assert answer.status_code == status
        assert answer.json()["detail_en"]

    def test_refuse_what_is_no_json(self, call_as: CallAs, people: People, code: str) -> None:
        answer = call_as(people.province).post(f"/api/v1/projects/{code}/judgements", content=b"{")
        assert (answer.status_code, answer.json()["code"]) == (400, "not-json")


class TestJobs:
    def test_screen_everything_the_caller_may_see(
        self, city: Caller, call_as: CallAs, code: str, engine: Engine, people: People
    ) -> None:
        asked = city.post("/api/v1/screenings", json={"as_of": "2026-11-21"})
        assert asked.status_code == 202
        assert (asked.json()["state"], asked.json()["result"]) == ("queued", None)
        assert call_as(people.other_city).get(asked.headers["location"]).status_code == 404
        jobs.run_next(engine, handlers(engine))
        done = city.get(asked.headers["location"]).json()
        assert (done["state"], done["progress"], done["total"]) == ("done", 1, 1)
        assert done["result"]["verdicts"]["eco-finance-support"]["ineligible"] == 1

    def test_rehearse_a_change_with_winners_and_losers(
        self, call_as: CallAs, people: People, code: str, engine: Engine
    ) -> None:
        ministry = call_as(people.ministry)
        body = {"pack": "eco-finance-support", "old": "2024", "new": "2025", "as_of": "2026-11-21"}
        asked = ministry.post("/api/v1/rehearsals", json=body)
        assert asked.status_code == 202, asked.text
        jobs.run_next(engine, handlers(engine))
        done = ministry.get(asked.headers["location"]).json()
        assert done["state"] == "done", done["error"]
        found = done["result"]
        # The 2025 notice closes the national library to new EOD projects: the one project can only lose.
        assert (found["projects"], found["n_flips"], found["winners"], found["losers"]) == (1, 1, 0, 1)
        (flip,) = found["flips"]
        assert (flip["code"], flip["province"], flip["amount"], flip["after"]) == (
            code,
            "浙江省",
            "12345.67",
            "ineligible",
        )
        assert found["by_province"][0] == {
            "value": "浙江省",
            "before": flip["before"],
            "after": "ineligible",
            "projects": 1,
            "amount": "12345.67",
            "n_unknown_amounts": 0,
        }

    def test_refuse_a_rehearsal_of_what_is_not_there(self, call_as: CallAs, people: People) -> None:
        ministry = call_as(people.ministry)
        body = {"pack": "eco-finance-support", "old": "2024", "new": "2099"}
        assert ministry.post("/api/v1/rehearsals", json=body).status_code == 404
        broken = {**body, "pack": "sample", "draft": {**files(), "v1/rules.yaml": "- id: [\n"}}
        assert ministry.post("/api/v1/rehearsals", json=broken).status_code in {404, 422}


class TestPrivatePacks:
    def test_are_taken_as_a_zip_or_as_texts_and_ended(self, bank: Caller) -> None:
        answer = bank.post("/api/v1/private-packs", content=zipped(files()))
        assert answer.status_code == 201, answer.text
        assert (answer.json()["pack"], answer.json()["versions"]) == ("sample", ["v1", "v2"])
        assert bank.get(answer.headers["location"]).json()["files"] == files()
        assert bank.post("/api/v1/private-packs", json={"files": files()}).status_code == 201
        assert len(bank.get("/api/v1/private-packs").json()) == 1
        assert bank.delete("/api/v1/private-packs/sample").status_code == 204
        assert bank.get("/api/v1/private-packs").json() == []
        assert bank.delete("/api/v1/private-packs/sample").status_code == 404

    def test_are_nothing_to_another_bank(self, bank: Caller, call_as: CallAs, people: People) -> None:
        bank.post("/api/v1/private-packs", content=zipped(files()))
        other = call_as(people.other_bank)
        assert other.get("/api/v1/private-packs").json() == []
        for path in ("/api/v1/private-packs/sample", "/api/v1/libraries/sample"):
            assert other.get(path).status_code == 404
        assert other.delete("/api/v1/private-packs/sample").status_code == 404
        assert bank.get("/api/v1/libraries/sample?as_of=2024-06-01").json()["version"]["version"] == "v1"
        everybody = call_as(people.ministry).get("/api/v1/libraries").json()
        assert "sample" not in {each["pack"] for each in everybody}

    def test_judge_for_the_bank_and_leave_no_trace_in_the_shared_assessment(
        self, bank: Caller, city: Caller, code: str, engine: Engine, people: People
    ) -> None:
        release(engine, people, code)
        bank.post("/api/v1/private-packs", content=zipped(files()))
        mine = bank.get(f"/api/v1/projects/{code}/route?as_of=2024-06-01").json()["libraries"]
        assert next(each for each in mine if each["pack"] == "sample")["owner"] == "示例银行甲"
        number = bank.post(f"/api/v1/projects/{code}/assessments?as_of=2024-06-01").json()["id"]
        for caller in (bank, city):
            shared = caller.get(f"/api/v1/projects/{code}/assessments/{number}").text
            assert '"sample"' not in shared
        assert "sample" not in city.get(f"/api/v1/projects/{code}/route?as_of=2024-06-01").text

    def test_are_refused_whole_with_file_line_and_reason(self, bank: Caller, engine: Engine) -> None:
        broken = {
            **files(),
            "v1/rules.yaml": files()["v1/rules.yaml"].replace("total_investment <", "total_investmen <"),
        }
        answer = bank.post("/api/v1/private-packs", content=zipped(broken))
        assert answer.status_code == 422
        finding = answer.json()["findings"][0]
        assert finding["code"] == "unknown-fact"
        assert finding["path"].startswith("pack/v1/rules.yaml:")
        assert finding["row"] > 1
        with reading(engine) as session:
            assert session.get(PrivatePack, 1) is None or bank.get("/api/v1/private-packs").json() == []

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (zipped({"../evil.yaml": "a: 1"}), "file-in-pack"),
            (zipped({"run.py": "print()"}), "file-in-pack"),
            (zipped({"rules.yaml": "a: 1"}), "missing-file"),
            (zipped({f"v1/cases/{number}.yaml": "[]" for number in range(201)}), "pack-too-large"),
            (b"PK\x03\x04 and then nothing", "not-a-zip"),
        ],
    )
    def test_refuse_an_archive_that_is_no_pack(self, bank: Caller, content: bytes, code: str) -> None:
        answer = bank.post("/api/v1/private-packs", content=content)
        assert answer.status_code == 422
        assert answer.json()["findings"][0]["code"] == code

    def test_refuse_the_identifier_of_a_public_pack(self, bank: Caller) -> None:
        renamed = {
            name: text.replace("id: sample", "id: central-eco-fund").replace(
                "verdict_of: sample", "verdict_of: central-eco-fund"
            )
            for name, text in files().items()
        }
        answer = bank.post("/api/v1/private-packs", json={"files": renamed})
        assert answer.status_code == 422
        assert answer.json()["findings"][0]["code"] == "pack-id-taken"
