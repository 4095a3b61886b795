from decimal import Decimal
from typing import Any

import pytest

from registry.intake.cells import take_cell
from registry.intake.places import resolve_city
from registry.projects.catalogue import fields, line_fields

TAKEN = [
    ("total_investment", "1,234.5", Decimal("1234.5")),
    ("total_investment", "１２３４．５万元", Decimal("1234.5")),
    ("total_investment", "0.30000000000000004", Decimal("0.3")),
    ("total_investment", "0", Decimal(0)),
    ("published_cost_to_revenue", "3.08%", 0.0308),
    ("published_cost_to_revenue", "1557.11％", 15.5711),
    ("published_cost_to_revenue", "0.5", 0.5),
    ("construction_start", "2026-1", "2026-01"),
    ("construction_start", "2024年9月", "2024-09"),
    ("construction_start", "2024-09-01 00:00:00", "2024-09-01"),
    ("construction_start", "2024", "2024"),
    ("published_coverage_multiple", "1.79倍", 1.79),
    ("is_in_annual_budget", "是", True),
    ("is_in_annual_budget", "否", False),
    ("is_in_annual_budget", "true", True),
    ("construction_status", "在建", "under_construction"),
    ("construction_status", "under_construction", "under_construction"),
    ("construction_status", "未開工", "not_started"),
    ("name", " **市****雨水管网 ", "**市****雨水管网"),
    ("county_name", "****点击查看园区", "****点击查看园区"),
]
REFUSED = [
    ("total_investment", "****500.0", "masked-value"),
    ("total_investment", "点击登录查看", "masked-value"),
    ("total_investment", "1.2亿元", "unit-not-guessed"),
    ("total_investment", "3000元", "unit-not-guessed"),
    ("total_investment", "约300", "not-an-amount"),
    ("total_investment", "1,23", "not-an-amount"),
    ("total_investment", "three", "not-an-amount"),
    ("total_investment", "true", "not-an-amount"),
    ("total_investment", "1.2345678", "finer-than-fen"),
    ("total_investment", "/", "no-value"),
    ("operation_start", "-", "no-value"),
    ("operation_start", "—", "no-value"),
    ("operation_start", "2024-13", "not-a-period"),
    ("operation_start", "2024.1", "ambiguous-month"),
    ("operation_start", "45536", "not-a-period"),
    ("name", "VLOOKUP(K362,[2]小项目信息详情!$M:$N,2,0)", "formula-text"),
    ("name", "=A1&B1", "formula-text"),
    ("name", "****", "masked-value"),
    ("name", "点击查看", "masked-value"),
    ("name", "a\x00b", "control-character"),
    ("is_in_annual_budget", "1", "not-a-boolean"),
    ("construction_status", "快完了", "not-in-list"),
    ("published_coverage_multiple", "three", "not-a-number"),
    ("published_cost_to_revenue", "一半", "not-a-ratio"),
]


class TestTakeCell:
    @pytest.mark.parametrize(("name", "text", "value"), TAKEN)
    def test_takes(self, name: str, text: str, value: Any) -> None:
        taken = take_cell(fields()[name], text)
        assert taken.flaw is None
        assert taken.value == value
        assert type(taken.value) is type(value)

    @pytest.mark.parametrize(("name", "text", "code"), REFUSED)
    def test_leaves_missing_and_says_why(self, name: str, text: str, code: str) -> None:
        taken = take_cell(fields()[name], text)
        assert taken.value is None
        assert taken.flaw is not None
        assert taken.flaw.code == code

    @pytest.mark.parametrize("text", [None, "", "  ", "\n"])
    def test_reads_an_empty_cell_as_missing_without_a_word(self, text: str | None) -> None:
        taken = take_cell(fields()["total_investment"], text)
        assert taken.value is None
        assert taken.flaw is None

    def test_counts_in_per_cent_only_when_the_title_says_so(self) -> None:
        ratio = fields()["construction_progress_ratio"]
        assert take_cell(ratio, "20", in_percent=True).value == pytest.approx(0.2)
        assert take_cell(ratio, "0.2").value == pytest.approx(0.2)

    def test_refuses_part_of_a_year(self) -> None:
        year = line_fields("funding_lines")["year"]
        assert take_cell(year, "2026年").value == 2026
        flaw = take_cell(year, "2026.5").flaw
        assert flaw is not None
        assert flaw.code == "not-an-integer"


class TestResolveCity:
    @pytest.mark.parametrize(
        ("province", "city", "code"),
        [
            ("山東省", "棗莊市", "370400"),
            ("浙江", "湖州", "330500"),
            ("北京市", "北京市", "110000"),
            ("上海市", None, "310000"),
            ("广西", "南宁", "450100"),
            (None, "吉林市", "220200"),
            ("**省", "湖州市", None),
            ("浙江省", "**市", None),
            ("浙江省", None, None),
            ("浙江省", "枣庄市", None),
            (None, None, None),
        ],
    )
    def test_gives_a_code_only_without_doubt(self, province: str | None, city: str | None, code: str | None) -> None:
        assert resolve_city(province, city) == code
