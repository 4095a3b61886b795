from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, select, update
from sqlmodel import Session, col

from applications import LIBRARY, application_in, complete_dossier, move
from builders import dossier
from conftest import People
from registry.accounts.model import PUBLIC, Actor
from registry.database import migrate, reading, writing
from registry.errors import InvalidInput, NotAllowed
from registry.projects.operations import Draft, release_project, save_many, save_project
from registry.projects.queries import list_codes
from registry.projects.search.filters import ProjectFilter, Sort, read_filter
from registry.projects.search.keys import rebuild
from registry.projects.search.model import SearchRow, SearchValue
from registry.projects.search.narrowing import Narrowed
from registry.projects.search.pinyin import spelt
from registry.projects.search.queries import narrow, summaries
from registry.projects.search.words import KINDS, WIDTH, Words, word
from registry.settings import HOME


def entered(engine: Engine, actor: Actor, dossiers: Iterable[Mapping[str, Any]]) -> list[str]:
    with writing(engine) as session:
        drafts = [Draft(dossier(**changes)) for changes in dossiers]
        return [outcome.code for outcome in save_many(session, actor, drafts, reason="导入")]


def found(engine: Engine, actor: Actor, sort: Sort = "code", **conditions: Any) -> list[str]:
    with reading(engine) as session:
        return narrow(session, actor, ProjectFilter(**conditions)).codes(sort)


def paged(left: Narrowed, sort: Sort, size: int) -> list[str]:
    """Go through all pages by their cursors."""
    page = left.page(sort=sort, after=None, limit=size)
    seen = page.codes
    while page.next is not None:
        page = left.page(sort=sort, after=page.next, limit=size)
        seen = seen + page.codes
    return seen


class TestPinyin:
    @pytest.mark.parametrize(
        ("text", "full", "initials"),
        [
            ("污水处理", "wushuichuli", "wscl"),
            ("重庆市重点项目", "chongqingshizhongdianxiangmu", "cqszdxm"),
            ("长沙市长江镇", "changshashichangjiangzhen", "csscjz"),
            ("北京市朝阳区", "beijingshichaoyangqu", "bjscyq"),
            ("绿道ppp10万吨", "lvdaoppp10wandun", "ldppp10wd"),
            ("", "", ""),
        ],
    )
    def test_is_read_as_people_say_it(self, text: str, full: str, initials: str) -> None:
        assert spelt(text) == (full, initials)


class TestSearching:
    SHOULD_FIND: tuple[tuple[str, set[int]], ...] = (
        ("污水处理 湖州", {0}),
        ("湖州 污水处理", {0}),
        ("汙水處理", {0}),
        ("wushui", {0}),
        ("WSCL", {0}),
        ("chongqing", {1}),
        ("cqs 河道", {1}),
        ("ＭＬ－0000002", {1}),
        ("2603-330502-04", {0}),
        ("示例水务", {0}),
        ("shilishuiwu", {0}),
        ("浙江", {0, 2}),
        ("zhejiang", {0, 2}),
        ("道", {1, 2}),
        ("%", {2}),
        ("100%", {2}),
        ("_", {2}),
        ("'", {2}),
        ("\\", {2}),
        ("ppp", {2}),
        ("ＰＰＰ绿道", {2}),
        ("lvdao", {2}),
        ("lüdao", {2}),
        ("污水处理 重庆", set()),
        ("水处理污", set()),
        ("   ", {0, 1, 2}),
    )

    def test_finds_by_characters_pinyin_and_codes(self, engine: Engine, people: People) -> None:
        codes = entered(
            engine,
            people.city,
            (
                {
                    "name": "湖州市吴兴区污水处理厂",
                    "province_name": "浙江省",
                    "approval_code": "2603-330502-04-01-123456",
                    "implementer_name": "示例水务公司",
                },
                {"name": "河道整治", "city_name": "重庆市", "city_code": "500000"},
                {"name": "PPP 绿道 a_b'c\\d（100%）", "province_name": "浙江省"},
            ),
        )
        for search, expected in self.SHOULD_FIND:
            hits = found(engine, people.city, search=search)
            assert hits == [codes[place] for place in sorted(expected)], search


