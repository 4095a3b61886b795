"""A table as people and programs read it: one value that command line, API, page and downloads print alike."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

import polars as pl

from registry.errors import Finding
from registry.quantities import FEN_PER_CNY_10K, money_text

ColumnKind = Literal["text", "choice", "year", "money", "count", "ratio", "rate", "number"]
"""`ratio` and `rate` are shares of one, shown as per cent: a rate of return with two decimals."""
Language = Literal["zh", "en"]

_UNITS_EN = {
    "万元": "CNY 10,000", "元": "yuan", "年": "year", "天": "days", "倍": "times", "个": "", "行": "", "轮": "",
}  # fmt: skip
"""In this order: 万元 before 元."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in the frame, its official term, unit and what an empty cell means.

    `labels` gives the words of coded values; `missing` is printed where the value is NULL. Where figures of several
    kinds stand in one column, `kind_by` names the column whose value says which, by `kinds`.
    """

    name: str
    kind: ColumnKind
    zh: str
    en: str
    unit: str | None = None
    labels: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    missing: tuple[str, str] | None = None
    kind_by: str | None = None
    kinds: Mapping[str, ColumnKind] = field(default_factory=dict)

    @property
    def wire_name(self) -> str:
        """Return the name in JSON and files, where money is 万元: without `_fen`."""
        return self.name.removesuffix("_fen")

    @property
    def is_number(self) -> bool:
        """Say whether its cells are numbers, set to the right."""
        return self.kind in ("money", "count", "ratio", "rate", "number")

    def heading(self, language: Language) -> str:
        """Return the printed head of the column, with its unit."""
        unit = self.unit_in(language)
        if language == "zh":
            return f"{self.zh}（{unit}）" if unit else self.zh
        return f"{self.en} ({unit})" if unit else self.en

    def unit_in(self, language: Language) -> str:
        """Return the unit as printed; English leaves out measure words, which it does not have."""
        unit = self.unit or ""
        if language == "en":
            for zh, en in _UNITS_EN.items():
                unit = unit.replace(zh, en)
        return unit

    def shown(self, value: Any, language: Language) -> Any:
        """Return a cell as it is shown: words for codes, 万元 as Decimal, None where nothing is known."""
        place = 0 if language == "zh" else 1
        if value is None:
            return None if self.missing is None else self.missing[place]
        if self.kind == "money":
            return Decimal(value) / FEN_PER_CNY_10K
        labels = self.labels.get(value) if self.labels else None
        return labels[place] if labels else value


def money_column(name: str, zh: str, en: str) -> Column:
    """Return a column of fen, shown in 万元."""
    return Column(name, "money", zh, en, "万元")


def count_column(name: str, zh: str, en: str, unit: str = "个") -> Column:
    """Return a column of counts."""
    return Column(name, "count", zh, en, unit)


@dataclass(frozen=True, slots=True)
class Table:
    """A titled frame: `frame` has the columns in their order, money in fen; the rest says how to show it."""

    name: str
    title_zh: str
    title_en: str
    columns: tuple[Column, ...]
    frame: pl.DataFrame
    remarks: tuple[Finding, ...] = ()

    def title(self, language: Language) -> str:
        """Return the title."""
        return self.title_zh if language == "zh" else self.title_en

    def headings(self, language: Language = "zh") -> list[str]:
        """Return the printed heads of the columns."""
        return [column.heading(language) for column in self.columns]

    def rows(self, language: Language = "zh") -> Iterator[tuple[Any, ...]]:
        """Yield each row as it is shown: codes in words, money as Decimal in 万元."""
        for row in self.frame.select(column.name for column in self.columns).iter_rows():
            yield tuple(column.shown(value, language) for column, value in zip(self.columns, row, strict=True))

    def cell_kinds(self) -> Iterator[tuple[ColumnKind, ...]]:
        """Yield the kind of each cell, row by row."""
        named = [column.name if column.kind_by is None else column.kind_by for column in self.columns]
        for row in self.frame.select(pl.col(name).alias(str(place)) for place, name in enumerate(named)).iter_rows():
            yield tuple(column.kinds.get(value, column.kind) for column, value in zip(self.columns, row, strict=True))

    def as_dict(self) -> dict[str, Any]:
        """Return the wire form: columns with terms and units, rows by name; codes stay codes, money is decimal text."""
        return {
            "name": self.name,
            "title": self.title_zh,
            "title_en": self.title_en,
            "columns": [
                {"name": each.wire_name, "kind": each.kind, "title": each.zh, "title_en": each.en, "unit": each.unit}
                for each in self.columns
            ],
            "rows": [
                {column.wire_name: _wire(column, value) for column, value in zip(self.columns, row, strict=True)}
                for row in self.frame.select(column.name for column in self.columns).iter_rows()
            ],
            "remarks": [remark.as_dict() for remark in self.remarks],
        }


def _wire(column: Column, value: Any) -> Any:
    return money_text(Decimal(value) / FEN_PER_CNY_10K) if column.kind == "money" and value is not None else value
