"""Two languages: Chinese is written in the templates, English comes from the gettext catalogue beside them."""

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal, cast

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from registry.errors import RegistryError

Language = Literal["zh", "en"]
LANGUAGE_COOKIE = "registry_lang"
CATALOGUE = Path(__file__).parent / "locales" / "en.po"


@cache
def translations(language: Language) -> gettext.NullTranslations:
    """Return the catalogue of a language, compiled once when first asked for."""
    if language == "zh":
        return gettext.NullTranslations()
    compiled = BytesIO()
    with CATALOGUE.open("rb") as source:
        write_mo(compiled, read_po(source, locale="en", abort_invalid=True))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def chosen_language(asked: str | None, remembered: str | None) -> Language:
    """Return the language of an answer: the one asked for in the address, else the remembered one, else Chinese."""
    return next((cast("Language", found) for found in (asked, remembered) if found in {"zh", "en"}), "zh")


def label(language: Language, code: str, zh: str) -> str:
    """Return a choice in a language; the code is English already, so it serves where the catalogue has no entry."""
    if language == "zh":
        return zh
    translated = translations(language).gettext(zh)
    return code.replace("_", " ").capitalize() if translated == zh else translated


def message(language: Language, error: RegistryError) -> str:
    """Return an error's sentence in a language."""
    return error.message_zh if language == "zh" else error.message_en
