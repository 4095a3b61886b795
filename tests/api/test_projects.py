import re
from typing import Any

import pytest
from sqlalchemy import Engine

from api.conftest import CallAs, Caller, Client
from conftest import People
from registry.accounts.queries import banks
from registry.database import reading, writing
from registry.projects.operations import release_project
from registry.projects.queries import list_codes

DOCUMENT: dict[str, Any] = {
    "name": "湖州市吴兴区污水处理厂扩建工程",
    "city_code": "330502",
    "province_name": "浙江省",
    "total_investment": "12345.67",
    "funding_lines": [{"source": "city", "year": 2026, "amount": "3000", "status": "secured"}],
}


def created(client: Caller, **changes: Any) -> str:
    answer = client.post("/api/v1/projects", json={**DOCUMENT, **changes})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


class TestListing:
    def test_is_refused_to_anybody(self, anybody: Client, people: People) -> None:
        answer = anybody.get("/api/v1/projects")
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["code"] == "not-signed-in"

    def test_shows_a_group_nothing_of_another(self, city: Caller, call_as: CallAs, people: People) -> None:
        created(city)
        for actor, expected in (
            (people.other_city, 0),
            (people.bank, 0),
            (people.province, 1),
            (people.ministry, 1),
        ):
            assert len(call_as(actor).get("/api/v1/projects").json()["items"]) == expected

    def test_gives_every_project_once_through_its_cursor(self, city: Caller) -> None:
        codes = [created(city, name=f"第{number}号工程") for number in range(5)]
        seen, after = [], None
        for _ in range(3):
            page = city.get("/api/v1/projects", params={"limit": 2, **({"after": after} if after else {})}).json()
            seen += [item["code"] for item in page["items"]]
            after = page["next"]
        assert seen == codes
        assert after is None

    def test_finds_by_a_part_of_the_name_taken_literally(self, city: Caller) -> None:
        created(city, name="百分之百（100%）再生水工程")
        created(city, name="再生水工程100号")
        found = city.get("/api/v1/projects", params={"search": "100%"}).json()["items"]
        assert [item["name"] for item in found] == ["百分之百（100%）再生水工程"]

    @pytest.mark.parametrize("search", ["吴兴 污水", "wuxing", "wxq", "湖州市"])
    def test_finds_several_words_pinyin_and_initials(self, city: Caller, search: str) -> None:
        wanted = created(city)
        created(city, name="绿道工程")
        items = city.get("/api/v1/projects", params={"search": search}).json()["items"]
        assert [item["code"] for item in items] == [wanted]

    def test_narrows_sorts_and_pages_by_the_address(self, city: Caller) -> None:
        amounts = ("5", "70", None, "70", "9")
        codes = [created(city, total_investment=amount, beautiful_city_task="plastics") for amount in amounts]
        created(city, total_investment="80")
        asked = {"task": "plastics", "investment_min": "6", "sort": "investment", "limit": 2}
        first = city.get("/api/v1/projects", params=asked).json()
        second = city.get("/api/v1/projects", params={**asked, "after": first["next"]}).json()
        assert [item["code"] for item in first["items"]] == [codes[1], codes[3]]
        assert [item["code"] for item in second["items"]] == [codes[4]]
        assert second["next"] is None

    def test_puts_what_is_unknown_last_when_sorted_by_investment(self, city: Caller) -> None:
        codes = [created(city, total_investment=amount) for amount in (None, "0", "3")]
        items = city.get("/api/v1/projects", params={"sort": "investment"}).json()["items"]
        assert [item["code"] for item in items] == codes[::-1]

    @pytest.mark.parametrize(
        ("asked", "path"),
        [
            ({"sort": "name"}, "sort"),
            ({"state": "nowhere"}, "state"),
            ({"investment_min": "many"}, "investment_min"),
            ({"search": "a", "after": "nowhere"}, "after"),
        ],
    )
    def test_refuses_what_it_does_not_know_by_its_name(self, city: Caller, asked: dict[str, str], path: str) -> None:
        answer = city.get("/api/v1/projects", params=asked)
        assert answer.status_code == 422
        assert [finding["path"] for finding in answer.json()["findings"]] == [path]

    def test_tells_a_bank_nothing_of_applications(self, call_as: CallAs, people: People) -> None:
        for asked in ({"state": "submitted"}, {"library": "central-eco-fund"}):
            assert call_as(people.bank).get("/api/v1/projects", params=asked).status_code == 403
            assert call_as(people.bank).get("/projects.csv", params=asked).status_code == 403
            assert call_as(people.province).get("/api/v1/projects", params=asked).status_code == 200

    @pytest.mark.parametrize("limit", ["0", "101", "x", "-1"])
    def test_refuses_a_page_size_out_of_range(self, city: Caller, limit: str) -> None:
        answer = city.get("/api/v1/projects", params={"limit": limit})
        assert answer.status_code == 400
        assert answer.json()["findings"][0]["path"] == "limit"

    def test_gives_money_as_text_and_unknown_as_null(self, city: Caller) -> None:
        created(city, total_investment="100000")
        created(city, total_investment=None)
        items = city.get("/api/v1/projects").json()["items"]
        assert [item["total_investment"] for item in items] == ["100000", None]


