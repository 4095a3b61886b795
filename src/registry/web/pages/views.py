"""Plain data for the templates, made from a document: the page is one step from its JSON."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, get_args

from pydantic import BaseModel

from registry.assessments.missing import WhatIsMissing
from registry.projects.catalogue import CatalogueField, fields, line_fields
from registry.projects.differences import Difference, LineDifference
from registry.projects.financials import FinancialCase
from registry.projects.lines import FUNDING_SOURCES, FUNDING_STATUS
from registry.projects.model import SECTIONS, Dossier
from registry.projects.validation import field_at

LINE_TITLES: Mapping[str, tuple[str, str]] = {
    name: (str(Dossier.model_fields[name].title or name), name.replace("_", " ").capitalize()) for name in Dossier.LINES
}


@dataclass(frozen=True, slots=True)
class SectionView:
    """One section of the catalogue: its fields in order, and the names of those submission still waits for."""

    key: str
    title: tuple[str, str]
    fields: tuple[CatalogueField, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LinesView:
    """One list of child records as a table; only columns that hold something are shown."""

    key: str
    title: tuple[str, str]
    columns: tuple[CatalogueField, ...]
    fields: tuple[CatalogueField, ...]
    rows: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Total:
    """Known amounts of one kind added up, and how many lines have no amount."""

    code: str
    amount: Decimal | None
    """None where no line says its amount: unknown, not zero."""
    n_unknown: int


@dataclass(frozen=True, slots=True)
class FundingView:
    """资金来源 added up by source and by status. Shares are of the known total."""

    by_source: tuple[Total, ...]
    by_status: tuple[Total, ...]
    known: Decimal
    n_unknown: int

    def share(self, total: Total) -> float | None:
        """Return the part of the known total, None where nothing is known."""
        return float(round(total.amount / self.known, 4)) if self.known and total.amount is not None else None


@dataclass(frozen=True, slots=True)
class LineChangesView:
    """Child records that differ: the columns in use, and each record with the cells of both sides."""

    columns: tuple[CatalogueField, ...]
    rows: tuple[LineDifference, ...]


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One difference with the official term of its place."""

    path: str
    name: tuple[str, str]
    field: CatalogueField | None
    before: Any
    after: Any


def sections(found: WhatIsMissing | None = None) -> list[SectionView]:
    """Return the sections of the catalogue, with what a document still needs where that is known."""
    steps = found.steps if found else ()
    early = [part for step in steps if step.step in {"draft", "submitted"} for part in step.sections]
    needed = {key: tuple(item.path for part in early if part.section == key for item in part.items) for key in SECTIONS}
    views = []
    for key, (zh, en, _) in SECTIONS.items():
        members = tuple(item for item in fields().values() if item.term.section == key)
        if members:
            views.append(SectionView(key, (zh, en), members, needed[key]))
    return views


def lines(document: Mapping[str, Any], collection: str) -> LinesView:
    """Return a list of child records as a table."""
    rows = tuple(document.get(collection, ()))
    used = {name for row in rows for name, value in row.items() if value is not None}
    columns = tuple(item for name, item in line_fields(collection).items() if name in used or item.is_required)
    return LinesView(collection, LINE_TITLES[collection], columns, tuple(line_fields(collection).values()), rows)


def funding(document: Mapping[str, Any]) -> FundingView:
    """Return the funding lines added up; an unknown amount is counted, never taken as zero."""
    rows = document.get("funding_lines", ())
    known = [Decimal(row["amount"]) for row in rows if row.get("amount") is not None]
    return FundingView(
        by_source=tuple(_totals(rows, "source", FUNDING_SOURCES)),
        by_status=tuple(_totals(rows, "status", FUNDING_STATUS)),
        known=sum(known, Decimal(0)),
        n_unknown=len(rows) - len(known),
    )


def _totals(rows: Iterable[Mapping[str, Any]], name: str, codes: Iterable[str]) -> Iterable[Total]:
    rows = list(rows)
    for code in codes:
        members = [row.get("amount") for row in rows if row.get(name) == code]
        known = [Decimal(amount) for amount in members if amount is not None]
        if members:
            yield Total(code, sum(known, Decimal(0)) if known else None, len(members) - len(known))


def changes(found: Iterable[Difference]) -> list[ChangeView]:
    """Return differences named in the official terms."""
    return [_change(item) for item in found]


def line_changes(collection: str, found: Iterable[LineDifference]) -> LineChangesView:
    """Return differing child records as rows of a table; only columns that hold something are shown."""
    rows = tuple(found)
    sides = [side for row in rows for side in (row.before, row.after) if side is not None]
    used = {name for side in sides for name, value in side.items() if value is not None}
    return LineChangesView(tuple(item for name, item in line_fields(collection).items() if name in used), rows)


def _financial_name(location: tuple[str | int, ...]) -> str:
    """Return the titles along a path of the financial case: 投资估算·工程费用, 收入第 2 条·单价; empty elsewhere."""
    if location[:1] != ("financials",):
        return ""
    words: list[str] = []
    part: Any = FinancialCase
    for step in location[1:]:
        if isinstance(step, int):
            words[-1:] = [f"{words[-1] if words else ''}第 {step + 1} 条"]
            continue
        field = part.model_fields.get(step) if part is not None else None
        words.append(str(field.title or step) if field else step)
        part = _model_in(field.annotation) if field else None
    return "·".join(words)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model inside an annotation such as `list[Part] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := _model_in(each)) is not None), None)


def _change(item: Difference) -> ChangeView:
    described, title = named(item.path)
    return ChangeView(item.path, title, described, item.before, item.after)


def named(path: str) -> tuple[CatalogueField | None, tuple[str, str]]:
    """Return the field at a place in the document, and its official name: 资金来源第 2 条·金额."""
    location = tuple(
        int(part) if part.isdigit() else part for part in path.replace("]", "").replace("[", ".").split(".")
    )
    described = field_at(location)
    zh, en = (described.term.zh, described.term.en) if described else (_financial_name(location) or path, path)
    if len(location) > 1 and location[0] in LINE_TITLES and isinstance(location[1], int):
        title_zh, title_en = LINE_TITLES[str(location[0])]
        zh, en = f"{title_zh}第 {location[1] + 1} 条·{zh}", f"{title_en} {location[1] + 1}, {en}"
    return described, (zh, en)
