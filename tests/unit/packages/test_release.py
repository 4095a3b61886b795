"""The city's decision to give one package to one bank, and what is left of it in the log."""

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from builders import dossier
from conftest import People
from registry import settings
from registry.accounts.model import PUBLIC
from registry.audit import AuditEntry
from registry.database import reading, writing
from registry.errors import InvalidInput, NotAllowed, NotFound
from registry.packages.files import kept_path
from registry.packages.release.model import PackageRelease
from registry.packages.release.operations import PackageDamaged, download_package, release_package
from registry.packages.release.queries import downloads_of, find_release, list_releases, superseded_releases
from registry.packages.verify import verify_file
from registry.projects.operations import create_project, save_project

DAY = date(2026, 3, 1)


@pytest.fixture(autouse=True)
def _own_folder(data_dir: Path) -> Iterator[None]:
    assert data_dir.is_dir()
    settings.settings.cache_clear()
    yield
    settings.settings.cache_clear()


@pytest.fixture
def code(engine: Engine, people: People) -> str:
    with writing(engine) as session:
        return create_project(session, people.city, dossier(), reason="录入").code


def released(engine: Engine, people: People, code: str, *, as_of: date = DAY) -> PackageRelease:
    with writing(engine) as session:
        bank = people.bank.organisation_id or 0
        return release_package(session, people.city, code, bank_id=bank, as_of=as_of, reason="市政府常务会议决定")


class TestReleasing:
    def test_keeps_the_very_file_the_manifest_speaks_of(self, engine: Engine, people: People, code: str) -> None:
        release = released(engine, people, code)
        path = kept_path(release.content_sha256)
        assert hashlib.sha256(path.read_bytes()).hexdigest() == release.content_sha256
        report = verify_file(path, release.manifest_sha256)
        assert report.is_intact
        assert report.manifest is not None
        assert report.manifest["revision"]["number"] == release.revision_number == 1
        assert path.stat().st_size == release.size

    def test_is_kept_once_when_repeated(self, engine: Engine, people: People, code: str) -> None:
        first, second = released(engine, people, code), released(engine, people, code)
        assert first.id == second.id
        with reading(engine) as session:
            actions = [entry.action for entry in session.exec(select(AuditEntry))]
        assert actions.count("package.release") == 1

    def test_writes_down_who_decided_for_whom_and_why(self, engine: Engine, people: People, code: str) -> None:
        release = released(engine, people, code)
        with reading(engine) as session:
            entry = session.exec(select(AuditEntry).where(AuditEntry.action == "package.release")).one()
        details = json.loads(entry.details)
        assert (entry.actor_id, entry.subject) == (people.city.user_id, f"package:{release.id}")
        assert (details["bank"], details["project"], details["reason"]) == ("示例银行甲", code, "市政府常务会议决定")
        assert details["content"] == release.content_sha256

    def test_is_for_the_owner_alone(self, engine: Engine, people: People, code: str) -> None:
        bank = people.bank.organisation_id or 0
        with writing(engine) as session:
            for actor, refusal in (
                (people.bank, NotAllowed), (people.ministry, NotAllowed), (PUBLIC, NotAllowed),
                (people.other_city, NotFound),
            ):  # fmt: skip
                with pytest.raises(refusal):
                    release_package(session, actor, code, bank_id=bank, as_of=DAY)
        with reading(engine) as session:
            assert list_releases(session, people.ministry) == []

    def test_goes_to_banks_only(self, engine: Engine, people: People, code: str) -> None:
        with writing(engine) as session, pytest.raises(InvalidInput) as refused:
            release_package(session, people.city, code, bank_id=people.ministry.organisation_id or 0, as_of=DAY)
        assert [finding.code for finding in refused.value.findings] == ["not-a-bank"]
        with writing(engine) as session, pytest.raises(NotFound):
            release_package(session, people.city, code, bank_id=987654, as_of=DAY)


