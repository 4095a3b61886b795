import hashlib
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine
from sqlmodel import select

from applications import enter_project
from conftest import People
from registry.accounts.model import PUBLIC
from registry.audit import AuditEntry, verify_log
from registry.database import reading, writing
from registry.errors import InvalidInput, NotAllowed, NotFound
from registry.projects.documents.model import StoredFile, UploadedDocument
from registry.projects.documents.operations import (
    DamagedFile,
    attach_to_checklist,
    download_document,
    list_documents,
    upload_document,
    withdraw_document,
)
from registry.projects.documents.sniffing import flaws, media_type
from registry.projects.documents.store import FolderStore, StoreUnavailable
from registry.projects.operations import release_project
from registry.projects.queries import read_dossier

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
OLE = bytes.fromhex("D0CF11E0A1B11AE1") + b"\0" * 600


def _zip(*names: str) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return whole.getvalue()


def _workbook() -> bytes:
    whole = io.BytesIO()
    openpyxl.Workbook().save(whole)
    return whole.getvalue()


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "documents")


def _upload(engine: Engine, people: People, code: str, store: FolderStore, name: str = "批复.pdf") -> int:
    document = upload_document(engine, people.city, code, content=PDF, file_name=name, checklist_code=None, store=store)
    return document.id or 0


