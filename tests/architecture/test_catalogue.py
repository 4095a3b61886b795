"""What the catalogue promises of every field, proved."""

import re

import pytest

from registry.projects.catalogue import CatalogueField, fields, line_fields
from registry.projects.model import SECTIONS, Dossier, Project

ALL_FIELDS = [*fields().values(), *(field for name in Dossier.LINES for field in line_fields(name).values())]
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("field", ALL_FIELDS, ids=lambda field: field.name)
class TestEveryField:
    def test_has_its_official_term_in_both_languages(self, field: CatalogueField) -> None:
        assert HAN.search(field.term.zh)
        assert field.term.en
        assert not HAN.search(field.term.en)

    def test_is_named_by_the_house_rules(self, field: CatalogueField) -> None:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", field.name)
        if field.kind == "boolean":
            assert field.name.startswith(("is_", "has_")) or "_is_" in field.name or "_has_" in field.name

    def test_has_a_unit_when_it_is_money(self, field: CatalogueField) -> None:
        if field.kind == "money":
            assert field.term.unit == "万元"


class TestTheCatalogue:
    def test_names_no_field_twice(self) -> None:
        names = [name for _, _, section in SECTIONS.values() for name in section.model_fields]
        assert len(names) == len(set(names))

    def test_gives_no_column_title_to_two_fields(self) -> None:
        titles = [title for field in fields().values() for title in set(field.titles)]
        assert sorted({title for title in titles if titles.count(title) > 1}) == []

    def test_is_what_the_project_table_keeps(self) -> None:
        columns = set(Project.__table__.columns.keys())  # type: ignore[attr-defined]
        assert set(fields()) <= columns

    def test_puts_every_field_in_the_section_of_its_class(self) -> None:
        for name, (_, _, section) in SECTIONS.items():
            assert {fields()[field].term.section for field in section.model_fields} == {name}
