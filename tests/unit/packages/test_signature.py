"""Signed packages, checked by programs that know nothing of ours: openssl, and the library's own validation."""

import datetime as dt
import io
import subprocess
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import NameOID

from builders import dossier
from packaged import content
from registry.errors import InvalidInput
from registry.packages import verify
from registry.packages.assemble import assemble
from registry.packages.checking import check_package
from registry.packages.signature import Signer, signature_facts
from registry.settings import load_settings

PASSWORD = "correct horse"


@cache
def key_and_certificate() -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "示例市财政局")])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 4711, start, start + dt.timedelta(days=36500))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    bundle = pkcs12.serialize_key_and_certificates(
        b"key", key, certificate, None, BestAvailableEncryption(PASSWORD.encode())
    )
    return bundle, certificate.public_bytes(Encoding.PEM)


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    (tmp_path / "key.p12").write_bytes(key_and_certificate()[0])
    return Signer.from_pkcs12(tmp_path / "key.p12", PASSWORD)


def openssl(folder: Path, *names: str) -> int:
    signature, signed = names
    command = [
        "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", signature, "-content", signed,
        "-CAfile", "issuer.pem", "-purpose", "any", "-out", "answer",
    ]  # fmt: skip
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode


class TestASignedPackage:
    def test_holds_against_other_programs_and_not_after_a_change(self, signer: Signer, tmp_path: Path) -> None:
        package = assemble(content(dossier=dossier(), evaluation=None, verdicts=()), signer)
        report = verify.verify_bytes(package.content, package.manifest_digest)
        assert (report.flaws, report.is_signed) == ((), True)
        with zipfile.ZipFile(io.BytesIO(package.content)) as archive:
            archive.extractall(tmp_path)
            assert archive.namelist()[-3:] == ["manifest.json", "manifest.sha256", "manifest.p7s"]
        (tmp_path / "issuer.pem").write_bytes(key_and_certificate()[1])
        assert openssl(tmp_path, "manifest.p7s", "manifest.json") == 0
        manifest = tmp_path / "manifest.json"
        manifest.write_bytes(manifest.read_bytes().replace(b'"is_demo": true', b'"is_demo": false'))
        assert openssl(tmp_path, "manifest.p7s", "manifest.json") != 0
        shown = subprocess.run(
            ["pdfsig", "-nocert", str(tmp_path / "02_融资方案_dossier.pdf")],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        assert "ETSI.CAdES.detached" in shown
        assert "Signature is Valid" in shown
        assert "Total document signed" in shown

    def test_keeps_the_document_unchanged_in_front_of_its_signature(self, signer: Signer) -> None:
        whole = content(dossier=dossier(), evaluation=None, verdicts=())
        plain, signed = (zipfile.ZipFile(io.BytesIO(assemble(whole, key).content)) for key in (None, signer))
        name = "01_项目推介_teaser.pdf"
        assert signed.read(name).startswith(plain.read(name))
        assert len(signed.read(name)) > len(plain.read(name))
        assert verify.SIGNATURE not in plain.namelist()


class TestTheSignature:
    @pytest.fixture
    def package(self, signer: Signer, cheap_papers: None, monkeypatch: pytest.MonkeyPatch) -> bytes:
        # Stand-ins for the PDFs are no documents that could be signed; the manifest is.
        monkeypatch.setattr(Signer, "signed_pdf", lambda _self, pdf: pdf)
        return assemble(content(dossier=dossier(), evaluation=None, verdicts=()), signer).content

    def test_is_read_with_whose_it_is_and_trusted_only_as_told(self, package: bytes, tmp_path: Path) -> None:
        own, others = tmp_path / "own.pem", tmp_path / "others.pem"
        own.write_bytes(key_and_certificate()[1])
        others.write_bytes(another_certificate())
        facts = [signature_facts(package, issuers=issuers) for issuers in (None, own, others)]
        assert [(each.signer, each.is_valid, each.is_trusted) for each in facts if each] == [
            ("Common Name: 示例市财政局", True, None),
            ("Common Name: 示例市财政局", True, True),
            ("Common Name: 示例市财政局", True, False),
        ]
        assert check_package(package).is_good
        assert not check_package(package, issuers=others).is_good
        with pytest.raises(InvalidInput):
            signature_facts(package, issuers=tmp_path / "none.pem")

    def test_of_an_unknown_issuer_is_told_in_words_without_a_traceback(
        self, package: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        found = signature_facts(package)
        assert found is not None
        assert (found.is_valid, found.is_trusted) == (True, None)
        assert caplog.records == []

    def test_taken_out_is_missed(self, package: bytes) -> None:
        report = verify.verify_bytes(verify.pack(held for held in files_of(package) if held[0] != verify.SIGNATURE))
        assert (report.signature, [(flaw.file, flaw.code) for flaw in report.flaws]) == (
            "invalid", [(verify.SIGNATURE, "missing")],
        )  # fmt: skip

    def test_of_another_manifest_is_refused(self, package: bytes, signer: Signer) -> None:
        other = [
            (name, signer.detached(b"{}") if name == verify.SIGNATURE else held) for name, held in files_of(package)
        ]
        report = verify.verify_bytes(verify.pack(other))
        assert (report.signature, [flaw.code for flaw in report.flaws]) == ("invalid", ["wrong-signature"])

    def test_with_a_flipped_byte_does_not_hold(self, package: bytes) -> None:
        broken = [
            (name, held[:-1] + bytes([held[-1] ^ 1]) if name == verify.SIGNATURE else held)
            for name, held in files_of(package)
        ]
        checked = check_package(verify.pack(broken))
        assert checked.report.is_intact
        assert (checked.signature, checked.is_good) == ("invalid", False)


def files_of(package: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def another_certificate() -> bytes:
    key_and_certificate.cache_clear()
    try:
        return key_and_certificate()[1]
    finally:
        key_and_certificate.cache_clear()


class TestAKey:
    def test_of_the_settings_signs_releases_and_none_leaves_them_unsigned(self, tmp_path: Path) -> None:
        (tmp_path / "key.p12").write_bytes(key_and_certificate()[0])
        chosen = load_settings()
        assert chosen.signing_key is None
        assert Signer.of_settings(chosen) is None
        signing = replace(chosen, signing_key=tmp_path / "key.p12", signing_password=PASSWORD)
        assert isinstance(Signer.of_settings(signing), Signer)
        assert PASSWORD not in repr(signing)

    def test_with_a_wrong_password_or_none_at_all_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "key.p12").write_bytes(key_and_certificate()[0])
        for path, password in ((tmp_path / "key.p12", "wrong"), (tmp_path / "none.p12", PASSWORD)):
            with pytest.raises(InvalidInput) as refused:
                Signer.from_pkcs12(path, password)
            assert [finding.code for finding in refused.value.findings] == ["bad-key"]
