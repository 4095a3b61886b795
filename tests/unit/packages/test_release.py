"""The city's decision to give one package to one bank, and what is left of it in the log."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from builders import dossier
from conftest import People
from registry import settings
from registry.accounts.model import PUBLIC, Actor
from registry.audit import AuditEntry
from registry.database import reading, writing
from registry.errors import InvalidInput, NotAllowed, NotFound
from registry.jobs import find_job, run_next
from registry.packages.files import kept_path
from registry.packages.release.model import PackageRelease
from registry.packages.release.operations import (
    PackageDamaged,
    PackageWithdrawn,
    download_package,
    release_package,
    withdraw_release,
)
from registry.packages.release.queries import downloads_of, find_release, list_releases, superseded_releases
from registry.packages.release.work import enqueue_release, handlers, tell_of_superseded
from registry.packages.signature import Signer
from registry.packages.verify import verify_file
from registry.projects.documents.operations import upload_document, withdraw_document
from registry.projects.documents.store import open_store
from registry.projects.notices.queries import my_notices
from registry.projects.operations import create_project, save_project

pytestmark = pytest.mark.usefixtures("cheap_papers")
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
    return give(engine, people.city, code, people.bank, as_of=as_of, reason="市政府常务会议决定")


def give(
    engine: Engine,
    actor: Actor,
    code: str,
    bank: Actor,
    *,
    as_of: date = DAY,
    reason: str = "",
    signer: Signer | None = None,
) -> PackageRelease:
    store = open_store(settings.settings())
    bank_id = bank.organisation_id or 0
    return release_package(engine, actor, code, bank_id=bank_id, as_of=as_of, store=store, reason=reason, signer=signer)


def told(engine: Engine, actor: Actor) -> list[str]:
    with reading(engine) as session:
        return [each.kind for each in my_notices(session, actor)]


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
        for actor, refusal in (
            (people.bank, NotAllowed), (people.ministry, NotAllowed), (PUBLIC, NotAllowed),
            (people.other_city, NotFound),
        ):  # fmt: skip
            with pytest.raises(refusal):
                give(engine, actor, code, people.bank)
        with reading(engine) as session:
            assert list_releases(session, people.ministry) == []

    def test_goes_to_banks_only(self, engine: Engine, people: People, code: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            give(engine, people.city, code, people.ministry)
        assert [finding.code for finding in refused.value.findings] == ["not-a-bank"]
        with pytest.raises(NotFound):
            give(engine, people.city, code, replace(people.bank, organisation_id=987654))


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
        second = give(engine, people.city, code, people.other_bank)
        with writing(engine) as session:
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
        give(engine, people.city, code, people.other_bank, as_of=date(2026, 6, 1))
        with reading(engine) as session:
            assert superseded_releases(session, people.city) == []
        second = released(engine, people, code, as_of=date(2026, 6, 1))
        with reading(engine) as session:
            (old,) = superseded_releases(session, people.bank)
            assert old.superseded is not None
            assert (old.id, old.superseded.code) == (first.id, "later-package")
            assert find_release(session, people.bank, second.id or 0).superseded is None

    def test_is_told_to_its_bank_once(self, engine: Engine, people: People, code: str) -> None:
        released(engine, people, code)
        give(engine, people.city, code, people.other_bank)
        assert tell_of_superseded(engine) == 0
        for number in (1, 2):
            with writing(engine) as session:
                changed = dossier(name=f"改名{number}")
                save_project(session, people.city, code, changed, expected_revision=number, reason="更正")
            assert run_next(engine, handlers(engine)) is not None
        assert told(engine, people.bank) == told(engine, people.other_bank) == ["package.superseded", "package.release"]
        with reading(engine) as session:
            (notice, _) = my_notices(session, people.bank)
        assert "第 2 版" in notice.text_zh
        assert "revision 1" in notice.text_en

    def test_is_not_told_of_again_once_its_bank_has_the_new_one(
        self, engine: Engine, people: People, code: str
    ) -> None:
        released(engine, people, code)
        with writing(engine) as session:
            save_project(session, people.city, code, dossier(name="改名"), expected_revision=1, reason="更正")
        released(engine, people, code)
        assert tell_of_superseded(engine) == 0
        assert told(engine, people.bank) == ["package.release", "package.release"]

    def test_of_a_project_no_bank_was_shown_asks_for_no_job(self, engine: Engine, people: People, code: str) -> None:
        with writing(engine) as session:
            save_project(session, people.city, code, dossier(name="改名"), expected_revision=1, reason="更正")
        assert run_next(engine, handlers(engine)) is None


class TestAWithdrawnPackage:
    def test_is_listed_with_the_reason_and_handed_out_to_nobody(
        self, engine: Engine, people: People, code: str
    ) -> None:
        release = released(engine, people, code)
        for _ in range(2):
            with writing(engine) as session:
                withdraw_release(session, people.city, release.id or 0, reason="估算有误")
        with writing(engine) as session:
            (line,) = list_releases(session, people.bank)
            assert line.withdrawn is not None
            assert line.withdrawn.reason == "估算有误"
            for actor in (people.bank, people.city, people.ministry):
                with pytest.raises(PackageWithdrawn):
                    download_package(session, actor, release.id or 0)
            actions = [entry.action for entry in session.exec(select(AuditEntry))]
        assert actions.count("package.withdraw") == 1
        assert "package.download" not in actions
        assert told(engine, people.bank) == ["package.withdraw", "package.release"]
        assert kept_path(release.content_sha256).is_file()

    def test_may_be_given_again(self, engine: Engine, people: People, code: str) -> None:
        first = released(engine, people, code)
        with writing(engine) as session:
            withdraw_release(session, people.city, first.id or 0, reason="发错银行")
        second = released(engine, people, code)
        assert second.id != first.id
        assert second.content_sha256 == first.content_sha256
        with reading(engine) as session:
            assert find_release(session, people.bank, second.id or 0).superseded is None

    def test_does_not_make_an_older_one_look_superseded(self, engine: Engine, people: People, code: str) -> None:
        first = released(engine, people, code)
        second = released(engine, people, code, as_of=date(2026, 6, 1))
        with writing(engine) as session:
            withdraw_release(session, people.city, second.id or 0, reason="日期有误")
        with reading(engine) as session:
            assert find_release(session, people.bank, first.id or 0).superseded is None

    def test_is_withdrawn_by_its_owner_alone_and_with_a_reason(self, engine: Engine, people: People, code: str) -> None:
        release = released(engine, people, code)
        with writing(engine) as session:
            for actor, refusal in (
                (people.bank, NotAllowed),
                (people.ministry, NotAllowed),
                (people.other_city, NotFound),
            ):
                with pytest.raises(refusal):
                    withdraw_release(session, actor, release.id or 0, reason="不行")
            with pytest.raises(InvalidInput):
                withdraw_release(session, people.city, release.id or 0, reason="")
        with reading(engine) as session:
            assert find_release(session, people.bank, release.id or 0).withdrawn is None


PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


class TestTheDocuments:
    def test_go_along_under_their_codes_and_not_once_withdrawn(self, engine: Engine, people: People, code: str) -> None:
        store = open_store(settings.settings())
        kept = [
            upload_document(
                engine, people.city, code, content=PDF + name.encode(), file_name=name, checklist_code=item, store=store
            )
            for name, item in (("可研批复.pdf", "D03"), ("现场照片.pdf", None))
        ]
        assert names(released(engine, people, code)) == [
            "attachments/D03_可研批复.pdf",
            "attachments/其他_现场照片.pdf",
        ]
        with writing(engine) as session:
            withdraw_document(session, people.city, code, kept[1].id or 0)
        second = released(engine, people, code)
        assert names(second) == ["attachments/D03_可研批复.pdf"]
        with reading(engine) as session:
            (old,) = superseded_releases(session, people.bank)
        assert old.superseded is not None
        assert old.superseded.code == "later-package"


def names(release: PackageRelease) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(kept_path(release.content_sha256).read_bytes())) as archive:
        return [name for name in archive.namelist() if name.startswith("attachments/")]


class TestTheJob:
    def test_releases_and_says_what(self, engine: Engine, people: People, code: str) -> None:
        bank = people.bank.organisation_id or 0
        with writing(engine) as session:
            number = enqueue_release(session, people.city, code, bank_id=bank, reason="会议决定", as_of=DAY)
        assert run_next(engine, handlers(engine)) == number
        with reading(engine) as session:
            job = find_job(session, number, requested_by=people.city.user_id)
            assert job.state == "done", job.error
            (line,) = list_releases(session, people.bank)
        assert json.loads(job.result or "") == {"code": code, "release": line.id, "manifest": line.manifest_sha256}

    def test_is_refused_before_it_is_asked_for(self, engine: Engine, people: People, code: str) -> None:
        bank = people.bank.organisation_id or 0
        with writing(engine) as session:
            with pytest.raises(NotFound):
                enqueue_release(session, people.other_city, code, bank_id=bank, reason="", as_of=DAY)
            with pytest.raises(InvalidInput):
                enqueue_release(session, people.city, code, bank_id=bank, reason="长" * 301, as_of=DAY)
        assert run_next(engine, handlers(engine)) is None