class TestTheKindOfAFile:
    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            (PDF, "application/pdf"),
            (PNG, "image/png"),
            (b"\xff\xd8\xff\xe1\x00\x10Exif\x00\x00" + b"\0" * 30, "image/jpeg"),
            (_workbook(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (
                _zip("[Content_Types].xml", "word/document.xml"),
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ),
            (OLE + "WordDocument".encode("utf-16-le"), "application/msword"),
            (OLE + "Workbook".encode("utf-16-le"), "application/vnd.ms-excel"),
            (OLE, None),
            (_zip("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), None),
            (_zip("setup.exe"), None),
            (b"PK\x03\x04broken", None),
            (b"MZ\x90\x00" + b"\0" * 100, None),
            (b"<html><script>alert(1)</script></html>", None),
            (b"#!/bin/sh\n", None),
            ("纯文本".encode(), None),
        ],
    )
    def test_is_told_by_its_content(self, content: bytes, expected: str | None) -> None:
        assert media_type(content) == expected

    @pytest.mark.parametrize(
        ("content", "name", "code"),
        [
            (b"", "a.pdf", "empty-file"),
            (PDF, "a.exe", "file-name"),
            (PNG, "a.pdf", "file-name"),
            (b"MZ" + b"\0" * 60, "a.pdf", "file-type"),
            (PDF + b"\0" * (1024 * 1024), "a.pdf", "file-too-large"),
        ],
    )
    def test_stops_what_is_not_taken(self, content: bytes, name: str, code: str) -> None:
        assert [finding.code for finding in flaws(content, name, limit_mb=1)] == [code]

    def test_lets_a_file_of_exactly_the_limit_through(self) -> None:
        assert list(flaws(PDF.ljust(1024 * 1024, b"\0"), "A.PDF", limit_mb=1)) == []


class TestUploading:
    def test_keeps_the_same_file_once(self, engine: Engine, people: People, store: FolderStore) -> None:
        code, other = enter_project(engine, people.city), enter_project(engine, people.city)
        first, again = _upload(engine, people, code, store), _upload(engine, people, code, store)
        elsewhere = _upload(engine, people, other, store, "同一文件.pdf")
        assert (first == again, first == elsewhere) == (True, False)
        digest = hashlib.sha256(PDF).hexdigest()
        assert [path.name for path in store.folder.rglob("*") if path.is_file()] == [digest]
        with reading(engine) as session:
            (file,) = session.exec(select(StoredFile)).all()
            assert (file.sha256, file.size, file.media_type) == (digest, len(PDF), "application/pdf")
            assert len(session.exec(select(UploadedDocument)).all()) == 2

    def test_is_for_the_owner(self, engine: Engine, people: People, store: FolderStore) -> None:
        code = enter_project(engine, people.city)
        refusals = (
            (PUBLIC, NotAllowed),
            (people.bank, NotAllowed),
            (people.province, NotAllowed),
            (people.other_city, NotFound),
        )
        for actor, refusal in refusals:
            with pytest.raises(refusal):
                upload_document(engine, actor, code, content=PDF, file_name="a.pdf", checklist_code=None, store=store)
        assert not store.folder.exists()

    def test_drops_the_folders_of_the_senders_machine(self, engine: Engine, people: People, store: FolderStore) -> None:
        code = enter_project(engine, people.city)
        _upload(engine, people, code, store, "C:\\资料\\..\\批复.pdf")
        with reading(engine) as session:
            assert [document.file_name for document, _ in list_documents(session, people.city, code)] == ["批复.pdf"]

    def test_knows_the_checklist(self, engine: Engine, people: People, store: FolderStore) -> None:
        code = enter_project(engine, people.city)
        with pytest.raises(InvalidInput, match="D99"):
            upload_document(
                engine, people.city, code, content=PDF, file_name="a.pdf", checklist_code="D99", store=store
            )

    def test_leaves_no_half_record_when_killed_in_between(
        self, engine: Engine, people: People, store: FolderStore
    ) -> None:
        code = enter_project(engine, people.city)
        script = f"""
import os, signal
from pathlib import Path
from registry.accounts.queries import actor_by_login
from registry.database import open_engine, reading
from registry.projects.documents import operations
from registry.projects.documents.store import FolderStore
engine = open_engine({engine.url.set(drivername=engine.url.get_backend_name()).render_as_string(hide_password=False)!r})
with reading(engine) as session:
    actor = actor_by_login(session, "city")
keep = operations._note_document
def killed(*args, **kwargs):
    keep(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
operations._note_document = killed
operations.upload_document(engine, actor, {code!r}, content={PDF!r}, file_name="a.pdf", checklist_code=None,
                           store=FolderStore(Path({str(store.folder)!r})))
"""
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
        assert done.returncode == -9, done.stderr
        with reading(engine) as session:
            assert session.exec(select(StoredFile)).all() == []
            assert session.exec(select(UploadedDocument)).all() == []
            assert verify_log(session) is None
        assert store.read(hashlib.sha256(PDF).hexdigest()) == PDF
        assert _upload(engine, people, code, store) > 0


class TestHandingOut:
    def test_follows_the_project_and_leaves_a_trace(self, engine: Engine, people: People, store: FolderStore) -> None:
        code = enter_project(engine, people.city)
        number = _upload(engine, people, code, store)
        for actor, refusal in ((PUBLIC, NotAllowed), (people.bank, NotFound), (people.other_city, NotFound)):
            with pytest.raises(refusal), writing(engine) as session:
                download_document(session, actor, code, number, store=store)
        with writing(engine) as session:
            release_project(session, people.city, code, organisation_id=people.bank.organisation_id)
            found = download_document(session, people.bank, code, number, store=store)
        assert (found.content, found.media_type, found.file_name) == (PDF, "application/pdf", "批复.pdf")
        with reading(engine) as session:
            readings = session.exec(select(AuditEntry).where(AuditEntry.action == "document.read")).all()
            assert [entry.actor_id for entry in readings] == [people.bank.user_id]

    def test_tells_a_damaged_and_a_lost_file(self, engine: Engine, people: People, store: FolderStore) -> None:
        code = enter_project(engine, people.city)
        number = _upload(engine, people, code, store)
        path = next(path for path in store.folder.rglob("*") if path.is_file())
        path.write_bytes(PDF + b"!")
        with pytest.raises(DamagedFile), writing(engine) as session:
            download_document(session, people.city, code, number, store=store)
        path.unlink()
        with pytest.raises(StoreUnavailable), writing(engine) as session:
            download_document(session, people.city, code, number, store=store)

    def test_ends_when_the_document_is_withdrawn(self, engine: Engine, people: People, store: FolderStore) -> None:
        code = enter_project(engine, people.city)
        number = _upload(engine, people, code, store)
        with writing(engine) as session:
            withdraw_document(session, people.city, code, number)
        with reading(engine) as session:
            assert list_documents(session, people.city, code) == []


class TestAttaching:
    def test_writes_the_file_into_the_dossier(self, engine: Engine, people: People, store: FolderStore) -> None:
        code = enter_project(engine, people.city, documents=[{"checklist_code": "D03", "number": "发改〔2026〕1号"}])
        number = _upload(engine, people, code, store)
        with writing(engine) as session:
            for revision, item in ((1, "D03"), (2, "D02")):
                attach_to_checklist(session, people.city, code, number, checklist_code=item, expected_revision=revision)
        with reading(engine) as session:
            _, dossier = read_dossier(session, people.city, code)
        lines = [(line.checklist_code, line.is_available, line.number, line.sha256) for line in dossier.documents]
        digest = hashlib.sha256(PDF).hexdigest()
        assert lines == [("D02", True, None, digest), ("D03", True, "发改〔2026〕1号", digest)]
