import re
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import Engine

from api.conftest import Client, form_token, sign_in
from applications import complete_dossier, enter_project
from conftest import People
from registry.database import reading, writing
from registry.projects.autosave.operations import NEW, find_draft
from registry.projects.operations import save_project
from registry.projects.queries import list_revisions, read_dossier
from registry.web.forms import form_from

HIDDEN = re.compile(r'name="(form_id|drafted_by|seen_revision)" value="([^"]*)"')
INPUT = re.compile(r'<input id="f-[^"]+" name="([^"]+)" value="([^"]*)"')


@pytest.fixture
def code(engine: Engine, people: People) -> str:
    return enter_project(engine, people.city)


def opened(client: Client, path: str) -> dict[str, str]:
    """Return the fields a browser would send of the form at this address, as far as these tests look at them."""
    text = client.get(path).text
    return {**dict(INPUT.findall(text)), **dict(HIDDEN.findall(text)), "_csrf": form_token(text)}


def keep(client: Client, code: str, form: dict[str, Any], **typed: str) -> Response:
    return client.post(f"/projects/{code}/draft", data={**form, **typed})


class TestTheDraftOfAProject:
    def test_is_kept_right_or_wrong_and_says_when(
        self, anybody: Client, engine: Engine, people: People, code: str
    ) -> None:
        sign_in(anybody, "city")
        answer = keep(anybody, code, opened(anybody, f"/projects/{code}/edit"), total_investment="四万")
        assert answer.status_code == 200
        with reading(engine) as session:
            draft = find_draft(session, people.city, code)
            assert draft is not None
            assert draft.document["total_investment"] == "四万"
            assert "_csrf" not in draft.document
            assert len(list_revisions(session, people.city, code)) == 1
        hour = (draft.saved_at.hour + 8) % 24
        assert f"已自动保存 {hour:02}:{draft.saved_at.minute:02}" in answer.text

    def test_is_offered_restored_and_thrown_away(self, anybody: Client, people: People, code: str) -> None:
        sign_in(anybody, "city")
        path = f"/projects/{code}/edit"
        keep(anybody, code, opened(anybody, path), name="未保存的名称")
        offered = anybody.get(path).text
        assert "您有一份未保存的草稿" in offered
        assert "在第 1 版上填写" in offered
        assert "未保存的名称" not in offered
        restored = anybody.get(f"{path}?draft=restore").text
        assert 'value="未保存的名称"' in restored
        assert "您有一份未保存的草稿" not in restored
        sent = {**opened(anybody, path), "name": "正在输入的名称", "draft": "discard"}
        discarded = anybody.post(path, data=sent).text
        assert 'value="正在输入的名称"' in discarded
        assert "您有一份未保存的草稿" not in anybody.get(path).text

    def test_is_dropped_by_saving_and_by_taking_every_change_back(
        self, anybody: Client, engine: Engine, people: People, code: str
    ) -> None:
        sign_in(anybody, "city")
        path = f"/projects/{code}/edit"
        first = opened(anybody, path)
        keep(anybody, code, first, name="改名")
        assert "没有未保存的改动" in keep(anybody, code, self.unchanged(engine, people, code, first)).text
        assert "您有一份未保存的草稿" not in anybody.get(path).text
        keep(anybody, code, first, name="改名")
        assert anybody.post(path, data={**first, "name": "改名工程"}, follow_redirects=False).status_code == 303
        assert "您有一份未保存的草稿" not in anybody.get(path).text

    def unchanged(self, engine: Engine, people: People, code: str, form: dict[str, str]) -> dict[str, str]:
        with reading(engine) as session:
            _, dossier = read_dossier(session, people.city, code)
        return {**form, **form_from(dossier.model_dump(mode="json", exclude_none=True))}

    def test_of_another_window_is_not_written_over(self, anybody: Client, people: People, code: str) -> None:
        sign_in(anybody, "city")
        path = f"/projects/{code}/edit"
        keep(anybody, code, opened(anybody, path), name="第一个窗口")
        refused = keep(anybody, code, opened(anybody, path), name="第二个窗口")
        assert refused.status_code == 409
        assert "没有自动保存" in refused.text
        assert f'href="{path}?draft=restore"' in refused.text
        assert 'value="第一个窗口"' in anybody.get(f"{path}?draft=restore").text

    def test_says_that_somebody_saved_since_and_saving_it_shows_the_differences(
        self, anybody: Client, engine: Engine, people: People, code: str
    ) -> None:
        sign_in(anybody, "city")
        path = f"/projects/{code}/edit"
        keep(anybody, code, opened(anybody, path), name="我的名称")
        with writing(engine) as session:
            theirs = complete_dossier(implementer_name="同事填写的单位")
            save_project(session, people.city, code, theirs, expected_revision=1, reason="同事")
        assert "此后他人已保存新的版本" in anybody.get(path).text
        restored = opened(anybody, f"{path}?draft=restore")
        assert restored["seen_revision"] == "1"
        conflict = anybody.post(path, data=restored)
        assert conflict.status_code == 412
        assert "同事填写的单位" in conflict.text
        assert "我的名称" in conflict.text

    def test_is_seen_by_nobody_else(self, anybody: Client, engine: Engine, people: People, code: str) -> None:
        sign_in(anybody, "city")
        keep(anybody, code, opened(anybody, f"/projects/{code}/edit"), name="只有我知道的名称")
        for login in ("province", "ministry"):
            anybody.cookies.clear()
            sign_in(anybody, login)
            assert "只有我知道的名称" not in anybody.get(f"/projects/{code}").text
            assert anybody.get(f"/projects/{code}/edit?draft=restore").status_code == 403

    def test_is_not_kept_as_that_of_who_signed_in_since(
        self, anybody: Client, engine: Engine, people: People, code: str
    ) -> None:
        sign_in(anybody, "city")
        form = opened(anybody, "/projects/new")
        anybody.cookies.clear()
        sign_in(anybody, "other_city")
        stolen = {**form, "_csrf": opened(anybody, "/projects/new")["_csrf"]}
        assert keep(anybody, NEW, stolen, name="湖州的草稿").status_code == 403
        assert anybody.get(f"/projects/new/draft?by={form['drafted_by']}").status_code == 403
        with reading(engine) as session:
            assert find_draft(session, people.other_city, NEW) is None

    def test_goes_on_after_signing_in_again(self, anybody: Client, people: People, code: str) -> None:
        sign_in(anybody, "city")
        form = opened(anybody, f"/projects/{code}/edit")
        anybody.cookies.clear()
        assert keep(anybody, code, form, name="会话过期时填的").status_code in {401, 403}
        sign_in(anybody, "city")
        assert keep(anybody, code, form, name="会话过期时填的").status_code == 403
        fresh = anybody.get(f"/projects/{code}/draft?by={form['drafted_by']}")
        assert fresh.status_code == 204
        again = keep(anybody, code, {**form, "_csrf": fresh.headers["x-csrf-token"]}, name="会话过期时填的")
        assert "已自动保存" in again.text


