"""Pictures of the demo cases: a few flat shapes each, drawn here, so that nobody takes them for a photograph."""

import vl_convert

_SKY, _GROUND = ("#cfe6f2", "#e6f1f7", "#f3ead9"), ("#8fbf8a", "#a9c98f", "#7fb3a0")
_WALLS = ("#f4efe6", "#e4d7c3", "#d9e3e8", "#efe0d6")
_GABLES = {"community": 4, "park": 3, "enterprise": 2, "school": 3, "street": 6, "courtyard": 1}
"""How many houses stand in a picture of each kind of case."""


def picture(kind: str, number: int) -> bytes:
    """Return a PNG of 640 by 400; equal arguments give equal bytes."""
    shapes = [
        f'<rect width="640" height="400" fill="{_SKY[number % 3]}"/>',
        f'<circle cx="{480 + 30 * (number % 4)}" cy="80" r="34" fill="#f6d37a"/>',
        f'<path d="M0 260 Q160 {200 + 10 * (number % 5)} 320 250 T640 240 V400 H0Z" fill="{_GROUND[number % 3]}"/>',
    ]
    houses = _GABLES[kind]
    width = 520 // (houses + 1)
    for place in range(houses):
        shapes += _house(60 + place * (width + 20), width, 70 + (37 * (place + number)) % 80, number + place)
    shapes += [_tree(40 + 75 * place, 320 + (13 * (place + number)) % 40) for place in range(8)]
    drawing = "".join(shapes)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="400">{drawing}</svg>'
    return bytes(vl_convert.svg_to_png(svg))


def _house(left: int, width: int, height: int, number: int) -> list[str]:
    top = 300 - height
    found = [
        f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="{_WALLS[number % 4]}"/>',
        f'<rect x="{left - 6}" y="{top - 12}" width="{width + 12}" height="14" fill="#35606b"/>',
    ]
    for row in range(max(1, height // 45)):
        for column in range(max(1, width // 42)):
            x, y = left + 12 + 40 * column, top + 14 + 40 * row
            found.append(f'<rect x="{x}" y="{y}" width="20" height="22" fill="#7fa9b8"/>')
    return found


def _tree(x: int, y: int) -> str:
    return (
        f'<rect x="{x - 3}" y="{y - 26}" width="6" height="28" fill="#7a5b3f"/>'
        f'<circle cx="{x}" cy="{y - 40}" r="20" fill="#3f8a5c"/>'
    )
