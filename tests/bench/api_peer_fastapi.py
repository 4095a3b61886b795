"""The peer: the two reads in the plain way of FastAPI with SQLModel. No sign-in, no permissions, no caching headers."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import JSON, event
from sqlmodel import Field, Session, SQLModel, col, create_engine, select


class ProjectRow(SQLModel, table=True):
    __tablename__ = "project"
    __table_args__ = {"extend_existing": True}

    id: int | None = Field(default=None, primary_key=True)
    code: str
    name: str | None
    province_name: str | None
    city_name: str | None
    published_field: str | None
    total_investment: int | None
    revision_number: int
    is_demo: bool
    updated_at: datetime


class RevisionRow(SQLModel, table=True):
    __tablename__ = "project_revision"
    __table_args__ = {"extend_existing": True}

    id: int | None = Field(default=None, primary_key=True)
    project_id: int
    number: int
    document: dict[str, Any] = Field(sa_type=JSON)
    saved_at: datetime
    hash: str


class ProjectSummary(SQLModel):
    code: str
    name: str | None
    province_name: str | None
    city_name: str | None
    published_field: str | None
    total_investment: int | None
    revision_number: int
    is_demo: bool
    updated_at: datetime


class ProjectRecord(SQLModel):
    code: str
    revision_number: int
    hash: str
    saved_at: datetime
    is_demo: bool
    document: dict[str, Any]


def make_app(url: str) -> FastAPI:
    engine = create_engine(url, pool_size=20, max_overflow=20)

    @event.listens_for(engine, "connect")
    def pragmas(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA cache_size=-65536")

    def session() -> Iterator[Session]:
        with Session(engine) as opened:
            yield opened

    app = FastAPI()

    @app.get("/api/v1/projects/{code}")
    def read(code: str, db: Annotated[Session, Depends(session)]) -> ProjectRecord:
        project = db.exec(select(ProjectRow).where(ProjectRow.code == code)).one_or_none()
        if project is None:
            raise HTTPException(404)
        latest = (RevisionRow.project_id == project.id, RevisionRow.number == project.revision_number)
        revision = db.exec(select(RevisionRow).where(*latest)).one()
        return ProjectRecord(
            code=project.code,
            revision_number=revision.number,
            hash=revision.hash,
            saved_at=revision.saved_at,
            is_demo=project.is_demo,
            document=revision.document,
        )

    @app.get("/api/v1/projects", response_model=list[ProjectSummary])
    def page(db: Annotated[Session, Depends(session)], limit: int = 50) -> Any:
        return db.exec(select(ProjectRow).order_by(col(ProjectRow.code)).limit(limit)).all()

    return app
