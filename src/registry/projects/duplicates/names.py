"""A project name down to what tells it from others: no place, no phase, no common words, one spelling."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

import opencc
from rapidfuzz.distance import LCSseq
from rapidfuzz.fuzz import ratio

from registry.projects.codes import division_names

MASK = "*"
"""What stands for a run of masked characters, as reprint sites write them: `****`."""

_EXAMPLE = re.compile(r"\(?示例(?:数据)?\)?")
_MASKED = re.compile(r"[*×x]*\*[*×x]*|[×]{2,}|某+(?=[省市县区镇])")
_PHASE = re.compile(r"\(?第?([一二三四五六七八九十]|\d{1,2}|i{1,3}|iv|vi{0,3})期(?:工程)?\)?")
_YEAR = re.compile(r"((?:19|20)\d{2})年度?")
_PLACE = re.compile(r"^[\u4e00-\u9fff*]{1,7}?(?:省|自治区|市|自治州|地区|盟|县|区|旗)")
_NO_DIVISION = re.compile(
    r"(?:园|片|新|小|城|社|发|灌|库|景|经开|高新|老城|矿|林|牧|保护|功能|示范|水源|商务|度假|校|厂|街)区$|城市$"
)
_COMMON = re.compile(r"项目|工程|建设|专项债券|招标公告|公告|[及和与的等、,，。.()\-—_\"'“”《》:：/]")
_NUMERALS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8}
_FEWEST_LEFT = 4
"""Characters that must remain when a place is taken off: `海绵城市` is no place."""


@dataclass(frozen=True, slots=True)
class NameCore:
    """What remains of a name, `*` for masked runs, and the phase and the year it names."""

    text: str
    phase: int | None = None
    year: int | None = None

    @property
    def letters(self) -> str:
        """Return the characters that can be read."""
        return self.text.replace(MASK, "")


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@cache
def _division_pattern() -> re.Pattern[str]:
    """Return the pattern of any province or city at the beginning, in full or without its ending."""
    endings = re.compile(r"(?:壮族|回族|维吾尔)?自治区$|特别行政区$|[省市盟]$|地区$")
    full = {one_spelling(name) for name in division_names().values()}
    short = {endings.sub("", name) for name in full}
    names = sorted(full | {name for name in short if len(name) > 1}, key=len, reverse=True)
    return re.compile(f"^(?:{'|'.join(map(re.escape, names))})")


def one_spelling(text: str) -> str:
    """Return a text without what spellings differ in: traditional characters, width, case, spaces."""
    simple = text if text.isascii() else str(_converter().convert(text))
    return "".join(unicodedata.normalize("NFKC", simple).split()).casefold()


@lru_cache(maxsize=50_000)
def name_core(name: str, own_places: tuple[str, ...] = ()) -> NameCore:
    """Return the core of a project name; `own_places` are the places printed beside it, such as its county."""
    text = _MASKED.sub(MASK, _EXAMPLE.sub("", one_spelling(name)))
    phases = [_phase_number(found) for found in _PHASE.findall(text)]
    text = _PHASE.sub("", text)
    years = _YEAR.findall(text)
    text = _YEAR.sub("", text)
    text = _without_places(text, tuple(one_spelling(place) for place in own_places if MASK not in place))
    text = re.sub(r"\*+", MASK, _COMMON.sub("", text))
    return NameCore(text[:200], phases[-1] if phases else None, int(years[0]) if years else None)


def _phase_number(found: str) -> int:
    return _NUMERALS.get(found) or _ROMAN.get(found) or int(found)


def _without_places(text: str, own: tuple[str, ...]) -> str:
    for _ in range(4):
        shorter = _one_place_less(text, own)
        if shorter == text:
            break
        text = shorter
    return text


def _one_place_less(text: str, own: tuple[str, ...]) -> str:
    for place in own:
        if place and text.startswith(place) and len(text) - len(place) >= _FEWEST_LEFT:
            return text[len(place) :]
    for pattern in (_division_pattern(), _PLACE):
        found = pattern.match(text)
        if found and len(text) - found.end() >= _FEWEST_LEFT and not _NO_DIVISION.search(found.group()):
            return text[found.end() :]
    return text


def name_similarity(one: NameCore, other: NameCore) -> float:
    """Return how alike two names are, from 0 to 1; a masked run matches anything but proves nothing.

    Few readable characters cap the result: `**水厂**` is like many names and the same as none.
    """
    if not one.letters or not other.letters:
        return 0.0
    if one.text == other.text:
        # Reprint sites mask the same characters each time, so equal masks are more than chance.
        return min(1.0, 0.8 + len(one.letters) / 40) if MASK in one.text else 1.0
    if MASK not in one.text and MASK not in other.text:
        return ratio(one.text, other.text) / 100
    shorter, longer = sorted((one.letters, other.letters), key=len)
    if MASK in one.text and MASK not in other.text:
        shorter, longer = one.letters, other.text
    elif MASK in other.text and MASK not in one.text:
        shorter, longer = other.letters, one.text
    shared = LCSseq.similarity(shorter, longer) / len(shorter)
    return float(shared * min(1.0, 0.6 + len(shorter) / 20))
