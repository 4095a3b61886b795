import re
import subprocess
import sys

import pytest
from docx.oxml import parse_xml

from packaged import content
from registry.packages.charts import COLOURS, charts_of
from registry.packages.plots import Histogram, LinePlot, Plot, Series, ShareBar, YearPlot
from registry.packages.plotting import HEIGHT, WIDTH, plotted

SVG = "{http://www.w3.org/2000/svg}"


def words(svg: str) -> list[str]:
    return [text.text or "" for text in parse_xml(svg).iter(f"{SVG}text")]


def bars(svg: str, colour: str) -> list[tuple[float, float]]:
    """Return top and height of each bar in a colour, without the square of the legend."""
    found = [rect for rect in parse_xml(svg).iter(f"{SVG}rect") if rect.get("fill") == colour]
    return [(float(rect.get("y", "")), float(rect.get("height", ""))) for rect in found if rect.get("y") != "-17.00"]


class TestAChartOfYears:
    def test_draws_gains_up_and_losses_down_from_zero_in_proportion(self) -> None:
        svg = plotted(YearPlot([Series("流量", "#111111", [-20.0, 10.0, None])], [], "项目年", "万元"))
        (loss_top, loss), (gain_top, gain) = bars(svg, "#111111")
        assert loss == pytest.approx(2 * gain, abs=0.02)
        assert gain_top + gain == pytest.approx(loss_top, abs=0.02)

    def test_names_its_axes_its_series_and_its_years(self) -> None:
        svg = plotted(YearPlot([Series("收入", "#111111", [1.0, 2.0])], [], "项目年", "万元", first=3))
        assert {"收入", "项目年", "万元", "3", "4"} <= set(words(svg))
        assert "1" not in words(svg)[-3:]

    def test_of_forty_years_names_only_as_many_as_fit(self) -> None:
        svg = plotted(YearPlot([Series("收入", "#111111", [1.0] * 40)], [], "项目年", "万元"))
        named = [int(word) for word in words(svg) if re.fullmatch(r"[1-9]\d?", word)]
        assert {2, 20, 40} <= set(named)
        assert 39 not in named

    def test_breaks_a_line_where_nothing_is_known(self) -> None:
        svg = plotted(YearPlot([], [Series("累计", "#111111", [1.0, 2.0, None, 3.0, 4.0])], "项目年", "万元"))
        (line,) = (path for path in re.findall(r'd="([^"]+)" stroke="#111111" stroke-width="2" fill="none"', svg))
        assert line.count("M") == 2
        assert line.count("L") == 2

    def test_of_small_amounts_has_no_tick_twice(self) -> None:
        svg = plotted(YearPlot([Series("收入", "#111111", [0.003, 0.011])], [], "项目年", "万元"))
        ticks = [word for word in words(svg) if word.startswith("0.0")]
        assert len(ticks) == len(set(ticks)) > 3


def test_lines_over_a_change_are_told_apart_without_their_colours() -> None:
    lines = [Series("甲", "#111111", [1.0, 2.0]), Series("乙", "#222222", [3.0, None])]
    svg = plotted(LinePlot([-0.2, 0.2], lines, "因素变化", "净现值", across_format="change"))
    assert {"-20%", "+20%", "0%"} <= set(words(svg))
    marks = {colour: re.search(rf'd="M[^ ]+ [^a-z]+([^"]*)" fill="{colour}"', svg) for colour in ("#111111", "#222222")}
    shapes = {found[1][:4] for found in marks.values() if found}
    assert len(shapes) == 2


def test_bars_of_a_histogram_stand_between_their_edges() -> None:
    plot = Histogram(
        [-10.0, 0.0, 10.0],
        [Series("负", "#111111", [0.25, None]), Series("正", "#222222", [None, 0.75])],
        "万元",
        "次数",
    )
    svg = plotted(plot)
    assert bars(svg, "#222222")[0][1] == pytest.approx(3 * bars(svg, "#111111")[0][1], abs=0.05)
    assert {"0%", "80%", "-10", "10"} <= set(words(svg))


def test_shares_of_the_whole_fill_the_bar_and_are_written_on_it() -> None:
    svg = plotted(ShareBar([Series("资本金", "#111111", [30.0]), Series("债务", "#222222", [10.0])], "占筹资比例"))
    assert {"75.0%", "25.0%", "资本金", "债务"} <= set(words(svg))
    drawn = re.findall(r'<rect x="([\d.]+)" y="0.00" width="([\d.]+)"', svg)
    assert [tuple(map(float, bar)) for bar in drawn] == [(0.0, WIDTH * 0.75), (WIDTH * 0.75, WIDTH * 0.25)]


def test_a_name_with_signs_of_markup_is_text() -> None:
    svg = plotted(ShareBar([Series("<b>&", COLOURS[0], [1.0])], "占比"))
    assert "<b>&" in words(svg)


@pytest.fixture(scope="module")
def plots() -> dict[str, Plot]:
    whole = content()
    return dict(charts_of(whole.evaluation, whole.analysis))


class TestThePlotsOfAPackage:
    def test_are_drawn_with_every_bar_inside_the_frame(self, plots: dict[str, Plot]) -> None:
        assert set(plots) == {"cash_flow", "debt_service", "funding_mix", "sensitivity", "npv_distribution"}
        for plot in plots.values():
            for top, height in bars(plotted(plot), COLOURS[0]):
                assert -0.01 <= top <= top + height <= HEIGHT + 0.01

    def test_need_no_drawing_library(self) -> None:
        said = subprocess.run(
            [sys.executable, "-c", "import sys, registry.packages.assemble; print('vl_convert' in sys.modules)"],
            capture_output=True,
            check=True,
            text=True,
        )
        assert said.stdout.strip() == "False"
