"""The field catalogue 字段目录, read off the models: the one list behind table, form, template, API and rules."""

import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from sqlmodel import SQLModel

from registry.projects.fields.content import Period
from registry.projects.model import SECTIONS, Dossier
from registry.quantities import Integer, Money, Number, Ratio, Term, YesNo

Kind = Literal[
    "text",
    "choice",
    "money",
    "number",
    "ratio",
    "integer",
    "boolean",
    "period",
    "amounts",
    "ratios",
    "rate_steps",
]
"""`amounts` and `ratios` are values by year, `rate_steps` shares from a year on; the financial case alone has them."""

_KINDS: tuple[tuple[Any, Kind], ...] = (
    (Money, "money"),
    (Ratio, "ratio"),
    (Number, "number"),
    (Integer, "integer"),
    (YesNo, "boolean"),
    (Period, "period"),
)

_UNMISTAKABLE: Mapping[Kind, type] = {"money": Decimal, "integer": int, "boolean": bool}
"""Of a field that must be there nothing but the bare type is left as its annotation; `float` may be either of two."""


@dataclass(frozen=True, slots=True)
class CatalogueField:
    """One field: its name in the JSON document, what kind of value it takes, its official term and limits."""

    name: str
    kind: Kind
    term: Term
    max_length: int | None
    is_required: bool

    @property
    def titles(self) -> tuple[str, ...]:
        """Every column title under which a file may carry this field, the official one first."""
        return (self.term.zh, self.name, self.term.en, *self.term.aliases)


@cache
def fields() -> Mapping[str, CatalogueField]:
    """Return the scalar fields of a project, by name, in the order of the sections."""
    found: dict[str, CatalogueField] = {}
    for _, _, section in SECTIONS.values():
        found.update(fields_of(section))
    return types.MappingProxyType(found)


@cache
def line_fields(collection: str) -> Mapping[str, CatalogueField]:
    """Return the fields of one child record, such as `funding_lines`."""
    return types.MappingProxyType(fields_of(Dossier.LINES[collection]))


def fields_of(model: type[SQLModel], names: Iterable[str] | None = None) -> dict[str, CatalogueField]:
    """Return the fields of any record declared with terms, by name; only these, where names are given."""
    wanted = model.model_fields if names is None else names
    return {name: _described(name, model.model_fields[name]) for name in wanted}


def _described(name: str, info: FieldInfo) -> CatalogueField:
    term = next(item for item in info.metadata if isinstance(item, Term))
    lengths = [item.max_length for item in info.metadata if hasattr(item, "max_length")]
    kind: Kind = "choice" if term.choices else _kind(info.annotation)
    return CatalogueField(name, kind, term, lengths[0] if lengths else None, info.is_required())


def _kind(annotation: Any) -> Kind:
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next(item for item in get_args(annotation) if item is not type(None))
    return next((kind for shape, kind in _KINDS if annotation in (shape, _UNMISTAKABLE.get(kind))), "text")
