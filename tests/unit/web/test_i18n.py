"""The pages are complete in both languages."""

from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import registry.web
from registry.accounts.model import GROUP_NAMES
from registry.projects.case_fields import case_fields, case_records
from registry.projects.catalogue import fields, line_fields
from registry.projects.model import Dossier
from registry.web.i18n import CATALOGUES, chosen_language, label, translations

TEMPLATES = Path(registry.web.__file__).parent / "templates"


def said_by_templates() -> set[str]:
    options = {"**.html": {"newstyle_gettext": "true"}}
    found = extract_from_dir(TEMPLATES, method_map=[("**.html", "jinja2")], options_map=options)
    return {str(message) for _, _, message, _, _ in found}


def said_by_the_catalogue() -> set[str]:
    known = [*fields().values(), *(field for name in Dossier.LINES for field in line_fields(name).values())]
    known += [*case_fields().values(), *(field for each in case_records().values() for field in each.fields.values())]
    units = {field.term.unit for field in known if field.term.unit and field.kind != "ratio"}
    helps = {text for field in known for text in (field.term.help_zh, field.term.source) if text and not text.isascii()}
    return units | helps | set(GROUP_NAMES.values())


class TestTheEnglishCatalogue:
    def test_has_every_sentence_of_the_templates_and_of_the_fields(self) -> None:
        english = translations("en")
        said = said_by_templates() | said_by_the_catalogue()
        assert sorted(text for text in said if english.gettext(text) == text) == []

    def test_names_the_same_values_in_both_languages(self) -> None:
        files = sorted(CATALOGUES.glob("en*.po"))
        assert CATALOGUES / "en.po" in files
        for file in files:
            with file.open("rb") as source:
                catalogue = read_po(source, locale="en")
            assert [(each.id, list(each.check())) for each in catalogue if list(each.check(catalogue))] == []

    def test_falls_back_to_the_code_of_a_choice(self) -> None:
        assert label("en", "central_fund", "中央生态环境资金") == "Central eco-environment funds"
        assert label("en", "some_new_code", "新的选项") == "Some new code"
        assert label("zh", "some_new_code", "新的选项") == "新的选项"


def test_the_language_is_chinese_unless_asked_otherwise() -> None:
    assert chosen_language(None, None) == "zh"
    assert chosen_language("en", "zh") == "en"
    assert chosen_language(None, "en") == "en"
    assert chosen_language("fr", None) == "zh"
