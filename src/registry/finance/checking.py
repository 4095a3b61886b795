"""A collector of findings: one method for each kind of demand, all flaws at once."""

import math
from collections.abc import Sequence
from decimal import Decimal

from registry.errors import Finding, Severity, shown
from registry.projects.case_fields import case_title

SHARE_TOLERANCE = 1e-6
"""Shares typed with six decimals still count as adding up to one."""

Figure = Decimal | float | None


class Check:
    """Collects findings; each method says whether the value passed."""

    def __init__(self) -> None:
        self.found: list[Finding] = []

    def add(self, path: str, code: str, zh: str, en: str, value: object = None, *, warning: bool = False) -> None:
        """Add one finding."""
        text = None if value is None else shown(value)
        title_zh, title_en = case_title(path)
        severity: Severity = "warning" if warning else "error"
        self.found.append(Finding(path, code, f"{title_zh}：{zh}", f"{title_en}: {en}", text, severity))

    def given(self, path: str, value: object) -> bool:
        """Demand a value; unknown is not zero."""
        if value is None:
            self.add(
                path,
                "missing",
                "缺少该项，测算无法进行；没有则请明确填 0 或空列表",
                "is missing and the calculation needs it; state 0 or an empty list if there is none",
            )
        return value is not None

    def between(self, path: str, value: Figure, low: float, high: float, *, required: bool = True) -> bool:
        """Demand a value in a closed range."""
        if value is None:
            return self.given(path, value) if required else True
        if not low <= value <= high:  # also catches NaN
            self.add(
                path, "out-of-range", f"应在 {low:g} 与 {high:g} 之间", f"should be between {low:g} and {high:g}", value
            )
            return False
        return True

    def amount(self, path: str, value: Figure, *, required: bool = True) -> bool:
        """Demand an amount that is not negative."""
        return self.between(path, value, 0, 1e10, required=required)

    def rate(self, path: str, value: Figure, *, required: bool = True) -> bool:
        """Demand a share of one: 0.05 is five per cent; 5 is refused."""
        return self.between(path, value, 0, 1, required=required)

    def amounts(self, path: str, values: Sequence[Figure] | None, count: int) -> None:
        """Demand one amount for each construction year."""
        if values is None:
            self.given(path, values)
            return
        if len(values) != count:
            self.add(
                path,
                "wrong-length",
                f"应有 {count} 个数（建设期每年一个），实际 {len(values)} 个；建设期以后不得提款",
                f"should hold {count} amounts, one for each construction year, found {len(values)}",
                len(values),
            )
        for i, value in enumerate(values):
            self.amount(f"{path}[{i}]", value)

    def shares(self, path: str, values: Sequence[float], *, low: float = 0) -> None:
        """Demand shares that add up to one."""
        sound = [self.between(f"{path}[{i}]", value, low, 1) for i, value in enumerate(values)]
        if all(sound) and abs(math.fsum(values) - 1) > SHARE_TOLERANCE:
            self.add(path, "shares-not-one", "各项之和应为 1", "should add up to 1", math.fsum(values))
