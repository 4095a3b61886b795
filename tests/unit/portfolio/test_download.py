import io
from datetime import UTC, datetime
from decimal import Decimal

import openpyxl
import polars as pl
import pytest

from portfolio_builders import lines, projects
from registry.portfolio.download import Format, Provenance, download
from registry.portfolio.frame import build_portfolio
from registry.portfolio.summary import funding_mix
from registry.portfolio.table import Table

PROVENANCE = Provenance("by=province", datetime(2026, 11, 21, 8, tzinfo=UTC), "生态环境部用户", has_demo_data=True)


@pytest.fixture
def table() -> Table:
    portfolio = build_portfolio(
        projects(
            {"project_id": 1, "total_investment_fen": 12_345_670_000, "province": "=cmd|'/c calc'!A1"},
            {"project_id": 2, "total_investment_fen": None, "province": None},
        ),
        lines((1, "city", 2026, 9_007_199_254_740_993, "secured")),
    )
    return funding_mix(portfolio, ["province"])


class TestDownload:
    def test_says_who_asked_what_and_when(self, table: Table) -> None:
        text = download(table, PROVENANCE, "csv").decode("utf-8-sig")
        assert text.splitlines()[:5] == [
            "资金来源结构（按省份）",
            "查询,by=province",
            "时间,2026-11-21T08:00:00+00:00",
            "权限,生态环境部用户",
            "注意,含示例数据",
        ]
        assert download(table, PROVENANCE, "csv").startswith(b"\xef\xbb\xbf")

    def test_holds_the_rows_of_the_screen(self, table: Table) -> None:
        shown = list(table.rows())
        sheet = openpyxl.load_workbook(io.BytesIO(download(table, PROVENANCE, "xlsx"))).active
        assert sheet is not None
        rows = list(sheet.iter_rows(values_only=True))
        assert [cell for row in rows for cell in row].count("生态环境部用户") == 1
        head = next(number for number, row in enumerate(rows) if row[0] == "省份")
        assert list(rows[head]) == table.headings()
        found = [tuple(row) for row in rows[head + 1 :]]
        assert [row[0] for row in found] == [row[0] for row in shown] == ["=cmd|'/c calc'!A1", "未填写"]
        assert found[0][2] == float(shown[0][2])

    def test_keeps_money_exact_for_programs(self, table: Table) -> None:
        frame = pl.read_parquet(io.BytesIO(download(table, PROVENANCE, "parquet")))
        assert frame["secured"].to_list() == [Decimal("9007199254.740993"), Decimal(0)]
        metadata = pl.read_parquet_metadata(io.BytesIO(download(table, PROVENANCE, "parquet")))
        assert metadata["Query"] == "by=province"

    def test_lets_no_formula_through(self, table: Table) -> None:
        assert "'=cmd" in download(table, PROVENANCE, "csv").decode("utf-8-sig")
        book = openpyxl.load_workbook(io.BytesIO(download(table, PROVENANCE, "xlsx")))
        assert {cell.data_type for row in book.worksheets[0].iter_rows() for cell in row} <= {"s", "n"}

    @pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
    def test_gives_the_same_bytes_twice(self, table: Table, form: Format) -> None:
        assert download(table, PROVENANCE, form) == download(table, PROVENANCE, form)