class TestABank:
    def test_sees_and_downloads_its_own_alone(self, engine: Engine, people: People, code: str) -> None:
        release = released(engine, people, code)
        with writing(engine) as session:
            (line,) = list_releases(session, people.bank)
            assert (line.id, line.code, line.bank, line.superseded) == (release.id, code, "示例银行甲", None)
            kept = download_package(session, people.bank, line.id)
            assert kept.path.read_bytes()[:2] == b"PK"
            assert list_releases(session, people.other_bank) == []
            with pytest.raises(NotFound):
                download_package(session, people.other_bank, line.id)
            with pytest.raises(NotAllowed):
                list_releases(session, PUBLIC)

    def test_still_sees_its_own_alone_when_both_banks_have_the_project(
        self, engine: Engine, people: People, code: str
    ) -> None:
        first = released(engine, people, code)
        with writing(engine) as session:
            other = people.other_bank.organisation_id or 0
            second = release_package(session, people.city, code, bank_id=other, as_of=DAY)
            assert second.content_sha256 == first.content_sha256
            assert [line.id for line in list_releases(session, people.other_bank)] == [second.id]
            assert [line.id for line in list_releases(session, people.bank)] == [first.id]
            assert len(list_releases(session, people.city)) == 2
            with pytest.raises(NotFound):
                download_package(session, people.other_bank, first.id or 0)

    def test_leaves_a_trace_with_every_download(self, engine: Engine, people: People, code: str) -> None:
        release = released(engine, people, code)
        for _ in range(2):
            with writing(engine) as session:
                download_package(session, people.bank, release.id or 0)
        with reading(engine) as session:
            taken = downloads_of(session, people.city, release.id or 0)
            assert [(each.person, each.organisation) for each in taken] == [("示例银行甲用户", "示例银行甲")] * 2
            assert taken[0].at <= taken[1].at
            with pytest.raises(NotAllowed):
                downloads_of(session, people.bank, release.id or 0)
            with pytest.raises(NotFound):
                downloads_of(session, people.other_city, release.id or 0)

    @pytest.mark.parametrize("harm", ["changed", "gone"])
    def test_is_never_handed_a_damaged_file(self, engine: Engine, people: People, code: str, harm: str) -> None:
        release = released(engine, people, code)
        path = kept_path(release.content_sha256)
        if harm == "gone":
            path.unlink()
        else:
            whole = path.read_bytes()
            path.write_bytes(whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])
        with writing(engine) as session, pytest.raises(PackageDamaged):
            download_package(session, people.bank, release.id or 0)
        with reading(engine) as session:
            assert downloads_of(session, people.city, release.id or 0) == []


class TestAnOlderPackage:
    def test_is_superseded_by_a_later_revision(self, engine: Engine, people: People, code: str) -> None:
        release = released(engine, people, code)
        with writing(engine) as session:
            save_project(session, people.city, code, dossier(name="二期工程"), expected_revision=1, reason="更正")
        with reading(engine) as session:
            (old,) = superseded_releases(session, people.bank)
            assert old.superseded is not None
            assert (old.id, old.superseded.code) == (release.id, "later-revision")
            assert "第 2 版" in old.superseded.message_zh
            assert "第 1 版" in old.superseded.message_zh

    def test_is_superseded_by_a_later_package_to_the_same_bank_alone(
        self, engine: Engine, people: People, code: str
    ) -> None:
        first = released(engine, people, code)
        with writing(engine) as session:
            other = people.other_bank.organisation_id or 0
            release_package(session, people.city, code, bank_id=other, as_of=date(2026, 6, 1))
        with reading(engine) as session:
            assert superseded_releases(session, people.city) == []
        second = released(engine, people, code, as_of=date(2026, 6, 1))
        with reading(engine) as session:
            (old,) = superseded_releases(session, people.bank)
            assert old.superseded is not None
            assert (old.id, old.superseded.code) == (first.id, "later-package")
            assert find_release(session, people.bank, second.id or 0).superseded is None
