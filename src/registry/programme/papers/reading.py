"""From an untrusted document to a checked paper, with every flaw named at once."""

from typing import Any, TypeVar

from pydantic import ValidationError

from registry.errors import Finding, InvalidInput, shown
from registry.projects.lines import Line
from registry.projects.validation import findings_of, unkeepable

Document = TypeVar("Document", bound=Line)


def read_document_as(model: type[Document], document: Any) -> Document:
    """Return the paper a JSON document describes. Raises InvalidInput carrying every finding."""
    if not isinstance(document, dict):
        zh, en = "文件内容应为一个 JSON 对象", "A paper should be a JSON object"
        raise InvalidInput.of([Finding("", "not-an-object", zh, en, shown(document))])
    findings = list(unkeepable(document))
    try:
        read = model.model_validate(document)
    except ValidationError as error:
        places = {finding.path for finding in findings}
        findings += [found for found in findings_of(error.errors(include_url=False)) if found.path not in places]
    if findings:
        raise InvalidInput.of(findings)
    return read
