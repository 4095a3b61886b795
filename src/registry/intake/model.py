"""What an import leaves besides projects: a record of the file, its findings and whatever was not taken."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from registry.database import UtcDateTime


class ImportBatch(SQLModel, table=True):
    """导入记录: one file that was read. The counts add up: rows = created + changed + unchanged + rejected.

    `findings`, `rejected_rows` and `extra_cells` are JSON. `rejected_rows` keeps each rejected row as it stood,
    `extra_cells` the contents of columns the catalogue does not know, so that nothing of the file is lost.
    """

    __tablename__: ClassVar[str] = "import_batch"

    id: int | None = Field(default=None, primary_key=True)
    file_name: str = Field(max_length=300)
    file_sha256: str = Field(max_length=64, index=True)
    actor_id: int | None = Field(default=None, foreign_key="user_account.id")
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    imported_at: datetime = Field(sa_type=UtcDateTime)
    rows: int
    created: int
    changed: int
    unchanged: int
    rejected: int
    findings: str = Field(sa_type=Text)
    rejected_rows: str = Field(sa_type=Text)
    extra_cells: str = Field(sa_type=Text)
