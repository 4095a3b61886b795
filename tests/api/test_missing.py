import re
from typing import Any

import pytest
from sqlalchemy import Engine

from api.conftest import CallAs, Caller, Client, form_token, sign_in
from builders import dossier
from conftest import People
from registry.database import writing
from registry.projects.operations import create_project


@pytest.fixture
def code(engine: Engine, people: People) -> str:
    with writing(engine) as session:
        return create_project(session, people.city, dossier(), reason="录入").code


def whys(answer: dict[str, Any]) -> list[dict[str, Any]]:
    parts = [part for step in answer["steps"] for part in step["sections"]]
    return [why for part in parts for item in part["items"] for why in item["why"]]


class TestWhatIsMissing:
    def test_is_refused_to_anybody_and_to_other_groups(
        self, anybody: Client, call_as: CallAs, people: People, code: str
    ) -> None:
        assert anybody.get(f"/api/v1/projects/{code}/missing").status_code == 401
        for actor in (people.other_city, people.bank):
            assert call_as(actor).get(f"/api/v1/projects/{code}/missing").status_code == 404

    def test_is_told_by_step_section_and_field_with_who_asks(self, city: Caller, code: str) -> None:
        answer = city.get(f"/api/v1/projects/{code}/missing?as_of=2026-11-21").json()
        steps = {step["step"]: step for step in answer["steps"]}
        assert list(steps) == ["draft", "submitted", "in_library", "packaged"]
        identity = steps["submitted"]["sections"][0]
        assert (identity["section"], identity["title_zh"]) == ("identity", "基本信息")
        first = identity["items"][0]
        assert (first["path"], first["title_zh"]) == ("approval_code", "投资项目代码")
        assert first["why"][0]["kind"] == "catalogue"
        rules = [why for why in whys(answer) if why["kind"] == "rule"]
        assert all(why["rule"] and why["clause"] and why["pack_zh"] for why in rules)
        assert {"central-eco-fund", "eco-finance-support"} <= {why["pack"] for why in rules}
        one = city.get(f"/api/v1/projects/{code}/missing?library=special-bond").json()
        packs = {why["pack"] for why in whys(one)}
        assert packs == {None, "special-bond"}
        assert city.get(f"/api/v1/projects/{code}/missing?library=none").status_code == 404

    def test_is_the_same_on_the_page_which_links_to_each_field(self, anybody: Client, city: Caller, code: str) -> None:
        answer = city.get(f"/api/v1/projects/{code}/missing").json()
        sign_in(anybody, "city")
        shown = anybody.get(f"/projects/{code}").text
        panel = shown.partition('id="missing"')[2].partition("</section>")[0]
        counts = [int(n) for n in re.findall(r"缺 (\d+) 项", panel)]
        assert counts == [step["count"] for step in answer["steps"] if step["count"]]
        form = anybody.get(f"/projects/{code}/edit").text
        anchors = set(re.findall(rf'href="/projects/{code}/edit#([^"]+)"', panel))
        assert len(anchors) > 10
        assert [anchor for anchor in sorted(anchors) if f'id="{anchor}"' not in form] == []

    def test_is_counted_by_section_while_somebody_types(self, anybody: Client, code: str) -> None:
        sign_in(anybody, "city")
        page = anybody.get(f"/projects/{code}/edit").text
        before = re.search(r"“提交”还缺 (\d+) 项", page)
        assert before is not None
        assert "下一部分：建设内容与进度" in page
        typed = {"_csrf": form_token(page), "project_code": code, "name": "名称", "implementer_name": "某公司"}
        live = anybody.post("/projects/check", data={**typed, "total_investment": "十万"}).text
        after = re.search(r"“提交”还缺 (\d+) 项", live)
        assert after is not None
        # The name was there already, capital and division code were taken out; a wrong amount is wrong, not missing.
        assert int(after[1]) == int(before[1]) - 1 + 2
        assert 'id="still" hx-swap-oob="true"' in live
        assert "有 1 处填写有误" in live
