"""Check one financing package 融资对接材料包 offline: `python verify.py PACKAGE.zip`.

This file stands alone on purpose: Python's standard library and nothing of the registry, short enough to be read by
whoever receives a package. What it proves: the archive is byte for byte what the manifest describes, so any changed,
missing or added byte is found and named. What it cannot prove: who made it. Somebody who rewrites a file, the manifest
and its digest makes a new, consistent package; compare the printed digest with the one the registry shows for the
package (or pass it as the second argument).

How a package is built, so that it can be rebuilt here and compared:
- a ZIP without compression (method "stored"), entries in the order of the manifest, `manifest.json` and
  `manifest.sha256` behind them, all with the date 1980-01-01;
- `manifest.json` lists every other file with its size and SHA-256;
- `manifest.sha256` holds the SHA-256 of `manifest.json`;
- a signed package ends with `manifest.p7s`, a detached CMS signature of `manifest.json`. This file cannot judge it
  (that needs cryptography and a list of trusted issuers); it says that it is there and how to check it:
  `openssl cms -verify -binary -inform DER -in manifest.p7s -content manifest.json -CAfile ISSUERS.pem`. What it does
see: a signature of some other manifest, and one that was taken out of a package made with it.

Exit status: 0 intact, 1 changed, damaged or no package, 2 not readable at all (no such file, wrong arguments).
"""

import hashlib
import io
import json
import re
import stat
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
DIGEST = "manifest.sha256"
SIGNATURE = "manifest.p7s"
SCHEMA = "registry-package/1"
LARGEST_PACKAGE_BYTES = 512 * 1024 * 1024
MOST_FILES = 2000
LONGEST_NAME_BYTES = 400
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_REGULAR_FILE = (stat.S_IFREG | 0o644) << 16
_WHOLE = "(package)"
_BLOCK = 65536
UNSAFE_CHARACTERS = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')
_SIGNED_SHA256 = bytes.fromhex("06092a864886f70d010904312204 20".replace(" ", ""))
"""In DER, the attribute messageDigest of a CMS signature (OID 1.2.840.113549.1.9.4) up to the 32 bytes of a SHA-256."""
SIGNATURE_STATES: Mapping[str, tuple[str, str]] = {
    "unsigned": ("未签名", "unsigned"),
    "signed": ("附有签名，签名人须另行核验", "signed; check by whom with openssl cms -verify"),
    "invalid": ("签名无效", "the signature is invalid"),
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong 问题: which file of the package (`(package)`: the archive itself) and what."""

    file: str
    code: str
    message_zh: str
    message_en: str


@dataclass(frozen=True, slots=True)
class Report:
    """The result: no flaws means intact. `digest` is the SHA-256 of the manifest, None when it could not be read."""

    flaws: tuple[Flaw, ...]
    manifest: Mapping[str, Any] | None
    digest: str | None
    signature: str = "unsigned"
    """`signed`: a signature of this manifest is there; whose it is, a program with issuers' certificates can say."""

    @property
    def is_intact(self) -> bool:
        """Say whether nothing was found."""
        return not self.flaws

    @property
    def is_signed(self) -> bool:
        """Say whether a signature of this manifest is there."""
        return self.signature == "signed"

    @property
    def is_demo(self) -> bool:
        """Say whether the manifest calls the project invented 示例数据."""
        return self.manifest is not None and self.manifest.get("is_demo") is True


def pack(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return the archive of these files, in this order: the same files give the same bytes on every machine."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.create_system = 3
            entry.external_attr = _REGULAR_FILE
            archive.writestr(entry, content)
    return target.getvalue()


def verify_file(path: Path, expected_digest: str | None = None) -> Report:
    """Check a package on disk. Raises OSError when the file cannot be read; every flaw inside it is a value."""
    if path.stat().st_size > LARGEST_PACKAGE_BYTES:
        return _only(_WHOLE, "too-large", "文件超过 512 MB，不予检查", "is larger than 512 MB and was not read")
    return verify_bytes(path.read_bytes(), expected_digest)


def verify_bytes(archive: bytes, expected_digest: str | None = None) -> Report:
    """Check a package held in memory; `expected_digest` is the SHA-256 of the manifest as told by the sender."""
    try:
        zipped = zipfile.ZipFile(io.BytesIO(archive))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, UnicodeDecodeError):
        return _only(
            _WHOLE,
            "broken-archive",
            "压缩包目录结构被改动或文件不完整",
            "is no ZIP archive, is cut short, or its directory was changed",
        )
    with zipped:
        unsafe = tuple(_unsafe_entries(zipped.infolist()))
        if unsafe:
            return Report(unsafe, None, None)
        contents, broken = _contents(zipped)
    return _against_manifest(archive, contents, broken, expected_digest)


def manifest_digest(path: Path) -> str:
    """Return the digest an intact package gives of its manifest."""
    with zipfile.ZipFile(path) as zipped:
        return zipped.read(DIGEST)[:64].decode("ascii")


def _only(file: str, code: str, message_zh: str, message_en: str) -> Report:
    return Report((Flaw(file, code, message_zh, message_en),), None, None)


def _unsafe_entries(entries: list[zipfile.ZipInfo]) -> Iterator[Flaw]:
    if len(entries) > MOST_FILES:
        yield Flaw(_WHOLE, "too-many-files", f"文件数超过 {MOST_FILES}", f"holds more than {MOST_FILES} files")
        return
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename
        if not is_safe_name(name):
            yield Flaw(repr(name), "unsafe-name", "文件名不安全（越出目录或含特殊字符）", "has an unsafe name or path")
        elif name in seen:
            yield Flaw(name, "duplicate-name", "同名文件出现两次", "occurs twice")
        elif entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1 or entry.file_size != entry.compress_size:
            yield Flaw(name, "not-stored", "压缩方式或长度记录被改动", "its entry says compressed or encrypted")
        seen.add(name)


def is_safe_name(name: str) -> bool:
    """Say whether a name stays inside the folder it is unpacked into, on every system."""
    return (
        0 < len(name.encode("utf-8", "replace")) <= LONGEST_NAME_BYTES
        and not UNSAFE_CHARACTERS.search(name)
        and all(part not in {"", ".", ".."} for part in name.split("/"))
    )


def _contents(zipped: zipfile.ZipFile) -> tuple[dict[str, bytes], list[Flaw]]:
    contents: dict[str, bytes] = {}
    broken: list[Flaw] = []
    for entry in zipped.infolist():
        try:
            contents[entry.filename] = zipped.read(entry)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError, RuntimeError):
            broken.append(
                Flaw(entry.filename, "changed", "文件内容或其文件头被改动", "its content or header was changed")
            )
    return contents, broken


