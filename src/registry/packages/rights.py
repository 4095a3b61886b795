"""Income from environmental rights in a package 资源环境权益收入: each line, and DSCR with and without the unsure."""

from collections.abc import Mapping
from typing import Any

from registry.packages import wording

HEAD = ("收入或补贴", "权益工具", "年金额（万元）", "填报的确定性", "计为", "银行口径")
_FIGURES = {
    "dscr_min": "最低偿债备付率",
    "dscr_average": "平均偿债备付率",
    "total_debt_coverage": "全部债务本息覆盖倍数",
}


def rights_view(rights: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return what the documents print, as text; None where no line names an instrument."""
    if rights is None:
        return None
    base, bank = rights["base"] or {}, rights["bank"] or {}
    return {
        "head": list(HEAD),
        "rows": [_row(line) for line in rights["lines"]],
        "figures": [[name, _times(base.get(key)), _times(bank.get(key))] for key, name in _FIGURES.items()],
        "convention": rights["convention"]["zh"],
        "priority": "、".join(each["zh"] for each in rights["ccer_priority"]),
    }


def _row(line: Mapping[str, Any]) -> list[str]:
    why = "；".join(each["zh"] for each in line["conditions"])
    counted = line["counted_zh"] or wording.MISSING
    return [
        line["name"] or wording.MISSING,
        line["zh"],
        wording.MISSING if line["amount"] is None else line["amount"],
        line["stated_zh"] or wording.MISSING,
        f"{counted}（未具备：{why}）" if why else counted,
        "计入" if line["haircut"] == 0 else "剔除",
    ]


def _times(value: float | None) -> str:
    return "不适用" if value is None else f"{value:.2f}"
