"""The part of a form that can be judged while the rest is still wrong."""

from collections.abc import Mapping
from typing import Any

from registry.errors import Finding, InvalidInput
from registry.projects.model import Dossier
from registry.projects.validation import validate_dossier


def sound_part(document: Mapping[str, Any]) -> tuple[Dossier, tuple[Finding, ...]]:
    """Return the dossier without what cannot be taken, and what that is."""
    try:
        return validate_dossier(dict(document)), ()
    except InvalidInput as error:
        wrong = {finding.path.partition("[")[0] for finding in error.findings}
        return validate_dossier({name: value for name, value in document.items() if name not in wrong}), error.findings
