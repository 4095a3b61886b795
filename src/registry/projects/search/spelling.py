"""One spelling for what is searched and what is asked: width, case, traditional characters and spaces do not count."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from registry.projects.duplicates.names import one_spelling
from registry.projects.search.pinyin import spelt

_MOST_REMEMBERED = 10_000
MOST_TERMS = 8
"""Terms of one search; what stands behind them is left out."""


class Term(NamedTuple):
    """One word of a search. All of ASCII, it is looked for in codes, Latin text and pinyin, else in the text itself."""

    text: str
    is_latin: bool


def terms(search: str | None) -> list[Term]:
    """Return the words of a search, each of which must be found."""
    words = [_folded(word) for word in (search or "").replace("\x00", "").split()]
    return [Term(word, word.isascii()) for word in dict.fromkeys(words) if word][:MOST_TERMS]


def searched(names: Sequence[str | None], codes: Sequence[str | None]) -> tuple[str, str]:
    """Return the text a Chinese and the text a Latin term is looked for in, a line for each part.

    Names are kept as they are, as syllables and as initials. Latin letters pass through the syllables, so nothing
    in ASCII needs to be looked for twice.
    """
    spellings = [_spellings(name) for name in names if name]
    latin = [part for _, full, initials in spellings for part in (full, initials)]
    return _lines(plain for plain, _, _ in spellings), _lines((*(_folded(code) for code in codes if code), *latin))


# Most names are those of places and of bodies with many projects.
@lru_cache(_MOST_REMEMBERED)
def _spellings(name: str) -> tuple[str, str, str]:
    plain = _folded(name)
    return (plain, *spelt(plain))


def _folded(text: str) -> str:
    # No key of a keyboard for pinyin bears ü: v is typed.
    return one_spelling(text).replace("ü", "v")


def _lines(parts: Iterable[str]) -> str:
    """Return the parts as lines, without those that are found in another part anyway."""
    kept: list[str] = []
    for part in sorted(set(parts), key=len, reverse=True):
        if part and not any(part in other for other in kept):
            kept.append(part)
    return "\n".join(kept)
