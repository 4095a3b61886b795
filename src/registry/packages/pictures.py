"""Pictures of one project's money for a credit officer, each with the table that holds the same figures.

What repays (cash flow, debt beside revenue) is read off the kept evaluation; what if it goes wrong (tornado, drawn
inputs) is the engine itself on changed inputs, as in the package. Text of the drawings is Chinese, as in the PDF.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from registry.finance.engine import Batch, evaluate_case_model
from registry.finance.sensitivity import Tornado, TornadoBar, tornado
from registry.finance.shocks import FACTORS
from registry.packages.analysis import DRAWS, Uncertainty, uncertainty_of
from registry.packages.charts import COLOURS, INK, Spec, cash_flow, chart_of, distribution
from registry.packages.content import Evaluation
from registry.packages.plots import Plot
from registry.projects.financials import FinancialCase

Pair = tuple[str, str]
Cell = str | float | None
CHANGE = 0.1
"""By which share each factor of the tornado is changed."""
_MONEY, _PLAIN = "money", "plain"


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing, what it says in a sentence, and its table. A cell that is None does not exist or is unknown."""

    title: Pair
    says: Pair
    spec: Spec | Plot
    columns: tuple[tuple[str, str, str], ...]
    """Chinese and English heading, and the kind of cells: text, year, money (万元), plain, mixed (written out)."""
    rows: tuple[tuple[Cell | Pair, ...], ...]


class Money:
    """The money of one kept assessment; what takes the engine is worked out when it is first asked for."""

    def __init__(self, code: str, case: FinancialCase, evaluation: Evaluation) -> None:
        self.code = code
        self.evaluation = evaluation
        self._case = case

    @cached_property
    def batch(self) -> Batch:
        """Return the case as a batch of one."""
        return evaluate_case_model(self._case)

    @cached_property
    def bars(self) -> Tornado:
        """Return the factors by how far they move the lowest DSCR; without debt, the present value."""
        found = tornado(self.batch, change=CHANGE, indicator="dscr_min")
        return found if found.base is not None else tornado(self.batch, change=CHANGE, indicator="npv")

    @cached_property
    def uncertainty(self) -> Uncertainty:
        """Return what the draws say: the same as in the package."""
        return uncertainty_of(self.batch, self.code)


def _cash_flow(money: Money) -> Picture | None:
    spec = cash_flow(money.evaluation)
    if spec is None:
        return None
    total = 0.0
    rows: list[tuple[float, float | None, float]] = []
    for year, amount in enumerate(money.evaluation.series["project_cf_post_tax"], start=1):
        total += amount or 0.0
        rows.append((float(year), amount, total))
    paid = next((int(year) for year, _, running in rows if running >= 0), None)
    says = (
        (f"累计净现金流量在第 {paid} 年转正", f"The running total turns positive in year {paid}")
        if paid is not None
        else ("累计净现金流量在计算期内不能转正", "The running total stays negative over the whole period")
    )
    columns = (
        ("项目年", "Year", "year"),
        ("净现金流量（税后，万元）", "Net flow after tax (10,000 CNY)", _MONEY),
        ("累计净现金流量（万元）", "Running total (10,000 CNY)", _MONEY),
    )
    return Picture(("项目投资现金流量", "Cash flow of the project"), says, spec, columns, tuple(rows))


_PROFILE = (
    ("revenue", "营业收入", "Revenue", "bar"),
    ("debt_service", "当期还本付息", "Debt service", "bar"),
    ("debt_closing_balance", "年末债务余额", "Debt outstanding at year end", "line"),
)


def _debt_profile(money: Money) -> Picture | None:
    series = money.evaluation.series
    if not any(series.get("debt_service") or ()):
        return None
    rows = [
        (float(year + 1), *(series[key][year] for key, *_ in _PROFILE)) for year in range(len(series["debt_service"]))
    ]
    owed = [(row[3] or 0.0, int(row[0] or 0)) for row in rows]
    most, year = max(owed)
    says = (
        f"债务余额最高 {most:,.0f} 万元（第 {year} 年），最后还本付息在第 {_last(rows)} 年",
        f"Debt peaks at {most:,.0f} (10,000 CNY) in year {year}; the last service is in year {_last(rows)}",
    )
    columns = (
        ("项目年", "Year", "year"),
        *((f"{zh}（万元）", f"{en} (10,000 CNY)", _MONEY) for _, zh, en, _ in _PROFILE),
    )
    title = ("债务与收入", "Debt profile against revenue")
    return Picture(title, says, _profile_chart(rows), columns, tuple(rows))


def _last(rows: list[tuple[Any, ...]]) -> int:
    return max(int(row[0]) for row in rows if row[2])


def _profile_chart(rows: list[tuple[Any, ...]]) -> Spec:
    values = [
        {"year": int(row[0]), "what": zh, "amount": row[place]}
        for row in rows
        for place, (_, zh, _, _) in enumerate(_PROFILE, start=1)
    ]
    names = [zh for _, zh, *_ in _PROFILE]
    encoding = {
        "x": {"field": "year", "type": "ordinal", "title": "项目年", "axis": {"labelAngle": 0, "labelOverlap": True}},
        "y": {"field": "amount", "type": "quantitative", "title": "万元", "axis": {"format": ",.0f"}},
        "color": {"field": "what", "type": "nominal", "scale": {"domain": names, "range": list(COLOURS[:3])}},
    }
    bars = {"filter": {"field": "what", "oneOf": names[:2]}}
    line = {"filter": {"field": "what", "equal": names[2]}}
    beside = {"xOffset": {"field": "what", "sort": names}}
    # The line has marks of its own, so that it is told from the bars without its colour.
    return chart_of(
        values,
        layer=[
            {"transform": [bars], "mark": {"type": "bar"}, "encoding": {**encoding, **beside}},
            {"transform": [line], "mark": {"type": "line", "point": {"shape": "diamond"}}, "encoding": encoding},
        ],
    )


