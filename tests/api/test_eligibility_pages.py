"""The pages of eligibility, as a browser without scripts asks for them."""

import re
from typing import Any

import pytest
from sqlalchemy import Engine

from api.conftest import Client, form_token, sign_in
from api.test_eligibility import PROJECT, files, zipped
from conftest import People
from registry import jobs
from registry.assessments.work import handlers
from registry.database import writing
from registry.projects.operations import create_project, release_project
from registry.projects.validation import validate_dossier

PAGES = ("/rules", "/rules/project-capital", "/rehearsals", "/private-packs", "/projects/ML-0000001/nearest")


@pytest.fixture
def code(engine: Engine, people: People) -> str:
    with writing(engine) as session:
        made = create_project(session, people.city, validate_dossier(PROJECT), reason="录入").code
        release_project(session, people.city, made, organisation_id=people.bank.organisation_id)
        return made


def post(client: Client, path: str, page: str, **details: Any) -> Any:
    token = form_token(client.get(page).text)
    data = {"_csrf": token, **details.pop("data", {})}
    return client.post(path, data=data, follow_redirects=False, **details)


class TestEveryPage:
    def test_sends_anybody_to_the_sign_in_page(self, anybody: Client, people: People) -> None:
        for path in PAGES:
            answer = anybody.get(path, follow_redirects=False)
            assert (answer.status_code, answer.headers["location"].startswith("/sign-in")) == (303, True)

    def test_is_refused_to_the_wrong_group(self, anybody: Client, people: People) -> None:
        sign_in(anybody, "city")
        assert [anybody.get(path).status_code for path in ("/rehearsals", "/private-packs")] == [403, 403]

    def test_speaks_english_without_a_word_of_chinese_left_in_its_own_text(
        self, anybody: Client, people: People
    ) -> None:
        sign_in(anybody, "ministry")
        text = anybody.get("/rehearsals?lang=en").text
        assert "Compare two versions of a pack" in text
        heads = re.findall(r"<(?:h1|h2|label|th)[^>]*>([^<]*)<", text)
        assert heads
        assert not [head for head in heads if re.search(r"[\u4e00-\u9fff]", head)]


class TestTheProjectPage:
    def test_shows_verdicts_in_words_with_what_is_missing_first(
        self, anybody: Client, people: People, code: str
    ) -> None:
        sign_in(anybody, "city")
        text = anybody.get(f"/projects/{code}").text
        assert text.index("先补这些资料") < text.index("项目储备库</h3>")
        assert "不符合" in text
        assert f'href="/projects/{code}/edit#f-' in text
        assert "尚未留存" in text

    def test_keeps_an_assessment_on_the_chosen_date_and_shows_its_tree(
        self, anybody: Client, people: People, code: str
    ) -> None:
        sign_in(anybody, "city")
        made = post(anybody, f"/projects/{code}/assessments", f"/projects/{code}", data={"as_of": "2024-06-01"})
        assert made.status_code == 303
        text = anybody.get(made.headers["location"]).text
        assert "适用日期 2024-06-01" in text
        assert "环办科财〔2023〕22号" in text
        assert 'class="node fail"' in text or 'class="node unknown"' in text
        assert made.headers["location"] in anybody.get(f"/projects/{code}").text
        bad = post(anybody, f"/projects/{code}/assessments", f"/projects/{code}", data={"as_of": "soon"})
        assert bad.status_code == 422

    def test_leads_from_the_nearest_way_to_the_field(self, anybody: Client, people: People, code: str) -> None:
        sign_in(anybody, "city")
        text = anybody.get(f"/projects/{code}/nearest?as_of=2026-11-21", headers={"hx-request": "true"}).text
        assert "<html" not in text
        assert re.search(rf'class="button step" href="/projects/{code}/edit#[fs]-', text)

    def test_lets_a_reviewer_decide_with_a_reason(self, anybody: Client, people: People, code: str) -> None:
        sign_in(anybody, "province")
        made = post(anybody, f"/projects/{code}/assessments", f"/projects/{code}", data={"as_of": "2024-06-01"})
        page = made.headers["location"]
        form = {"pack": "eco-finance-support", "rule": "eod-law", "as_of": "2024-06-01", "is_met": "true"}
        assert post(anybody, f"/projects/{code}/judgements", page, data={**form, "reason": ""}).status_code == 422
        decided = post(anybody, f"/projects/{code}/judgements", page, data={**form, "reason": "法制部门已审"})
        assert decided.status_code == 303
        text = anybody.get(decided.headers["location"]).text
        assert "浙江省生态环境厅用户" in text
        assert "法制部门已审" in text


class TestTheRulePages:
    def test_put_the_clause_left_and_the_rule_right(self, anybody: Client, people: People) -> None:
        sign_in(anybody, "city")
        text = anybody.get("/rules/project-capital?as_of=2026-11-21").text
        row = text[text.index('id="cap-floor-port"') :]
        assert row.index("国发〔2019〕26号") < row.index("港口、沿海及内河航运资本金不低于 20%")
        assert anybody.get("/rules").status_code == 200
        assert anybody.get("/rules/nobody").status_code == 404

    def test_rehearse_from_the_form_to_the_result(
        self, anybody: Client, people: People, code: str, engine: Engine
    ) -> None:
        sign_in(anybody, "ministry")
        fields = {"old": "eco-finance-support@2024", "new": "2025", "as_of": "2026-11-21"}
        asked = post(anybody, "/rehearsals", "/rehearsals", data=fields, files={"draft": ("", b"")})
        assert asked.status_code == 303
        assert "正在试算" in anybody.get(asked.headers["location"]).text
        jobs.run_next(engine, handlers(engine))
        text = anybody.get(asked.headers["location"]).text
        assert f'href="/projects/{code}"' in text
        assert "浙江省" in text
        draft = {"draft": ("draft.zip", b"PK\x03\x04 nothing", "application/zip")}
        broken = post(anybody, "/rehearsals", "/rehearsals", data=fields, files=draft)
        assert broken.status_code == 422
        assert "无法读取 ZIP" in broken.text


class TestAPrivatePack:
    def test_is_uploaded_used_for_its_bank_alone_and_ended(self, anybody: Client, people: People, code: str) -> None:
        sign_in(anybody, "bank")
        archive = {"file": ("sample.zip", zipped(files()), "application/zip")}
        assert post(anybody, "/private-packs", "/private-packs", files=archive).status_code == 303
        assert "示例规则包" in anybody.get("/private-packs").text
        assert "示例规则包" in anybody.get(f"/projects/{code}").text
        sign_in(anybody, "other_bank")
        assert "示例规则包" not in anybody.get("/private-packs").text
        assert "示例规则包" not in anybody.get("/rules").text
        sign_in(anybody, "city")
        assert "示例规则包" not in anybody.get(f"/projects/{code}").text
        sign_in(anybody, "bank")
        assert post(anybody, "/private-packs/sample/end", "/private-packs").status_code == 303
        assert "示例规则包" not in anybody.get("/private-packs").text

    def test_keeps_what_was_typed_when_it_is_refused(self, anybody: Client, people: People) -> None:
        sign_in(anybody, "bank")
        typed = {"pack": "id: mine\n", "rules": "- id: [", "parameters": "", "cases": "", "reading": ""}
        answer = post(anybody, "/private-packs", "/private-packs", data=typed, files={"file": ("", b"")})
        assert answer.status_code == 422
        assert "id: mine" in answer.text
        assert "pack/pack.yaml:1" in answer.text
