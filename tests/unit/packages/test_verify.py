import hashlib
import io
import json
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from packaged import content
from registry.packages import verify
from registry.packages.assemble import assemble


@pytest.fixture(scope="module")
def package() -> bytes:
    return assemble(content()).content


def names(package: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return archive.namelist()


def repacked(package: bytes, **changes: bytes | None) -> bytes:
    """The archive again with some files replaced (bytes) or left out (None), keyed by the end of their name."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        files = [(name, archive.read(name)) for name in archive.namelist()]
    suffixes = {key.replace("_dot_", "."): value for key, value in changes.items()}
    kept = []
    for name, old in files:
        end = next((end for end in suffixes if name.endswith(end)), None)
        new = old if end is None else suffixes[end]
        if new is not None:
            kept.append((name, new))
    return verify.pack(kept)


class TestAPackage:
    def test_is_intact_as_written(self, package: bytes) -> None:
        report = verify.verify_bytes(package)
        assert report.is_intact
        assert report.manifest is not None
        assert report.manifest["revision"] == {"number": 3, "hash": "ab" * 32}

    def test_is_refused_after_a_flip_anywhere(self, package: bytes) -> None:
        draw = random.Random(20260301)  # noqa: S311 - which bytes to flip is no secret
        directory = package.index(b"PK\x01\x02", len(package) - 4000)
        places = [*draw.sample(range(len(package)), 150), *range(40), *range(directory, len(package), 3)]
        for place in places:
            changed = bytearray(package)
            changed[place] ^= 1 << draw.randrange(8)
            assert not verify.verify_bytes(bytes(changed)).is_intact, place

    def test_names_the_file_whose_content_changed_whatever_its_kind(self, package: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            entries = archive.infolist()
        kinds = {entry.filename.rpartition(".")[2] for entry in entries}
        assert kinds >= {"pdf", "docx", "xlsx", "csv", "parquet", "json", "md"}
        for entry in entries:
            name = entry.filename
            changed = bytearray(package)
            changed[entry.header_offset + 30 + len(name.encode()) + entry.file_size // 2] ^= 1
            named = {flaw.file for flaw in verify.verify_bytes(bytes(changed)).flaws}
            assert named == {name}

    def test_names_a_file_under_another_name(self, package: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            files = [(name, archive.read(name)) for name in archive.namelist()]
        renamed = [("05_附表.csv" if name == "04_附表_statements.csv" else name, content) for name, content in files]
        flaws = verify.verify_bytes(verify.pack(renamed)).flaws
        assert [(flaw.file, flaw.code) for flaw in flaws] == [
            ("04_附表_statements.csv", "missing"),
            ("05_附表.csv", "extra"),
        ]

    def test_names_a_file_replaced_with_its_checksums_mended(self, package: bytes) -> None:
        report = verify.verify_bytes(repacked(package, project_dot_json=b'{"total_investment": "1"}\n'))
        assert [(flaw.file, flaw.code) for flaw in report.flaws] == [("09_数据_project.json", "changed")]

    def test_names_a_changed_manifest(self, package: bytes) -> None:
        report = verify.verify_bytes(
            repacked(package, manifest_dot_json=b'{"schema": "registry-package/1", "files": []}')
        )
        assert report.flaws[0].file == "manifest.json"

    def test_names_missing_and_extra_files(self, package: bytes) -> None:
        gone = verify.verify_bytes(repacked(package, dossier_dot_pdf=None))
        assert [(flaw.file, flaw.code) for flaw in gone.flaws] == [("02_融资方案_dossier.pdf", "missing")]
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            files = [(name, archive.read(name)) for name in archive.namelist()]
        more = verify.verify_bytes(verify.pack([*files, ("11_贷款承诺函.pdf", b"we promise")]))
        assert [(flaw.file, flaw.code) for flaw in more.flaws] == [("11_贷款承诺函.pdf", "extra")]

    def test_is_told_from_another_one_made_whole_again(self, package: bytes) -> None:
        manifest = json.loads(zipfile.ZipFile(io.BytesIO(package)).read("manifest.json"))
        manifest["is_demo"] = False
        forged = json.dumps(manifest).encode()
        digest = hashlib.sha256(forged).hexdigest()
        whole = repacked(package, manifest_dot_json=forged, manifest_dot_sha256=verify.digest_line(digest))
        expected = verify.verify_bytes(package).digest
        assert expected is not None
        assert [flaw.code for flaw in verify.verify_bytes(whole, expected).flaws] == ["another-package"]

    def test_is_refused_with_bytes_appended_or_cut(self, package: bytes) -> None:
        assert not verify.verify_bytes(package + b"\0").is_intact
        assert not verify.verify_bytes(package[:-1]).is_intact
        assert not verify.verify_bytes(b"").is_intact


class TestAHostileArchive:
    @pytest.mark.parametrize("name", ["../a", "/etc/a", "a/../../b", "C:a", "a\\b", "a//b", "./a", "a\x00b", "a\nb"])
    def test_with_an_unsafe_name_is_refused(self, name: str) -> None:
        assert not verify.is_safe_name(name)

    def test_with_compressed_content_is_not_inflated(self) -> None:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("manifest.json", b"0" * 50_000_000)
        assert [flaw.code for flaw in verify.verify_bytes(target.getvalue()).flaws] == ["not-stored"]

    def test_with_a_name_twice_is_refused(self) -> None:
        with pytest.warns(UserWarning, match="Duplicate"):
            archive = verify.pack([("manifest.json", b"{}"), ("manifest.json", b"{}")])
        assert verify.verify_bytes(archive).flaws[0].code == "duplicate-name"

    @pytest.mark.parametrize(
        "manifest", [b"[]", b"nonsense", b'{"schema": "registry-package/1"}', b"[" * 100_000, b'{"files": [1]}']
    )
    def test_with_a_broken_manifest_is_refused(self, manifest: bytes) -> None:
        line = verify.digest_line(hashlib.sha256(manifest).hexdigest())
        archive = verify.pack([("manifest.json", manifest), ("manifest.sha256", line)])
        assert [flaw.code for flaw in verify.verify_bytes(archive).flaws] == ["bad-manifest"]


class TestTheStandaloneModule:
    def run(self, path: Path, *more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-I", verify.__file__, str(path), *more],
            capture_output=True,
            text=True,
            check=False,
            env={"PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"},
        )

    def test_needs_nothing_but_python(self, package: bytes, tmp_path: Path) -> None:
        path = tmp_path / "p.zip"
        path.write_bytes(package)
        answer = self.run(path)
        assert (answer.returncode, answer.stdout.splitlines()[-1]) == (0, "完整，未被改动 intact")

    def test_names_the_change_and_leaves_with_one(self, package: bytes, tmp_path: Path) -> None:
        path = tmp_path / "p.zip"
        path.write_bytes(repacked(package, oc4ids_dot_json=b"{}"))
        answer = self.run(path)
        assert answer.returncode == 1
        assert "09_数据_oc4ids.json" in answer.stdout

    def test_answers_any_damage_with_words_and_one(self, package: bytes, tmp_path: Path) -> None:
        bomb, odd = io.BytesIO(), io.BytesIO()
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("manifest.json", b"0" * 50_000_000)
        with zipfile.ZipFile(odd, "w") as archive:
            archive.writestr("../../etc/passwd", b"root")
        damaged = {
            "cut": package[: len(package) // 2],
            "empty": b"",
            "no archive": b"%PDF-1.7",
            "bomb": bomb.getvalue(),
            "odd path": odd.getvalue(),
        }
        for name, damage in damaged.items():
            path = tmp_path / f"{name}.zip"
            path.write_bytes(damage)
            answer = self.run(path)
            assert (answer.returncode, answer.stderr) == (1, ""), name
            assert answer.stdout.startswith("✗ "), name

    def test_leaves_with_one_when_told_of_another_digest(self, package: bytes, tmp_path: Path) -> None:
        path = tmp_path / "p.zip"
        path.write_bytes(package)
        answer = self.run(path, "0" * 64)
        assert answer.returncode == 1
        assert "manifest.json" in answer.stdout

    def test_says_when_there_is_no_file(self, tmp_path: Path) -> None:
        assert self.run(tmp_path / "none.zip").returncode == 2
