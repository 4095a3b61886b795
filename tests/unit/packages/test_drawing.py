import json
import re
from collections.abc import Mapping
from pathlib import Path

from fontTools.ttLib import TTFont

from packaged import evaluated, golden_case
from registry.packages.chart_font import WEIGHT, write_chart_font
from registry.packages.fonts import CHART_FONTS, FAMILY
from registry.packages.pictures import PICTURES, Money


def small_font() -> TTFont:
    (file,) = CHART_FONTS.glob("*.ttf")
    return TTFont(file)


class TestTheFontChartsAreMeasuredWith:
    def test_answers_to_the_family_and_weight_the_charts_ask_for(self) -> None:
        font = small_font()
        assert {str(each) for each in font["name"].names if each.nameID == 1} == {FAMILY}
        assert font["OS/2"].usWeightClass == WEIGHT

    def test_holds_every_character_of_the_pictures_left_to_the_library(self) -> None:
        case = golden_case("G1")
        money = Money("ML-0000001", case, evaluated(case))
        found = [picture.spec for make in PICTURES.values() if (picture := make(money)) is not None]
        specs = [spec for spec in found if isinstance(spec, Mapping)]
        drawn = json.dumps(specs, ensure_ascii=False)
        assert len(specs) > 1
        assert len(set(re.findall("[\u4e00-\u9fff]", drawn))) > 20
        assert set(drawn) - {"\n"} <= {chr(point) for point in small_font().getBestCmap()}

    def test_is_what_its_command_cuts_from_the_font_of_the_documents(self, tmp_path: Path) -> None:
        (committed,) = CHART_FONTS.glob("*.ttf")
        write_chart_font(tmp_path / "again.ttf")
        assert (tmp_path / "again.ttf").read_bytes() == committed.read_bytes()