class TestReading:
    def test_is_refused_to_anybody(self, anybody: Client, city: Caller) -> None:
        assert anybody.get(f"/api/v1/projects/{created(city)}").status_code == 401

    def test_does_not_tell_another_group_that_the_project_exists(
        self, city: Caller, call_as: CallAs, people: People
    ) -> None:
        code = created(city)
        bank = call_as(people.bank)
        there, not_there = bank.get(f"/api/v1/projects/{code}"), bank.get("/api/v1/projects/ML-9999999")
        assert there.status_code == not_there.status_code == 404
        assert there.json()["detail"].replace(code, "") == not_there.json()["detail"].replace("ML-9999999", "")

    def test_gives_the_document_as_it_was_saved(self, city: Caller) -> None:
        answer = city.get(f"/api/v1/projects/{created(city)}")
        assert answer.status_code == 200
        assert answer.json()["document"] == DOCUMENT
        assert answer.json()["revision_number"] == 1
        assert answer.headers["etag"] == f'"{answer.json()["hash"]}"'

    def test_sends_nothing_again_to_who_holds_it(self, city: Caller) -> None:
        path = f"/api/v1/projects/{created(city)}"
        tag = city.get(path).headers["etag"]
        for held in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = city.get(path, headers={"If-None-Match": held})
            assert again.status_code == 304
            assert again.content == b""
            assert again.headers["etag"] == tag
        assert city.get(path, headers={"If-None-Match": '"other"'}).status_code == 200

    def test_reaches_a_bank_once_released(self, city: Caller, call_as: CallAs, engine: Engine, people: People) -> None:
        code = created(city)
        with reading(engine) as session:
            bank = next(bank for bank in banks(session) if bank.id == people.bank.organisation_id)
        with writing(engine) as session:
            release_project(session, people.city, code, organisation_id=bank.id)
        client = call_as(people.bank)
        assert client.get(f"/api/v1/projects/{code}").status_code == 200
        assert client.get(f"/api/v1/projects/{code}/revisions").status_code == 403
        assert call_as(people.other_bank).get(f"/api/v1/projects/{code}").status_code == 404


class TestCreating:
    def test_is_refused_to_anybody(self, anybody: Client, people: People, engine: Engine) -> None:
        assert anybody.post("/api/v1/projects", json=DOCUMENT).status_code == 401
        with reading(engine) as session:
            assert len(list_codes(session, people.ministry)) == 0

    def test_is_refused_to_who_does_not_enter_projects(self, call_as: CallAs, people: People) -> None:
        for actor in (people.bank, people.province, people.ministry):
            answer = call_as(actor).post("/api/v1/projects", json=DOCUMENT)
            assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")

    def test_answers_where_the_project_is(self, city: Caller) -> None:
        answer = city.post("/api/v1/projects", json=DOCUMENT)
        assert answer.status_code == 201
        assert city.get(answer.headers["location"]).headers["etag"] == answer.headers["etag"]

    def test_acts_once_for_one_idempotency_key(self, city: Caller) -> None:
        first = city.post("/api/v1/projects", json=DOCUMENT, headers={"Idempotency-Key": "k-1"})
        again = city.post("/api/v1/projects", json=DOCUMENT, headers={"Idempotency-Key": "k-1"})
        assert again.status_code == 201
        assert again.json() == first.json()
        assert again.headers["location"] == first.headers["location"]
        assert again.headers["idempotent-replayed"] == "true"
        assert "idempotent-replayed" not in first.headers
        assert len(city.get("/api/v1/projects").json()["items"]) == 1

    def test_refuses_one_key_for_two_different_projects(self, city: Caller) -> None:
        city.post("/api/v1/projects", json=DOCUMENT, headers={"Idempotency-Key": "k-1"})
        other = city.post("/api/v1/projects", json={"name": "另一个项目"}, headers={"Idempotency-Key": "k-1"})
        assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")

    def test_keeps_the_keys_of_two_users_apart(self, city: Caller, call_as: CallAs, people: People) -> None:
        first = city.post("/api/v1/projects", json=DOCUMENT, headers={"Idempotency-Key": "k-1"})
        other = call_as(people.other_city).post("/api/v1/projects", json=DOCUMENT, headers={"Idempotency-Key": "k-1"})
        assert other.status_code == 201
        assert other.json()["code"] != first.json()["code"]

    def test_leaves_the_key_free_after_a_refusal(self, city: Caller) -> None:
        refused = city.post("/api/v1/projects", json={"name": 3}, headers={"Idempotency-Key": "k-1"})
        assert refused.status_code == 422
        assert city.post("/api/v1/projects", json=DOCUMENT, headers={"Idempotency-Key": "k-1"}).status_code == 201


