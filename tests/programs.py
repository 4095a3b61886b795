"""Programs of the system that some tests look through: the only reason for which a test of ours may not run."""

import os
import shutil

import pytest


def chromium_path() -> str:
    """Return Debian's Chromium or a browser like it."""
    return _found(("chromium", "chromium-browser", "google-chrome"), "BROWSER", "apt-get install chromium")


def office_path() -> str:
    """Return LibreOffice."""
    return _found(("soffice",), "OFFICE", "apt-get install libreoffice-calc libreoffice-writer")


def _found(names: tuple[str, ...], kind: str, command: str) -> str:
    """Return the first program there is.

    Where there is none, a developer's machine skips the test and says what to install; CI sets REGISTRY_REQUIRE_<kind>
    and fails.
    """
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        message = f"NOT RUN: this machine has no {names[0]}; Debian: {command}"
        if os.environ.get(f"REGISTRY_REQUIRE_{kind}") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return path