def _against_manifest(
    archive: bytes, contents: dict[str, bytes], broken: list[Flaw], expected_digest: str | None
) -> Report:
    unreadable = {flaw.file for flaw in broken}
    flaws = [*broken, *_missing_pair({*contents, *unreadable})]
    if MANIFEST not in contents or DIGEST not in contents:
        return Report(tuple(flaws), None, None)
    digest = hashlib.sha256(contents[MANIFEST]).hexdigest()
    flaws += _digest_flaws(digest, contents[DIGEST], expected_digest)
    manifest = _manifest(contents[MANIFEST])
    if manifest is None:
        flaws.append(Flaw(MANIFEST, "bad-manifest", "清单无法读取或缺少必需项", "cannot be read or lacks a needed key"))
        return Report(tuple(flaws), None, digest)
    flaws += _file_flaws(manifest, contents, unreadable)
    signature, wrong = _signature(manifest, digest, contents.get(SIGNATURE))
    flaws += wrong
    if not flaws:
        names = (
            [item["name"] for item in manifest["files"]] + [MANIFEST, DIGEST] + [SIGNATURE] * (SIGNATURE in contents)
        )
        flaws += _layout_flaws(archive, [(name, contents[name]) for name in names])
    return Report(tuple(flaws), manifest, digest, signature)


def _signature(manifest: Mapping[str, Any], digest: str, signature: bytes | None) -> tuple[str, list[Flaw]]:
    if signature is None:
        if manifest.get("is_signed") is not True:
            return "unsigned", []
        return "invalid", [
            Flaw(SIGNATURE, "missing", "清单注明已签名，签名文件已被移除", "was taken out of the package")
        ]
    if _SIGNED_SHA256 + bytes.fromhex(digest) in signature:
        return "signed", []
    return "invalid", [Flaw(SIGNATURE, "wrong-signature", "不是本清单的签名", "is no signature of this manifest")]


def _missing_pair(names: set[str]) -> Iterator[Flaw]:
    for name in (MANIFEST, DIGEST):
        if name not in names:
            yield Flaw(name, "missing", "缺少该文件", "is missing")


def _digest_flaws(digest: str, written: bytes, expected_digest: str | None) -> Iterator[Flaw]:
    if written != digest_line(digest):
        yield Flaw(MANIFEST, "changed", "清单与其校验值不符：二者之一被改动", f"does not match {DIGEST}")
    if expected_digest is not None and expected_digest.strip().lower() != digest:
        yield Flaw(
            MANIFEST,
            "another-package",
            f"清单校验值与登记的不同：{digest}",
            f"its SHA-256 is {digest}, not the one expected: this is another package",
        )


