import io
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine

from api.conftest import CallAs, Caller, Client, form_token, sign_in
from api.desk import IMPORTS, Desk, committed, sent
from builders import dossier
from conftest import People
from registry.database import writing
from registry.intake.template import export_workbook
from registry.projects.operations import create_project
from registry.settings import Settings, load_settings
from registry.web.uploads import XLSX

CSV = (
    "项目名称,省份,地市,总投资（万元）\n湖州市再生水工程,浙江省,湖州市,1200\n湖州市污泥处置工程,浙江省,湖州市,约三千\n"
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(load_settings(), is_demo=False, data_dir=tmp_path)


@pytest.fixture
def desk(city: Caller, engine: Engine, tmp_path: Path) -> Desk:
    return Desk(city, engine, tmp_path)


class TestImportingOverTheApi:
    def test_is_refused_to_anybody(self, anybody: Client, people: People) -> None:
        for path in (IMPORTS, f"{IMPORTS}/1/commit"):
            assert anybody.post(path, content=CSV).status_code == 401
        for path in ("/api/v1/template.xlsx", f"{IMPORTS}/1", f"{IMPORTS}/1/rows", f"{IMPORTS}/1/findings.xlsx"):
            assert anybody.get(path).status_code == 401

    def test_is_refused_to_those_who_enter_nothing(self, call_as: CallAs, people: People) -> None:
        for actor in (people.province, people.ministry, people.bank):
            for path in (IMPORTS, f"{IMPORTS}/1/commit"):
                assert call_as(actor).post(path, content=b"{}").status_code == 403

    def test_shows_an_upload_to_nobody_but_who_sent_it(self, desk: Desk, call_as: CallAs, people: People) -> None:
        number = desk.send(CSV.encode())["id"]
        colleague = call_as(people.other_city)
        for path in ("", "/rows", "/findings.xlsx"):
            assert colleague.get(f"{IMPORTS}/{number}{path}").status_code == 404
        assert colleague.post(f"{IMPORTS}/{number}/commit").status_code == 404

    def test_answers_at_once_and_tells_how_far_it_is(self, city: Caller, desk: Desk) -> None:
        answer = city.post(IMPORTS, content=CSV.encode())
        assert (answer.status_code, answer.json()["state"]) == (202, "queued")
        number = answer.json()["id"]
        assert city.get(f"{IMPORTS}/{number}/rows").status_code == 404
        desk.finish()
        found = city.get(answer.headers["location"]).json()
        assert (found["state"], found["progress"], found["total"]) == ("done", 2, 2)

    def test_previews_without_writing_then_takes_what_is_chosen(self, city: Caller, desk: Desk) -> None:
        seen = desk.send(CSV.encode())
        assert seen["result"]["counts"] == {"new": 2, "changed": 0, "unchanged": 0, "rejected": 0}
        page = city.get(f"{IMPORTS}/{seen['id']}/rows?limit=1").json()
        assert (page["total"], page["next"], page["rows"][0]["row"]) == (2, 1, 2)
        cells = [(cell["path"], cell["state"], cell["after"]) for cell in page["rows"][0]["cells"]]
        assert ("total_investment", "new", "1200") in cells
        assert city.get(f"{IMPORTS}/{seen['id']}/rows?state=rejected").json() == {"rows": [], "total": 0, "next": None}
        assert city.get("/api/v1/projects").json()["items"] == []
        done = desk.take(seen["id"], rows=["a:2"])
        assert (done["created"], list(done["codes"])) == (1, ["a:2"])
        assert [item["name"] for item in city.get("/api/v1/projects").json()["items"]] == ["湖州市再生水工程"]
        rest = desk.take(seen["id"])
        assert (rest["created"], rest["unchanged"]) == (1, 1)

    def test_takes_the_rows_of_one_state(self, desk: Desk) -> None:
        desk.take(desk.send(CSV.encode())["id"], rows=["a:2"])
        changed = desk.send(CSV.replace("1200", "1300").encode())
        assert changed["result"]["counts"] == {"new": 1, "changed": 1, "unchanged": 0, "rejected": 0}
        done = desk.take(changed["id"], states=["changed"])
        assert (done["rows"], done["changed"], done["created"]) == (1, 1, 0)

    def test_is_harmless_when_repeated(self, city: Caller, desk: Desk) -> None:
        number = desk.send(CSV.encode())["id"]
        first, again = desk.take(number), desk.take(number)
        assert (first["created"], again["created"], again["unchanged"]) == (2, 0, 2)
        headers = {"Idempotency-Key": "one"}
        sent = [city.post(IMPORTS, content=CSV.encode(), headers=headers) for _ in range(2)]
        assert sent[0].json()["id"] == sent[1].json()["id"]
        assert sent[1].headers["idempotent-replayed"] == "true"

    def test_does_not_overwrite_what_was_saved_since_the_preview(self, city: Caller, desk: Desk) -> None:
        code = desk.take(desk.send(CSV.encode())["id"])["codes"]["a:2"]
        number = desk.send(CSV.replace("1200", "1300").encode())["id"]
        read = city.get(f"/api/v1/projects/{code}")
        changed = read.json()["document"] | {"total_investment": "999"}
        saved = city.put(f"/api/v1/projects/{code}", json=changed, headers={"If-Match": read.headers["etag"]})
        assert saved.status_code == 200, saved.text
        done = desk.take(number)
        assert (done["changed"], done["unchanged"], done["rejected"]) == (0, 1, 1)
        assert "saved-since-preview" in [finding["code"] for finding in done["findings"]]
        assert city.get(f"/api/v1/projects/{code}").json()["document"]["total_investment"] == "999"

    def test_takes_a_file_larger_than_other_bodies(self, city: Caller, desk: Desk) -> None:
        big = CSV + "".join(f"第{number}号工程,浙江省,湖州市,{'0' * 60}1\n" for number in range(25_000))
        assert len(big.encode()) > 2 * 1024 * 1024
        assert city.post(IMPORTS, content=big.encode()).status_code == 202
        assert city.post("/api/v1/projects", content=big.encode()).status_code == 413

    def test_gives_the_findings_back_in_the_workbook(self, city: Caller, desk: Desk) -> None:
        number = desk.send(CSV.encode())["id"]
        book = openpyxl.load_workbook(io.BytesIO(city.get(f"{IMPORTS}/{number}/findings.xlsx").content))
        comment = book["a"]["D3"].comment
        assert comment is not None
        assert "约三千" in comment.text

    def test_tells_in_the_preview_why_a_file_is_not_read(self, desk: Desk) -> None:
        found = desk.send(b"%PDF-1.7", name="报告.pdf")["result"]
        assert [finding["code"] for finding in found["findings"]] == ["not-a-spreadsheet"]

    @pytest.mark.parametrize("row", ["a", ":2", "a:x", "a:99999999"])
    def test_says_how_a_row_is_written(self, city: Caller, desk: Desk, row: str) -> None:
        number = desk.send(CSV.encode())["id"]
        answer = city.post(f"{IMPORTS}/{number}/commit", json={"rows": [row]})
        assert answer.status_code == 422
        assert answer.json()["findings"][0]["path"] == "row"

    def test_hands_out_the_template(self, city: Caller) -> None:
        book = openpyxl.load_workbook(io.BytesIO(city.get("/api/v1/template.xlsx").content))
        assert "项目" in book.sheetnames


class TestTheImportPages:
    def test_send_anybody_to_sign_in(self, anybody: Client, people: People) -> None:
        assert anybody.get("/imports", follow_redirects=False).headers["location"] == "/sign-in?next=/imports"
        for path in ("/projects.xlsx", "/imports/1", "/imports/1/findings.xlsx"):
            assert anybody.get(path, follow_redirects=False).status_code == 303

    def test_are_refused_to_a_bank(self, anybody: Client, people: People) -> None:
        sign_in(anybody, "bank")
        assert anybody.get("/imports").status_code == 403
        token = form_token(anybody.get("/projects").text)
        files = {"file": ("a.csv", CSV.encode(), "text/csv")}
        assert anybody.post("/imports", data={"_csrf": token}, files=files).status_code == 403
        assert anybody.post("/imports/1/commit", data={"_csrf": token}).status_code == 403

    def test_show_progress_then_a_diff_and_take_the_chosen_rows(
        self, anybody: Client, people: People, desk: Desk
    ) -> None:
        sign_in(anybody, "city")
        preview = sent(anybody, CSV)
        waiting = anybody.get(preview).text
        assert f'hx-get="{preview}"' in waiting
        assert "排队等候处理" in waiting
        desk.finish()
        shown = anybody.get(preview).text
        assert "约三千" in shown
        assert "hx-trigger" not in shown.partition("<main")[2]
        assert "没有勾选任何一行" in committed(anybody, preview, take="chosen").text
        assert "正在写入" in committed(anybody, preview, take="chosen", row=["项目:2"]).text
        desk.finish()
        changed = sent(anybody, CSV.replace("1200", "1300.5"))
        desk.finish()
        page = anybody.get(changed).text
        assert '<del><span class="num">1,200.00</span></del>' in page
        assert '<ins><span class="num">1,300.50</span></ins>' in page
        assert "其余 4 格无变化" in page

    def test_turn_pages_and_filter_by_state(self, anybody: Client, people: People, desk: Desk) -> None:
        sign_in(anybody, "city")
        many = (
            "项目名称,总投资（万元）\n" + "".join(f"第{number}号工程,{number + 1}\n" for number in range(60)) + ",5\n"
        )
        preview = sent(anybody, many)
        desk.finish()
        first, second = (anybody.get(f"{preview}?page={number}").text for number in (1, 2))
        assert ("第0号工程" in first, "第59号工程" in first) == (True, False)
        assert ("第0号工程" in second, "第59号工程" in second) == (False, True)
        rejected = anybody.get(f"{preview}?state=rejected").text
        assert "项目 62" in rejected
        assert "第59号工程" not in rejected
        assert "没有这种状态的行" in anybody.get(f"{preview}?state=changed").text

    def test_tell_why_nothing_was_written(self, anybody: Client, people: People, desk: Desk, tmp_path: Path) -> None:
        sign_in(anybody, "city")
        preview = sent(anybody, CSV)
        for path in (tmp_path / "uploads").rglob("*"):
            if path.is_file():
                path.unlink()
        desk.finish()
        page = anybody.get(preview).text
        assert "没有完成" in page
        assert "上传的文件已过期" in page

    def test_give_the_findings_back_to_the_uploader_alone(self, anybody: Client, people: People, desk: Desk) -> None:
        sign_in(anybody, "city")
        path = f"{sent(anybody, CSV)}/findings.xlsx"
        desk.finish()
        assert openpyxl.load_workbook(io.BytesIO(anybody.get(path).content)).sheetnames[0] == "项目"
        anybody.cookies.clear()
        sign_in(anybody, "other_city")
        assert anybody.get(path).status_code == 404

    def test_export_what_uploads_again_unchanged(self, city: Caller, desk: Desk) -> None:
        desk.take(desk.send(CSV.encode())["id"])
        exported = city.get("/projects.xlsx?search=再生水").content
        seen = desk.send(exported, name="b.xlsx")["result"]
        assert seen["counts"] == {"new": 0, "changed": 0, "unchanged": 1, "rejected": 0}

    def test_call_values_of_the_case_by_their_official_names(
        self, anybody: Client, engine: Engine, people: People, desk: Desk
    ) -> None:
        before = {"debts": [{"name": "甲", "kind": "bank_loan"}], "revenue_streams": [{"name": "一"}, {"name": "二"}]}
        after = {
            "discount_rate": 0.0712,
            "debts": [{"name": "甲", "kind": "green_bond", "draws": ["1", "2"]}],
            "revenue_streams": [{"name": "二"}, {"name": "一", "vat_rate": 0.06}],
        }
        with writing(engine) as session:
            code = create_project(session, people.city, dossier(financials=before), reason="录入").code
        sign_in(anybody, "city")
        files = {"file": ("a.xlsx", export_workbook([(code, dossier(financials=after))]), XLSX)}
        token = form_token(anybody.get("/imports").text)
        sent = anybody.post("/imports", data={"_csrf": token}, files=files, follow_redirects=False)
        desk.finish()
        shown = anybody.get(sent.headers["location"]).text
        for words in ("财务测算·基准收益率", "7.12%", "财务测算·债务资金第 1 条·", "银行贷款", "绿色债券", "1; 2"):
            assert words in shown
        assert "bank_loan" not in shown
        assert "green_bond" not in shown
        in_english = anybody.get(f"{sent.headers['location']}?lang=en").text
        assert "Financial case: Discount rate" in in_english
