"""The small font texts of charts are measured with: `python -m registry.packages.chart_font` writes it anew.

The drawing library reads the whole font file for each text it measures, 17 MB for a Chinese one, and most of the time
a chart takes. This one holds the letters, figures and words our charts use, at the weight they use, cut from the same
font: the same widths. The documents themselves are set with the whole font, and so is a character missing here.
"""

from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

from registry.packages.fonts import CHART_FONTS, FAMILY, font_folders
from registry.settings import HOME

WEIGHT = 500
_SOURCES = ("charts.py", "indicators.py", "portfolio_charts.py", "analysis_view.py", "city_plan/charts.py")
_VOCABULARIES = (HOME / "src" / "registry" / "projects" / "lines.py",)
_FAMILY_NAME, _TYPOGRAPHIC_NAMES = 1, {16, 17}
_ASCII = range(0x20, 0x7F)
_SIGNS = "−–—·，。：；（）％"


def write_chart_font(target: Path) -> None:
    """Write the font with every character that stands in the code and words our charts are made from."""
    sources = [*(Path(__file__).parent / name for name in _SOURCES), *_VOCABULARIES]
    wanted = {*map(chr, _ASCII), *_SIGNS, *"".join(source.read_text(encoding="utf-8") for source in sources)}
    (whole,) = font_folders()[0].glob("*.ttf")
    font = TTFont(whole, recalcTimestamp=False)
    options = subset.Options(layout_features=["*"], hinting=False, notdef_outline=True)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=map(ord, wanted))
    cutter.subset(font)
    instantiateVariableFont(font, {"wght": WEIGHT}, inplace=True)
    # The variable font calls itself by its thinnest weight; this one answers to the family the charts ask for.
    font["name"].names = [record for record in font["name"].names if record.nameID not in _TYPOGRAPHIC_NAMES]
    font["name"].setName(FAMILY, _FAMILY_NAME, 3, 1, 0x409)
    font.save(target)


if __name__ == "__main__":
    CHART_FONTS.mkdir(exist_ok=True)
    write_chart_font(CHART_FONTS / "NotoSansSC-charts.ttf")
