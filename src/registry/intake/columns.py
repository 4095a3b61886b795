"""Header cells to catalogue fields: by official title, code, English title or alias, in any spelling."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from registry.errors import Finding, shown
from registry.intake.child_tables import child_tables
from registry.intake.folding import folded
from registry.intake.reading import column_letters
from registry.projects.catalogue import CatalogueField, fields
from registry.projects.model import Dossier

CODE_TITLES = ("登记编号", "code", "registry_code", "Registry code")
"""The column that names a project already in the registry."""
ROW_TITLES = ("项目序号", "row_id", "Project row")
"""The column by which the sheets of a workbook speak of the same project."""
OWNER_TITLES = ("项目名称", "project_name", "Project name")
"""The column of a child sheet that names the project."""

_STAR = re.compile(r"[*＊]+$|^[*＊]+")
_BRACKETED = re.compile(r"^(.+?)[（(\[【]([^（）()\[\]【】]*)[)）\]】]$")
_NO_UNITS = {"必填", "选填", "可选", "required", "optional"}
_UNIT_SPELLINGS = {"万元": {"万元", "人民币万元", "wan", "cny10k"}, "年": {"年", "years"}}
_SEARCHED_ROWS = 12


@dataclass(frozen=True, slots=True)
class Column:
    """One bound column: `index` from 0 in the file, the title as printed, and what it holds.

    `target` is a field name, a child collection (a JSON list in one cell), `code` or `row_id`. `in_percent` says that
    the title counts a share in per cent, so that a bare 20 means 0.2.
    """

    index: int
    title: str
    target: str
    field: CatalogueField | None
    in_percent: bool = False


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
    catalogue = fields() if collection is None else child_tables()[collection].fields
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
    for target, titles in (("code", CODE_TITLES), ("row_id", ROW_TITLES), ("owner_name", OWNER_TITLES)):
        for title in titles:
            known.setdefault(folded(title), (target, None))
    return known


@dataclass(frozen=True, slots=True)
class _Meaning:
    target: str
    field: CatalogueField | None
    unit: str | None = None
    """What the title says in brackets beyond the official title."""


@lru_cache(maxsize=4096)
def _meaning(title: str, collection: str | None) -> _Meaning | None:
    vocabulary = _vocabulary(collection)
    plain = _STAR.sub("", title.strip())
    if (exact := vocabulary.get(folded(plain))) is not None:
        return _Meaning(*exact)
    bracketed = _BRACKETED.match(plain)
    if bracketed is None or (found := vocabulary.get(folded(bracketed[1]))) is None:
        return None
    return _Meaning(*found, folded(bracketed[2]))


def _fits_unit(meaning: _Meaning) -> bool:
    """Say whether the unit in the title is the field's own. Another unit is never converted: it may be a mistake."""
    field, unit = meaning.field, meaning.unit
    if (
        field is None
        or unit is None
        or unit in _NO_UNITS
        or field.kind in {"text", "choice", "boolean", "period", "rate_steps"}
    ):
        return True
    if field.kind == "ratio":
        return unit in {"%", "比例", "小数"}
    own = field.term.unit or ""
    # How values by year are written stands behind their unit; a title may go without.
    return unit in _UNIT_SPELLINGS.get(own, {folded(own)}) | {folded(own.partition("，")[0])}


def find_header(rows: Sequence[Sequence[str | None]], collection: str | None = None) -> Header | None:
    """Return the header of a table, or None when no row near the top has a title the catalogue knows.

    It is the row with most known titles among the first twelve; a heading above it does not matter.
    """
    best, best_count = -1, 0
    for index, row in enumerate(rows[:_SEARCHED_ROWS]):
        count = len(_targets(row, collection))
        if count * 2 >= sum(bool(title and title.strip()) for title in row):
            # The second of two rows of titles; a row of values has few texts that are titles too.
            count = count and len(_targets(_with_titles_above(rows, index, collection), collection))
        if count > best_count:
            best, best_count = index, count
    return None if best < 0 else _bind(_with_titles_above(rows, best, collection), best + 1, collection)


def _targets(titles: Sequence[str | None], collection: str | None) -> set[str]:
    return {meaning.target for title in titles if title and (meaning := _meaning(title, collection))}


def _with_titles_above(
    rows: Sequence[Sequence[str | None]], number: int, collection: str | None
) -> Sequence[str | None]:
    """Return a row of titles; where it is empty, the known title above it, as merged headings of two rows leave it."""
    if number == 0:
        return rows[0]
    above, titles = rows[number - 1], list(rows[number])
    titles.extend([None] * (len(above) - len(titles)))
    for index, title in enumerate(above):
        if title and _meaning(title, collection) and not (titles[index] or "").strip():
            titles[index] = title
    return titles


def _bind(titles: Sequence[str | None], row: int, collection: str | None) -> Header:
    bound: dict[str, Column] = {}
    unknown: dict[int, str] = {}
    findings: list[Finding] = []
    for index, title in enumerate(titles):
        if title is None or not title.strip():
            continue
        meaning = _meaning(title, collection)
        if meaning is not None and meaning.target not in bound and _fits_unit(meaning):
            in_percent = meaning.unit == "%"
            bound[meaning.target] = Column(index, title.strip(), meaning.target, meaning.field, in_percent)
            continue
        unknown[index] = title.strip()
        if meaning is None:
            findings.append(_unknown_column(title, row, index))
        elif meaning.target in bound:
            findings.append(_duplicate_column(title, row, index, bound[meaning.target]))
        else:
            findings.append(_wrong_unit(title, row, index, meaning))
    return Header(row, tuple(bound.values()), unknown, tuple(findings))


def _unknown_column(title: str, row: int, index: int) -> Finding:
    where = column_letters(index + 1)
    return Finding(
        "",
        "unknown-column",
        f"第 {where} 列「{shown(title)}」不是字段目录中的标题，内容不进入项目，原值保留在导入记录中；请对照模板改标题",
        f"Column {where} “{shown(title)}” is no title of the field catalogue; its values stay in the import record "
        "only. Compare the title with the template",
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
        f"第 {where} 列「{shown(title)}」与第 {earlier} 列「{first.title}」是同一字段，只采用第 {earlier} 列；"
        "请删去其一",
        f"Column {where} “{shown(title)}” is the same field as column {earlier} “{first.title}”; only {earlier} is "
        "taken. Remove one of them",
        shown(title),
        "warning",
        row,
        title.strip(),
    )


def _wrong_unit(title: str, row: int, index: int, meaning: _Meaning) -> Finding:
    where = column_letters(index + 1)
    own = (meaning.field.term.unit if meaning.field else None) or "无单位"
    return Finding(
        meaning.target,
        "column-unit",
        f"第 {where} 列「{shown(title)}」的单位与字段的单位（{own}）不同，不代为换算，整列未采用；请换算后改标题",
        f"Column {where} “{shown(title)}” is in another unit than the field ({own}); nothing is converted, the column "
        "is not taken. Convert the values and change the title",
        shown(title),
        "error",
        row,
        title.strip(),
    )
