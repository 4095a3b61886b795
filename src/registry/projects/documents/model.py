"""Uploaded documents 项目资料: one stored file each content, and which projects it belongs to."""

from datetime import datetime
from typing import ClassVar

from sqlmodel import Field, SQLModel

from registry.database import UtcDateTime


class StoredFile(SQLModel, table=True):
    """A file in the store, named by the SHA-256 of its content; the same content is one row and one file."""

    __tablename__: ClassVar[str] = "stored_file"

    sha256: str = Field(max_length=64, primary_key=True)
    size: int
    media_type: str = Field(max_length=100)
    stored_at: datetime = Field(sa_type=UtcDateTime)


class UploadedDocument(SQLModel, table=True):
    """A document of a project: the file under the name it was uploaded with."""

    __tablename__: ClassVar[str] = "uploaded_document"

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    sha256: str = Field(foreign_key="stored_file.sha256", max_length=64, index=True)
    file_name: str = Field(max_length=200)
    checklist_code: str | None = Field(default=None, max_length=20)
    uploaded_by: int | None = Field(default=None, foreign_key="user_account.id")
    uploaded_at: datetime = Field(sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