class TestNarrowing:
    @pytest.fixture
    def codes(self, engine: Engine, people: People) -> list[str]:
        return entered(
            engine,
            people.city,
            (
                {"name": "甲号", "total_investment": "300", "province_name": "浙江省", "construction_start": "2026-03"},
                {"name": "乙号", "total_investment": None, "province_name": "浙江省", "published_field": "水利"},
                {"name": "丙号", "total_investment": "0", "city_code": "370402", "published_field": "水利"},
                {
                    "name": "丁号",
                    "total_investment": "300.000001",
                    "construction_status": "completed",
                    "city_code": None,
                },
            ),
        )

    SHOULD_LEAVE: tuple[tuple[dict[str, Any], list[int]], ...] = (
        ({"province": "浙江省"}, [0, 1]),
        ({"province": "浙江省", "field": "水利"}, [1]),
        ({"province": "没有的省"}, []),
        ({"province": "浙江"}, []),
        ({"start_year": "2026"}, [0]),
        ({"status": "completed"}, [3]),
        ({"nature": "real"}, [0, 1, 2, 3]),
        ({"nature": "demo"}, []),
        ({"investment_min": Decimal(0)}, [0, 2, 3]),
        ({"investment_max": Decimal(300)}, [0, 2]),
        ({"investment_min": Decimal("300.000001")}, [3]),
        ({"search": "号", "investment_max": Decimal(0)}, [2]),
    )

    def test_leaves_what_meets_every_condition(self, engine: Engine, people: People, codes: list[str]) -> None:
        for conditions, expected in self.SHOULD_LEAVE:
            left = found(engine, people.city, **conditions)
            assert left == [codes[place] for place in expected], conditions

    def test_counts_and_sums_what_is_left(self, engine: Engine, people: People, codes: list[str]) -> None:
        with reading(engine) as session:
            assert narrow(session, people.city).investment() == Decimal("600.000001")
            unknown = narrow(session, people.city, ProjectFilter(search="乙号"))
            assert (len(unknown), unknown.investment()) == (1, None)
            assert narrow(session, people.city, ProjectFilter(search="丙号")).investment() == Decimal(0)

    def test_counts_each_facet_beside_the_other_conditions(
        self, engine: Engine, people: People, codes: list[str]
    ) -> None:
        with reading(engine) as session:
            left = narrow(session, people.city, ProjectFilter(province="浙江省", field="水利"))
            assert left.counts("province") == {"山东省": 1, "浙江省": 1}
            assert left.counts("field") == {"水利": 1}
            assert left.counts("start_year") == {}
            assert narrow(session, people.city).counts("field") == {"水利": 2}

    def test_sums_more_than_a_machine_word_holds(self) -> None:
        largest, moment = Decimal(10000000000), datetime(2026, 11, 1, tzinfo=UTC)
        words = Words("".join(word(number, {}, largest, moment, 1) for number in range(1, 1001)))
        assert Narrowed(words, {}, ProjectFilter()).investment() == largest * 1000

    ORDERS: tuple[tuple[Sort, list[int]], ...] = (
        ("code", [0, 1, 2, 3]),
        ("investment", [3, 0, 2, 1]),
        ("saved", [1, 0, 2, 3]),
    )

    def test_pages_through_every_order_once(self, engine: Engine, people: People, codes: list[str]) -> None:
        with writing(engine) as session:
            changed = dossier(name="乙号", total_investment=None)
            save_project(session, people.city, codes[1], changed, expected_revision=1, reason="补充")
        for (sort, expected), size in product(self.ORDERS, (1, 2, 3)):
            with reading(engine) as session:
                seen = paged(narrow(session, people.city), sort, size)
            assert seen == [codes[place] for place in expected], (sort, size)

    def test_goes_on_behind_a_project_that_moved_meanwhile(
        self, engine: Engine, people: People, codes: list[str]
    ) -> None:
        with reading(engine) as session:
            first = narrow(session, people.city).page(sort="investment", after=None, limit=2)
        with writing(engine) as session:
            changed = dossier(name="甲号", total_investment="900")
            save_project(session, people.city, codes[0], changed, expected_revision=1, reason="调增")
        with reading(engine) as session:
            rest = narrow(session, people.city).page(sort="investment", after=first.next, limit=9)
        assert (first.codes, rest.codes) == ([codes[3], codes[0]], [codes[2], codes[1]])

    @pytest.mark.parametrize(
        ("sort", "after"),
        [("code", "x"), ("code", "5.ML-0000001"), ("investment", "ML-0000001"), ("saved", "9" * 30 + ".ML-0000001")],
    )
    def test_refuses_a_cursor_of_another_order(self, sort: Sort, after: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            Narrowed(Words(None), {}, ProjectFilter()).page(sort=sort, after=after, limit=1)
        assert [finding.code for finding in refused.value.findings] == ["bad-cursor"]

    def test_reads_conditions_by_name_and_names_all_that_is_wrong(self) -> None:
        asked = {"investment_min": "1,200", "status": "completed", "search": " 水 "}
        assert read_filter(asked.get) == ProjectFilter(search="水", status="completed", investment_min=Decimal(1200))
        with pytest.raises(InvalidInput) as refused:
            read_filter({"investment_max": "多", "dimension": "x", "nature": "y"}.get)
        assert {finding.path for finding in refused.value.findings} == {"investment_max", "dimension", "nature"}


class TestVisibility:
    def test_is_never_widened_by_a_condition(self, engine: Engine, people: People) -> None:
        facts = {"published_field": "水利", "construction_status": "completed"}
        mine = entered(engine, people.city, ({**facts, "name": f"湖州{n}号"} for n in range(3)))
        entered(engine, people.other_city, ({**facts, "name": f"枣庄{n}号", "city_code": "370402"} for n in range(2)))
        with writing(engine) as session:
            release_project(session, people.city, mine[0], organisation_id=people.bank.organisation_id)
            release_project(session, people.city, mine[1], organisation_id=None)
        conditions: tuple[dict[str, Any], ...] = (
            {},
            {"search": "号"},
            {"search": "hao"},
            {"field": "水利", "status": "completed", "nature": "real"},
            {"investment_min": Decimal(1)},
        )
        for actor in (*vars(people).values(), PUBLIC):
            with reading(engine) as session:
                seen = list_codes(session, actor)
            for each in conditions:
                assert found(engine, actor, **each) == seen, (actor.group, each)
        assert found(engine, people.bank) == [mine[0]]
        assert found(engine, PUBLIC) == [mine[1]]
        assert len(found(engine, people.ministry)) == 5
        assert found(engine, people.province) == mine
        assert found(engine, people.ministry, province="浙江省") == mine

    def test_lets_a_facet_count_nothing_of_others(self, engine: Engine, people: People) -> None:
        entered(engine, people.other_city, [{"published_field": "别市的领域"}])
        entered(engine, people.city, [{"published_field": "本市的领域"}])
        with reading(engine) as session:
            assert narrow(session, people.city).counts("field") == {"本市的领域": 1}

    def test_keeps_applications_from_banks_and_the_public(self, engine: Engine, people: People) -> None:
        for actor in (people.bank, PUBLIC):
            for wanted in (ProjectFilter(state="in_library"), ProjectFilter(library=LIBRARY)):
                with reading(engine) as session, pytest.raises(NotAllowed):
                    narrow(session, actor, wanted)

    def test_drops_a_line_the_actor_may_not_see(self, engine: Engine, people: People) -> None:
        code = entered(engine, people.city, [{}])[0]
        with reading(engine) as session:
            assert summaries(session, people.other_city, [code]) == []
            assert [line.code for line in summaries(session, people.city, [code])] == [code]


def rows_of(session: Session) -> dict[str, Any]:
    """Return what the projection says of each project, with values by name instead of number."""
    names = {row.id: row.text for row in session.execute(select(col(SearchValue.id), col(SearchValue.text)))}
    columns = (SearchRow.project_id, SearchRow.owner_id, SearchRow.city_code, SearchRow.chinese, SearchRow.latin)
    said = {}
    for row in session.execute(select(*(col(column) for column in columns), col(SearchRow.word))):
        words = Words(row.word)
        values = {kind: names.get(int(words.values(kind)[0])) for kind in KINDS}
        numbers = int(words.number[0]), int(words.fen[0]), int(words.saved[0])
        said[row.project_id] = (*tuple(row)[:-1], values, numbers)
    return said


class TestProjection:
    def test_says_what_the_latest_revision_says(self, engine: Engine, people: People) -> None:
        code = entered(engine, people.city, [{"name": "旧名", "province_name": "浙江省"}])[0]
        with writing(engine) as session:
            changed = dossier(name="新名", city_code=None, total_investment="5", beautiful_city_task="plastics")
            save_project(session, people.city, code, changed, expected_revision=1, reason="更正")
        assert found(engine, people.city, search="旧名") == []
        assert found(engine, people.city, province="浙江省") == []
        assert found(engine, people.city, search="xinming", task="plastics", investment_max=Decimal(5)) == [code]

    def test_places_a_project_by_its_code_and_by_a_typed_name_only_without_one(
        self, engine: Engine, people: People
    ) -> None:
        coded, typed = entered(
            engine, people.city, [{"province_name": "江苏省"}, {"city_code": None, "province_name": "江苏省"}]
        )
        assert found(engine, people.city, province="浙江省") == [coded]
        assert found(engine, people.city, province="江苏省") == [typed]

    def test_follows_an_application_from_state_to_state(self, engine: Engine, people: People) -> None:
        application = application_in(engine, people, "submitted")
        assert len(found(engine, people.province, library=LIBRARY, state="submitted")) == 1
        assert found(engine, people.province, state="in_library") == []
        move(engine, people.province, application, "decline")
        assert len(found(engine, people.ministry, state="declined")) == 1
        assert found(engine, people.ministry, state="submitted") == []
        with reading(engine) as session:
            left = narrow(session, people.ministry, ProjectFilter(library=LIBRARY))
            assert left.counts("state") == {"declined": 1}
            assert left.counts("library") == {LIBRARY: 1}

    def test_follows_an_entry_reopened_by_a_major_edit(self, engine: Engine, people: People) -> None:
        application_in(engine, people, "in_library")
        code = found(engine, people.city, state="in_library")[0]
        with writing(engine) as session:
            changed = complete_dossier(total_investment="99999")
            save_project(session, people.city, code, changed, expected_revision=1, reason="调增", reopens_entry=True)
        assert found(engine, people.city, state="submitted", investment_min=Decimal(99999)) == [code]

    def test_is_the_same_when_written_anew(self, engine: Engine, people: People) -> None:
        application_in(engine, people, "submitted")
        entered(engine, people.city, ({"name": f"第{n}号", "published_field": f"领域{n % 3}"} for n in range(7)))
        with reading(engine) as session:
            before = rows_of(session)
        with writing(engine) as session:
            session.execute(update(SearchRow).values(chinese="x", latin="x", word="$" * WIDTH, city_code="1"))
            rebuild(session)
        with reading(engine) as session:
            assert rows_of(session) == before
        assert len(before) == 8

    def test_is_written_by_the_migration_for_projects_that_were_there(self, engine: Engine, people: People) -> None:
        application_in(engine, people, "in_library")
        entered(engine, people.city, ({"name": f"第{n}号"} for n in range(510)))
        with reading(engine) as session:
            before = rows_of(session)
        try:
            take_back(engine, "0004")
        finally:
            migrate(engine)
        with reading(engine) as session:
            assert rows_of(session) == before
        assert len(before) == 511


def take_back(engine: Engine, revision: str) -> None:
    """Undo a migration and those after it."""
    config = Config()
    config.set_main_option("script_location", str(HOME / "migrations"))
    before = ScriptDirectory.from_config(config).get_revision(revision).down_revision
    assert isinstance(before, str)
    with engine.execution_options(is_writer=True).begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, before)
