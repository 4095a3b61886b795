"""Documents that go along in a package: which, under which names, and always the same bytes."""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest

from packaged import content, dossier
from registry.packages import attachments, verify
from registry.packages.assemble import assemble, is_package_of
from registry.packages.attachments import enclosed_files
from registry.packages.checklist_workbook import checklist_xlsx
from registry.packages.content import Attachment, PackageContent
from registry.projects.documents.operations import DamagedFile
from registry.projects.documents.store import FolderStore, StoreUnavailable

pytestmark = pytest.mark.usefixtures("cheap_papers")


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "documents")


def attached(store: FolderStore, *documents: tuple[str | None, str, bytes]) -> PackageContent:
    """A content with these documents, each a code, a name and what is in it."""
    listed = []
    for code, name, held in documents:
        sha256 = hashlib.sha256(held).hexdigest()
        store.put(sha256, held)
        listed.append((code or "~", name, sha256, len(held)))
    return content(dossier=dossier(), attachments=tuple(attachments._attachments(sorted(listed))))


def manifest(package: bytes) -> dict[str, object]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        found: dict[str, object] = json.loads(archive.read("manifest.json"))
    return found


class TestADocument:
    def test_is_in_the_package_with_its_code_and_digest(self, store: FolderStore) -> None:
        package = assemble(attached(store, ("D02", "立项批复.pdf", b"%PDF-a"), (None, "照片.png", b"PNG")), store=store)
        report = verify.verify_bytes(package.content)
        assert report.flaws == ()
        files = {item["name"]: item for item in manifest(package.content)["files"]}  # type: ignore[attr-defined]
        held = files["attachments/D02_立项批复.pdf"]
        assert (held["checklist_code"], held["title"]) == ("D02", "立项批复.pdf")
        assert held["sha256"] == hashlib.sha256(b"%PDF-a").hexdigest()
        assert files["attachments/其他_照片.png"]["checklist_code"] is None
        with zipfile.ZipFile(io.BytesIO(package.content)) as archive:
            assert archive.read("attachments/D02_立项批复.pdf") == b"%PDF-a"
            note = archive.read("00_README.md").decode()
        assert "`attachments/D02_立项批复.pdf` D02" in note

    def test_is_named_in_the_checklist_beside_its_line(self, store: FolderStore) -> None:
        book = openpyxl.load_workbook(io.BytesIO(checklist_xlsx(attached(store, ("D02", "立项批复.pdf", b"%PDF-a")))))
        rows = {row[0]: row for row in book["文件清单"].iter_rows(min_row=4, values_only=True)}
        assert rows["D02"][9] == "attachments/D02_立项批复.pdf"
        assert rows["D04"][9] in {None, ""}
        assert rows["D04"][4] == "生态环境部门"

    def test_that_is_missing_is_in_the_manifest_with_who_must_provide_it(self, store: FolderStore) -> None:
        found = manifest(assemble(attached(store), store=store).content)["missing_documents"]
        lines = {line["code"]: line for line in found}  # type: ignore[attr-defined]
        assert "D02" not in lines
        assert (lines["D04"]["status"], lines["D04"]["provider"]) == ("missing", "生态环境部门")
        assert (lines["D01"]["status"], lines["D01"]["provider"]) == ("unknown", "实施主体")
        assert all(line["provider"] and line["provider_en"] for line in lines.values())

    def test_changed_in_the_package_is_named(self, store: FolderStore) -> None:
        package = assemble(attached(store, ("D02", "立项批复.pdf", b"%PDF-a")), store=store).content
        changed = package.replace(b"%PDF-a", b"%PDF-b")
        assert [(flaw.file, flaw.code) for flaw in verify.verify_bytes(changed).flaws] == [
            ("attachments/D02_立项批复.pdf", "changed")
        ]

    def test_damaged_in_the_store_goes_out_in_no_package(self, store: FolderStore) -> None:
        whole = attached(store, ("D02", "立项批复.pdf", b"%PDF-a"))
        (path,) = (each for each in store.folder.rglob("*") if each.is_file())
        path.chmod(0o600)
        path.write_bytes(b"%PDF-x")
        with pytest.raises(DamagedFile, match=r"立项批复\.pdf"):
            assemble(whole, store=store)
        with pytest.raises(StoreUnavailable):
            assemble(whole)

    def test_that_would_make_the_package_too_large_is_listed_and_not_enclosed(
        self, store: FolderStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(attachments, "LARGEST_ENCLOSED_BYTES", 10)
        whole = attached(store, ("D02", "a.pdf", b"12345678"), ("D03", "b.pdf", b"12345678"), ("D05", "c.pdf", b"1"))
        assert [each.is_enclosed for each in whole.attachments] == [True, False, True]
        package = assemble(whole, store=store)
        with zipfile.ZipFile(io.BytesIO(package.content)) as archive:
            assert "attachments/D03_b.pdf" not in archive.namelist()
            assert "过大未随包" in archive.read("00_README.md").decode()


class TestTheSameDocuments:
    def test_give_the_same_bytes_and_others_another_package(self, store: FolderStore, tmp_path: Path) -> None:
        documents = (("D02", "立项批复.pdf", b"%PDF-a"), ("D03", "可研.pdf", b"%PDF-b"))
        first = assemble(attached(store, *documents), store=store)
        again = assemble(attached(store, *reversed(documents)), store=store)
        assert first.content == again.content
        path = tmp_path / "package.zip"
        path.write_bytes(first.content)
        assert is_package_of(path, attached(store, *documents))
        assert not is_package_of(path, attached(store, documents[0]))
        assert not is_package_of(path, attached(store, *documents), is_signed=True)


class TestAName:
    @pytest.mark.parametrize(
        "name", ["a/b\\c:d*e?.pdf", "名" * 200 + ".pdf", " .. ", "CON\x7f.pdf", "x" * 199 + "." + "y" * 190, "."]
    )
    def test_is_one_every_system_can_unpack(self, store: FolderStore, name: str) -> None:
        (found,) = attached(store, ("D02", name, b"x")).attachments
        assert verify.is_safe_name(found.path)
        assert found.path.count("/") == 1
        assert len(found.path.rpartition("/")[2].encode()) <= 255
        assert found.file_name == name

    def test_taken_twice_is_told_apart(self, store: FolderStore) -> None:
        found = attached(store, ("D02", "A.pdf", b"1"), ("D02", "a.pdf", b"2"), ("D02", "a.pdf", b"3")).attachments
        assert len({each.path.casefold() for each in found}) == 3

    def test_needs_no_store_where_nothing_is_enclosed(self) -> None:
        listed = Attachment("attachments/D02_a.pdf", "a.pdf", "D02", "ab" * 32, 5, is_enclosed=False)
        assert list(enclosed_files([listed], None)) == []
