import io
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from litestar import Litestar
from sqlalchemy import Engine

from api.conftest import CallAs, Caller, Client, form_token, sign_in
from conftest import People
from registry.settings import load_settings
from registry.web.app import create_app

CSV = (
    "项目名称,省份,地市,总投资（万元）\n湖州市再生水工程,浙江省,湖州市,1200\n湖州市污泥处置工程,浙江省,湖州市,约三千\n"
)


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> Litestar:
    return create_app(engine, replace(load_settings(), is_demo=False, data_dir=tmp_path))


def upload(client: Client, text: str) -> str:
    token = form_token(client.get("/imports").text)
    files = {"file": ("项目.csv", text.encode("gb18030"), "text/csv")}
    answer = client.post("/imports", data={"_csrf": token}, files=files)
    assert answer.status_code == 200, answer.text
    return answer.text


def commit(client: Client, shown: str, **fields: object) -> str:
    key = shown.partition('name="key" value="')[2][:64]
    data = {"_csrf": form_token(shown), "key": key, "name": "项目.csv", **fields}
    return client.post("/imports/commit", data=data).text


class TestImportingOverTheApi:
    def test_is_refused_to_anybody(self, anybody: Client, people: People) -> None:
        assert anybody.post("/api/v1/imports", content=CSV).status_code == 401
        assert anybody.post("/api/v1/imports/annotated", content=CSV).status_code == 401
        assert anybody.get("/api/v1/template.xlsx").status_code == 401

    def test_is_refused_to_those_who_enter_nothing(self, call_as: CallAs, people: People) -> None:
        for actor in (people.province, people.ministry, people.bank):
            for path in ("/api/v1/imports", "/api/v1/imports?preview=true", "/api/v1/imports/annotated"):
                assert call_as(actor).post(path, content=CSV.encode()).status_code == 403

    def test_previews_without_writing_then_takes_what_is_chosen(self, city: Caller) -> None:
        seen = city.post("/api/v1/imports?preview=true&name=a.csv", content=CSV.encode()).json()
        assert seen["counts"]["new"] == 2
        assert ("total_investment", "1200") in [(cell["path"], cell["after"]) for cell in seen["rows"][0]["cells"]]
        assert city.get("/api/v1/projects").json()["items"] == []
        done = city.post("/api/v1/imports", params={"name": "a.csv", "row": ["a:2"]}, content=CSV.encode()).json()
        assert (done["created"], list(done["codes"])) == (1, ["2"])
        assert [item["name"] for item in city.get("/api/v1/projects").json()["items"]] == ["湖州市再生水工程"]

    def test_is_harmless_when_repeated(self, city: Caller) -> None:
        first = city.post("/api/v1/imports?name=a.csv", content=CSV.encode()).json()
        again = city.post("/api/v1/imports?name=a.csv", content=CSV.encode()).json()
        assert (first["created"], again["created"], again["unchanged"]) == (2, 0, 2)

    def test_takes_a_file_larger_than_other_bodies(self, city: Caller) -> None:
        big = CSV + "".join(f"第{number}号工程,浙江省,湖州市,{'0' * 60}1\n" for number in range(25_000))
        assert len(big.encode()) > 2 * 1024 * 1024
        assert city.post("/api/v1/imports/annotated?name=a.csv", content=big.encode()).status_code == 200
        assert city.post("/api/v1/projects", content=big.encode()).status_code == 413

    def test_gives_the_findings_back_in_the_workbook(self, city: Caller) -> None:
        answer = city.post("/api/v1/imports/annotated?name=a.csv", content=CSV.encode())
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        comment = book["a"]["D3"].comment
        assert comment is not None
        assert "约三千" in comment.text

    @pytest.mark.parametrize("row", ["a", ":2", "a:x", "a:99999999"])
    def test_says_how_a_row_is_written(self, city: Caller, row: str) -> None:
        answer = city.post("/api/v1/imports", params={"row": row}, content=CSV.encode())
        assert answer.status_code == 422
        assert answer.json()["findings"][0]["path"] == "row"

    def test_hands_out_the_template(self, city: Caller) -> None:
        book = openpyxl.load_workbook(io.BytesIO(city.get("/api/v1/template.xlsx").content))
        assert "项目" in book.sheetnames


class TestTheImportPages:
    def test_send_anybody_to_sign_in(self, anybody: Client, people: People) -> None:
        assert anybody.get("/imports", follow_redirects=False).headers["location"] == "/sign-in?next=/imports"
        assert anybody.get("/projects.xlsx", follow_redirects=False).status_code == 303

    def test_are_refused_to_a_bank(self, anybody: Client, people: People) -> None:
        sign_in(anybody, "bank")
        assert anybody.get("/imports").status_code == 403
        token = form_token(anybody.get("/projects").text)
        files = {"file": ("a.csv", CSV.encode(), "text/csv")}
        assert anybody.post("/imports", data={"_csrf": token}, files=files).status_code == 403
        assert anybody.post("/imports/commit", data={"_csrf": token, "key": "0" * 64}).status_code == 403

    def test_show_a_diff_and_take_the_chosen_rows(self, anybody: Client, people: People) -> None:
        sign_in(anybody, "city")
        shown = upload(anybody, CSV)
        assert "约三千" in shown
        assert "没有勾选任何一行" in commit(anybody, shown, take="chosen")
        commit(anybody, shown, take="chosen", row=["项目:2"])
        changed = upload(anybody, CSV.replace("1200", "1300.5"))
        assert '<del><span class="num">1,200.00</span></del>' in changed
        assert '<ins><span class="num">1,300.50</span></ins>' in changed

    def test_give_the_findings_back_to_the_uploader_alone(self, anybody: Client, people: People) -> None:
        sign_in(anybody, "city")
        key = upload(anybody, CSV).partition('name="key" value="')[2][:64]
        path = f"/imports/findings.xlsx?key={key}&name=项目.csv"
        assert openpyxl.load_workbook(io.BytesIO(anybody.get(path).content)).sheetnames[0] == "项目"
        anybody.cookies.clear()
        sign_in(anybody, "other_city")
        assert anybody.get(path).status_code == 404

    def test_export_what_uploads_again_unchanged(self, anybody: Client, city: Caller, people: People) -> None:
        city.post("/api/v1/imports?name=a.csv", content=CSV.encode())
        exported = city.get("/projects.xlsx?search=再生水").content
        seen = city.post("/api/v1/imports?preview=true&name=b.xlsx", content=exported).json()
        assert seen["counts"] == {"new": 0, "changed": 0, "unchanged": 1, "rejected": 0}
