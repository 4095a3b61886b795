"""Uploads that change projects standing in a library: left out unless somebody agrees, whatever is on their way."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from api.conftest import Caller, Client, sign_in
from api.desk import IMPORTS, Desk, committed, sent
from applications import application_in, complete_dossier, enter_project, move
from conftest import People
from registry import audit
from registry.database import reading
from registry.intake import work
from registry.intake.taking import keep_entries
from registry.intake.template import export_workbook
from registry.projects.queries import read_dossier
from registry.settings import Settings, load_settings

Codes = tuple[str, str, str]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(load_settings(), is_demo=False, data_dir=tmp_path)


@pytest.fixture
def desk(city: Caller, engine: Engine, tmp_path: Path) -> Desk:
    return Desk(city, engine, tmp_path)


@pytest.fixture
def codes(engine: Engine, people: People) -> Codes:
    """An admitted project to change in its investment, one in its contact alone, and a draft."""
    found = tuple(enter_project(engine, people.city, name=name) for name in ("甲工程", "乙工程", "丙工程"))
    for code in found[:2]:
        application_in(engine, people, "in_library", code=code)
    return found  # type: ignore[return-value]


def edited(codes: Codes) -> bytes:
    dossiers = (
        complete_dossier(name="甲工程", total_investment="20000"),
        complete_dossier(name="乙工程", contact_name="王工"),
        complete_dossier(name="丙工程", total_investment="30000"),
    )
    return export_workbook(zip(codes, dossiers, strict=True))


def states(engine: Engine, people: People, codes: Codes) -> list[tuple[str | None, int]]:
    """Return the investment and the revision of each project."""
    with reading(engine) as session:
        found = [read_dossier(session, people.city, code) for code in codes]
    return [(str(dossier.total_investment), facts.number) for facts, dossier in found]


def applied(city: Caller, code: str) -> str:
    (one,) = city.get(f"/api/v1/projects/{code}/applications").json()["applications"]
    return str(one["state"])


class TestAnUploadOverTheApi:
    def test_names_the_rows_that_reopen_an_entry(self, city: Caller, desk: Desk, codes: Codes) -> None:
        seen = desk.send(edited(codes), "改.xlsx")
        assert (seen["result"]["counts"]["changed"], seen["result"]["reopening"]) == (3, 1)
        rows = city.get(f"{IMPORTS}/{seen['id']}/rows").json()["rows"]
        assert [row["reopens"] for row in rows] == [["total_investment"], [], []]
        only = city.get(f"{IMPORTS}/{seen['id']}/rows?reopens=true").json()
        assert ([row["code"] for row in only["rows"]], only["total"]) == ([codes[0]], 1)

    def test_leaves_them_out_and_says_so_unless_agreed(
        self, engine: Engine, people: People, city: Caller, desk: Desk, codes: Codes
    ) -> None:
        done = desk.take(desk.send(edited(codes), "改.xlsx")["id"])
        assert (done["changed"], done["rejected"], done["left_frozen"], done["reopened"]) == (2, 1, 1, 0)
        (told,) = (each for each in done["findings"] if each["code"] == "major-edit")
        assert codes[0] in told["message"]
        assert "总投资" in told["message"]
        assert [number for _, number in states(engine, people, codes)] == [1, 2, 2]
        assert applied(city, codes[0]) == "in_library"

    def test_takes_them_back_to_review_once_agreed(
        self, engine: Engine, people: People, city: Caller, desk: Desk, codes: Codes
    ) -> None:
        number = desk.send(edited(codes), "改.xlsx")["id"]
        desk.take(number)
        # Nothing was lost: the same preview is taken again, with the agreement.
        done = desk.take(number, reopens_entry=True)
        assert (done["changed"], done["unchanged"], done["rejected"], done["reopened"]) == (1, 2, 0, 1)
        assert set(done["codes"].values()) == set(codes)
        assert states(engine, people, codes)[0] == ("20000", 2)
        assert [applied(city, code) for code in codes[:2]] == ["submitted", "in_library"]
        with reading(engine) as session:
            assert audit.verify_log(session) is None

    def test_agrees_to_no_more_than_the_preview_said(
        self, engine: Engine, people: People, city: Caller, desk: Desk, codes: Codes
    ) -> None:
        number = desk.send(edited(codes), "改.xlsx")["id"]
        application_in(engine, people, "in_library", code=codes[2])
        done = desk.take(number, reopens_entry=True)
        assert (done["reopened"], done["left_frozen"]) == (1, 1)
        assert applied(city, codes[2]) == "in_library"

    def test_leaves_out_what_is_admitted_at_the_very_moment(
        self,
        engine: Engine,
        people: People,
        city: Caller,
        desk: Desk,
        codes: Codes,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        number = desk.send(edited(codes), "改.xlsx")["id"]
        application = application_in(engine, people, "recommended", code=codes[2])
        calls = []

        def admitted_after(*given: Any) -> None:
            calls.append(given)
            keep_entries(*given)
            if len(calls) == 1:
                move(engine, people.ministry, application, "admit")

        monkeypatch.setattr(work, "keep_entries", admitted_after)
        done = desk.take(number)
        assert (len(calls), done["left_frozen"], done["changed"]) == (2, 2, 1)
        assert applied(city, codes[2]) == "in_library"


class TestTheImportPages:
    def test_list_what_is_in_a_library_beside_one_box(
        self, anybody: Client, engine: Engine, people: People, city: Caller, desk: Desk, codes: Codes
    ) -> None:
        sign_in(anybody, "city")
        preview = sent(anybody, edited(codes), "改.xlsx")
        desk.finish()
        page = anybody.get(preview).text
        told = page.partition('id="frozen-title"')[2].partition("</section>")[0]
        assert "1 个项目已入库" in told
        assert codes[0] in told
        assert "总投资" in told
        assert codes[1] not in told
        assert len(re.findall(r'<input type="checkbox" name="reopens_entry" value="true">', page)) == 1
        assert "乙工程" not in anybody.get(f"{preview}?state=reopens").text.partition("<table")[2]
        assert "reopens their entry" in anybody.get(f"{preview}?lang=en").text

    def test_take_the_rest_and_come_back_for_what_was_left(
        self, anybody: Client, engine: Engine, people: People, city: Caller, desk: Desk, codes: Codes
    ) -> None:
        sign_in(anybody, "city")
        preview = sent(anybody, edited(codes), "改.xlsx")
        desk.finish()
        for fields, words in (
            ({}, "1 行属已入库项目的重大变更，未采用"),
            ({"reopens_entry": "true"}, "1 个已入库项目退回"),
        ):
            taking = str(committed(anybody, preview, take="all", **fields).url.path)
            desk.finish()
            assert words in anybody.get(taking).text
        assert states(engine, people, codes) == [("20000", 2), ("12345.67", 2), ("30000", 2)]
        assert "待省级审核" in anybody.get(f"/projects/{codes[0]}").text

    def test_ask_nothing_of_who_changes_no_entry(
        self, anybody: Client, engine: Engine, people: People, desk: Desk, codes: Codes
    ) -> None:
        sign_in(anybody, "city")
        preview = sent(anybody, "项目名称,总投资（万元）\n新工程,12\n")
        desk.finish()
        assert "reopens_entry" not in anybody.get(preview).text
