"""What the document of a paper is made of, read off its model: the one list behind its form and its workbook."""

from collections.abc import Mapping
from functools import cache
from typing import ClassVar, Protocol

from registry.projects.catalogue import CatalogueField, fields_of
from registry.projects.lines import Line

_FIXED = {"revision", "assessment"}
"""What signing writes; nobody types it."""


class PaperShape(Protocol):
    """A document of a paper: its lists, the records it has once, and its scalar fields."""

    LISTS: ClassVar[dict[str, tuple[str, str, type[Line]]]]
    SINGLES: ClassVar[dict[str, tuple[str, str, type[Line]]]]
    SCALARS: ClassVar[tuple[str, ...]]


Shape = type[PaperShape]


@cache
def columns(of: Shape, name: str) -> Mapping[str, CatalogueField]:
    """Return the fields of one list of a paper, or of a record it has once."""
    model = {**of.LISTS, **of.SINGLES}[name][2]
    return {key: field for key, field in fields_of(model).items() if key not in _FIXED}


@cache
def scalars(of: Shape) -> Mapping[str, CatalogueField]:
    """Return the fields a paper has once."""
    return fields_of(of, of.SCALARS)  # type: ignore[arg-type]
