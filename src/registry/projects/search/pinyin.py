"""How Chinese is typed on a Latin keyboard: the syllables of a text without tones, and their initials.

Readings are those of pypinyin. Its segmentation takes thirty times as long as all else kept of a name, so the phrases
whose reading differs from that of their parts are picked out once, and the longest one that fits is taken.
"""

import unicodedata
from collections.abc import Mapping
from functools import cache
from operator import add
from typing import NamedTuple

_LOCAL: Mapping[str, str] = {
    "朝阳": "chao yang",
    "长治": "chang zhi",
    "涡阳": "guo yang",
    "浚县": "xun xian",
    "六合区": "lu he qu",
    "洪洞": "hong tong",
    "歙县": "she xian",
    "黟县": "yi xian",
    "郫县": "pi xian",
    "珲春": "hun chun",
    "枞阳": "zong yang",
    "泌阳": "bi yang",
    "蔚县": "yu xian",
    "莘县": "shen xian",
    "东阿": "dong e",
    "单县": "shan xian",
    "繁峙": "fan shi",
    "井陉": "jing xing",
    "乐亭": "lao ting",
    "解池": "xie chi",
    "尉犁": "yu li",
    "盱眙": "xu yi",
    "邗江": "han jiang",
    "鄱阳": "po yang",
    "污水处理厂": "wu shui chu li chang",
    "行道树": "xing dao shu",
    "调蓄": "tiao xu",
    "重污染": "zhong wu ran",
    "重金属": "zhong jin shu",
}
"""Places and words of the trade that the general dictionary lacks or reads otherwise."""


class _Readings(NamedTuple):
    """`of` a character by its number, and phrases read otherwise, by their first two characters, longest first."""

    of: dict[int, str]
    phrases: dict[str, list[tuple[str, tuple[str, ...]]]]


def _plain(syllable: str) -> str:
    """Return the first reading of a syllable without its tone; ü is typed v."""
    # A tone stands behind the two dots: ǘ is u, dots, acute.
    parts = unicodedata.normalize("NFD", syllable.split(",", maxsplit=1)[0]).replace("u\u0308", "v")
    return "".join(part for part in parts if part.isascii())


@cache
def _readings() -> _Readings:
    # Loaded by who writes projects only: the dictionary takes a second and more memory than all the rest of them.
    from pypinyin.constants import PHRASES_DICT, PINYIN_DICT  # noqa: PLC0415 - see above

    found = _Readings({code: _plain(syllable) for code, syllable in PINYIN_DICT.items()}, {})
    known = {phrase: tuple(_plain(syllable[0]) for syllable in read) for phrase, read in PHRASES_DICT.items()}
    known |= {phrase: tuple(read.split()) for phrase, read in _LOCAL.items()}
    # Shortest first: what its parts read already needs no line of its own.
    for phrase in sorted(known, key=len):
        if len(known[phrase]) == len(phrase) > 1 and tuple(_syllables(phrase, found)) != known[phrase]:
            found.phrases.setdefault(phrase[:2], []).insert(0, (phrase, known[phrase]))
    return found


def _syllables(text: str, readings: _Readings) -> list[str]:
    of, phrases = readings
    found = list(map(of.get, map(ord, text), text))
    end = 0
    for place, pair in enumerate(map(add, text, text[1:])):
        if pair in phrases and place >= end:
            for phrase, read in phrases[pair]:
                if text.startswith(phrase, place):
                    end = place + len(phrase)
                    found[place:end] = read
                    break
    return found


def spelt(text: str) -> tuple[str, str]:
    """Return a text as its full syllables without gaps, and as their initials: `污水` is `wushui` and `ws`."""
    found = _syllables(text, _readings())
    return "".join(found), "".join(syllable[0] for syllable in found)