def _tornado(money: Money) -> Picture | None:
    found = money.bars
    if found.base is None:
        return None
    is_cover = found.indicator == "dscr_min"
    zh, en = ("偿债备付率（最低年）", "Lowest DSCR") if is_cover else ("财务净现值（税后）", "NPV after tax")
    kind = _PLAIN if is_cover else _MONEY
    bars = [bar for bar in found.bars if bar.at_lower != bar.at_higher]
    rows = tuple((FACTORS[bar.factor][:2], bar.at_lower, found.base, bar.at_higher) for bar in bars)
    columns = (
        ("因素", "Factor", "text"),
        (f"{zh}：因素 −{CHANGE:.0%}", f"{en}: factor −{CHANGE:.0%}", kind),
        ("基准", "Base case", kind),
        (f"{zh}：因素 +{CHANGE:.0%}", f"{en}: factor +{CHANGE:.0%}", kind),
    )
    if not bars:
        return None
    widest = FACTORS[bars[0].factor]
    says = (f"影响最大的因素是{widest[0]}", f"What matters most: {widest[1]}")
    title = (f"敏感性：各因素变动 {CHANGE:.0%} 时的{zh}", f"Tornado: {en} when a factor moves by {CHANGE:.0%}")
    return Picture(title, says, _tornado_chart(found, bars, zh), columns, rows)


def _tornado_chart(found: Tornado, bars: list[TornadoBar], title: str) -> Spec:
    lower, higher = f"因素 −{CHANGE:.0%}", f"因素 +{CHANGE:.0%}"
    values = [
        {"factor": FACTORS[bar.factor][0], "what": what, "sign": sign, "from": found.base, "to": to}
        for bar in bars
        for what, sign, to in ((lower, "−", bar.at_lower), (higher, "+", bar.at_higher))
        if to is not None
    ]
    axis = {"format": ".2f" if found.indicator == "dscr_min" else ",.0f", "tickCount": 6}
    across = {"type": "quantitative", "title": title, "axis": axis, "scale": {"zero": False, "padding": 14}}
    factor = {"field": "factor", "type": "nominal", "sort": None, "title": None}
    colour = {
        "field": "what",
        "type": "nominal",
        "scale": {"domain": [lower, higher], "range": [COLOURS[1], COLOURS[0]]},
    }
    # Each end carries its sign, so that lower is told from higher without its colour.
    text: Spec = {"type": "text", "fontWeight": 700, "fontSize": 13, "color": INK}
    is_right = "datum.to >= datum.from"
    return chart_of(
        values,
        height=44 * max(len(bars), 2),
        layer=[
            {
                "mark": {"type": "bar", "height": 22},
                "encoding": {"y": factor, "x": {"field": "from", **across}, "x2": {"field": "to"}, "color": colour},
            },
            *(
                {
                    "transform": [{"filter": side}],
                    "mark": text | {"dx": shift},
                    "encoding": {"y": factor, "x": {"field": "to", **across}, "text": {"field": "sign"}},
                }
                for side, shift in ((is_right, 9), (f"!({is_right})", -9))
            ),
        ],
    )


def _draws(money: Money) -> Picture | None:
    found = money.uncertainty
    spec = distribution(found)
    if spec is None:
        return None
    chance = found.npv_negative
    says = (
        f"{DRAWS} 次抽样中，净现值为负的概率 {chance.value:.1%}（标准误 {chance.standard_error:.1%}）",
        f"Of {DRAWS} draws {chance.value:.1%} have a negative NPV (standard error {chance.standard_error:.1%})",
    )
    columns = (
        ("指标", "Figure", "text"),
        ("10% 分位", "10 % quantile", "mixed"),
        ("中位数", "Median", "mixed"),
        ("90% 分位", "90 % quantile", "mixed"),
        ("平均", "Mean", "mixed"),
        ("概率", "Probability", "mixed"),
    )
    title = ("概率分析：净现值的分布", "Monte Carlo: distribution of the NPV")
    return Picture(title, says, spec, columns, tuple(_summaries(found)))


def _summaries(found: Uncertainty) -> Iterator[tuple[Cell | Pair, ...]]:
    named = (
        (("财务净现值（税后，万元）", "NPV after tax (10,000 CNY)"), found.npv, "{:,.0f}", 1.0),
        (("财务内部收益率（税后）", "FIRR after tax"), found.irr, "{:.2f}%", 100.0),
        (("偿债备付率（最低年）", "Lowest DSCR"), found.dscr_min, "{:.2f}", 1.0),
    )
    for title, sample, form, scale in named:
        if sample is not None:
            parts = (sample.p10, sample.p50, sample.p90, sample.mean)
            yield (title, *(form.format(part.value * scale) for part in parts), None)
    for floor, below in found.dscr_below.items():
        title = (f"偿债备付率低于 {floor:g} 的概率", f"Chance of a DSCR below {floor:g}")
        yield (title, None, None, None, None, f"{below.value:.1%}")


PICTURES: Mapping[str, Callable[[Money], Picture | None]] = {
    "cash-flow": _cash_flow,
    "debt-profile": _debt_profile,
    "tornado": _tornado,
    "monte-carlo": _draws,
}
"""Name in the address to the picture; in the order a credit officer asks."""
