"""Optional signatures 电子签名: PAdES on the PDF documents, a detached CMS signature on the manifest.

Needs the extra `signature` (pyHanko, MIT). Without a key nothing of it is loaded and packages stay reproducible.
"""

import asyncio
import io
import logging
import zipfile
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from registry.errors import Finding, InvalidInput, RegistryError
from registry.packages import verify
from registry.settings import Settings

FIELD = "RegistrySignature"
REASON = "融资对接材料包 Financing package"


class SignatureUnavailable(RegistryError):
    """The programs for signing are not installed."""

    code = "signature-unavailable"


@dataclass(frozen=True, slots=True)
class Signer:
    """A key and its certificate, ready to sign."""

    key: Any

    @classmethod
    def from_pkcs12(cls, path: Path, password: str) -> Self:
        """Read a key file. Raises SignatureUnavailable, InvalidInput when the file or its password is wrong."""
        key = _signers().SimpleSigner.load_pkcs12(str(path), passphrase=password.encode()) if path.is_file() else None
        if key is None:
            raise InvalidInput.of([
                Finding(
                    path.name, "bad-key", f"无法读取签名密钥 {path.name}：文件不存在、不是 PKCS#12 或口令不符",
                    f"the key {path.name} cannot be read: no such file, not PKCS#12, or wrong password",
                )
            ])  # fmt: skip
        return cls(key)

    @classmethod
    def of_settings(cls, chosen: Settings) -> Self | None:
        """Return the key releases are signed with, None where the settings name none. Raises as `from_pkcs12`."""
        return None if chosen.signing_key is None else cls.from_pkcs12(chosen.signing_key, chosen.signing_password)

    def signed_pdf(self, pdf: bytes) -> bytes:
        """Return the PDF with a PAdES baseline signature; the document itself stays as it was, in front."""
        signers = _signers()
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415 - an optional extra
        from pyhanko.sign.fields import SigSeedSubFilter  # noqa: PLC0415 - an optional extra

        described = signers.PdfSignatureMetadata(
            field_name=FIELD, reason=REASON, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
        )
        target = io.BytesIO()
        signing = signers.PdfSigner(described, signer=self.key).async_sign_pdf
        _awaited(lambda: signing(IncrementalPdfFileWriter(io.BytesIO(pdf)), output=target))
        return target.getvalue()

    def detached(self, content: bytes) -> bytes:
        """Return a CMS signature of the content, which it does not hold, in DER."""
        sign = self.key.async_sign_general_data
        signed: bytes = _awaited(lambda: sign(content, digest_algorithm="sha256", detached=True)).dump()
        return signed


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """What the signature of a manifest says: by whom it claims to be, and whether it holds.

    `is_trusted` is None where nobody said whose signatures to trust.
    """

    signer: str
    is_valid: bool
    is_trusted: bool | None


def signature_facts(package: bytes, *, issuers: Path | None = None) -> SignatureFacts | None:
    """Check the signature of an intact package's manifest; None where there is none.

    `issuers` are the certificates trusted, in PEM. Raises SignatureUnavailable, InvalidInput for issuers nobody can
    read.
    """
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        if verify.SIGNATURE not in archive.namelist():
            return None
        signature, manifest = archive.read(verify.SIGNATURE), archive.read(verify.MANIFEST)
    _signers()
    from asn1crypto import cms  # noqa: PLC0415 - comes with the optional extra
    from pyhanko.sign.validation.generic_cms import async_validate_detached_cms  # noqa: PLC0415 - an optional extra
    from pyhanko_certvalidator import ValidationContext  # noqa: PLC0415 - an optional extra

    roots = [] if issuers is None else _certificates(issuers)
    try:
        signed = cms.ContentInfo.load(signature)["content"]
        context = ValidationContext(trust_roots=roots, allow_fetching=False)
        status = _awaited(lambda: async_validate_detached_cms(manifest, signed, signer_validation_context=context))
    except Exception:  # noqa: BLE001 - whatever the library makes of damaged or hostile bytes: it is no signature
        return SignatureFacts("", is_valid=False, is_trusted=None)
    name = str(status.signing_cert.subject.human_friendly)
    is_trusted = None if issuers is None else bool(status.trusted)
    return SignatureFacts(name, is_valid=bool(status.intact and status.valid), is_trusted=is_trusted)


def _certificates(path: Path) -> list[Any]:
    from asn1crypto import pem, x509  # noqa: PLC0415 - comes with the optional extra

    try:
        return [x509.Certificate.load(der) for _, _, der in pem.unarmor(path.read_bytes(), multiple=True)]
    except (OSError, ValueError) as error:
        zh, en = f"无法读取签发者证书（PEM）：{error}", f"the issuers' certificates (PEM) cannot be read: {error}"
        raise InvalidInput.of([Finding(path.name, "bad-issuers", zh, en)]) from None


def _awaited(begin: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Return what a coroutine of the library gives, from a thread of its own: the caller may stand in an event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(begin())).result()


def _signers() -> Any:
    try:
        from pyhanko.sign import signers  # noqa: PLC0415 - an optional extra
    except ImportError:
        raise SignatureUnavailable(
            "未安装签名组件；请以 registry[signature] 安装",
            "signing is not installed; install registry[signature]",
        ) from None
    # Of a wrong key or an unknown issuer the library logs a traceback of its own; our answers say it in words.
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    return signers