class TestBadInput:
    def test_is_named_all_at_once_in_both_languages(self, city: Caller, engine: Engine, people: People) -> None:
        body = """{
            "name": "甲", "total_investment": true, "published_coverage_multiple": "three",
            "construction_progress_ratio": 1.5, "expected_revenue": NaN, "nmae": "x",
            "funding_lines": [{"source": "cty", "status": "secured", "amount": "12.1234567"}, {"source": "city"}, 3],
            "bond_issuances": {}, "contact_name": "a\\u0000b"
        }"""
        answer = city.post("/api/v1/projects", content=body)
        assert answer.status_code == 422
        problem = answer.json()
        found = {finding["path"]: finding for finding in problem["findings"]}
        assert {path: finding["code"] for path, finding in found.items()} == {
            "name": "string-too-short",
            "total_investment": "not-an-amount",
            "published_coverage_multiple": "not-a-number",
            "construction_progress_ratio": "less-than-equal",
            "expected_revenue": "not-a-number",
            "nmae": "unknown-field",
            "funding_lines[0].source": "not-in-list",
            "funding_lines[0].amount": "finer-than-fen",
            "funding_lines[1].status": "missing",
            "funding_lines[2]": "model-attributes-type",
            "bond_issuances": "list-type",
            "contact_name": "control-character",
        }
        assert found["funding_lines[0].amount"]["message"].startswith("资金来源第 1 条·金额（万元）：")
        assert "total_investment" not in found["total_investment"]["message"]
        assert found["total_investment"]["message"].startswith("总投资（万元）：应为")
        assert found["total_investment"]["message_en"].startswith("Total investment")
        assert found["published_coverage_multiple"]["value"] == "three"
        assert 'did you mean "name"' in found["nmae"]["message_en"]
        with reading(engine) as session:
            assert len(list_codes(session, people.ministry)) == 0

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            (b"", 400, "not-json"),
            (b"{bad", 400, "not-json"),
            (b"\xff\xfe{}", 400, "not-json"),
            (b"[" * 50_000, 400, "not-json"),
            (b'{"total_investment": ' + b"9" * 5000 + b"}", 400, "not-json"),
            (b"[1]", 422, "invalid-input"),
            (b'"text"', 422, "invalid-input"),
            (b'{"name": "ab", "name": "cd"}', 422, "invalid-input"),
            (b'{"name": "\\ud800\\u4e2d"}', 422, "invalid-input"),
            (b'{"total_investment": 1e999}', 422, "invalid-input"),
            (b'{"name": "' + b"x" * 3_000_000 + b'"}', 413, "http-413"),
        ],
    )
    def test_gets_one_clear_problem(self, city: Caller, body: bytes, status: int, code: str) -> None:
        answer = city.post("/api/v1/projects", content=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"

    def test_keeps_every_digit_of_a_number(self, city: Caller) -> None:
        code = created(city, total_investment=None)
        body = b'{"name": "\xe6\xb1\xa1\xe6\xb0\xb4", "total_investment": 9999999999.123456}'
        tag = city.get(f"/api/v1/projects/{code}").headers["etag"]
        assert city.put(f"/api/v1/projects/{code}", content=body, headers={"If-Match": tag}).status_code == 200
        assert city.get(f"/api/v1/projects/{code}").json()["document"]["total_investment"] == "9999999999.123456"


class TestChanging:
    def test_is_refused_to_anybody(self, anybody: Client, city: Caller) -> None:
        assert anybody.put(f"/api/v1/projects/{created(city)}", json=DOCUMENT).status_code == 401

    def test_is_refused_to_another_city_and_to_reviewers(self, city: Caller, call_as: CallAs, people: People) -> None:
        code = created(city)
        path, tag = f"/api/v1/projects/{code}", city.get(f"/api/v1/projects/{code}").headers["etag"]
        for actor, status in ((people.other_city, 404), (people.bank, 403), (people.province, 403)):
            answer = call_as(actor).put(path, json={"name": "改写他人项目"}, headers={"If-Match": tag})
            assert answer.status_code == status
        assert city.get(path).json()["document"] == DOCUMENT

    def test_makes_a_revision_of_what_the_author_saw(self, city: Caller) -> None:
        path = f"/api/v1/projects/{created(city)}"
        tag = city.get(path).headers["etag"]
        answer = city.put(
            path, json={**DOCUMENT, "name": "改名工程"}, headers={"If-Match": tag}, params={"reason": "更正名称"}
        )
        assert answer.status_code == 200
        assert answer.json()["revision_number"] == 2
        assert answer.headers["etag"] == city.get(path).headers["etag"] != tag
        revisions = city.get(f"{path}/revisions").json()
        assert [item["number"] for item in revisions] == [1, 2]
        assert revisions[1]["reason"] == "更正名称"
        assert revisions[1]["previous_hash"] == revisions[0]["hash"]
        assert city.get(f"{path}/revisions/1").json()["document"] == DOCUMENT
        assert city.get(f"{path}/revisions/3").status_code == 404

    @pytest.mark.parametrize("headers", [{}, {"If-Match": "*"}, {"If-Match": ""}])
    def test_must_say_which_revision_it_builds_on(self, city: Caller, headers: dict[str, str]) -> None:
        answer = city.put(f"/api/v1/projects/{created(city)}", json=DOCUMENT, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (428, "precondition-required")

    def test_never_overwrites_what_its_author_did_not_see(self, city: Caller) -> None:
        path = f"/api/v1/projects/{created(city)}"
        tag = city.get(path).headers["etag"]
        city.put(path, json={**DOCUMENT, "total_investment": "20000"}, headers={"If-Match": tag})
        late = city.put(path, json={**DOCUMENT, "name": "改名工程"}, headers={"If-Match": tag})
        assert late.status_code == 412
        assert late.json()["differences"] == [
            {"path": "name", "before": DOCUMENT["name"], "after": "改名工程"},
            {"path": "total_investment", "before": "20000", "after": "12345.67"},
        ]
        assert city.get(path).json()["document"] == {**DOCUMENT, "total_investment": "20000"}

    def test_does_not_count_a_weak_tag(self, city: Caller) -> None:
        path = f"/api/v1/projects/{created(city)}"
        tag = city.get(path).headers["etag"]
        assert city.put(path, json=DOCUMENT, headers={"If-Match": f"W/{tag}"}).status_code == 412

    def test_makes_no_revision_of_what_is_the_same(self, city: Caller) -> None:
        path = f"/api/v1/projects/{created(city)}"
        tag = city.get(path).headers["etag"]
        answer = city.put(path, json=DOCUMENT, headers={"If-Match": tag})
        assert (answer.json()["change"], answer.json()["revision_number"]) == ("unchanged", 1)


class TestListPage:
    def test_offers_facets_with_counts_and_chips_to_take_conditions_away(self, city: Caller) -> None:
        created(city, published_field="水利")
        created(city, published_field="水利", city_code="320102")
        created(city, published_field="固废")
        page = city.get("/projects", params={"field": "水利", "search": "wushui", "sort": "saved"}).text
        assert "<strong>2</strong>" in page
        # Another province leaves one; another field leaves one although 水利 is chosen.
        assert re.search(r'province=%E6%B1%9F%E8%8B%8F%E7%9C%81[^"]*"\s*><span>江苏省</span> <span class="n">1<', page)
        assert re.search(r'field=%E5%9B%BA%E5%BA%9F[^"]*"\s*><span>固废</span> <span class="n">1<', page)
        assert re.search(r'class="chip" href="/projects\?search=wushui&amp;sort=saved"', page)
        assert 'href="/projects?field=%E6%B0%B4%E5%88%A9&amp;sort=saved"' in page
        assert ">清除全部条件<" in page
        assert 'name="field" value="水利"' in page

    def test_keeps_facets_of_applications_from_banks(
        self, city: Caller, call_as: CallAs, engine: Engine, people: People
    ) -> None:
        code = created(city)
        answer = city.post(f"/api/v1/projects/{code}/applications", json={"library": "central-eco-fund"})
        assert answer.status_code == 201, answer.text
        assert "申请状态" in city.get("/projects").text
        with writing(engine) as session:
            release_project(session, people.city, code, organisation_id=people.bank.organisation_id)
        page = call_as(people.bank).get("/projects").text
        assert code in page
        assert "申请状态" not in page

    def test_downloads_what_it_shows_in_the_same_order(self, city: Caller) -> None:
        codes = [created(city, total_investment=amount) for amount in ("1", "3", "2")]
        table = city.get("/projects.csv", params={"sort": "investment", "investment_min": "2"}).text
        assert re.findall(r"ML-\d+", table) == [codes[1], codes[2]]
        assert city.get("/projects.xlsx", params={"sort": "investment"}).status_code == 200
