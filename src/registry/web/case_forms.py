"""Between the texts of a form and a financial case 财务测算输入, as `forms` is for the rest of the dossier."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import PydanticCustomError

from registry.errors import Finding, shown
from registry.projects.case_fields import case_fields, case_records, flat, nested
from registry.projects.case_series import SERIES_KINDS, print_series, read_series
from registry.projects.catalogue import CatalogueField
from registry.web.forms import text_of, value_of

_ROW = re.compile(r"^([a-z_]+)-(\d{1,4})-(.+)$")
_LINE_PATH = re.compile(r"^([a-z_]+)\[(\d+)\](?:\.(.+))?$")
_PREFIX = "financials."
NONE = "-none"
"""Behind a collection's name: says that there is none of it, which is more than not to say."""


@dataclass(frozen=True, slots=True)
class CaseForm:
    """A case read from a form: the part of the document, what could not be read, and the row of each record."""

    document: dict[str, Any]
    flaws: tuple[Finding, ...]
    rows: dict[tuple[str, int], int] = field(default_factory=dict)

    def input_of(self, path: str) -> str:
        """Return the name of the input behind a path of the dossier."""
        inside = path.removeprefix(_PREFIX)
        match = _LINE_PATH.match(inside)
        if match is None:
            return inside.partition("[")[0]
        collection, index, name = match.groups()
        row = self.rows.get((collection, int(index)), int(index))
        return f"{collection}-{row}-{name.partition('[')[0]}" if name else f"{collection}-{row}"

    def by_input(self, findings: tuple[Finding, ...]) -> dict[str, list[Finding]]:
        """Return the findings beside the inputs they belong to."""
        found: dict[str, list[Finding]] = {}
        for finding in findings:
            found.setdefault(self.input_of(finding.path), []).append(finding)
        return found


def case_from(form: Mapping[str, str]) -> CaseForm:
    """Return the case a form describes; rows without any text are left out."""
    flaws: list[Finding] = []
    document = nested(_values(case_fields(), form, "", _PREFIX, flaws))
    rows: dict[tuple[str, int], int] = {}
    for collection, numbers in form_rows(form).items():
        records: list[dict[str, Any]] = []
        for number in numbers:
            path = f"{_PREFIX}{collection}[{len(records)}]."
            values = _values(case_records()[collection].fields, form, f"{collection}-{number}-", path, flaws)
            if values:
                rows[collection, len(records)] = number
                records.append(nested(values))
        if records:
            document[collection] = records
        elif form.get(f"{collection}{NONE}") == "true":
            document[collection] = []
    return CaseForm(document, tuple(flaws), rows)


def form_rows(form: Mapping[str, str]) -> dict[str, list[int]]:
    """Return the rows of each collection that a form shows, in order."""
    found: dict[str, set[int]] = {name: set() for name in case_records()}
    for name in form:
        match = _ROW.match(name)
        if match and match[1] in found:
            found[match[1]].add(int(match[2]))
    return {collection: sorted(numbers) for collection, numbers in found.items()}


def form_of(case: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts with which a form shows a case, as it stands in the document."""
    form = _texts(case_fields(), case, "")
    for collection, records in case_records().items():
        if case.get(collection) == []:
            form[f"{collection}{NONE}"] = "true"
        for number, record in enumerate(case.get(collection) or ()):
            form |= _texts(records.fields, record, f"{collection}-{number}-")
    return form


def with_row(form: Mapping[str, str], collection: str) -> dict[str, str]:
    """Return the form with one more empty record in a collection."""
    if collection not in case_records():
        return dict(form)
    row = max(form_rows(form)[collection], default=-1) + 1
    return {**form, **{f"{collection}-{row}-{name}": "" for name in case_records()[collection].fields}}


def _values(
    fields: Mapping[str, CatalogueField], form: Mapping[str, str], prefix: str, path: str, flaws: list[Finding]
) -> dict[str, Any]:
    found = {}
    for name, described in fields.items():
        text = form.get(prefix + name, "").strip()
        try:
            value = read_series(described.kind, text) if described.kind in SERIES_KINDS else value_of(described, text)
        except PydanticCustomError as refused:
            told = f"“{described.term.zh}”{refused.message()}", f"{described.term.en}: {(refused.context or {})['en']}"
            flaws.append(Finding(path + name, refused.type, *told, shown(text)))
            continue
        if value is not None:
            found[name] = value
    return found


def _texts(fields: Mapping[str, CatalogueField], part: Mapping[str, Any], prefix: str) -> dict[str, str]:
    values = flat(part, fields)
    return {
        prefix + name: print_series(described.kind, values[name])
        if described.kind in SERIES_KINDS and name in values
        else text_of(described, values.get(name))
        for name, described in fields.items()
    }
