"""The example row of the template: printed there, and not read from a file that still holds it."""

from collections.abc import Mapping

EXAMPLE_MARK = "示例"
"""What the template prints as the row id of its example row; such rows are not read."""
EXAMPLE: Mapping[str, str] = {
    "name": "示例市污水处理厂扩建工程（示例）",
    "approval_code": "2601-330500-04-01-123456",
    "province_name": "浙江省",
    "city_name": "湖州市",
    "total_investment": "12345.67",
    "project_capital": "3000",
    "construction_start": "2026-03",
    "construction_end": "2027-12",
}
"""The example row of the template, by field."""
