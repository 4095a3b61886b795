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
CATALOGUES = Path(__file__).parent / "locales"


@cache
def translations(language: Language) -> gettext.NullTranslations:
    """Return the catalogue of a language, compiled once: `en.po`, and those of parts of the site beside it."""
    if language == "zh":
        return gettext.NullTranslations()
    return _compiled("en.po", *sorted(path.name for path in CATALOGUES.glob("en.*.po")))


def _compiled(*names: str) -> gettext.GNUTranslations:
    """Return one catalogue that falls back on the next."""
    compiled = BytesIO()
    with (CATALOGUES / names[0]).open("rb") as source:
        write_mo(compiled, read_po(source, locale="en", abort_invalid=True))
    compiled.seek(0)
    found = gettext.GNUTranslations(compiled)
    if names[1:]:
        found.add_fallback(_compiled(*names[1:]))
    return found


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
