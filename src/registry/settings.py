"""Settings from the environment; every name starts with REGISTRY_."""

import os
from dataclasses import dataclass
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
    )


@cache
def settings() -> Settings:
    """Return the settings of this process, read once."""
    return load_settings()