def digest_line(digest: str) -> bytes:
    """Return the content of `manifest.sha256`, in the form `sha256sum --check` reads."""
    return f"{digest}  {MANIFEST}\n".encode("ascii")


def _manifest(content: bytes) -> Mapping[str, Any] | None:
    try:
        manifest = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    if (
        not isinstance(manifest, dict)
        or manifest.get("schema") != SCHEMA
        or not isinstance(manifest.get("files"), list)
    ):
        return None
    whole = all(isinstance(item, dict) and {"name", "size", "sha256"} <= item.keys() for item in manifest["files"])
    return manifest if whole and all(isinstance(item["name"], str) for item in manifest["files"]) else None


def _file_flaws(manifest: Mapping[str, Any], contents: Mapping[str, bytes], unreadable: set[str]) -> Iterator[Flaw]:
    listed = {item["name"]: item for item in manifest["files"]}
    for name, item in listed.items():
        if name in unreadable:
            continue
        if name not in contents:
            yield Flaw(name, "missing", "清单所列文件不在包内", "is listed in the manifest and not in the package")
        elif len(contents[name]) != item["size"]:
            found = len(contents[name])
            yield Flaw(
                name,
                "changed",
                f"长度 {found}，清单为 {item['size']}",
                f"has {found} bytes, the manifest says {item['size']}",
            )
        elif hashlib.sha256(contents[name]).hexdigest() != item["sha256"]:
            yield Flaw(name, "changed", "内容与清单的 SHA-256 不符", "does not match its SHA-256 in the manifest")
    for name in (*contents, *unreadable):
        if name not in listed and name not in {MANIFEST, DIGEST, SIGNATURE}:
            yield Flaw(name, "extra", "包内多出清单未列的文件", "is not listed in the manifest")


def _layout_flaws(archive: bytes, files: list[tuple[str, bytes]]) -> Iterator[Flaw]:
    """Rebuild the archive and compare: what differs now is in the ZIP structure around the files."""
    rebuilt = pack(files)
    if rebuilt == archive:
        return
    offset = _first_difference(rebuilt, archive)
    with zipfile.ZipFile(io.BytesIO(rebuilt)) as zipped:
        before = [entry.filename for entry in zipped.infolist() if entry.header_offset <= offset]
        in_directory = offset >= zipped.start_dir
    yield Flaw(
        _WHOLE if in_directory else before[-1],
        "changed-archive",
        f"压缩包第 {offset} 字节起与应有结构不同（文件头、目录或附加数据被改动）",
        f"differs from the archive as written from byte {offset} on (header, directory or appended data)",
    )


def _first_difference(one: bytes, other: bytes) -> int:
    """Return the first place where they differ, at most the shorter length; whole blocks first, a package is large."""
    shorter = min(len(one), len(other))
    block = next((at for at in range(0, shorter, _BLOCK) if one[at : at + _BLOCK] != other[at : at + _BLOCK]), shorter)
    return next((at for at in range(block, min(block + _BLOCK, shorter)) if one[at] != other[at]), shorter)


def main(arguments: list[str]) -> int:
    """Check the package named first, against the digest named second if any; 0 intact, 1 flawed, 2 not readable."""
    if len(arguments) not in {1, 2}:
        sys.stderr.write("usage: python verify.py PACKAGE.zip [SHA-256 of the manifest]\n")
        return 2
    try:
        report = verify_file(Path(arguments[0]), arguments[1] if len(arguments) > 1 else None)
    except OSError as error:
        sys.stderr.write(f"无法读取 cannot read {arguments[0]}: {error.strerror}\n")
        return 2
    for flaw in report.flaws:
        sys.stdout.write(f"✗ {flaw.file}: {flaw.message_zh} / {flaw.message_en}\n")
    if report.manifest is not None:
        count = len(report.manifest["files"])
        sys.stdout.write(f"manifest SHA-256 清单校验值: {report.digest} ({count} files 文件)\n")
        sys.stdout.write("签名 signature: {} {}\n".format(*SIGNATURE_STATES[report.signature]))
    if report.is_demo:
        sys.stdout.write("示例数据，非真实项目 demo data, not a real project\n")
    sys.stdout.write("完整，未被改动 intact\n" if report.is_intact else "被改动 CHANGED\n")
    return 0 if report.is_intact else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
