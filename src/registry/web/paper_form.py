"""Between the form of a paper and its document: the same readers as every form, over the paper's own terms."""

import re
from collections.abc import Mapping
from typing import Any

from registry.errors import Finding, InvalidInput
from registry.programme.papers.shape import Shape, columns, scalars
from registry.programme.papers.workbook import checked, read_paper_workbook
from registry.projects.catalogue import CatalogueField
from registry.web.forms import text_of, value_of

_NAME = re.compile(r"^([a-z_]+)-(\d{1,4})-([a-z_]+)$")
_PATH = re.compile(r"^([a-z_]+)(?:\[(\d+)\])?(?:\.([a-z_]+))?")


def form_of_paper(of: Shape, document: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts with which the form shows a paper."""
    form = {name: _text(field, document.get(name)) for name, field in scalars(of).items()}
    for each in of.SINGLES:
        stated = document.get(each) or {}
        form |= {f"{each}-{name}": _text(field, stated.get(name)) for name, field in columns(of, each).items()}
    for each in of.LISTS:
        for row, line in enumerate(document.get(each, ())):
            form |= {f"{each}-{row}-{name}": _text(field, line.get(name)) for name, field in columns(of, each).items()}
    return form


def _text(field: CatalogueField, value: Any) -> str:
    return "、".join(value) if isinstance(value, list) else text_of(field, value)


def paper_from_form(of: Shape, form: Mapping[str, str]) -> tuple[dict[str, Any], dict[tuple[str, int], int]]:
    """Return the document a form describes, and from which row of the form each line of a list came."""
    document: dict[str, Any] = _values(scalars(of), form, "")
    for each in of.SINGLES:
        stated = _values(columns(of, each), form, f"{each}-")
        if stated:
            document[each] = stated
    places: dict[tuple[str, int], int] = {}
    for each in of.LISTS:
        lines: list[dict[str, Any]] = []
        for row in rows_of(form, each):
            line = _values(columns(of, each), form, f"{each}-{row}-")
            if line:
                places[each, len(lines)] = row
                lines.append(line)
        if lines:
            document[each] = lines
    return document, places


def _values(fields: Mapping[str, CatalogueField], form: Mapping[str, str], prefix: str) -> dict[str, Any]:
    found = {name: value_of(field, form.get(prefix + name, "")) for name, field in fields.items()}
    return {name: value for name, value in found.items() if value is not None}


def rows_of(form: Mapping[str, str], name: str) -> list[int]:
    """Return the rows of a list in the form, in order."""
    found = (_NAME.match(key) for key in form)
    return sorted({int(match[2]) for match in found if match and match[1] == name})


def with_row(of: Shape, form: Mapping[str, str], name: str) -> dict[str, str]:
    """Return the form with one more empty row in a list."""
    if name not in of.LISTS:
        return dict(form)
    row = max(rows_of(form, name), default=-1) + 1
    return {**form, **{f"{name}-{row}-{key}": "" for key in columns(of, name)}}


def input_of(path: str, places: Mapping[tuple[str, int], int]) -> str:
    """Return the name of the input behind a path of the document."""
    match = _PATH.match(path)
    if match is None:
        return path
    name, index, field = match.groups()
    if index is None:
        return f"{name}-{field}" if field else name
    row = places.get((name, int(index)), int(index))
    return f"{name}-{row}-{field}" if field else f"{name}-{row}"


def filled_form(
    of: Any, content: bytes, name: str, document: Mapping[str, Any]
) -> tuple[dict[str, str], tuple[Finding, ...]]:
    """Return the form of a paper as a workbook fills it, and what is wrong with it. Raises Unreadable, InvalidInput."""
    upload = read_paper_workbook(of, content, name, document)
    form = form_of_paper(of, upload.document) | {input_of(path, {}): text for path, text in upload.unread.items()}
    try:
        checked(of, upload)
    except InvalidInput as error:
        return form, error.findings
    return form, tuple(upload.findings)


def beside(findings: tuple[Finding, ...], places: Mapping[tuple[str, int], int]) -> dict[str, list[Finding]]:
    """Return the findings by the input they belong to."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(input_of(finding.path, places), []).append(finding)
    return found


def parts_of(of: Shape, form: Mapping[str, str]) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the form with a row in every list, and what the template of the form shows: fields, records and lists."""
    shown = dict(form)
    for name in of.LISTS:
        if not rows_of(shown, name):
            shown = with_row(of, shown, name)
    return shown, {
        "scalars": scalars(of),
        "singles": [(name, (zh, en), columns(of, name)) for name, (zh, en, _) in of.SINGLES.items()],
        "lists": [(name, (zh, en), columns(of, name), rows_of(shown, name)) for name, (zh, en, _) in of.LISTS.items()],
    }
