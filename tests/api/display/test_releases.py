"""The public display: nothing unreleased is ever reached without sign-in, what is withdrawn is gone at once."""

import re
from datetime import date

import pytest
from sqlalchemy import Engine

from api.conftest import Client, form_token, sign_in
from api.display.conftest import OPEN_FILES, OTHER, PDF, SECRET, Stage, everything, release, tomorrow
from builders import dossier
from conftest import People
from registry.database import writing
from registry.projects.catalogue import fields
from registry.projects.operations import create_project
from registry.web.bodies import as_of_or_today


class TestARelease:
    def test_shows_the_chosen_fields_and_no_word_of_anything_else(self, anybody: Client, stage: Stage) -> None:
        assert release(stage).status_code == 200
        pages = everything(anybody, f"/api/v1/display/projects/{stage.code}", f"/display/projects/{stage.other}")
        holding = {path for path, text in pages.items() if "湖州市吴兴区污水处理厂扩建工程" in text}
        assert {
            f"/display/projects/{stage.code}",
            "/api/v1/display/projects.csv",
            "/api/v1/display/projects.json",
        } <= holding
        assert [path for path, text in pages.items() if SECRET in text or OTHER in text] == []
        assert [p for p, text in pages.items() if stage.other in text and stage.other not in p] == []
        assert "12,345.67" in pages[f"/display/projects/{stage.code}"]

    def test_stays_as_it_was_when_the_project_is_changed(self, anybody: Client, stage: Stage) -> None:
        release(stage)
        project = f"/api/v1/projects/{stage.code}"
        etag = stage.city.get(project).headers["etag"]
        changed = {"name": "改后的名称", "city_code": "330502", "total_investment": "99999"}
        assert stage.city.put(project, json=changed, headers={"If-Match": etag}).status_code == 200
        pages = everything(anybody)
        assert [
            path for path, text in pages.items() if "改后的名称" in text or "99999" in text or "99,999" in text
        ] == []
        shown = anybody.get(f"/api/v1/display/projects/{stage.code}").json()["project"]
        assert shown["summary"]["revision_number"] == 1
        assert shown["document"]["total_investment"] == "12345.67"

    def test_names_revision_and_date_beside_each_number(self, anybody: Client, stage: Stage) -> None:
        release(stage, fields=("investment", "funding_lines"))
        text = anybody.get(f"/display/projects/{stage.code}").text
        today = as_of_or_today(None).isoformat()
        assert text.count(f"来源：第 1 版，{today}") == 3  # total, capital, and the table of funding lines
        assert "3,000.00" in text
        assert "5,000.00" in text

    def test_leads_from_a_number_to_the_document_released_with_it(self, anybody: Client, stage: Stage) -> None:
        paper = stage.city.post(f"/api/v1/projects/{stage.code}/documents?name=估算表.pdf", content=PDF).json()["id"]
        hidden = stage.city.post(f"/api/v1/projects/{stage.code}/documents?name=内部.pdf", content=PDF + b"%2\n").json()
        assert release(stage, evidence=[{"document": paper, "part": "investment"}]).status_code == 200
        text = anybody.get(f"/display/projects/{stage.code}").text
        address = re.search(r'href="(/display/projects/[^"]+/evidence/\d+)"', text)
        assert address is not None
        answer = anybody.get(address[1])
        assert answer.content == PDF
        assert answer.headers["content-disposition"].startswith("attachment")
        assert "内部.pdf" not in text
        number = int(address[1].rsplit("/", 1)[1])
        assert anybody.get(f"/display/projects/{stage.code}/evidence/{number + 1}").status_code == 404
        assert hidden["id"] > paper

    def test_before_its_day_is_not_there_for_anybody(self, anybody: Client, stage: Stage) -> None:
        assert release(stage, embargo_until=tomorrow()).status_code == 200
        for address in (f"/display/projects/{stage.code}", f"/api/v1/display/projects/{stage.code}"):
            assert anybody.get(address).status_code == 404
        assert [path for path, text in everything(anybody).items() if "吴兴区污水" in text or stage.code in text] == []
        assert stage.city.get(f"/api/v1/projects/{stage.code}/display").json()["embargo_until"] == tomorrow()

    def test_comes_by_itself_when_its_day_has_come(
        self, anybody: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        release(stage, embargo_until=tomorrow())
        before = anybody.get("/api/v1/display/projects.csv").headers["etag"]
        for module in ("registry.web.pages.display", "registry.web.api.display"):
            monkeypatch.setattr(f"{module}.as_of_or_today", lambda _: date.fromisoformat(tomorrow()))
        assert anybody.get(f"/display/projects/{stage.code}").status_code == 200
        again = anybody.get("/api/v1/display/projects.csv", headers={"If-None-Match": before})
        assert again.status_code == 200
        assert stage.code in again.text

    def test_withdrawn_is_gone_with_the_next_request_and_says_so(self, anybody: Client, stage: Stage) -> None:
        paper = stage.city.post(f"/api/v1/projects/{stage.code}/documents?name=估算表.pdf", content=PDF).json()["id"]
        release(stage, evidence=[{"document": paper, "part": "investment"}])
        addresses = [path for path, text in everything(anybody).items() if stage.code in path]
        tags = {path: anybody.get(path).headers.get("etag", "") for path in [*addresses, *OPEN_FILES]}
        assert stage.city.delete(f"/api/v1/projects/{stage.code}/display?reason=内容有误").status_code == 204
        for path in addresses:
            answer = anybody.get(path, headers={"If-None-Match": tags[path]})
            assert (path, answer.status_code) == (path, 410)
            assert "撤回" in answer.text
            assert answer.headers["cache-control"] == "no-store"
        for path in OPEN_FILES:
            answer = anybody.get(path, headers={"If-None-Match": tags[path]})
            assert stage.code not in answer.text
            assert "吴兴区污水" not in answer.text
        assert anybody.get("/api/v1/display/projects.json").json()["projects"] == []

    def test_withdrawn_before_its_day_was_never_there(self, anybody: Client, stage: Stage) -> None:
        release(stage, embargo_until=tomorrow())
        stage.ministry.delete(f"/api/v1/projects/{stage.code}/display?reason=暂缓")
        assert anybody.get(f"/display/projects/{stage.code}").status_code == 404

    def test_is_the_owners_to_make_and_the_ministrys_too_to_end(self, anybody: Client, stage: Stage) -> None:
        body = {"fields": ["total_investment"]}
        path = f"/api/v1/projects/{stage.code}/display"
        assert stage.other_city.put(path, json=body).status_code == 404
        assert {each.put(path, json=body).status_code for each in (stage.province, stage.ministry, stage.bank)} == {403}
        release(stage)
        assert stage.province.delete(f"{path}?reason=x").status_code == 403
        assert stage.ministry.delete(path).status_code == 422
        assert stage.ministry.delete(f"{path}?reason=不宜公开").status_code == 204

    @pytest.mark.parametrize("name", ["contact_phone", "contact_name", "financials", "documents", "nothing"])
    def test_refuses_what_is_never_shown(self, name: str, stage: Stage) -> None:
        answer = release(stage, fields=("total_investment", name))
        assert answer.status_code == 422
        assert answer.json()["findings"][0]["code"] == "not-showable"

    def test_of_a_project_changed_meanwhile_is_refused(self, stage: Stage) -> None:
        assert release(stage, expected_revision=7).status_code == 412

    def test_is_marked_as_invented_in_every_form(
        self, anybody: Client, engine: Engine, people: People, stage: Stage
    ) -> None:
        with writing(engine) as session:
            code = create_project(session, people.city, dossier(name="样例项目"), reason="示例", is_demo=True).code
        stage.city.put(f"/api/v1/projects/{code}/display", json={"fields": ["identity"]})
        for path in ("/display", "/display/projects", f"/display/projects/{code}", "/api/v1/display/projects.csv"):
            assert "示例数据" in anybody.get(path).text, path
        assert anybody.get("/api/v1/display/projects.json").json()["projects"][0]["x_registry"]["isDemo"] is True
        assert anybody.get("/api/v1/display").json()["totals"]["demo_projects"] == 1


class TestAnAnswerForEverybody:
    def test_may_be_kept_and_must_be_asked_for_again(self, anybody: Client, stage: Stage) -> None:
        release(stage)
        for path in (*OPEN_FILES, f"/display/projects/{stage.code}", f"/api/v1/display/projects/{stage.code}"):
            answer = anybody.get(path)
            assert answer.headers["cache-control"] == "public, no-cache", path
            assert "set-cookie" not in answer.headers
            assert "cookie" not in answer.headers.get("vary", "").lower()
            again = anybody.get(path, headers={"If-None-Match": answer.headers["etag"]})
            assert (path, again.status_code, again.content) == (path, 304, b"")

    def test_is_the_same_whoever_asks_and_whatever_cookies_come_along(self, anybody: Client, stage: Stage) -> None:
        release(stage)
        path = f"/display/projects/{stage.code}"
        plain = anybody.get(path)
        signed = stage.city.get(path, headers={"Accept-Language": "en"})
        anybody.cookies.set("registry_lang", "en")
        with_cookie = anybody.get(path)
        assert plain.content == signed.content == with_cookie.content
        assert "湖州市财政局" not in plain.text

    def test_speaks_english_by_address(self, anybody: Client, stage: Stage) -> None:
        release(stage)
        text = anybody.get(f"/display/projects/{stage.code}?lang=en").text
        assert '<html lang="en">' in text
        assert "Source: revision 1" in text


class TestASearch:
    def test_finds_by_what_was_released_and_not_by_what_was_not(self, anybody: Client, stage: Stage) -> None:
        release(stage)
        find = "/api/v1/display/projects?q="
        assert [each["code"] for each in anybody.get(f"{find}吴兴 污水").json()] == [stage.code]
        assert anybody.get(f"{find}{SECRET}").json() == []
        assert anybody.get(f"{find}%25").json() == []
        assert anybody.get("/api/v1/display/projects?province=37").json() == []
        assert len(anybody.get("/api/v1/display/projects?province=33").json()) == 1


class TestOpenData:
    def test_tells_what_was_not_released_from_what_is_not_known(
        self, anybody: Client, engine: Engine, people: People, stage: Stage
    ) -> None:
        release(stage, fields=("total_investment", "need_statement"))
        with writing(engine) as session:
            code = create_project(
                session, people.city, dossier(name="另一项目", total_investment=None), reason="录"
            ).code
        stage.city.put(f"/api/v1/projects/{code}/display", json={"fields": ["total_investment"]})
        lines = anybody.get("/api/v1/display/projects.csv").content.decode("utf-8-sig").splitlines()
        start = next(number for number, line in enumerate(lines) if line.startswith("项目编号"))
        head = lines[start].split(",")
        first, second = (dict(zip(head, line.split(","), strict=True)) for line in lines[start + 1 : start + 3])
        titles = ("总投资", fields()["need_statement"].term.zh)
        amount, need = (next(name for name in head if name.startswith(title)) for title in titles)
        assert (first[amount], first[need]) == ("12345.67", "")
        assert (second[amount], second[need]) == ("", "未公开")

    def test_is_oc4ids_of_the_released_fields_alone(self, anybody: Client, stage: Stage) -> None:
        release(stage)
        found = anybody.get("/api/v1/display/projects.json").json()
        project = found["projects"][0]
        assert found["version"] == "0.9"
        assert project["id"] == f"CN-registry-{stage.code}"
        assert project["budget"]["amount"] == {"amount": 123456700, "currency": "CNY"}
        assert "publicAuthority" not in project
        assert set(project["x_registry"]["releasedFields"]) == {
            "name", "city_code", "province_name", "city_name", "total_investment",
        }  # fmt: skip
        assert anybody.get(f"/api/v1/display/projects/{stage.code}/oc4ids").json() == project


class TestTheReleaseForm:
    def test_keeps_day_and_documents_when_released_again(self, anybody: Client, stage: Stage) -> None:
        paper = stage.city.post(f"/api/v1/projects/{stage.code}/documents?name=估算表.pdf", content=PDF).json()["id"]
        release(stage, evidence=[{"document": paper, "part": "investment"}], embargo_until=tomorrow())
        sign_in(anybody, "city")
        address = f"/projects/{stage.code}/display"
        text = anybody.get(address).text
        assert f'type="date" value="{tomorrow()}"' in text
        assert '<option value="investment" selected>' in text
        form = {"_csrf": form_token(text), "seen_revision": "1", "show-total_investment": "on"}
        form |= {f"paper-{paper}": "investment", "embargo_until": "2020-01-01", "introduction": "写了很久的简介"}
        refused = anybody.post(address, data=form)
        assert refused.status_code == 422
        assert "写了很久的简介" in refused.text
        assert anybody.post(address, data={**form, "embargo_until": ""}).status_code == 200
        shown = anybody.get(f"/api/v1/display/projects/{stage.code}").json()["project"]
        assert (shown["introduction"], len(shown["evidence"])) == ("写了很久的简介", 1)
        assert anybody.post(address, data={**form, "take": "withdraw", "reason": "有误"}).status_code == 200
        assert anybody.get(f"/display/projects/{stage.code}").status_code == 410
