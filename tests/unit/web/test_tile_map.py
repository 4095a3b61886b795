"""The map of provinces as tiles."""

import xml.etree.ElementTree as ET

import pytest

from registry.projects.codes import division_names
from registry.web.tile_map import PLACES, Tile, shade_steps, tile_map

SVG = "{http://www.w3.org/2000/svg}"


class TestTheGrid:
    def test_has_each_province_once_in_a_place_of_its_own(self) -> None:
        places = [(row, column) for row, column, _, _ in PLACES.values()]
        assert len(set(places)) == len(places) == 34
        assert all(0 <= row < 8 and 0 <= column < 8 for row, column in places)
        assert {f"{code}0000" for code in PLACES} == {code for code in division_names() if code.endswith("0000")}

    def test_names_each_by_the_beginning_of_its_official_name(self) -> None:
        for code, (_, _, short, _) in PLACES.items():
            assert division_names()[f"{code}0000"].startswith(short)


class TestTheShades:
    @pytest.mark.parametrize(
        ("values", "steps"),
        [([], []), ([7.0], [7.0]), ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]), ([1, 1, 1, 1, 9], [1, 9])],
    )
    def test_begin_where_a_fifth_of_the_values_begins(self, values: list[float], steps: list[float]) -> None:
        assert shade_steps(values) == steps


class TestTheDrawing:
    def test_shows_unknown_as_a_dash_and_never_as_the_lowest_shade(self) -> None:
        tiles = {"浙江省": Tile(5, "5"), "山东省": Tile(None, "–"), "河北省": Tile(0, "0")}
        root = ET.fromstring(tile_map(tiles, "项目", is_english=False, link=lambda name: f"/x?{name}"))  # noqa: S314 - drawn by us
        shown = {link.get("aria-label"): link.find(f"{SVG}rect") for link in root.iter(f"{SVG}a")}
        fills = {label: rect.get("fill") for label, rect in shown.items() if rect is not None}
        assert set(fills) == {"浙江 5", "山东 –", "河北 0"}
        assert fills["山东 –"] == fills["河北 0"] != fills["浙江 5"]

    def test_escapes_every_text(self) -> None:
        root = ET.fromstring(tile_map({"浙江省": Tile(1, "<1&2>")}, 'a"b<c', is_english=True, link=None))  # noqa: S314 - drawn by us
        assert root.get("aria-label") == 'a"b<c'
        assert "<1&2>" in [text.text for text in root.iter(f"{SVG}text")]
        assert "Zhejiang" in [text.text for text in root.iter(f"{SVG}text")]
