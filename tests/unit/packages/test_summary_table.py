import io
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

from builders import dossier
from conftest import People
from registry.accounts.model import Actor
from registry.database import writing
from registry.errors import NotAllowed
from registry.packages.summary_table import summary_table_xlsx
from registry.projects.operations import create_project, release_project


def rows(engine: Engine, actor: Actor, codes: list[str] | None = None) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(summary_table_xlsx(engine, actor, codes=codes)))
    return list(book.worksheets[0].iter_rows(values_only=True))


def enter(engine: Engine, people: People) -> list[str]:
    lines = [
        {"source": "city", "year": 2026, "amount": "0.1", "status": "secured"},
        {"source": "city", "year": 2027, "amount": "0.2", "status": "secured"},
        {"source": "special_bond", "year": 2027, "status": "planned"},
    ]
    with writing(engine) as session:
        one = create_project(session, people.city, dossier(funding_lines=lines, total_investment="0.1"), reason="录入")
        two = create_project(session, people.city, dossier(name="=1+1", total_investment="0.2"), reason="录入")
        create_project(session, people.other_city, dossier(total_investment=None), reason="录入")
    return [one.code, two.code]


class TestTheSummaryTable:
    def test_has_a_row_for_each_visible_project_in_the_order_of_the_catalogue(
        self, engine: Engine, people: People
    ) -> None:
        codes = enter(engine, people)
        found = rows(engine, people.city)
        head = found[3]
        assert [str(title).split("（")[0] for title in head[2:6]] == [
            "项目名称",
            "投资项目代码",
            "实施主体",
            "实施主体统一社会信用代码",
        ]
        assert [row[1] for row in found[4:6]] == codes
        assert len(rows(engine, people.ministry)) == len(found) + 1

    def test_shows_the_unknown_as_empty_and_never_as_zero(self, engine: Engine, people: People) -> None:
        enter(engine, people)
        found = rows(engine, people.ministry)
        head = found[3]
        total, bond, city = (
            head.index(title) for title in ("总投资（万元）", "地方政府专项债券（万元）", "市县财政资金（万元）")
        )
        assert [row[total] for row in found[4:7]] == [0.1, 0.2, None]
        assert found[4][bond] is None
        assert found[4][city] == 0.3

    def test_adds_exactly_what_is_known_and_says_how_many(self, engine: Engine, people: People) -> None:
        enter(engine, people)
        found = rows(engine, people.ministry)
        total = found[3].index("总投资（万元）")
        assert found[7][total] == 0.3
        assert found[8][total] == "2 个"

    def test_takes_no_name_for_a_formula(self, engine: Engine, people: People) -> None:
        enter(engine, people)
        book = openpyxl.load_workbook(io.BytesIO(summary_table_xlsx(engine, people.city)))
        cell = book.worksheets[0]["C6"]
        assert (cell.value, cell.data_type) == ("=1+1", "s")

    def test_is_not_for_banks_which_take_what_was_released_to_them(self, engine: Engine, people: People) -> None:
        codes = enter(engine, people)
        with writing(engine) as session:
            release_project(session, people.city, codes[1], organisation_id=people.bank.organisation_id)
        with pytest.raises(NotAllowed):
            rows(engine, people.bank)
