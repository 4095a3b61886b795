"""The computer's proposal 测算名单: the codes that together score highest within target and quotas. No decision."""

from decimal import Decimal

import msgspec
import polars as pl
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.errors import Finding, InvalidInput
from registry.portfolio.choices import Quota as Limit
from registry.portfolio.choices import SelectionRequest
from registry.portfolio.program import Binding
from registry.portfolio.selection import NoSelection, select_projects
from registry.programme.nomination.choosing import class_name
from registry.programme.nomination.comparison import Compared, compare
from registry.programme.nomination.queries import RoundLine, find_round, quotas_of
from registry.programme.nomination.rules import steps

_WITH_SCORES = ("proposal", "decision", "published")
_ALL = "all"
_GAP = 1e-6
NOTE = (
    "测算名单按平均分之和最高、名额和拟选数量为限由程序求得，仅供参考；建议和决定由人作出。",
    "Computed for the highest sum of mean scores within quotas and target. For reference only: people decide.",
)


class Proposal(msgspec.Struct, frozen=True):
    """The codes, or why there are none; `left_out` have no score. `bound`: what no choice can exceed."""

    codes: list[str]
    score: float
    bound: float
    gap: float
    is_proven: bool
    left_out: list[str]
    binding: list[tuple[str, str]]
    messages: list[tuple[str, str]]
    note: tuple[str, str] = NOTE


def propose(session: Session, actor: Actor, round_id: int) -> Proposal:
    """Return the proposal. Raises NotFound, NotAllowed, InvalidInput before the panel is done."""
    lines, held = compare(session, actor, round_id), find_round(session, round_id)
    if held.step not in _WITH_SCORES:
        zh = f"现处“{steps()[held.step][0]}”环节；评分结束后才能测算名单"
        raise InvalidInput.of([Finding("step", "wrong-step", zh, "The panel has not finished scoring", held.step)])
    limits = [(each.region, each.size_class, each.least, each.most) for each in quotas_of(session, actor, round_id)]
    return chosen_from(lines, held, limits)


def chosen_from(
    lines: list[Compared], held: RoundLine, limits: list[tuple[str, str, int | None, int | None]]
) -> Proposal:
    """Return the best choice of these lines within the limits: region, size class, least, most."""
    scored = [(place, each) for place, each in enumerate(lines) if each.score is not None]
    left_out = [each.code for each in lines if each.score is None]
    candidates = _candidates(scored, limits)
    quotas = [Limit(f"class_{n}", _ALL, _whole(least), _whole(most)) for n, (_, _, least, most) in enumerate(limits)]
    if held.target is not None:
        quotas.append(Limit("round", _ALL, most=_whole(held.target)))
    # Cities draw on no budget here: each needs a place, and that is what quotas and target count.
    needs = candidates.select("project_id", "mix").with_columns(
        pl.lit("none").alias("source"),
        pl.lit(None, dtype=pl.Int64).alias("year"),
        pl.lit(0, dtype=pl.Int64).alias("amount_fen"),
    )
    answer = select_projects(SelectionRequest(candidates, needs, budgets={}, quotas=tuple(quotas), gap=_GAP))
    if isinstance(answer, NoSelection):
        zh, en = (
            "名额下限无法同时满足：请核对各类名额的下限",
            "No choice meets every least quota: check the least numbers",
        )
        return Proposal([], 0.0, 0.0, 0.0, False, left_out, [], [(zh, en)])
    picked = set(answer.chosen.get_column("project_id").to_list())
    codes = [each.code for place, each in scored if place in picked]
    full = [_full(each, limits) for each in answer.bindings]
    return Proposal(codes, answer.value, answer.bound, answer.gap, answer.is_proven, left_out, full, [])


def _candidates(
    scored: list[tuple[int, Compared]], limits: list[tuple[str, str, int | None, int | None]]
) -> pl.DataFrame:
    columns: dict[str, list[object]] = {
        "project_id": [place for place, _ in scored],
        "mix": [_ALL] * len(scored),
        "benefit": [each.score for _, each in scored],
        "round": [_ALL] * len(scored),
    }
    for number, (region, size, _, _) in enumerate(limits):
        columns[f"class_{number}"] = [
            _ALL if region in ("", each.facts.region) and size in ("", each.facts.size_class) else ""
            for _, each in scored
        ]
    return pl.DataFrame(columns, schema_overrides={"project_id": pl.Int64, "benefit": pl.Float64})


def _full(binding: Binding, limits: list[tuple[str, str, int | None, int | None]]) -> tuple[str, str]:
    """Say in words which limit holds the choice back and what one more place of it would bring."""
    _, column, _, kind = binding.limit.key.split(".")
    if column == "round":
        zh, en = "拟选数量", "The target"
    else:
        region, size, _, _ = limits[int(column.removeprefix("class_"))]
        zh, en = class_name(region, size)
    if kind == "least":
        return f"“{zh}”的下限起了作用", f"The least number of {en} holds"
    worth = f"{binding.worth:,.1f}"
    return f"“{zh}”已用足：多 1 个约增加 {worth} 分", f"{en} is used up: one more brings about {worth} points"


def _whole(number: int | None) -> Decimal | None:
    return None if number is None else Decimal(number)
