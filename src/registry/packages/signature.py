"""Optional signatures 电子签名: PAdES on the PDF documents, a detached CMS signature on the manifest.

Needs the extra `signature` (pyHanko, MIT). Without a key nothing of it is loaded and packages stay reproducible.
"""

import asyncio
import io
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from registry.errors import Finding, InvalidInput, RegistryError

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
        # The library logs a traceback of its own before it says no.
        logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
        key = _signers().SimpleSigner.load_pkcs12(str(path), passphrase=password.encode()) if path.is_file() else None
        if key is None:
            raise InvalidInput.of([
                Finding(
                    path.name, "bad-key", f"无法读取签名密钥 {path.name}：文件不存在、不是 PKCS#12 或口令不符",
                    f"the key {path.name} cannot be read: no such file, not PKCS#12, or wrong password",
                )
            ])  # fmt: skip
        return cls(key)

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
    return signers
