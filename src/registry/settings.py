"""Settings from the environment; every name starts with REGISTRY_."""

import os
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
"""The checkout: `rules/`, `reports/` and `migrations/` stand here, beside `src/`."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation decides."""

    database_url: str
    data_dir: Path
    host: str
    port: int
    is_demo: bool
    """Demo mode shows the sample logins on the sign-in page; never set it where real people sign in."""
    is_behind_tls: bool = False
    """Cookies are marked Secure; set it wherever people reach the registry by https."""
    documents_url: str | None = None
    """Where uploaded documents are kept: None for a folder under `data_dir`, `s3://bucket/prefix` for an S3 store."""
    document_limit_mb: int = 50
    smtp_url: str | None = None
    """Mail server, `smtp://`, `smtp+starttls://` or `smtps://user:password@host:port`; None sends no mail."""
    mail_from: str = "registry@localhost"
    oidc_issuer: str | None = None
    """Identity provider (OpenID Connect) people may sign in through beside a password; None: passwords only."""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    signing_key: Path | None = None
    """PKCS#12 file that packages released to banks are signed with (extra `signature`); None: they are not signed."""
    signing_password: str = field(default="", repr=False)
    dask_scheduler: str | None = None
    """Address of a Dask scheduler, `tcp://host:8786`, that scenario runs are sent to; None: threads of this process."""
    oidc_return_url: str = ""
    """The address the provider sends people back to, `https://HOST/sign-in/oidc/return`, as registered there."""


def load_settings() -> Settings:
    """Read the environment anew (tests change it between cases)."""
    data_dir = Path(os.environ.get("REGISTRY_DATA_DIR", "var")).resolve()
    return Settings(
        database_url=os.environ.get("REGISTRY_DATABASE_URL", f"sqlite:///{data_dir / 'registry.db'}"),
        data_dir=data_dir,
        host=os.environ.get("REGISTRY_HOST", "127.0.0.1"),
        port=int(os.environ.get("REGISTRY_PORT", "8000")),
        is_demo=os.environ.get("REGISTRY_DEMO", "") == "1",
        is_behind_tls=os.environ.get("REGISTRY_TLS", "") == "1",
        documents_url=os.environ.get("REGISTRY_DOCUMENTS_URL") or None,
        document_limit_mb=int(os.environ.get("REGISTRY_DOCUMENT_LIMIT_MB", "50")),
        smtp_url=os.environ.get("REGISTRY_SMTP_URL") or None,
        mail_from=os.environ.get("REGISTRY_MAIL_FROM", "registry@localhost"),
        oidc_issuer=os.environ.get("REGISTRY_OIDC_ISSUER") or None,
        oidc_client_id=os.environ.get("REGISTRY_OIDC_CLIENT_ID", ""),
        oidc_client_secret=os.environ.get("REGISTRY_OIDC_CLIENT_SECRET", ""),
        signing_key=Path(key) if (key := os.environ.get("REGISTRY_SIGNING_KEY")) else None,
        signing_password=os.environ.get("REGISTRY_SIGNATURE_PASSWORD", ""),
        dask_scheduler=os.environ.get("REGISTRY_DASK_SCHEDULER") or None,
        oidc_return_url=os.environ.get("REGISTRY_OIDC_RETURN_URL", ""),
    )


@cache
def settings() -> Settings:
    """Return the settings of this process, read once."""
    return load_settings()
