"""What lists, counts and searches read: one narrow row per project, and the values its words stand for."""

from typing import Any, ClassVar, Final

from sqlalchemy import Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

LONGEST_INDEXED: Final = 600
"""Characters of a `latin` an index holds: PostgreSQL takes 2,704 bytes with all else; only absurd ones are longer."""
_SHORT: Final = text(f"length(latin) <= {LONGEST_INDEXED}")
_LONG: Final = text(f"length(latin) > {LONGEST_INDEXED}")


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
        # A search of everything reads one of these instead of the rows, and joins the words owner by owner.
        Index("ix_project_search_chinese", "owner_id", "word", "chinese"),
        Index("ix_project_search_latin", "owner_id", "word", "latin", sqlite_where=_SHORT, postgresql_where=_SHORT),
        Index("ix_project_search_long", "owner_id", sqlite_where=_LONG, postgresql_where=_LONG),
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
