"""A map as a tile grid 分省方格图: a tile a province with name and figure; the shade repeats what the number says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from registry.projects.codes import province_name

# Place of each province by the first two digits of GB/T 2260: row, column, short name, English name.
PLACES: Mapping[str, tuple[int, int, str, str]] = {
    "23": (0, 7, "黑龙江", "Heilongjiang"), "22": (1, 7, "吉林", "Jilin"),
    "65": (2, 0, "新疆", "Xinjiang"), "15": (2, 4, "内蒙古", "Nei Mongol"), "11": (2, 5, "北京", "Beijing"),
    "12": (2, 6, "天津", "Tianjin"), "21": (2, 7, "辽宁", "Liaoning"),
    "62": (3, 1, "甘肃", "Gansu"), "64": (3, 2, "宁夏", "Ningxia"), "61": (3, 3, "陕西", "Shaanxi"),
    "14": (3, 4, "山西", "Shanxi"), "13": (3, 5, "河北", "Hebei"), "37": (3, 6, "山东", "Shandong"),
    "54": (4, 0, "西藏", "Xizang"), "63": (4, 1, "青海", "Qinghai"), "51": (4, 2, "四川", "Sichuan"),
    "50": (4, 3, "重庆", "Chongqing"), "41": (4, 4, "河南", "Henan"), "34": (4, 5, "安徽", "Anhui"),
    "32": (4, 6, "江苏", "Jiangsu"), "31": (4, 7, "上海", "Shanghai"),
    "53": (5, 2, "云南", "Yunnan"), "52": (5, 3, "贵州", "Guizhou"), "42": (5, 4, "湖北", "Hubei"),
    "36": (5, 5, "江西", "Jiangxi"), "33": (5, 6, "浙江", "Zhejiang"),
    "45": (6, 3, "广西", "Guangxi"), "43": (6, 4, "湖南", "Hunan"), "44": (6, 5, "广东", "Guangdong"),
    "35": (6, 6, "福建", "Fujian"), "71": (6, 7, "台湾", "Taiwan"),
    "46": (7, 4, "海南", "Hainan"), "82": (7, 5, "澳门", "Macao"), "81": (7, 6, "香港", "Hong Kong"),
}  # fmt: skip
_SHADES = (("#cfe3de", "#17211f"), ("#9cc7bf", "#17211f"), ("#5c9d94", "#0b1413"), ("#2a776f", "#fff"),
           ("#0a4a44", "#fff"))  # fmt: skip
_EMPTY = ("#f4f6f5", "#5f6d6a")
_WIDE, _HIGH, _GAP, _LEGEND = 92, 62, 4, 44


@dataclass(frozen=True, slots=True)
class Tile:
    """What one province shows; `value` None is not known, and is never drawn as zero."""

    value: float | None
    text: str


def tile_map(tiles: Mapping[str, Tile], title: str, *, is_english: bool, link: Callable[[str], str] | None) -> str:
    """Return an SVG drawing of the provinces, keyed by their full names; `link` leads from a name to its list."""
    steps = shade_steps([tile.value for tile in tiles.values() if tile.value])
    drawn = "".join(
        _tile(code, tiles.get(name), steps, is_english=is_english, href=link(name) if link and name in tiles else None)
        for code in PLACES
        for name in [province_name(f"{code}0000") or ""]
    )
    wide, high = 8 * (_WIDE + _GAP), 8 * (_HIGH + _GAP) + _LEGEND
    head = f'viewBox="0 0 {wide} {high}" role="group" aria-label={quoteattr(title)} font-family="sans-serif"'
    legend = _legend(steps, tiles, high - _LEGEND + 12)
    return f'<svg xmlns="http://www.w3.org/2000/svg" {head}>{drawn}{legend}</svg>'


def shade_steps(values: list[float]) -> list[float]:
    """Return the lower ends of up to five classes of about equal size, lowest first."""
    ordered = sorted(values)
    n = len(_SHADES)
    return sorted({ordered[place * len(ordered) // n] for place in range(n)}) if ordered else []


def _shade(value: float | None, steps: list[float]) -> tuple[str, str]:
    if not value or not steps:
        return _EMPTY
    place = sum(value >= step for step in steps) - 1
    return _SHADES[max(0, place + len(_SHADES) - len(steps))]


def _tile(code: str, tile: Tile | None, steps: list[float], *, is_english: bool, href: str | None) -> str:
    row, column, zh, en = PLACES[code]
    x, y = column * (_WIDE + _GAP), row * (_HIGH + _GAP)
    ground, ink = _shade(tile.value if tile else None, steps)
    name, text = en if is_english else zh, tile.text if tile else "–"
    middle = x + _WIDE / 2
    drawn = (
        f'<rect x="{x}" y="{y}" width="{_WIDE}" height="{_HIGH}" rx="4" fill="{ground}" stroke="#8b9795"/>'
        f'<text x="{middle:g}" y="{y + 25}" fill="{ink}" font-size="14" text-anchor="middle">{escape(name)}</text>'
        f'<text x="{middle:g}" y="{y + 47}" fill="{ink}" font-size="15" font-weight="600" text-anchor="middle">'
        f"{escape(text)}</text>"
    )
    return drawn if href is None else f"<a href={quoteattr(href)} aria-label={quoteattr(f'{name} {text}')}>{drawn}</a>"


def _legend(steps: list[float], tiles: Mapping[str, Tile], y: int) -> str:
    """Return the classes with the figure each begins with."""
    texts = {tile.value: tile.text for tile in tiles.values()}
    return "".join(
        f'<rect x="{place * 120}" y="{y}" width="20" height="20" fill="{_shade(step, steps)[0]}" stroke="#8b9795"/>'
        f'<text x="{place * 120 + 26}" y="{y + 15}" font-size="13" fill="currentColor">≥ {escape(texts[step])}</text>'
        for place, step in enumerate(steps)
    )
