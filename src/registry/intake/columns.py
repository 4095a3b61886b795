"""Header cells to catalogue fields: by official title, code, English title or alias, in any spelling."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from registry.errors import Finding, shown
from registry.intake.folding import folded
from registry.intake.reading import column_letters
from registry.projects.catalogue import CatalogueField, fields, line_fields
from registry.projects.model import Dossier

CODE_TITLES = ("登记编号", "code", "registry_code", "Registry code")
"""The column that names a project already in the registry."""
ROW_TITLES = ("项目序号", "row_id", "Project row")
"""The column by which the sheets of a workbook speak of the same project."""

_UNIT = re.compile(r"[（(\[【][^（）()\[\]【】]*[)）\]】]$|[*＊]+$")
_SEARCHED_ROWS = 12


@dataclass(frozen=True, slots=True)
class Column:
    """One bound column: `index` from 0 in the file, the title as printed, and what it holds.

    `target` is a field name, a child collection (a JSON list in one cell), `code` or `row_id`.
    """

    index: int
    title: str
    target: str
    field: CatalogueField | None


@dataclass(frozen=True, slots=True)
class Header:
    """What the header row says: bound columns, columns nobody knows, and findings about both."""

    row: int
    columns: tuple[Column, ...]
    unknown: Mapping[int, str]
    findings: tuple[Finding, ...]

    def has(self, target: str) -> bool:
        """Say whether the file has a column for this."""
        return any(column.target == target for column in self.columns)


@cache
def _vocabulary(collection: str | None) -> Mapping[str, tuple[str, CatalogueField | None]]:
    """Return what each folded title stands for, in the project table or in a child table."""
    known: dict[str, tuple[str, CatalogueField | None]] = {}
    catalogue = fields() if collection is None else line_fields(collection)
    # Official titles first: an alias never takes the title of another field away from it.
    for rank in range(max(len(field.titles) for field in catalogue.values())):
        for field in catalogue.values():
            if rank < len(field.titles):
                known.setdefault(folded(field.titles[rank]), (field.name, field))
    if collection is None:
        for name in Dossier.LINES:
            for title in (name, str(Dossier.model_fields[name].title)):
                known.setdefault(folded(title), (name, None))
        known.setdefault("issuances", ("bond_issuances", None))
    for target, titles in (("code", CODE_TITLES), ("row_id", ROW_TITLES)):
        for title in titles:
            known.setdefault(folded(title), (target, None))
    return known


def _meaning(title: str, collection: str | None) -> tuple[str, CatalogueField | None] | None:
    vocabulary = _vocabulary(collection)
    exact = vocabulary.get(folded(title))
    return exact if exact is not None else vocabulary.get(folded(_UNIT.sub("", title.strip())))


def find_header(rows: Sequence[Sequence[str | None]], collection: str | None = None) -> Header | None:
    """Return the header of a table, or None when no row near the top has a title the catalogue knows.

    It is the row with most known titles among the first twelve; a heading above it does not matter.
    """
    best, best_count = -1, 0
    for index, row in enumerate(rows[:_SEARCHED_ROWS]):
        count = len({meaning[0] for title in row if title and (meaning := _meaning(title, collection))})
        if count > best_count:
            best, best_count = index, count
    return None if best < 0 else _bind(rows[best], best + 1, collection)


def _bind(titles: Sequence[str | None], row: int, collection: str | None) -> Header:
    bound: dict[str, Column] = {}
    unknown: dict[int, str] = {}
    findings: list[Finding] = []
    for index, title in enumerate(titles):
        if title is None or not title.strip():
            continue
        meaning = _meaning(title, collection)
        if meaning is None:
            unknown[index] = title.strip()
            findings.append(_unknown_column(title, row, index))
        elif meaning[0] in bound:
            unknown[index] = title.strip()
            findings.append(_duplicate_column(title, row, index, bound[meaning[0]]))
        else:
            bound[meaning[0]] = Column(index, title.strip(), *meaning)
    return Header(row, tuple(bound.values()), unknown, tuple(findings))


def _unknown_column(title: str, row: int, index: int) -> Finding:
    where = column_letters(index + 1)
    return Finding(
        "",
        "unknown-column",
        f"第 {where} 列「{shown(title)}」不是字段目录中的标题，其内容不进入项目，原值保留在导入记录中；请对照模板改标题",
        f"Column {where} “{shown(title)}” is no title of the field catalogue; its values stay in the import record only. "
        "Compare the title with the template",
        shown(title),
        "warning",
        row,
        title.strip(),
    )


def _duplicate_column(title: str, row: int, index: int, first: Column) -> Finding:
    where, earlier = column_letters(index + 1), column_letters(first.index + 1)
    return Finding(
        first.target,
        "duplicate-column",
        f"第 {where} 列「{shown(title)}」与第 {earlier} 列「{first.title}」是同一字段，只采用第 {earlier} 列；请删去其一",
        f"Column {where} “{shown(title)}” is the same field as column {earlier} “{first.title}”; only {earlier} is taken. "
        "Remove one of them",
        shown(title),
        "warning",
        row,
        title.strip(),
    )