class TestTheDraftOfANewProject:
    def test_is_kept_restored_and_dropped_when_the_project_is_entered(self, anybody: Client, people: People) -> None:
        sign_in(anybody, "city")
        form = opened(anybody, "/projects/new")
        assert "没有未保存的改动" in keep(anybody, NEW, form).text
        keep(anybody, NEW, form, name="还没有编号的项目", total_investment="12")
        assert "您有一份未保存的草稿" in anybody.get("/projects/new").text
        restored = opened(anybody, "/projects/new?draft=restore")
        assert restored["name"] == "还没有编号的项目"
        assert restored["form_id"] == form["form_id"]
        assert anybody.post("/projects/new", data=restored, follow_redirects=False).status_code == 303
        assert "您有一份未保存的草稿" not in anybody.get("/projects/new").text


class TestTheDraftOfACase:
    @pytest.fixture
    def path(self, anybody: Client, people: People, code: str) -> str:
        sign_in(anybody, "city")
        return f"/projects/{code}/case"

    def keep(self, client: Client, path: str, form: dict[str, Any], **typed: str) -> Response:
        return client.post(f"{path}/draft", data={**form, **typed})

    def test_is_kept_beside_that_of_the_project(
        self, anybody: Client, engine: Engine, people: People, code: str, path: str
    ) -> None:
        keep(anybody, code, opened(anybody, f"/projects/{code}/edit"), name="未保存的名称")
        assert "已自动保存" in self.keep(anybody, path, opened(anybody, path), discount_rate="六").text
        with reading(engine) as session:
            of_case, of_project = (find_draft(session, people.city, each) for each in (f"{code}/case", code))
        assert of_case is not None
        assert of_case.document["discount_rate"] == "六"
        assert of_project is not None
        assert of_project.document["name"] == "未保存的名称"

    def test_is_offered_restored_and_thrown_away(self, anybody: Client, path: str) -> None:
        self.keep(anybody, path, opened(anybody, path), discount_rate="6.5")
        offered = anybody.get(path).text
        assert "您有一份未保存的草稿" in offered
        assert 'value="6.5"' not in offered
        restored = anybody.get(f"{path}?draft=restore").text
        assert 'value="6.5"' in restored
        assert "您有一份未保存的草稿" not in restored
        anybody.post(path, data={**opened(anybody, path), "draft": "discard"})
        assert "您有一份未保存的草稿" not in anybody.get(path).text

    def test_is_dropped_by_saving_and_by_taking_every_change_back(self, anybody: Client, path: str) -> None:
        first = opened(anybody, path)
        self.keep(anybody, path, first, discount_rate="6.5")
        assert "没有未保存的改动" in self.keep(anybody, path, first, discount_rate="").text
        self.keep(anybody, path, first, discount_rate="6.5")
        saved = anybody.post(path, data={**first, "discount_rate": "6.5"}, follow_redirects=False)
        assert saved.status_code == 303
        assert "您有一份未保存的草稿" not in anybody.get(path).text

    def test_is_not_written_over_by_a_second_window(self, anybody: Client, path: str) -> None:
        first, second = opened(anybody, path), opened(anybody, path)
        self.keep(anybody, path, first, discount_rate="6.5")
        refused = self.keep(anybody, path, second, discount_rate="7")
        assert refused.status_code == 409
        assert f'href="{path}?draft=restore"' in refused.text

    def test_is_refused_to_another_city(self, anybody: Client, path: str) -> None:
        form = opened(anybody, path)
        anybody.cookies.clear()
        sign_in(anybody, "other_city")
        mine = {**form, "_csrf": form_token(anybody.get("/projects").text)}
        assert self.keep(anybody, path, mine).status_code == 403
        assert self.keep(anybody, path, {**mine, "drafted_by": ""}).status_code == 404
        assert anybody.get(f"{path}/draft?by=").status_code == 404
