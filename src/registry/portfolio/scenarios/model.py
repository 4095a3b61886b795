"""What changes in a scenario 情景: rates, grant policy and price paths, the same for every project."""

from typing import Annotated

import msgspec
from msgspec import Meta

Share = Annotated[float, Meta(ge=-1, le=10)]
BASE = "base"


class ScenarioIn(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One scenario. Changes are shares of the value (0.1 is ten per cent more), shifts are added to a rate of one.

    `revenue_growth` and `cost_growth` are added to the yearly rise of prices from the second operation year on.
    """

    name: Annotated[str, Meta(min_length=1, max_length=60)]
    rate_shift: Annotated[float, Meta(ge=-0.2, le=0.5)] = 0.0
    grants: Share = 0.0
    investment: Share = 0.0
    revenue: Share = 0.0
    operating_cost: Share = 0.0
    subsidies: Share = 0.0
    revenue_growth: Annotated[float, Meta(ge=-0.2, le=0.5)] = 0.0
    cost_growth: Annotated[float, Meta(ge=-0.2, le=0.5)] = 0.0


class ScenarioWishes(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Scenarios over every project the asker may see; the dossiers as they stand are always the first."""

    scenarios: Annotated[list[ScenarioIn], Meta(min_length=1, max_length=10)]
    dscr_floor: Annotated[float, Meta(ge=0, le=10)] = 1.2
    """The least coverage of debt in any year at which a project counts as bankable."""


CHANGES: dict[str, tuple[str, str]] = {
    "rate_shift": ("利率上调（百分点）", "Rates up (percentage points)"),
    "grants": ("财政补助变化（%）", "Grants (%)"),
    "investment": ("建设投资变化（%）", "Investment (%)"),
    "revenue": ("营业收入变化（%）", "Revenue (%)"),
    "operating_cost": ("经营成本变化（%）", "Operating cost (%)"),
    "subsidies": ("运营补贴变化（%）", "Operating subsidies (%)"),
    "revenue_growth": ("价格年增长（百分点）", "Yearly rise of prices (points)"),
    "cost_growth": ("成本年增长（百分点）", "Yearly rise of costs (points)"),
}
EXAMPLES = (
    ScenarioIn(name="利率上调 1 个百分点", rate_shift=0.01),
    ScenarioIn(name="财政补助减少三成", grants=-0.3),
    ScenarioIn(name="成本每年多涨 1 个百分点", cost_growth=0.01),
)
