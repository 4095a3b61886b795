"""What lists, counts and searches read: one narrow row per project, and the values its words stand for."""

from typing import Any, ClassVar

from sqlalchemy import Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel


class SearchRow(SQLModel, table=True):
    """检索行: a projection of the latest revision, written in the same transaction (decision 0040).

    `word` is all a list filters, sorts, counts and sums by, in fixed columns (`words.py`). `chinese` and `latin` are
    what a search term is looked for in, in one spelling, a line for each part (`spelling.py`).
    """

    __tablename__: ClassVar[str] = "project_search"
    __table_args__: ClassVar[Any] = (
        # With the word in the index, counting without a search term never touches the rows.
        Index("ix_project_search_owner", "owner_id", "word"),
        Index("ix_project_search_city_code", "city_code", "word"),
        # In the order of the glances of assessments, which are laid beside the words.
        Index("ix_project_search_word", "project_id", "word"),
        # A Chinese search of everything reads this instead of the rows, and joins the words owner by owner. It holds
        # any text there can be (2,704 bytes on PostgreSQL: 550 characters and the word); Latin ones may be longer.
        Index("ix_project_search_chinese", "owner_id", "word", "chinese"),
    )

    project_id: int = Field(foreign_key="project.id", primary_key=True)
    owner_id: int = Field(foreign_key="organisation.id")
    city_code: str | None = Field(default=None, max_length=6)
    word: str = Field(max_length=60)
    chinese: str = Field(sa_type=Text)
    latin: str = Field(sa_type=Text)


class SearchValue(SQLModel, table=True):
    """检索值: a value some project carries, under the number that stands for it in the words. Only ever added."""

    __tablename__: ClassVar[str] = "search_value"
    __table_args__: ClassVar[Any] = (UniqueConstraint("kind", "text", name="uq_search_value_kind"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=20)
    text: str = Field(sa_type=Text)
