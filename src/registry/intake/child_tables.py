"""The tables beside the projects' own 子表: which sheet holds what, and which fields its rows have.

A table is named by its place in the JSON document: `funding_lines`, `financials` for the single values of the
financial case (one row a project), `financials.debts` for a list of its parts.
"""

import types
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from registry.intake.folding import folded
from registry.projects.case_fields import SECTION, case_fields, case_records
from registry.projects.catalogue import CatalogueField, line_fields
from registry.projects.model import Dossier

CASE_SHEET = "财务测算"


@dataclass(frozen=True, slots=True)
class ChildTable:
    """One table: its place in the document, the title of its sheet, the fields of a row."""

    name: str
    title: str
    fields: Mapping[str, CatalogueField]

    @property
    def case_list(self) -> str | None:
        """The list of the financial case that is kept here, None for every other table."""
        section, _, collection = self.name.partition(".")
        return collection if section == SECTION and collection else None


@cache
def child_tables() -> Mapping[str, ChildTable]:
    """Return the tables by name, in the order of the sheets."""
    tables = [ChildTable(name, str(Dossier.model_fields[name].title), line_fields(name)) for name in Dossier.LINES]
    tables.append(ChildTable(SECTION, CASE_SHEET, case_fields()))
    tables.extend(ChildTable(f"{SECTION}.{name}", kept.zh, kept.fields) for name, kept in case_records().items())
    return types.MappingProxyType({table.name: table for table in tables})


def table_of_sheet(name: str) -> ChildTable | None:
    """Return the table a sheet of this name holds, by title or by name."""
    wanted = folded(name)
    return _by_title().get(wanted) or next((table for table in child_tables().values() if table.name == wanted), None)


@cache
def _by_title() -> Mapping[str, ChildTable]:
    return {folded(table.title): table for table in child_tables().values()}
