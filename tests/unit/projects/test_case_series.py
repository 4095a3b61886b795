"""Values by year in one cell."""

from typing import Any

import pytest
from pydantic_core import PydanticCustomError

from registry.projects.case_series import print_series, read_series
from registry.projects.catalogue import Kind


class TestReading:
    @pytest.mark.parametrize(
        ("kind", "text", "wanted"),
        [
            ("amounts", "1,200.50; 0；33.3333333333", ["1200.5", "0", "33.3333333333"]),
            ("amounts", "1，200；３", ["1200", "3"]),
            ("amounts", "", None),
            ("amounts", "无", []),
            ("ratios", "20%；0.35; 1 ;45.5％", [0.2, 0.35, 1.0, 0.455]),
            ("ratios", "150%", [1.5]),
            (
                "rate_steps",
                "3=4.5%；6＝0.04",
                [{"from_year": 3, "annual_rate": 0.045}, {"from_year": 6, "annual_rate": 0.04}],
            ),
            ("rate_steps", "3=; =4%", [{"from_year": 3}, {"annual_rate": 0.04}]),
        ],
    )
    def test_takes_what_people_write(self, kind: Kind, text: str, wanted: Any) -> None:
        assert read_series(kind, text) == wanted

    @pytest.mark.parametrize(
        ("kind", "text", "code", "said"),
        [
            ("amounts", "10; 二十", "not-a-series", "第 2 项「二十」"),
            ("amounts", "10;;20", "series-gap", "第 2 项是空的"),
            ("amounts", "100,200", "series-comma", "以分号"),
            ("amounts", "1e11", "amount-too-large", "100 万亿元"),
            ("ratios", "0.5;20", "share-without-percent", "写成 20%"),
            ("ratios", "1e999%", "not-a-series", "第 1 项"),
            ("rate_steps", "4.5%", "not-a-series", "3=4.5%"),
            ("rate_steps", "3=45", "share-without-percent", "写成 45%"),
        ],
    )
    def test_refuses_what_it_would_have_to_guess(self, kind: Kind, text: str, code: str, said: str) -> None:
        with pytest.raises(PydanticCustomError) as refused:
            read_series(kind, text)
        assert refused.value.type == code
        assert said in refused.value.message_template
        assert refused.value.context is not None
        assert refused.value.context["en"]


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("amounts", ["1200.5", "0"], "1200.5; 0"),
        ("ratios", [0.1 + 0.2, 1.5, -0.02], "30.000000000000004%; 150%; -2%"),
        ("rate_steps", [{"from_year": 3, "annual_rate": 0.045}, {}], "3=4.5%; ="),
        ("ratios", [], "无"),
    ],
)
def test_printing_gives_a_text_that_reads_the_same(kind: Kind, value: Any, text: str) -> None:
    assert print_series(kind, value) == text
    assert read_series(kind, text) == value
