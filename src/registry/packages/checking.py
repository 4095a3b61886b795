"""A package checked as far as this installation can: the small checker's report, and the signature where it holds."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from registry.packages.signature import SignatureFacts, SignatureUnavailable, signature_facts
from registry.packages.verify import SIGNATURE_STATES, Report, verify_bytes


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found; `signer` is None without a signature, or without the programs to read one."""

    report: Report
    signer: SignatureFacts | None

    @property
    def is_good(self) -> bool:
        """Say whether nothing was changed and a signature, if any, holds."""
        facts = self.signer
        return self.report.is_intact and (facts is None or (facts.is_valid and facts.is_trusted is not False))

    @property
    def signature(self) -> str:
        """One of `SIGNATURE_STATES`."""
        return "invalid" if self.signer is not None and not self.signer.is_valid else self.report.signature

    @property
    def signature_words(self) -> tuple[str, str]:
        """What is said of the signature, in Chinese and English."""
        facts = self.signer
        if facts is None or not facts.is_valid:
            return SIGNATURE_STATES[self.signature]
        zh, en = {
            None: ("签发者未核对", "issuer not checked"),
            True: ("签发者可信", "issuer trusted"),
            False: ("签发者不可信", "issuer NOT trusted"),
        }[facts.is_trusted]
        return f"签名有效：{facts.signer}；{zh}", f"valid signature by {facts.signer}; {en}"

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as machines read it."""
        report, facts = self.report, self.signer
        return {
            "is_intact": report.is_intact,
            "is_demo": report.is_demo,
            "signature": self.signature,
            "signer": None if facts is None else facts.signer,
            "is_trusted": None if facts is None else facts.is_trusted,
            "digest": report.digest,
            "flaws": [asdict(flaw) for flaw in report.flaws],
        }


def check_package(archive: bytes, *, expected_digest: str | None = None, issuers: Path | None = None) -> Checked:
    """Check a package held in memory; nothing of it is kept.

    `issuers` are the certificates whose signatures are trusted, in PEM. Raises SignatureUnavailable when issuers are
    given and the extra `signature` is not installed.
    """
    report = verify_bytes(archive, expected_digest)
    if not report.is_signed:
        return Checked(report, None)
    try:
        return Checked(report, signature_facts(archive, issuers=issuers))
    except SignatureUnavailable:
        if issuers is not None:
            raise
        return Checked(report, None)
