"""A list finds exactly what plain Python finds, on names, places and money as people write them."""

import unicodedata
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import opencc
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, insert
from sqlalchemy.pool import StaticPool
from sqlmodel import Session, SQLModel

from registry.accounts.model import Actor
from registry.projects.search.filters import ProjectFilter, Sort
from registry.projects.search.keys import write_rows
from registry.projects.search.pinyin import spelt
from registry.projects.search.queries import narrow

MINISTRY = Actor(None, 1, "ministry", None, "部")
PIECES = (
    "湖州",
    "重庆",
    "長沙",
    "污水",
    "水",
    "处理",
    "廠",
    "绿道",
    "PPP",
    "ｐ１",
    "10万吨",
    "(一期)",
    " ",
    "_",
    "%",
    "'",
    "\\",
    "ü",
)
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join)
MONEY = st.none() | st.integers(0, 40).map(lambda n: Decimal(n) / 4)
PROJECT = st.fixed_dictionaries(
    {
        "name": st.none() | TEXTS,
        "implementer_name": st.none() | TEXTS,
        "province_name": st.sampled_from([None, "浙江省", "重庆市"]),
        "published_field": st.sampled_from([None, "水利", "固废"]),
        "total_investment": MONEY,
        "minute": st.integers(0, 3),
    }
)
SEARCHES = (
    st.none()
    | TEXTS
    | st.sampled_from(["wushui", "ws", "chongqing", "cq", "changsha", "ML-000000", "ｍｌ", "lv", "1 水"])
)


def in_memory(projects: list[dict[str, Any]]) -> Session:
    """Return a session on a database that holds these projects, numbered from one, and their search rows."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    tables = ("organisation", "user_account", "project", "application", "project_search", "search_value")
    SQLModel.metadata.create_all(engine, tables=[SQLModel.metadata.tables[name] for name in tables])
    session = Session(engine)
    rows = [
        {
            **{name: value for name, value in project.items() if name != "minute"},
            "id": number,
            "code": f"ML-{number:07d}",
            "owner_id": 1,
            "revision_number": 1,
            "is_demo": False,
            "created_at": datetime(2026, 1, 1, tzinfo=UTC),
            "updated_at": datetime(2026, 1, 1, 0, project["minute"], tzinfo=UTC),
            "performance_goal_count": 0,
            "component_count": 0,
            "quantified_benefit_count": 0,
        }
        for number, project in enumerate(projects, 1)
    ]
    session.execute(insert(SQLModel.metadata.tables["project"]), rows)
    write_rows(session, range(1, len(rows) + 1))
    return session


def folded(text: str) -> str:
    simple = opencc.OpenCC("t2s").convert(text)
    return "".join(unicodedata.normalize("NFKC", simple).casefold().split())


def is_found(search: str, number: int, project: dict[str, Any]) -> bool:
    """Say whether each word stands in a part of the project, in its syllables or in its initials."""
    names = [folded(project[name]) for name in ("name", "implementer_name", "province_name") if project[name]]
    everywhere = [f"ml-{number:07d}", *names, *(spelling for name in names for spelling in spelt(name))]
    words = [folded(word).replace("ü", "v") for word in search.split()]
    return all(any(word in part.replace("ü", "v") for part in everywhere) for word in words)


@settings(max_examples=40, deadline=None)
@given(st.lists(PROJECT, min_size=1, max_size=12), st.lists(SEARCHES, min_size=3, max_size=3))
def test_a_search_finds_what_python_finds(projects: list[dict[str, Any]], searches: list[str | None]) -> None:
    with in_memory(projects) as session:
        for search in searches:
            expected = [n for n, project in enumerate(projects, 1) if is_found(search or "", n, project)]
            found = narrow(session, MINISTRY, ProjectFilter(search=search)).codes("code")
            assert found == [f"ML-{number:07d}" for number in expected], search


@settings(max_examples=40, deadline=None)
@given(
    st.lists(PROJECT, min_size=1, max_size=12),
    st.sampled_from([None, "浙江省", "重庆市"]),
    st.sampled_from([None, "水利", "固废"]),
    MONEY,
    MONEY,
    st.sampled_from(["code", "investment", "saved"]),
    st.integers(1, 5),
)
def test_a_list_is_what_python_sorts_counts_and_sums(
    projects: list[dict[str, Any]],
    province: str | None,
    field: str | None,
    least: Decimal | None,
    most: Decimal | None,
    sort: Sort,
    size: int,
) -> None:
    def is_left(project: dict[str, Any], *, any_field: bool = False) -> bool:
        money = project["total_investment"]
        return (
            province in {None, project["province_name"]}
            and (any_field or field in {None, project["published_field"]})
            and (least is None or (money is not None and money >= least))
            and (most is None or (money is not None and money <= most))
        )

    orders = {
        "code": lambda n: n,
        "investment": lambda n: (
            -(projects[n]["total_investment"] if projects[n]["total_investment"] is not None else -1),
            n,
        ),
        "saved": lambda n: (-projects[n]["minute"], n),
    }
    left = [n for n, project in enumerate(projects) if is_left(project)]
    known = [projects[n]["total_investment"] for n in left if projects[n]["total_investment"] is not None]
    fields = [project["published_field"] for project in projects if is_left(project, any_field=True)]
    wanted = ProjectFilter(province=province, field=field, investment_min=least, investment_max=most)
    with in_memory(projects) as session:
        found = narrow(session, MINISTRY, wanted)
        seen: list[str] = []
        after = None
        for _ in range(len(projects) + 1):
            page = found.page(sort=sort, after=after, limit=size)
            seen += page.codes
            after = page.next
            if after is None:
                break
        assert seen == [f"ML-{n + 1:07d}" for n in sorted(left, key=orders[sort])]
        assert len(found) == len(left)
        assert found.investment() == (sum(known) if known else None)
        assert found.counts("field") == {name: fields.count(name) for name in ("水利", "固废") if name in fields}
