"""Between the texts of a form and the values of a document.

The form sends text; `document_from` turns each into the kind of value its field takes and passes on what it cannot
read, so that `validate_dossier` says what is wrong in the same words as everywhere else.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl

from registry.errors import Finding, NotFound
from registry.projects.catalogue import CatalogueField, fields, line_fields
from registry.projects.model import Dossier
from registry.quantities import money_text

_MOST_FIELDS = 20_000
_LINE_NAME = re.compile(r"^([a-z_]+)-(\d{1,4})-([a-z0-9_]+)$")
_LINE_PATH = re.compile(r"^([a-z_]+)\[(\d+)\](?:\.([a-z0-9_]+))?$")
_YES, _NO = "true", "false"


def read_form(body: bytes) -> dict[str, str]:
    """Return the fields of a URL-encoded body; of a name sent twice the last counts."""
    pairs = parse_qsl(
        body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="replace"
    )
    return dict(pairs)


def seen_revision(form: Mapping[str, str]) -> int:
    """Return the revision on which the form was opened. Raises NotFound when it does not say."""
    seen = form.get("seen_revision", "")
    if not seen.isascii() or not seen.isdigit() or len(seen) > 9:  # noqa: PLR2004 - digits of a 32-bit number
        raise NotFound("表单缺少版次，请重新打开编辑页", "The form does not say which revision it shows; open it again")
    return int(seen)


def agrees_to_reopen(form: Mapping[str, str]) -> bool:
    """Say whether its author agreed that a major change of an admitted project goes back to review."""
    return form.get("reopens_entry") == "true"


def number_of(text: str) -> int:
    """Return the number a button stands for, 0 (which nothing has) when it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004 - a 32-bit number


@dataclass(frozen=True, slots=True)
class FormDocument:
    """A document read from a form, and from which row of the form each of its lines came."""

    document: dict[str, Any]
    rows: dict[tuple[str, int], int] = field(default_factory=dict)

    def input_of(self, path: str) -> str:
        """Return the name of the input behind a path of the document."""
        match = _LINE_PATH.match(path)
        if match is None:
            return path
        collection, index, name = match.groups()
        row = self.rows.get((collection, int(index)), int(index))
        return f"{collection}-{row}-{name}" if name else f"{collection}-{row}"

    def by_input(self, findings: tuple[Finding, ...]) -> dict[str, list[Finding]]:
        """Return the findings beside the inputs they belong to."""
        found: dict[str, list[Finding]] = {}
        for finding in findings:
            found.setdefault(self.input_of(finding.path), []).append(finding)
        return found


def document_from(form: Mapping[str, str], base: Mapping[str, Any]) -> FormDocument:
    """Return the document a form describes; what the form does not show is kept from `base`."""
    document = {name: value for name, value in base.items() if name not in fields() and name not in Dossier.LINES}
    for name, described in fields().items():
        value = value_of(described, form.get(name, ""))
        if value is not None:
            document[name] = value
    rows: dict[tuple[str, int], int] = {}
    for collection, numbers in _rows(form).items():
        lines: list[dict[str, Any]] = []
        for number in numbers:
            line = _line(form, collection, number)
            if line:
                rows[collection, len(lines)] = number
                lines.append(line)
        if lines:
            document[collection] = lines
    return FormDocument(document, rows)


def _rows(form: Mapping[str, str]) -> dict[str, list[int]]:
    found: dict[str, set[int]] = {}
    for name in form:
        match = _LINE_NAME.match(name)
        if match and match[1] in Dossier.LINES:
            found.setdefault(match[1], set()).add(int(match[2]))
    return {collection: sorted(numbers) for collection, numbers in found.items()}


def _line(form: Mapping[str, str], collection: str, number: int) -> dict[str, Any]:
    described = line_fields(collection)
    values = {name: value_of(item, form.get(f"{collection}-{number}-{name}", "")) for name, item in described.items()}
    return {name: value for name, value in values.items() if value is not None}


def value_of(described: CatalogueField, text: str) -> Any:
    """Return the value a text stands for, None when empty, the text itself when it cannot be read."""
    text = text.replace("\r\n", "\n").strip()
    if not text:
        return None
    return _READERS.get(described.kind, str)(text)


def _yes_no(text: str) -> bool | str:
    return {_YES: True, _NO: False}.get(text, text)


def _amount(text: str) -> str:
    return text.replace(",", "").replace("，", "")


def _integer(text: str) -> int | str:
    return int(text) if re.fullmatch(r"-?\d{1,15}", text) else text


def _number(text: str) -> float | str:
    try:
        return float(Decimal(text.replace(",", "")))
    except InvalidOperation:
        return text


def _ratio(text: str) -> float | str:
    """Read percent, as people write shares: 20 or 20% is 0.2."""
    try:
        return float(Decimal(text.rstrip("%％ ").replace(",", "")) / 100)
    except InvalidOperation:
        return text


_READERS: Mapping[str, Callable[[str], Any]] = {
    "boolean": _yes_no,
    "money": _amount,
    "ratio": _ratio,
    "number": _number,
    "integer": _integer,
}


def form_from(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts with which a form shows a document."""
    form = {name: text_of(described, document.get(name)) for name, described in fields().items()}
    for collection in Dossier.LINES:
        described = line_fields(collection)
        for number, line in enumerate(document.get(collection, ())):
            form |= {f"{collection}-{number}-{name}": text_of(item, line.get(name)) for name, item in described.items()}
    return form


def text_of(described: CatalogueField, value: Any) -> str:
    """Return the text that stands for a value in an input."""
    if value is None:
        return ""
    match described.kind:
        case "boolean":
            return _YES if value else _NO
        case "ratio":
            return money_text(Decimal(repr(float(value))) * 100)
        case "number":
            return money_text(Decimal(repr(float(value))))
        case _:
            return str(value)
