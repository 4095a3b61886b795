"""Public comments: written by anybody, shown once moderated."""

from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from api.conftest import Client, form_token
from api.display.conftest import Stage, everything, release
from registry.audit import AuditEntry
from registry.database import reading
from registry.programme.display.model import PublicComment


class TestAComment:
    def send(self, client: Client, address: str, text: str) -> Any:
        token = form_token(client.get(address).text)
        return client.post(address, data={"text": text, "_csrf": token})

    def test_is_seen_by_nobody_before_it_is_published(self, anybody: Client, engine: Engine, stage: Stage) -> None:
        release(stage)
        page = f"/display/projects/{stage.code}"
        assert self.send(anybody, f"{page}/comment", "请增加公众参观日。").status_code == 200
        anybody.cookies.clear()
        assert [path for path, text in everything(anybody).items() if "公众参观日" in text] == []
        queue = stage.city.get("/api/v1/display-comments?state=new").json()
        assert [each["text"] for each in queue] == ["请增加公众参观日。"]
        assert stage.other_city.get("/api/v1/display-comments").json() == []
        decision = f"/api/v1/display-comments/{queue[0]['id']}/decision"
        assert stage.other_city.post(decision, json={"publish": True}).status_code == 404
        assert stage.province.post(decision, json={"publish": True}).status_code == 403
        before = anybody.get(page).headers["etag"]
        assert stage.city.post(decision, json={"publish": True}).status_code == 200
        after = anybody.get(page, headers={"If-None-Match": before})
        assert after.status_code == 200
        assert "公众参观日" in after.text
        assert stage.ministry.post(decision, json={"publish": False}).status_code == 422
        assert stage.ministry.post(decision, json={"publish": False, "reason": "与项目无关"}).status_code == 200
        assert "公众参观日" not in anybody.get(page).text
        with reading(engine) as session:
            written = select(AuditEntry.action).where(AuditEntry.action.startswith("comment."))
            acts = session.exec(written.order_by(col(AuditEntry.id))).all()
            kept = session.exec(select(PublicComment)).one()
        assert list(acts) == ["comment.public", "comment.publish", "comment.refuse"]
        assert set(kept.model_dump()) & {"address", "name", "email"} == set()

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("短", "length"),
            ("长" * 1001, "length"),
            ("请联系 someone@example.com 谢谢", "email"),
            ("我的电话是 13800138000，请回电", "telephone"),
            ("身份证 11010519491231002X 在此", "identity-number"),
            ("便宜商品请看 https://spam.example/", "link"),
        ],
    )
    def test_with_personal_data_links_or_of_wrong_length_is_not_kept(
        self, text: str, code: str, anybody: Client, engine: Engine, stage: Stage
    ) -> None:
        release(stage)
        answer = self.send(anybody, f"/display/projects/{stage.code}/comment", text)
        assert answer.status_code == 422
        with reading(engine) as session:
            assert session.exec(select(PublicComment)).all() == []

    def test_can_be_written_five_times_an_hour_from_one_address(self, anybody: Client, stage: Stage) -> None:
        release(stage)
        address = f"/display/projects/{stage.code}/comment"
        assert [self.send(anybody, address, f"第 {n} 条意见内容").status_code for n in range(6)] == [200] * 5 + [429]

    def test_needs_a_form_of_ours_and_something_on_display(self, anybody: Client, stage: Stage) -> None:
        release(stage)
        address = f"/display/projects/{stage.code}/comment"
        assert anybody.post(address, data={"text": "没有令牌的意见"}).status_code == 403
        assert anybody.get(f"/display/projects/{stage.other}/comment").status_code == 404
        token = form_token(anybody.get(address).text)
        stage.city.delete(f"/api/v1/projects/{stage.code}/display?reason=撤")
        assert anybody.post(address, data={"text": "撤回后的意见", "_csrf": token}).status_code == 410


class TestACommentOverTheApi:
    def send(self, client: Client, stage: Stage, text: str, **headers: str) -> Any:
        return client.post(f"/api/v1/display/projects/{stage.code}/comments", json={"text": text}, headers=headers)

    def test_waits_in_the_same_queue_and_keeps_nothing_of_who_wrote(
        self, anybody: Client, engine: Engine, stage: Stage
    ) -> None:
        release(stage)
        answer = self.send(anybody, stage, "请增加公众参观日。")
        assert (answer.status_code, answer.json()) == (202, {"state": "new"})
        assert [each["text"] for each in stage.city.get("/api/v1/display-comments").json()] == ["请增加公众参观日。"]
        with reading(engine) as session:
            assert session.exec(select(AuditEntry.actor_id).where(AuditEntry.action == "comment.public")).all() == [
                None
            ]

    def test_is_taken_five_times_an_hour_together_with_the_form(self, anybody: Client, stage: Stage) -> None:
        release(stage)
        form = f"/display/projects/{stage.code}/comment"
        fields = {"text": "请增加参观日", "_csrf": form_token(anybody.get(form).text)}
        assert anybody.post(form, data=fields).status_code == 200
        assert [self.send(anybody, stage, f"第 {n} 条意见").status_code for n in range(5)] == [202] * 4 + [429]
        refused = self.send(anybody, stage, "再写一条意见")
        assert 0 < int(refused.headers["retry-after"]) <= 3600
        assert "Too many attempts" in refused.json()["detail_en"]
        assert len(stage.city.get("/api/v1/display-comments").json()) == 5

    def test_is_refused_from_another_site_and_from_a_form_of_one(self, anybody: Client, stage: Stage) -> None:
        release(stage)
        address = f"/api/v1/display/projects/{stage.code}/comments"
        assert anybody.post(address, data={"text": "请增加参观日"}).status_code == 403
        plain = anybody.post(address, content=b'{"text": "x"}', headers={"Content-Type": "text/plain"})
        assert (plain.status_code, "application/json" in plain.json()["detail"]) == (403, True)
        assert self.send(anybody, stage, "请增加参观日", **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert stage.city.get("/api/v1/display-comments").json() == []

    def test_names_what_is_wrong_with_it(self, anybody: Client, stage: Stage) -> None:
        release(stage)
        answer = self.send(anybody, stage, "请打 13800138000 或看 https://spam.example")
        assert answer.status_code == 422
        assert [each["code"] for each in answer.json()["findings"]] == ["telephone", "link"]

    def test_has_nothing_to_be_about_once_the_project_is_withdrawn(self, anybody: Client, stage: Stage) -> None:
        release(stage)
        assert stage.city.delete(f"/api/v1/projects/{stage.code}/display?reason=有误").status_code == 204
        assert self.send(anybody, stage, "请增加公众参观日。").status_code == 410
