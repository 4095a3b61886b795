"""One spelling for titles and places: simplified characters, half-width signs, no spaces."""

import unicodedata
from functools import cache, lru_cache

import opencc


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@lru_cache(maxsize=100_000)
def simplified(text: str) -> str:
    """Return the text in simplified characters; what is simplified already stays as it is."""
    return text if text.isascii() else str(_converter().convert(text))


@lru_cache(maxsize=100_000)
def folded(text: str) -> str:
    """Return the spelling under which two titles or names count as the same."""
    return "".join(unicodedata.normalize("NFKC", simplified(text)).split()).casefold()
