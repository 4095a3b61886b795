"""Signed packages, checked by programs that know nothing of ours: openssl, and the library's own validation."""

import datetime as dt
import io
import subprocess
import zipfile
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
from registry.packages.signature import Signer

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


class TestAKey:
    def test_with_a_wrong_password_or_none_at_all_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "key.p12").write_bytes(key_and_certificate()[0])
        for path, password in ((tmp_path / "key.p12", "wrong"), (tmp_path / "none.p12", PASSWORD)):
            with pytest.raises(InvalidInput) as refused:
                Signer.from_pkcs12(path, password)
            assert [finding.code for finding in refused.value.findings] == ["bad-key"]
